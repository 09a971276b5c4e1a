"""Version of this program, as outputs print it."""

VERSION = "0.1.0"
"""The same as in pyproject.toml; a test compares them."""

MADE_WITH = f"aivss {VERSION}"
"""Name and version."""
