"""Bands an expert would give: invented servers of different trades, from a clock to machines."""

import pytest

from threatmodel.assessment import assess
from threatmodel.description.agent import Agent

CLOCK = [("get_current_time", "Get the current time in a time zone.", "zone")]
ROADS = [
    ("find_route", "Get directions between two places.", "start end"),
    ("find_place", "Search for a place on the map.", "query"),
]
TRACKER = [
    ("read_ticket", "Get a ticket with its comments.", "ticket"),
    ("change_ticket", "Update the status of a ticket.", "ticket status"),
]
MACHINES = [
    ("create_vm", "Create a virtual machine from an image.", "name image"),
    ("delete_vm", "Delete a virtual machine with its disk.", "vm"),
    ("list_vms", "List the virtual machines of the account.", ""),
]
PLATFORM = [
    ("create_cluster", "Create a cluster.", "name"),
    ("delete_cluster", "Delete a cluster with everything in it.", "name"),
    ("list_clusters", "List the clusters of the account.", ""),
]
STORE = [
    ("delete_rows", "Delete rows from a table.", "table keys"),
    ("list_rows", "List rows of a table.", "table"),
]
PEOPLE = [
    ("create_person", "Create a user in the realm.", "realm email"),
    ("assign_role", "Assign a role of the realm to a user.", "realm user role"),
    ("list_people", "List the users of the realm.", "realm"),
]
FACTORS = [
    ("reset_mfa", "Reset the second factor of a user.", "user"),
    ("find_user", "Find a user by name.", "name"),
]
SHELL = [("run_line", "Run a shell command on this computer.", "command")]
FLOWS = [
    ("create_flow", "Create a workflow from its nodes.", "name nodes"),
    ("list_flows", "List workflows.", ""),
]
FILES = [
    ("read_file", "Read a file.", "path"),
    ("write_file", "Write text to a file.", "path content"),
]
WORKBOOKS = [
    ("read_sheet", "Read cells of a workbook.", "file_path cells"),
    ("write_sheet", "Write cells of a workbook.", "file_path cells"),
]
BROKERAGE = [
    ("buy_shares", "Place a market order for shares at the broker.", "symbol quantity"),
    ("list_positions", "List the positions of the account.", ""),
]
BILLS = [
    ("pay_bill", "Pay a bill of a supplier.", "bill"),
    ("list_bills", "List the bills of the company.", ""),
]
BUILDS = [
    ("start_build", "Start a build of a project.", "project branch"),
    ("list_builds", "List the builds of a project.", "project"),
]
CODE = [
    ("read_source", "Get the content of a file in a repository.", "repository path"),
    ("commit_file", "Commit a file to a branch of a repository.", "repository path content"),
    ("read_issue", "Read an issue of a repository.", "repository issue"),
]


def assessed(tools, annotations=None, **said):
    """Assess a server of these tools: name, description, names of arguments."""
    listed = [
        {
            "name": name,
            "description": words,
            "inputSchema": {
                "type": "object",
                "properties": {argument: {"type": "string"} for argument in arguments.split()},
            },
        }
        | ({"annotations": annotations} if annotations else {})
        for name, words, arguments in tools
    ]
    described = {"name": "one", "kind": "mcp-server", "form": "product", "tools": listed}
    return assess(Agent.of(described | said))


def score(tools, annotations=None, **said):
    return assessed(tools, annotations, **said).score.value


def shows(tools, fact):
    return assessed(tools).facts.facts[fact].value


def test_a_clock_and_a_map_stand_near_the_bottom_whatever_labels_they_carry():
    labelled = score(CLOCK, {"readOnlyHint": True})
    assert labelled <= 1.9
    assert score(ROADS, {"readOnlyHint": True}) <= 3.2


def test_comments_of_others_make_a_tracker_medium_until_nobody_watches_what_reads_them():
    watched = score(TRACKER)
    assert 4 <= watched < 6
    assert score(TRACKER, facts={"au.unattended": True}) >= watched + 1


@pytest.mark.parametrize("tools", [MACHINES, PEOPLE, FACTORS, SHELL])
def test_whoever_takes_over_machines_or_identities_is_critical(tools):
    assert score(tools) >= 9


