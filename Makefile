# `make help` lists the targets. Everything that runs needs .venv, and `setup` makes it: scripts/setup.sh.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

BIN := .venv/bin
# More arguments for the command behind test, serve and bench: make test ARGS="-k socrates".
ARGS ?=
# Test files at the same time; tests wait for processes much of their time. JOBS=0: one after the other, in this process.
JOBS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))
# Interpreter of .venv, if python3 is not the one: make setup PYTHON=python3.12.
export PYTHON
# Where torch comes from, and so its build, CPU or CUDA: make setup TORCH_INDEX="--index-url ADDRESS".
export TORCH_INDEX

.PHONY: help setup setup-remote kept postgresql lock format check test demo serve stack faults bench clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | while IFS=$$'\t' read -r name text; do printf '  make %-13s %s\n' "$$name" "$$text"; done

setup: ## make .venv with everything pinned, torch and SWI-Prolog included: 2 GB (a second run takes a second)
	@scripts/setup.sh full

setup-remote: ## the same without torch, 0.8 GB: for language models that a server runs
	@scripts/setup.sh remote

# After setup-remote these do without torch; test, demo and bench add it, since they run the embedded translator.
kept:
	@scripts/setup.sh

lock: kept ## write requirements/*.lock from pyproject.toml (UPGRADE=1: newest versions)
	@scripts/lock.sh

format: kept ## put code into its one format and mend what ruff can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

check: kept ## format, lint, types, imports: what a commit must pass besides the tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

# What only the tests need, so that nobody gets a database server for a demo.
postgresql:
	@scripts/postgresql.sh

test: setup postgresql ## run the tests (ARGS="-k name" for some)
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(ARGS)

demo: setup ## answer problems over HTTP with the translator that ships, and show the evidence
	@scripts/demo.sh

serve: kept ## start the HTTP service (ARGS="--port 8001")
	$(BIN)/quod serve $(ARGS)

stack: kept postgresql ## try what docker-compose.yml starts, as plain processes: an evaluation on two workers, PostgreSQL below
	@$(BIN)/python scripts/stack.py

faults: kept ## kill every part of an evaluation at random moments, and see what is there afterwards: an hour (ARGS="--part worker")
	@$(BIN)/python -m tests.faults $(ARGS)

bench: setup postgresql ## measure what solving, the store, evaluations and the service cost (ARGS="NAME" for some)
	$(BIN)/python -m tests.benchmarks $(ARGS)

clean: ## remove .venv, the SWI-Prolog built here and every cache
	rm -rf .venv .bench .swipl .swipl-build .set-up.lock .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
