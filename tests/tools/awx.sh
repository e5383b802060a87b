#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs jobs of the Automation Platform with credentials as AWX renders them. Then sets up AWXes with the packaged playbooks, and lets
# them run their jobs.
#   awx.sh --brief     jobs alone
#   awx.sh PATTERN     setups alone whose names contain it

. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
python tests/tools/tree.py
tests/tools/awx_collection.sh
use_private_home
failed=0
case ${1:-} in
    '' | --brief) python "$COLLECTION/tests/leaks/awx_jobs.py" || failed=1 ;;
esac
if [ "${1:-}" != --brief ]; then
    HOME=$BUILD/home python "$COLLECTION/tests/awx/setups.py" "$@" || failed=1
fi
exit "$failed"
