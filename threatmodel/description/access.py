"""Sections of a description about credentials and data."""

from typing import Annotated, Literal

from threatmodel.description.answer import Implies, Note, Reply, States
from threatmodel.record import Record


class Credential(Record):
    """One key, token or login that the agent acts with."""

    name: str | None = None
    """What people call it, such as `Confluent Cloud API key`."""

    kind: Annotated[
        Literal["static-key", "password", "oauth", "short-lived", "workload-identity", "unknown"]
        | None,
        Implies(
            {
                "static-key": {"id.static_key": True},
                "password": {"id.static_key": True},
                "oauth": {"id.oauth": True, "id.static_key": False},
                "short-lived": {"k.short_lived_creds": True, "id.static_key": False},
                "workload-identity": {"k.short_lived_creds": True, "id.static_key": False},
            }
        ),
    ] = None
    """How it proves itself."""

    scope: Annotated[
        Literal["least", "broad", "admin", "unknown"] | None,
        Implies(
            {
                "least": {
                    "k.least_privilege": True,
                    "id.broad_scope": False,
                    "id.admin_scope": False,
                },
                "broad": {"id.broad_scope": True, "id.admin_scope": False},
                "admin": {"id.broad_scope": True, "id.admin_scope": True},
            }
        ),
    ] = None
    """What it may do: only what the tools need, more than that, or everything."""

    reach: str | None = None
    """What it opens, such as `every cluster of the organisation`."""

    shared: Annotated[Reply, States("id.shared_account")] = None
    """One account serves several users or agents."""

    passed_through: Annotated[Reply, States("id.token_passthrough")] = None
    """It is a user's token that is forwarded to a service behind."""

    stored_locally: Annotated[Reply, States("id.local_creds")] = None
    """It can be read where the agent runs (environment, files, logins of tools)."""

    note: Note = ""
    """Anything else."""


class Identity(Record):
    """Who may call it."""

    server_accepts_anyone: Annotated[Reply, States("id.no_server_auth")] = None
    """The agent or its tool server accepts callers without authentication."""


class Data(Record):
    """What it reads and how sensitive that is."""

    reads: tuple[str, ...] = ()
    """What it reads, such as `records of Kafka topics`."""

    written_by_outsiders: tuple[str, ...] = ()
    """Which of it outsiders can write, such as `record payloads`."""

    public_only: Annotated[Reply, States("t.read_private", inverted=True)] = None
    """All it reads is published for everyone."""

    personal: Annotated[Reply, States("d.personal")] = None
    """Personal data."""

    health: Annotated[Reply, States("d.health")] = None
    """Health data."""

    payment: Annotated[Reply, States("d.payment")] = None
    """Card or bank data."""

    secrets: Annotated[Reply, States("d.secrets")] = None
    """Credentials or keys lie in the data."""

    source_code: Annotated[Reply, States("d.source_code")] = None
    """Private source code."""

    confidential: Annotated[Reply, States("d.confidential")] = None
    """Trade secrets, legal, personnel, finance or other confidential records."""

    residency: Annotated[Reply, States("d.residency")] = None
    """The data is bound to a region."""
