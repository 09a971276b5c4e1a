"""The closed scales and word lists that rules, descriptions, policies and reports share."""

from typing import Literal, get_args

# Each is told here and nowhere else: a list that two files hold is a list that will differ.

Kind = Literal["agent", "mcp-server", "skill", "multi-agent"]
KINDS: tuple[Kind, ...] = get_args(Kind)

ToolClass = Literal["Read", "Write", "Execute", "Destructive", "Financial"]
"""The five classes of tools; what each of them means is in `frameworks/classes/`."""
CLASSES: tuple[ToolClass, ...] = get_args(ToolClass)
"""All of them, mildest first."""
GRAVEST_FIRST: tuple[ToolClass, ...] = CLASSES[::-1]

Flag = Literal[
    "admin_or_identity",
    "can_exfiltrate",
    "reads_untrusted_content",
    "runs_code",
    "touches_private_data",
]
"""What is said of a tool beside its class."""
FLAGS: tuple[Flag, ...] = get_args(Flag)

State = Literal[
    "open_stated", "open_assumed", "reduced", "closed", "needs_answer", "not_applicable"
]
"""How a threat stands; the meaning of each is in `frameworks/priority.yaml`."""
STATES: tuple[State, ...] = get_args(State)
OPEN: frozenset[State] = frozenset({"open_stated", "open_assumed", "reduced"})
"""States in which a threat is a finding, and counts for the headline."""

Severity = Literal["low", "medium", "high", "critical"]
"""Step of impact, and band of the score of one threat; 0.0 has none."""
GRAVITY: dict[Severity | None, int] = {None: 0, "low": 1, "medium": 2, "high": 3, "critical": 4}
"""How grave each of them is beside the others, and beside none."""

Band = Literal["None", "Low", "Medium", "High", "Critical"]
"""Band of a headline."""

Priority = Literal["note", "watch", "plan", "act now"]
"""What to do about a threat, by impact and likelihood."""
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
"""All of them, the least pressing first."""

Belongs = Literal["product", "host", "deployment", "system"]
"""What a fact is about: the product as it is made; the host that a server or skill runs in, which
an agent is itself; how one deployment is run; or the system that it is a member of, whose flows
settle it."""

Speaker = Literal["vendor", "operator", "reviewer"]
"""Who makes a statement: who ships the agent, who runs it, who reviews it."""

YES_NO = {"yes": True, "true": True, "no": False, "false": False}
"""Words with which people answer a question, in small letters, and what they say."""

CredentialKind = Literal[
    "static-key", "password", "oauth", "short-lived", "workload-identity", "unknown"
]
"""How a credential proves itself."""

ToolAccess = Literal["allow", "hide", "deny", "approval"]
"""What a rule of the policy gives a tool."""

Window = Literal["minute", "hour", "day"]
"""Length of a window in which calls or sums are counted."""
WINDOWS: tuple[Window, ...] = get_args(Window)
"""All of them, the shortest first."""

Preset = Literal["published", "recommended", "strict"]
"""`published` is the class defaults exactly, `recommended` what an expert would put in front today,
`strict` reads and what the purpose needs."""
