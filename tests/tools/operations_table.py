# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write what the documentation says of the endpoint table: each operation with the plugins that use it, and the releases that lack some.

Which plugins use an operation is found in the source: a plugin uses what its functions name, and what the functions
name that they refer to. A method is known by its name alone, whatever object it is called on.
"""

from __future__ import annotations

import ast
import importlib
import os
import re
import sys
from pathlib import Path
from typing import Any, Dict, Iterator, List, Set, Tuple

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
PAGES = ROOT / "docs" / "docsite" / "rst"
RESULT = PAGES / "operations.rst"
OLD_SERVERS = PAGES / "guide_old_servers.rst"
BEGIN, END = "..\n  Begin of what `make operations` writes.\n\n", "..\n  End of what `make operations` writes.\n"
Function = Tuple[str, str]  # file and name

HEAD = """\
..
  Copyright (c) hubops maintainers
  GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
  SPDX-License-Identifier: GPL-3.0-or-later

.. Made by `make operations` from plugins/module_utils/_github/endpoints.py.

.. _ansible_collections.hubops.github_apps.docsite.operations:

Operations
==========

Everything that the collection asks of GitHub's REST API. Operations are named as in GitHub's OpenAPI descriptions.

Releases are those of GitHub Enterprise Server; "all" and "from" include github.com. Authentication is what GitHub
accepts and the collection can send, best first. Previews are demanded by the named release and by those before it.

.. list-table::
   :header-rows: 1
   :widths: 34 26 11 16 13

   * - Operation
     - Used by
     - Releases
     - Authentication
     - Previews
