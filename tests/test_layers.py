"""The contracts on imports name all that they are about."""

import tomllib
from pathlib import Path

from threatmodel.outputs import EMBEDS, OUTPUTS

ROOT = Path(__file__).parent.parent


def test_every_renderer_is_kept_apart_from_the_others():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {one["name"]: one for one in project["tool"]["importlinter"]["contracts"]}
    apart = contracts["Renderers do not know each other"]["modules"]
    renderers = [output.module for output in OUTPUTS.values()] + [
        name for _, name in EMBEDS.values()
    ]
    assert apart == sorted(f"threatmodel.outputs.{name}" for name in set(renderers))
