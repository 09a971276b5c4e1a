"""What is said of a tool holds: its signals, flags and facts, on definitions made up for it."""

import pytest

from threatmodel.classify.classify import load_class_rules, read_tool
from threatmodel.classify.result import ToolReading
from threatmodel.description.agent import Tool

MANY, EQUIPMENT = "Acts on many at once", "Moves equipment"
ADDRESS, PATH = (
    "Calls an address chosen by the caller",
    "Reads or writes files at a path chosen by the caller",
)


def read(name: str, says: str, *names: str) -> ToolReading:
    """Read a tool; a name that ends in `[]` is that of a list."""
    texts = {"type": "string"}
    lists = {"type": "array", "items": texts}
    arguments = {one.removesuffix("[]"): lists if one.endswith("[]") else texts for one in names}
    schema = {"type": "object", "properties": arguments}
    return read_tool(Tool(name=name, description=says, input_schema=schema), load_class_rules())


@pytest.mark.parametrize(
    ("signal", "name", "says", "names"),
    [
        (MANY, "cancel_orders", "Cancel one or more orders.", ["order_ids[]"]),
        (MANY, "insert_many", "Insert documents into a collection.", ["documents[]"]),
        (MANY, "delete_rules", "Delete one or more rules.", ["ids[]"]),
        (MANY, "install_app", "Install an app on one or more devices.", ["deviceIds[]"]),
        (ADDRESS, "read_site", "Fetch the content of any web page.", ["url"]),
        (PATH, "open_scene", "Open a scene from disk.", ["filepath"]),
        ("Permanently deletes widgets", "delete_widget", "Delete a widget.", ["id"]),
        ("Permanently deletes widgets", "delete_widget",
         "Deletes a widget, which is not recoverable.", ["id"]),
        ("Permanently deletes widgets", "delete_widget",
         "Delete widgets of the recycle bin.", ["id"]),
        ("Removes widgets", "delete_widget",
         "Delete a widget; it stays in the recycle bin.", ["id"]),
        ("Permanently deletes berths", "manage_berth", "Edit/delete/reopen a berth.", ["id"]),
        ("Modifies pages", "edit_page_tool", "Edit a page.", ["title"]),
        ("Permanently deletes data", "hull_delete", "Delete something of a hull.", ["target"]),
        ("May return text written by outsiders", "get_lateness",
         "Get exceptions (late, missed) of a shift.", ["day"]),
        ("Puts reels", "queue_reel", "Put a reel on the queue of a bath.", ["reel"]),
        ("May return text written by outsiders", "climate_log", "Humidity of a room.", ["room"]),
        ("Publishes almanacs", "publish_almanac", "Publish an almanac.", ["body"]),
        (MANY, "upload_charts", "Upload charts.", ["chart_paths[]"]),
        (MANY, "send_berth_note", "Send a note to skippers.", ["recipients[]"]),
        ("Sends to people outside", "send_circular", "Circular to all skippers.", ["text"]),
        ("Removes users", "remove_user_from_group", "Remove a user from a group.", ["group"]),
        ("Assigns materials", "set_material", "Create or assign a material.", ["name"]),
        ("Rejects applications", "zq_reject", "Reject an application.", ["id"]),
        ("Sends to people outside", "tell_consumers", "SMS to all consumers.", ["text"]),
        ("Cancels orders", "cancel_order", "Cancel an order that has not shipped.", ["id"]),
        ("Resizes pages", "resize_page", "Resize the window of the page.", ["width"]),
        ("Removes tags", "remove_tag_from_entity", "Remove a tag from an entity.", ["tag"]),
        ("Puts an earlier state in place of the present one", "restore_backup",
         "Restore a backup; what is there now is overwritten.", ["id"]),
    ],
)  # fmt: skip
def test_a_signal_stands_where_it_holds(signal, name, says, names):
    assert signal in read(name, says, *names).signals


