"""What importing has to know about the world, as a person writes it in frameworks/."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

from pydantic import Field, StringConstraints

from threatmodel.files import shipped
from threatmodel.reading import read
from threatmodel.reading.record import Record
from threatmodel.rules.ids import Pattern
from threatmodel.rules.source_kinds import SourcesFile, SourceTable

Word = Annotated[str, StringConstraints(min_length=1, max_length=1200)]
"""A word, a name, an option or a pattern."""


class Shape(Record):
    """A kind of secret that can be told by its look."""

    name: Word
    """What it is, for notes."""
    pattern: Pattern
    """Regular expression."""


class SecretRules(Record):
    """How secrets are named and how they look."""

    words: tuple[Word, ...]
    """Last words of a name that names a secret."""
    pairs: tuple[tuple[Word, Word], ...]
    """Last two words of a name that names a secret."""
    harmless: tuple[tuple[Word, Word], ...]
    """Last two words of a name that names none all the same."""
    trailers: tuple[Word, ...]
    """Words behind them that change nothing."""
    placeholders: tuple[Pattern, ...]
    """Regular expressions of values that stand for a secret and are none."""
    shapes: tuple[Shape, ...]
    """Secrets that can be told by their look."""
    random_length: Annotated[int, Field(ge=16)]
    """Characters from which a mixed text can count as a secret."""
    random_bits: Annotated[float, Field(ge=3, le=6)]
    """Bits per character (Shannon) from which it does."""


class Runner(Record):
    """A command that fetches a package and starts it."""

    command: Word
    """The command, without folder and ending."""
    leads: tuple[tuple[Word, ...], ...] = ()
    """Words that must follow, one of these rows."""
    registry: Word
    """Where its packages come from."""
    package: tuple[Word, ...] = ()
    """Options that name the package."""
    values: tuple[Word, ...] = ()
    """Other options that take a value."""


class ContainerRules(Record):
    """Commands that start a container image."""

    commands: tuple[Word, ...]
    leads: tuple[tuple[Word, ...], ...]
    """Words that must follow, one of these rows."""
    mounts: tuple[Word, ...]
    """Options that mount a folder."""
    network: tuple[Word, ...]
    """Options that pick the network."""
    environment: tuple[Word, ...]
    """Options that set a variable."""
    values: tuple[Word, ...]
    """Other options that take a value."""
    whole_machine: tuple[Word, ...]
    """Mounts that give the machine away."""


class ShellRules(Record):
    """Shells that take the command as one text."""

    commands: tuple[Word, ...]
    """Names by which they are started."""
    options: tuple[Word, ...]
    """Options before the text."""


class LaunchRules(Record):
    """How commands start servers."""

    runners: tuple[Runner, ...]
    """Commands that fetch packages."""
    containers: ContainerRules
    """Commands that run images."""
    wrappers: tuple[tuple[Word, ...], ...]
    """Words before the real command."""
    shells: ShellRules
    bridges: tuple[Word, ...]
    """Packages that pass calls on to an address."""
    floating: tuple[Word, ...]
    """Words that are no version."""


class ConfigRules(Record):
    """Keys of client configurations that matter."""

    approves: tuple[Word, ...]
    """Lists of tools approved in advance."""
    trusts: tuple[Word, ...]
    """Switches that approve everything."""
    shows: tuple[Word, ...]
    """Lists of the only tools shown."""
    project_files: tuple[Word, ...]
    """Files in a project that start servers."""
    project_folders: tuple[Word, ...]
    """Folders of a project whose files start servers."""


class Capability(Record):
    """A built-in power of a host."""

    facts: tuple[Word, ...]
    """Facts it makes true."""
    reads: str = ""
    says: str = ""
    """What it does, where it reads nothing."""


class Triggers(Record):
    """What starts an n8n workflow; any other trigger is an event of an outside service."""

    inside: tuple[Word, ...]
    """Types that only people who edit workflows, or other workflows, start."""
    people: tuple[Word, ...]
    """Types that a person starts and waits for."""
    clock: tuple[Word, ...]
    """Types that a clock starts."""
    open: tuple[Word, ...]
    """Types that anyone can call who knows the address, unless a login is set."""
    chats: tuple[Word, ...]
    """Messengers through which anyone can write to it, without package and ending."""
    streams: tuple[Word, ...]
    """Services that bring records of a stream, without package and ending."""
    stores: tuple[Word, ...]
    """Services that bring what the operator's own people and programs wrote."""
    older: tuple[Word, ...]
    """Triggers whose names do not say so, without package."""


class N8nRules(Record):
    """What the nodes of n8n do that their names do not say."""

    triggers: Triggers
    """What starts a workflow."""
    inert: tuple[Word, ...]
    """Nodes that only shape or steer what passes through, without package."""
    does: dict[str, Word]
    """Node, without package -> what it does."""
    defaults: dict[str, tuple[Word, str]]
    """Node, without package -> operation and resource that it has where none is written."""


