"""The version of the engine; the build reads it from here."""

VERSION = "0.1.0"
"""Version of the package, printed on every report."""
