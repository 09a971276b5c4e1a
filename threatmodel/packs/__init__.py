"""Rule packs of organisations: which are in force, and their tests."""
