#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Starts the stand-in from the work tree, in the foreground, with the small environment of a user. Arguments go to it.

. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
tests/tools/setup.sh lean >&2
PATH=$BUILD/venv/bin:$PATH
export PYTHONPATH=$ROOT/tests/standin
exec python -m github_standin "$@"
