"""Our own check of each format, for those that ship no schema or validator we could install."""

from importlib import import_module

from threatmodel.policy.formats import FORMATS

CHECKS: dict[str, str] = {
    "policylayer": "policylayer",
    "intercept": "intercept",
    "claude-code": "clients",
    "gemini-cli": "clients",
    "codex": "clients",
    "litellm": "gateways",
    "docker": "gateways",
    "contextforge": "gateways",
    "kong": "gateways",
}
"""Format -> module with its check; the others are checked by real parsers and schemas in tests."""


def check_policy(kind: str, text: str) -> tuple[str, ...]:
    """List what is wrong with a policy in a format; empty where it passes or has no check here."""
    if kind not in CHECKS:
        return ()
    module = import_module(f"tests.support.checks.{CHECKS[kind]}")
    checked: tuple[str, ...] = getattr(module, f"check_{FORMATS[kind].module}")(text)
    return checked
