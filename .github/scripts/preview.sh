#!/usr/bin/env bash
# An environment of its own for a branch, in the account and the network of sandbox.
#
#   preview.sh name BRANCH        prints the name of its environment
#   preview.sh up BRANCH VERSION  makes it, or brings it to this version; prints its address last
#   preview.sh down NAME          destroys it
#   preview.sh orphans            reads branches from standard input, and prints the environments that belong to none of them
#   preview.sh expired            prints the environments whose day has passed: a week after the last push
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)

shared=sandbox
prefix=p-
verb=${1:?what to do: name, up, down, orphans or expired}

# Short, because names of load balancers' parts are; the four characters of a hash tell branches apart that begin alike.
name_of() {
  local slug hash
  slug=$(printf %s "$1" | tr '[:upper:]' '[:lower:]' | tr -c 'a-z0-9' '-' | tr -s '-' | cut -c 1-12)
  slug=${slug#-}
  slug=${slug%-}
  hash=$(printf %s "$1" | sha256sum | cut -c 1-4)
  echo "$prefix${slug:-branch}-$hash"
}

bucket() { echo "${STATE_BUCKET:-cadastre-state-$(aws sts get-caller-identity --query Account --output text)-$AWS_REGION}"; }

environments() {
  aws s3api list-objects-v2 --bucket "$(bucket)" --prefix "app/$prefix" \
    --query 'Contents[].Key' --output text | tr '\t' '\n' | sed -n "s#^app/\(${prefix}[a-z0-9-]*\)\.tfstate\$#\1#p"
}

has_state() { aws s3api head-object --bucket "$(bucket)" --key "$1/$2.tfstate" >/dev/null 2>&1; }

case $verb in
  name)
    name_of "${2:?which branch}"
    ;;
  up)
    name=$(name_of "${2:?which branch}")
    version=${3:?which version}
    rm -f "$scripts/../../iac"/{app,deploy}/"$name.tfplan"
    "$scripts/layer.sh" apply app "$name" -var "shared_environment=$shared" -var preset=preview >&2
    "$scripts/layer.sh" apply deploy "$name" -var "shared_environment=$shared" -var preset=preview -var "image_version=$version" >&2
    aws ssm get-parameter --name "/cadastre/$name/app/base_url" --query Parameter.Value --output text
    ;;
  down)
    name=${2:?which environment}
    [[ $name == "$prefix"* ]] || { echo "$name is no preview" >&2; exit 64; }
    # One that was left half-made has no service.
    if has_state deploy "$name"; then
      "$scripts/layer.sh" destroy deploy "$name" -var "shared_environment=$shared" -var preset=preview -var image_version=none
    fi
    "$scripts/layer.sh" destroy app "$name" -var "shared_environment=$shared" -var preset=preview
    # What is left of a state after all is destroyed would be taken for an orphan.
    for layer in deploy app; do aws s3 rm "s3://$(bucket)/$layer/$name.tfstate"; done
    ;;
  orphans)
    wanted=$(while IFS= read -r branch; do name_of "$branch"; done)
    environments | while IFS= read -r name; do
      grep --quiet --line-regexp --fixed-strings -- "$name" <<<"$wanted" || echo "$name"
    done
    ;;
  expired)
    today=$(date --utc +%F)
    environments | while IFS= read -r name; do
      day=$(aws ssm get-parameter --name "/cadastre/$name/app/expires_on" --query Parameter.Value --output text </dev/null 2>/dev/null || echo never)
      if [[ $day < $today ]]; then echo "$name"; fi
    done
    ;;
  *)
    echo "preview.sh does not know $verb" >&2
    exit 64
    ;;
esac
