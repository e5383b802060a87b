#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

set -eu
exec python ../setup_releases/play.py hubops.github_apps.quickstart 2.19 2.21 3.3 cloud
