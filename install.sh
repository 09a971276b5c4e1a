#!/bin/sh
# Installs aivss into .venv of this folder, with the system libraries that its PDF needs.
#   sh install.sh             all that aivss needs
#   sh install.sh --dev       and all that its tests and checks need
#   sh install.sh --browser   and a browser, for the tests of pages
#   sh install.sh --engines   and the programs that enforce policies, Debian's PostgreSQL among them
# Asks apt only for what is missing, with sudo unless root. Everything from Python is pinned by hash.
set -eu
cd "$(dirname "$0")"

packages='libpangoft2-1.0-0 libharfbuzz-subset0'
lock=requirements.lock
browser=no
engines=no
for option; do
  case "$option" in
    --dev) ;;
    --browser) browser=yes packages="$packages chromium" ;;
    --engines) engines=yes packages="$packages postgresql" ;;
    *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
  esac
  lock=requirements-dev.lock
done
[ $lock = requirements.lock ] || packages="$packages libatomic1 poppler-utils qpdf"

find_python() {
  for name in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$name" && return
    fi
  done
}

install_system_packages() {
  missing=''
  for package in "$@"; do
    dpkg -s "$package" 2>/dev/null | grep -q '^Status: install ok installed' || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  echo "installing:$missing" >&2
  sudo=sudo
  [ "$(id -u)" != 0 ] || sudo=''
  $sudo apt-get update -qq || echo 'apt-get update complained; trying with what is there' >&2
  # shellcheck disable=SC2086  # a list of words
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >&2
}

python=$(find_python)
if [ -z "$python" ]; then
  packages="$packages python3 python3-venv"
elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  packages="$packages $("$python" -c 'import sys; print("python3.%d-venv" % sys.version_info[1])')"
fi
if [ $browser$engines != nono ]; then
  command -v node >/dev/null || packages="$packages nodejs"
  command -v npm >/dev/null || packages="$packages npm"
fi

if command -v apt-get >/dev/null; then
  # shellcheck disable=SC2086  # a list of words
  install_system_packages $packages
else
  echo "no apt-get here: install what these Debian packages hold yourself: $packages" >&2
fi

python=$(find_python)
[ -n "$python" ] || { echo 'aivss needs Python 3.11 or newer' >&2 && exit 3; }
"$python" -m venv .venv
.venv/bin/python -m pip install -q --no-deps --only-binary :all: --require-hashes -r "$lock"
.venv/bin/python -m pip install -q --no-deps --no-build-isolation -e .
.venv/bin/python -m pip check >&2
# Byte code, so that the first run is as quick as the next, also where nothing may be written later.
.venv/bin/python -m compileall -q threatmodel
[ $lock = requirements.lock ] || sh tests/engines/install.sh small
[ $browser = no ] || (cd tests/browser && npm ci --silent)
[ $engines = no ] || sh tests/engines/install.sh
