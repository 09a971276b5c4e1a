"""Promises of the sentences: true to the evidence, right in number, safe with hostile names."""

import itertools
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threatmodel.assessment import assess
from threatmodel.classify.words import plural
from threatmodel.description.agent import Agent, Tool
from threatmodel.description.load import load_agent
from threatmodel.description.sections import Credential, Data
from threatmodel.errors import AivssError
from threatmodel.files import shipped
from threatmodel.reading import read
from threatmodel.rules.load import load_knowledge
from threatmodel.rules.resolve import Vocabulary
from threatmodel.rules.sentences import Placeholders, TemplateError, parse_template
from threatmodel.rules.wording_compile import wording_rows, words_file
from threatmodel.threats.model import model_threats
from threatmodel.threats.names import listed, named
from threatmodel.threats.result import ThreatModel
from threatmodel.threats.template import Phrase, fill, parts_of
from threatmodel.threats.voice import lexicon_of

KNOWLEDGE = load_knowledge()
WORDS = KNOWLEDGE.sections["wording"]
THREATS = [row.id for row in KNOWLEDGE.threats]
EXAMPLES = sorted(f.name for f in shipped("agents").iterdir() if f.name.endswith(".yaml"))
SAMPLE = (
    "github-mcp-server", "server-postgres", "server-filesystem", "xero-mcp", "alpaca-mcp-server",
    "mcp-server-kubernetes", "server-slack", "gmail-autoauth-mcp", "playwright-mcp",
    "context7-mcp", "mongodb-mcp-server", "ssh-mcp",
)  # fmt: skip
LONGEST_PARAGRAPH = 1500
KNOWN = Placeholders(
    frozenset({"agent", "tools", "key"}), {"tools": frozenset({"t.delete"})}, frozenset({"agent"})
)


def model(tools=(), **fields) -> ThreatModel:
    made = tuple(Tool(name=name, description=text) for name, text in dict(tools).items())
    fields = {"name": "Probe", "kind": "mcp-server"} | fields
    return assess(Agent(tools=made, **fields)).model


def finding(found: ThreatModel, threat: str):
    return next(f for f in found.findings if f.id == threat)


def deleting(count: int) -> dict[str, str]:
    return {f"delete_thing_{n}": "Deletes a thing for good." for n in range(1, count + 1)}


def example(name: str) -> ThreatModel:
    return assess(load_agent(Path(str(shipped("agents") / name)))).model


def server(corpus, name: str) -> tuple[Agent, ThreatModel]:
    listing = json.loads((corpus / "mcp" / f"{name}.json").read_text(encoding="utf-8"))
    keys = ("name", "title", "description", "inputSchema", "annotations")
    tools = tuple(Tool(**{k: t[k] for k in keys if k in t}) for t in listing["tools"])
    agent = Agent(name=name, kind="mcp-server", form="product", tools=tools)
    return agent, assess(agent).model


@pytest.fixture(scope="module")
def sample(corpus):
    return {name: server(corpus, name) for name in SAMPLE}


@pytest.mark.parametrize("threat", THREATS)
def test_every_threat_has_words_of_its_own(threat):
    words = WORDS["threats"][threat]
    assert words["text"]
    assert words["attack"]
    assert words["step"]


def test_no_words_are_left_over_for_threats_that_are_gone():
    assert set(WORDS["threats"]) == set(THREATS)
    assert set(WORDS["layers"]) == set(KNOWLEDGE.layers)


def test_groups_pick_verbs_and_roles_that_the_classifier_knows():
    text = json.dumps(KNOWLEDGE.sections["classes"])
    for group in (*WORDS["objects"].values(), *WORDS["arguments"].values()):
        assert all(f'"{pick}"' in text for pick in group["picks"]), group


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a {toolz} b", "unknown placeholder 'toolz'; did you mean 'tools'?"),
        ("a {tools:t.delet} b", "unknown argument of tools 't.delet'; did you mean 't.delete'?"),
        ("a {key:t.delete} b", "unknown placeholder with an argument 'key'"),
        ("a [ with {key} b", "'[' is never closed"),
        ("a ] b", "']' stands alone"),
        ("a | b", "'|' stands alone"),
        ("a { b", "'{' stands alone"),
        ("a {} b", "'{}' is no placeholder"),
        ("a {Key} b", "'{Key}' is no placeholder"),
        ("it {#runs|run}", "agrees with nothing"),
        ("[{tools}|its tools] {#runs|run}", "agrees with nothing"),
    ],
)
def test_a_faulty_template_is_refused_with_the_nearest_name(text, says):
    with pytest.raises(TemplateError, match=re.escape(says)):
        parse_template(text, KNOWN)


