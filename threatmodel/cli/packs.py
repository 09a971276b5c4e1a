"""`aivss test`: the tests of rule packs."""

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import click

from threatmodel.cli.app import FILE, show, write_result
from threatmodel.cli.style import clean, dim, wrapped
from threatmodel.errors import visible
from threatmodel.outputs.text import count
from threatmodel.packs.in_force import packs_in_force
from threatmodel.packs.run import TestOutcome, run_tests
from threatmodel.rules.load import Pack, load_knowledge


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
        write_result(_junit(held, outcomes, failed), junit)
    show("".join(map(_told, held)) + "".join(map(_line, outcomes)))
    show(f"{count(len(outcomes), 'test')}: {failed} failed\n")
    return int(failed > 0)


def _told(pack: Pack) -> str:
    holds = ", ".join(f"{kind} {len(ids)}" for kind, ids in pack.holds.items())
    title = click.style(f"{pack.id} {pack.version}", bold=True)
    return f"{title} {dim(pack.digest[:12])}\n{wrapped(holds or 'nothing yet', 2)}"


def _line(one: TestOutcome) -> str:
    mark = click.style("FAILED", fg="red") if one.missed else click.style("ok    ", fg="green")
    text = f"{mark} {clean(one.case.name)}\n"
    if one.missed:
        text += dim(f"       {clean(str(one.case.where or ''))}\n")
        text += "".join(wrapped(clean(missed), 9, "       -") for missed in one.missed)
    return text


def _junit(packs: Sequence[Pack], outcomes: Sequence[TestOutcome], failed: int) -> str:
    name = " ".join(("aivss test", *(f"{pack.id} {pack.version}" for pack in packs)))
    suite = ET.Element("testsuite", name=name, tests=str(len(outcomes)), failures=str(failed))
    for one in outcomes:
        case = ET.SubElement(suite, "testcase", classname="aivss.test", name=visible(one.case.name))
        if one.missed:
            failure = ET.SubElement(case, "failure", message=visible(one.missed[0]))
            failure.text = visible(f"{one.case.where}") + "\n" + "\n".join(map(visible, one.missed))
    ET.indent(suite)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"
