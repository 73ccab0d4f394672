# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# jopil url: a new one-time link to the page
# shellcheck disable=SC2154

verb_url() {
    local field
    require_instance
    if ! http POST /api/tickets application/json '{}' || ! json_field "$http_body" ticket; then
        fail 1 "no ticket" "POST /api/tickets answered ${http_status:-nothing}." "See jopil logs."
    fi
    printf '%s/?ticket=%s\n' "$base_url" "$field"
}
