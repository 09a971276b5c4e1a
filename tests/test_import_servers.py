"""What registries, bundles and images say about a server becomes facts, with their place."""

import pytest

from tests.imports.cases import ENTRY, described, imported, says, source
from threatmodel.importers.run import import_sources
from threatmodel.importers.write import to_yaml

MANIFEST = {
    "manifest_version": "0.3",
    "name": "shop",
    "version": "1.0.0",
    "server": {
        "type": "node",
        "mcp_config": {
            "command": "node",
            "args": ["x.js"],
            "env": {"SHOP_KEY": "${user_config.key}"},
        },
    },
    "user_config": {
        "key": {"type": "string", "title": "Key", "sensitive": True},
        "pin": {"type": "string", "title": "Pin", "sensitive": True},
        "folder": {"type": "directory", "default": ["/home/me/shop"]},
    },
    "tools": [{"name": "look", "description": "Looks at orders."}],
}


class TestRegistryEntries:
    """server.json in both key styles, and server cards."""

    def test_an_entry_is_a_product_of_whoever_owns_its_namespace(self):
        top = described(ENTRY)
        assert (top["kind"], top["form"], top["vendor"]) == ("mcp-server", "product", "shop")
        assert described(ENTRY | {"name": "com.shop.api/server"})["vendor"] == "api.shop.com"
        assert says(top, "supply", "pinned") is True
        assert top["supply"]["pinned"]["by"] == "vendor"
        assert top["supply"]["pinned"]["note"].endswith("(source.json: packages[0].identifier)")

    @pytest.mark.parametrize(
        ("package", "fixed"),
        [
            ({"registryType": "npm", "identifier": "a", "version": "latest"}, False),
            ({"registryType": "npm", "identifier": "a"}, False),
            ({"registry_name": "pypi", "name": "a", "version": "0.2.23"}, True),
            ({"registryType": "oci", "identifier": "ghcr.io/a/b:1.0.0"}, True),
            ({"registryType": "oci", "identifier": "ghcr.io/a/b"}, False),
            ({"registryType": "oci", "identifier": "a/b:${VERSION}"}, None),
            ({"registryType": "mcpb", "identifier": "https://a.com/x", "fileSha256": "0"}, True),
        ],
    )
    def test_only_a_fixed_version_is_fixed(self, package, fixed):
        assert says(described(ENTRY | {"packages": [package]}), "supply", "pinned") is fixed

    @pytest.mark.parametrize("style", ["environmentVariables", "environment_variables"])
    def test_variables_that_are_secret_become_credentials(self, style):
        variables = [
            {"name": "SHOP_ID", "isSecret": True},
            {"name": "SHOP_TOKEN"},
            {"name": "LEVEL"},
            {"name": "URL", "default": "http://api.shop.com"},
        ]
        top = described(ENTRY | {"packages": [ENTRY["packages"][0] | {style: variables}]})
        assert [c["name"] for c in top["credentials"]] == ["SHOP_ID", "SHOP_TOKEN"]
        assert says(top, "network", "cleartext") is True

    def test_blanks_and_mounts_in_arguments_are_read(self):
        arguments = [
            {"type": "named", "name": "-v", "value": "/home/me:/data"},
            {
                "type": "named",
                "name": "-e",
                "value": "SHOP_TOKEN={token}",
                "variables": {"token": {"isSecret": True}},
            },
        ]
        package = {"registryType": "oci", "identifier": "a/b:1.2.3", "runtimeArguments": arguments}
        top = described(ENTRY | {"packages": [package]})
        assert top["data"]["reads"] == ["files below /home/me"]
        assert [c["name"] for c in top["credentials"]] == ["SHOP_TOKEN"]

    def test_remotes_say_where_they_run_and_which_headers_they_want(self):
        remote = {
            "type": "sse",
            "url": "https://a.com",
            "headers": [{"name": "X", "isSecret": True}],
        }
        top = described({"name": "a", "remotes": [remote]})
        assert says(top, "supply", "remote_server") is True
        assert [c["name"] for c in top["credentials"]] == ["X"]
        assert "local_server" not in top["supply"]

    def test_the_answer_of_the_registry_wraps_the_entry(self):
        assert described({"server": ENTRY, "_meta": {}})["version"] == "1.2.3"

    def test_a_card_lists_tools_and_says_who_may_call(self):
        card = {
            "name": "a",
            "remotes": [{"url": "https://a.com", "authentication": {"type": "none"}}],
            "tools": [{"name": "look", "description": "Looks."}],
        }
        assert [t["name"] for t in imported(card).tools] == ["look"]
        assert says(described(card), "identity", "server_accepts_anyone") is True


class TestBundles:
    """MCPB manifests."""

    def test_a_bundle_runs_on_a_workstation_with_what_its_user_gives(self):
        top = described(MANIFEST)
        assert says(top, "runtime", "workstation") is True
        assert [c["name"] for c in top["credentials"]] == ["SHOP_KEY", "Pin"]
        assert top["data"]["reads"] == ["files below /home/me/shop"]
        assert len(imported(MANIFEST).tools) == 1

    def test_a_list_that_grows_at_run_time_is_not_complete(self):
        one = imported(MANIFEST | {"tools_generated": True})
        assert one.tools is None
        assert any("not complete" in remark for remark in one.remarks)


