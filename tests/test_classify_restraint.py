"""The classifier claims nothing that a definition does not show."""

import pytest

from threatmodel.classify import ToolReading, load_class_rules, read_tool
from threatmodel.description.agent import Tool

NOT_SHOWN = [
    (
        "save_page",
        "Saves a file to the site",
        {"owner": "", "branch": "", "path": ""},
        "t.file_write",
    ),
    ("read_page", "Reads a file", {"bucket": "", "file_path": ""}, "t.file_read"),
    ("send_scan", "Sends a scan", {"filePath": "Path of the file to upload"}, "t.file_write"),
    ("get_value", "Gets a value at a path", {"path": "The JSON path"}, "t.file_read"),
    ("run_snippet", "Runs JavaScript in the open page", {"script": ""}, "t.execute"),
    ("start_import_job", "Starts an import job", {"id": ""}, "t.execute"),
    ("generate", "Generates a random password", {"length": ""}, "t.admin"),
    ("assign_member_to_task", "Assigns a member to a task", {"id": ""}, "t.admin"),
    ("request_reviewer", "Requests a reviewer", {"reviewers": ""}, "t.send_msg"),
    ("get_opening", "Gets the market status", {}, "t.read_private"),
    ("create_payments_page", "Provides comprehensive documentation for payments", {}, "t.money"),
    ("render_diagram", "Generates a diagram", {"text": ""}, "t.write"),
    ("list_mail_labels", "Lists labels", {}, "t.read_inbound"),
]
SHOWN = [
    ("save_draft", "Saves a file", {"file_path": "Where the file is written"}, "t.file_write"),
    ("capture", "Takes a picture", {"file": "Path to save the picture to"}, "t.file_write"),
    ("send_scan", "Sends a scan", {"filePath": "Path of the file to upload"}, "t.file_read"),
    ("run_snippet", "Runs Python code", {"code": ""}, "t.execute"),
    ("run_workflow", "Runs a workflow", {"id": ""}, "t.execute"),
    ("create_access_key", "Creates an access key", {"user": ""}, "t.read_secrets"),
    ("add_comment", "Adds a comment", {"text": ""}, "t.send_msg"),
    ("ask", "Searches the web", {"query": ""}, "t.read_public_web"),
    ("assign_agent", "Assigns an agent", {"task": ""}, "t.spawn"),
    ("http_call", "Performs a POST request", {"url": ""}, "t.http_out"),
]


def read(name: str, description: str, properties: dict[str, str]) -> ToolReading:
    arguments = {key: {"type": "string", "description": text} for key, text in properties.items()}
    schema = {"type": "object", "properties": arguments}
    return read_tool(
        Tool(name=name, description=description, input_schema=schema), load_class_rules()
    )


@pytest.mark.parametrize(("name", "description", "properties", "trait"), NOT_SHOWN)
def test_a_definition_that_does_not_show_it_is_not_said_to(name, description, properties, trait):
    assert trait not in dict(read(name, description, properties).traits)


@pytest.mark.parametrize(("name", "description", "properties", "trait"), SHOWN)
def test_one_that_shows_it_is(name, description, properties, trait):
    assert trait in dict(read(name, description, properties).traits)


def test_a_choice_of_keys_in_each_call_hands_them_out():
    schema = {
        "properties": {"object": {"type": "string", "enum": ["folder", "password"]}},
        "required": ["object"],
    }
    rules = load_class_rules()
    tool = Tool(name="get", description="Gets an item", input_schema=schema)
    assert "t.read_secrets" in dict(read_tool(tool, rules).traits)
    loose = Tool(name="get", description="Gets an item", input_schema=schema | {"required": []})
    assert "t.read_secrets" not in dict(read_tool(loose, rules).traits)


def test_a_choice_of_formats_is_no_path():
    schema = {"properties": {"output": {"type": "string", "enum": ["json", "yaml"]}}}
    tool = Tool(name="get_pods", description="Gets pods", input_schema=schema)
    assert "t.file_write" not in dict(read_tool(tool, load_class_rules()).traits)
