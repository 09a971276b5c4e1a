#!/bin/sh
# Says what a pull request changes: FILES are descriptions, BASE is the revision to compare with.
# The text goes to the job summary where there is one, else to standard output.
set -eu
out=${GITHUB_STEP_SUMMARY:-/dev/stdout}
for file in $FILES; do
  aivss diff --rev "$BASE" "$file" --format markdown >>"$out"
done
