# `make` lists the targets. Only relative paths below, since make splits a path with spaces.

PYTHON ?= $(shell tools/find-python)
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

# Where `make test-roots` installs: Debian 12 and 13
ROOTS ?= bookworm trixie

# Checks GitHub's workflows; Go's proxy has it, and PyPI none that needs nothing else
ACTIONLINT := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

# Of the tests, those of what every launch does
MAIN_SCENARIOS := $(addprefix tests/pipeline/test_,main_job.py failures.py repeats.py)

.PHONY: help setup dev demo test test-quick test-pythons test-docker test-slurm test-roots test-main test-nextflow chaos images \
  lint docs reference bench nf-test lock jars licences dist release clean moved

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

setup: .venv/.created ## .venv with what runs the pipeline: the pinned packages, this one, Nextflow, and Java if need be
	@$(MAKE) -s -j 2 .venv/.nextflow .venv/.compiled

dev: setup ## .venv with what tests and documents need, too; the targets below call it
	@$(MAKE) -s .venv/.dev

demo: setup ## generate sessions and jobs, and run the pipeline on them
	@$(MAKE) -s .venv/.examples
	@$(ACTIVE) .venv/bin/python examples/demo.py

test: dev ## every test; ends with what was skipped and why
	@$(ACTIVE) .venv/bin/python -m pytest -n 3 -rs

test-quick: dev ## the tests without Nextflow, servers and a browser: two minutes
	@$(ACTIVE) .venv/bin/python -m pytest -n 2 -q -m "not nextflow and not slow"

images: ## build the base image and an example's; DOCKER_BUILD has options of docker build
	@tools/build-images $(DOCKER_BUILD)

test-pythons: dev ## the rooms that depend on libraries, under each other Python that is here
	@tools/test-pythons

test-docker: dev ## build the images and run the pipeline in them
	@docker info >/dev/null 2>&1 || { echo "No Docker engine answers: start one (sudo systemctl start docker), and see that you may use it (docker info)." >&2; exit 1; }
	@tools/build-images $(DOCKER_BUILD)
	@$(ACTIVE) TEST_PLACES=docker DOCKER_BUILD='$(DOCKER_BUILD)' .venv/bin/python -m pytest -rs tests/places/test_docker.py tests/places/test_by_address.py tests/places/test_images.py tests/places/test_codeocean.py

test-slurm: dev ## run the pipeline on the SLURM cluster that SLURM_CONF names, and lose a node
	@sinfo -h >/dev/null 2>&1 || { echo "No SLURM controller answers: start one, and export SLURM_CONF where its slurm.conf is in no usual place (sinfo)." >&2; exit 1; }
	@$(ACTIVE) TEST_PLACES=slurm .venv/bin/python -m pytest -rs tests/places/test_slurm.py tests/places/test_slurm_head.py

test-roots: dev ## the installation on fresh Debians, which debootstrap makes; ROOTS
	@test "$$(id -u)" = 0 && command -v debootstrap >/dev/null || { echo "Roots of Debian cannot be made: be root, and install debootstrap (apt-get install debootstrap)." >&2; exit 1; }
	@$(ACTIVE) TEST_PLACES=roots ROOTS="$(ROOTS)" .venv/bin/python -m pytest -rs tests/places/test_roots.py

test-main: dev ## the pipeline's main scenarios on the Nextflow of .venv
	@$(ACTIVE) .venv/bin/python -m pytest -n 3 -rs $(MAIN_SCENARIOS)

# A newer Nextflow than the one that setup installs, of which tools/jars has a list
NEWER := 25.04.4
test-nextflow: dev ## the pipeline's main scenarios on Nextflow 25.04
	@tools/install-nextflow --version $(NEWER) .venv/nextflow-$(NEWER)
	@PATH="$$PWD/.venv/nextflow-$(NEWER)/bin:$$PWD/.venv/bin:$$PATH" .venv/bin/python -m pytest -n 3 -rs $(MAIN_SCENARIOS)

chaos: dev ## random kills, races, damages and outages, then every promise checked; SEED, MINUTES, ROUND
	@$(ACTIVE) PYTHONPATH=tests .venv/bin/python -m chaos --minutes $(MINUTES) \
	  $(if $(SEED),--seed $(SEED)) $(if $(ROUND),--round $(ROUND))

