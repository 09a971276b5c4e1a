"""A hand-made assessment of the Confluent MCP server, so that outputs can be judged on their own.

Names of tools are real; counts, line numbers and answers are made up.
"""

import dataclasses
import datetime
from types import SimpleNamespace

from threatmodel.assessment import Assessment
from threatmodel.classify.reading import Argument, Clue, Effect, ToolReading
from threatmodel.description.agent import Agent, Source
from threatmodel.description.given import Decision
from threatmodel.description.tool import Tool
from threatmodel.facts.fact import Contradiction, Evidence, Fact, Facts
from threatmodel.knowledge.load import load_knowledge
from threatmodel.policy.guard import CompiledPolicy, Guard, Loss, Parameter, Plan, Residual
from threatmodel.score.headline import (
    CvssPart,
    FactorLevel,
    Question,
    Score,
    WaterfallTerm,
)
from threatmodel.threats.finding import (
    AttackPath,
    Finding,
    LayerView,
    MetricReason,
    PathStep,
    ThreatModel,
)

DESTRUCTIVE = """delete-connector delete-flink-statements delete-tableflow-catalog-integration
delete-tableflow-topic delete-tag delete-topics remove-tag-from-entity""".split()
WRITE = """add-tags-to-topic alter-topic-config create-connector create-tableflow-catalog-integration
create-tableflow-topic create-topic-tags create-topics produce-message
update-tableflow-catalog-integration update-tableflow-topic""".split()
READ = """check-flink-statement-health consume-messages describe-flink-table
detect-flink-statement-issues get-flink-statement-exceptions get-flink-statement-profile
get-flink-table-info get-topic-config list-billing-costs list-clusters list-connectors
list-environments list-flink-catalogs list-flink-databases list-flink-statements list-flink-tables
list-schemas list-tableflow-catalog-integrations list-tableflow-regions list-tableflow-topics
list-tags list-topics read-connector read-environment read-flink-statement
read-tableflow-catalog-integration read-tableflow-topic search-topics-by-name
search-topics-by-tag""".split()
FLAGS = {
    "consume-messages": ("reads_untrusted_content", "touches_private_data"),
    "create-flink-statement": ("runs_code", "touches_private_data"),
    "create-connector": ("can_exfiltrate",),
    "produce-message": ("can_exfiltrate",),
    "alter-topic-config": ("admin_or_identity",),
}
OPEN = {
    "TH-L2-06": (8.3, "high"), "TH-L3-01": (8.3, "high"), "TH-L7-10": (8.3, "high"),
    "TH-L6-01": (7.9, "high"), "TH-L1-02": (7.9, "high"), "TH-L2-09": (7.8, "high"),
    "TH-L4-01": (7.5, "high"), "TH-XL-02": (7.8, "medium"), "TH-L3-03": (7.8, "medium"),
    "TH-L4-02": (7.7, "medium"), "TH-L2-01": (7.4, "medium"), "TH-L2-07": (7.4, "medium"),
    "TH-L4-06": (7.4, "medium"), "TH-L3-02": (7.4, "medium"), "TH-L3-11": (7.2, "medium"),
    "TH-L1-05": (7.2, "medium"), "TH-L6-04": (7.2, "medium"), "TH-L3-15": (7.2, "medium"),
    "TH-L7-07": (7.2, "medium"), "TH-L5-01": (7.2, "medium"), "TH-L3-12": (5.8, "low"),
    "TH-L2-10": (5.8, "low"), "TH-L4-08": (5.8, "low"), "TH-XL-06": (5.8, "low"),
}  # fmt: skip
WAITING = ("TH-L1-01", "TH-L1-04", "TH-L1-07", "TH-L2-03", "TH-L3-04", "TH-L4-03", "TH-L5-03")
VECTOR = "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:A/VC:N/VI:H/VA:H/SC:N/SI:L/SA:L"
FACTORS = (
    ("autonomy", "Autonomy of Action", 0.6, 0.4, 0.8, "Calls run at once; no confirmation is described."),
    ("planning", "Goal-Driven Planning", 0.4, 0.4, 0.6, "produce-message has the model look up a schema first."),
    ("self_modification", "Self-Modification", 0.1, 0.1, 0.1, "No tool changes prompts, skills or servers."),
    ("tool_use", "Dynamic Tool Use", 0.8, 0.5, 0.8, "47 tools; 17 change or delete, one more runs free SQL."),
    ("memory", "Persistent Memory", 0.2, 0.2, 0.5, "produce-message offers a topic for chat history."),
    ("context", "Contextual Awareness", 0.5, 0.5, 0.5, "Reads payloads, schemas, settings and costs of the account."),
    ("identity", "Dynamic Identity", 0.7, 0.4, 0.8, "One API key for every user; its reach is not stated."),
    ("multi_agent", "Multi-Agent Interactions", 0.3, 0.1, 0.5, "Answers any MCP client; which ones is not stated."),
    ("nondeterminism", "Non-Determinism", 0.6, 0.5, 0.7, "An outside model, not named, picks tool and arguments."),
    ("opacity", "Opacity & Reflexivity", 0.5, 0.3, 0.8, "Neither a record nor a reason per call is described."),
)  # fmt: skip
QUESTIONS = (
    ("id.broad_scope", "What may the API key do: more than the tools need?", 9.1, 7.0),
    ("k.human_approval", "Does a person confirm each change?", 8.3, 8.4),
    ("k.tool_allowlist", "Are only the tools in use switched on?", 8.2, 8.3),
    ("k.audit_log", "Is each call recorded, with its user?", 8.3, 8.4),
    ("ma.multi_agent", "Do other agents call it?", 8.4, 8.3),
    ("m.persistent", "Is mcp-conversations used as memory?", 8.4, 8.3),
)
TRUE = {
    "t.delete": "delete-topics", "t.write": "produce-message", "t.db_query": "create-flink-statement",
    "t.read_inbound": "consume-messages", "t.read_private": "consume-messages",
    "id.static_key": "", "id.user_roles_differ": "", "i.local_host": "", "s.unpinned": "",
    "mo.hosted": "", "in.external_users": "", "e.unrestricted": "", "i.external_deps": "",
}  # fmt: skip


