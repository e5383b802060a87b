# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Short names for the sessions of nox, which `tests/tools/nox.sh --list` shows. ARGS go to the tool behind one: make unit ARGS="-k jwt"
ARGS ?=
SHELL := bash
.SHELLFLAGS := -o pipefail -c
NOX := @tests/tools/nox.sh --session
# Several sessions at a time, one for each core, and the sum of their tests.
ALL := @tests/tools/nox.sh --parallel auto --session
SUM := 2>&1 </dev/null | .build/nox/bin/python tests/tools/count.py

.build/nox/bin/python:
	@tests/tools/nox.sh --version >/dev/null 2>&1

.PHONY: help
help:  ## Show this list
	@sed -n 's/^\([a-z]*\):.*  ## /\1:/p' Makefile | while IFS=: read -r name text; do printf '  %-12s %s\n' "$$name" "$$text"; done

.PHONY: demo
demo:  ## Build and install the collection, and run its quickstart against the stand-in
	$(NOX) demo -- $(ARGS)

.PHONY: test
test: .build/nox/bin/python  ## Run what a change must not break: units, integration, sanity, checks, demo
	$(ALL) integration units sanity modules checks yamllint docs-check license-check extra-checks demo $(SUM)

.PHONY: practice
practice: .build/nox/bin/python  ## Try it as it is used: Molecule, jobs and what they leave, documentation, import into Galaxy
	$(ALL) practice practice-oldest molecule docs importer $(SUM)

.PHONY: matrix
matrix: .build/nox/bin/python  ## Run the tests with every supported ansible-core (more than an hour; ARGS="2.16-3.11" for one)
	$(ALL) $(or $(foreach name,$(ARGS),'matrix($(name))'),matrix) $(SUM)

.PHONY: lint
lint: .build/nox/bin/python  ## Run the static checks
	$(ALL) checks yamllint docs-check license-check extra-checks $(SUM)

.PHONY: format
format:  ## Format the Python code
	$(NOX) formatters

.PHONY: unit
unit:  ## Run the unit tests with the newest Python (ARGS go to pytest; a path may come first)
	$(NOX) units -- $(ARGS)

.PHONY: sanity
sanity:  ## Run ansible-test sanity (ARGS="--test pep8")
	$(NOX) sanity -- $(ARGS)

.PHONY: integration
integration:  ## Run the integration tests (ARGS="TARGET")
	$(NOX) integration -- $(ARGS)

.PHONY: molecule
molecule:  ## Run the Molecule scenarios (ARGS=NAME)
	$(NOX) molecule -- $(ARGS)

.PHONY: fuzz
fuzz:  ## Try what servers and users could come up with, 1000 examples a test (FUZZ_EXAMPLES=5000)
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-1000} tests/tools/nox.sh --session units -- tests/unit/test_fuzz.py -v $(ARGS)

.PHONY: faults
faults:  ## Run every module with every fault at each of its requests, once and for ever (about ten minutes; make test: once)
	@FAULT_MATRIX=full tests/tools/nox.sh --session units -- tests/unit/test_fault_matrix.py $(ARGS)

.PHONY: leaks
leaks:  ## Search all that a job leaves for secrets, for every module in every failure (about five minutes; ARGS=--brief for one)
	$(NOX) practice -- leaks $(ARGS)

.PHONY: hostile
hostile:  ## Run every role and playbook against a server whose every text is hostile (two minutes; ARGS=PATTERN for some runs)
	$(NOX) practice -- hostile $(ARGS)

.PHONY: awx
awx:  ## Set up AWXes with the packaged playbooks, and run their jobs (four minutes; ARGS=PATTERN for some)
	$(NOX) practice -- setups $(ARGS)

.PHONY: image
image:  ## Build an execution environment with Debian's tools and run the quickstart in it (installs packages: root, apt)
	$(NOX) image -- $(ARGS)

.PHONY: coverage
coverage:  ## Tell which branches of module_utils and plugin_utils the unit tests leave out (none)
	$(NOX) coverage -- $(ARGS)

.PHONY: mutation
mutation:  ## Change the core bit by bit and see whether a test notices: an hour or two (ARGS="_credentials.jwt": some minutes)
	$(NOX) mutation -- $(ARGS)

.PHONY: bench
bench:  ## Measure speed beside the peers (ARGS="--rounds 1 cold hit"; all of it takes about an hour)
	$(NOX) bench -- $(ARGS)

.PHONY: contract
contract:  ## Renew the test data on what GitHub describes (needs npm)
	$(NOX) contract

.PHONY: operations
operations:  ## Write the pages that are made of the endpoint table anew
	$(NOX) operations

.PHONY: changelog
changelog:  ## Write CHANGELOG.rst from the fragments, for a release
	$(NOX) changelog

.PHONY: docs
docs:  ## Build the documentation into .build/docs/html
	$(NOX) docs

.PHONY: standin
standin:  ## Start the stand-in for the GitHub server (ARGS="--port 8080 --state-dir DIR")
	$(NOX) standin -- $(ARGS)

.PHONY: build
build:  ## Build the collection's tarball into .build/dist
	$(NOX) build

.PHONY: clean
clean:  ## Remove all that these targets made
	rm -rf .build .nox
