#!/bin/sh
# Holds FILES against CONFIG, with BASELINE where it is set; writes aivss.sarif and aivss.xml beside. Exit 1: a rule is broken.
set -eu
set -- --config "${CONFIG:-aivss.toml}" --sarif aivss.sarif --junit aivss.xml
if [ -n "${BASELINE:-}" ]; then
  set -- "$@" --baseline "$BASELINE"
fi
# shellcheck disable=SC2086  # a list of files
aivss gate $FILES "$@"
