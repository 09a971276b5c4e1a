"""The published JSON Schemas describe what is written, exactly."""

import json

import jsonschema
import pytest

from tests.outputs import specimen
from threatmodel.files import shipped
from threatmodel.outputs import documents as parts
from threatmodel.outputs import report_json
from threatmodel.outputs.schemas import DOCUMENTS, FOLDER, main, schema_text


def faults(name, document):
    jsonschema.Draft202012Validator.check_schema(json.loads(schema_text(name)))
    return list(
        jsonschema.Draft202012Validator(json.loads(schema_text(name))).iter_errors(document)
    )


@pytest.mark.parametrize(
    "kind", [pytest.param("confluent", marks=pytest.mark.long), "nothing_known", "decided"]
)
def test_every_document_follows_its_schema(kind):
    assessment = getattr(specimen, kind)()
    head = {"agent": parts.agent_json(assessment)}
    documents = {
        "assessment": json.loads(report_json.render(assessment)),
        "score": head | {"score": parts.score_json(assessment.score)},
        "model": head | {"model": parts.model_json(assessment.model)},
        "tools": {"tools": parts.tools_json(assessment.readings)},
        "policy": {"policy": parts.policy_json(assessment.policies[0])},
    }
    for name, document in documents.items():
        written = json.loads(json.dumps({"schema": parts.schema_id(name)} | document))
        assert faults(name, written) == []


def test_an_unknown_or_missing_key_is_a_fault():
    document = json.loads(report_json.render(specimen.nothing_known()))
    assert faults("assessment", document | {"more": 1})
    del document["score"]["vector"]
    assert faults("assessment", document)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_published_copy_is_current(name):
    published = shipped(f"{FOLDER}/{name}.schema.json").read_text("utf-8")
    assert published == schema_text(name), "run .ci/generated"


def test_every_field_of_a_document_is_described():
    described = json.loads(schema_text("assessment"))["properties"]
    assert all(field.get("description") for field in described.values())


def test_the_check_tells_that_copies_are_current():
    assert main(["--check"]) == 0


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_field_of_a_published_schema_is_explained(name):
    found = json.loads(schema_text(name))
    shapes = {name: found, **found.get("$defs", {})}
    assert [
        f"{shape}.{key}"
        for shape, one in shapes.items()
        for key, field in one.get("properties", {}).items()
        if not {"description", "$ref"} & field.keys()
    ] == []