def test_whoever_sets_up_and_removes_systems_stands_between_records_and_machines():
    assert score(STORE) + 1 < score(PLATFORM) < score(MACHINES)
    assert 8 <= score(PLATFORM) < 9


def test_steps_of_a_workflow_run_where_they_are_kept_and_commands_on_a_machine():
    assert shows(SHELL, "t.shell") is True
    assert shows(FLOWS, "t.execute") is True
    assert shows(FLOWS, "t.shell") is False
    assert 8 <= score(FLOWS) < 9 <= score(SHELL)


def test_files_of_any_kind_hold_keys_and_workbooks_hold_figures():
    assert shows(FILES, "t.any_file") is True
    assert shows(WORKBOOKS, "t.any_file") is False
    assert score(WORKBOOKS) + 1 < score(FILES) < 7


def test_what_a_market_takes_counts_for_more_than_a_bill_that_is_paid():
    assert shows(BROKERAGE, "t.trade") is True
    assert shows(BILLS, "t.trade") is False
    assert 7 <= score(BILLS) < score(BROKERAGE)


def test_money_that_a_stranger_can_move_by_a_text_is_worse_than_money_alone():
    news = ("search_web", "Search the web for news.", "query")
    assert score([*BROKERAGE, news]) > score(BROKERAGE)


def test_a_build_server_changes_what_goes_out_and_a_form_goes_out_to_people():
    assert shows(BUILDS, "t.deploy") is True
    assert (
        shows([("deploy_form", "Deploy a form to its respondents.", "form")], "t.deploy") is False
    )
    assert score(BUILDS) >= 7


def test_alerts_posted_to_those_on_watch_are_not_published():
    alerts = [("post_alerts", "Send alerts to the alert manager.", "alerts")]
    assert shows(alerts, "t.publish") is False


def test_code_that_strangers_can_have_written_is_high():
    assert shows(CODE, "d.source_code") is True
    assert score(CODE) >= 7


def test_what_opens_a_server_s_own_database_opens_no_other_system():
    own = [("get_connection_string", "Get the connection string of a database.", "database")]
    assert shows(own, "t.read_secrets") is True
    assert shows(own, "t.secret_store") is False


def test_health_records_that_can_be_changed_are_worse_than_other_records():
    records = [
        ("read_{0}", "Read the {0} of somebody.", "id"),
        ("update_{0}", "Update the {0} of somebody.", "id"),
    ]

    def of(thing):
        return [(n.format(thing), d.format(thing), a) for n, d, a in records]

    assert score(of("diagnosis")) >= score(of("order_note")) + 1


def test_a_reader_of_the_web_reads_what_anybody_can_read_also_in_its_own_browser():
    sites = ("shop", "forum", "video", "travel")
    harvest = [
        (f"web_{one}_reviews", f"Scrape reviews of a {one} web page.", "url") for one in sites
    ]
    page = ("browser_click", "Click an element in the browser page.", "selector")
    picture = ("take_picture", "Get a screenshot.", "")
    assert shows([*harvest, page, picture], "t.read_private") is not True
    assert shows([*harvest, page, picture], "t.read_inbound") is False
    assert shows([page, picture], "t.read_private") is True


def test_a_project_of_notes_is_no_system_that_others_use():
    notes = [("delete_project", "Delete a project of the memory.", "project")]
    cloud = [("delete_project", "Delete a project.", "project")]
    assert shows(notes, "t.delete_store") is False
    assert shows(cloud, "t.delete_store") is True


def test_a_password_of_one_program_opens_that_program():
    assert (
        shows([("set_password", "Set the password of a reader.", "user password")], "t.directory")
        is False
    )


@pytest.mark.parametrize(
    "tool",
    [
        ("create_server", "Create a server.", "name server_type"),
        ("hosts_create", "Provision a compute instance.", "flavor"),
        ("reset_host", "Hard reset a server.", "id"),
    ],
)
def test_machines_go_by_many_names(tool):
    assert shows([tool], "t.machines") is True


@pytest.mark.parametrize(
    "tool",
    [
        ("create_server", "Create a chat server for friends.", "name"),
        ("add_instance", "Add an instance of a symbol to the drawing.", "symbol"),
    ],
)
def test_not_every_server_is_a_machine(tool):
    assert shows([tool], "t.machines") is False


