"""A live server is asked what it is and which tools it has, and for nothing else."""

import json
import os
import resource
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.imports.cases import source
from tests.imports.tiny_server import TOOLS, http_server
from threatmodel import files
from threatmodel.cli import main
from threatmodel.description.load import load_agent
from threatmodel.errors import MissingPartError
from threatmodel.importers.live import record_command, record_found, record_url
from threatmodel.importers.run import import_live, import_sources
from threatmodel.importers.save import save
from threatmodel.importers.session import _alarm

TINY = Path(__file__).parent / "imports" / "tiny_server.py"
SERVERS = Path(__file__).parents[1] / "build" / "servers"
NAMES = [tool["name"] for tool in TOOLS]


def start(*traits, timeout=20.0):
    return record_command([sys.executable, str(TINY), *traits], timeout=timeout)


def imported(recorded):
    (one,) = import_sources([recorded.source])
    return one


@contextmanager
def serving(*traits):
    """Run the tiny server over HTTP on the loopback; gives its address."""
    server = http_server(traits)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/mcp"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_server_lists_its_tools_over_stdio():
    recorded = start()
    one = imported(recorded)
    assert [tool["name"] for tool in one.tools] == NAMES
    assert (one.name, one.server["instructions"]) == ("tiny", "Ask for an order by its number.")
    statements = {statement.path: statement.value for statement in one.statements}
    assert statements["version",] == "1.2.3"
    assert statements["supply", "local_server"]["value"] is True
    assert recorded.stderr == "tiny server starts"


def test_definitions_are_kept_word_for_word():
    assert list(imported(start()).tools) == TOOLS


@pytest.mark.parametrize("traits", [("pages",), ("noise", "pages"), ("endless",), ("modern",)])
def test_pages_noise_and_newer_protocols_make_no_difference(traits):
    assert [tool["name"] for tool in imported(start(*traits)).tools] == NAMES


@pytest.mark.parametrize("traits", [("offers",), ("offers", "broken")])
def test_prompts_and_resources_are_listed_where_the_server_has_some(traits):
    server = imported(start(*traits)).server
    kept = {key: server[key][0]["name"] for key in ("prompts", "resources", "resourceTemplates")}
    assert kept == {"prompts": "greet", "resources": "inbox", "resourceTemplates": "mail"}
    assert "prompts" not in imported(start()).server


def test_a_tool_that_breaks_the_protocol_does_not_hide_the_others():
    one = imported(start("broken"))
    assert [tool["name"] for tool in one.tools] == [*NAMES, "odd"]
    assert any("odd" in remark for remark in one.remarks)


def test_a_server_without_tools_is_no_proof_that_it_has_none():
    assert imported(start("mute")).tools is None


def test_a_list_without_an_end_is_cut_and_said_not_to_be_whole():
    one = imported(start("forever"))
    assert len(one.tools) == 500
    assert any("not whole" in remark for remark in one.remarks)
    statements = {statement.path: statement.value for statement in one.statements}
    assert statements["facts", "t.unlisted"]["value"] is True


def test_a_list_of_tools_that_is_none_is_told_as_what_came():
    with pytest.raises(MissingPartError, match="its list of tools is a mapping, not a list"):
        start("shapeless")


def test_an_answer_that_unpacks_to_much_is_not_unpacked():
    with serving("bomb") as url:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(MissingPartError, match="packed"):
            record_url(url, timeout=20)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 100_000  # kB


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_a_child_that_leaves_the_session_is_ended():
    recorded = start("escapes")
    number = int(recorded.stderr.split("child ")[1].split()[0])
    state = Path(f"/proc/{number}/stat")
    assert not state.exists() or state.read_text(encoding="utf-8").split()[2] == "Z"


