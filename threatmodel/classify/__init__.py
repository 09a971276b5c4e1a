"""What each tool can do: class, risk, flags, effects, and the words that show it."""

from threatmodel.classify.classify import load_class_rules, read_tool, read_tools
from threatmodel.classify.result import Argument, Clue, Effect, Risk, ToolReading
from threatmodel.classify.rules import ClassRules

__all__ = [
    "Argument",
    "ClassRules",
    "Clue",
    "Effect",
    "Risk",
    "ToolReading",
    "load_class_rules",
    "read_tool",
    "read_tools",
]
