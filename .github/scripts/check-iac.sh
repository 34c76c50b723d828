#!/usr/bin/env bash
# What Terraform itself says to all layers and modules, without an account: format, validity, and their tests.
#
#   check-iac.sh [FOLDER ...]     folders below iac/; all of them if none is named
set -euo pipefail
cd "$(dirname "$0")/../../iac"

folders=("$@")
if [ ${#folders[@]} = 0 ]; then folders=(bootstrap basic app deploy function modules/*); fi

# The provider is large, so it is fetched once for all of them; without a lock file, too, as modules have none.
export TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE=1
export TF_PLUGIN_CACHE_DIR=${TF_PLUGIN_CACHE_DIR:-$PWD/.terraform/plugins}
mkdir -p "$TF_PLUGIN_CACHE_DIR"

terraform fmt -check -recursive -diff
for folder in "${folders[@]}"; do
  echo "== $folder"
  terraform -chdir="$folder" init -backend=false -input=false >/dev/null
  terraform -chdir="$folder" validate
  if [ -d "$folder/tests" ]; then terraform -chdir="$folder" test; fi
done
