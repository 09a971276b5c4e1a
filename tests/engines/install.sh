#!/bin/sh
# Puts the programs that enforce policies where tests look for them, pinned by hash; `sh install.sh` calls this.
#   tests/engines/install.sh small   OPA, as a library (13 MB)
#   tests/engines/install.sh         the plugins of ContextForge and the policy engine of Gemini CLI
#   tests/engines/install.sh clients Codex and Claude Code (650 MB), which no other call installs
# Cedar and CEL come with the pinned parts of Python, PostgreSQL from Debian.
set -eu
cd "$(dirname "$0")/../.."
python=$PWD/.venv/bin/python

# A library that any Python can load, though its wheel asks for the newest; other machines go without.
if [ "${1:-}" = small ]; then
  "$python" -m pip install -q --no-deps --ignore-requires-python --only-binary :all: --require-hashes \
    --upgrade --target build/engines/opa -r tests/engines/opa.lock ||
    echo 'no OPA for this machine: the tests that ask it are skipped' >&2
  exit
fi

if [ "${1:-}" = clients ]; then
  cd tests/engines/clients && exec npm ci --silent
fi

"$python" -m venv build/engines/cpex
build/engines/cpex/bin/python -m pip install -q --no-deps --only-binary :all: --require-hashes -r tests/engines/cpex.lock
build/engines/cpex/bin/python -m pip check >&2
cd tests/engines && npm ci --silent --omit=optional