@pytest.mark.parametrize(
    ("signal", "name", "says", "names"),
    [
        (MANY, "create_flag", "Create a flag of a feature.", ["tags[]"]),
        (MANY, "create_invoice", "Create an invoice for a customer.", ["line_items[]"]),
        (MANY, "create_passage", "Create a passage.", ["reviewers[]", "attachments[]"]),
        (MANY, "create_hull", "Create a hull.", ["hullPlankNames[]"]),
        ("Publishes where outsiders can see it", "publish_almanac", "Publish an almanac.", []),
        (PATH, "list_bills", "List bills. Filter by company or file_name.", ["file_name"]),
        (PATH, "get_chart_info", "Get metadata of a chart from the wiki.", ["filename"]),
        (PATH, "get_crate_entry", "Get an entry of a crate.", ["entry_path"]),
        (PATH, "get_diff", "Get a diff.", ["repository", "file_path"]),
        (
            "Returns text written by outsiders",
            "get_lateness",
            "Get exceptions (late, missed) of a shift.",
            ["day"],
        ),
        (
            "Runs commands or code given by the caller",
            "select_script",
            "Select the active script.",
            ["script"],
        ),
        (
            "Changes users, rights, keys or security rules",
            "keep_view",
            "Keep a view of the harbour and return a short token.",
            ["id"],
        ),
        (
            "Changes users, rights, keys or security rules",
            "update_zone",
            "Update a DNS record.",
            ["value"],
        ),
        (MANY, "create_fuel_claim", "Create a fuel claim.", ["fuels[]"]),
        ("Sends to people outside", "ask_zq", "Send a chat completion request to a zq.", ["text"]),
        (MANY, "move_object", "Move, rotate or scale an object.", ["location[]", "scale[]"]),
        ("Moves or commits money", "cancel_order", "Cancel an order on the market.", ["id"]),
        (EQUIPMENT, "expire_device_key", "Mark the key of a device as expired.", ["deviceId"]),
        (EQUIPMENT, "heat_forecast", "Forecast of the heat load.", ["area"]),
        (ADDRESS, "get_wiki_page", "Retrieve the content of a wiki page.", ["page_url"]),
        (PATH, "attach", "Adds an attachment, from base64 content.", ["filename", "content"]),
        ("Acts in a live page or on a screen", "refill", "Fill and vent a section.", ["section"]),
        ("Changes what is deployed", "apply_advice", "Applies given advice.", ["advice"]),
        ("Publishes messages to live topic or queue", "tell_consumers", "SMS to all.", ["text"]),
        (
            "Changes users, rights, keys or security rules",
            "issue_certificate",
            "Prints a certificate of a candidate.",
            ["candidate", "grade"],
        ),
    ],
)
def test_a_signal_is_left_out_where_it_does_not_hold(signal, name, says, names):
    assert signal not in read(name, says, *names).signals


def test_what_makes_a_tool_safer_is_no_signal_of_risk():
    bold, tried = (
        read("prune_nodes", "Delete nodes that are idle.", "pool", *more)
        for more in ((), ("dry_run",))
    )
    assert tried.signals == bold.signals


def test_what_a_name_acts_on_is_told_apart_from_its_product():
    assert read("zq_delete", "Delete applications.", "id").product == "zq"
    assert read("zq_remove", "Takes a manifest back.", "id").product == "zq"
    assert read("zq_delete", "Delete a zq.", "id").product == ""
    assert read("topic_delete", "Delete a topic for good.", "id").product == ""


