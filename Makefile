# A thin front for npm: every target is one command that could be typed by hand, in app/.
.DEFAULT_GOAL := help
.PHONY: help run test check format bench chaos demo clean

APP := app
NPM := npm --prefix $(APP)
# Enough to run the service; and everything, for tests and checks.
RUNTIME := $(APP)/node_modules/.runtime-installed
TOOLS := $(APP)/node_modules/.tools-installed

# Linux gets Node 24 from the package registry; elsewhere the machine has to bring it.
define NEED_NODE
@PATH="$(CURDIR)/$(APP)/node_modules/.bin:$$PATH" node -e 'if (parseInt(process.versions.node) < 24) { console.error("Cadastre needs Node 24, and the package registry has none for " + process.platform + "-" + process.arch + ": install it and try again."); process.exit(1) }'
endef

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 10

run: $(RUNTIME) ## serve the embedded edition on port 3000, data in app/data
	$(NEED_NODE)
	@cd $(APP) && exec npm --silent start

test: $(TOOLS) ## all tests, on SQLite and on a DynamoDB-compatible server
	$(NEED_NODE)
	@$(NPM) test

check: $(TOOLS) ## formatter, linter and types
	@$(NPM) run check
	@$(NPM) run typecheck

format: $(TOOLS) ## rewrite the sources in the house style
	@$(NPM) run format

bench: $(TOOLS) ## measure against bare programs on the same stack
	@$(NPM) run bench

chaos: $(TOOLS) ## clients and faults let loose on a small cluster for DURATION seconds (600), then judged
	$(NEED_NODE)
	@$(NPM) run --silent chaos -- $(if $(DURATION),--duration $(DURATION))

demo: $(TOOLS) ## load the countries of the world into a running service
	@$(NPM) run --silent demo

clean: ## remove what was installed and built; data stays
	rm -rf $(APP)/node_modules $(APP)/dist

$(TOOLS): $(APP)/package.json $(APP)/package-lock.json
	cd $(APP) && npm ci
	@$(APP)/scripts/install-engines.sh
	@touch $(TOOLS) $(RUNTIME)

$(RUNTIME): $(APP)/package.json $(APP)/package-lock.json
	cd $(APP) && npm ci --omit=dev
	@touch $(RUNTIME)
