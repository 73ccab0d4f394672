#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What Maven runs here. "build": the page into ../target/classes/static, only if a source is newer than the last one.
# "check": formatting, lint and unit tests.
set -eu
cd "$(dirname "$0")"

INSTALLED=node_modules/.package-lock.json
BUILT=../target/classes/static/index.html

case "${1:-build}" in
build)
    if [ ! -e "$INSTALLED" ] || [ -n "$(find package-lock.json -newer "$INSTALLED")" ]; then
        npm ci --loglevel=error
    fi
    if [ ! -e "$BUILT" ] || [ -n "$(find src index.html ./*.json ./*.ts -newer "$BUILT")" ]; then
        npm run --silent build
    fi
    ;;
check)
    npm run --silent lint
    npm run --silent test
    ;;
*)
    echo "usage: build.sh build|check" >&2
    exit 2
    ;;
esac
