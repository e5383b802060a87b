#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Builds the collection's tarball into .build/dist, from the files that git knows or would add, and prints its path.

. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
PATH=$BUILD/venv/bin:$PATH
python tests/tools/tree.py
use_private_home

rm -rf "$BUILD/dist"
ansible-galaxy collection build "$COLLECTION" --output-path "$BUILD/dist" >&2
echo "$BUILD"/dist/*.tar.gz
