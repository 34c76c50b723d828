#!/usr/bin/env bash
# Installs what the checks of the delivery start and npm does not bring: promtool and prometheus, shellcheck and jq.
# Says nothing when all are there. Debian's package of Prometheus would start a service, so it is only unpacked.
set -euo pipefail
cd "$(dirname "$0")/.."

own=node_modules/.delivery
PATH="$PWD/$own/usr/bin:$PATH"
have() { command -v "$1" >/dev/null; }
missing=()
for program in shellcheck jq promtool prometheus; do have "$program" || missing+=("$program"); done
if [ ${#missing[@]} = 0 ]; then exit 0; fi

if ! have apt-get; then
  echo "The checks of the delivery need ${missing[*]} on the PATH: install them and try again." >&2
  exit 1
fi

as_root=()
if [ "$(id -u)" != 0 ] && have sudo; then as_root=(sudo); fi
apt() { ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get "$@"; }

apt update
if ! have shellcheck || ! have jq; then apt install -y --no-install-recommends shellcheck jq; fi
if ! have promtool || ! have prometheus; then
  mkdir -p "$own"
  download=$(mktemp -d)
  trap 'rm -rf "$download"' EXIT
  (cd "$download" && apt-get download prometheus)
  dpkg-deb --extract "$download"/prometheus_*.deb "$own"
fi