PARTS = ("agent", "knowledge", "date", "readings", "facts")
LATE = ("model", "profiles", "plan", "policies", "residuals")


def made(*, score: Score, **parts) -> Assessment:
    """Make an assessment of parts, without working anything out."""
    early = {name: parts[name] for name in PARTS}
    assessment = Assessment(**early, scored=SimpleNamespace(score=score))
    vars(assessment).update({name: parts[name] for name in LATE})
    return assessment


def changed(assessment: Assessment, **parts) -> Assessment:
    """Make the same assessment with some parts changed."""
    kept = {name: getattr(assessment, name) for name in (*PARTS, *LATE, "score")}
    return made(**kept | parts)


def confluent() -> Assessment:
    """Make the whole assessment."""
    readings = _readings()
    agent = Agent(
        name="Confluent MCP server",
        kind="mcp-server",
        form="product",
        summary=(
            "Lets a language model read, change and delete live Kafka infrastructure through "
            "47 tools and one API key."
        ),
        vendor="Confluent",
        version="1.4.0",
        date=datetime.date(2026, 11, 20),
        sources=(
            Source(name="@confluentinc/mcp-confluent", url="https://github.com/confluentinc/mcp-confluent", version="1.4.0"),
            Source(name="Tool list read from the running server"),
        ),
        tools=tuple(Tool(name=r.name) for r in readings),
        credentials=({"name": "Confluent Cloud API key", "kind": "static-key", "scope": "unknown"},),
        data={"reads": ("records of Kafka topics", "schemas", "billing costs"),
              "written_by_outsiders": ("record payloads",)},
        decisions=(
            Decision(finding="TH-L2-10", decision="accepted", owner="Platform team",
                     reason="The cluster has quotas per service account; overload is noticed within minutes.",
                     expires=datetime.date(2027, 5, 20)),
        ),
    )  # fmt: skip
    score = _score()
    findings = _findings()
    return made(
        agent=agent,
        knowledge=load_knowledge(),
        date="2026-11-20",
        readings=readings,
        facts=_facts(),
        model=ThreatModel(findings, _layers(findings), _paths(), "Planted text can make the agent delete a topic."),
        score=score,
        profiles=(
            score,
            dataclasses.replace(score, profile="owasp-0.8", value=8.4, factor_sum=5.0),
            dataclasses.replace(score, profile="owasp-0.8-amended", value=8.4, factor_sum=5.0),
            dataclasses.replace(score, profile="owasp-0.5", value=5.8, severity="Medium"),
        ),
        plan=_plan(),
        policies=_policies(),
        residuals=_residuals(),
    )  # fmt: skip


