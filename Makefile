# A thin front: every target is one command that could be typed by hand.
.DEFAULT_GOAL := help
.PHONY: help run test check check-delivery check-delivery-trials check-iac format bench chaos demo clean up down \
	requirements bootstrap init_pipeline apply_pipeline github init plan apply build push digest deploy current smoke destroy function preview preview-destroy

APP := app
NPM := npm --prefix $(APP)
SCRIPTS := .github/scripts
# Enough to run the service; and everything, for tests and checks.
RUNTIME := $(APP)/node_modules/.runtime-installed
TOOLS := $(APP)/node_modules/.tools-installed

# Linux gets Node 24 from the package registry; elsewhere the machine has to bring it.
define NEED_NODE
@PATH="$(CURDIR)/$(APP)/node_modules/.bin:$$PATH" node -e 'if (parseInt(process.versions.node) < 24) { console.error("Cadastre needs Node 24, and the package registry has none for " + process.platform + "-" + process.arch + ": install it and try again."); process.exit(1) }'
endef

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 24

run: $(RUNTIME) ## serve the embedded edition on port 3000, data in app/data
	$(NEED_NODE)
	@cd $(APP) && exec npm --silent start

.PHONY: dev migrate post coverage
dev: $(RUNTIME) ## the same, started anew whenever a source changes
	$(NEED_NODE)
	@cd $(APP) && exec npm --silent run dev

migrate: $(RUNTIME) ## the table and all it needs, in the store that the environment names (seed=1: and sample records)
	$(NEED_NODE)
	@$(NPM) run --silent cli -- migrate up $(if $(seed),--seed)

url ?= http://127.0.0.1:3000
post: ## make a sample bond in the running service (url= api_key=)
	@curl --silent --show-error --fail-with-body $(url)/api/v1/bonds --header 'Content-Type: application/json' \
		$(if $(api_key),--header 'X-Api-Key: $(api_key)') --data '{ "host_account_id": "SAMPLE-$(shell date +%s%N)", "sub_account_id": "SAMPLE", "host_cost_center": "teal", "sub_cost_center": "teal" }'
	@echo

coverage: $(TOOLS) ## all tests, and which lines of the sources they ran: a summary, and app/coverage/lcov.info
	$(NEED_NODE)
	@$(NPM) run --silent coverage

test: $(TOOLS) ## all tests, on SQLite and on a DynamoDB-compatible server
	$(NEED_NODE)
	@$(NPM) test

check: $(TOOLS) ## formatter, linter and types
	@$(NPM) run check
	@$(NPM) run typecheck

check-delivery: $(TOOLS) ## image, compose file, workflows, releases, alerts, dashboards, Terraform
	$(NEED_NODE)
	@$(APP)/scripts/install-delivery-tools.sh
	@$(NPM) run --silent test:delivery
	@.ci/iac-check

check-iac: ## what Terraform itself says to all layers and modules: format, validity, tests
	@$(SCRIPTS)/check-iac.sh

check-delivery-trials: $(TOOLS) ## break one thing after the other in a copy, and see that each is found
	$(NEED_NODE)
	@$(APP)/scripts/install-delivery-tools.sh
	@$(NPM) run --silent trials:delivery

format: $(TOOLS) ## rewrite the sources in the house style
	@$(NPM) run format

bench: $(TOOLS) ## measure against bare programs on the same stack (quick=1: a smoke run)
	@$(NPM) run bench $(if $(quick),-- --quick)

chaos: $(TOOLS) ## clients and faults let loose on a small cluster for DURATION seconds (600), then judged
	$(NEED_NODE)
	@$(NPM) run --silent chaos -- $(if $(DURATION),--duration $(DURATION))

demo: $(TOOLS) ## load the countries of the world into a running service
	@$(NPM) run --silent demo

up: ## the whole stack in containers (profiles=observability,logs)
	COMPOSE_PROFILES=$(profiles) docker compose up --build --detach --wait

down: ## stop that stack and leave nothing of it
	docker compose --profile '*' down --volumes --remove-orphans

clean: ## remove what was installed and built; data stays
	rm -rf $(APP)/node_modules $(APP)/dist

# The way to AWS, as docs/deployment.md goes it. The workflows call the same targets.
layers := basic app
layer ?= $(layers)
# docker_tag is what the version was called before.
image_version ?= $(docker_tag)
# v1.4.2 is a tag, 1.4.2 the version.
version = $(patsubst v%,%,$(image_version))
needs = @test -n "$($(1))" || { echo 'make $@ wants $(1)=$(2)' >&2; exit 64; }