class TestRegistriesOfImages:
    """ToolHive and Docker."""

    SPEC = (
        "name: shop\nimage: shop/server:1.2.3\ntransport: stdio\ntier: Official\n"
        "tools: [look, buy]\nargs: [--token, abc]\n"
        "env_vars:\n  - {name: SHOP_TOKEN, secret: true}\n  - {name: LEVEL, required: false}\n"
    )

    @pytest.mark.parametrize(
        ("outbound", "free"),
        [
            ("{insecure_allow_all: true}", True),
            ("{insecure_allow_all: false, allow_host: [api.shop.com]}", False),
            ("{allow_host: []}", None),
        ],
    )
    def test_declared_ways_out_are_facts(self, outbound, free):
        spec = f"{self.SPEC}permissions:\n  network:\n    outbound: {outbound}\n"
        top = described(spec, "spec.yaml")
        assert says(top, "network", "unrestricted_egress") is free

    def test_an_entry_lists_tools_keys_and_folders(self):
        spec = f"{self.SPEC}permissions: {{read: [/srv/shop], write: ['/srv/out:/out']}}\n"
        top, one = described(spec, "spec.yaml"), imported(spec, "spec.yaml")
        assert [t["name"] for t in one.tools] == ["look", "buy"]
        assert [c["name"] for c in top["credentials"]] == ["token", "SHOP_TOKEN"]
        assert top["data"]["reads"] == ["files below /srv/shop", "files below /srv/out"]
        assert (top["version"], says(top, "runtime", "container")) == ("1.2.3", True)

    def test_a_whole_registry_gives_every_server(self):
        entry = {"image": "a/b:latest", "transport": "stdio", "tier": "Community"}
        remote = {"url": "https://c.com/mcp", "transport": "sse", "tier": "Official"}
        found = import_sources([source({"servers": {"b": entry}, "remote_servers": {"c": remote}})])
        assert [one.name for one in found] == ["b", "c"]

    DOCKER = (
        "name: shop\nimage: mcp/shop\ntype: server\nabout: {title: Shop}\n"
        "source: {project: https://github.com/shop/x, commit: 0123abc}\n"
        "config:\n  secrets: [{name: shop.key, env: SHOP_KEY, example: SECRET-EXAMPLE}]\n"
        "  parameters: {properties: {paths: {default: [/Users/me]}}}\n"
    )

    @pytest.mark.parametrize(
        ("run", "free"),
        [("disableNetwork: true", False), ("allowHosts: ['a.com:443']", False), ("user: x", None)],
    )
    def test_dockers_entries_too(self, run, free):
        text = f"{self.DOCKER}run:\n  {run}\n  volumes: ['{{{{shop.paths|volume|into}}}}']\n"
        top = described(text, "server.yaml")
        assert says(top, "network", "unrestricted_egress") is free
        assert top["data"]["reads"] == ["files below /Users/me"]
        assert says(top, "supply", "pinned") is False
        assert [c["name"] for c in top["credentials"]] == ["SHOP_KEY"]
        assert "SECRET-EXAMPLE" not in to_yaml(imported(text, "server.yaml"))

    def test_remote_entries_want_headers_and_logins(self):
        spec = (
            "name: shop\nurl: https://mcp.shop.com\ntransport: sse\ntier: Official\n"
            "status: Deprecated\nheaders: [{name: X-Key, secret: true}, {name: Y}]\n"
            "oauth_config: {client_id: x}\npermissions: {privileged: true}\n"
            "provenance: {sigstore_url: a.dev, signer_identity: /build.yml}\n"
        )
        one, top = imported(spec, "spec.yaml"), described(spec, "spec.yaml")
        assert [c["name"] for c in top["credentials"]] == ["X-Key", "OAuth login"]
        assert says(top, "facts", "id.local_creds") is True
        assert top["controls"]["signed_artifacts"]["by"] == "vendor"
        assert one.remarks == ("the registry lists it as Deprecated",)
        docker = (
            "name: shop\ntype: remote\nmeta: {}\nremote: {url: https://mcp.shop.com, headers:"
            " {Authorization: 'Bearer ${TOKEN}'}}\noauth: [{provider: shop}]\n"
            "dynamic: {tools: true}\n"
        )
        top = described(docker, "server.yaml")
        assert [c["name"] for c in top["credentials"]] == ["Authorization", "shop (OAuth)"]
        assert imported(docker, "server.yaml").remarks

    def test_its_tool_file_is_a_second_source(self):
        tools = [
            {"name": "buy", "description": "Buys.", "arguments": [{"name": "id", "desc": "x"}]}
        ]
        (one,) = import_sources([source(self.DOCKER, "server.yaml"), source(tools, "tools.json")])
        assert list(one.tools[0]["inputSchema"]["properties"]) == ["id"]
        assert one.name == "Shop"


class TestProposedCards:
    """Server cards with `serverInfo`."""

    CARD = (
        '{"serverInfo": {"name": "s", "title": "Shop", "version": "1.0"}, "tools": ["dynamic"],'
        ' "transport": {"type": "streamable-http", "endpoint": "%s"}, "authentication": %s}'
    )

    @pytest.mark.parametrize(
        ("endpoint", "public"), [("/mcp", None), ("https://mcp.shop.com/mcp", True)]
    )
    def test_a_card_says_how_the_server_is_reached(self, endpoint, public):
        card = self.CARD % (endpoint, '{"required": false}')
        one, top = imported(card), described(card)
        assert (one.name, one.tools) == ("Shop", None)
        assert says(top, "supply", "remote_server") is True
        assert says(top, "network", "public_endpoint") is public
        assert says(top, "identity", "server_accepts_anyone") is True

    def test_a_required_login_is_a_claim(self):
        top = described(self.CARD % ("/mcp", '{"required": true, "schemes": ["oauth2"]}'))
        assert top["controls"]["server_auth"]["by"] == "vendor"
        assert "oauth2" in top["controls"]["server_auth"]["note"]


def test_a_list_of_the_registry_gives_every_entry():
    listed = {"servers": [{"server": ENTRY}, {"server": ENTRY | {"name": "b/c"}}], "metadata": {}}
    assert [one.name for one in import_sources([source(listed)])] == [ENTRY["name"], "b/c"]