@pytest.mark.parametrize(
    ("fact", "name", "says", "names"),
    [
        ("t.read_stream", "poll_job_status", "Check whether a job is done.", ["job_id"]),
        ("t.read_stream", "meter_readout", "Poll a meter and return its registers.", ["meter"]),
        ("t.browser", "press_button", "Press a button on a message of a bot.", ["chat"]),
        ("t.browser", "window_control", "Vent or close all windows.", ["vin"]),
        ("t.deploy", "move_instance", "Position an assembly instance.", ["instance"]),
        ("d.confidential", "get_hull_positions", "Positions of the planks of a hull.", ["hull"]),
        ("t.browser", "back_out", "Go back to the bundle before the last fix.", ["ring"]),
        ("t.deploy", "manifests_create", "Creates a manifest.", ["parcels"]),
        ("t.execute", "runSystemCommand", "Execute a registered command.", ["source"]),
        ("t.execute", "deploy_script", "Deploy and execute a script.", ["scriptId"]),
        ("t.execute", "set_preferences", "Change settings, such as auto-run scripts.", ["values"]),
        ("t.file_write", "import_model", "Import a model from disk.", ["filepath"]),
        ("t.send_msg", "fire_kiln", "Start sequence of a boiler.", ["boiler_id"]),
        ("t.telemetry", "arm_alarm", "Arms the alarm control panel.", ["mode"]),
        ("t.delete", "remove_user_from_group", "Remove a user from a group.", ["group"]),
        ("t.physical", "set_device_name", "Set the machine name of a device.", ["deviceId"]),
        ("t.deploy", "install_addon", "Install and enable an add-on from a zip.", ["source"]),
        ("t.final", "heat_forecast", "Run the load forecast with the weather feed.", ["area"]),
        (
            "t.final",
            "authorise_device",
            "This call marks a device as authorised or revokes that.",
            [],
        ),
        ("t.admin", "erase_guest_data", "Erases data of the guest mode.", ["vin"]),
        ("t.delete_store", "drop-index", "Drop an index.", ["collection", "index"]),
        (
            "t.read_inbound",
            "get_file_contents",
            "Get the content of a note of the vault.",
            ["path"],
        ),
        ("t.read_inbound", "get_all_comments", "Comments of a document.", ["filename"]),
        ("t.read_secrets", "get-keys", "Get the keys of a hash.", ["name"]),
        ("t.secret_store", "get_vault_credential", "Get one. Secrets are never returned.", ["id"]),
        ("t.read_secrets", "list_credentials", "List credentials, metadata only.", []),
        ("t.self_config", "create_integration_hook", "Create a new integration hook.", ["app"]),
        ("t.send_msg", "webhooks_create", "Creates a webhook to send notifications.", ["url"]),
        ("t.execute", "redis_admin", "Execute a destructive Redis command.", ["command"]),
        ("t.execute", "set_up", "Tells how to install a tool; you have shell access.", []),
        ("t.read_inbound", "review_cluster", "Run a diagnostic review of a cluster.", ["id"]),
        ("t.directory", "create_user", "Create a user of the forum.", ["name"]),
        ("t.physical", "config_open", "Open the relay configuration form in the browser.", []),
        ("t.physical", "send_command", "Send a command to a chat room.", ["command"]),
        ("t.write", "static_map", "Generate a PNG map image.", ["location"]),
        ("t.admin", "create_record", "Create a record.", ["name"]),
    ],
)
def test_a_fact_is_not_shown_by_what_only_sounds_like_it(fact, name, says, names):
    assert fact not in dict(read(name, says, *names).traits)