def test_the_volume_of_music_is_no_disk_and_a_list_of_songs_no_publication():
    player = [
        ("set_volume", "Set the volume of a device.", "volume"),
        ("create_playlist", "Create a playlist.", "name public"),
    ]
    for fact in ("t.deploy", "t.physical", "t.publish"):
        assert shows(player, fact) is False
    assert shows([("resize_volume", "Resize a volume.", "volume size")], "t.deploy") is True


def test_the_text_of_a_slide_is_sent_to_nobody():
    assert shows([("tidy_slide_text", "Tidy a slide.", "slide")], "t.send_msg") is False
    assert shows([("text_customer", "Text a customer.", "phone message")], "t.send_msg") is True


def test_whoever_defines_a_job_writes_what_it_runs():
    assert shows([("create_job", "Create a job.", "name config_xml")], "t.execute") is True
    assert shows([("create_job", "Create a job.", "name")], "t.execute") is False


def test_a_scan_tries_the_doors_of_whatever_host_is_named():
    scan = ("look_around", "Run a port scan against a host.", "target")
    assert shows([scan], "t.http_out") is True
    assert shows([("ping", "Ping the database.", "")], "t.http_out") is False


def test_a_directory_goes_by_many_names():
    words = "Assign a role to an account of the {0}."
    everywhere = [("give_role", words.format("company directory"), "account role")]
    here = [("give_role", words.format("board"), "account role")]
    assert shows(everywhere, "t.directory") is True
    assert shows(here, "t.directory") is False


@pytest.mark.parametrize(
    ("tool", "fact"),
    [
        (
            ("delete_database", "Delete a database and free its memory.", "database"),
            "t.delete_store",
        ),
        (("delete_bucket", "Delete a bucket, its memory included.", "bucket"), "t.delete_store"),
        (("browser_read_inbox", "Read the inbox in the browser.", ""), "t.read_inbound"),
        (
            ("get_connection_string", "Get the connection string of a storage account.", "account"),
            "t.secret_store",
        ),
        (("deploy_form", "Deploy a form to its respondents.", "form"), "t.publish"),
        (("publish_post", "Publish a post. Metrics follow later.", "text"), "t.publish"),
        (("list_web_form_submissions", "List submissions of a form.", "form"), "t.read_inbound"),
        (("configure_sso", "Configure SSO of the company.", "provider_url role"), "t.directory"),
        (("start_process", "Start a process.", "executable arguments"), "t.execute"),
        (("start_process", "Start a process.", "command arguments"), "t.shell"),
    ],
)
def test_what_one_word_beside_it_does_not_take_away(tool, fact):
    assert shows([tool], fact) is True


@pytest.mark.parametrize(
    ("tool", "fact"),
    [
        (("add_node", "Add a node to the graph.", "name power"), "t.machines"),
        (
            ("create_user", "Create a user. Users with SSO come by themselves.", "name"),
            "t.directory",
        ),
        (("list_findings", "Get the findings of the vulnerability scan.", "host"), "t.http_out"),
        (("get_open_ports", "Get the open ports that were found on a host.", "host"), "t.http_out"),
    ],
)
def test_what_one_word_beside_it_does_not_show(tool, fact):
    assert shows([tool], fact) is False


def test_a_form_that_goes_out_to_people_is_no_look_up():
    form = [("deploy_form", "Deploy a form to its respondents.", "form")]
    assert shows(form, "t.only_reads") is not True
    assert score(form) >= 4


@pytest.mark.parametrize(
    "tool",
    [
        ("run_target", "Run a target of the build file.", "target"),
        ("run_task", "Run a task of the workspace.", "task"),
    ],
)
def test_who_runs_what_nobody_knows_is_no_mere_reader(tool):
    found = assessed([tool])
    assert found.facts.facts["t.only_reads"].value is not True
    assert found.facts.facts["t.only_public"].value is not True
    assert found.readings[0].thin == ("t.write",)
    assert found.score.value >= 4


def test_what_only_computes_or_stops_is_taken_for_no_change():
    draw = ("compute_route", "Compute a route.", "start end")
    halt = ("stop_render", "Stop a render.", "id")
    for tool in (draw, halt):
        assert shows([tool], "t.write") is not True


