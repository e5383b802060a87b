#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs another script with an ansible-core and a Python of its own: core.sh 2.16.19 3.11 tests/tools/unit.sh tests/unit

export CORE=$1 CORE_PYTHON=$2
unset PYTHON
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
tests/tools/setup.sh core
exec "${@:3}"
