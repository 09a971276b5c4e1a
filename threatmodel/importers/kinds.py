"""The kinds of sources, in the order in which they are tried."""

from threatmodel.importers import tool_list
from threatmodel.importers.kind import Kind

KINDS: tuple[Kind, ...] = (tool_list.KIND,)
"""Every kind; the first whose shape fits reads the source."""