@pytest.fixture
def folder(tmp_path):
    for file in shipped("frameworks/wording").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    names = {
        row["id"] for row in json.loads(shipped("frameworks/compiled.json").read_bytes())["facts"]
    }
    controls = frozenset(n for n in names if n.startswith("k."))
    facts = frozenset(names - controls) | frozenset(KNOWLEDGE.capabilities)
    return tmp_path, Vocabulary(facts, controls)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("value set by {tools} looks", "value set by {toolz} looks", "did you mean 'tool'"),
        ("in records that {agent} changes", "in records", "must name something of the agent"),
        ("when: not k.arg_rules", "when: not k.arg_rulez", "did you mean 'k.arg_rules'"),
        ("nothing checks the values before a call.", "nothing does", "must end in a full stop"),
        ("nothing checks the values before a call.", "Nothing does.", "starts with a capital"),
        ("nothing checks the values before a call.", "nothing  does.", "two spaces"),
    ],
)
def test_faulty_words_stop_the_compiler(folder, old, new, says):
    place, words = folder
    file = place / "L2.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(AivssError, match=says):
        wording_rows(read_words(place), words)


def read_words(folder):
    return {file.name: read(words_file(file.name), file) for file in sorted(folder.iterdir())}


def test_the_shipped_words_compile(folder):
    place, words = folder
    rows = wording_rows(read_words(place), words)
    assert json.loads(json.dumps(rows)) == WORDS


class Scene(dict):
    """Phrases by key; everything fits."""

    written = frozenset()

    def phrase(self, key):
        return self.get(key)


@pytest.mark.parametrize(
    ("text", "key", "says"),
    [
        ("runs[ with {key}].", None, "runs."),
        ("runs[ with {key}].", Phrase("the key"), "runs with the key."),
        ("runs[ with {key}].", Phrase("a key", known=False), "runs."),
        ("runs with {key}.", Phrase("a key", known=False), "runs with a key."),
        ("runs with {key}.", None, None),
        ("{agent}[ {key}| alone].", None, "Probe alone."),
        ("{agent}[ {key}| alone].", Phrase("k"), "Probe k."),
        ("{agent} {#is|are} {agent#it|them}", None, "Probe is it"),
    ],
)
def test_what_is_not_known_is_left_out_and_never_made_up(text, key, says):
    scene = Scene({("agent", ""): Phrase("Probe"), ("key", ""): key})
    filled = fill(parts_of(parse_template(text, KNOWN).parts), scene)
    assert (filled.text if filled else None) == says


@pytest.mark.parametrize(
    ("count", "says"),
    [
        (1, "delete_thing_1 deletes what it is pointed at"),
        (2, "delete_thing_1 and delete_thing_2 delete what they are pointed at"),
        (4, "delete_thing_1, delete_thing_2, delete_thing_3 and delete_thing_4 delete"),
        (9, "delete_thing_1, delete_thing_2, delete_thing_3 and 6 more delete"),
    ],
)
def test_verbs_agree_and_long_lists_are_counted(count, says):
    assert says in finding(model(deleting(count)), "TH-L2-06").text


def test_the_number_of_all_tools_reads_well():
    assert "all 30 tools" in finding(model(deleting(30)), "TH-L3-02").text
    assert "says of its one tool as if" in finding(model(deleting(1)), "TH-L3-08").text


def test_lists_name_a_few_and_count_the_rest():
    assert listed(()) == ""
    assert listed("a") == "a"
    assert listed("ab") == "a and b"
    assert listed("abcd") == "a, b, c and d"
    assert listed("abcdefg") == "a, b, c and 4 more"
    assert listed("abc", word="or") == "a, b or c"


@pytest.mark.parametrize(
    ("one", "many"),
    [("topic", "topics"), ("query", "queries"), ("key", "keys"), ("box", "boxes")],
)
def test_things_have_plurals(one, many):
    assert plural(one) == many


def test_a_control_that_is_absent_is_told_from_one_that_nobody_mentions():
    silent = finding(model(deleting(1)), "TH-L2-06").text
    absent = finding(
        model(deleting(1), facts={"k.human_approval": False, "k.backup": False}), "TH-L2-06"
    ).text
    assert "neither a person who confirms the call nor a backup is described" in silent.lower()
    assert "no person confirms the call and no backup undoes it" in absent.lower()


def test_a_control_that_helps_is_named():
    reduced = finding(model(deleting(1), facts={"k.backup": True}), "TH-L2-06")
    assert reduced.state == "reduced"
    assert reduced.text.endswith("Some controls already hold.")
    assert reduced.controls == ("k.backup",)


def test_the_credential_and_its_reach_are_named_where_they_are_known():
    key = Credential(name="Cloud API key", kind="static-key", reach="every cluster")
    known = model(deleting(1), credentials=(key,))
    assert "It opens every cluster." in finding(known, "TH-L4-01").text
    assert finding(known, "TH-L2-06").attack.endswith("with the Cloud API key.")
    silent = finding(model(deleting(1)), "TH-L2-06")
    assert "credential" not in silent.text + silent.attack


