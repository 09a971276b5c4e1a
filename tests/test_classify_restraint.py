"""The classifier claims nothing that a definition does not show."""

import pytest

from threatmodel.classify.classify import load_class_rules, read_tool, read_tools
from threatmodel.classify.result import ToolReading
from threatmodel.description.agent import Tool

NOT_SHOWN = [
    ("add_comment", "Adds a comment to an issue of the tracker", {"text": ""}, "t.send_msg"),
    ("run_workflow", "Runs a workflow", {"id": ""}, "t.execute"),
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
    ("navigate_menu", "Navigate the menu of a player", {"action": ""}, "t.read_public_web"),
    ("navigate_menu", "Navigate the menu of a player", {"action": ""}, "t.browser"),
    ("connect_oauth", "Connect using an OAuth token", {"oauth_token": ""}, "t.read_secrets"),
    ("check_connection", "Check whether it is reachable", {}, "t.read_private"),
    ("bootstrap_token", "Bootstrap the first access token", {}, "t.deploy"),
    ("get_variable", "Get a variable by path", {"path": "Path of the variable"}, "t.file_read"),
    ("set_label", "Set a label", {"imagePath": "Path to the image field"}, "t.file_read"),
    ("send_mail", "Sends a mail", {"attachments": "Attachment URLs"}, "t.file_read"),
    ("play_audio", "Play an audio file", {"input_file_path": ""}, "t.file_read"),
    ("set_folder_property", "Set a property on a folder", {"folderPath": ""}, "t.file_write"),
    ("add_file_to_changeset", "Adds a file", {"file_path": "", "text": ""}, "t.file_write"),
    ("publish_changeset", "Publish a changeset", {"changeset_id": ""}, "t.publish"),
    ("list_releases", "List content releases of the site", {}, "t.read_inbound"),
    ("list_variables", "List the variables", {"namespace": ""}, "t.read_secrets"),
    ("batch_status", "Get the purchase status of a batch", {"id": ""}, "t.money"),
]
SHOWN = [
    ("save_draft", "Saves a file", {"file_path": "Where the file is written"}, "t.file_write"),
    ("capture", "Takes a picture", {"file": "Path to save the picture to"}, "t.file_write"),
    ("send_scan", "Sends a scan", {"filePath": "Path of the file to upload"}, "t.file_read"),
    ("run_snippet", "Runs Python code", {"code": ""}, "t.execute"),
    ("run_workflow", "Runs a workflow", {"id": ""}, "t.spawn"),
    ("create_access_key", "Creates an access key", {"user": ""}, "t.read_secrets"),
    ("add_comment", "Adds a comment to a pull request", {"repo": "", "text": ""}, "t.send_msg"),
    ("ask", "Searches the web", {"query": ""}, "t.read_public_web"),
    ("assign_agent", "Assigns an agent", {"task": ""}, "t.spawn"),
    ("http_call", "Performs a POST request", {"url": ""}, "t.http_out"),
    ("navigate", "Navigate to an address", {"url": ""}, "t.read_public_web"),
    ("bootstrap_token", "Bootstrap the first access token", {}, "t.admin"),
    ("publish_changeset", "Publish a changeset", {"changeset_id": ""}, "t.deploy"),
    ("list_releases", "List the releases of a repository", {"repo": ""}, "t.read_inbound"),
    ("image_remove", "Removes an image from the local machine storage", {"id": ""}, "t.delete"),
    ("get_variable", "Get a variable", {"namespace": ""}, "t.read_secrets"),
    ("pages_publish", "Publish a page", {"id": ""}, "t.publish"),
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


# Who is written to, what is only recorded, who is a customer and no user: the flags say it.

TOLD = [
    ("message_parents", "Messages the parents of a class.", "class_id text", True),
    ("alert_volunteers", "Alerts volunteers near a place by text message.", "place", True),
    ("add_contract_signer", "Adds a signer to a contract.", "contract_id email", True),
    ("create_webhook", "Create a webhook that is called on every change.", "url events", True),
    ("post_treatment", "Posts a treatment to the ledger of a patient.", "visit_id code", False),
    ("add_comment", "Add an internal comment to a job application.", "id comment", False),
    ("issue_permit", "Issues a permit for hot work.", "area until", False),
    ("enrol_member", "Enrols an employee in the pension scheme.", "employer_id name", False),
]


@pytest.mark.parametrize(("name", "says", "names", "out"), TOLD, ids=lambda one: str(one)[:20])
def test_a_way_out_is_where_somebody_outside_is_reached(name, says, names, out):
    flags = read(name, says, dict.fromkeys(names.split(), "")).flags
    assert ("can_exfiltrate" in flags) is out
    assert "admin_or_identity" not in flags


def test_what_only_goes_in_is_not_read():
    one = read("record_visit", "Records a visit of a patient.", {"patient_id": ""})
    assert "touches_private_data" in one.flags
    assert "t.read_private" not in dict(one.traits)


def final(*names):
    tools = tuple(Tool(name=name, description=says) for name, says in names)
    rules = load_class_rules()
    return [one.name for one in read_tools(tools, rules) if "t.final" in dict(one.traits)]


def test_what_another_tool_takes_back_is_not_final():
    assert final(
        ("add_member", "Adds a member to a team."),
        ("remove_member", "Removes a member."),
        ("remove_label_from_ticket", "Removes a label from a ticket."),
        ("archive_project", "Archives a project."),
        ("disable_user", "Disables a user."),
        ("untag_contact", "Takes a tag off a contact."),
        ("delete_project", "Deletes a project with all its files."),
        ("send_mail", "Sends an email to a customer."),
        ("pay_invoice", "Pays an invoice."),
    ) == ["delete_project", "send_mail", "pay_invoice"]


def test_what_is_removed_from_a_store_is_gone():
    assert final(("remove_record", "Removes a record from the database.")) == ["remove_record"]


def shown(name, says, *names):
    return {fact for fact, _ in read(name, says, dict.fromkeys(names, "")).traits}


@pytest.mark.parametrize(
    ("fact", "name", "says", "names"),
    [
        ("t.read_secrets", "list-variables", "List variables of a service.", ["environmentId"]),
        ("t.read_secrets", "get_config_vars", "Get config vars of an app.", ["app"]),
        ("t.host_mount", "run_container", "Run a container.", ["image", "volumes"]),
        ("t.host_mount", "create_container", "Create a container.", ["image", "binds"]),
        ("t.takes_key", "get_status", "Get the status of a printer.", ["host", "api_key"]),
        ("t.deploy", "sync_application", "Syncs an application.", ["applicationNamespace"]),
        ("t.telemetry", "list_org_events", "List all events of an organization.", []),
        ("t.send_msg", "call_contact", "Calls a contact on the phone.", ["contact_id"]),
        ("t.physical", "set_tank_temperature", "Sets the temperature of a tank.", ["celsius"]),
    ],
)
def test_a_fact_is_shown_by_what_a_tool_takes(fact, name, says, names):
    assert fact in shown(name, says, *names)


@pytest.mark.parametrize(
    ("fact", "name", "says", "names"),
    [
        ("t.read_secrets", "get_variable_defs", "Get the design variables of a file.", ["nodeId"]),
        ("t.host_mount", "attach_volume", "Attach a volume to a droplet.", ["volume_id"]),
        ("t.crypto", "pay_allowance", "Pays the monthly allowance to a family.", ["family_id"]),
        ("t.deploy", "lock_out_machine", "Locks out a machine for upkeep.", ["machine_id"]),
        ("t.admin", "share_file", "Shares a file with a court by email.", ["file_id", "email"]),
        ("t.final", "set_ventilation", "Sets the rate of the fans.", ["rate"]),
        ("t.browser", "1-click-kubernetes-install", "Installs apps in a cluster.", ["apps"]),
        ("t.takes_key", "list_items", "List items.", ["page_token"]),
        ("t.deploy", "create_release", "Create a release of a text.", ["title"]),
        ("t.telemetry", "git_log", "Shows the commit logs.", ["repo_path"]),
        ("t.physical", "update_vehicle", "Updates the record of a vehicle.", ["plate"]),
        ("t.read_private", "call_contact", "Calls a contact on the phone.", ["contact_id"]),
    ],
)
def test_a_fact_is_not_shown_by_a_word_alone(fact, name, says, names):
    assert fact not in shown(name, says, *names)


def test_a_call_without_words_carries_none_out():
    assert "can_exfiltrate" not in read("start_call", "Dials the front desk.", {}).flags
    assert "can_exfiltrate" in read("make_call", "Makes a call.", {"phone_number": ""}).flags


@pytest.mark.parametrize(
    "says",
    [
        "Filter by file name (case insensitive partial match)",
        "Original filename with extension",
        "File name for the uploaded image",
    ],
)
def test_the_name_of_a_file_elsewhere_is_no_path(says):
    tool = Tool.of(
        {
            "name": "create_attachment",
            "inputSchema": {
                "type": "object",
                "properties": {"file_name": {"type": "string", "description": says}},
            },
        }
    )
    (found,) = read_tools((tool,), load_class_rules())
    assert all(argument.role != "path" for argument in found.arguments)


def test_a_guide_to_an_operation_does_not_do_it():
    says = "ALWAYS read this guide before migrating pages to workers."
    tool = Tool.of({"name": "migrate_pages_to_workers_guide", "description": says})
    (found,) = read_tools((tool,), load_class_rules())
    assert found.tool_class == "Read"
    assert "t.deploy" not in dict(found.traits)


def test_what_starts_a_program_takes_a_command():
    says = "Path to the slicer executable"
    shape = {
        "type": "object",
        "properties": {"slicer_path": {"type": "string", "description": says}},
    }
    (found,) = read_tools((Tool.of({"name": "slice", "inputSchema": shape}),), load_class_rules())
    assert [argument.role for argument in found.arguments] == ["command"]


@pytest.mark.parametrize(
    ("name", "says", "shape", "shows"),
    [
        ("delete_zorb_database", "Deletes a database.", {"id": ""}, True),
        ("drop_collection", "Drops a collection of the database.", {"name": ""}, True),
        ("delete_note", "Deletes a note.", {"id": ""}, False),
        ("delete_row", "Deletes a row of a sheet.", {"row": ""}, False),
        ("remove_from_project", "Takes somebody off a project.", {"id": ""}, False),
    ],
)
def test_a_whole_store_that_goes_is_told_from_a_record(name, says, shape, shows):
    assert ("t.delete_store" in dict(read(name, says, shape).traits)) is shows


@pytest.mark.parametrize(
    ("name", "says", "shape", "shows"),
    [
        ("run_query", "Runs a read-only SQL query.", {"sql": ""}, True),
        ("search", "Searches an index.", {"query_body": ""}, True),
        ("run_range_query", "Runs a PromQL query over metrics.", {"promql": ""}, False),
    ],
)
def test_queries_over_records_are_told_from_those_over_figures(name, says, shape, shows):
    assert ("t.query_store" in dict(read(name, says, shape).traits)) is shows


@pytest.mark.parametrize(
    ("name", "says", "shape", "trait", "shows"),
    [
        ("attach_user_policy", "Attaches a policy.", {"user": ""}, "t.directory", True),
        ("assign_role", "Assigns a role of this room.", {"member": ""}, "t.directory", False),
        ("get_password", "Returns a password.", {"id": ""}, "t.secret_store", True),
        ("get_client_side_token", "Returns a token.", {"id": ""}, "t.secret_store", False),
        ("create_workflow", "Creates a workflow.", {"nodes": ""}, "t.execute", True),
        ("create_workflow", "Creates a workflow.", {"title": ""}, "t.execute", False),
        ("run_exploit", "Runs an exploit module.", {"module": ""}, "t.execute", True),
    ],
)
def test_rights_secrets_and_code_are_told_by_what_they_reach(name, says, shape, trait, shows):
    assert (trait in dict(read(name, says, shape).traits)) is shows


def test_a_remark_before_a_colon_is_no_verb():
    says = "Query free/busy information. Note: the range is limited to 3 months."
    assert read("get_freebusy", says, {"range": ""}).tool_class == "Read"


def test_code_that_is_run_only_reads_by_no_remark():
    says = "Execute arbitrary code. Set to False when the code does not change the model."
    assert read("execute_code", says, {"code": ""}).tool_class == "Execute"


LOOKED_UP = {"method": "HTTP method, such as GET", "path": "Path of the endpoint"}


def test_a_method_by_which_something_is_looked_up_runs_nothing():
    assert (
        read("get_endpoint_details", "Get details of an endpoint", LOOKED_UP).tool_class == "Read"
    )
    sent = LOOKED_UP | {"body": "What is sent"}
    assert read("call_api", "Make a request to the API", sent).tool_class != "Read"


def test_a_state_of_a_payment_is_read():
    assert read("batch_status", "Get the purchase status of a batch", {}).tool_class == "Read"


def test_a_name_that_ends_as_a_class_does_is_of_no_tools():
    (first, *_) = read("PoiSearchTool", "Search for places", {"query": ""}).effects
    assert "tool" not in first.object


def test_a_tool_of_operations_acts_on_what_its_first_sentence_names():
    operations = {"type": "string", "enum": ["create", "delete"]}
    schema = {
        "type": "object",
        "properties": {"action": operations, "arguments": {"type": "object"}},
    }
    text = "Create or delete a binding. For delete, a key from the list is required."
    tool = Tool(name="manage_binding", description=text, input_schema=schema)
    assert read_tool(tool, load_class_rules()).effects[0].object == "binding"


def test_a_tool_of_http_methods_acts_on_what_its_name_names():
    properties = {"method": "HTTP method", "path": "", "body": ""}
    found = read("request_patient_resource", "Makes an HTTP request to the server", properties)
    assert {effect.object for effect in found.effects} == {"patient resource"}


def test_what_explains_a_verb_is_no_object():
    found = read("image_pull", "Copies (pulls) a container image from a registry", {"name": ""})
    assert found.effects[0].object == "container image"


def test_how_a_thing_is_made_deletes_nothing():
    ways = {"type": "string", "enum": ["NEW", "ADD", "REMOVE"]}
    schema = {"type": "object", "properties": {"operationType": ways}}

    def made(name: str) -> ToolReading:
        tool = Tool(name=name, description="A plank of a hull.", input_schema=schema)
        return read_tool(tool, load_class_rules())

    assert made("create_plank").tool_class == "Write"
    assert "t.delete" not in dict(made("create_plank").traits)
    assert made("plank").tool_class == "Destructive"


def test_where_a_ship_is_is_no_position_that_somebody_trades():
    for name, told in (("get_vessel_positions", False), ("get_open_positions", True)):
        (one,) = read_tools((Tool.of({"name": name}),), load_class_rules())
        assert any(fact == "d.confidential" for fact, _ in one.traits) is told


def test_what_a_machine_is_told_in_its_own_language_moves_it():
    for name, told in (("send_gcode", True), ("printer_send_gcode", True), ("gcode_help", False)):
        (one,) = read_tools((Tool.of({"name": name}),), load_class_rules())
        assert any(fact == "t.physical" for fact, _ in one.traits) is told


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("disconnect", "Closes the connection to the controller."),
        ("connect_kiln", "Connects to the kiln."),
        ("purge_page_cache", "Clears the cache of the public pages."),
    ],
)
def test_who_connects_or_clears_what_is_made_again_leaves_nothing_wrong_behind(name, says):
    (reading,) = read_tools((Tool(name=name, description=says),), load_class_rules())
    assert reading.tool_class == "Write"
    assert "t.write" not in {fact for fact, _ in reading.traits}
