# List recipes
default:
    @just --list

# Install what tests and checks need into .venv, exactly as pinned
setup:
    sh install.sh --dev

# All that a change must pass before it is committed; `.ci/run` is this from nothing, and more
check: lint test wheel

lint:
    .ci/run lint

# What a newcomer runs: every promise once
test *args:
    .venv/bin/python -m pytest -n auto {{args}}

# The sweeps that `test` leaves out, and each law on all its examples
long *args:
    .venv/bin/python -m pytest -n auto -m long {{args}}

# Write again all that is generated from code or data
generate:
    .ci/generated

# Approve changed outputs; read the diff before you commit it
golden:
    .venv/bin/python -m pytest -q --update-golden tests/test_golden.py
    git diff --stat tests/golden

# Build the wheel and run it from an empty folder, out of the checkout's reach
wheel:
    .ci/run wheel

# The bill of materials of a release, CycloneDX 1.6: `just sbom dist/*.whl`
sbom *wheel:
    @.venv/bin/python .ci/sbom.py {{wheel}}

# What each job costs, as a ratio to a yardstick on the same machine
bench:
    .venv/bin/python benchmarks/bench.py

# Pin what pyproject.toml asks for, then install it and prove that the locks are closed (add --upgrade to move pins)
lock *args:
    .ci/lock {{args}}
