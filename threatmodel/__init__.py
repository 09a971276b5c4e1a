"""Compile an agent description into a score, a threat model and the policies that mitigate it."""
