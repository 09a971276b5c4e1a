"""Everyday work goes on: 20 ordinary and 20 hostile calls for each of 20 recorded servers.

The calls were written from the tool lists alone, by someone who had not seen the rules. Many
hostile ones differ from ordinary ones only in what they say; a proxy cannot tell those apart.
"""

import json
from pathlib import Path

import pytest

from tests.test_corpus_model import agent_of
from threatmodel.assessment import assess
from threatmodel.policy.formats import compile_policy
from threatmodel.policy.proof import engine_of, is_real
from threatmodel.policy.proof.session import Call

FILES = sorted((Path(__file__).parent / "policy" / "calls").glob("*.jsonl"))


@pytest.mark.long
def test_nine_in_ten_ordinary_calls_pass_and_most_hostile_ones_do_not(corpus, say):
    passed = {"ordinary": [0, 0], "hostile": [0, 0]}
    for file in FILES:
        one = assess(agent_of(corpus / "mcp" / f"{file.stem}.json"))
        policy = compile_policy("rego", one.plan, one.readings)
        engine, opener = engine_of(one.plan, policy, one.readings)
        if not is_real(engine):
            pytest.skip(engine)
        for line in file.read_text(encoding="utf-8").splitlines():
            told = json.loads(line)
            session = opener()
            verdict = session.call(Call(told["tool"], told["arguments"])).verdict
            session.close()
            passed[told["kind"]][0] += verdict == "pass"
            passed[told["kind"]][1] += 1
    say(f"{len(FILES)} servers: {passed}")
    ordinary, hostile = (count / total for count, total in passed.values())
    assert ordinary >= 0.9
    assert hostile <= 0.4