@pytest.mark.parametrize(
    ("fact", "name", "says", "names"),
    [
        ("t.read_stream", "poll_queue", "Poll messages of a queue.", ["queue"]),
        ("t.browser", "press_key", "Press a key in the page.", ["key"]),
        ("t.browser", "fill", "Fill a field of the open page.", ["selector"]),
        ("t.deploy", "apply_manifest", "Apply a manifest to the cluster.", ["manifest"]),
        ("t.execute", "run_script", "Run a Python script.", ["script"]),
        ("t.file_read", "load_project", "Load a project from the given path.", ["path"]),
        ("t.write", "remove_user_from_group", "Remove a user from a group.", ["group"]),
        ("t.delete", "delete_user", "Remove a user from the organisation for good.", ["id"]),
        ("t.deploy", "install_agent", "Install an agent on all hosts.", ["host"]),
        (
            "t.directory",
            "manage_policy_file",
            "Manage the policy file of the network.",
            ["operation"],
        ),
        ("t.directory", "create_policy", "Create a host-based policy of the given type.", ["name"]),
        ("t.delete_store", "delete-index", "Delete a search index.", ["index"]),
        ("t.read_secrets", "get-keys", "Get list of API keys.", []),
        ("t.self_config", "create_hook", "Create a hook of the agent.", ["command"]),
        ("t.admin", "create-key", "Create a new API key.", ["description"]),
        ("t.deploy", "create_script_include", "Create a script include.", ["name", "script"]),
        ("t.deploy", "run_job", "Run a job of a specification.", ["job_spec"]),
        (
            "t.read_inbound",
            "get_file_contents",
            "Get a file of a GitHub repository.",
            ["repo", "path"],
        ),
        ("t.read_inbound", "get_comments", "Get the comments of an issue.", ["id"]),
        ("t.secret_store", "get_vault_credential", "Get one; an expired key is not valid.", ["id"]),
        ("t.query_write", "redis_admin", "Execute a destructive Redis command.", ["command"]),
        ("t.execute", "type", "Simulate typing text or keystrokes.", ["text"]),
        ("t.directory", "create_service_user_key", "Create a key of a service user.", ["id"]),
        ("t.read_inbound", "list_reviews", "List the reviews of a product.", ["id"]),
        ("t.read_inbound", "list_reports", "List reports that passers-by have sent in.", []),
        ("t.read_reference", "get_nutrition", "Return the nutrition values of a recipe.", ["id"]),
        ("t.physical", "send_command", "Send a command to a vehicle.", ["vehicle_id", "command"]),
        ("t.admin", "create_record", "Create a record of an Odoo model.", ["model"]),
        ("t.deploy", "update_configurations", "Update the system configuration.", ["auth_mode"]),
    ],
)
def test_a_fact_is_shown_by_what_does_it(fact, name, says, names):
    assert fact in dict(read(name, says, *names).traits)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("GetDateTime", "Provides the current date and time."),
        ("ping", "Simple ping to check whether the server answers."),
        ("get_best_bid_ask", "Get the best bid and ask of all products."),
    ],
)
def test_nothing_private_is_read_where_nothing_is_kept(name, says):
    assert "touches_private_data" not in read(name, says, "product").flags


def test_people_in_an_extract_stay_private():
    found = read("dump_accounts", "Write all accounts of customers to a CSV file.", "dest")
    assert found.tool_class == "Write"
    assert "touches_private_data" in found.flags


def test_who_applies_for_a_post_writes_what_is_read_and_who_sits_an_exam_does_not():
    flag = "reads_untrusted_content"
    assert flag in read("get_candidate", "Profile of a candidate with attachments.", "id").flags
    exam = read("get_candidate", "Candidate record with entries and grades.", "centre", "candidate")
    assert flag not in exam.flags
    assert flag not in read("read_question_paper", "Opens a question paper.", "paper").flags


@pytest.mark.parametrize(
    ("name", "kinds", "personal"),
    [
        ("list_objects", "Valid values include: companies, contacts, deals.", True),
        ("list_objects", "Valid values include: parts, drawings, deals.", False),
        ("list_objects", "Objects to list, of any type.", False),
        ("validate_objects", "Valid values include: companies, contacts, deals.", False),
    ],
)
def test_records_of_any_kind_are_personal_where_people_are_a_kind(name, kinds, personal):
    kind = {"type": "string", "description": f"Type of object. {kinds}"}
    schema = {"type": "object", "properties": {"objectType": kind}, "required": ["objectType"]}
    says = "Retrieves objects of a type." if name.startswith("list") else "Validates objects."
    tool = Tool(name=name, description=says, input_schema=schema)
    assert ("d.personal" in dict(read_tool(tool, load_class_rules()).traits)) is personal


