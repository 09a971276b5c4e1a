"""Client configurations: every shape is read, and what stands in them becomes facts, not values."""

import json
import os
import re
import subprocess
import sys

import pytest

from tests.imports.cases import described, imported, source
from threatmodel.errors import InvalidFileError
from threatmodel.importers.command import wanted
from threatmodel.importers.merge import structure
from threatmodel.importers.run import import_sources
from threatmodel.importers.write import to_yaml

NPX = {"command": "npx", "args": ["-y", "shop-server"]}


def config(**servers):
    return {"mcpServers": servers}


def entry(**keys):
    return described(config(shop=keys), "mcp.json")


def says(top, section, field):
    return top.get(section, {}).get(field, {}).get("value")


@pytest.mark.parametrize(
    "content",
    [
        {"mcpServers": {"shop": NPX}},
        {"shop": NPX},
        {"_comment": "ours", "shop": NPX},
        {"servers": {"shop": NPX}, "inputs": []},
        {"mcp": {"servers": {"shop": NPX}}, "chat.mcp.gallery.enabled": True},
        {"mcp": {"shop": {"type": "local", "command": ["npx", "-y", "shop-server"]}}},
        '# ours\n[mcp_servers.shop]\ncommand = "npx"\nargs = ["-y", "shop-server"]\nx = 2026-11-02',
        '{// ours\n"mcpServers": {"shop": {"command": "npx", "args": ["-y", "shop-server",],},},}',
    ],
)
def test_every_shape_gives_the_same_server(content):
    top = described(content, "config.toml" if str(content).startswith("#") else "settings.json")
    assert (top["name"], top["kind"], top["form"]) == ("shop", "mcp-server", "product")
    assert says(top, "supply", "pinned") is False
    assert says(top, "supply", "local_server") is True


def test_several_servers_give_one_description_each_or_a_system():
    content = config(shop=NPX, bank={"url": "https://bank.example.org/mcp"})
    each = import_sources([source(content)])
    assert [one.name for one in each] == ["shop", "bank"]
    one = imported(content, "/home/me/.cursor/mcp.json", together=True)
    top = structure(one.statements)
    assert (top["kind"], top["form"]) == ("multi-agent", "deployment")
    assert says(top, "supply", "several_servers") is True
    assert [m.name for m in one.members] == ["assistant", "shop", "bank"]
    assert all(says(structure(m.statements), "supply", "project_config") for m in one.members[1:])


def test_servers_that_are_switched_off_are_not_in_the_set():
    content = config(
        shop=NPX,
        old={"command": "uvx", "args": ["old==1.0"], "disabled": True},
        off={"command": "uvx", "args": ["off==1.0"], "enabled": False},
    )
    one = imported(content, together=True)
    assert [m.name for m in one.members] == ["assistant", "shop"]
    assert "servers that are switched off are left out: old, off" in one.remarks


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[mcp_servers.shop]\ncommand = npx\n", r"config.toml:2:11: this is not TOML"),
        ("[mcp_servers.shop\n", r"config.toml:1:18: this is not TOML"),
        ("a = " + "[" * 5000, r"not TOML"),
        (f"a = {'9' * 5000}", "config.toml:1:5005: this is not TOML"),
    ],
)
def test_a_fault_of_toml_has_its_place(text, told):
    with pytest.raises(InvalidFileError) as raised:
        imported(text, "config.toml")
    assert re.search(told, str(raised.value))


def test_a_file_without_servers_is_told_apart_from_one_with_none():
    with pytest.raises(InvalidFileError, match="names no server"):
        imported({"mcpServers": {}})
    with pytest.raises(InvalidFileError, match="found JSON with the keys `chat"):
        imported({"chat.mcp.gallery.enabled": True})


def test_a_tool_list_completes_the_server_it_is_about():
    servers = source(config(shop=NPX, bank={"command": "uvx", "args": ["bank"]}))
    tools = source({"serverInfo": {"name": "Bank", "version": "1"}, "tools": [{"name": "pay"}]})
    (one,) = import_sources([servers, tools])
    assert (one.name, len(one.tools)) == ("Bank", 1)
    with pytest.raises(InvalidFileError, match=r"describes 2 servers \(shop, bank\)"):
        import_sources([servers, source({"serverInfo": {"name": "x"}, "tools": [{"name": "a"}]})])


