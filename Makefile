# `make` lists the targets. Only relative paths below, since make splits a path with spaces.

PYTHON ?= python3
SOURCES := $(shell find src/analysis_jobs -name "*.py")
# The scripts and the package in .venv are found by absolute paths, so a checkout that was moved gets a new .venv
MOVED := $(shell [ "$$(cat .venv/.created 2>/dev/null)" = "$$(pwd -P)" ] || echo moved)
ACTIVE = PATH="$$PWD/.venv/bin:$$PATH"

# How the images are built, such as --network host --build-arg BASE_IMAGE=my/python:3.12
DOCKER_BUILD ?=

# Of `make chaos`, whose CONTRIBUTING section says what they are
SEED ?=
MINUTES ?= 10
ROUND ?=

.PHONY: help setup demo test test-quick test-docker test-slurm chaos images lint docs bench nf-test lock clean moved

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

setup: .venv/.nextflow .venv/.compiled ## .venv with the pinned packages, this package, and nextflow

demo: setup ## generate sessions and jobs, and run the pipeline on them
	@$(ACTIVE) .venv/bin/python examples/demo.py

test: setup ## every test; ends with what was skipped and why
	@$(ACTIVE) .venv/bin/python -m pytest -n 3 -rs

test-quick: setup ## the tests without Nextflow, servers and a browser: two minutes
	@$(ACTIVE) .venv/bin/python -m pytest -n 2 -q -m "not nextflow and not slow"

images: ## build the base image and an example's; DOCKER_BUILD has options of docker build
	@tools/build-images $(DOCKER_BUILD)

test-docker: setup ## build the images and run the pipeline in them
	@docker info >/dev/null 2>&1 || { echo "No Docker engine answers: start one (sudo systemctl start docker), and see that you may use it (docker info)." >&2; exit 1; }
	@tools/build-images $(DOCKER_BUILD)
	@$(ACTIVE) TEST_PLACES=docker DOCKER_BUILD='$(DOCKER_BUILD)' .venv/bin/python -m pytest -rs tests/places/test_docker.py tests/places/test_images.py tests/places/test_codeocean.py

test-slurm: setup ## run the pipeline on the SLURM cluster that SLURM_CONF names, and lose a node
	@sinfo -h >/dev/null 2>&1 || { echo "No SLURM controller answers: start one, and export SLURM_CONF where its slurm.conf is in no usual place (sinfo)." >&2; exit 1; }
	@$(ACTIVE) TEST_PLACES=slurm .venv/bin/python -m pytest -rs tests/places/test_slurm.py

chaos: setup ## random kills, races, damages and outages, then every promise checked; SEED, MINUTES, ROUND
	@$(ACTIVE) PYTHONPATH=tests .venv/bin/python -m chaos --minutes $(MINUTES) \
	  $(if $(SEED),--seed $(SEED)) $(if $(ROUND),--round $(ROUND))

lint: setup ## ruff, mypy on src, the order of the rooms, and the strict syntax of Nextflow 25
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@tools/strict-syntax/run

docs: setup ## the documentation as a site, in site/; ends with status 1 where a link leads nowhere
	@NO_MKDOCS_2_WARNING=1 .venv/bin/python -m mkdocs build --strict
	@echo "Open site/index.html"

bench: setup ## measure, and compare with bare Nextflow
	@$(ACTIVE) .venv/bin/python benchmarks/run.py

nf-test: setup ## the *.nf.test files, where nf-test is installed
	@if command -v nf-test >/dev/null; then NXF_OPTS=-XX:TieredStopAtLevel=1 $(ACTIVE) nf-test test; \
	else echo "nf-test is not on PATH: nothing was run."; fi

lock: ## resolve pyproject.toml afresh into requirements.lock
	tools/lock "$(PYTHON)"

clean: ## remove .venv, caches, the demo's output and the site
	rm -rf .venv .import_linter_cache .mypy_cache .pytest_cache .ruff_cache demo site
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.created: requirements.lock $(MOVED)
	@"$(PYTHON)" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null || { \
	  echo "Python 3.11, 3.12 or 3.13 is needed, and $(PYTHON) is none: install one (sudo apt-get install python3) or name it (make setup PYTHON=python3.12)." >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv module is missing: install it (sudo apt-get install python3-venv)." >&2; exit 1; }
	"$(PYTHON)" -m venv --clear .venv
	@pwd -P > $@

# Before the packages, as it ends at once where Java is missing
.venv/.nextflow: .venv/.created tools/install-nextflow $(wildcard tools/nextflow/*)
	@tools/install-nextflow
	@touch $@

.venv/.packages: .venv/.created
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements.lock
	@touch $@

.venv/.editable: .venv/.packages pyproject.toml
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Where PYTHONDONTWRITEBYTECODE is set, every task would compile the package again
.venv/.compiled: .venv/.editable $(SOURCES)
	@.venv/bin/python -m compileall -q src
	@touch $@
