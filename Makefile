# Everything a fresh machine needs is Python 3.11 to 3.13 and make.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: install demo test test-slow check bench

install: .venv/installed

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[offline,dev]"
	touch $@

demo: install
	$(BIN)/accent demo

check: install
	scripts/check

test: install
	scripts/check
	scripts/test

test-slow: install
	scripts/test --slow

bench: install
	scripts/bench