@pytest.mark.parametrize(
    ("command", "arguments", "fixed"),
    [
        ("npx", ["-y", "a"], False),
        ("npx", ["a@latest"], False),
        ("npx", ["-y", "@s/a@1"], False),
        ("npx", ["-y", "@s/a@^1.2.3"], False),
        ("npx", ["-y", "@s/a@1.2.3", "--flag"], True),
        ("npx", ["--package=@s/a@1.2.3", "run-it"], True),
        ("/usr/local/bin/npx", ["a"], False),
        ("C:\\nodejs\\npx.cmd", ["a"], False),
        ("cmd", ["/c", "npx", "-y", "a"], False),
        ("bash", ["-lc", "FOO=1 npx -y a@2.0.1"], True),
        ("env", ["TOKEN=${T}", "uvx", "a==2.0"], True),
        ("npx -y a@2.0.1", [], True),
        ("pnpm", ["dlx", "a"], False),
        ("bunx", ["a@1.0.0"], True),
        ("uvx", ["a"], False),
        ("uvx", ["--python", "3.12", "a@latest"], False),
        ("uvx", ["--from", "git+https://github.com/o/a", "a"], False),
        ("uvx", ["--from", f"git+https://github.com/o/a@{'0a' * 20}", "a"], True),
        ("uvx", ["a[cli]>=1.0"], False),
        ("uv", ["tool", "run", "a==1.2.3"], True),
        ("pipx", ["run", "--spec", "a==1.2", "a"], True),
        ("deno", ["run", "-A", "npm:a@1.2.3"], True),
        ("go", ["run", "example.com/a@latest"], False),
        ("docker", ["run", "-i", "--rm", "a/b"], False),
        ("docker", ["run", "-i", "a/b:latest"], False),
        ("docker", ["run", "-e", "KEY", "--name", "x", "a/b:1.2.3"], True),
        ("podman", ["run", f"a/b@sha256:{'a' * 64}"], True),
        ("docker", ["run", "localhost:5000/a/b"], False),
        ("docker", ["run", "reg.example.com:443/b"], False),
        ("docker", ["run", "localhost:5000/b:1.2.3"], True),
        ("uvx", ["a==5"], False),
        ("npx", ["a@5"], False),
        ("docker", ["run", "a/b:${TAG}"], None),
        ("python", ["-m", "proxy", "--upstream", "npx a@1.0.0 /data"], True),
        ("node", ["dist/index.js"], None),
        ("npx", ["./local"], None),
        ("uv", ["run", "python", "server.py"], None),
        ("docker", ["compose", "up"], None),
    ],
)
def test_a_version_that_can_move_is_no_fixed_version(command, arguments, fixed):
    assert says(entry(command=command, args=arguments), "supply", "pinned") is fixed


def test_an_image_shows_its_mounts_its_network_and_its_keys():
    top = entry(
        command="docker",
        args=[
            *("run", "-i", "--network=none", "-v", "/home/me/docs:/docs:ro"),
            *("--mount", "type=bind,src=/srv/data,dst=/data", "-v", "cache:/cache"),
            *("-e", "SHOP_TOKEN", "-e", "LEVEL=info", "shop/server:1.2.3"),
        ],
    )
    assert top["data"]["reads"] == ["files below /home/me/docs", "files below /srv/data"]
    assert says(top, "network", "unrestricted_egress") is False
    assert says(top, "runtime", "container") is True
    assert [c["name"] for c in top["credentials"]] == ["SHOP_TOKEN"]


def test_a_mount_of_the_docker_socket_gives_the_machine_away():
    socket = "/var/run/docker.sock"
    top = entry(command="docker", args=["run", "-v", f"{socket}:{socket}", "a/b:1.2.3"])
    assert top["facts"]["id.local_creds"]["value"] is True


def test_folders_given_to_a_package_are_what_it_reads():
    top = entry(
        command="npx", args=["-y", "files-server@1.0.0", "/home/me/projects", "--log", "/x"]
    )
    assert top["data"]["reads"] == ["files below /home/me/projects"]
    assert top["policy"]["paths"] == ["/home/me/projects"]


@pytest.mark.parametrize("folder", ["/", "/home/$USER", "~/docs"])
def test_the_whole_machine_or_an_unknown_folder_is_no_root_of_a_policy(folder):
    assert "policy" not in entry(command="npx", args=["-y", "files-server@1.0.0", folder])


@pytest.mark.parametrize(
    ("url", "remote", "public", "clear"),
    [
        ("https://mcp.shop.com/mcp", True, True, None),
        ("http://mcp.shop.com/mcp", True, True, True),
        ("http://10.0.0.7:8000/mcp", True, None, True),
        ("http://gateway.internal/mcp", True, None, True),
        ("http://localhost:8124/mcp", None, None, None),
        ("http://127.0.0.1/mcp", None, None, None),
        ("http://[::1]:80/mcp", None, None, None),
        ("https://${HOST}/mcp", True, None, None),
    ],
)
def test_an_address_shows_where_a_server_runs(url, remote, public, clear):
    top = entry(url=url)
    assert says(top, "supply", "remote_server") is remote
    assert says(top, "network", "public_endpoint") is public
    assert says(top, "network", "cleartext") is clear


def test_a_bridge_makes_a_remote_server_of_a_local_command():
    top = entry(command="npx", args=["-y", "mcp-remote", "https://mcp.shop.com/sse"])
    assert says(top, "supply", "local_server") is True
    assert says(top, "supply", "remote_server") is True


