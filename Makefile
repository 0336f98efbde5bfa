# Everything a newcomer needs is 'make up' and 'make test'; each target brings its own environment.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
BIN := .venv/bin
# The distribution's interpreter first: it is built with profile-guided optimisation, and a self-compiled one mostly is not
# (docs/decisions/0013: 8 % more processor time on such a one).
PYTHON ?= $(shell for each in /usr/bin/python3.11 python3.11; do $$each -c 'import ensurepip' 2>/dev/null && echo $$each && break; done || echo python3.11)
UV_VERSION := 0.13.9

.PHONY: help env up down demo test check bench bench-peers compiled interpreted lock clean

help: ## this list
	@echo "The county's event layer. First 'make up', then 'make test'."
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' Makefile | column -t -s '|'

env: .venv/.complete ## the Python environment, from the pinned and hashed requirements.lock

.venv/.complete: requirements.lock pyproject.toml Makefile
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is missing: install it so that '$(PYTHON)' runs (or: make PYTHON=/path/to/python3.11 env)" >&2; exit 3; }
	@echo "  making the Python environment in .venv"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test "$$($(BIN)/uv --version 2>/dev/null | cut -d' ' -f2)" = "$(UV_VERSION)" || $(BIN)/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION)
	@VIRTUAL_ENV=.venv $(BIN)/uv pip sync -q --require-hashes requirements.lock
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install -q --no-deps -e .
	@touch $@

up: env ## start the whole bus on this machine and run the demo
	@$(BIN)/govbus up

down: env ## stop it; leaves no process and no port (data stays; 'make clean' removes that too)
	@$(BIN)/govbus down

demo: env ## send 1,000 requests through a running bus
	@$(BIN)/govbus demo

test: check ## every check and every test, on real servers that the tests start themselves
	@$(BIN)/pytest

check: env ## style, types, import rules; a minute, no servers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: env ## requests a second and latency, measured on this machine
	@$(BIN)/python -m benchmarks

bench-peers: env ## the runtime beside stock Faust, Quix Streams, Kafka Streams and bare loops, some thirty minutes
	@$(BIN)/python -m benchmarks.peers

compiled: env ## the hot modules as machine code: half as many records a second again; needs a C compiler
	@$(BIN)/python -m local.compiled

interpreted: env ## back to the sources alone
	@$(BIN)/python -m local.compiled --undo

lock: env ## resolve the dependencies again and pin them with hashes
	@$(BIN)/uv pip compile -q --python-version 3.11 --generate-hashes --extra dev -o requirements.lock pyproject.toml
	@$(BIN)/uv pip compile -q --python-version 3.11 --generate-hashes -o benchmarks/peers/requirements.lock benchmarks/peers/requirements.in

clean: env ## stop the bus and remove its data, secrets and logs; fetched parts stay
	@$(BIN)/govbus down --purge