@pytest.mark.parametrize(
    ("tool_class", "name", "says"),
    [
        # The end of a verb may stand behind what is acted on.
        ("Write", "hand_out", "Check a projector out to a teacher."),
        ("Write", "seat_guest", "Check a guest in at the front desk."),
        ("Write", "bench_player", "Put a pitch out of use for a week."),
        ("Write", "park_robot", "Put a printer out of service until it is repaired."),
        ("Read", "weather", "Check the weather in a town."),
        ("Read", "report", "Get a report on an outage in a region."),
        # The last of a list of things is no deed.
        ("Write", "create_rule", "Create a rule started by a visit, a form or purchase."),
        ("Financial", "create_order", "Create an order or purchase a product."),
        ("Write", "renew_loan", "Renew the loan of a tool by two weeks."),
        ("Write", "dispense_stock", "Take stock out of the cabinet and book it."),
        ("Write", "mark_absent", "Mark a pupil as absent and stop all reminders."),
        ("Destructive", "merge_contacts", "Merge two contacts; the second is deleted."),
        ("Financial", "lodge_deed", "Lodge a deed. Fees are charged to the account on file."),
        ("Write", "suggest_book", "Suggest a book for purchase."),
        ("Read", "suggest_books", "Suggest books for a reader."),
        ("Write", "export_catalogue", "Export the collection to the public portal."),
    ],
)
def test_a_deed_is_what_its_sentence_says(tool_class, name, says):
    assert read(name, says, "id").tool_class == tool_class


@pytest.mark.parametrize(
    ("fact", "name", "says", "names"),
    [
        ("t.physical", "goto", "Travel to a position.", ["lat", "lon"]),
        ("t.physical", "open_latch", "Open the latch of the cargo bay.", ["aircraft"]),
        ("t.http_out", "add_photo", "Download a photo from a URL and add it.", ["photo_url"]),
        ("t.http_out", "start_feed", "Push a live feed to an RTMP address.", ["rtmp_url"]),
        ("t.file_read", "quote", "Quote a job.", ["files[]"]),
        ("t.file_read", "load_gpx", "Import a file of routes.", ["path"]),
        ("t.file_write", "export_gpx", "Export a route as a file.", ["path"]),
        ("t.send_msg", "send_rota", "E-mail the rota of a week to the staff.", ["week"]),
        ("t.send_msg", "serve_notice", "Serve a notice on the tenant by e-mail.", ["id"]),
        ("t.publish", "post_answer", "Write a public answer as the shop.", ["text"]),
        ("t.binding", "release_pupil", "Release a pupil to an adult.", ["adult"]),
        ("t.read_inbound", "list_wishes", "Read the wishes, also those sent by visitors.", []),
        ("t.read_inbound", "list_appeals", "Read appeals that motorists have written.", []),
        ("d.personal", "find_patron", "Look up a patron by card number.", ["card_number"]),
    ],
)
def test_a_fact_is_shown_by_words_of_any_trade(fact, name, says, names):
    schema = {one.removesuffix("[]"): {"type": "string"} for one in names}
    if name == "quote":
        schema = {"files": {"type": "array", "description": "Paths of files to translate"}}
    tool = Tool(name=name, description=says, inputSchema={"properties": schema})
    assert fact in dict(read_tool(tool, load_class_rules()).traits)


@pytest.mark.parametrize(
    ("fact", "name", "says", "names"),
    [
        ("t.physical", "prescribe", "Prescribe a medication.", ["dose_mg"]),
        ("t.physical", "goto", "Go to a page.", ["page"]),
        ("t.admin", "request_clearance", "Ask the tower for an authorization.", ["flight"]),
        ("t.admin", "archive_member", "Move a member to the archive.", ["member_id"]),
        ("t.read_inbound", "filing_status", "Status of a filing: received, accepted.", ["id"]),
        ("t.read_inbound", "get_dive_log", "Get the dive log of a boat.", ["boat"]),
        ("d.payment", "find_patron", "Look up a patron by card number.", ["card_number"]),
        ("d.personal", "get_cultivar", "Passport data of a cultivar.", ["id"]),
        ("t.publish", "set_slope", "Set a slope to open or closed on the public board.", ["slope"]),
        ("t.telemetry", "log_hours", "Log the hours of a shift.", ["hours"]),
    ],
)
def test_a_fact_is_not_shown_by_words_alone(fact, name, says, names):
    schema = {one: {"type": "number"} for one in names}
    tool = Tool(name=name, description=says, inputSchema={"properties": schema})
    assert fact not in dict(read_tool(tool, load_class_rules()).traits)


