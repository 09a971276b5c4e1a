"""Small examples of each kind of agent definition give the description that stands beside them."""

import pytest

from tests.imports.cases import HERE, example
from threatmodel.description.load import load_agent_text
from threatmodel.importers.document import read_document
from threatmodel.importers.run import SOURCE_KINDS, import_sources
from threatmodel.importers.write import to_yaml

EXPECTED = ".description.yaml"
EXAMPLES = sorted(
    file
    for file in HERE.glob("[a-z]*/*")  # not the byte code beside them
    if file.is_file() and not file.name.endswith(EXPECTED)
)
NAMES = [f"{file.parent.name}/{file.name}" for file in EXAMPLES]


@pytest.mark.parametrize("file", EXAMPLES, ids=NAMES)
def test_an_example_gives_its_description(file, request):
    text = "---\n".join(map(to_yaml, import_sources([example(file)])))
    golden = file.with_name(f"{file.name}{EXPECTED}")
    if request.config.getoption("--update-golden"):
        golden.write_text(text)
    assert text == golden.read_text()
    for one in import_sources([example(file)]):
        load_agent_text(to_yaml(one).encode(), "x.yaml")


@pytest.mark.parametrize("file", EXAMPLES, ids=NAMES)
def test_an_example_is_of_the_kind_of_its_folder(file):
    document = read_document(example(file))
    assert next(kind.id for kind in SOURCE_KINDS if kind.fits(document)) == file.parent.name


@pytest.mark.parametrize("file", EXAMPLES, ids=NAMES)
def test_secrets_of_an_example_stay_where_they_are(file):
    text = "".join(map(to_yaml, import_sources([example(file)])))
    for secret in ("hunter2hunter2", "test1234live5678"):
        assert secret not in text
