"""One server as clients, plugins and bundles write it: a command or an address, and switches."""

from collections.abc import Iterator

from threatmodel.description.answer import Speaker
from threatmodel.importers.address import address_of, endpoint_facts, link_facts
from threatmodel.importers.credentials import credential, variables
from threatmodel.importers.launched import launch_facts
from threatmodel.importers.node import Node
from threatmodel.importers.rules import Rules
from threatmodel.importers.said import Path, Said, answer, names_of
from threatmodel.importers.secrets import is_secret, shown_name

_ADDRESSES = ("url", "httpUrl", "serverUrl")
_VARIABLES = ("env", "environment")
_OAUTH = ("oauth", "authProviderType")


def is_entry(node: Node) -> bool:
    """Tell whether a mapping says how to start or call a server."""
    command = node.at("command")
    starts = bool(command.text) or bool(command.texts())
    return starts or any(node.at(key).text for key in _ADDRESSES)


def entry_facts(entry: Node, rules: Rules, by: Speaker) -> list[Said]:
    """Say what one entry shows."""
    said: list[Said] = []
    command = entry.at("command")
    if command.text or command.texts():
        said.extend(launch_facts(command, entry.at("args"), rules, by))
    url = entry.first(*_ADDRESSES)
    if url.text:
        said.extend(endpoint_facts(url, url.text, rules, by))
    for key in _VARIABLES:
        said.extend(_variables(entry.at(key), rules, by))
    headers = ((name, value.text, value) for name, value in entry.at("headers").pairs())
    said.extend(variables(headers, rules, by, local=False))
    if any(entry.at(key).here for key in _OAUTH):
        said.extend(credential("OAuth login", entry.first(*_OAUTH), kind="oauth", by=by))
    said.extend(_switches(entry, rules, by))
    return said


def _variables(node: Node, rules: Rules, by: Speaker) -> Iterator[Said]:
    for name, value in node.pairs():
        text = value.text if isinstance(value.value, str) else str(value.value)
        yield from variables([(name, text, value)], rules, by, local=True)
        if address_of(text) and not is_secret(name, text, rules):
            yield from link_facts(value, text, rules, by)


def _switches(entry: Node, rules: Rules, by: Speaker) -> Iterator[Said]:
    """Look at what is approved in advance, or let through alone."""
    config, approved = rules.file.config, ("autonomy", "auto_approve")
    for listing in (
        (config.approves, approved, "approved in advance"),
        (config.shows, ("controls", "tool_allowlist"), "only shown"),
    ):
        yield from _listed(entry, listing, rules, by)
    for key in (*config.trusts, *config.approves):
        if entry.at(key).is_true:
            note = "the whole server is trusted"
            yield answer(approved, entry.at(key), yes=True, by=by, note=note)


def _listed(
    entry: Node, listing: tuple[tuple[str, ...], Path, str], rules: Rules, by: Speaker
) -> Iterator[Said]:
    """Say that tools are listed under a key; a list of all tools limits nothing."""
    keys, path, words = listing
    for key in keys:
        names = entry.at(key).texts()
        if names and not ("*" in names and path[0] == "controls"):
            note = f"{words}: {names_of(shown_name(name, rules) for name in names)}"
            yield answer(path, entry.at(key), yes=True, by=by, note=note)
