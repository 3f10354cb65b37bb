# Everything a newcomer types. `make help` lists it.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Kept in faq/.compiled, so that neither a start nor a test has to wait for it.
FIT = echo "Fitting the matcher, where the guides or the program changed (some twenty seconds) ..." && $(BIN)/python bot.py faq fit

.PHONY: help setup setup-dev run test check fmt lock bench train chaos fuzz

help: ## List these commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(VENV)/.run ## Build .venv with what the program needs, and fit the matcher
	@$(FIT)

setup-dev: $(VENV)/.dev

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say which one with: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.txt
	@$(FIT)
	@touch $(VENV)/.run $@

PORT ?= 8000
run: $(VENV)/.run ## Open the sandbox on http://127.0.0.1:8000 (PORT=8010 for another, G=folder for a firm of your own)
	@[ -d faq/.compiled ] || { $(FIT); }
	@$(BIN)/python bot.py sandbox --port $(PORT) $(if $(G),--guides $(G))

test: setup-dev ## Run the tests (T=path for some of them, T=--slow for those that take long, too)
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal $(T)

check: setup-dev ## Lint, formatting, import directions, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/biome format
	$(BIN)/biome lint --error-on-warnings
	$(BIN)/djlint handlers --lint --quiet
	$(BIN)/mypy

fmt: setup-dev ## Put the code into its format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/biome format --write

lock: setup-dev ## Renew requirements*.txt from requirements*.in
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links requirements-dev.in -o requirements-dev.txt

bench: setup-dev ## Measure beside named peers (A="matching --quick" for a part of it)
	$(BIN)/python -m bench $(A)

train: setup-dev ## Learn the matcher's judges anew from the training guides (some fifteen minutes)
	$(BIN)/python -m bench.train

chaos: setup-dev ## Break a running installation for some minutes (A="--minutes 30 --seed 7"), and audit it
	$(BIN)/python -m tests.chaos $(A)

N ?= 100000
fuzz: setup-dev ## Throw N=100000 requests at the webhook
	$(BIN)/python -m tests.inbound.fuzz --examples $(N)