def nothing_known(name: str = "An agent") -> Assessment:
    """Make the assessment of a description that says nothing but a name."""
    full = confluent()
    findings = tuple(
        dataclasses.replace(
            finding, state="needs_answer", severity=None, score=None, band="", vector="", base=None,
            tools=(), text="", attack="", metrics=(),
        )
        for finding in full.model.findings
    )  # fmt: skip
    layers = tuple(
        dataclasses.replace(layer, certain=False, open=0, worst=None) for layer in full.model.layers
    )
    unknown = {
        id_: dataclasses.replace(fact, value=None, basis="unknown", evidence=())
        for id_, fact in full.facts.facts.items()
    }
    score = dataclasses.replace(
        full.score, value=0.0, severity="None", low=0.0, high=9.4, threat="", waterfall=(),
        cvss=CvssPart("", 0.0, "derived", 0.0), aars=0.0,
    )  # fmt: skip
    return changed(
        full,
        agent=Agent(name=name),
        date="",
        readings=(),
        facts=dataclasses.replace(full.facts, facts=unknown, contradictions=(), by_tool={}),
        model=ThreatModel(findings, layers, (), ""),
        score=score,
        profiles=(score,),
        plan=Plan("derived", (), ()),
        policies=(),
        residuals=(),
    )


def hostile(words: str) -> Assessment:
    """Make an assessment in which everything that others write is `words`."""
    full = confluent()
    readings = tuple(
        dataclasses.replace(r, name=f"{words}{n}", signals=(words,))
        for n, r in enumerate(full.readings[:6])
    )
    findings = tuple(
        dataclasses.replace(f, text=words, attack=words, tools=(words,)) if f.score else f
        for f in full.model.findings
    )
    agent = Agent(
        name=words[:300] or "x",
        summary=words[:4000],
        vendor=words,
        version=words,
        sources=(Source(name=words, url=words, version=words),),
        decisions=(Decision(finding="TH-L2-10", decision="accepted", reason=words[:4000] or "x", owner=words or "x"),),
    )  # fmt: skip
    layers = tuple(dataclasses.replace(layer, text=words) for layer in full.model.layers)
    return changed(
        full, agent=agent, readings=readings,
        model=ThreatModel(findings, layers, full.model.paths, words),
    )  # fmt: skip


def _reading(name: str, tool_class: str, risk: str) -> ToolReading:
    return ToolReading(
        name=name, tool_class=tool_class, risk=risk, confidence=0.9, flags=FLAGS.get(name, ()),
        brake=False, signals=(f"{tool_class}s {name.split('-')[-1]}",),
        effects=(Effect(name.split("-")[0], name.split("-")[-1].rstrip("s")),),
        arguments=(Argument(("baseUrl",), "url", "string", required=False, is_array=False),),
        traits=(),
        contradictions=(
            ("The server says not destructive; its SQL may drop tables and start endless jobs.",)
            if name == "create-flink-statement" else ()
        ),
        steering=(),
        evidence=(Clue("name", "name", name.split("-")[0], f"{name.split('-')[0]} in the name"),),
        fingerprint="0" * 64,
    )  # fmt: skip


