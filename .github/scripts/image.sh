#!/usr/bin/env bash
# The image of the service.
#
#   image.sh build VERSION                 for this machine, as cadastre:VERSION
#   image.sh push VERSION ENVIRONMENT      for all platforms, with SBOM and provenance, into the repository of ENVIRONMENT
#   image.sh reference VERSION ENVIRONMENT prints repository@digest of what was pushed
#
# A version is pushed once: tags never move, so a second push of the same version changes nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."

verb=${1:?what to do: build, push or reference}
version=${2:?which version, such as 1.4.2}
environment=${3:-}
builder=cadastre

parameter() { aws ssm get-parameter --name "/cadastre/$environment/$1" --query Parameter.Value --output text; }

build() {
  docker buildx build app \
    --build-arg VERSION="$version" \
    --build-arg REVISION="$(git rev-parse HEAD)" \
    --build-arg CREATED="$(git show --no-patch --format=%cI HEAD)" \
    --build-arg SOURCE="${GITHUB_SERVER_URL:-https://github.com}/${GITHUB_REPOSITORY:-cadastre/cadastre}" \
    "$@"
}

digest() { # repository; prints the digest of the version, or fails where it is not there
  aws ecr describe-images --repository-name "${1#*/}" --image-ids "imageTag=$version" \
    --query 'imageDetails[0].imageDigest' --output text
}

if [ "$verb" = build ]; then
  build --load --tag "cadastre:$version"
  exit
fi

# Images of branches, 0.0.0-something, have a repository of their own.
case $version in
  0.0.0-*) repository=$(parameter basic/preview_repository_url) ;;
  *) repository=$(parameter basic/repository_url) ;;
esac
case $verb in
  push)
    if digest "$repository" >/dev/null 2>&1; then
      echo "$repository:$version is there already"
      exit
    fi
    docker buildx inspect "$builder" >/dev/null 2>&1 || docker buildx create --name "$builder" --driver docker-container
    aws ecr get-login-password | docker login --username AWS --password-stdin "${repository%%/*}"
    build --builder "$builder" --platform "${PLATFORMS:-linux/arm64,linux/amd64}" \
      --sbom=true --provenance=mode=max --push --tag "$repository:$version"
    ;;
  reference)
    echo "$repository@$(digest "$repository")"
    ;;
  *)
    echo "image.sh does not know $verb" >&2
    exit 64
    ;;
esac
