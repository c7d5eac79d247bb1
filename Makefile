# `make demo` shows Concord with a small world in it; `make test` runs the whole suite (docs/testing.md).
# Only relative paths below: the checkout may live in a folder whose name has spaces.
PORT ?= 8000
HOST ?= 127.0.0.1
PYTHON := .venv/bin/python
LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --quiet

.DEFAULT_GOAL := help
.PHONY: help demo test check install install-dev lock clean

help: ## say what can be made
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 22

demo: ## install what is needed, then start Concord with demonstration data (PORT=8000)
	@sh scripts/install.sh runtime
	@exec $(PYTHON) -m projects.management.demo --host "$(HOST)" --port "$(PORT)"

test: ## install what is needed, then run the whole suite (ARGS='tests/stats -k kappa' narrows it)
	@sh scripts/install.sh dev
	@exec env -u DJANGO_SETTINGS_MODULE $(PYTHON) -m scripts.run_tests $(ARGS)

check: ## every check of the continuous integration, the suite last
	@bash .ci/run

install: ## make .venv and install the locked requirements
	@sh scripts/install.sh runtime

install-dev: ## the same, with what tests and checks need
	@sh scripts/install.sh dev

lock: ## write both lock files anew from their .in files (needs uv)
	@$(LOCK) requirements.in --output-file requirements.txt
	@$(LOCK) requirements-dev.in --output-file requirements-dev.txt

clean: ## remove .venv and caches; data stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis staticfiles