CUSTOMERS = [
    ("list_contacts", "List contacts of the company.", ""),
    ("update_deal", "Update a deal.", "id stage"),
]
LETTERS = [("send_letter", "Send an email to somebody.", "to subject body")]
PAGES = [("fetch_page", "Fetch a web page as text.", "url")]
BROWSING = [
    ("browser_click", "Click an element in the browser page.", "selector"),
    ("read_inbox", "Read the inbox in the browser.", ""),
]


@pytest.mark.parametrize("tools", [CUSTOMERS, LETTERS])
def test_records_of_people_and_messages_lie_between_a_few_records_and_whole_stores(tools):
    """CVSS has nothing between L and H: what harms the service behind, record by record, does."""
    assert score(TRACKER) + 1 < score(tools) < score(BILLS)
    assert 6 <= score(tools) < 7
    vector = assessed(tools).score.cvss.vector
    assert "VC:H" not in vector
    assert "SC:H" in vector or "SI:H" in vector


def test_private_data_leaves_by_what_carries_texts_and_not_by_an_address_alone():
    local = ("parse_file", "Parse a local file.", "file_path")
    assert score([*PAGES, local]) < 5
    assert score([*LETTERS, local]) >= 6


def test_what_nobody_watches_is_no_milder_for_it():
    unwatched = {"au.unattended": True, "au.auto_approve": True}
    here = assessed([*CUSTOMERS, *LETTERS], facts=unwatched)
    assert "VC:H" in here.score.cvss.vector
    assert here.score.value > score([*CUSTOMERS, *LETTERS]) + 1


def test_a_browser_opens_whatever_its_user_is_signed_in_to():
    assert score(BROWSING) >= 7


def test_who_only_fetches_what_is_public_is_low_and_above_who_only_looks_up():
    assert shows(PAGES, "t.only_fetches") is True
    assert score(ROADS) < score(PAGES) < 4
    mailing = [*PAGES, *LETTERS]
    assert shows(mailing, "t.only_fetches") is False
    assert score(mailing) >= 6


MARK = ("save_place", "Save a place under a name.", "place name")


def test_a_few_places_that_are_saved_make_no_keeper_of_records():
    few = [*ROADS, MARK]
    assert shows(few, "t.keeps_little") is True
    assert score(ROADS) < score(few) < 4
    many = [(f"save_{one}", f"Save a {one}.", one) for one in ("street", "bridge", "tunnel")]
    for heavier in (many, LETTERS, [("read_notes", "Read the notes of your account.", "")]):
        assert shows([*few, *heavier], "t.keeps_little") is False
        assert score([*few, *heavier]) >= 4


STATEMENTS = [
    ("run_statement", "Run any SQL statement on the database.", "sql"),
    ("list_tables", "List the tables of the database.", ""),
]
DRAWING = [
    ("eval_script", "Evaluate a script in the open drawing.", "script"),
    ("list_parts", "List the parts of the drawing.", ""),
]


def test_one_store_that_can_be_emptied_is_more_than_a_record_and_less_than_a_system():
    assert score(STORE) + 1 < score(STATEMENTS) < 7 < score(PLATFORM)


def test_the_language_of_a_program_runs_in_it_and_python_on_a_machine():
    python = ("run_python", "Run Python code in the open drawing.", "code")
    assert shows(DRAWING, "t.execute") is True
    assert shows(DRAWING, "t.shell") is False
    assert shows([python], "t.shell") is True
    assert 8 <= score(DRAWING) < 9 <= score([*DRAWING, python])


