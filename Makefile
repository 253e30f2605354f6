# `make run` to try Hunch, `make test` to test it; `make help` lists the rest.
# Works with GNU make 3.81 (macOS) and newer.

PYTHON ?= python3
VENV := .venv
IN := $(VENV)/bin
OURS := bot handlers storage jobs playground
PIP := $(IN)/python -m pip --disable-pip-version-check --quiet install
PYTEST := $(IN)/python -m pytest
# Tests wait more than they compute, so a few more workers than cores; ONLY=tests/unit runs a part.
WORKERS ?= 4
ONLY ?=
COMPANY ?=
REPO ?=

.PHONY: help run test check format lock schema bench picture soak clean

help:
	@sed -n 's/^## //p' Makefile

## make run      everything in one process; Ctrl-C stops it (COMPANY=large: in a generated company,
##               REPO=~/src/mine: with a clone of yours and its people)
run: $(VENV)/.run
	@trap : INT; $(IN)/python -m bot run $(if $(COMPANY),--company $(COMPANY)) $(if $(REPO),--repo $(REPO))

## make test     the whole suite on real PostgreSQL, with coverage (ONLY=tests/unit: a part)
test: $(VENV)/.dev
ifeq ($(ONLY),)
	@rm -f .coverage .coverage.*
	$(PYTEST) -q -n $(WORKERS) --dist worksteal --cov --cov-report=term:skip-covered
else
	$(PYTEST) -q $(ONLY)
endif

## make check    style, types, imports, security, secrets
check: $(VENV)/.dev
	$(IN)/ruff check .
	$(IN)/ruff format --check .
	$(IN)/mypy $(OURS) tests benchmarks
	$(IN)/lint-imports --no-cache
	$(IN)/bandit -q -c pyproject.toml -r $(OURS)
	git ls-files -z | xargs -0 $(IN)/detect-secrets-hook

## make format   put the code in the house's style
format: $(VENV)/.dev
	$(IN)/ruff check --fix .
	$(IN)/ruff format .

## make lock     pin all dependencies with hashes for every platform (UPGRADE=--upgrade: the newest)
LOCK := $(IN)/uv pip compile --quiet --universal --generate-hashes --no-header \
  --python-version 3.11 pyproject.toml --group build
lock: $(VENV)/.dev
	$(LOCK) $(UPGRADE) -o requirements.txt
	$(LOCK) $(UPGRADE) --group dev -c requirements.txt -o requirements-dev.txt

## make schema   write storage/schema.sql from the migrations
schema: $(VENV)/.dev
	$(IN)/python -m tests.house.schema

## make bench    the measured speeds, each beside its bare baseline
bench: $(VENV)/.dev
	$(IN)/python -m benchmarks

## make picture  take the README's picture of the page anew, in docs/playground.png
picture: $(VENV)/.dev
	$(IN)/python -m tests.browser.picture

## make soak     kill processes at random under load, 200 times
soak: $(VENV)/.dev
	$(PYTEST) tests/soak -m soak --timeout=0 -p no:xdist

## make clean    remove what make made; your data in data/ stays
clean:
	rm -rf $(VENV) .cache .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find $(OURS) tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: a second `make run` installs nothing, changed requirements are installed once.
$(VENV)/.made:
	@for python in "$(PYTHON)" python3 python3.14 python3.13 python3.12 python3.11; do \
	  if "$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' \
	    2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Hunch needs Python 3.11 to 3.14, and found $$("$(PYTHON)" --version 2>&1 || true)." \
	    "Install one, or say where it is: make run PYTHON=/path/to/python3.12" >&2; exit 1; \
	fi; \
	if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "$$found has no venv. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; \
	fi; \
	echo "Making $(VENV) with $$("$$found" --version) …"; \
	"$$found" -m venv $(VENV) && touch $@

$(VENV)/.run: $(VENV)/.made requirements.txt pyproject.toml
	@echo "Installing what Hunch needs, once …"
	@$(PIP) --require-hashes -r requirements.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt
	@echo "Installing what the tests need, once …"
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@
