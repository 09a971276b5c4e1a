"""What the command that starts a server shows about it."""

import re
from collections.abc import Iterator

from threatmodel.importers.addresses import address_of, endpoint_facts, link_facts
from threatmodel.importers.command import Launch, Wanted, Word, command_words, take_apart, wanted
from threatmodel.importers.secrets import (
    clean_address,
    credential,
    is_secret,
    names_secret,
    redacted,
    shown_name,
    variables,
)
from threatmodel.importers.statements import (
    Node,
    Statement,
    answer,
    item,
    names_of,
    no,
    one_line_cut,
    yes,
)
from threatmodel.rules.importing import load_rules
from threatmodel.scales import Speaker

# A variable counts where its name says that it is a folder: `${TOKEN}` is no path.
_PATH = re.compile(
    r"(?:[~/]|[A-Za-z]:[\\/]|\.{1,2}/|\$\{[^}]*(?i:dir|folder|home|path|root)[^}]*\}).*"
)
_HEADER = re.compile(r"([A-Za-z][\w-]*):\s*(.+)", re.DOTALL)
_PUBLIC_REGISTRIES = ("npm", "pypi", "nuget")
_PUBLIC_IMAGES = ("docker.io", "ghcr.io", "quay.io", "public.ecr.aws", "registry.hub.docker.com")


def launch_facts(command: Node, arguments: Node, by: Speaker | None) -> list[Statement]:
    """Say what a command and its arguments show."""
    launch = take_apart(command_words(command, arguments), load_rules().file.launch)
    note = f"started with {redacted(launch.program)}" if launch.program else ""
    statements = [yes(command, "supply.local_server", note, by=by)]
    if launch.package:
        statements.extend(_package(launch, launch.package, by))
    if launch.registry == "oci":
        statements.append(yes(command, "runtime.container", note, by=by))
        statements.extend(_container(launch, by))
    named = ((name, part.text, part.node) for name, part in launch.variables)
    statements.extend(variables(named, by, local=True))
    statements.extend(_arguments(launch, by))
    return statements


def package_facts(node: Node, asked: Wanted, registry: str, by: Speaker | None) -> list[Statement]:
    """Say which package or image is used and whether its version is fixed."""
    name = redacted(clean_address(asked.name) if "://" in asked.name else asked.name)
    source = one_line_cut(f"{name} ({registry})" if registry else name)
    version = one_line_cut(redacted(asked.version), 100)
    field, value = ("version", version) if version else ("name", source)
    statements = [Statement(("sources", source, field), value, node.origin)]
    if asked.fixed is not None:
        note = f"{source} at {version}" if version else f"{source} without a version"
        statements.append(answer(("supply", "pinned"), node, yes=asked.fixed, by=by, note=note))
    if _is_public(asked.name, registry):
        note = f"installed from the registry {registry}"
        statements.append(yes(node, "supply.marketplace", note, by=by))
    return statements


def image_facts(node: Node, image: str, by: Speaker | None) -> list[Statement]:
    """Say which image a container runs."""
    asked = wanted(image, "oci", load_rules().file.launch.floating)
    return [
        *package_facts(node, asked, "oci", by),
        yes(node, "runtime.container", by=by),
    ]


def _is_public(name: str, registry: str) -> bool:
    """Tell whether a package comes from a registry that anyone can publish to."""
    if registry == "oci":
        host = name.split("/", maxsplit=1)[0]
        return host in _PUBLIC_IMAGES or not re.search(r"[.:]", host)
    return registry in _PUBLIC_REGISTRIES and "://" not in name


def mount_facts(node: Node, folders: Iterator[str], by: Speaker | None) -> list[Statement]:
    """Say which folders of the machine are handed over."""
    statements: list[Statement] = []
    for folder in folders:
        words = redacted(folder)
        statements.extend(item(("data", "reads"), node, f"files below {words}"))
        if folder.rstrip("/") in {
            w.rstrip("/") for w in load_rules().file.launch.containers.whole_machine
        }:
            statements.append(
                yes(node, "facts.id.local_creds", f"{words} gives the machine away", by=by)
            )
    return statements


def _package(launch: Launch, part: Word, by: Speaker | None) -> list[Statement]:
    asked = wanted(part.text, launch.registry, load_rules().file.launch.floating)
    if is_secret("", asked.name):
        return []
    return package_facts(part.node, asked, launch.registry, by)


def _container(launch: Launch, by: Speaker | None) -> list[Statement]:
    statements: list[Statement] = []
    for mount in launch.mounts:
        folder = mounted_folder(mount.text)
        if folder:
            statements.extend(mount_facts(mount.node, iter([folder]), by))
    if launch.network and launch.network.text == "none":
        note = "no network"
        statements.append(no(launch.network.node, "network.unrestricted_egress", note, by))
    elif launch.network and launch.network.text == "host":
        note = "the host's network"
        statements.append(yes(launch.network.node, "network.internal_services", note, by))
    return statements


def mounted_folder(mount: str) -> str:
    """Give the folder of the machine that a mount names; empty for named volumes."""
    if "=" in mount:
        fields = dict(part.partition("=")[::2] for part in mount.split(","))
        return fields.get("src") or fields.get("source") or ""
    drive = re.match(r"[A-Za-z]:[\\/][^:]*", mount)
    folder = drive.group() if drive else re.split(r":(?![^{]*\})", mount)[0]
    return folder if _PATH.fullmatch(folder) or folder.startswith(("$", "%")) else ""


