#!/bin/sh
# Install two public MCP servers that need no credentials, for the tests of live imports:
#   tests/imports/install_servers.sh [FOLDER]       (default: build/servers)
# Needs the network once; the tests start them from the folder, without it.
set -eu
folder=${1:-"$(dirname "$0")/../../build/servers"}
mkdir -p "$folder"
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install --quiet --disable-pip-version-check mcp-server-time==2026.10.19
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder/node" \
  @modelcontextprotocol/server-everything@2026.8.31
