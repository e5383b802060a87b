# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read inventory sources with the plugin installations."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional

import yaml
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader

NAME = "hubops.github_apps.installations"


def write_source(directory: Path, options: Dict[str, Any], name: str = "github_installations.yml") -> str:
    path = directory / name
    path.write_text(yaml.safe_dump({"plugin": NAME, **options}), encoding="utf-8")
    return str(path)


def read_source(path: str, cache: bool = True, inventory: Optional[InventoryData] = None) -> InventoryData:
    """Return the inventory with the hosts of the source, like Ansible. Raises AnsibleError.

    :param cache: False to flush the cache. :param inventory: with the hosts of earlier sources.
    """
    inventory = inventory or InventoryData()
    plugin = inventory_loader.get(NAME)
    plugin.parse(inventory, DataLoader(), path, cache=cache)
    if plugin.get_option("cache"):
        plugin.update_cache_if_changed()
    inventory.reconcile_inventory()
    return inventory


def variables_of(inventory: InventoryData, host: str) -> Dict[str, Any]:
    """Return the variables that the plugin set."""
    found = inventory.hosts[host].vars
    return {name: value for name, value in found.items() if name not in ("inventory_file", "inventory_dir")}


def members(inventory: InventoryData, group: str) -> List[str]:
    return sorted(host.name for host in inventory.groups[group].get_hosts())
