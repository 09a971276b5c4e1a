"""Sections of a description about the agent's setting; each answer states a fact."""

from typing import Annotated, Literal

from threatmodel.description.overrides import Implies, MaybeAnswer, Note, States
from threatmodel.description.part import Part
from threatmodel.scales import CredentialKind


class Model(Part):
    """The language model that decides."""

    name: str | None = None
    """Model and version, such as `claude-sonnet-4-5`."""
    hosting: Annotated[
        Literal["third-party", "self-hosted", "both", "unknown"] | None,
        Implies(
            {
                "third-party": {"mo.hosted": True, "mo.self_hosted": False},
                "self-hosted": {"mo.hosted": False, "mo.self_hosted": True},
                "both": {"mo.hosted": True, "mo.self_hosted": True},
            }
        ),
    ] = None
    """Who runs the model: a third party behind an API, or the operator."""
    version_pinned: Annotated[MaybeAnswer, States("mo.unpinned", inverted=True)] = None
    """The model version is fixed, so that it cannot change silently."""
    fine_tuned: Annotated[MaybeAnswer, States("mo.fine_tuned")] = None
    """The model was fine-tuned or adapted."""
    third_party_weights: Annotated[MaybeAnswer, States("mo.third_party_weights")] = None
    """Weights come from a public hub or another party."""
    multimodal: Annotated[MaybeAnswer, States("mo.multimodal")] = None
    """It takes images, audio or video."""
    guards_calls: Annotated[MaybeAnswer, States("mo.guard_model")] = None
    """A model decides what is blocked or approved."""


class Users(Part):
    """The people on both sides."""

    outsiders_prompt: Annotated[MaybeAnswer, States("in.external_users")] = None
    """Customers or anonymous people can prompt it."""
    hand_over_files: Annotated[MaybeAnswer, States("in.files")] = None
    """People can hand it files, images or audio."""
    host_brings_text: Annotated[MaybeAnswer, States("in.host_text")] = None
    """Other tools of its host bring outsiders' text into the same session."""
    read_and_act: Annotated[MaybeAnswer, States("b.human_facing")] = None
    """People read its output and act on it."""
    rights_differ: Annotated[MaybeAnswer, States("id.user_roles_differ")] = None
    """Its users have different rights in the systems it reaches."""


class Autonomy(Part):
    """What it does without being asked again."""

    approvals: Annotated[
        Literal["none", "some", "high-impact", "all", "unknown"] | None,
        Implies(
            {
                "none": {"o.hitl": False, "k.human_approval": False},
                "some": {"o.hitl": True},
                "high-impact": {"o.hitl": True, "k.human_approval": True},
                "all": {"o.hitl": True, "k.human_approval": True, "au.auto_approve": False},
            }
        ),
    ] = None
    """Which calls a person approves before they run."""
    unattended: Annotated[MaybeAnswer, States("au.unattended")] = None
    """Runs on schedule or trigger with nobody watching."""
    multi_step: Annotated[MaybeAnswer, States("au.multi_step")] = None
    """Plans and takes several steps per request."""
    auto_approve: Annotated[MaybeAnswer, States("au.auto_approve")] = None
    """Tool calls are approved in advance."""
    long_running: Annotated[MaybeAnswer, States("au.long_running")] = None
    """Sessions last hours, or resume later."""
    high_volume: Annotated[MaybeAnswer, States("au.high_volume")] = None
    """Makes many decisions a day for each person who reviews them."""
    decides_about_people: Annotated[MaybeAnswer, States("au.consequential")] = None
    """Decides on credit, hiring, care, benefits or moderation."""


class Memory(Part):
    """What stays after a session."""

    persistent: Annotated[MaybeAnswer, States("m.persistent")] = None
    """Remembers across sessions."""
    shared: Annotated[MaybeAnswer, States("m.shared")] = None
    """Memory or workspace is shared by users or agents."""
    learns_from_use: Annotated[MaybeAnswer, States("m.learns_from_use")] = None
    """Interactions feed training, fine-tuning or ranking."""


