#!/usr/bin/env bash
# Prints the commands that tell GitHub about an environment: what to make, who may use it, and its variables. Nothing of it is secret.
# Read them, then send them to a shell: make --silent github environment=sandbox | bash
#
#   github.sh ENVIRONMENT
set -euo pipefail
cd "$(dirname "$0")"

environment=${1:?which environment, such as sandbox}
: "${AWS_REGION:?set AWS_REGION, such as eu-west-1}"
account=$(aws sts get-caller-identity --query Account --output text)
terraform init -input=false -reconfigure \
  -backend-config="bucket=cadastre-state-$account-$AWS_REGION" \
  -backend-config="key=bootstrap/$environment.tfstate" \
  -backend-config="region=$AWS_REGION" >&2

# Whoever runs the commands becomes the one who approves; the settings of the repository take more.
terraform output -json github | jq --raw-output '
  .repository as $repository
  | "set -euo pipefail",
    "me=$(gh api user --jq .id)",
    (.environments | to_entries[] | .key as $name | .value
     | "",
       "gh api --silent --method PUT repos/\($repository)/environments/\($name) --input - <<END",
       ({
          reviewers: (if .approval then [{ type: "User", id: "$me" }] else [] end),
          deployment_branch_policy: (if .main_only then { protected_branches: false, custom_branch_policies: true } else null end)
        } | tojson | gsub("\"\\$me\""; "$me")),
       "END",
       (if .main_only
        then "gh api --silent --method POST repos/\($repository)/environments/\($name)/deployment-branch-policies --field name=main || true"
        else empty end),
       (.variables | to_entries[] | "gh variable set \(.key) --repo \($repository) --env \($name) --body \(.value | @sh)"))'
