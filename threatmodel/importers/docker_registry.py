"""Entries of Docker's MCP registry (`server.yaml`)."""

import re
from collections.abc import Iterator

from threatmodel.description.overrides import Speaker
from threatmodel.importers.command import wanted
from threatmodel.importers.command_facts import endpoint_facts, mount_facts, package_facts
from threatmodel.importers.document import Document
from threatmodel.importers.kind import Kind
from threatmodel.importers.node import Node
from threatmodel.importers.secrets import credential, variables
from threatmodel.importers.statements import (
    LONGEST_NAME,
    Found,
    Said,
    answer,
    cut,
    item,
    names_of,
    text,
)
from threatmodel.rules.importing import Rules

_BY: Speaker = "vendor"
_TYPES = ("server", "remote", "poci")
_PARAMETER = re.compile(r"\{\{([\w.-]+)[^}]*\}\}")


def looks_like(document: Document) -> bool:
    """Tell whether a server has one of the registry's types, and an image or an address."""
    root = document.root
    runs = bool(root.at("image").text) or root.at("remote").is_mapping
    described = any(root.at(key).is_mapping for key in ("about", "meta", "source"))
    return root.at("type").text in _TYPES and bool(root.at("name").text) and runs and described


def read(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read an entry."""
    root = document.root
    name = root.at("about", "title") if root.at("about", "title").text else root.at("name")
    said = [
        *text(("name",), name, most=LONGEST_NAME),
        Said(("kind",), "mcp-server", root.origin),
        Said(("form",), "product", root.origin),
        *text(("summary",), root.at("about", "description")),
        *text(("sources", "source repository", "url"), root.at("source", "project")),
        *text(("sources", "source repository", "version"), root.at("source", "commit"), most=100),
        answer(("supply", "marketplace"), root, yes=True, by=_BY, note="listed in a registry"),
        *_runs(root, rules),
        *_config(root.at("config"), rules),
        *_run(root, rules),
    ]
    for tag in root.at("meta", "tags").items():
        said.extend(item(("tags",), tag))
    dynamic = root.at("dynamic", "tools").is_true
    remarks = ("its tools are only known at run time",) if dynamic else ()
    return (Found(cut(name.text, LONGEST_NAME), tuple(said), remarks=remarks),)


KIND = Kind(
    "docker",
    "an entry of Docker's MCP registry (server.yaml)",
    "YAML with `name`, `type: server`, `remote` or `poci`, and `image` or `remote`",
    looks_like,
    read,
)


def _runs(root: Node, rules: Rules) -> Iterator[Said]:
    image, url = root.at("image"), root.at("remote", "url")
    if image.text:
        asked = wanted(image.text, "oci", rules.file.launch.floating)
        yield from package_facts(image, asked, "oci", rules, _BY)
        yield answer(("runtime", "container"), image, yes=True, by=_BY)
        yield answer(("supply", "local_server"), image, yes=True, by=_BY)
    if url.text:
        yield from endpoint_facts(url, url.text, rules, _BY)
    headers = ((name, value.text, value) for name, value in root.at("remote", "headers").pairs())
    yield from variables(headers, rules, _BY, local=False)
    for login in root.at("oauth").items():
        name = login.at("provider").text or "OAuth login"
        yield from credential(f"{name} (OAuth)", login, kind="oauth", by=_BY)


def _config(config: Node, rules: Rules) -> Iterator[Said]:
    """Look at what has to be configured; examples are no values."""
    for secret in config.at("secrets").items():
        name = secret.first("env", "name").text
        yield from credential(name or "secret", secret, "local", by=_BY)
    pairs = ((v.at("name").text, v.at("value").text, v) for v in config.at("env").items())
    yield from variables(pairs, rules, _BY, local=True)


def _run(root: Node, rules: Rules) -> Iterator[Said]:
    run = root.at("run")
    path = ("network", "unrestricted_egress")
    if run.at("disableNetwork").is_true:
        yield answer(path, run.at("disableNetwork"), yes=False, by=_BY, note="no network")
    elif run.at("allowHosts").texts():
        note = f"allowed hosts: {names_of(run.at('allowHosts').texts())}"
        yield answer(path, run.at("allowHosts"), yes=False, by=_BY, note=note)
    for volume in run.at("volumes").items():
        yield from mount_facts(volume, _folders(volume.text, root), rules, _BY)


def _folders(volume: str, root: Node) -> Iterator[str]:
    """Give the folders of a volume; a parameter stands for its defaults, or for itself."""
    parameter = _PARAMETER.search(volume)
    if not parameter:
        folder = volume.partition(":")[0]
        if folder.startswith(("/", "~", ".")):
            yield folder
        return
    name = parameter.group(1).rsplit(".", 1)[-1]
    default = root.at("config", "parameters", "properties", name, "default")
    texts = default.texts() or ((default.text,) if default.text else ())
    yield from texts or (f"a folder given as {name}",)