class PythonRules(Record):
    """What calls in the code of agents amount to; names without their package."""

    take_tools: dict[str, int]
    """Call -> which of its arguments, from 0, is the list of tools, where it is not named."""
    brings: dict[str, dict[str, Word]]
    """Call -> tools that come with it, and what they do."""
    brings_by: dict[str, dict[str, dict[str, Word]]]
    """Call -> argument -> tools that come with what is given there, and what they do."""
    brings_none: tuple[Word, ...]
    """Calls that make something for such an argument with which no such tools come."""
    given_agents: dict[str, Word]
    """Call -> argument that lists agents which it may start."""
    wraps: tuple[Word, ...]
    """Calls that make a tool of a function."""
    dynamic: tuple[Word, ...]
    """Calls that ask servers or toolkits for their tools at run time."""
    agents: tuple[Word, ...]
    """Calls that make one agent."""
    groups: tuple[Word, ...]
    """Calls that make several agents work together."""
    hands_over: tuple[Word, ...]
    """Calls that let an agent hand its task to another."""
    calls_model: dict[str, Word]
    """Call of a model without a framework -> the argument that names the model."""
    models: tuple[Word, ...]
    """Calls that name a model as text."""
    asks: tuple[Word, ...]
    """Calls that wait for a person."""
    asks_by: tuple[Word, ...]
    """Named arguments that name the steps or tools before which a person is asked."""
    keeps: tuple[Word, ...]
    """Ends of the names of classes that keep sessions or memories."""
    forgets: tuple[Word, ...]
    """Beginnings of such names that keep them in the memory of the process alone."""
    looks_up: tuple[Word, ...]
    """Calls that search an index."""
    traces: tuple[Word, ...]
    """Packages that send traces to an outside service."""
    does: dict[str, Word]
    """Call, with its package -> fact that it shows where a tool makes it."""
    does_with_free: dict[str, Word]
    """Call, with its package -> fact that it shows where its first argument is made at run time."""


class DifyRules(Record):
    """What the nodes of Dify do."""

    does: dict[str, Word]
    """Type of node that has a power -> what it does."""
    inert: tuple[Word, ...]
    """Types that only shape, steer or think."""
    older: dict[str, Word]
    """Tool of the oldest agent apps -> what it does."""


class FlowiseRules(Record):
    """What the nodes of Flowise are."""

    does: dict[str, Word]
    """Node or chosen tool -> what it does, where its own words do not say it."""
    agents: tuple[Word, ...]
    """Nodes in which a model acts under a name of its own."""
    delegates: tuple[Word, ...]
    """Nodes that hand tasks to others."""
    categories: tuple[Word, ...]
    """Categories that are known."""


class ImportFile(Record):
    """frameworks/importers.yaml."""

    secrets: SecretRules
    launch: LaunchRules
    """Commands."""
    config: ConfigRules
    """Client configurations."""
    built_in_tools: dict[str, Word]
    """Tool of a host -> what it does."""
    office_capabilities: dict[str, Capability]
    """Capability of a declarative agent -> what it means."""
    keys: dict[str, tuple[Word, ...]]
    """Kind of source, or part of one -> keys that are read or say nothing; others are named."""
    own_models: tuple[Word, ...]
    """Words in the name of a model that say that its operator runs it."""
    hosted_tools: dict[str, Word]
    """Tool that a maker of models or a cloud runs, by type -> what it does."""
    adk_tools: dict[str, Word]
    """Tool that comes with Google ADK -> what it does."""
    bedrock_groups: dict[str, Word]
    """Action group that Amazon Bedrock brings -> what it does."""
    dify: DifyRules
    """Nodes of Dify."""
    flowise: FlowiseRules
    """Nodes of Flowise."""
    python: PythonRules
    """Calls in the code of agents."""
    n8n: N8nRules
    """Nodes of n8n."""


# The rules of importing, ready for use.


@dataclass(frozen=True, slots=True)
class Rules:
    """What importing knows about the world, with its patterns compiled."""

    file: ImportFile
    placeholder: re.Pattern[str]
    """Matches a value that stands for a secret, whole."""
    shapes: tuple[tuple[str, re.Pattern[str]], ...]
    """Kinds of secrets and what they look like."""
    tables: Mapping[str, SourceTable]
    """Kinds of sources, and parts of them, by name."""


@lru_cache(maxsize=1)
def load_rules() -> Rules:
    """Load the rules that ship with the package: no pack adds to them, so all ask for them here."""
    file = read(ImportFile, shipped("frameworks/importers.yaml"))
    tables = read(SourcesFile, shipped("frameworks/sources.yaml")).sources
    secrets = file.secrets
    parts = "|".join(f"(?:{pattern})" for pattern in _scoped(secrets.placeholders))
    shapes = tuple((shape.name, re.compile(shape.pattern)) for shape in secrets.shapes)
    return Rules(file, re.compile(rf"(?:{parts})+"), shapes, tables)


def _scoped(patterns: tuple[str, ...]) -> list[str]:
    """Let `(?i)` at the start of a pattern hold for that pattern alone."""
    return [re.sub(r"\A\(\?i\)(.*)\Z", r"(?i:\1)", pattern) for pattern in patterns]
