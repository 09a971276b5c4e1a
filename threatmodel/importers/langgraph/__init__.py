"""Graphs of LangGraph: what stands in code is read as a tree, and never run."""