def test_what_is_told_on_a_condition_is_not_acted_on():
    found = read("fare_watch", "Get alerted when a fare drops under a price.", "price")
    assert not any("fare" in one.object for one in found.effects)


def test_a_command_to_equipment_is_no_router():
    arguments = {"command": {"type": "string"}, "args": {"type": "object"}}
    schema = {"type": "object", "properties": arguments}
    says = "Uplink a telecommand to the spacecraft."
    tool = Tool(name="antenna_uplink", description=says, input_schema=schema)
    assert not any("Routes" in one for one in read_tool(tool, load_class_rules()).signals)


def test_who_is_served_or_gets_a_letter_is_written_to():
    for says in (
        "Assign a route to a courier. The courier gets a text message.",
        "Serve a lodged writ on opposing counsel.",
    ):
        assert "t.send_msg" in dict(read("route_assign", says, "id").traits), says


def test_a_fee_that_is_charged_for_each_page_costs():
    says = "Download a deed. A fee of 2 euro a page is charged to the office."
    assert "Costs money on every call" in read("download_deed", says, "id").signals


def test_stock_that_is_handed_out_moves_no_equipment():
    found = read("dispense_tablets", "Take tablets out of stock against a signed slip.", "id")
    assert EQUIPMENT not in found.signals


def test_an_office_that_grants_a_permit_lets_nobody_into_a_system():
    for name in ("grant_permit", "refuse_permit"):
        found = read(name, f"{name[:-7].capitalize()} a permit and state the reasons.", "id")
        assert "t.admin" not in dict(found.traits), name
        assert not any("access" in one or "rights" in one for one in found.signals), name
    asked = read("guest_invite", "Send a guest the link of the studio and an invitation.", "email")
    assert "t.admin" not in dict(asked.traits)


def test_who_shares_a_map_changes_no_users():
    found = read("share_map", "Make a public link to a map.", "map")
    assert "Gives others access" in found.signals
    assert "Changes users, rights, keys or security rules" not in found.signals


def test_who_bills_or_pays_back_a_difference_leaves_no_doubt_of_it():
    for name, says in (
        ("amend_trip", "Move a booking. A fare difference is charged or refunded."),
        ("club_bill", "Bill all members for the spring."),
    ):
        assert "t.money" not in read(name, says, "id").thin, name


def test_a_member_has_rights_where_people_work_together():
    found = read("archive_member", "Archive a member of the workspace.", "member_id")
    assert "admin_or_identity" in found.flags


@pytest.mark.parametrize(
    ("signal", "name", "says"),
    [
        ("Creates safety duplicates", "duplicate_to_oslo", "Create a safety duplicate at Oslo."),
        ("Assigns officers", "assign_officer", "Assign a case to an officer."),
        ("Marks animals", "mark_deceased", "Mark an animal as deceased."),
        ("Modifies records of pupils", "update_pupil", "Update a pupil."),
        ("Creates TMX files", "make_tmx", "Create a TMX file."),
        # By its own verb, where that says more than that something is there, changed or gone.
        ("Reserves berths", "reserve_berth", "Reserve a berth for a yacht."),
        ("Attaches scans", "attach_scan", "Attach a scan to a specimen."),
        ("Subscribes to bulletins", "subscribe_bulletin", "Subscribe to a bulletin."),
        ("Reboots kiosks", "reboot_kiosk", "Reboot a kiosk."),
        ("Revokes badges", "revoke_badge", "Revoke a badge."),
        ("Requests leave", "request_leave", "Request leave for a nurse."),
        ("Logs catches", "log_catch", "Note the fish caught in kg."),
        ("Creates prescriptions", "prescribe", "Create a prescription for a rider."),
        ("Checks out volumes", "checkout_volume", "Check out a volume to a borrower."),
        # Behind a product or a field the text says what is acted on.
        ("Adds lanes", "zq_add", "Add a lane to the map."),
        ("Assigns shifts", "roster_assign", "Assign a shift to a nurse."),
        # Of a sentence only what names a thing.
        (
            "Permanently deletes readings",
            "delete_readings",
            "Delete all readings older than a date.",
        ),
        ("Creates orchards", "create_orchard_and_gate", "Create an orchard and a gate."),
        ("Modifies meadows", "meadow", "Tool for managing and accessing the meadow."),
    ],
)
def test_a_signal_names_what_is_acted_on(signal, name, says):
    assert signal in read(name, says, "id").signals


