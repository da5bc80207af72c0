# Needs Python 3.11 or newer, git and make. Everything else goes into .venv and sandbox/page/vendor, once;
# `make run` and the others see to it, and a second start needs no network.

SHELL   := /bin/sh
PYTHON  := .venv/bin/python
READY   := .venv/.ready
# As in uv.lock; it is installed into .venv and found nowhere else.
UV      := 0.13.8
# Tests wait for half of their time: four at once keep two cores busy.
WORKERS ?= 4
ROUNDS  ?= 200
RACES   ?= 1000
LISTS   ?= 200
DATABASE ?= both
MINUTES ?= 30

# Without bytecode every process that is started compiles all it imports anew, for five seconds; tests start many.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup run test check texts schema bench torture soak package sbom licences audit
.DEFAULT_GOAL := help

help: ## what there is
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' Makefile | awk -F'|' '{printf "%-15s %s\n", $$1, $$2}'

run: $(READY) ## Guestlist beside its sandbox, http://127.0.0.1:8765/ (PORT=… moves it, KEEP=1 keeps the database)
	@$(PYTHON) -m sandbox.run

test: $(READY) ## every test (TESTS=tests/rules for some)
	@$(PYTHON) -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(TESTS)

check: $(READY) ## lint, types, imports, and every test
	@.venv/bin/ruff check --quiet && echo "ruff check: fine"
	@.venv/bin/ruff format --quiet --check && echo "ruff format: fine"
	@.venv/bin/mypy
	@said=$$(.venv/bin/lint-imports --no-logo) && echo "$$said" | tail -1 || { echo "$$said"; exit 1; }
	@$(MAKE) --no-print-directory infra-check
	@$(MAKE) --no-print-directory test

infra-check: $(READY) .venv-infra/.ready ## checkov on infra/ and the Dockerfile, in an environment of its own
	@.venv-infra/bin/python infra/checks/run.py

# What checkov wants goes with nothing that Guestlist wants.
.venv-infra/.ready: infra/checks/requirements.txt | $(READY)
	@echo "Setting up in .venv-infra (the first time takes a minute) ..."
	@env -u VIRTUAL_ENV UV_PYTHON_DOWNLOADS=never .venv/bin/uv venv --quiet --clear --python $(PYTHON) .venv-infra
	@env -u VIRTUAL_ENV .venv/bin/uv pip install --quiet --require-hashes --python .venv-infra -r infra/checks/requirements.txt
	@touch $@

bench: $(READY) ## the measurements
	@$(PYTHON) -m bench

torture: $(READY) ## ROUNDS=… kills and other trouble, LISTS=… the same while lists run, RACES=… races; DATABASE=sqlite|postgres|both, SEED=… repeats, BACKGROUND=1
	@$(PYTHON) -m tests.kills --rounds $(ROUNDS) --database $(DATABASE) $(if $(SEED),--seed $(SEED)) $(if $(BACKGROUND),--background) --races $(RACES) --lists $(LISTS)

soak: $(READY) ## half an hour of five turns a second, with faults and a kill of each of three replicas (MINUTES=…, SEED=…)
	@$(PYTHON) -m tests.soak --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

package: $(READY) ## the Teams app package, build/guestlist.zip
	@$(PYTHON) -m manifest.package

sbom: $(READY) ## the bill of materials of the image, build/sbom.cdx.json
	@$(PYTHON) -m supply.sbom

licences: $(READY) ## docs/licences.md, the licence of each package of the image
	@mkdir -p build && $(PYTHON) -m supply.licences > build/licences.md && mv build/licences.md docs/licences.md

audit: $(READY) ## are faults of locked versions published? Asks osv.dev, and fails too where that could not be asked
	@.venv/bin/uv audit --locked --preview-features audit-command

texts: $(READY) ## cards/languages/*.po as the code now has its texts; new ones wait there for their translation
	@$(PYTHON) -m cards.languages

schema: $(READY) ## docs/policy.schema.json, as the policy's grammar is now
	@$(PYTHON) -m access.rules.policy_schema > docs/policy.schema.json

setup: $(READY) ## what all of these need
	@echo "Ready: make run, make test."

$(READY): pyproject.toml uv.lock sandbox/package-lock.json
	@echo "Setting up in .venv (the first time takes a minute or two) ..."
	@if ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	  for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	    if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$name; break; fi; \
	  done; \
	  if [ -z "$$found" ]; then echo "Guestlist needs Python 3.11 or newer; there is none on the PATH." >&2; exit 1; fi; \
	  $$found -m venv --clear .venv >/dev/null 2>&1 || $$found -m venv --clear --without-pip .venv || exit 1; \
	fi
	@if [ "$$(.venv/bin/uv --version 2>/dev/null | cut -d' ' -f2)" != "$(UV)" ]; then \
	  for pip in "$(PYTHON) -m pip" "python3 -m pip --python $(PYTHON)"; do \
	    if $$pip --version >/dev/null 2>&1; then \
	      $$pip install -qq --disable-pip-version-check uv==$(UV) || exit 1; break; \
	    fi; \
	  done; \
	  if [ ! -x .venv/bin/uv ]; then \
	    echo "This Python has neither ensurepip nor pip. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; \
	  fi; \
	fi
	@env -u VIRTUAL_ENV UV_PYTHON_DOWNLOADS=never .venv/bin/uv sync --quiet --locked --python $(PYTHON)
	@$(PYTHON) -m sandbox.page.vendor
	@touch $@
