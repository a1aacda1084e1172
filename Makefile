# Everything a fresh machine needs: Python 3.11 or later with venv and pip, make.
# `make demo` and `make test` set themselves up; nothing is installed outside .venv,
# but for Debian's Chromium where this user may install it (browser tests).

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
MADE   := .make
CORPUS := $(wildcard ../shared/corpus)
export HOLDFAST_CORPUS ?= $(abspath $(CORPUS))
JOBS   ?= 2

.PHONY: help demo test unit lint sweep real bench lock docs clean
help:            ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(MADE)/run    ## two twins, a short diagnosis of each, two reports: one minute
	@$(BIN)/holdfast demo

test: $(MADE)/dev system lint    ## everything CI runs
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -q

unit: $(MADE)/dev    ## the fast, pure part
	$(BIN)/python -m pytest -n $(JOBS) -q -m "not slow and not net and not browser and not root and not corpus and not sweep"

lint: $(MADE)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(MADE)/dev    ## the figures of benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks

docs: $(MADE)/dev    ## regenerate docs/reference and the JSON schemas
	$(BIN)/python docs/generate.py

.PHONY: system
system:    # what the tests use beyond Python: installed where this user may, else those tests skip aloud
	@sh tests/system_packages.sh

lock:    ## renew the lock files (hashes only, no download addresses)
	$(BIN)/pip install -q pip-tools
	$(BIN)/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --strip-extras --allow-unsafe --extra serial --extra speed -o requirements.lock pyproject.toml
	$(BIN)/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --strip-extras --allow-unsafe --extra serial --extra speed --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml

$(MADE)/venv:
	$(PYTHON) -m venv $(VENV)
	@mkdir -p $(MADE) && touch $@

$(MADE)/run: $(MADE)/venv requirements.lock pyproject.toml
	@test -e $(MADE)/dev || $(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . 2>/dev/null || $(BIN)/pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

$(MADE)/dev: $(MADE)/venv requirements-dev.lock pyproject.toml
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

clean:
	rm -rf $(VENV) $(MADE) build dist .mypy_cache .ruff_cache .pytest_cache
