"""Which kinds of guard each format can express, as planned or more strictly."""

from typing import get_args

from threatmodel.policy.guard import GuardKind

EVERY = frozenset(get_args(GuardKind))

CAN = {
    "policylayer": {"allow", "argument", "audit", "default-deny", "deny", "hide", "rate", "spend"},
    "intercept": EVERY - {"approval", "dry-run", "pin", "repeat", "schema", "subject"},
    "cedar": {"allow", "argument", "default-deny", "deny", "hide", "subject"},
    "rego": EVERY,
    "agentgateway": {
        "allow",
        "argument",
        "default-deny",
        "deny",
        "hide",
        "rate",
        "schema",
        "subject",
    },
    "envoy": {"allow", "argument", "default-deny", "deny", "hide", "subject"},
    "claude-code": {"allow", "approval", "default-deny", "deny", "dry-run", "hide", "taint"},
    "gemini-cli": {"allow", "approval", "default-deny", "deny", "dry-run", "hide", "taint"},
    "codex": {"allow", "approval", "default-deny", "deny", "dry-run", "hide", "taint"},
    "litellm": {"allow", "default-deny", "deny", "hide", "rate", "schema"},
    "docker": {"allow", "audit", "default-deny", "deny", "hide"},
    "contextforge": {"allow", "default-deny", "deny", "hide", "rate"},
    "kong": {"allow", "default-deny", "deny", "hide", "subject"},
}
