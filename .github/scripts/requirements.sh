#!/usr/bin/env bash
# Says what is missing on this machine for the way to AWS, and fails if anything is.
set -uo pipefail

missing=0
want() { # program, why, oldest version, how to ask for its version
  local found
  if ! command -v "$1" >/dev/null; then
    echo "missing: $1, $2"
    missing=1
    return
  fi
  if [ -z "${3:-}" ]; then return; fi
  found=$(eval "$4" 2>/dev/null | grep -oE '[0-9]+\.[0-9]+(\.[0-9]+)?' | head -n 1)
  if [ "$(printf '%s\n' "$3" "${found:-0}" | sort --version-sort | head -n 1)" != "$3" ]; then
    echo "too old: $1 ${found:-of an unknown version}, $2, $3 or newer"
    missing=1
  fi
}

want aws 'to speak to AWS' 2.0 'aws --version'
want terraform 'for the layers' 1.11 'terraform version'
want docker 'for the image' 24.0 'docker --version'
want node 'for the smoke test' 20.0 'node --version'
want jq 'to read what Terraform says' 1.6 'jq --version'
want git 'to name what is built'
if command -v docker >/dev/null && ! docker buildx version >/dev/null 2>&1; then
  echo 'missing: buildx, a plugin of docker that builds for both processors'
  missing=1
fi
if [ "$missing" = 0 ]; then echo 'everything is here'; fi
exit "$missing"
