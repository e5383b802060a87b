#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

set -eu
python ../setup_releases/play.py test.yml 2.20 cloud
exec python runs.py