@pytest.mark.parametrize(
    ("tool_class", "name", "says"),
    [
        # A name that ends in the verb of its description begins with a thing.
        ("Financial", "bid_place", "Place a bid on a lot."),
        ("Read", "order_track", "Track an order."),
        ("Write", "reserve_change", "Change the reserve of a lot."),
        ("Write", "download_chart", "Download a chart into the local chart cache."),
        ("Write", "set_night_stop", "Set where a ferry lies at night."),
        ("Read", "query_yield", "Execute an aggregation query over the yields."),
        ("Execute", "port_forward", "Forward a local port to a pod."),
        ("Execute", "send_input", "Send keystrokes to a remote session."),
        ("Write", "checkout_sample", "Take a sample out; its thaws are counted."),
        ("Write", "suspend_bay", "Suspend a bay for works."),
        ("Execute", "suspend_server", "Suspend a server."),
    ],
)
def test_the_verb_of_a_name_is_that_of_its_description(tool_class, name, says):
    assert read(name, says, "id").tool_class == tool_class


@pytest.mark.parametrize(
    ("fact", "name", "says"),
    [
        ("t.browser", "send_input", "Send keystrokes to a remote session."),
        ("t.browser", "begin_help", "Start a remote desktop session on a device."),
        ("t.send_msg", "reply_case", "Reply to the requester of a case."),
        ("t.send_msg", "decide", "Decide an appeal; the motorist is told by post."),
        ("t.read_secrets", "reset_login", "Reset a password and return a temporary one."),
        ("d.personal", "get_keeper", "Look up the keeper of a car."),
        ("t.read_private", "find_sample", "Find samples by donor or freezer."),
    ],
)
def test_what_reaches_people_and_screens_is_seen(fact, name, says):
    assert fact in dict(read(name, says, "id").traits)


@pytest.mark.parametrize(
    ("name", "says", "thing"),
    [
        ("store_sample", "Register a tube and give it a position.", "tube"),
        ("record_gift", "Record a gift or tithe.", "gift"),
        ("place_order", "Place a stock or option order.", "stock option order"),
    ],
)
def test_a_thing_is_named_by_its_own_words(name, says, thing):
    assert thing in [one.object for one in read(name, says, "id").effects]


@pytest.mark.parametrize(
    ("tool_class", "name", "says"),
    [
        ("Write", "order_inspection", "Order the inspection of a bridge."),
        ("Destructive", "level_site", "Level a site; what stands there is demolished."),
        ("Read", "crew_papers", "Passports and licences of the crew."),
        ("Write", "log_titles", "Report played titles to the collecting society."),
        ("Write", "go_on_air", "Put a studio on air."),
        ("Read", "plot_details", "Plot with its owner and its history."),
        ("Write", "plot_histogram", "Plot a histogram."),
        ("Read", "skip_trace_owner", "Skip trace a property to find its owner."),
    ],
)  # fmt: skip
def test_a_trade_has_verbs_of_its_own(tool_class, name, says):
    assert read(name, says, "id").tool_class == tool_class


@pytest.mark.parametrize(
    ("fact", "name", "says"),
    [
        ("t.send_msg", "send_lease", "Send a lease to a tenant for signing."),
        ("t.send_msg", "write_to_tenant", "Write to the tenant about repairs."),
        ("t.read_inbound", "list_offers", "Offers for plots that builders have sent in."),
        ("t.read_inbound", "get_call", "Get the transcript of a phone call."),
        ("t.publish", "go_on_air", "Put a studio on air."),
        ("d.personal", "list_children", "Children of a group, with who may collect them."),
        ("t.physical", "print_model", "Print a 3MF file on the printer."),
    ],
)
def test_what_a_trade_calls_it_is_known(fact, name, says):
    assert fact in dict(read(name, says, "id").traits)


