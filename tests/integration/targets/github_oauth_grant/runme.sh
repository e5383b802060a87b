#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

set -eu
exec python ../setup_releases/play.py test.yml 2.19 2.20 cloud
