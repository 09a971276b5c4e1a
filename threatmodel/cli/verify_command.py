"""`aivss verify`: recompute what a report, badge or site says."""

from dataclasses import asdict
from pathlib import Path

import click

from threatmodel.assessment import assess
from threatmodel.cli.streams import FILE, FORMAT, open_agent, show, write_json
from threatmodel.cli.text import clean
from threatmodel.outputs.json_parts import schema_id
from threatmodel.verify import Verified, verify

_SHOWN_FAULTS = 20


@click.command("verify")
@click.argument("path", metavar="FILE", type=FILE)
@click.option("--description", type=FILE, help="Also assess this description again and compare.")
@FORMAT
def command(path: Path, description: Path | None, form: str) -> int:
    """Recompute what a report, attached JSON, badge or site says; exit 1 where it differs."""
    fresh = assess(open_agent(description)) if description else None
    found = verify(path, fresh)
    if form == "json":
        rows = [
            {"file": v.name, "holds": v.holds, "checks": [asdict(c) for c in v.checks]}
            for v in found
        ]
        write_json({"schema": schema_id("verify"), "files": rows})
    else:
        show("".join(_text(one, alone=len(found) == 1) for one in found))
    return int(not all(one.holds for one in found))


def _text(found: Verified, *, alone: bool) -> str:
    if found.holds and not alone:
        return f"{clean(found.name)}: holds\n"
    lines = [f"{clean(found.name)}: {'holds' if found.holds else 'does not hold'}"]
    shown = found.checks if alone else [c for c in found.checks if not c.holds]
    for check in list(shown)[:_SHOWN_FAULTS]:
        mark = "ok  " if check.holds else "FAIL"
        lines.append(
            f"  {mark} {check.what}" + (f": {clean(check.detail)}" if check.detail else "")
        )
    return "\n".join(lines) + "\n"
