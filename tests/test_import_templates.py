"""CloudFormation templates carry tags; what stands behind them is read, nothing else changes."""

import pytest

from tests.imports.cases import imported, source
from threatmodel.errors import InvalidFileError
from threatmodel.importers.notation import without_short_tags
from threatmodel.importers.run import import_sources

AGENT = (
    "AWSTemplateFormatVersion: '2010-09-09'\n"
    "Resources:\n  A:\n    Type: AWS::Bedrock::Agent\n    Properties:\n"
    "      AgentName: a\n      Instruction: Help.\n"
)


def test_tags_are_blanked_out_where_they_stand():
    before = AGENT + "      FoundationModel: !Ref Model\n      Tags: !If [A, !Sub 'x', {}]\n"
    after = without_short_tags(before)
    assert "!" not in after
    assert [len(line) for line in after.splitlines()] == [len(line) for line in before.splitlines()]


def test_a_tag_inside_a_text_stays():
    text = AGENT + "      Description: 'use !Ref Name'\n      Instruction2: |\n        !Ref stays\n"
    assert without_short_tags(text) == text


@pytest.mark.parametrize("bad", ["!!python/name:os.system x", "!<tag:x> y", "&a x"])
def test_other_tags_and_anchors_are_refused_with_their_line(bad):
    with pytest.raises((InvalidFileError, ExceptionGroup)) as fault:
        import_sources([source(f"{AGENT}      Description: {bad}\n", "t.yaml")])
    faults = getattr(fault.value, "exceptions", [fault.value])
    assert "t.yaml:8" in str(faults[0])


def test_tags_of_other_files_are_refused_as_before():
    with pytest.raises((InvalidFileError, ExceptionGroup)):
        import_sources([source("name: !Ref x\n", "t.yaml")])


def test_several_agents_of_one_template_make_a_system_when_asked():
    two = AGENT + "  B:\n    Type: AWS::Bedrock::Agent\n    Properties: {AgentName: b}\n"
    assert [one.name for one in import_sources([source(two, "t.yaml")])] == ["a", "b"]
    one = imported(two, "t.yaml", together=True)
    assert (one.name, [member.name for member in one.members]) == ("t", ["a", "b"])