class Retrieval(Part):
    """The index it looks things up in."""

    index: Annotated[MaybeAnswer, States("m.rag")] = None
    """Retrieves from an index or vector store."""
    outside_content: Annotated[MaybeAnswer, States("m.rag_external")] = None
    """The index takes in content from outside."""
    users_add: Annotated[MaybeAnswer, States("m.rag_user_write")] = None
    """Ordinary users can add to the index."""


class Peers(Part):
    """Other agents it works with."""

    names: tuple[str, ...] = ()
    """Names of the agents."""
    cooperating: Annotated[MaybeAnswer, States("ma.multi_agent")] = None
    """Two or more agents cooperate."""
    delegates: Annotated[MaybeAnswer, States("ma.delegates")] = None
    """Hands tasks to other agents."""
    a2a: Annotated[MaybeAnswer, States("ma.a2a")] = None
    """Speaks an agent-to-agent protocol."""
    third_party: Annotated[MaybeAnswer, States("ma.third_party_peer")] = None
    """Works with agents that others run."""
    discovery: Annotated[MaybeAnswer, States("ma.dynamic_discovery")] = None
    """Finds agents or servers at run time through a registry."""
    mixed_auth: Annotated[MaybeAnswer, States("ma.mixed_auth")] = None
    """Agents in one chain authenticate differently."""


class Dealings(Peers):
    """The agents that a member of a system deals with, as its flows show; nobody writes it."""

    senders: tuple[str, ...] = ()
    """Those that send it something."""
    receivers: tuple[str, ...] = ()
    """Those that it sends something to."""


class Supply(Part):
    """Tool servers, packages and plugins it is made of."""

    third_party_server: Annotated[MaybeAnswer, States("s.third_party_server")] = None
    """A tool server or connector is made by someone else."""
    several_servers: Annotated[MaybeAnswer, States("s.multi_server")] = None
    """Several tool servers share one session."""
    remote_server: Annotated[MaybeAnswer, States("s.remote_server")] = None
    """A tool server runs remotely and can change without a deploy."""
    local_server: Annotated[MaybeAnswer, States("s.local_server")] = None
    """A tool server is started as a local process."""
    pinned: Annotated[MaybeAnswer, States("s.unpinned", inverted=True)] = None
    """Servers and packages have a fixed version or hash."""
    users_install: Annotated[MaybeAnswer, States("s.user_installs")] = None
    """People can add servers or skills themselves."""
    project_config: Annotated[MaybeAnswer, States("s.repo_config")] = None
    """A project folder can define servers, hooks or settings."""
    skills: Annotated[MaybeAnswer, States("s.skills_plugins")] = None
    """Loads skills, plugins or prompt packs."""
    marketplace: Annotated[MaybeAnswer, States("s.marketplace")] = None
    """Listed in or installed from a marketplace or public registry."""
    framework: Annotated[MaybeAnswer, States("s.framework")] = None
    """Built on an agent framework or SDK with dependencies of its own."""


class Runtime(Part):
    """Where it runs."""

    workstation: Annotated[MaybeAnswer, States("i.local_host")] = None
    """Runs on a person's workstation."""
    container: Annotated[MaybeAnswer, States("i.container")] = None
    """Ships or runs as a container image."""
    orchestrated: Annotated[MaybeAnswer, States("i.orchestrated")] = None
    """Run by a cluster or workflow orchestrator."""
    cloud: Annotated[MaybeAnswer, States("i.cloud")] = None
    """Runs in a cloud account."""
    multi_tenant: Annotated[MaybeAnswer, States("i.multi_tenant")] = None
    """Several customers share one deployment."""
    shared_server: Annotated[MaybeAnswer, States("i.shared_server")] = None
    """One tool server instance serves several clients or agents."""
    outside_services: Annotated[MaybeAnswer, States("i.external_deps")] = None
    """Needs other live services to finish its work."""


