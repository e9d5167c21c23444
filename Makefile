# Two commands: `make demo` and `make test`. Both create .venv first.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help install install-dev demo test test-all lint bench clean

VENV := .venv
BIN := $(VENV)/bin
export TF_CPP_MIN_LOG_LEVEL ?= 2
# Tests of one file stay in one process: they share what is costly to make.
# Each process takes up to 3 GB.
PARALLEL ?= --numprocesses=auto --maxprocesses=4 --dist=loadfile

# The newest Python that is here, that kvideo supports, and that can make an
# environment (Debian ships ensurepip apart, in python3-venv).
USABLE := import sys, ensurepip; \
	sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	if $$p -c '$(USABLE)' 2>/dev/null; then echo $$p; break; fi; done)

help:  ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) \
		| awk -F'|' '{printf "make %-12s %s\n", $$1, $$2}'

$(BIN)/python:
	@if [ -z "$(PYTHON)" ] || ! $(PYTHON) -c '$(USABLE)'; then \
		echo "kvideo needs Python 3.11, 3.12 or 3.13 with the venv module." \
			"On Debian or Ubuntu: apt install python3-venv. To name one:" \
			"make PYTHON=/path/to/python3.12 demo" >&2; \
		exit 1; \
	fi
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: setup.cfg pyproject.toml | $(BIN)/python
	@echo "Installing into $(VENV) (TensorFlow is large: some minutes)"
	$(BIN)/python -m pip install --quiet --editable '.[viz]'
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable '.[viz,dev]'
	@touch $@

install: $(VENV)/.installed  ## Create .venv and install kvideo with figures

install-dev: $(VENV)/.installed-dev  ## ... and what the tests need

demo: install  ## Write videos, train, evaluate, export, predict, report
	$(BIN)/kvideo demo

lint: install-dev  ## Ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

test: lint  ## Lint, tests on every core, and a short demo run
	$(BIN)/python -m pytest $(PARALLEL)
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
		$(BIN)/kvideo demo --quick --out "$$folder/run" --data "$$folder/data"

test-all: test  ## ... and the slow tests: full-size networks, full tables
	$(BIN)/python -m pytest -m slow

bench: install-dev  ## Time kernels and networks beside Keras and PyTorch: hours
	$(BIN)/python benchmarks/conv.py
	$(BIN)/python benchmarks/networks.py

clean:  ## Remove the environment (not the data and the runs)
	rm -rf $(VENV) build dist kvideo.egg-info