def _readings() -> tuple[ToolReading, ...]:
    rows = [(n, "Destructive", "Critical") for n in DESTRUCTIVE]
    rows += [("create-flink-statement", "Execute", "High")]
    rows += [(n, "Write", "Medium") for n in WRITE] + [(n, "Read", "Low") for n in READ]
    return tuple(_reading(*row) for row in rows)


def _facts() -> Facts:
    knowledge = load_knowledge()
    facts = {}
    for line, (id_, row) in enumerate(
        sorted({**knowledge.facts, **knowledge.controls}.items()), 10
    ):
        value = True if id_ in TRUE else (False if line % 3 == 0 else None)
        basis = "unknown" if value is None else ("observed" if id_.startswith("t.") else "stated")
        tool = TRUE.get(id_, "")
        place = f"tools[{line}].name" if tool else f"agents/confluent.yaml:{line}:3"
        shown = (Evidence(basis, value, place, row.says, "" if tool else "reviewer", tool),)
        facts[id_] = Fact(
            id_, row.says, value, basis, "reviewer", shown if value is not None else ()
        )
    contradiction = Contradiction(
        "contradiction:create-flink-statement", "create-flink-statement",
        "The server marks create-flink-statement as not destructive; its statement takes any SQL.",
    )  # fmt: skip
    return Facts(
        facts,
        (contradiction,),
        *(0,) * (len(Facts.__slots__) - 3),
        {"t.delete": tuple(DESTRUCTIVE)},
    )


def _findings() -> tuple[Finding, ...]:
    knowledge = load_knowledge()
    return tuple(_finding(row, knowledge) for row in knowledge.threats)


def _finding(row, knowledge) -> Finding:
    score, severity = OPEN.get(row.id, (None, None))
    state = "open_assumed" if score else ("needs_answer" if row.id in WAITING else "not_applicable")
    if row.id == "TH-L6-03":
        state = "closed"
    band = {None: ""}.get(score, "High" if score and score >= 7 else "Medium")
    return Finding(
        id=row.id, finding=f"confluent-mcp-server/{row.id}", layer=row.layer, also=row.also,
        title=row.title, state=state, severity=severity,
        because=("t.delete", "t.read_inbound", "id.static_key") if score else (),
        controls=(), missing=("k.human_approval", "k.backup") if score else (),
        tools=("delete-topics", "consume-messages", "alter-topic-config") if score else (),
        text=(
            "Seven tools delete; delete-topics takes a list of names and asks for no confirmation. "
            "Two more reach the same harm: alter-topic-config can cut retention, "
            "create-flink-statement can run DROP TABLE."
        ) if score else "",
        attack="A record orders the deletion of a topic, and the agent obeys." if score else "",
        check=row.texts.check or "Ask who may call it.", false_positives=row.texts.false_positives,
        questions=("id.broad_scope",) if state == "needs_answer" else (),
        mitigations=row.mitigations, refs=knowledge.pinned(row.refs), certain=True,
        mitigation_factor=1.0, vector=VECTOR if score else "",
        metrics=tuple(
            MetricReason(m, v, reason)
            for m, v, reason in (
                ("AV", "N", "reached over the network"), ("AC", "L", "no race, no special luck"),
                ("AT", "N", "the topic is already read"), ("PR", "L", "the outsider may write to one topic"),
                ("UI", "A", "someone asks the agent to read it"), ("VC", "N", "this path destroys, it does not show"),
                ("VI", "H", "records and settings can be altered at will"), ("VA", "H", "topics can be deleted"),
                ("SC", "N", "nothing read elsewhere"), ("SI", "L", "consumers act on what is left"),
                ("SA", "L", "consumers stop"),
            )
        ) if score else (),
        base=6.9 if score else None, score=score, band=band,
        decision="accepted" if row.id == "TH-L2-10" else "",
    )  # fmt: skip