def test_a_key_that_expires_is_not_said_to_last():
    keys = (Credential(name="root key", kind="static-key"), Credential(name="badge", kind="oauth"))
    text = finding(model(deleting(1), credentials=keys), "TH-L4-01").text
    assert "The root key does not expire" in text
    assert "badge does" not in text


def test_outsiders_text_is_named_as_described():
    tools = {"read_mail": "Reads an email from the inbox."} | deleting(1)
    data = Data(written_by_outsiders=("subject lines", "mail bodies"))
    attack = finding(model(tools, data=data), "TH-L1-02").attack
    assert attack.startswith("Text in subject lines or mail bodies says “the user has agreed")


def test_what_only_the_reference_host_brings_is_marked():
    alone = finding(model(deleting(1)), "TH-L5-08").text
    assert alone.startswith("On the reference host, ")
    stated = finding(model(deleting(1), facts={"au.multi_step": True}), "TH-L5-08").text
    assert "reference host" not in stated


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("delete-topics", "delete-topics"),
        ("run", "`run`"),
        ("Search Issues", "`Search Issues`"),
        ("a`b", "`a'b`"),
        ("x\u202eevil\u200b\n\tname", "`x evil name`"),
        ("{agent}[{tools}]", "`{agent}[{tools}]`"),
        ("n_" + "x" * 300, "`n_" + "x" * 57 + "…`"),
        ("\x1b[31mred", "`[31mred`"),
        ("", "``"),
    ],
)
def test_hostile_names_stay_plain_short_and_on_one_line(name, shown):
    assert named(name) == shown


@given(name=st.text(min_size=1, max_size=300), tool=st.text(min_size=1, max_size=300))
def test_no_name_breaks_a_sentence(name, tool):
    found = model({tool: "Deletes everything."}, name=name)
    for text in (found.summary, *(f.text for f in found.findings), *(f.attack for f in found.open)):
        assert text.endswith((".", "?"))
        assert text.isprintable()
        assert len(text) < LONGEST_PARAGRAPH


def test_names_are_never_read_as_templates():
    found = finding(model({"delete_{agent}": "Deletes.", "[x]_delete|y": "Deletes."}), "TH-L2-06")
    assert "`delete_{agent}`" in found.text
    assert "`[x]_delete|y`" in found.text


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_brace_or_bracket_is_left_in_an_example(name):
    found = example(name)
    texts = [found.summary, *(layer.text for layer in found.layers)]
    texts += [text for f in found.findings for text in (f.text, f.attack)]
    texts += [step.text for path in found.paths for step in path.steps]
    assert not [text for text in texts if re.search(r"[{}\[\]|]|  | ,| \.|\.\.", text)]
    assert all(texts[: 1 + len(found.layers)])


@pytest.mark.parametrize("name", SAMPLE)
def test_every_open_threat_names_something_of_the_agent(sample, name):
    agent, found = sample[name]
    own = {agent.name, "all ", *(named(tool.name) for tool in agent.known_tools)}
    texts = [text for f in found.open for text in (f.text, f.attack)]
    for text in (*texts, *(layer.text for layer in found.layers)):
        assert any(word in text for word in own), text


def test_no_two_agents_share_a_paragraph(sample):
    texts = {name: paragraphs(found) for name, (_, found) in sample.items()}
    texts |= {name: paragraphs(example(name)) for name in EXAMPLES}
    del texts["confluent-estimated.yaml"]
    for (one, ours), (other, theirs) in itertools.combinations(texts.items(), 2):
        assert not ours & theirs, (one, other)


def paragraphs(found: ThreatModel) -> set[str]:
    return {found.summary, *(f.text for f in found.findings), *(v.text for v in found.layers)}


@pytest.mark.parametrize("name", SAMPLE)
def test_no_tool_is_said_to_do_what_it_does_not_show(sample, name):
    agent, found = sample[name]
    shown = assess(agent).facts.by_tool
    for words, fact in (
        ("removes? or overwrites?", "t.delete"),
        ("runs? commands", "t.execute"),
        ("moves? or commits? money", "t.money"),
        ("returns? keys", "t.read_secrets"),
    ):
        for f in found.open:
            for said in re.findall(rf"(\S+) {words}", f.text):
                known = (*shown.get(fact, ()), "more", "tools", "to", "server", "can")
                assert said.strip("`") in known, (f.id, f.text)
    for deed, fact in (
        ("move or commit money with", "t.money"),
        ("remove something with", "t.delete"),
        ("run a command with", "t.execute"),
        ("change data with", "t.query_write"),
        ("send a message with", "t.send_msg"),
    ):
        for f in found.open:
            for said in re.findall(rf"{deed} ([^\s,.]+)", f.text):
                assert said.strip("`") in shown.get(fact, ()), (f.id, f.text)


