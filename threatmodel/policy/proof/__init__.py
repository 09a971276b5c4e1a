"""Replays that show whether a policy stops what it is meant to stop, and lets the rest pass."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module

from threatmodel.classify.result import ToolReading
from threatmodel.policy.formats import FORMATS, module_of
from threatmodel.policy.formats.coverage import ACCESS
from threatmodel.policy.guard import CompiledPolicy, Guard, Plan
from threatmodel.policy.proof.cases import cases_of
from threatmodel.policy.proof.context import PathProof, path_cases, setting_of
from threatmodel.policy.proof.engine_documents import names_opener
from threatmodel.policy.proof.reference import planned
from threatmodel.policy.proof.session import Call, CallOutcome, Opener, ReplayCase, Session
from threatmodel.threats.result import AttackPath

OUR_READING = "our own reading of the format"
"""Engine of a replay that proves nothing about the product."""

NO_ENGINE = "the plan itself, as "
"""Begins what is told instead of an engine where the plan itself decides, as it is meant."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A case that went another way than it must."""

    guard: str
    """Guard id, or an attack path's."""
    says: str
    """What was tried."""
    expected: str
    """What must have happened."""
    calls: tuple[Call, ...]
    """Calls that went wrong, the last one judged."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What a replay showed."""

    format: str
    engine: str
    """What decided: a package, a program, our own reading, or nothing."""
    real: bool
    """Whether the product's own engine decided; else nothing is proven here."""
    cases: int
    calls: int
    skipped: int
    """Cases that this engine cannot replay, for want of a clock that can be moved."""
    failures: tuple[Failure, ...]
    """What went wrong, in the order of the plan."""
    paths: tuple[PathProof, ...]
    """Attack paths and where the policy stops them."""
    says: str
    """The result in a sentence."""
    decided: tuple[tuple[str, str], ...] = ()
    """Guard id -> what decided it here: the engine, our own reading, or nothing; as planned."""


_HOLDING = ("approval", "dry-run", "taint")
"""Kinds of guard that hold a call for a person instead of refusing it."""

NOTHING = "nothing"
"""What decided a guard that no case could ask about."""


def prove(
    plan: Plan,
    compiled: CompiledPolicy,
    readings: Sequence[ToolReading],
    paths: Iterable[AttackPath] = (),
    program: str = "",
) -> Proof:
    """Replay generated calls against a policy.

    `program` is the path of the `intercept` binary, for policies in its format. Where no engine is
    at hand, our own reading replays them, and says that nothing is proven.
    """
    setting = setting_of(plan, compiled, readings)
    engine, open_session = engine_of(plan, compiled, readings, program)
    meant = planned(plan_as_kept(plan, compiled), fingerprints_of(readings))
    told, stories = path_cases(setting, paths, meant)
    tally = _Tally({guard.id: guard for guard in plan.guards}, meant)
    for case in (*cases_of(setting), *stories):
        tally.replay(case, open_session)
    return tally.proof(compiled.format, engine, told)


def engine_of(
    plan: Plan, compiled: CompiledPolicy, readings: Sequence[ToolReading], program: str = ""
) -> tuple[str, Opener]:
    """Name the engine that decides for a format here, and open sessions behind a policy."""
    if compiled.format == "intercept" and program:
        # The program is the product itself, our reading only what its source says.
        module = import_module("threatmodel.policy.proof.engine_intercept")
        return "intercept", module.opener(compiled, plan, readings, program)
    known = FORMATS[compiled.format]
    fingerprints = fingerprints_of(readings)
    why = f"nothing here decides for {known.title}"
    if known.engine:
        module = import_module(f"threatmodel.policy.proof.{known.engine}")
        if found := module.version():
            return f"{module.PRODUCT} {found}", module.opener(compiled, plan, fingerprints)
        why = f"{module.PRODUCT} is not installed"
    elif known.reading:
        module = import_module(f"threatmodel.policy.proof.{known.reading}")
        return OUR_READING, module.opener(compiled, plan, fingerprints)
    elif read := getattr(module_of(compiled.format), "read", None):
        return OUR_READING, names_opener(read(compiled.text), plan)
    return f"{NO_ENGINE}{why}", planned(plan_as_kept(plan, compiled), fingerprints)


def install_hint(kind: str) -> str:
    """Say what brings the engine that decides for a format; where nothing does, which can."""
    if engine := FORMATS[kind].engine:
        line: str = import_module(f"threatmodel.policy.proof.{engine}").INSTALL
        return line
    return "name a format that can be read again with --for"


def plan_as_kept(plan: Plan, compiled: CompiledPolicy) -> Plan:
    """Give the plan as far as a format says that it holds it: without what it drops."""
    losses = {loss.guard: loss for loss in compiled.losses}
    guards = []
    for guard in plan.guards:
        loss = losses.get(guard.id)
        # A tool that a format refuses instead of asking about must be expected to be refused.
        turned = loss.becomes if loss and guard.kind in ACCESS else ""
        if loss is None or loss.outcome != "dropped":
            guards.append(replace(guard, kind=turned) if turned else guard)
    return replace(plan, guards=tuple(guards), parameters=())


