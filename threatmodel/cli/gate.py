"""`aivss gate`: named rules over descriptions; exit 1 where one is broken."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import click

from threatmodel.assessment import Assessment, assess
from threatmodel.cli.app import (
    CONFIGS,
    FILE,
    FORMAT,
    PACKS,
    open_agent,
    show,
    write_json,
    write_result,
)
from threatmodel.cli.style import clean, dim, tell_passed_over, wrapped
from threatmodel.errors import AivssError, InvalidFileError, Location, OtherFileError, gathered
from threatmodel.gate import Break, check_gate, judge_gate
from threatmodel.outputs.documents import schema_id
from threatmodel.outputs.gate import gate_json, gate_junit, gate_sarif, junit
from threatmodel.outputs.text import count
from threatmodel.packs.in_force import packs_in_force
from threatmodel.packs.run import TestOutcome, run_tests
from threatmodel.reading import check, read_data, read_tree
from threatmodel.reading.positions import Tree
from threatmodel.reading.toml import parse_toml
from threatmodel.rules.gate import Gate, GateFile
from threatmodel.rules.load import Pack, load_knowledge

_STATES = {"exempt": "accepted", "known": "in the baseline", "expired": "no longer accepted"}


def _gate_text(gate: Gate, breaks: Sequence[Break], agents: int) -> str:
    """Lay out the breaks by rule, for a terminal."""
    parts = []
    for rule in gate.rule:
        mine = [one for one in breaks if one.rule == rule.id]
        failing = [one for one in mine if one.fails]
        parts.append(
            f"{_mark(bool(failing))} {click.style(rule.id, bold=True)}\n{wrapped(rule.says, 7)}"
        )
        parts += [_line(one) for one in sorted(mine, key=lambda one: not one.fails)]
    failed = sum(one.fails for one in breaks)
    resting = len(breaks) - failed
    told = f"{count(agents, 'agent')}, {count(len(gate.rule), 'rule')}: {failed} broken"
    return "".join(parts) + f"{told}{f', {resting} accepted or known' if resting else ''}\n"


def _mark(failed: bool) -> str:  # noqa: FBT001 - it is what is shown
    return click.style("FAILED", fg="red") if failed else click.style("ok    ", fg="green")


def _line(one: Break) -> str:
    where = f" ({clean(one.file)})" if one.file else ""
    state = f" [{_STATES[one.state]}]" if one.state in _STATES else ""
    text = wrapped(f"{one.named}{where}: {one.why}.{state}", 9, "       -")
    if one.note:
        text += dim(wrapped(one.note, 9))
    if one.fails and one.mend:
        text += wrapped(f"mend: {one.mend}", 9)
    return text


# Where rules and baselines come from.


def _load_gate(path: Path | None) -> Gate:
    """Read the rules: those of packs, then a file's, else aivss.toml's or pyproject.toml's here.

    Raises:
        AivssError: There are none.
        InvalidFileError: The file cannot be read.
        ExceptionGroup: Of every fault in it.
    """
    knowledge = load_knowledge()
    ours = tuple(rule for pack in knowledge.packs for rule in pack.gate)
    path = path or next((p for p in CONFIGS if p.is_file()), None)
    if path is None:
        if ours:
            return Gate(rule=ours)
        hint = "`aivss init` writes a first aivss.toml; --config names one that lies elsewhere"
        raise AivssError("there are no rules: no aivss.toml here", hint=hint)
    tree = _section(parse_toml(read_data(path), str(path)), path, optional=bool(ours))
    if tree is None:
        return Gate(rule=ours)
    checked = check(GateFile, tree)
    check_gate(checked.gate, tree, knowledge)
    return Gate(rule=(*ours, *checked.gate.rule), exempt=checked.gate.exempt)


def _section(tree: Tree, path: Path, *, optional: bool) -> Tree | None:
    """Take `[gate]` of aivss.toml, or `[tool.aivss.gate]` of pyproject.toml."""
    value, way = tree.value, ("tool", "aivss") if path.name == "pyproject.toml" else ()
    for step in way:
        value = value.get(step, {}) if isinstance(value, dict) else {}
    if not isinstance(value, dict) or "gate" not in value:
        if optional:
            return None
        table = ".".join((*way, "gate", "rule"))
        where = Location(str(path))
        raise InvalidFileError("it has no rules", where, f"add a table [[{table}]]")
    return Tree({"gate": value["gate"]}, tree.places.at(way))


def _known_of(path: Path | None) -> tuple[str, ...]:
    """Read the keys of a baseline; none without one."""
    if path is None:
        return ()
    value = read_tree(path).value
    known = value.get("known") if isinstance(value, dict) else None
    if not isinstance(known, list) or not all(isinstance(key, str) for key in known):
        hint = "make one with --write-baseline"
        raise InvalidFileError("this is no baseline", Location(str(path)), hint)
    return tuple(str(key) for key in known)


def _baseline_json(breaks: Iterable[Break]) -> str:
    """Write what fails today, so that it rests."""
    keys = sorted({one.key for one in breaks if one.state in ("broken", "known")})
    return json.dumps({"schema": schema_id("gate-baseline"), "known": keys}, indent=2) + "\n"


def _described(paths: Sequence[Path]) -> dict[Path, bool]:
    """Give files, and in the place of a folder what could be a description below it.

    With each: whether it was named, and not only found.
    """
    found: dict[Path, bool] = {}
    for path in paths:
        if not path.is_dir():
            found[path] = True
            continue
        from threatmodel.catalogue.discover import find_descriptions  # noqa: PLC0415 - loads pydantic

        inside = [path / one.path for one in find_descriptions(path)]
        if not inside:
            told = "no description is below this folder"
            raise InvalidFileError(told, Location(str(path)), _HINT)
        found |= {one: found.get(one, False) for one in inside}
    return found


def _assessed(files: Mapping[Path, bool]) -> list[tuple[str, Assessment]]:
    tried = gathered(partial(_assess, file, named) for file, named in files.items())
    names = [file.as_posix() for file in files]
    tell_passed_over([name for name, one in zip(names, tried, strict=True) if one is None])
    found = [(name, one) for name, one in zip(names, tried, strict=True) if one is not None]
    if not found:
        raise AivssError("no description is among these files", hint=_HINT)
    for name, assessment in found:
        if not assessment.enough_known:
            _warn(f"{name}: {_LITTLE}")
    return found


def _assess(file: Path, named: bool) -> Assessment | None:  # noqa: FBT001 - given by position
    """Assess a description; None for another file that was only found in a folder."""
    try:
        return assess(open_agent(file))
    except OtherFileError:
        if named:
            raise
        return None


def _warn(text: str) -> None:
    click.echo(wrapped(clean(text), 9, "warning: "), err=True, nl=False)


_HINT = "descriptions end in .yaml or .yml, and begin with `name:`"


_LITTLE = (
    "too little is known of it: what is not broken is not shown to hold; answer its questions"
    ' first, or give rules `unknown = "break"`'
)


def _apart(outputs: Sequence[Path | None], read: Sequence[Path]) -> None:
    """Refuse to write over what is read: a slip in an option would cost the description."""
    for path in filter(None, outputs):
        if path.exists() and any(one.exists() and path.samefile(one) for one in read):
            raise InvalidFileError(
                "this would be written over what is read", Location(str(path)), "name another file"
            )


@click.command("gate")
@click.argument("files", type=FILE, nargs=-1, required=True)
@click.option(
    "--config",
    type=FILE,
    is_eager=True,
    help="Rules; default: aivss.toml or pyproject.toml here.",
)
@click.option("--baseline", type=FILE, help="Breaks that rest; only what is new fails.")
@click.option("--write-baseline", "into", type=FILE, help="Write what is broken, to rest.")
@click.option("--sarif", type=FILE, help="Write SARIF 2.1.0 as well.")
@click.option("--junit", type=FILE, help="Write JUnit XML as well.")
@click.option(
    "--date",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Day on which exemptions must hold; default: today.",
)
@FORMAT
@PACKS
def gate_command(  # noqa: PLR0913, PLR0917 - one parameter per option
    files: tuple[Path, ...],
    config: Path | None,
    baseline: Path | None,
    into: Path | None,
    sarif: Path | None,
    junit: Path | None,
    date: dt.datetime | None,
    form: str,
) -> int:
    """Named rules over descriptions, or all those of a folder: exit 1 where one is broken.

    Rules are tables `[[gate.rule]]` of aivss.toml; accepted breaks are `[[gate.exempt]]` with a
    reason, an owner and a last day.
    """
    _apart((into, sarif, junit), [*files, *filter(None, [config])])
    gate = _load_gate(config)
    agents = _assessed(_described(files))
    day = date.date() if date else dt.datetime.now(tz=dt.UTC).date()
    breaks = judge_gate(gate, agents, day, _known_of(baseline))
    if into is not None:
        write_result(_baseline_json(breaks), into)
        past = sum(one.state == "expired" for one in breaks)
        if past:
            told = f"{count(past, 'break')} not written: the acceptance is past, renew or remove it"
            _warn(told)
    if sarif is not None:
        write_result(gate_sarif(gate, breaks), sarif)
    if junit is not None:
        write_result(gate_junit(gate, breaks), junit)
    if form == "json":
        write_json(gate_json(breaks, load_knowledge().packs))
    else:
        show(_gate_text(gate, breaks, len(agents)))
    return int(into is None and any(one.fails for one in breaks))


# `aivss test`: the tests of rule packs.


@click.command("test")
@click.argument("packs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--junit", type=FILE, help="Write JUnit XML as well.")
def test_command(packs: tuple[Path, ...], junit: Path | None) -> int:
    """Check rule packs and run their tests; exit 1 where a test fails.

    Tests are files below tests/ of a pack: a description, and what must be found. Several packs
    hold together, each on top of those before it.
    """
    with packs_in_force(*packs):
        held = load_knowledge().packs
        outcomes = [one for pack in packs for one in run_tests(pack)]
    failed = sum(bool(one.missed) for one in outcomes)
    if junit is not None:
        write_result(_junit(held, outcomes), junit)
    show("".join(map(_told, held)) + "".join(map(_outcome_line, outcomes)))
    show(f"{count(len(outcomes), 'test')}: {failed} failed\n")
    return int(failed > 0)


def _told(pack: Pack) -> str:
    holds = ", ".join(f"{kind} {len(ids)}" for kind, ids in pack.holds.items())
    title = click.style(f"{pack.id} {pack.version}", bold=True)
    return f"{title} {dim(pack.digest[:12])}\n{wrapped(holds or 'nothing yet', 2)}"


def _outcome_line(one: TestOutcome) -> str:
    text = f"{_mark(bool(one.missed))} {clean(one.case.name)}\n"
    if one.missed:
        text += dim(f"       {clean(str(one.case.where or ''))}\n")
        text += "".join(wrapped(clean(missed), 9, "       -") for missed in one.missed)
    return text


def _junit(packs: Sequence[Pack], outcomes: Sequence[TestOutcome]) -> str:
    name = " ".join(("aivss test", *(f"{pack.id} {pack.version}" for pack in packs)))
    cases = [
        (one.case.name, one.missed[0], (f"{one.case.where}", *one.missed))
        if one.missed
        else (one.case.name, "", ())
        for one in outcomes
    ]
    return junit(name, "test", cases)