"""
AUTHENTICATION = {
    "app": "app (JSON web token)",
    "installation": "installation access token",
    "user": "user's token",
    "oauth_app": "client id and secret",
    "password": "user's name and password",
    "nobody": "none",
}


def main() -> None:
    for path, text in ((RESULT, page()), (OLD_SERVERS, old_servers())):
        path.write_text(text, encoding="utf-8")
        print(f"{path.relative_to(ROOT)} is written.")


def page() -> str:
    """The content of operations.rst."""
    table = load_table()
    uses = find_uses(table.ENDPOINTS)
    everything = max(uses.values(), key=len)
    rows = [
        [
            f"| ``{operation}``\n       | ``{row.method} {row.path}``",
            "all" if uses[operation] == everything else ", ".join(map(link, uses[operation])),
            releases(row, table),
            ", ".join(AUTHENTICATION[kind] for kind in row.auth),
            ", ".join(f"{name} (to {last})" for name, last in sorted(row.previews.items())) or "none",
        ]
        for operation, row in table.ENDPOINTS.items()
    ]
    return HEAD + "".join(f"   * - {cells[0]}\n" + "".join(f"     - {cell}\n" for cell in cells[1:]) for cells in rows)


def old_servers() -> str:
    """The content of guide_old_servers.rst, with a new table of the operations that some server lacks."""
    table = load_table()
    by_releases: Dict[str, List[str]] = {}
    for operation, row in table.ENDPOINTS.items():
        by_releases.setdefault(releases(row, table), []).append(
            f"| ``{operation}``\n       | ``{row.method} {row.path}``"
        )
    by_releases.pop("all")
    rows = "".join(
        f"   * - {span}\n     - " + "\n       ".join(operations) + "\n"
        for span, operations in sorted(by_releases.items())
    )
    head = ".. list-table::\n   :header-rows: 1\n   :widths: 20 80\n\n   * - Releases\n     - Operations\n"
    before, _begin, rest = OLD_SERVERS.read_text(encoding="utf-8").partition(BEGIN)
    return f"{before}{BEGIN}{head}{rows}\n{END}{rest.partition(END)[2]}"


def link(plugin: str) -> str:
    """From `github_x` or `github_x (lookup)` to its page."""
    name, _space, kind = plugin.partition(" ")
    return f":ansplugin:`{plugin} <hubops.github_apps.{name}#{kind.strip('()') or 'module'}>`"


def load_table() -> Any:
    """The module with the endpoint table, from the copy of the collection that nox made."""
    sys.path.append(os.environ["ANSIBLE_COLLECTIONS_PATH"])
    return importlib.import_module("ansible_collections.hubops.github_apps.plugins.module_utils._github.endpoints")


def releases(row: Any, table: Any) -> str:
    first, last = row.first != table.OLDEST, row.last != table.CLOUD
    if row.last == table.EVERY_SERVER:
        return "every server, not github.com"
    if first and last:
        return f"{row.first} to {row.last}"
    return f"from {row.first}" if first else f"to {row.last}" if last else "all"


def find_uses(operations: Dict[str, Any]) -> Dict[str, List[str]]:
    """The plugins that use each operation."""
    sources = {path: Source(path) for path in sorted(PLUGINS.rglob("*.py"))}
    functions = {function: node for source in sources.values() for function, node in source.functions()}
    methods: Dict[str, Set[Function]] = {}
    for path, source in sources.items():
        for name in source.methods if path.parent.parent.name in ("module_utils", "plugin_utils") else ():
            methods.setdefault(name, set()).add((source.name, name))
    uses: Dict[str, List[str]] = {operation: [] for operation in operations}
    by_name = {source.name: source for source in sources.values()}
    for path, source in sources.items():
        kind = path.parent.name
        if kind in ("modules", "lookup", "callback"):
            for operation in used_by(source, by_name, functions, methods, operations):
                uses[operation].append(path.stem if kind == "modules" else f"{path.stem} ({kind})")
    return {operation: sorted(plugins) for operation, plugins in uses.items()}


class Source:
    """One file: its functions and methods, and the names that it imports from others."""

    def __init__(self, path: Path) -> None:
        self.name = f"{path.parent.name}.{path.stem}"
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        self.imported: Dict[str, Function] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and node.module and ".plugins." in node.module:
                origin = ".".join(node.module.split(".")[-2:])
                self.imported.update({item.asname or item.name: (origin, item.name) for item in node.names})
        self.methods = {
            item.name
            for node in self.tree.body
            if isinstance(node, ast.ClassDef)
            for item in node.body
            if isinstance(item, ast.FunctionDef)
        }

    def functions(self) -> Iterator[Tuple[Function, List[ast.AST]]]:
        """Functions, methods and constants by name. A class stands for its `__init__`, and methods of one name for each other."""
        found: Dict[str, List[ast.AST]] = {}
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef):
                found.setdefault(node.name, []).append(node)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                found.setdefault(node.targets[0].id, []).append(node)
            if isinstance(node, ast.ClassDef):
                for item in node.body:
                    if isinstance(item, ast.FunctionDef):
                        name = node.name if item.name == "__init__" else item.name
                        found.setdefault(name, []).append(item)
        for name, nodes in found.items():
            yield (self.name, name), nodes


def used_by(
    plugin: Source,
    sources: Dict[str, Source],
    functions: Dict[Function, List[ast.AST]],
    methods: Dict[str, Set[Function]],
    operations: Dict[str, Any],
) -> Set[str]:
    """The operations that are named in the plugin's functions, and in those that they refer to."""
    todo = [function for function, _nodes in plugin.functions()]
    seen: Set[Function] = set()
    used: Set[str] = set()
    while todo:
        function = todo.pop()
        if function in seen or function not in functions:
            continue
        seen.add(function)
        source = sources[function[0]]
        for node in (inner for outer in functions[function] for inner in ast.walk(outer)):
            used |= named(node, operations)
            if isinstance(node, ast.Name):
                todo.append(source.imported.get(node.id, (source.name, node.id)))
            if isinstance(node, ast.Attribute):
                todo.extend(methods.get(node.attr, ()))
    return used


def named(node: ast.AST, operations: Dict[str, Any]) -> Set[str]:
    """The operations that a text names; an f-string names all that it could be."""
    if isinstance(node, ast.Constant) and node.value in operations:
        return {node.value}
    if not isinstance(node, ast.JoinedStr):
        return set()
    parts = [re.escape(part.value) if isinstance(part, ast.Constant) else ".+" for part in node.values]
    pattern = re.compile("".join(parts) + r"\Z")
    return {operation for operation in operations if parts[0] != ".+" and pattern.match(operation)}


if __name__ == "__main__":
    main()
