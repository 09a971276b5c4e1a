"""Plugins, APIs and records of agents are read for what they let a model do."""

import pytest

from tests.imports.cases import CARD, described, imported, says, source
from threatmodel.description.load import load_agent_text
from threatmodel.importers.run import import_sources
from threatmodel.importers.write import to_yaml
from threatmodel.rules.importing import load_rules

PLUGIN = {
    "schema_version": "v1",
    "name_for_human": "Shop",
    "auth": {"type": "none"},
    "api": {"type": "openapi", "url": "http://shop.com/openapi.yaml"},
}


class TestPluginsAndApis:
    """OpenAI plugins, OpenAPI, Microsoft 365, OASF and plugins of assistants."""

    def test_a_plugin_says_how_it_logs_in(self):
        top = described(PLUGIN)
        assert says(top, "identity", "server_accepts_anyone") is True
        assert says(top, "network", "cleartext") is True
        oauth = described(PLUGIN | {"auth": {"type": "oauth"}})
        assert oauth["credentials"][0]["kind"] == "oauth"
        tokens = {"type": "service_http", "verification_tokens": {"openai": "abcd1234"}}
        top = described(PLUGIN | {"auth": tokens})
        assert len(top["credentials"]) == 2
        assert "abcd1234" not in to_yaml(imported(PLUGIN | {"auth": tokens}))

    API = (
        "openapi: 3.1.0\ninfo: {title: Shop API, version: '1.10'}\n"
        "servers: [{url: https://api.shop.com}]\n"
        "paths:\n"
        "  /orders/{id}:\n"
        "    parameters: [{name: id, in: path, required: true, schema: {type: string}}]\n"
        "    delete: {summary: Remove an order, operationId: removeOrder}\n"
        "    post:\n"
        "      requestBody:\n"
        "        content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}\n"
        "components:\n"
        "  schemas:\n"
        "    Order:\n"
        "      type: object\n"
        "      required: [amount]\n"
        "      properties: {amount: {type: number}, parent: {$ref: '#/components/schemas/Order'}}\n"
        "  securitySchemes: {key: {type: apiKey, in: header, name: X}}\n"
    )

    def test_every_operation_is_a_tool(self):
        one, top = imported(self.API, "openapi.yaml"), described(self.API, "openapi.yaml")
        by_name = {t["name"]: t for t in one.tools}
        assert set(by_name) == {"removeOrder", "post_orders_id"}
        assert by_name["removeOrder"]["title"] == "DELETE /orders/{id}"
        assert by_name["post_orders_id"]["inputSchema"]["required"] == ["id", "amount"]
        assert top["version"] == "1.10"
        assert top["credentials"] == [{"name": "key", "kind": "static-key"}]
        load_agent_text(to_yaml(one).encode(), "x.yaml")

    def test_older_and_odder_apis_are_read_too(self):
        old = (
            "swagger: '2.0'\ninfo: {}\nhost: api.shop.com\nschemes: [https, http]\n"
            "security: [{}]\nsecurityDefinitions: {login: {type: basic}}\n"
            "paths:\n  /a:\n    get:\n      parameters:\n"
            "        - {name: q, in: query, type: integer, description: What}\n"
            "        - {in: query}\n"
            "        - {name: r, in: query, description: Why, schema: {type: string}}\n"
            "    post:\n      requestBody:\n"
            "        content: {text/plain: {schema: {type: array, items: {type: string}}}}\n"
        )
        one, top = imported(old, "api.yaml"), described(old, "api.yaml")
        read, write = (t["inputSchema"]["properties"] for t in one.tools)
        assert read["q"] == {"type": "integer", "description": "What"}
        assert read["r"] == {"type": "string", "description": "Why"}
        assert write["body"] == {"type": "array", "items": {"type": "string"}}
        assert top["name"] == "api.yaml"
        assert says(top, "network", "cleartext") is True
        assert says(top, "identity", "server_accepts_anyone") is True
        assert top["credentials"][0]["kind"] == "password"

    def test_a_plugin_of_microsoft_365_asks_before_some_functions(self):
        plugin = {
            "schema_version": "v2.2",
            "name_for_human": "HR",
            "functions": [
                {
                    "name": "fire",
                    "description": "Ends a contract.",
                    "parameters": {"type": "object"},
                    "capabilities": {"confirmation": {"type": "AdaptiveCard"}},
                },
                {"name": "look"},
            ],
            "runtimes": [{"auth": {"type": "ApiKeyPluginVault"}, "spec": {"url": "x.yaml"}}],
        }
        one, top = imported(plugin), described(plugin)
        assert [t["name"] for t in one.tools] == ["fire", "look"]
        assert "confirmed by a person: fire" in top["facts"]["o.hitl"]["note"]
        assert top["credentials"][0]["kind"] == "static-key"

    def test_a_plugin_and_its_api_are_one(self):
        (one,) = import_sources([source(PLUGIN), source(self.API, "openapi.yaml")])
        assert (one.name, len(one.tools)) == ("Shop", 2)

    def test_a_declarative_agent_reads_what_its_capabilities_reach(self):
        agent = {
            "name": "HR",
            "description": "Answers about leave.",
            "instructions": "$[file('x.txt')]",
            "capabilities": [
                {"name": "Email"},
                {"name": "OneDriveAndSharePoint", "items_by_url": [{"url": "https://a.com"}]},
                {"name": "NotInventedYet"},
            ],
            "actions": [{"id": "a", "file": "ai-plugin.json"}],
        }
        one, top = imported(agent), described(agent)
        assert top["summary"] == "Answers about leave."
        assert says(top, "facts", "t.read_inbound") is True
        assert says(top, "data", "personal") is True
        assert "everything the user can reach" in top["data"]["reads"][0]
        assert "limited by items_by_url" in top["data"]["reads"][1]
        assert any("ai-plugin.json" in remark for remark in one.remarks)

    def test_every_capability_that_is_known_states_facts_that_exist(self):
        names = load_rules().file.office_capabilities
        agent = {"name": "A", "instructions": "x", "capabilities": [{"name": n} for n in names]}
        one = imported(agent)
        load_agent_text(to_yaml(one).encode(), "x.yaml")
        top = described(agent)
        assert len(top["data"]["reads"]) > 5
        for known in names.values():
            for fact in (one for one in known.facts if not one.startswith("d.")):
                told = [k.reads or k.says for k in names.values() if fact in k.facts]
                assert any(one in top["facts"][fact]["note"] for one in told), fact

    def test_an_app_manifest_names_its_maker(self):
        app = {
            "manifestVersion": "1.19",
            "name": {"short": "HR"},
            "developer": {"name": "Shop"},
            "permissions": ["messageTeamMembers"],
            "copilotAgents": {"declarativeAgents": [{"file": "agent.json"}]},
        }
        top = described(app)
        assert (top["name"], top["vendor"]) == ("HR", "Shop")
        assert says(top, "facts", "t.send_msg") is True

    @pytest.mark.parametrize(
        ("module", "section", "field", "value"),
        [
            (
                {
                    "name": "integration/mcp",
                    "data": {"connections": [{"command": "npx", "args": ["a"]}]},
                },
                "supply",
                "pinned",
                False,
            ),
            ({"name": "integration/a2a", "data": {"card_data": CARD}}, "peers", "a2a", True),
            ({"name": "integration/a2a", "data": {}}, "peers", "a2a", True),
            ({"name": "core/language_model/agentskills", "data": {}}, "supply", "skills", True),
        ],
    )
    def test_modules_of_a_record_are_read(self, module, section, field, value):
        record = {"schema_version": "1.0.0", "name": "a", "skills": [], "modules": [module]}
        assert says(described(record), section, field) is value

    def test_models_and_images_of_a_record_are_read(self):
        models = [{"model": "gpt-4", "api_base": "http://localhost:8000/v1"}]
        record = {
            "schema_version": "0.7.0",
            "name": "a",
            "locators": [{"type": "docker_image", "url": "https://ghcr.io/a/b"}],
            "modules": [{"name": "runtime/model", "data": {"models": models}}],
        }
        top = described(record)
        assert top["model"] == {"name": "gpt-4"}
        assert says(top, "facts", "mo.self_hosted") is True
        assert says(top, "supply", "pinned") is False

    def test_hooks_run_without_being_asked(self):
        hooks = {"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "bash x.sh"}]}]}}
        top = described(hooks)
        assert says(top, "facts", "t.execute") is True
        assert says(top, "autonomy", "auto_approve") is True
        plugin = described({"name": "p", "version": "1", **hooks})
        assert (plugin["kind"], says(plugin, "supply", "skills")) == ("skill", True)
        assert plugin["facts"]["t.execute"]["by"] == "vendor"

    @pytest.mark.parametrize(
        "permissions", [{"defaultMode": "bypassPermissions"}, {"allow": ["Bash(*)"], "deny": ["X"]}]
    )
    def test_permissions_of_settings_approve_in_advance(self, permissions):
        top = described({"permissions": permissions}, "settings.json")
        assert says(top, "autonomy", "auto_approve") is True

    def test_settings_can_trust_the_servers_of_any_project(self):
        settings = {"permissions": {"ask": ["Bash"]}, "enableAllProjectMcpServers": True}
        assert says(described(settings, "settings.json"), "supply", "project_config") is True

    def test_a_plugin_brings_servers_and_keys(self):
        plugin = {
            "name": "p",
            "version": "1",
            "settings": [{"envVar": "SHOP_TOKEN"}],
            "mcpServers": {"s": {"command": "npx", "args": ["-y", "a"]}},
            "skills": "skills/",
        }
        one, top = imported(plugin), described(plugin)
        assert says(top, "supply", "pinned") is False
        assert top["credentials"][0]["name"] == "SHOP_TOKEN"
        assert any("skills" in remark for remark in one.remarks)
