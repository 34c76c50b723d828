#!/usr/bin/env bash
# Installs what the tests start and npm does not bring: the Redis server, and openssl for throw-away certificates.
# Says nothing when both are there.
set -euo pipefail

have() { command -v "$1" >/dev/null; }

# Debian's redis-tools holds the server under another name and, unlike redis-server, starts no service.
missing=()
have redis-server || [ -x /usr/bin/redis-check-rdb ] || missing+=(redis-tools)
have openssl || missing+=(openssl)
if [ ${#missing[@]} = 0 ]; then exit 0; fi

if ! have apt-get; then
  echo "The tests need the Redis server (redis-server on the PATH) and openssl: install both and try again." >&2
  exit 1
fi

as_root=()
if [ "$(id -u)" != 0 ] && have sudo; then as_root=(sudo); fi
apt() { ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get "$@"; }

apt update
apt install -y --no-install-recommends "${missing[@]}"
