#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

set -eu
exec python examples.py