def _layers(findings: tuple[Finding, ...]) -> tuple[LayerView, ...]:
    texts = {
        "L7": "Any MCP client can call the server, and an orchestrating agent passes on whatever it was told.",
        "L6": "One key serves every user: a person without any right in Kafka gets the rights of the key.",
        "L5": "Nothing is said about a record of calls.",
        "L4": "Key and secret sit in the environment of a process that npx starts as the local user.",
        "L3": "All 47 tools are offered at once. delete-topics takes a list, so one call can remove many topics.",
        "L2": "consume-messages returns keys and payloads of any topic the key can read; produce-message writes them.",
        "L1": "The server brings no model: whichever model the client runs decides when delete-topics is called.",
        "XL": "One session may read outsiders' text, hold private data and change state.",
    }  # fmt: skip
    views = []
    for id_, row in load_knowledge().layers.items():
        mine = [f for f in findings if f.layer == id_ and f.score]
        severities = [f.severity for f in mine]
        worst = next((s for s in ("critical", "high", "medium", "low") if s in severities), None)
        certain = id_ not in ("L1", "L5")
        questions = () if certain else ("k.audit_log", "mo.unpinned")
        views.append(LayerView(id_, row.name, certain, texts[id_], len(mine), worst, questions))
    return tuple(views)


def _paths() -> tuple[AttackPath, ...]:
    steps = (
        PathStep("entry", "in.content", "", "An outsider writes a record to a topic that the agent reads"),
        PathStep("threat", "TH-L1-02", "L1", "The model takes the record for an order", ("consume-messages",)),
        PathStep("threat", "TH-L3-01", "L3", "delete-topics is called with names from the record", ("delete-topics",)),
        PathStep("threat", "TH-L2-06", "L2", "The topic and its records are gone", ("delete-topics",)),
        PathStep("threat", "TH-L6-04", "L6", "The loss has to be reported"),
        PathStep("impact", "destroy", "", "Records are lost for every consumer"),
    )  # fmt: skip
    return (
        AttackPath("CH-01", "Planted text to deleted data to reportable incident", steps, 8.3,
                   "TH-L3-01", "mt-taint", "pc-hide"),
        AttackPath("CH-02", "Planted text to leaked records",
                   (*steps[:2], PathStep("threat", "TH-L7-10", "L7", "create-connector carries records out", ("create-connector",)), steps[4]),
                   7.4, "TH-L7-10", "mt-egress", ""),
    )  # fmt: skip


def _score() -> Score:
    return Score(
        value=8.3, severity="High", profile="agentic",
        profile_note="The equation of OWASP AIVSS v0.8 with the ten factor names of v0.5 and continuous levels, as published directories apply it.",
        vector="AIVSS:0.8/P:agentic/B:6.9/AU:0.6/GP:0.4/SM:0.1/TU:0.8/PM:0.2/CA:0.5/DI:0.7/MA:0.3/ND:0.6/OR:0.5/TM:0.97/MF:1",
        cvss=CvssPart(VECTOR, 6.9, "derived", 6.9),
        factors=tuple(
            FactorLevel(id_, name, value, low, high, "given", "reviewer", (reason,), (), value)
            for id_, name, value, low, high, reason in FACTORS
        ),
        factor_sum=4.7, aars=1.41, threat_multiplier=0.97, mitigation_factor=1.0,
        low=6.5, high=9.3, range_exact=True,
        questions=tuple(Question(f, text, yes, no, ("TH-L2-06",)) for f, text, yes, no in QUESTIONS),
        threat="TH-L2-06", amended=None, as_claimed=None,
        waterfall=(
            WaterfallTerm("CVSS base", 6.9, 6.9), WaterfallTerm("Ten factors", 1.457, 8.357),
            WaterfallTerm("Exploit maturity", -0.047, 8.31), WaterfallTerm("Mitigation", 0.0, 8.31),
            WaterfallTerm("AIVSS", 8.3, 8.3),
        ),
    )  # fmt: skip


