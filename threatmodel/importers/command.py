"""Commands that start servers, taken apart: package or image, version, mounts, variables."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from threatmodel.importers.statements import Node
from threatmodel.rules.importing import ContainerRules, LaunchRules, Runner

# Variables may stand before a command, as in a shell: `TOKEN=x npx server`.
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
# On Windows `npx` is `npx.cmd`, and configurations are passed around between systems.
_ENDING = re.compile(r"(?i)\.(exe|cmd|bat|ps1)\Z")
# What begins as a path is one, whatever spaces its folders have, such as `Program Files`.
_OWN_PATH = re.compile(r"[~./\\]|[A-Za-z]:[\\/]|\$\{")
# npm and pip take folders in place of names; such code has no version to pin.
_LOCAL_SPEC = re.compile(r"\A(?:[~./]|file:|[A-Za-z]:\\|\$\{[^}]*\}?[/\\])")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command line and the place in the source that holds it."""

    text: str
    node: Node
    """Where it stands."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How a server is started."""

    program: str
    """Name of the command, without folder and ending."""
    registry: str = ""
    """Where the package comes from: npm, pypi, go, nuget, oci; empty for code on the machine."""
    package: Word | None = None
    """Package or image with its version, as written."""
    arguments: tuple[Word, ...] = ()
    """What the server itself is given."""
    variables: tuple[tuple[str, Word], ...] = ()
    """Variables set on the command line; an empty text where the value comes from outside."""
    mounts: tuple[Word, ...] = ()
    """Folders mounted into a container, as written."""
    network: Word | None = None
    """Network of a container, as written."""


@dataclass
class _Options:
    """What has been read of a command line's options."""

    named: list[tuple[str, Word]] = field(default_factory=list)
    rest: list[Word] = field(default_factory=list)


def command_words(command: Node, arguments: Node) -> list[Word]:
    """Give the words of a command line; some clients write it as one list, some as one text."""
    first = [Word(str(word.value), word) for word in command.items()] or _split(command)
    return [*first, *(Word(str(word.value), word) for word in arguments.items() if word.here)]


def take_apart(words: list[Word], rules: LaunchRules) -> Launch:
    """Read a command line."""
    variables, words = _unwrap(words, rules)
    if not words:
        return Launch("", variables=variables)
    program = _ENDING.sub("", re.split(r"[\\/]", words[0].text)[-1]).lower()
    launch = _known(program, words[1:], rules) or Launch(program, arguments=tuple(words[1:]))
    return replace(launch, variables=(*variables, *launch.variables))


def _known(program: str, words: list[Word], rules: LaunchRules) -> Launch | None:
    if program in rules.containers.commands:
        rest = _behind(rules.containers.leads, words)
        return None if rest is None else _container(program, rest, rules.containers)
    for runner in rules.runners:
        rest = _behind(runner.leads, words) if runner.command == program else None
        if rest is not None:
            return _package(runner, rest)
    return None


def _split(command: Node) -> list[Word]:
    """Split a command that was written with its arguments in one text; a path stays whole."""
    text = command.text
    if " " not in text or _OWN_PATH.match(text):
        return [Word(text, command)] if text else []
    return _shell_words(text, command)


def _shell_words(text: str, node: Node) -> list[Word]:
    try:
        words = shlex.split(text)
    except ValueError:
        words = text.split()
    return [Word(word, node) for word in words]


def _unwrap(
    words: list[Word], rules: LaunchRules
) -> tuple[tuple[tuple[str, Word], ...], list[Word]]:
    """Leave out what only starts another command: `sudo`, `env A=b`, `cmd /c`, `sh -c '...'`."""
    variables: list[tuple[str, Word]] = []
    while words:
        assigned = _ASSIGNMENT.fullmatch(words[0].text)
        wrapper = next((w for w in rules.wrappers if _begins(words, w)), None)
        if assigned:
            variables.append((assigned.group(1), Word(assigned.group(2), words[0].node)))
            words = words[1:]
        elif wrapper:
            words = words[len(wrapper) :]
        elif _is_shell(words, rules):
            words = [*_shell_words(words[2].text, words[2].node), *words[3:]]
        else:
            break
    return tuple(variables), words


def _is_shell(words: Sequence[Word], rules: LaunchRules) -> bool:
    shells = rules.shells
    return (
        len(words) > 2  # noqa: PLR2004 - shell, option, text
        and words[0].text.rsplit("/", 1)[-1] in shells.commands
        and words[1].text in shells.options
    )


def _begins(words: Sequence[Word], row: Sequence[str]) -> bool:
    return [part.text.lower() for part in words[: len(row)]] == list(row)


def _behind(leads: Sequence[Sequence[str]], words: list[Word]) -> list[Word] | None:
    """Give what follows the words that must stand there; None where they do not."""
    if not leads:
        return words
    return next((words[len(row) :] for row in leads if _begins(words, row)), None)


def _package(runner: Runner, words: list[Word]) -> Launch | None:
    options = _options(words, {*runner.package, *runner.values})
    named = [part for name, part in options.named if name in runner.package]
    package = named[0] if named else next(iter(options.rest), None)
    if package is None or _LOCAL_SPEC.match(package.text):
        return None
    if runner.command == "deno" and not package.text.startswith(("npm:", "jsr:", "http")):
        return None
    arguments = tuple(options.rest if named else options.rest[1:])
    return Launch(runner.command, runner.registry, package, arguments)