@pytest.mark.parametrize("key", ["alwaysAllow", "autoApprove"])
def test_tools_approved_in_advance_are_named(key):
    top = entry(**NPX, **{key: ["buy", "sell"]})
    assert says(top, "autonomy", "auto_approve") is True
    assert "approved in advance: buy, sell" in top["autonomy"]["auto_approve"]["note"]


@pytest.mark.parametrize(
    "keys",
    [
        {"default_tools_approval_mode": "approve"},
        {"tools": {"buy": {"approval_mode": "approve"}, "look": {"approval_mode": "prompt"}}},
    ],
)
def test_a_mode_that_approves_is_told(keys):
    assert says(entry(**NPX, **keys), "autonomy", "auto_approve") is True
    asked = {"default_tools_approval_mode": "prompt", "tools": ["buy"]}
    assert says(entry(**NPX, **asked), "autonomy", "auto_approve") is None


def test_an_empty_list_approves_nothing_and_a_star_limits_nothing():
    top = entry(**NPX, alwaysAllow=[], includeTools=["*"])
    assert "autonomy" not in top
    assert "controls" not in top


def test_a_list_of_the_only_tools_is_a_control_and_a_list_of_some_hidden_ones_is_none():
    assert says(entry(**NPX, includeTools=["look"]), "controls", "tool_allowlist") is True
    assert "controls" not in entry(**NPX, disabledTools=["buy"])


def test_variables_that_a_client_takes_values_from_are_credentials():
    top = entry(
        url="https://shop.example.org/mcp",
        bearer_token_env_var="SHOP_PAT",  # noqa: S106 - the name of a variable
        env_http_headers={"X-Key": "SHOP_API_KEY", "X-Region": "SHOP_REGION"},
        env_vars=["HOME", "SHOP_SECRET"],
    )
    named = {one["name"] for one in top["credentials"]}
    assert named == {"SHOP_PAT", "SHOP_API_KEY", "SHOP_SECRET"}


def test_a_login_in_the_browser_and_addresses_in_variables_are_seen():
    top = entry(url="https://a.com/mcp", oauth={"clientId": "x"}, trust=True)
    assert top["credentials"] == [{"name": "OAuth login", "kind": "oauth"}]
    assert "the whole server is trusted" in top["autonomy"]["auto_approve"]["note"]
    top = entry(command="x", env={"API": "http://api.shop.com", "PORT": 80})
    assert says(top, "network", "cleartext") is True


def test_an_address_that_cannot_be_read_shows_nothing():
    top = entry(command="npx", args=["-y", "a@1.0.0", "http://[broken", "plain"])
    assert "network" not in top
    assert says(top, "supply", "pinned") is True


def test_the_network_of_the_host_reaches_inside():
    top = entry(command="docker", args=["run", "--network", "host", "a/b:1.2.3"])
    assert says(top, "network", "internal_services") is True


def test_every_value_names_its_place_in_the_file():
    one = imported(config(shop=NPX), "/home/me/project/.mcp.json")
    origins = {".".join(statement.path): statement.origin for statement in one.statements}
    assert origins["supply.pinned"] == ".mcp.json: mcpServers.shop.args[1]"
    assert "/home/me" not in to_yaml(one)


def test_the_samples_of_others_are_all_read(corpus):
    refused = []
    for file in sorted((corpus / "formats" / "mcp-client-config").glob("*.json")):
        try:
            assert import_sources([source(file.read_bytes(), str(file))])
        except InvalidFileError:
            refused.append(file.name)
    assert len(refused) == 2
    assert all("vs_code_settings_file_with" in name for name in refused)


DIGEST = "sha256:" + "ab" * 32


@pytest.mark.parametrize(
    ("image", "version", "fixed"),
    [
        (f"acme/tool:latest@{DIGEST}", DIGEST, True),
        (f"acme/tool@{DIGEST}", DIGEST, True),
        (f"reg.example:5000/acme/tool:1.2@{DIGEST}", DIGEST, True),
        ("acme/tool:latest", "latest", False),
        ("acme/tool:1.2", "1.2", False),
        ("acme/tool", "", False),
    ],
)
def test_an_image_is_pinned_by_its_digest_whatever_its_tag_says(image, version, fixed):
    asked = wanted(image, "oci", ("latest",))
    assert (asked.version, asked.fixed) == (version, fixed)


def test_all_servers_are_written_where_nobody_reads_what_is_told(tmp_path):
    (tmp_path / "mcp.json").write_text(json.dumps(config(a=NPX, b=NPX, c=NPX)))
    (tmp_path / "out").mkdir()
    words = [sys.executable, "-m", "threatmodel", "import", "mcp.json", "-o", "out"]
    reader, writer = os.pipe()
    os.close(reader)
    subprocess.run(words, cwd=tmp_path, stderr=writer, check=False)
    os.close(writer)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "a.yaml",
        "b.yaml",
        "c.yaml",
    ]
