#!/usr/bin/env bash
# The package of the function: built JavaScript and production dependencies, as in the image, in iac/function/function.zip.
#
#   function.sh VERSION
set -euo pipefail
cd "$(dirname "$0")/../.."

version=${1:?which version, such as 1.4.2}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp -r app/package.json app/package-lock.json app/.npmrc app/tsconfig.json app/tsconfig.build.json app/table.json app/src "$work"
mkdir "$work/scripts"
cp app/scripts/copy-assets.ts "$work/scripts"
(
  cd "$work"
  npm ci --silent
  npm run --silent build
  npm pkg set version="$version"
  npm ci --silent --omit=dev --omit=optional
  npm pkg delete scripts devDependencies optionalDependencies
  find node_modules -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' \) -delete
  # The same content gives the same package, whenever it is made.
  find dist node_modules package.json table.json -exec touch --date=2026-01-01T00:00:00Z {} +
  find dist node_modules package.json table.json -type f | LC_ALL=C sort | zip --quiet -X -@ function.zip
)
mv "$work/function.zip" iac/function/function.zip
echo "iac/function/function.zip holds $version"
