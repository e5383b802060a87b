# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Short names for the sessions of nox. `make help` prints the lines that start with two number signs.
## make demo        Build and install the collection, and run the quickstart against the stand-in server
## make test        Run all tests that a change must pass: units, integration, sanity, checks, demo
## make practice    Test typical use: Molecule, jobs, secrets in their output, documentation, Galaxy import
## make debian      Run the tests that need Debian packages (requires root and apt)
## make matrix      Run the tests with each supported ansible-core (more than an hour; ARGS="2.16-3.11" for one)
## make lint        Run the static checks
## make format      Format the Python code
## make unit        Run the unit tests (ARGS are passed to pytest; the first one can be a path)
## make standin     Start the stand-in server (ARGS="--port 8080 --state-dir DIR")
## make clean       Remove all files that these commands created
##
## The other targets are sessions of nox: make molecule ARGS=incidents. `tests/tools/nox.sh --list` describes them.

ARGS ?=
SHELL := bash
.SHELLFLAGS := -o pipefail -c
NOX := @tests/tools/nox.sh --session
# Run one session per core concurrently, and print the total number of tests.
ALL := @tests/tools/nox.sh --parallel auto --session
SUM := 2>&1 </dev/null | .build/nox/bin/python tests/tools/count.py
CHECKS := checks yamllint docs-check license-check extra-checks
SESSIONS := bench build changelog contract coverage demo docs eda image importer integration live molecule mutation operations \
  sanity softhsm standin

.PHONY: help $(SESSIONS) test practice debian matrix lint format unit fuzz faults leaks misplaced hostile awx clean
help:
	@sed -n 's/^## \?//p' Makefile

.build/nox/bin/python:
	@tests/tools/nox.sh --version >/dev/null 2>&1

$(SESSIONS):
	$(NOX) $@ -- $(ARGS)
test: .build/nox/bin/python
	$(ALL) integration units sanity modules $(CHECKS) demo $(SUM)
practice: .build/nox/bin/python
	$(ALL) practice molecule awx practice-oldest docs importer $(SUM)
debian: .build/nox/bin/python
	$(ALL) eda image softhsm $(SUM)
matrix: .build/nox/bin/python
	$(ALL) $(or $(foreach name,$(ARGS),'matrix($(name))'),matrix) $(SUM)
lint: .build/nox/bin/python
	$(ALL) $(CHECKS) $(SUM)
format:
	$(NOX) formatters
unit:
	$(NOX) units -- $(ARGS)
# Generated responses and parameters, and each fault once and permanently: more than in `make test`.
fuzz:
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-1000} tests/tools/nox.sh --session units -- tests/unit/test_fuzz.py -v $(ARGS)
faults:
	@FAULT_MATRIX=full tests/tools/nox.sh --session units -- tests/unit/test_fault_matrix.py $(ARGS)
leaks misplaced hostile:
	$(NOX) practice -- $@ $(ARGS)
awx:
	$(NOX) awx -- setups $(ARGS)
clean:
	rm -rf .build .nox
