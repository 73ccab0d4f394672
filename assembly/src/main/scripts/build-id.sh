#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# build-id.sh ASSEMBLY VERSION: names this build by its content, so that equal builds share a name
set -euo pipefail
cd "$1"
rm -f build.id
printf '%s\n' "$2" >build.version
# Karaf's generated files carry a date as a comment and list features in any order
id=$(find . -type f -printf '%P\n' | LC_ALL=C sort | while IFS= read -r file; do
    case $file in
        *.properties | *.cfg) printf '%s  %s\n' "$(grep -v '^#' "$file" | LC_ALL=C sort | sha256sum)" "$file" ;;
        *) sha256sum "$file" ;;
    esac
done | sha256sum | cut -c1-16)
printf '%s\n' "$id" >build.id