def _container(program: str, words: list[Word], rules: ContainerRules) -> Launch:
    valued = {*rules.values, *rules.mounts, *rules.network, *rules.environment}
    options = _options(words, valued)
    network = next((part for name, part in options.named if name in rules.network), None)
    return Launch(
        program,
        "oci",
        next(iter(options.rest), None),
        tuple(options.rest[1:]),
        tuple(_variable(part) for name, part in options.named if name in rules.environment),
        tuple(part for name, part in options.named if name in rules.mounts),
        network,
    )


def _variable(part: Word) -> tuple[str, Word]:
    name, _, value = part.text.partition("=")
    return name, Word(value, part.node)


def _options(words: list[Word], valued: set[str]) -> _Options:
    """Read options up to the first word that is none; it and what follows is the rest."""
    read = _Options()
    waiting = list(words)
    while waiting:
        part = waiting.pop(0)
        name, sign, value = part.text.partition("=")
        if part.text == "--" or not part.text.startswith("-"):
            read.rest = waiting if part.text == "--" else [part, *waiting]
            break
        if name in valued and sign:
            read.named.append((name, Word(value, part.node)))
        elif name in valued and waiting:
            read.named.append((name, waiting.pop(0)))
    return read


# Which version a package or image is asked for in, and whether it can move.

# The first `@` of `@scope/name@1.2` begins the scope; only one behind a name begins a version.
_NPM = re.compile(r"(?P<name>(?:@[^/@]+/)?[^@/]+)(?:@(?P<version>.*))?")
# PEP 440 knows more than `==`: whatever else stands there (`>=`, a marker) leaves the version open.
_PYPI = re.compile(
    r"(?P<name>[\w.-]+)(?:\[[^\]]*\])?\s*(?:(?:===?|@)\s*(?P<version>[^,;\s]+))?(?P<more>.*)"
)
# Twelve digits are what `git` and image tags shorten a digest to; fewer are often plain numbers.
_HASH = re.compile(r"(?i)(?:sha[-_]?\d*[:-])?[0-9a-f]{12,128}")
_NUMBERS = re.compile(r"\d+")
# A sign in front (`^1.2`, `~1.2`, `>=1.2`) makes a range of it.
_EXACT = re.compile(r"[vV=]?\d[\w.+-]*")
_TEMPLATE = re.compile(r"\$\{?\w|\{\{|<[\w-]+>")
_EXACT_NUMBERS = {"npm": 3, "oci": 3}
"""Numbers of an exact version; with fewer, npm reads a range, and image tags are moved."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A package or image, as asked for."""

    name: str
    """Its name, without version."""
    version: str = ""
    """The version asked for; empty where none is."""
    fixed: bool | None = False
    """Whether it always is the same thing; None where that is filled in later."""


def wanted(spec: str, registry: str, floating: tuple[str, ...]) -> Wanted:
    """Read what is asked for, such as `@scope/name@1.2.3`, `name==1.2` or `image:1.2.3`."""
    spec = spec.strip().removeprefix("npm:").removeprefix("jsr:")
    if "://" in spec or spec.startswith(("git+", "github:")):
        name, version = _address(spec)
    elif registry == "oci":
        name, version = _image(spec)
    elif registry == "pypi":
        name, version = _python(spec)
    else:
        found = _NPM.fullmatch(spec)
        name, version = (found["name"], found["version"] or "") if found else _last_at(spec)
    return Wanted(name, version, is_fixed(version, registry, floating))


def is_fixed(version: str, registry: str, floating: tuple[str, ...]) -> bool | None:
    """Tell whether a version names one thing for good; None where it is a template."""
    if _TEMPLATE.search(version):
        return None
    bare = version.removeprefix("v")
    if not bare or bare.split("-")[0].lower() in floating:
        return False
    if _HASH.fullmatch(version):
        return True
    numbers = len(_NUMBERS.findall(version))
    return _EXACT.fullmatch(version) is not None and numbers >= _EXACT_NUMBERS.get(registry, 2)


def _image(spec: str) -> tuple[str, str]:
    bare, _, digest = spec.partition("@")
    name, _, tag = bare.rpartition(":")
    if not name or "/" in tag:
        name, tag = bare, ""
    return name, digest or tag


def _python(spec: str) -> tuple[str, str]:
    found = _PYPI.fullmatch(spec)
    if not found:
        return spec, ""
    return found["name"], "" if found["more"].strip() else found["version"] or ""


def _address(spec: str) -> tuple[str, str]:
    """Split a repository or archive address from the revision behind `@` or `#`."""
    for sign in ("#", "@"):
        name, found, version = spec.rpartition(sign)
        if (found and "/" not in version and "://" in name) or (found and sign == "#"):
            return name, version
    return spec, ""


def _last_at(spec: str) -> tuple[str, str]:
    name, found, version = spec.rpartition("@")
    return (name, version) if found and name else (spec, "")
