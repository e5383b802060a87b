#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Builds the tarball and imports it as Galaxy would. A warning is a failure.

. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
tests/tools/setup.sh importer
tarball=$(tests/tools/build.sh 2>/dev/null)
PATH=$BUILD/importer/bin:$PATH
use_private_home

# It leaves its result in the current directory.
cd "$BUILD/importer" || exit
if output=$(python -m galaxy_importer.main "$tarball" 2>&1) && ! grep -Eq '^(WARNING|ERROR)' <<<"$output"; then
    echo 'ok    galaxy-importer'
else
    echo "FAIL  galaxy-importer: $tarball"
    grep -v '^Loading ' <<<"$output"
    exit 1
fi
