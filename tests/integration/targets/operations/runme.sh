#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

set -eu
exec python ../setup_releases/play.py --all-operations test.yml 2.18 2.19 2.20 2.22 3.0 3.3 3.22 cloud
