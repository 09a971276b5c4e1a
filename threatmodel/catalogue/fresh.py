"""Whether what was built of a description still holds."""

import os

from threatmodel.catalogue.choices import Choices
from threatmodel.catalogue.chunk import Stamp, stamp_of
from threatmodel.catalogue.entry import Entry, ReplyMark
from threatmodel.catalogue.found import Found
from threatmodel.catalogue.judge import is_stale
from threatmodel.catalogue.reply import WAITING


def is_fresh(entry: Entry, found: Found, folder: str, choices: Choices, setting: str) -> bool:
    """Tell whether an entry is what building it again would give."""
    return (
        entry.setting == setting
        and entry.path == found.path
        and entry.stale == is_stale(entry, choices.day)
        and all(reply.late == _late(reply, choices.day) for reply in entry.replies)
        and (found.reply in entry.inputs if found.reply else not entry.replies)
        and all(_same(f"{folder}/{path}", stamp) for path, stamp in entry.inputs.items())
    )


def _late(reply: ReplyMark, day: str) -> bool:
    waits = reply.state in WAITING and bool(reply.deadline)
    return waits and bool(day) and day > reply.deadline


def _same(path: str, stamp: Stamp) -> bool:
    """Compare size and time; where the time differs, the content decides."""
    try:
        told = os.stat(path)  # noqa: PTH116 - thousands of them
    except OSError:
        return False
    if told.st_size != stamp[0]:
        return False
    return told.st_mtime_ns == stamp[1] or stamp_of(path)[2] == stamp[2]