class Network(Part):
    """What it can reach and who can reach it."""

    public_endpoint: Annotated[MaybeAnswer, States("i.public_endpoint")] = None
    """Reachable from the internet."""
    internal_services: Annotated[MaybeAnswer, States("i.internal_network")] = None
    """Can reach internal services."""
    unrestricted_egress: Annotated[MaybeAnswer, States("e.unrestricted")] = None
    """Nothing limits where it can connect to."""
    cleartext: Annotated[MaybeAnswer, States("i.cleartext")] = None
    """Some link uses no TLS."""
    renders_links: Annotated[MaybeAnswer, States("e.render_links")] = None
    """Its output is shown with links or images."""


class Observability(Part):
    """What is recorded and who watches."""

    full_payload_logs: Annotated[MaybeAnswer, States("o.full_payload_logs")] = None
    """Prompts, arguments or results are logged in full."""
    model_judges: Annotated[MaybeAnswer, States("o.judge")] = None
    """A model grades or monitors it."""
    reports_own_success: Annotated[MaybeAnswer, States("o.self_metrics")] = None
    """It reports its own success."""
    outside_telemetry: Annotated[MaybeAnswer, States("o.third_party_telemetry")] = None
    """Traces go to an outside service or SDK."""


class Business(Part):
    """What it is used for."""

    purpose: str | None = None
    """The job it is there to do, in a sentence."""
    regulated: Annotated[MaybeAnswer, States("b.regulated")] = None
    """A regulation applies (GDPR, HIPAA, PCI DSS, SOX, AI Act, a sector rule)."""
    regulations: tuple[str, ...] = ()
    """Their names."""
    safety_critical: Annotated[MaybeAnswer, States("b.safety_critical")] = None
    """Errors can hurt people or damage plant."""
    priced: Annotated[MaybeAnswer, States("b.priced_service")] = None
    """Sold per use, or sets prices or ratings in a market."""
    metered: Annotated[MaybeAnswer, States("t.metered")] = None
    """Each call costs money or uses up a paid quota."""


# Sections of a description about credentials and data.


class Credential(Part):
    """One key, token or login that the agent acts with."""

    name: str | None = None
    """What people call it, such as `Confluent Cloud API key`."""
    kind: Annotated[
        CredentialKind | None,
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
    shared: Annotated[MaybeAnswer, States("id.shared_account")] = None
    """One account serves several users or agents."""
    passed_through: Annotated[MaybeAnswer, States("id.token_passthrough")] = None
    """It is a user's token that is forwarded to a service behind."""
    stored_locally: Annotated[MaybeAnswer, States("id.local_creds")] = None
    """It can be read where the agent runs (environment, files, logins of tools)."""
    note: Note = ""
    """Anything else."""


class Identity(Part):
    """Who may call it."""

    server_accepts_anyone: Annotated[MaybeAnswer, States("id.no_server_auth")] = None
    """The agent or its tool server accepts callers without authentication."""


class Data(Part):
    """What it reads and how sensitive that is."""

    reads: tuple[str, ...] = ()
    """What it reads, such as `records of Kafka topics`."""
    written_by_outsiders: tuple[str, ...] = ()
    """Which of it outsiders can write, such as `record payloads`."""
    public_only: Annotated[MaybeAnswer, States("t.read_private", inverted=True)] = None
    """All it reads is published for everyone."""
    personal: Annotated[MaybeAnswer, States("d.personal")] = None
    """Personal data."""
    health: Annotated[MaybeAnswer, States("d.health")] = None
    """Health data."""
    payment: Annotated[MaybeAnswer, States("d.payment")] = None
    """Card or bank data."""
    secrets: Annotated[MaybeAnswer, States("d.secrets")] = None
    """Credentials or keys lie in the data."""
    source_code: Annotated[MaybeAnswer, States("d.source_code")] = None
    """Private source code."""
    confidential: Annotated[MaybeAnswer, States("d.confidential")] = None
    """Trade secrets, legal, personnel, finance or other confidential records."""
    residency: Annotated[MaybeAnswer, States("d.residency")] = None
    """The data is bound to a region."""