def _arguments(launch: Launch, by: Speaker | None) -> Iterator[Statement]:
    """Look at what the server itself is given: keys, addresses, folders."""
    bridge = bool(launch.package) and _is_bridge(launch)
    option = ""
    for part in launch.arguments:
        name, sign, value = part.text.partition("=")
        if part.text.startswith("-") and not sign:
            option = name
            continue
        given = value if sign and name.startswith("-") else part.text
        label = (name if sign and name.startswith("-") else option) or ""
        yield from _argument(Word(given, part.node), label, by)
        yield from _inner_command(Word(given, part.node), by)
        if bridge and address_of(given):
            yield from endpoint_facts(part.node, given, by)
        elif address_of(given):
            yield from link_facts(part.node, given, by)
        elif launch.package and not label and _PATH.fullmatch(given):
            yield from mount_facts(part.node, iter([given]), by)
            yield from _roots(part.node, given)
        option = ""


def _roots(node: Node, folder: str) -> list[Statement]:
    """Take a folder that the server was given as the one its policy keeps to."""
    whole = {one.rstrip("/") for one in load_rules().file.launch.containers.whole_machine}
    plain = folder.startswith("/") and redacted(folder) == folder and "$" not in folder
    if not plain or not folder.strip("/") or folder.rstrip("/") in whole:
        return []
    return item(("policy", "paths"), node, folder)


def _inner_command(part: Word, by: Speaker | None) -> Iterator[Statement]:
    """Look into an argument that is a command of its own, as proxies and wrappers take it."""
    if " " not in part.text:
        return
    words = [Word(word, part.node) for word in part.text.split()]
    inner = take_apart(words, load_rules().file.launch)
    if inner.package:
        yield from _package(inner, inner.package, by)
        yield from _arguments(inner, by)


def _argument(part: Word, option: str, by: Speaker | None) -> list[Statement]:
    header = _HEADER.fullmatch(part.text) if "://" not in part.text[:12] else None
    name = header.group(1) if header else option.lstrip("-")
    value = header.group(2) if header else part.text
    if "://" in value:
        return []
    pairs = [(name or "argument", value, part.node)]
    return variables(pairs, by, local=True)


def _is_bridge(launch: Launch) -> bool:
    asked = wanted(launch.package.text if launch.package else "", launch.registry, ())
    return asked.name in load_rules().file.launch.bridges


# One server as clients, plugins and bundles write it: a command or an address, and switches.

_ADDRESSES = ("url", "httpUrl", "serverUrl")
_VARIABLES = ("env", "environment")
_OAUTH = ("oauth", "authProviderType")


def is_entry(node: Node) -> bool:
    """Tell whether a mapping says how to start or call a server."""
    command = node.at("command")
    starts = bool(command.text) or bool(command.texts())
    return starts or any(node.at(key).text for key in _ADDRESSES)


def asks_no_more(mode: Node) -> bool:
    """Tell whether a permission mode lets an assistant act without asking."""
    return mode.text in {"bypassPermissions", "acceptEdits", "dontAsk"}


def entry_facts(entry: Node, by: Speaker = "operator") -> list[Statement]:
    """Say what one entry shows."""
    statements: list[Statement] = []
    command = entry.at("command")
    if command.text or command.texts():
        statements.extend(launch_facts(command, entry.at("args"), by))
    url = entry.first(*_ADDRESSES)
    if url.text:
        statements.extend(endpoint_facts(url, url.text, by))
    for key in _VARIABLES:
        statements.extend(_variables(entry.at(key), by))
    headers = entry.first("headers", "http_headers")
    statements.extend(variables(headers.named_texts(), by, local=False))
    # What it sends as a bearer token is one, whatever the variable that holds it is called.
    bearer = entry.at("bearer_token_env_var")
    taken = entry.at("env_http_headers").named_texts()
    for node in (bearer, *entry.at("env_vars").items(), *(node for _, _, node in taken)):
        if node.text and (node is bearer or names_secret(node.text)):
            statements.extend(credential(node.text, node, "local", by=by))
    if any(entry.at(key).here for key in _OAUTH):
        statements.extend(credential("OAuth login", entry.first(*_OAUTH), kind="oauth", by=by))
    statements.extend(_switches(entry, by))
    return statements


def _variables(node: Node, by: Speaker) -> Iterator[Statement]:
    for name, value in node.pairs():
        text = value.text if isinstance(value.value, str) else str(value.value)
        yield from variables([(name, text, value)], by, local=True)
        if address_of(text) and not is_secret(name, text):
            yield from link_facts(value, text, by)


def _switches(entry: Node, by: Speaker) -> Iterator[Statement]:
    """Look at what is approved in advance, or let through alone."""
    config, approved = load_rules().file.config, "autonomy.auto_approve"
    for keys, question, words in (
        (config.approves, approved, "approved in advance"),
        (config.shows, "controls.tool_allowlist", "only shown"),
    ):
        for key in keys:
            names = entry.at(key).texts()
            # a list of all tools limits nothing
            if names and not ("*" in names and question.startswith("controls")):
                note = f"{words}: {names_of(shown_name(name) for name in names)}"
                yield yes(entry.at(key), question, note, by)
    for key in (*config.trusts, *config.approves):
        if entry.at(key).is_true:
            yield yes(entry.at(key), approved, "the whole server is trusted", by)
    of_tools = (tool.at("approval_mode") for _, tool in entry.at("tools").pairs())
    for mode in (entry.at("default_tools_approval_mode"), *of_tools):
        if mode.text == "approve":
            yield yes(mode, approved, "runs without being asked", by)
