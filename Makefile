# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Short names for the sessions of nox. `tests/tools/nox.sh --list` shows all sessions. ARGS are passed to the tool: make unit ARGS="-k jwt"
ARGS ?=
SHELL := bash
.SHELLFLAGS := -o pipefail -c
NOX := @tests/tools/nox.sh --session
# Run one session per core concurrently, and print the total number of tests.
ALL := @tests/tools/nox.sh --parallel auto --session
SUM := 2>&1 </dev/null | .build/nox/bin/python tests/tools/count.py

.build/nox/bin/python:
	@tests/tools/nox.sh --version >/dev/null 2>&1

.PHONY: help
help:  ## Show this list
	@sed -n 's/^\([a-z]*\):.*  ## /\1:/p' Makefile | while IFS=: read -r name text; do printf '  %-12s %s\n' "$$name" "$$text"; done

.PHONY: demo
demo:  ## Build and install the collection, and run the quickstart against the stand-in server
	$(NOX) demo -- $(ARGS)

.PHONY: test
test: .build/nox/bin/python  ## Run all tests that a change must pass: units, integration, sanity, checks, demo
	$(ALL) integration units sanity modules checks yamllint docs-check license-check extra-checks demo $(SUM)

.PHONY: practice
practice: .build/nox/bin/python  ## Test typical use: Molecule, jobs, secrets in their output, documentation, Galaxy import
	$(ALL) practice molecule awx practice-oldest docs importer $(SUM)

.PHONY: matrix
matrix: .build/nox/bin/python  ## Run the tests with each supported ansible-core (more than an hour; ARGS="2.16-3.11" for one)
	$(ALL) $(or $(foreach name,$(ARGS),'matrix($(name))'),matrix) $(SUM)

.PHONY: lint
lint: .build/nox/bin/python  ## Run the static checks
	$(ALL) checks yamllint docs-check license-check extra-checks $(SUM)

.PHONY: format
format:  ## Format the Python code
	$(NOX) formatters

.PHONY: unit
unit:  ## Run the unit tests with the newest Python (ARGS are passed to pytest; the first one can be a path)
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
fuzz:  ## Test generated responses and parameters, 1000 examples per test (FUZZ_EXAMPLES=5000)
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-1000} tests/tools/nox.sh --session units -- tests/unit/test_fuzz.py -v $(ARGS)

.PHONY: faults
faults:  ## Test each module with each fault at each request, once and permanently (about ten minutes; make test: once)
	@FAULT_MATRIX=full tests/tools/nox.sh --session units -- tests/unit/test_fault_matrix.py $(ARGS)

.PHONY: leaks
leaks:  ## Search the output and files of a job for secrets, with each module and failure (about five minutes; ARGS=--brief for one)
	$(NOX) practice -- leaks $(ARGS)

.PHONY: misplaced
misplaced:  ## Put secrets into the wrong options and variables, and search the output (ten minutes; ARGS=--brief for five)
	$(NOX) practice -- misplaced $(ARGS)

.PHONY: hostile
hostile:  ## Run each role and playbook against a hostile server (two minutes; ARGS=PATTERN for some runs)
	$(NOX) practice -- hostile $(ARGS)

.PHONY: awx
awx:  ## Set up AWX with the packaged playbooks, and run the jobs (four minutes; ARGS=PATTERN for some)
	$(NOX) awx -- setups $(ARGS)

.PHONY: debian
debian: .build/nox/bin/python  ## Run the tests that need Debian packages (requires root and apt)
	$(ALL) eda image softhsm $(SUM)

.PHONY: eda
eda:  ## Run the rulebooks with ansible-rulebook, and send deliveries to them (requires Java, or root and apt)
	$(NOX) eda -- $(ARGS)

.PHONY: image
image:  ## Build an execution environment with Debian tools and run the quickstart in it (installs packages; requires root and apt)
	$(NOX) image -- $(ARGS)

.PHONY: coverage
coverage:  ## Show branches of module_utils and plugin_utils that the unit tests do not cover
	$(NOX) coverage -- $(ARGS)

.PHONY: mutation
mutation:  ## Run mutation tests of the core (one to two hours; ARGS="_credentials.jwt": some minutes)
	$(NOX) mutation -- $(ARGS)

.PHONY: bench
bench:  ## Compare the performance with other tools (ARGS="--rounds 1 cold hit"; all scenarios take about an hour)
	$(NOX) bench -- $(ARGS)

.PHONY: contract
contract:  ## Update the test data from GitHub's API descriptions (requires npm)
	$(NOX) contract

.PHONY: live
live:  ## Compare the responses of a real GitHub server with those of the stand-in server (set GITHUB_APP_ID; only reads)
	$(NOX) live

.PHONY: operations
operations:  ## Generate the documentation of the endpoint table, and the schema of the access document
	$(NOX) operations

.PHONY: changelog
changelog:  ## Generate CHANGELOG.rst from the fragments for a release
	$(NOX) changelog

.PHONY: docs
docs:  ## Build the documentation in .build/docs/html
	$(NOX) docs

.PHONY: standin
standin:  ## Start the stand-in server (ARGS="--port 8080 --state-dir DIR")
	$(NOX) standin -- $(ARGS)

.PHONY: build
build:  ## Build the tarball of the collection in .build/dist
	$(NOX) build

.PHONY: clean
clean:  ## Remove all files that these targets created
	rm -rf .build .nox
