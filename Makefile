# Two commands do all the set-up: `make run` and `make test`. Both need only Python 3.11 or newer and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := .peers
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help run quick test test-all chaos campaigns soak bench growth stations check lint types imports audit lock install pictures clean

help:  ## says what each target does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/run: requirements/run.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "This needs Python 3.11 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Setting up $(VENV): once, about a minute"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements/run.txt
	@touch $@

$(VENV)/dev: $(VENV)/run requirements/dev.txt
	@echo "Setting up the tools for tests and checks (once)"
	@$(PIP) --require-hashes -r requirements/dev.txt
	@$(PIP) --no-build-isolation --no-deps --editable .
	@touch $@

install: $(VENV)/dev  ## makes .venv with everything in it

run: $(VENV)/run  ## the bot: on Telegram with TELEGRAM_BOT_TOKEN, else in a phone-like page in the browser
	@$(BIN)/python -m bot run

quick: $(VENV)/dev  ## the fast tests, under 40 seconds: no PostgreSQL, no browser, nothing slow
	@HYPOTHESIS_PROFILE=quick $(BIN)/python -m pytest -m "not (postgresql or browser or chaos or slow)"

test: $(VENV)/dev  ## the tests of every promise we make, in under five minutes: kills, a run in the browser, PostgreSQL's main paths
	@HYPOTHESIS_PROFILE=quick $(BIN)/python -m pytest -m "promise or not (browser or chaos or slow)"

test-all: $(VENV)/dev  ## all tests, as CI runs them
	@$(BIN)/python -m pytest

chaos: $(VENV)/dev  ## the long fault tests: 300 people, 100 kills (KILLS, PEOPLE)
	@CHAOS=1 $(BIN)/python -m pytest -n0 -rP tests/chaos

campaigns: $(VENV)/dev  ## downloads of 300 random campaigns of up to 5,000 responses (CAMPAIGNS, MOST)
	@CAMPAIGNS=$${CAMPAIGNS:-300} MOST=$${MOST:-5000} $(BIN)/python -m pytest tests/storage/export/test_random_campaigns.py

soak: $(VENV)/dev  ## 30 minutes of 20 turns a second: checks for growth of memory, files and connections (SOAK_MINUTES, SOAK_RATE, SOAK_ON)
	@$(BIN)/python -m tests.chaos.soak

$(PEERS)/ready: requirements/peers.txt
	@test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/peers.txt
	@touch $@

bench: $(VENV)/dev $(PEERS)/ready  ## compares this bot with others, for docs/performance.md: twenty minutes on a machine that does nothing else (ROUNDS)
	@PEERS_PYTHON=$(CURDIR)/$(PEERS)/bin/python $(BIN)/python -m benchmarks.compare --rounds $${ROUNDS:-3} --write docs/performance.md

stations: $(VENV)/dev  ## the modules and frames that one tap runs through, for docs/design.md
	@$(BIN)/python -m benchmarks.stations

growth: $(VENV)/dev  ## what turns, results, releases and the sender's queries cost as a database grows
	@$(BIN)/python -m benchmarks.growth

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev
	$(BIN)/mypy

imports: $(VENV)/dev
	$(BIN)/lint-imports

check: lint types imports  ## style, types and the direction of imports
	$(BIN)/python -m bot check

audit: $(VENV)/dev  ## asks PyPI for known vulnerabilities in the pinned packages; fails if PyPI cannot be reached
	$(BIN)/pip-audit --strict --disable-pip --require-hashes -r requirements/run.txt

lock: $(VENV)/dev  ## resolves the requirements again
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet --upgrade pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet --upgrade --extra dev -c requirements/run.txt pyproject.toml -o requirements/dev.txt
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet --upgrade requirements/peers.in -o requirements/peers.txt

pictures: $(VENV)/dev  ## takes the README's picture of the chat again (needs a Chromium)
	$(BIN)/python -m tests.browser.screenshots

clean:  ## removes .venv and caches; data/ stays
	rm -rf $(VENV) $(PEERS) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
