#!/usr/bin/env bash
# Terraform for one layer of one environment.
#
#   layer.sh init LAYER ENVIRONMENT                 connects to its state, and nothing else
#   layer.sh plan LAYER ENVIRONMENT [-var ...]      writes the plan to iac/LAYER/ENVIRONMENT.tfplan
#   layer.sh apply LAYER ENVIRONMENT [-var ...]     does that plan, or makes one if there is none
#   layer.sh destroy LAYER ENVIRONMENT [-var ...]
#   layer.sh changes LAYER ENVIRONMENT              fails if the plan would change anything
#
# What differs between environments stands in iac/LAYER/environments/ENVIRONMENT.tfvars, where there is such a file.
# The state lies in the bucket that the bootstrap made; its name follows from the account and the region.
set -euo pipefail
cd "$(dirname "$0")/../.."

verb=${1:?what to do: init, plan, apply, destroy or changes}
layer=${2:?which layer: basic, app, deploy or function}
environment=${3:?which environment, such as sandbox}
: "${AWS_REGION:?set AWS_REGION, such as eu-west-1}"
shift 3

plan="$environment.tfplan"
in_layer() { terraform -chdir="iac/$layer" "$@"; }

initialise() {
  local account
  account=$(aws sts get-caller-identity --query Account --output text)
  in_layer init -input=false -reconfigure \
    -backend-config="bucket=${STATE_BUCKET:-cadastre-state-$account-$AWS_REGION}" \
    -backend-config="key=$layer/$environment.tfstate" \
    -backend-config="region=$AWS_REGION" >&2
}

values=(-var "environment=$environment")
if [ -f "iac/$layer/environments/$environment.tfvars" ]; then values+=("-var-file=environments/$environment.tfvars"); fi

make_plan() { in_layer plan -input=false "${values[@]}" -out="$plan" "$@"; }

case $verb in
  init)
    initialise
    ;;
  plan)
    initialise
    make_plan "$@"
    ;;
  apply)
    initialise
    if [ ! -f "iac/$layer/$plan" ]; then make_plan "$@"; fi
    in_layer apply -input=false "$plan"
    rm -f "iac/$layer/$plan"
    ;;
  destroy)
    initialise
    in_layer destroy -input=false -auto-approve "${values[@]}" "$@"
    ;;
  changes)
    initialise
    in_layer show -json "$plan" | jq --exit-status \
      '[.resource_changes[]? | select(.change.actions != ["no-op"] and .change.actions != ["read"])] | length == 0' >/dev/null ||
      { echo "$layer of $environment is not as the code says." >&2; exit 1; }
    ;;
  *)
    echo "layer.sh does not know $verb" >&2
    exit 64
    ;;
esac
