# Every target makes what it needs: a virtual environment in .venv, and the package built into it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The package is built into the source tree, either way: one for use, one with debug assertions.
RELEASE := $(VENV)/.release
CHECKED := $(VENV)/.checked
SOURCES := $(shell find engine/src frontend-py/src frontend-py/python -type f -not -name '*.so' -not -path '*/__pycache__/*') \
	Cargo.toml Cargo.lock engine/Cargo.toml frontend-py/Cargo.toml pyproject.toml

.NOTPARALLEL:
.PHONY: help demo test test-rust test-python lint format check bench instructions loom sanitize clean

help: ## shows this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(RELEASE) ## trains the two models and prints the three tables
	$(BIN)/python examples/demo.py

test: test-rust test-python ## passes every test

test-rust: ## tests of the engine
	cargo test -p forerun-engine

test-python: $(CHECKED) ## tests of the package, its docstrings and the examples
	$(BIN)/python -m pytest -q

lint: $(CHECKED) ## rustfmt, clippy, ruff, mypy, stubtest
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest forerun._core

format: $(CHECKED) ## formats the sources
	cargo fmt
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: lint test ## what CI runs

BENCH ?=

bench: $(RELEASE) ## measures against NumPy and PyTorch; BENCH='--peers numpy,jax' and so on
	$(BIN)/python -m forerun bench $(BENCH)

instructions: ## counts the instructions of issuing and planning an op (needs valgrind)
	cargo test -p forerun-engine --test instructions

loom: ## model-checks the waiting protocols
	RUSTFLAGS="--cfg loom" CARGO_PROFILE_DEV_OPT_LEVEL=0 cargo test -p forerun-engine --lib --target-dir target/loom loom

HOST = $(shell rustc -vV | sed -n 's/host: //p')
RACES := --test errors --test lifecycle --test ordering

sanitize: ## tests under AddressSanitizer and valgrind (AddressSanitizer needs a nightly)
	RUSTFLAGS=-Zsanitizer=address cargo +nightly test -p forerun-engine $(RACES) \
		--target $(HOST) --target-dir target/asan
	CARGO_TARGET_$(shell echo $(HOST) | tr a-z- A-Z_)_RUNNER='valgrind -q --error-exitcode=9' \
		cargo test -p forerun-engine --test errors

clean: ## removes what the targets made
	rm -rf $(VENV) target

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(RELEASE): $(VENV)/bin/python $(SOURCES)
	rm -f $(CHECKED)
	$(BIN)/python -m pip install --quiet --editable '.[test,demo]'
	touch $@

$(CHECKED): $(VENV)/bin/python $(SOURCES)
	rm -f $(RELEASE)
	MATURIN_PEP517_ARGS='--profile dev' $(BIN)/python -m pip install --quiet --editable '.[test,demo]'
	touch $@
