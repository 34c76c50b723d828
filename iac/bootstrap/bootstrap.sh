#!/usr/bin/env bash
# What has to be there before Terraform can keep its states anywhere: the bucket for them, and roles for GitHub.
#
#   bootstrap.sh ENVIRONMENT
#
# Signed in as somebody who may do everything in the account, with AWS_REGION set. It shows what it is going to do and asks. GITHUB_REPOSITORY
# (owner/name) and BUDGET_EMAIL answer its two questions beforehand; GITHUB_SUBJECT is how tokens of the repository begin their
# subject, where that is not repo:owner/name.
#
# The bucket is made by the layer whose state it is going to hold. So the first run keeps the state in a file and moves it into the
# bucket at the end. Run again, also after it was interrupted, it goes on from where things are.
set -euo pipefail
cd "$(dirname "$0")"

environment=${1:?which environment, such as sandbox}
: "${AWS_REGION:?set AWS_REGION, such as eu-west-1}"
account=$(aws sts get-caller-identity --query Account --output text)
bucket=cadastre-state-$account-$AWS_REGION
key=bootstrap/$environment.tfstate
kept=$environment.local.tfstate
override=backend_override.tf

answer() { # question, default
  local said
  if [ ! -t 0 ]; then echo "$2"; return; fi
  read -r -p "$1 [$2] " said
  echo "${said:-$2}"
}

repository=${GITHUB_REPOSITORY:-$(answer 'GitHub repository' "$(git remote get-url origin 2>/dev/null | sed -E 's#^.*github\.com[:/]##; s#\.git$##')")}
email=${BUDGET_EMAIL:-$(answer 'Who is told when the month becomes dear' "$(git config user.email || true)")}
values=(-var "environment=$environment" -var "github_repository=$repository" -var "budget_email=$email")
if [ -n "${GITHUB_SUBJECT:-}" ]; then values+=(-var "github_subject=$GITHUB_SUBJECT"); fi
if [ -f "environments/$environment.tfvars" ]; then values+=("-var-file=environments/$environment.tfvars"); fi

in_bucket=("-backend-config=bucket=$bucket" "-backend-config=key=$key" "-backend-config=region=$AWS_REGION")

# Terraform shows the plan and asks, unless it is told not to (TF_CLI_ARGS_apply=-auto-approve).
apply() { terraform apply "${values[@]}"; }

if aws s3api head-object --bucket "$bucket" --key "$key" >/dev/null 2>&1; then
  terraform init -reconfigure "${in_bucket[@]}"
  apply
elif [ ! -f "$kept" ] && aws s3api head-bucket --bucket "$bucket" >/dev/null 2>&1; then
  echo "$bucket is there, but not the state of $environment: it was begun on another machine, or belongs to another environment." >&2
  exit 1
else
  trap 'rm -f "$override"' EXIT
  printf 'terraform {\n  backend "local" {\n    path = "%s"\n  }\n}\n' "$kept" >"$override"
  terraform init -reconfigure
  apply
  rm -f "$override"
  terraform init -migrate-state -force-copy "${in_bucket[@]}"
  aws s3api head-object --bucket "$bucket" --key "$key" >/dev/null
  rm -f "$kept" "$kept.backup"
fi

echo
echo "$environment has its ground in account $account. Now tell GitHub, with the commands of: make github environment=$environment"