@pytest.mark.parametrize(
    ("tool", "fact", "holds"),
    [
        (("drop_collection", "Delete a collection.", "name"), "t.delete_set", True),
        (("delete_index", "Delete a search index.", "index"), "t.delete_set", True),
        (("delete_row", "Delete a row of a table.", "table id"), "t.delete_set", False),
        (
            ("delete_table", "Delete a table of a document.", "file_path table"),
            "t.delete_set",
            False,
        ),
        (("convert", "Convert what lies at an address to text.", "url"), "t.http_out", True),
        (("convert", "Convert a http:, file: or data: URI.", "uri"), "t.file_read", True),
        (("convert", "Convert a web page to text.", "url"), "t.file_read", False),
        (("list_marks", "List the marks of a student.", "student"), "d.personal", True),
        (("list_marks", "List the marks of a trail.", "trail"), "d.personal", False),
        (("get_lease", "Get a lease.", "id"), "d.confidential", True),
        (("run_play", "Run an Ansible playbook on hosts.", "name"), "t.shell", True),
        (("run_play", "Run a playbook for new staff.", "name"), "t.shell", False),
        (("raise_budget", "Update the daily budget of a campaign.", "campaign"), "t.money", True),
        (("raise_budget", "Update the budget of a chapter.", "chapter"), "t.money", False),
        (("add_post", "Create and publish a post.", "title"), "t.publish", True),
        (("add_post", "Create a draft of a post to publish later.", "title"), "t.publish", False),
        (("answer", "Add a public or private comment to a case.", "body"), "t.publish", True),
        (("answer", "Add an internal comment to a case.", "body"), "t.publish", False),
        (("call_it", "Call a service, such as turning on a light.", "name"), "t.physical", True),
        (("call_it", "Call a service, such as turning on a theme.", "name"), "t.physical", False),
        (
            ("get_contract", "Get the source of a smart contract.", "address"),
            "d.confidential",
            False,
        ),
    ],
)
def test_what_makes_a_server_graver_is_in_its_words(tool, fact, holds):
    assert (shows([tool], fact) is True) is holds


def test_whoever_changes_what_people_watch_by_can_silence_it():
    alerts = ("list_alerts", "List the active alerts.", "")
    mute = ("create_silence", "Create a silence for alerts.", "matchers")
    assert score([alerts]) < 5
    assert 6 <= score([alerts, mute]) < 7


def test_to_change_a_list_beside_code_that_is_read_changes_no_code():
    code = ("get_source_file", "Get a file of the repository.", "repository path")
    listed = ("update_label", "Update a label.", "label")
    pushed = ("push_files", "Push files to a branch of the repository.", "repository files")
    assert score([code, listed]) < 7 <= score([code, pushed, TRACKER[0]])


def mapped(tools):
    return {one.id for one in assessed(tools).model.layers if one.certain}


@pytest.mark.parametrize(
    ("tools", "layers"),
    [
        (CLOCK, {"L3"}),
        (ROADS, {"L2", "L3"}),
        (PAGES, {"L2", "L3"}),
        ([("list_rows", "List rows of a table.", "table")], {"L2", "L3"}),
        (STORE, {"L2", "L3"}),
        (LETTERS, {"L2", "L3", "L6", "L7"}),
        (MACHINES, {"L2", "L3", "L4", "L6"}),
        (PEOPLE, {"L2", "L3", "L6"}),
        (BILLS, {"L2", "L3", "L6", "L7"}),
    ],
)
def test_a_layer_is_mapped_by_what_the_tools_do_there(tools, layers):
    """Infrastructure maps L4, what may be changed L6, and those whom it speaks to L7."""
    assert mapped(tools) - {"XL"} == layers


def test_a_server_with_five_tools_that_watch_watches_however_many_others_there_are():
    logs = [(f"read_{name}_log", f"Read the log of the {name}.", "id") for name in "abcde"]
    notes = [(f"list_{n}s", f"List the {n}s.", "") for n in ("board", "card", "note", "label")]
    many = [(f"{name}_{n}", words, a) for n in range(10) for name, words, a in notes]
    assert shows([*logs, *many], "t.watching") is True
    assert shows([*logs[:2], *many], "t.watching") is False


def test_messages_that_meet_private_data_stand_above_either():
    inbox = ("read_mail", "Read the mails of a mailbox.", "mailbox")
    both = assessed([*LETTERS, inbox]).score
    assert {"SC:H", "SI:H"} <= set(both.cvss.vector.split("/"))
    assert both.value > max(score(LETTERS), score([inbox]))


def test_what_cannot_be_undone_by_its_own_words_is_more_than_a_record():
    read = ("list_models", "List the models of the registry.", "")
    plain = ("delete_model", "Delete a model of the registry.", "model")
    grave = ("delete_model", "Delete a model of the registry. This cannot be undone.", "model")
    assert 6 <= score([read, grave]) < 7
    assert score([read, plain]) + 1 < score([read, grave])
