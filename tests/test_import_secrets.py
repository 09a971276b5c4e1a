"""Secrets are found by name and by look, become facts, and are never written."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.imports.cases import described, imported
from threatmodel.importers.merge import structure
from threatmodel.importers.secrets import (
    clean_address,
    is_placeholder,
    is_secret,
    looks_random,
    names_secret,
    redacted,
)
from threatmodel.importers.write import to_yaml


def made(seed, length):
    """Make a random-looking text; a real key would be taken for a leak by whoever scans this."""
    return base64.b64encode(hashlib.sha512(seed.encode()).digest()).decode()[:length]


def letters(seed, length):
    return "".join(c for c in made(seed, 88) + made(seed + "2", 88) if c.isalnum())[:length]


KEYS = {
    "AWS": "AKIA" + "QWERTZUIOPASDFGH",
    "GitHub": "ghp_" + letters("g", 36),
    "GitHub fine": "github_pat_" + letters("h", 50),
    "Slack": "xoxb-" + "123456789012-" + letters("s", 24),
    "OpenAI": "sk-proj-" + letters("o", 40),
    "Anthropic": "sk-ant-api03-" + letters("a", 40),
    "Google": "AIza" + letters("i", 35),
    "GitLab": "glpat-" + letters("l", 20),
    "Stripe": "sk_live_" + letters("t", 24),
    "npm": "npm_" + letters("n", 36),
    "JWT": f"eyJ{letters('1', 20)}.eyJ{letters('2', 30)}.{letters('3', 40)}",
    "random": letters("z", 40),
    "hex": hashlib.sha256(b"k").hexdigest(),
}


@pytest.mark.parametrize(
    "name",
    [
        *("API_KEY", "SHOP_TOKEN", "DB_PASSWORD", "clientSecret", "Authorization", "X-Api-Key"),
        *("api_key", "AWS_SECRET_ACCESS_KEY", "MDB_CONNECTION_STRING", "OPENAI_KEY", "GITHUB_PAT"),
        *("--api-key", "PRIVATE_KEY_BASE64", "SESSION_TOKEN_2", "Cookie", "dbPwd", "APIKEY"),
        *("TOKEN_2", "TOKEN_PROD"),
    ],
)
def test_names_of_secrets(name):
    assert names_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        *("LOG_LEVEL", "AWS_REGION", "MAX_TOKENS", "TOKEN_LIMIT", "KEY_PATH", "AWS_ACCESS_KEY_ID"),
        *("PUBLIC_KEY", "KEYSPACE", "PROJECT_KEY", "MONKEY", "SECRET_NAME", "PASSWORD_FILE", ""),
        *("page_token", "Content-Type", "AUTH_MODE", "COMPAT", "PATH"),
    ],
)
def test_names_that_only_sound_like_secrets(name):
    assert not names_secret(name)


@pytest.mark.parametrize(
    "value",
    [
        *("${API_KEY}", "$API_KEY", "Bearer ${TOKEN}", "{{shop.key}}", "<your key>", "", "xxx"),
        *("YOUR_API_KEY_HERE", "your-token", "${input:key}", "%API_KEY%", "****", "changeme"),
        *("${CONTEXT7_API_KEY:-}", "[token]", "${user_config.key}", "Bearer <token>"),
    ],
)
def test_what_stands_for_a_secret_is_none(value):
    assert is_placeholder(value)
    assert not is_secret("API_KEY", value)


@pytest.mark.parametrize(
    "value",
    [
        *("https://api.shop.com/v1/things", "/home/me/projects/shop", "info", "us-east-1", "true"),
        *("@modelcontextprotocol/server-filesystem", "claude-sonnet-4-5-20250929", "--read-only"),
        *("550e8400-e29b-41d4-a716-446655440000", "2024-01-01T00:00:00Z", "a,b,c,d,e,f,g,h,i,j,k"),
        *("AbstractSingletonProxyFactoryBean", "mcp_agent_server_for_shops", "localhost:9092"),
        "/opt/mcp/node_modules/.bin/server-everything/dist/index.js",
    ],
)
def test_ordinary_values_are_no_secrets(value):
    assert not is_secret("VALUE", value)


@pytest.mark.parametrize("kind", KEYS)
def test_keys_are_known_by_their_look(kind):
    assert is_secret("", KEYS[kind])


@pytest.mark.parametrize("kind", KEYS)
def test_no_key_is_ever_written(kind):
    key = KEYS[kind]
    content = {
        "mcpServers": {
            "shop": {
                "command": "npx",
                "args": ["-y", "shop@1.0.0", "--api-key", key, f"--token={key}", key],
                "env": {"SHOP_API_KEY": key, "OTHER": key, "DB": f"postgres://me:{key}@db/shop"},
            },
            "bank": {
                "url": f"https://me:{key}@bank.com/s/{key}/mcp?api_key={key}&x=1#{key}",
                "headers": {"Authorization": f"Bearer {key}", "X-Own": key},
            },
            "cart": {
                "command": "docker",
                "args": ["run", "-e", f"CART_TOKEN={key}", "cart", "--header", f"X-Key: {key}"],
                "autoApprove": [key],
            },
        }
    }
    text = to_yaml(imported(content, together=True))
    assert key not in text
    members = [structure(m.statements) for m in imported(content, together=True).members]
    keys = [key for member in members for key in member.get("credentials", [])]
    clear = [key["name"] for key in keys if "clear text" in str(key.get("stored_locally"))]
    assert {"api-key", "token", "SHOP_API_KEY", "Authorization", "CART_TOKEN"} <= set(clear)
    assert {key["kind"] for key in keys} <= {"static-key", "password"}


def test_a_secret_in_clear_text_names_its_place_and_not_its_value():
    content = {"mcpServers": {"s": {"command": "x", "env": {"API_KEY": KEYS["GitHub"]}}}}
    (found,) = described(content, "mcp.json")["credentials"]
    assert found["name"] == "API_KEY"
    assert found["stored_locally"]["note"] == (
        "it stands there in clear text; its value is left out here"
        " (mcp.json: mcpServers.s.env.API_KEY)"
    )


def test_a_key_that_is_only_asked_for_does_not_stand_in_clear_text():
    content = {"mcpServers": {"s": {"url": "https://a.com", "headers": {"X-Api-Key": "${KEY}"}}}}
    (found,) = described(content)["credentials"]
    assert found == {"name": "X-Api-Key", "kind": "static-key"}


def test_a_secret_among_the_instructions_of_a_skill_is_a_fact_about_data():
    skill = f"---\nname: s\ndescription: d\n---\nUse this:\n\n    {KEYS['GitHub']}\n"
    top = described(skill, "SKILL.md")
    assert top["data"]["secrets"]["value"] is True
    assert "GitHub token in clear text" in top["data"]["secrets"]["note"]
    assert "line 7" in top["data"]["secrets"]["note"]
    assert KEYS["GitHub"] not in to_yaml(imported(skill, "SKILL.md"))


def test_a_long_way_through_folders_is_not_taken_for_a_key():
    key = made("way", 32).replace("/", "a")
    assert looks_random(key)
    assert not looks_random("/".join(key[at : at + 8] for at in range(0, 32, 8)))


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz-_./@", max_size=60))
def test_words_in_small_letters_never_look_random(value):
    assert not looks_random(value)


def test_random_texts_are_known_without_a_name():
    found = sum(looks_random(made(str(seed), 44).replace("/", "a")) for seed in range(500))
    assert found > 490


@pytest.mark.parametrize("length", range(32, 65))
def test_hexadecimal_keys_of_every_customary_length_are_secrets(length):
    assert is_secret("LEVEL", hashlib.sha512(b"k").hexdigest()[:length])


@pytest.mark.parametrize("sign", ["@", "/", "?", "#", ":", "@@", "%40"])
def test_no_sign_in_a_password_lets_a_part_of_it_through_an_address(sign):
    url = f"https://user:left{sign}right@db.example.com/x"
    shown = clean_address(url)
    assert "left" not in shown
    assert "right" not in shown


@pytest.mark.parametrize("sign", ["@", ":", "@@", "%40", "@a"])
def test_no_sign_in_a_password_lets_a_part_of_it_through_a_text(sign):
    shown = redacted(f"see postgres://user:left{sign}right@db.example.com/x for it")
    assert "left" not in shown
    assert "right" not in shown
    assert shown.endswith("@db.example.com/x for it")


@pytest.mark.parametrize(
    "url",
    [
        "https://h.example.com:8443/a",
        "http://[::1]:80/a",
        "http://[::1]/a",
        "https://h:${PORT}/a",
        "https://h:$PORT/a",
        "https://registry.example.com:4873/@scope/name",
    ],
)
def test_a_plain_address_is_kept(url):
    assert clean_address(url) == url
    assert redacted(url) == url
