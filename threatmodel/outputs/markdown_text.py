"""Text of others as Markdown: no markup, no HTML, no links or mentions, one line."""

import re
from urllib.parse import quote

from threatmodel.outputs.text import cut, one_line

_SIGN = re.compile(r"[\\`*_{}\[\]|~#!^$]|:(?=//)|(?<=www)\.|^[+=-](?=\s|$)|(?<=^\d)[.)]")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "@\N{WORD JOINER}"})


def plain(text: str, most: int = 1200) -> str:
    """Write text so that it shows as it is."""
    safe = _SIGN.sub(lambda found: f"\\{found[0]}", cut(one_line(text), most))
    return safe.translate(_ENTITIES)


def code(text: str, most: int = 200) -> str:
    """Write text as code; backquotes inside get a longer fence."""
    safe = cut(one_line(text), most).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", safe)), default=0) + 1)
    pad = " " if safe.startswith("`") or safe.endswith("`") or not safe else ""
    return f"{fence}{pad}{safe}{pad}{fence}"


def address(url: str) -> str:
    """Write an address so that it cannot leave its brackets."""
    return quote(one_line(url), safe="/:?#@!$&'*+,;=%~-._")
