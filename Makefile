# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Arguments for the tool behind a target: make unit ARGS="-k jwt"
ARGS ?=

.PHONY: help
help:  ## Show this list
	@sed -n 's/^\([a-z]*\):.*  ## /\1:/p' Makefile | while IFS=: read -r name text; do printf '  %-12s %s\n' "$$name" "$$text"; done

.PHONY: setup
setup:  ## Make .venv, with everything that development needs
	@tests/tools/setup.sh

.PHONY: demo
demo:  ## Build and install the collection, and run its quickstart against the stand-in
	@tests/tools/demo.sh $(ARGS)

.PHONY: test
test: setup  ## Run what a change must not break: lint, unit, sanity, integration, demo
	@tests/tools/test.sh

.PHONY: practice
practice: setup  ## Try it as it is used: Molecule, jobs and what they leave, documentation, import into Galaxy
	@tests/tools/test.sh practice

.PHONY: importer
importer:  ## Build the tarball and import it as Galaxy does
	@tests/tools/importer.sh

.PHONY: matrix
matrix: setup  ## Run the tests with every supported ansible-core (more than an hour; ARGS="2.16 2.22" for some)
	@tests/tools/test.sh matrix $(ARGS)

.PHONY: lint
lint: setup  ## Run the static checks
	@tests/tools/lint.sh

.PHONY: format
format: setup  ## Format the Python code
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

.PHONY: unit
unit: setup  ## Run the unit tests with the newest Python (ARGS go to pytest)
	@tests/tools/unit.sh $(ARGS)

.PHONY: sanity
sanity: setup  ## Run ansible-test sanity (ARGS="--test pep8")
	@tests/tools/ansible-test.sh sanity $(ARGS)

.PHONY: integration
integration: setup  ## Run the integration tests (ARGS="TARGET")
	@tests/tools/ansible-test.sh integration --venv --requirements --continue-on-error $(ARGS)

.PHONY: molecule
molecule: setup  ## Run the Molecule scenarios (ARGS=NAME)
	@tests/tools/molecule.sh $(ARGS)

.PHONY: fuzz
fuzz: setup  ## Try what servers and users could come up with, 1000 examples a test (FUZZ_EXAMPLES=5000)
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-1000} tests/tools/unit.sh tests/unit/test_fuzz.py -v $(ARGS)

.PHONY: faults
faults: setup  ## Run every module with every fault at each of its requests, once and for ever (about ten minutes; make test: once)
	@FAULT_MATRIX=full tests/tools/unit.sh tests/unit/test_fault_matrix.py $(ARGS)

.PHONY: leaks
leaks: setup  ## Search all that a job leaves for secrets, for every module in every failure (about five minutes; ARGS=--brief for one)
	@tests/tools/leaks.sh $(ARGS)

.PHONY: hostile
hostile: setup  ## Run every role and playbook against a server whose every text is hostile (two minutes; ARGS=PATTERN for some runs)
	@tests/tools/hostile.sh $(ARGS)

.PHONY: awx
awx: setup  ## Run jobs as AWX does, and set up AWXes (five minutes; ARGS=--brief for jobs alone)
	@tests/tools/awx.sh $(ARGS)

.PHONY: image
image: setup  ## Build an execution environment with Debian's tools and run the quickstart in it (installs packages: root, apt)
	@tests/tools/image.sh $(ARGS)

.PHONY: coverage
coverage: setup  ## Tell which branches of module_utils and plugin_utils the unit tests leave out (none)
	@tests/tools/coverage.sh $(ARGS)

.PHONY: mutation
mutation:  ## Change the core bit by bit and see whether a test notices: an hour or two (ARGS="_jwt": some minutes)
	@tests/tools/mutation.sh $(ARGS)

.PHONY: bench
bench: setup  ## Measure speed beside the peers (ARGS="--rounds 1 cold hit"; all of it takes about an hour)
	@tests/tools/bench.sh $(ARGS)

.PHONY: contract
contract: setup  ## Renew the test data on what GitHub describes (needs npm)
	@.venv/bin/python tests/tools/contract.py

.PHONY: operations
operations: setup  ## Write docs/docsite/rst/operations.rst anew
	@.venv/bin/python tests/tools/tree.py
	@.venv/bin/python tests/tools/operations_table.py

.PHONY: docs
docs: setup  ## Build the documentation into .build/docs/html
	@tests/tools/docs.sh

.PHONY: standin
standin:  ## Start the stand-in for the GitHub server (ARGS="--port 8080 --state-dir DIR")
	@tests/tools/standin.sh $(ARGS)

.PHONY: build
build:  ## Build the collection's tarball
	@tests/tools/setup.sh lean
	@tests/tools/build.sh

.PHONY: clean
clean:  ## Remove all that these targets made
	rm -rf .build .venv
