"""Readings, threat models and plans made by hand, for the tests of policies."""

from threatmodel.classify.result import Argument, Effect, ToolReading
from threatmodel.description.agent import Agent
from threatmodel.description.overrides import PolicyWishes
from threatmodel.policy.plan import plan_policy
from threatmodel.rules.load import Knowledge, load_knowledge
from threatmodel.threats.finding import Finding, Grounds
from threatmodel.threats.result import ThreatModel, WordedModel

RISKS = {
    "Read": "Low",
    "Write": "Medium",
    "Execute": "High",
    "Destructive": "Critical",
    "Financial": "Critical",
}


def argument(path, role="other", kind="string", *, required=True, enum=()):
    """Make one argument; `[]` in the path makes it an item of an array."""
    steps = tuple(path.split("."))
    return Argument(steps, role, kind, required, "[]" in steps, enum)


def reading(name, tool_class="Read", *arguments, effects=None, flags=(), brake=False):
    """Make one reading; a tool that writes changes a slide where nothing else is said."""
    if effects is None:
        effects = ("update slide",) if tool_class == "Write" else ()
    done = tuple(
        Effect(*effect.split()) if " " in effect else Effect(effect, "") for effect in effects
    )
    return ToolReading(
        name=name,
        tool_class=tool_class,
        risk=RISKS[tool_class],
        confidence=0.9,
        flags=tuple(sorted(flags)),
        brake=brake,
        signals=(),
        effects=done,
        arguments=tuple(arguments),
        traits=(),
        contradictions=(),
        steering=(),
        evidence=(),
        fingerprint=f"{len(name):064x}",
    )


def finding(threat, tools=(), state="open_stated"):
    """Make a finding of one threat."""
    row = load_knowledge().by_id[threat]
    return Finding(
        id=threat,
        finding=f"test/{threat}",
        layer=row.layer,
        also=row.also,
        title=row.title,
        state=state,
        severity="high",
        priority="plan",
        shared=False,
        ground=lambda: Grounds((), (), (), tuple(tools)),
        say=lambda *_: "",
        check="",
        false_positives="",
        mitigations=row.mitigations,
        refs={},
        certain=True,
        mitigation_factor=1.0,
        vector="",
        metrics=(),
        base=None,
        score=None,
    )


def model(*findings):
    """Make a threat model of some findings."""
    return ThreatModel(tuple(findings), lambda _: WordedModel((), (), ""))


def open_all(knowledge: Knowledge | None = None):
    """Make a threat model in which every threat is open."""
    known = knowledge or load_knowledge()
    return model(*(finding(threat) for threat in known.by_id))


def agent(wishes=None, tools=()):
    """Make an agent with wishes."""
    made = PolicyWishes.of(wishes) if wishes else None
    return Agent(name="Test Agent", policy=made, tools=tuple(tools))


def plan(*readings, wishes=None, threats=None, preset="recommended", tools=()):
    """Plan for some readings; all threats open unless told otherwise."""
    known = load_knowledge()
    found = open_all(known) if threats is None else model(*threats)
    return plan_policy(agent(wishes, tools), readings, found, known, preset)


def kinds(made, tool):
    """List the kinds of guard that a plan has for a tool."""
    return [guard.kind for guard in made.guards if guard.tool == tool]


def guard(made, id_):
    """Find a guard by id."""
    return next(one for one in made.guards if one.id == id_)