def fingerprints_of(readings: Iterable[ToolReading]) -> dict[str, str]:
    """Give the reviewed definition of each tool."""
    return {reading.name: reading.fingerprint for reading in readings}


def is_real(engine: str) -> bool:
    """Tell whether an engine is the product's own, so that what it shows is proven."""
    return engine != OUR_READING and is_read(engine)


def is_read(engine: str) -> bool:
    """Tell whether anything here reads policies of the format, so that their text was looked at."""
    return not engine.startswith(NO_ENGINE)


class _Tally:
    """The running count of one replay."""

    def __init__(self, guards: dict[str, Guard], meant: Opener) -> None:
        self._guards, self._meant = guards, meant
        self._cases = self._calls = self._skipped = 0
        self._failures: list[Failure] = []
        self._shared: Session | None = None
        self._decided: set[str] = set()

    def replay(self, case: ReplayCase, open_session: Opener) -> None:
        """Replay one case in fresh sessions."""
        # A call that should pass is made from the plan, whose other guards may rightly stop it.
        if case.expects == "pass" and not self._is_meant_to_pass(case):
            return
        outcomes = [self._way(case, way, open_session) for way in case.ways]
        known = [outcome for outcome in outcomes if outcome is not None]
        if not known:
            self._skipped += 1
            return
        self._cases += 1
        self._decided.add(case.guard)
        if case.expects == "pass" and not any(known):
            self._fail(case, "one of the ways passes", case.ways[0])
        elif case.expects == "stop" and any(known):
            self._fail(case, "the call is stopped", case.ways[outcomes.index(True)])

    def proof(self, kind: str, engine: str, told: tuple[PathProof, ...]) -> Proof:
        """Give the result, once everything is replayed."""
        if self._shared:
            self._shared.close()
        real = is_real(engine)
        proven = "replayed" if real else f"not proven here ({engine}); replayed"
        says = f"{self._calls} calls in {self._cases} cases {proven}, {len(self._failures)} wrong."
        return Proof(
            kind,
            engine,
            real,
            self._cases,
            self._calls,
            self._skipped,
            tuple(self._failures),
            told,
            says,
            tuple((g, engine if g in self._decided else NOTHING) for g in self._guards),
        )

    def _is_meant_to_pass(self, case: ReplayCase) -> bool:
        for way in case.ways:
            session = self._meant()
            answers = [session.call(call) for call in way]
            if answers[-1].verdict == "pass":
                return True
        return False

    def _way(self, case: ReplayCase, way: Sequence[Call], open_session: Opener) -> bool | None:
        """Replay one way; None where this engine cannot."""
        session = self._session(case, way, open_session)
        try:
            return self._outcome(case, way, session)
        finally:
            if session is not self._shared:
                session.close()

    def _session(self, case: ReplayCase, way: Sequence[Call], open_session: Opener) -> Session:
        """Open a session; a call that must be stopped and alone may share a costly one."""
        # One that passes would be counted, and so change what the next case meets.
        if case.expects == "pass" or case.fill or len(way) > 1:
            return open_session()
        if self._shared is None:
            session = open_session()
            if not session.costly:
                return session
            self._shared = session
        return self._shared

    def _outcome(self, case: ReplayCase, way: Sequence[Call], session: Session) -> bool | None:
        """Tell whether the last call passed, or was not told apart where it must be."""
        if case.fill and not session.fill(self._guards[case.fill.guard], case.fill.amount):
            return None
        answers = []
        for call in way:
            if call.after and not session.wait(call.after):
                return None
            answers.append(session.call(call))
            self._calls += 1
        if case.armed and any(answer.verdict != "pass" for answer in answers[:-1]):
            return None
        answer = answers[-1]
        if answer.verdict == "pass":
            return True
        if session.exact and case.expects == "stop":
            return case.guard not in answer.by and not self._outdone(case, answer)
        # Stopped by a guard on another tool, the case shows nothing of its own.
        return case.named and not self._told(case, answer.by)

    def _outdone(self, case: ReplayCase, answer: CallOutcome) -> bool:
        """Tell whether a call that its guard would hold was refused by another one before."""
        guard = self._guards.get(case.guard)
        holds = guard is not None and (guard.otherwise == "approval" or guard.kind in _HOLDING)
        return answer.verdict == "refuse" and holds

    def _told(self, case: ReplayCase, by: tuple[str, ...]) -> bool:
        tool = self._guards[case.guard].tool
        return any(self._guards[name].tool == tool for name in by if name in self._guards)

    def _fail(self, case: ReplayCase, expected: str, calls: tuple[Call, ...]) -> None:
        self._failures.append(Failure(case.guard, case.says, expected, calls))