def spin(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def test_the_time_is_held_from_outside():
    began = time.monotonic()
    with pytest.raises(TimeoutError), _alarm(0.2):
        spin(5)
    assert time.monotonic() - began < 3


def test_a_server_that_ends_shows_what_it_wrote():
    with pytest.raises(MissingPartError, match="it ended before it answered") as fault:
        start("dies")
    assert "tiny server lacks TINY_TOKEN" in fault.value.hint
    assert "--env TINY_TOKEN" in fault.value.hint


def test_a_server_that_ends_without_a_word_may_want_a_variable():
    with pytest.raises(MissingPartError, match="it ended before it answered") as fault:
        record_command([sys.executable, "-c", ""], timeout=20.0)
    assert "--env NAME" in fault.value.hint


def test_a_variable_that_is_passed_on_must_be_set(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["aivss", "import", "--env", "TINY_TOKEN", "--", "true"])
    monkeypatch.delenv("TINY_TOKEN", raising=False)
    assert main(sys.argv[1:]) == 2
    assert "export TINY_TOKEN=..." in capsys.readouterr().err


def test_a_server_that_hangs_is_stopped_in_time():
    with pytest.raises(MissingPartError, match="did not answer within 1 seconds") as fault:
        start("hangs", timeout=1.0)
    assert "tiny server starts" in fault.value.hint


def test_a_command_that_is_not_there_is_named():
    with pytest.raises(MissingPartError, match="there is no command no-such-command") as fault:
        record_command(["no-such-command", "--key", "hidden"])
    assert fault.value.hint.startswith("check its name")


def test_arguments_are_not_written_into_names():
    recorded = record_command([sys.executable, str(TINY), "--api-key=hidden"])
    assert b"hidden" not in recorded.source.data
    assert "hidden" not in recorded.source.name


def test_a_server_lists_its_tools_over_http():
    with serving("pages") as url:
        one = imported(record_url(f"{url}?token=hidden"))
    assert [tool["name"] for tool in one.tools] == NAMES
    assert any("without a login" in remark for remark in one.remarks)
    assert "hidden" not in str(one)


def test_a_server_that_wants_a_login_is_given_one_or_named():
    with serving("locked") as url:
        with pytest.raises(MissingPartError, match=r"http://127.0.0.1:\d+/mcp: ") as fault:
            record_url(url)
        assert "login" in fault.value.hint
        one = imported(record_url(url, headers={"Authorization": "Bearer hidden"}))
    assert len(one.tools) == len(NAMES)
    assert "hidden" not in str(one)


def test_an_address_without_a_server_is_named():
    with pytest.raises(MissingPartError, match=r"127\.0\.0\.1:9/mcp"):
        record_url("http://127.0.0.1:9/mcp")


def test_a_command_found_in_a_file_is_only_started_after_asking():
    server = {"command": sys.executable, "args": [str(TINY)], "env": {"TINY_TOKEN": "${MINE}"}}
    config = {"mcpServers": {"yes": server, "no": {**server, "args": [str(TINY), "dies"]}}}
    config["mcpServers"]["off"] = {**server, "disabled": True}
    asked = []

    def confirm(command):
        asked.append(command)
        return "dies" not in command

    (found,) = record_found(source(config), confirm, environment={"MINE": "1"})
    assert (found[0], len(imported(found[1]).tools)) == ("yes", len(NAMES))
    assert len(asked) == 2
    assert all(str(TINY) in command for command in asked)


def test_an_address_found_in_a_file_is_asked_about_as_well():
    with serving("locked") as url:
        headers = {"Authorization": "Bearer ${TOKEN:-x}"}
        config = {"mcpServers": {"tiny": {"url": url, "headers": headers}}}
        assert not list(record_found(source(config), lambda _: False))
        ((name, recorded),) = record_found(source(config), lambda _: True)
    assert (name, len(imported(recorded).tools)) == ("tiny", len(NAMES))


def test_servers_that_answer_are_kept_where_another_does_not(tmp_path, capsys):
    """One that was down kept the tools of all the others from being written."""
    answers = {"command": sys.executable, "args": [str(TINY)]}
    fails = {"command": sys.executable, "args": [str(TINY), "dies"]}
    file, out = tmp_path / "mcp.json", tmp_path / "agent.yaml"
    asked = ["import", str(file), "--live", "--yes", "--all", "-o", str(out)]
    file.write_text(json.dumps({"mcpServers": {"shed": fails, "barn": fails}}))
    assert (main(asked), out.exists()) == (3, False)
    file.write_text(json.dumps({"mcpServers": {"shed": answers, "barn": fails}}))
    capsys.readouterr()
    assert main(asked) == 3
    assert capsys.readouterr().err.count("\nerror: ") == 1
    assert all(name in str(load_agent(out)) for name in NAMES)


def test_answers_complete_a_configuration():
    tiny = {"command": sys.executable, "args": [str(TINY)]}
    config = source({"mcpServers": {"one": tiny, "two": {"command": "npx", "args": ["two"]}}})
    answers = {"one": start().source}
    one, two = import_live(config, answers)
    assert (one.name, len(one.tools), two.tools) == ("one", len(NAMES), None)
    (partly,) = import_live(config, answers, together=True)
    listed = {member.name: member.tools for member in partly.members}
    assert (len(listed["one"]), listed["two"]) == (len(NAMES), None)


def test_without_the_sdk_the_line_that_installs_it_is_shown(tmp_path):
    (tmp_path / "mcp.py").write_text("raise ImportError\n")
    code = (
        "from threatmodel.importers.live import record_command\n"
        "try: record_command(['true'])\n"
        "except Exception as fault: print(type(fault).__name__, fault)\n"
    )
    root = str(Path(__file__).parents[1])
    clean = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{tmp_path}{os.pathsep}{root}"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=clean, capture_output=True, text=True, check=True
    )
    assert "MissingPartError" in done.stdout
    assert f"cd {root} && sh install.sh" in done.stdout


def test_in_a_wheel_the_line_that_installs_a_part_is_one_of_pip(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "__file__", str(tmp_path / "threatmodel" / "resources.py"))
    lines = [files.install_line(part) for part in ("mcp", "dask")]
    assert lines == ["pip install 'mcp>=2'", "pip install 'aivss-threatmodel[dask]'"]


@pytest.mark.parametrize(
    ("command", "tools"),
    [
        ("python/bin/mcp-server-time", {"get_current_time", "convert_time"}),
        ("node/node_modules/.bin/mcp-server-everything", {"echo", "get-sum"}),
    ],
)
def test_public_servers_import_live_without_a_network(command, tools, tmp_path):
    program = SERVERS / command
    if not program.exists():
        pytest.skip(f"{program.name} is not installed: tests/imports/install_servers.sh")
    recorded = record_command([*_offline(), str(program)])
    file = tmp_path / "server.yaml"
    save(file, imported(recorded))
    agent = load_agent(file)
    assert tools <= {tool.name for tool in agent.known_tools}
    assert (agent.kind, agent.form) == ("mcp-server", "product")
    listed = json.loads(file.with_suffix(".tools.json").read_text())
    assert len(listed["fingerprints"]) == len(agent.known_tools)


def _offline():
    """Give the words that cut a program off from all networks, where the system lets us."""
    words = ["unshare", "--user", "--map-root-user", "--net"]
    try:
        works = subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        works = False
    return words if works else []