@pytest.mark.parametrize(
    ("tool_class", "signal", "says"),
    [
        ("Write", "Modifies data", "Deck lamp. play | dim(level) | status"),
        ("Destructive", "Permanently deletes data", "Log of a crane. list | clear | show"),
        ("Execute", "Stops what runs", "Belt of a crane. status | stop(now) | set_pace(m | s)"),
    ],
)
def test_what_a_description_parts_by_bars_can_be_chosen(tool_class, signal, says):
    found = read("crane", says, "action")
    assert (found.tool_class, signal in found.signals) == (tool_class, True)


@pytest.mark.parametrize(
    ("tool_class", "says"),
    [
        ("Write", "Level and side. operations: get, set (value=cm),\nset_side, lock."),
        ("Write", "Level. Actions: `get`, get/set_side."),
        ("Read", "Level. operations: get, get_mean (minutes=n)."),
        ("Destructive", "Log of a sluice. Operations: list, and purge."),
        ("Read", "Level. Actions: see the manual, which says how to set it."),
    ],
)
def test_what_a_description_announces_as_operations_can_be_chosen(tool_class, says):
    assert read("sluice", says, "operation").tool_class == tool_class


@pytest.mark.parametrize(
    ("name", "says", "arguments", "signs"),
    [
        ("coin_price", "Price of a token by its contract.", ["token"], False),
        ("list_reels", "Give reels; the next page token is for more.", ["token"], False),
        ("open_vault", "Open a vault by an access token.", ["token"], True),
        ("check_badge", "Check a badge.", ["token"], True),
    ],
)
def test_a_token_of_a_market_or_of_pages_is_no_credential(name, says, arguments, signs):
    found = read(name, says, *arguments)
    assert ("Takes a credential as an argument" in found.signals) == signs


def test_what_is_downloaded_lands_where_the_call_says():
    found = read("film_pull", "Download the film of a kiln.", "film")
    assert (found.tool_class, PATH in found.signals) == ("Read", False)
    schema = {"properties": {"destination": {"type": "string"}}, "required": ["destination"]}
    film = Tool(name="film_pull", description="Download the film of a kiln.", input_schema=schema)
    told = read_tool(film, load_class_rules())
    assert (told.tool_class, PATH in told.signals) == ("Write", True)
    mail = Tool(name="send_film", description="Send a film.", input_schema=schema)
    assert PATH not in read_tool(mail, load_class_rules()).signals


def test_one_of_a_few_endpoints_is_no_address():
    says = "API endpoint to ask. Options: hulls, berths, crews"
    schema = {"properties": {"endpoint": {"type": "string", "description": says}}}
    tool = Tool(name="zq_query", description="Query any endpoint.", input_schema=schema)
    assert ADDRESS not in read_tool(tool, load_class_rules()).signals


def test_what_is_started_as_a_record_goes_on_by_nobody():
    found = read("start_survey", "Initialize a new survey of a reef.", "name")
    assert "Starts work that goes on by itself" not in found.signals


def test_what_is_only_selected_is_not_modified():
    assert "Selects patches" in read("select_patch", "Select a patch.", "id").signals


def test_what_a_queue_is_asked_for_is_no_topic():
    says = "Send every barge that is due; asks for the queue first."
    found = read("send_barges", says, "id").signals
    assert "Publishes messages to live topic or queue" not in found


def test_what_makes_files_for_a_machine_moves_none():
    found = read("slice_model", "Slice an STL file to G-code.", "slicer_command")
    assert "t.physical" not in dict(found.traits)


@pytest.mark.parametrize(
    ("signal", "name", "says"),
    [
        ("Marks tables", "mark_table_clean", "Mark a table as clean."),
        ("Modifies gates", "set_gate", "Open or close the gate remotely."),
        ("Merges vertices", "merge_vertices", "Merge the vertices of a mesh."),
        ("Creates fastened mates", "create_fastened_mate", "Create a fastened (rigid) mate."),
    ],
)
def test_how_a_thing_then_is_is_no_part_of_its_name(signal, name, says):
    assert signal in read(name, says, "id").signals
