"""What a caller may choose about an output besides the assessment itself."""

from dataclasses import dataclass

from threatmodel.outputs.theme import PLAIN, Theme


@dataclass(frozen=True, slots=True)
class Options:
    """Choices for one output."""

    theme: Theme = PLAIN
    """How reports look."""

    link: str = ""
    """Address of the page that explains the score, for embeds; empty: the agent's own page name."""

    outdated: bool = False
    """Whether an embed says that the score is from an older source."""

    description: bytes = b""
    """The description file as read, to attach to the PDF; empty where it is not at hand."""


DEFAULT = Options()
"""Nothing chosen."""