lint: dev ## ruff, mypy on src, the order of the rooms, the strict syntax of Nextflow 25, and GitHub's workflows
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@tools/strict-syntax/run
	@tools/check-workflows

docs: dev ## the documentation as a site, in site/; ends with status 1 where a link leads nowhere
	@NO_MKDOCS_2_WARNING=1 .venv/bin/python -m mkdocs build --strict
	@echo "Open site/index.html"

reference: dev ## write docs/schemas/ and the drawings in docs/ again, from the code
	@$(ACTIVE) .venv/bin/python tools/schemas.py
	@$(ACTIVE) .venv/bin/python tools/drawings.py

bench: dev ## measure, and compare with bare Nextflow
	@$(ACTIVE) .venv/bin/python benchmarks/run.py

nf-test: dev ## the *.nf.test files, where nf-test is installed
	@if command -v nf-test >/dev/null; then NXF_OPTS=-XX:TieredStopAtLevel=1 $(ACTIVE) nf-test test; \
	else echo "nf-test is not on PATH: nothing was run."; fi

lock: ## resolve pyproject.toml afresh into the locks
	tools/lock "$(PYTHON)"

jars: ## resolve the lists of tools/jars and of the tests afresh, with Maven
	tools/jars/lock.py tools/jars/*.txt tests/fakes/mongo_server/jars.txt

licences: dev ## write the licences of what the locks and jars are again, for the bills of materials
	@$(ACTIVE) PYTHONPATH=tools .venv/bin/python -m release.licences

dist: dev ## wheel, source distribution and bills of materials of the commit that is checked out, into dist/
	@$(ACTIVE) PYTHONPATH=tools .venv/bin/python -m release.dist

release: dev ## commit, tag and build a version, and push nothing; VERSION=0.2.0
	@test -n "$(VERSION)" || { echo "Which version? Name it: make release VERSION=0.2.0" >&2; exit 1; }
	@$(ACTIVE) PYTHONPATH=tools .venv/bin/python -m release --docker-build='$(DOCKER_BUILD)' '$(VERSION)'

clean: ## remove .venv, caches, the demo's output, the site and what was built
	rm -rf .venv .pythons .import_linter_cache .mypy_cache .pytest_cache .ruff_cache demo site dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.created: requirements.lock $(MOVED)
	@[ ! -L .venv ] || { \
	  echo ".venv is a link, and making it again would empty the folder that it leads to: remove the link (rm .venv), and call make again." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null || { \
	  echo "Python 3.11, 3.12 or 3.13 is needed, and $(PYTHON) is not one of them: install one (sudo apt-get install python3) or name it (make setup PYTHON=python3.12)." >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv module is missing: install it (sudo apt-get install python3-venv)." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; print("Python {}.{}.{}: {}, for .venv".format(*sys.version_info[:3], sys.executable))'
	@"$(PYTHON)" -m venv --clear .venv
	@pwd -P > $@

.venv/.nextflow: .venv/.created tools/install-nextflow $(wildcard tools/nextflow/*) $(wildcard tools/jars/*)
	@tools/install-nextflow
	@touch $@

.venv/.packages: .venv/.created
	@tools/install-packages requirements.lock
	@touch $@

.venv/.editable: .venv/.packages pyproject.toml
	@env -u UV_REQUIRE_HASHES .venv/bin/uv pip install --quiet --no-config --offline --python .venv/bin/python --no-deps --no-build-isolation -e .
	@touch $@

# Where PYTHONDONTWRITEBYTECODE is set, every task would compile the package again
.venv/.compiled: .venv/.editable $(SOURCES)
	@.venv/bin/python -m compileall -q src
	@touch $@

.venv/.examples: .venv/.packages examples/requirements.lock
	@tools/install-packages examples/requirements.lock
	@touch $@

.venv/.dev: .venv/.packages requirements-dev.lock
	@tools/install-packages requirements-dev.lock
	@! command -v go >/dev/null || GOBIN="$$PWD/.venv/bin" go install $(ACTIONLINT) || \
	  echo "actionlint is not installed: make lint checks GitHub's workflows against their schema alone."
	@touch $@