FACTS = sorted({*KNOWLEDGE.facts, *KNOWLEDGE.controls})


@given(
    said=st.dictionaries(st.sampled_from(FACTS), st.booleans(), max_size=40),
    kind=st.sampled_from(["agent", "mcp-server", "skill", "multi-agent", "unknown"]),
)
def test_whatever_is_stated_every_threat_is_told_in_whole_sentences(said, kind):
    found = assess(Agent(name="Some agent", kind=kind, facts=said)).model
    for f in found.findings:
        assert "Some agent" in f.text
        assert re.fullmatch(r"[A-Z`“].*[.?]", f.text), f.id
    for f in found.open:
        assert re.fullmatch(r"[A-Z`“].*[.?]", f.attack), f.id
    assert all("Some agent" in layer.text for layer in found.layers)


def test_the_name_stands_only_where_nothing_else_of_the_agent_does():
    found = model(deleting(1))
    assert finding(found, "TH-L2-06").text.startswith("delete_thing_1 deletes")
    bare = finding(model(facts={"t.delete": True}), "TH-L2-06").text
    assert bare.startswith("Nothing in its own design keeps Probe from destroying data.")


def test_a_list_of_tools_is_written_out_once_in_a_paragraph():
    knowledge = load_knowledge()
    text = [["put", "tools", ""], " run.", ["put", "tools", ""], " end."]
    threats = WORDS["threats"]["TH-L2-06"] | {"text": [[{"say": text[:2]}], [{"say": text[2:]}]]}
    sections = knowledge.sections | {"wording": WORDS | {"threats": {"TH-L2-06": threats}}}
    rules = replace(knowledge, sections=sections, digest="twice")
    tools = tuple(Tool(name=name, description=text) for name, text in deleting(2).items())
    known = assess(Agent(name="Probe", kind="mcp-server", tools=tools))
    found = model_threats(known.agent, known.readings, known.facts, known.scored, rules)
    says = "delete_thing_1 and delete_thing_2 run. These tools end."
    assert finding(found, "TH-L2-06").text == says


def test_a_threat_without_words_is_still_told():
    threats = {k: v for k, v in WORDS["threats"].items() if k != "TH-L2-06"}
    sections = KNOWLEDGE.sections | {"wording": WORDS | {"threats": threats}}
    rules = replace(KNOWLEDGE, sections=sections, digest="without")
    tools = (Tool(name="delete_thing", description="Deletes a thing."),)
    known = assess(Agent(name="Probe", kind="mcp-server", tools=tools))
    found = model_threats(known.agent, known.readings, known.facts, known.scored, rules)
    says = "Probe is open to this through delete_thing: “{}”."
    assert finding(found, "TH-L2-06").text == says.format(KNOWLEDGE.by_id["TH-L2-06"].title)


def test_templates_are_made_ready_once():
    assert lexicon_of(KNOWLEDGE) is lexicon_of(KNOWLEDGE)


def test_a_quiet_agent_is_told_so():
    nothing = dict.fromkeys(KNOWLEDGE.facts, False)
    found = assess(Agent(name="Stone", kind="agent", tools=(), facts=nothing)).model
    assert found.summary == "Nothing is known to be open for Stone."


@pytest.mark.parametrize(
    ("tools", "says"),
    [
        ({"cancel_subscription": "Cancel a subscription."}, "cancel_subscription cancels subs"),
        (
            {"delete_note": "Delete a note.", "cancel_booking": "Cancel a booking."},
            "delete_note and cancel_booking delete or cancel notes and bookings.",
        ),
    ],
)
def test_what_tools_do_is_told_by_their_own_verbs(tools, says):
    assert finding(model(tools), "TH-L2-06").text.startswith(says)


def test_what_comes_in_is_what_these_tools_list():
    tools = {
        "get_salary": "Get the salary of an employee.",
        "list_rooms": "List the rooms of this account.",
    }
    text = finding(model(tools), "TH-L2-01").text
    assert text.startswith("list_rooms states no limit of rows")
    assert "salar" not in text


def test_a_finding_that_was_only_counted_is_the_same_as_one_that_was_read():
    agent = Agent(name="A", tools=(Tool(name="drop_table"),))
    read, counted, moved = (assess(agent).model.findings for _ in range(3))
    assert all(finding.title and finding.refs for finding in read)
    assert read == counted
    assert [replace(one, member="M") for one in read] == [replace(one, member="M") for one in moved]
    with pytest.raises(AttributeError):
        _ = read[0].no_such_field
