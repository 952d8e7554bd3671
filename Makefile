# Countersign. `make help` says what there is; `make run` and `make test` need nothing but make, on Debian, Ubuntu and macOS.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test check coverage samples bench soak clean

VENV := .venv
BIN := $(VENV)/bin
# The last one that is new enough, has venv, and is not older than the pins were made for.
FIND_PYTHON := for p in $(PYTHON) python3.11 python3.12 python3.13 python3 /opt/homebrew/bin/python3 /usr/local/bin/python3; do \
	if "$$p" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; \
	then command -v "$$p"; break; fi; done
RETURNS ?= sample_scans

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/installed ## set up, read the sample returns and print the table; files in results/
	$(BIN)/countersign read sample_scans/returns --roster sample_scans/roster.bib --out results || [ $$? -eq 1 ]

# Three processes on two cores: one works while the others wait for a browser, a cluster, a run that is killed.
test: $(VENV)/installed $(VENV)/browser check ## set up, lint, types and the quick tests
	$(BIN)/python -m pytest -q -n 3 --dist loadfile

check: $(VENV)/installed ## lint, format, types and the order of the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

coverage: $(VENV)/installed $(VENV)/browser ## what share of each room's lines the quick tests run
	$(BIN)/python -m pytest -q -n 3 --dist loadfile --cov --cov-report=
	$(BIN)/python -m tests.material.coverage_by_room

samples: $(VENV)/installed ## make the sample returns again, the same pixels
	$(BIN)/python sample_scans/make_samples.py

bench: $(VENV)/installed ## speed and accuracy beside plain scripts: make bench RETURNS=folder
	$(BIN)/python -m benchmarks.bench $(RETURNS)

soak: $(VENV)/installed $(VENV)/browser ## the long suite: kills, damaged inputs, load
	$(BIN)/python -m pytest -q -m soak

clean: ## remove all that was made here
	rm -rf $(VENV) results build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What the system has to bring: Tesseract, poppler and a Python with venv. Installed only where something is missing.
$(VENV)/system:
	@if command -v tesseract >/dev/null && command -v pdftoppm >/dev/null && [ -n "$$($(FIND_PYTHON))" ]; then :; \
	elif command -v apt-get >/dev/null; then \
		sudo=; [ "$$(id -u)" -eq 0 ] || sudo=sudo; set -ex; \
		$$sudo apt-get update -q; \
		$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
			python3 python3-venv tesseract-ocr tesseract-ocr-eng poppler-utils; \
	elif command -v brew >/dev/null; then brew install python@3.12 tesseract poppler; \
	else echo "Install Python 3.11 to 3.13, tesseract and poppler, then run make again." >&2; exit 1; fi
	@[ -n "$$($(FIND_PYTHON))" ] || { echo "No Python 3.11 to 3.13 with venv was found. Name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@mkdir -p $(VENV) && touch $@

# The tests of the review page drive a real browser.
$(VENV)/browser: | $(VENV)/system
	@if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
		|| [ -d "/Applications/Chromium.app" ] || [ -d "/Applications/Google Chrome.app" ]; then :; \
	elif command -v apt-get >/dev/null; then \
		sudo=; [ "$$(id -u)" -eq 0 ] || sudo=sudo; set -ex; \
		$$sudo apt-get update -q; \
		$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium; \
	elif command -v brew >/dev/null; then brew install --cask chromium; \
	else echo "Install Chromium, then run make test again." >&2; exit 1; fi
	@touch $@

$(VENV)/installed: pyproject.toml constraints.txt | $(VENV)/system
	[ -x $(BIN)/python ] || "$$($(FIND_PYTHON))" -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev,cluster,parquet,postgres,review]'
	@touch $@
