"""The benchmark tells a slower change from the noise of the machine, figure by figure."""

import json
import runpy
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "benchmarks"
BENCH = runpy.run_path(str(FOLDER / "bench.py"))


def told(ratio, then):
    figure = BENCH["Figure"]("facts, 1,000 agents", "400 us each", ratio)
    return BENCH["line"](figure, {"facts, 1,000 agents": then} if then else {})


def test_a_slower_figure_is_marked_with_how_much():
    assert told(12.0, 10.0).endswith("10.00  slower by 20%")
    assert told(8.0, 10.0).endswith("10.00  quicker by 20%")


def test_the_noise_of_a_machine_is_not_told():
    assert told(11.0, 10.0).endswith("10.00")
    assert told(9.0, 10.0).endswith("10.00")
    assert told(9.0, None).endswith("none")


def test_the_recorded_run_is_there_to_be_compared_with():
    recorded = json.loads((FOLDER / "recorded.json").read_text("utf-8"))
    assert {"aivss score, cold, x import pydantic", "catalogue, an agent"} <= recorded.keys()
    assert all(ratio > 0 for ratio in recorded.values())


def test_an_expert_who_has_not_seen_the_rules_is_set_beside_them(tmp_path):
    text = {"type": "object", "properties": {"text": {"type": "string"}}}
    tools = [
        {"name": name, "description": says, "inputSchema": text}
        for name, says in (("read_note", "Reads a note."), ("run_shell", "Runs a shell command."))
    ]
    call = {"tool": "read_note", "arguments": {"text": "a"}}
    expert = {
        "score": 9.4,
        "layers": {"L3": "mapped", "L1": "mapped"},
        "classes": {"read_note": "Read", "run_shell": "Read"},
        "guards": [
            {"tool": one["name"], "kind": "person", "bad": [{"text": "a"}]} for one in tools
        ],
        "must_stay": ["read_note"],
        "calls": [call | {"kind": "ordinary"}, call | {"kind": "hostile"}],
    }
    (tmp_path / "made.tools.json").write_text(json.dumps({"tools": tools}))
    (tmp_path / "made.expert.json").write_text(json.dumps(expert))
    experts = runpy.run_path(str(FOLDER / "experts.py"))
    checks = list(experts["checks_of"](tmp_path / "made.tools.json"))
    assert experts["shares"](checks) == (
        "guards 1/2  must stay 1/1  held 1/1  ordinary 1/1  hostile 0/1  classes 1/2  band 1/1  "
        "layers 1/2"
    )