requirements: ## is everything here that the targets below start?
	@$(SCRIPTS)/requirements.sh

bootstrap: ## once for each account: state bucket, roles for GitHub, budget (environment=)
	$(call needs,environment,sandbox)
	iac/bootstrap/bootstrap.sh "$(environment)"

# What it was called before.
init_pipeline apply_pipeline: bootstrap

github: ## the commands that tell GitHub about an environment (environment=)
	$(call needs,environment,sandbox)
	@iac/bootstrap/github.sh "$(environment)"

init: ## connect the layers to their states, for commands of Terraform by hand (environment= layer=)
	$(call needs,environment,sandbox)
	@set -e; for one in $(layer); do $(SCRIPTS)/layer.sh init "$$one" "$(environment)"; done

plan: ## what would change in the layers basic and app (environment= layer=)
	$(call needs,environment,sandbox)
	@set -e; for one in $(layer); do $(SCRIPTS)/layer.sh plan "$$one" "$(environment)"; done

apply: ## change it: do the plans made before, or new ones (environment= layer=)
	$(call needs,environment,sandbox)
	@set -e; for one in $(layer); do $(SCRIPTS)/layer.sh apply "$$one" "$(environment)"; done

build: ## the image for this machine (image_version=)
	$(call needs,image_version,1.4.2)
	@$(SCRIPTS)/image.sh build "$(version)"

push: ## the image for all platforms, into the repository (environment= image_version=)
	$(call needs,environment,sandbox)
	$(call needs,image_version,1.4.2)
	@$(SCRIPTS)/image.sh push "$(version)" "$(environment)"

digest: ## what was pushed, by its digest (environment= image_version=)
	$(call needs,environment,sandbox)
	$(call needs,image_version,1.4.2)
	@$(SCRIPTS)/image.sh reference "$(version)" "$(environment)"

deploy: ## run this version, and wait until it serves (environment= image_version=)
	$(call needs,environment,sandbox)
	$(call needs,image_version,1.4.2)
	@rm -f "iac/deploy/$(environment).tfplan"
	@$(SCRIPTS)/layer.sh apply deploy "$(environment)" -var "image_version=$(version)"

current: ## the version that runs (environment=)
	$(call needs,environment,sandbox)
	@aws ssm get-parameter --name "/cadastre/$(environment)/deploy/image_version" --query Parameter.Value --output text

smoke: ## ask whether this version has arrived and works (environment= image_version=)
	$(call needs,environment,sandbox)
	$(call needs,image_version,1.4.2)
	@$(SCRIPTS)/smoke.mjs "$$(aws ssm get-parameter --name "/cadastre/$(environment)/app/base_url" --query Parameter.Value --output text)" "$(version)"

destroy: ## take service and application away; production must be confirmed (environment= confirm=)
	$(call needs,environment,sandbox)
	@test "$(environment)" != production || test "$(confirm)" = production || { echo 'make destroy wants confirm=production' >&2; exit 64; }
	@$(SCRIPTS)/layer.sh destroy deploy "$(environment)" -var image_version=none
	@$(SCRIPTS)/layer.sh destroy app "$(environment)"

function: ## the service as a function of AWS Lambda, on the table of the layer app (environment= image_version=)
	$(call needs,environment,sandbox)
	$(call needs,image_version,1.4.2)
	@$(SCRIPTS)/function.sh "$(version)"
	@rm -f "iac/function/$(environment).tfplan"
	@$(SCRIPTS)/layer.sh apply function "$(environment)" -var "image_version=$(version)"

preview: ## an environment of its own for a branch (branch= image_version=)
	$(call needs,branch,feature/something)
	$(call needs,image_version,1.4.2)
	@$(SCRIPTS)/preview.sh up "$(branch)" "$(version)"

preview-destroy: ## take it away (branch=)
	$(call needs,branch,feature/something)
	@$(SCRIPTS)/preview.sh down "$$($(SCRIPTS)/preview.sh name "$(branch)")"

$(TOOLS): $(APP)/package.json $(APP)/package-lock.json
	cd $(APP) && npm ci
	@$(APP)/scripts/install-engines.sh
	@touch $(TOOLS) $(RUNTIME)

$(RUNTIME): $(APP)/package.json $(APP)/package-lock.json
	cd $(APP) && npm ci --omit=dev
	@touch $(RUNTIME)