def _plan() -> Plan:
    guards = [
        Guard(f"hide:{t}", "hide", t, "delete topic", ("TH-L2-06",), "pc-hide", f"{t} leaves the list and is refused.", "Not available.")
        for t in DESTRUCTIVE
    ]  # fmt: skip
    guards += [
        Guard("rate:create-flink-statement", "rate", "create-flink-statement", "", ("TH-L3-12",), "pc-rate", "At most 10 calls a minute.", "Slow down."),
        Guard("argument:create-flink-statement", "argument", "create-flink-statement", "", ("TH-L2-09",), "pc-sql", "Statements begin with a reading keyword.", "Only SELECT."),
        Guard("approval:create-connector", "approval", "create-connector", "", ("TH-L3-03",), "pc-approve", "A person confirms each new connector.", "Requires human approval."),
        Guard("taint:*", "taint", "*", "", ("TH-L1-02", "TH-L3-01"), "pc-taint", "After consume-messages, writes wait for a person.", "Needs approval."),
        Guard("audit:*", "audit", "*", "", ("TH-L5-01",), "pc-audit", "Every call is recorded with its arguments.", ""),
        *(Guard(f"rate:{t}", "rate", t, "", ("TH-L3-12",), "pc-rate", "At most 30 calls a minute.", "Slow down.") for t in WRITE),
    ]  # fmt: skip
    parameter = Parameter(
        "allowed_topics", "Topics that the agent may touch (`policy.topics`).", "none", ("argument:create-flink-statement",)
    )  # fmt: skip
    return Plan(
        "derived", tuple(sorted(guards, key=lambda g: (g.tool, g.kind, g.id))), (parameter,)
    )


def _policies() -> tuple[CompiledPolicy, ...]:
    text = (
        '{"version":"1","default":"deny","hide":[' + ",".join(f'"{t}"' for t in DESTRUCTIVE) + '],"tools":{\n'
        + ",\n".join(f'  "{t}": {{}}' for t in READ) + "\n}}\n"
    )  # fmt: skip
    losses = (
        Loss("approval:create-connector", "weakened", "Refused for everyone; the team must widen the policy by hand.", ("TH-L3-03",)),
        Loss("argument:create-flink-statement", "weakened", "Text match on statement; a comment or a second statement can pass.", ("TH-L2-09",)),
        Loss("audit:*", "weakened", "The log keeps argument names, not values.", ("TH-L5-01",)),
        Loss("taint:*", "dropped", "No memory between calls: planted text can still trigger produce-message.", ("TH-L1-02", "TH-L3-01")),
    )  # fmt: skip
    kept = tuple(f"hide:{t}" for t in DESTRUCTIVE) + tuple(f"rate:{t}" for t in WRITE)
    return (
        CompiledPolicy("policylayer", "PolicyLayer, hosted", "policy.json", text, kept, losses, ("Set the grant first.",)),
        CompiledPolicy("intercept", "Intercept", "intercept.yaml", "version: \"1\"\ndefault: deny\n", kept, losses),
        CompiledPolicy("envoy", "Envoy AI Gateway", "mcproute.yaml", "kind: MCPRoute\n", kept[:4], losses),
    )  # fmt: skip


def _residuals() -> tuple[Residual, ...]:
    after = {id_: "reduced" for id_ in list(OPEN)[:11]} | {id_: "closed" for id_ in list(OPEN)[19:]}
    states = {**dict.fromkeys(OPEN, "open_assumed"), **after}
    way = ("create-flink-statement can still drop a topic's table.",)
    condition = "Only if no way around the proxy is open (TH-L4-10)."
    rows = (("", 6, 12, 6), ("policylayer", 8, 11, 5), ("intercept", 8, 11, 5), ("envoy", 11, 9, 4))
    return tuple(
        Residual(f, ("k.tool_hidden", "k.rate_limit"), o, r, c, 6.8, "Medium", "TH-L7-10", 8.0, way, condition, states)
        for f, o, r, c in rows
    )  # fmt: skip
