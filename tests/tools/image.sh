#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Build an execution environment from the included definition, on a base image built with Debian tools (without a
# registry), and run the quickstart in it. Requires root on Debian; installs packages with apt-get. The nox session calls:
#   image.sh DIRECTORY build TARBALL
#   image.sh DIRECTORY quickstart VARIABLES...

set -euo pipefail
suite=${SUITE:-bookworm}
image=$1
name=localhost/github-apps-ee:1
mkdir -p "$image"

# All storage and settings of the container tools are here, so that `make clean` removes them.
cat >"$image/storage.conf" <<CONF
[storage]
driver = "overlay"
graphroot = "$image/storage"
runroot = "$image/run"
CONF
cat >"$image/containers.conf" <<'CONF'
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
netns = "host"
[engine]
runtime = "runc"
CONF
export CONTAINERS_STORAGE_CONF=$image/storage.conf CONTAINERS_CONF=$image/containers.conf

if [ "$2" = quickstart ]; then
    state=$(dirname "$3")
    podman run --rm --user 0 --volume "$state:$state:ro" "$name" ansible-playbook hubops.github_apps.quickstart --diff \
        --extra-vars "@$3" "${@:4}" \
        --extra-vars @/usr/share/ansible/collections/ansible_collections/hubops/github_apps/tests/standin/quickstart.yml
    exit
fi

apt-get install -qq --yes --no-install-recommends -o DPkg::Lock::Timeout=600 buildah debootstrap podman runc >"$image/apt.log"
if ! podman image exists localhost/base:1; then
    rm -rf "$image/root"
    debootstrap --variant=minbase --include=ca-certificates,python3,python3-pip,python3-venv "$suite" "$image/root" >"$image/debootstrap.log"
    # Trust the same CAs as this machine, because a proxy may use its own CA.
    cp -L /etc/ssl/certs/ca-certificates.crt "$image/root/etc/ssl/certs/"
    tar --create --directory "$image/root" . | podman import - localhost/base:1
    rm -rf "$image/root"
fi

python - "$3" "$image/definition.yml" <<'PYTHON'
"""Write the included definition with another base image and with the collection that was just built."""

import sys
from pathlib import Path

import yaml

tarball, path = map(Path, sys.argv[1:])
definition = yaml.safe_load(Path("extensions/execution_environment/execution-environment.yml").read_text())
definition["images"]["base_image"]["name"] = "localhost/base:1"
definition["dependencies"]["python_interpreter"] = {"package_system": "python3", "python_path": "/usr/bin/python3"}
definition["dependencies"]["galaxy"]["collections"] = [{"name": f"galaxy/{tarball.name}", "type": "file"}]
definition["additional_build_files"] = [{"src": str(tarball), "dest": "galaxy"}]
definition["options"] = {"package_manager_path": "/usr/bin/apt-get", "skip_pip_install": True}
path.write_text(yaml.safe_dump(definition))
PYTHON
ansible-builder build --container-runtime podman --file "$image/definition.yml" --context "$image/context" --tag "$name" \
    --verbosity 3 --extra-build-cli-args "--isolation chroot --layers=false --pull=never"
