# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Show how many of mutmut's mutants the tests killed, and print the others. Fail if the percentage is too low.

Mutants that time out count as killed. mutation.md explains why the known survivors are not killed.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from pathlib import Path

from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import walk_mutatable_files
from mutmut.utils.format_utils import orig_function_and_class_names_from_key

WANTED = 85  # percent
KILLED = ("killed", "timeout", "segfault")
KNOWN = Path(__file__).with_suffix(".md").read_text(encoding="utf-8")


def lines_of(path: Path) -> dict[str, int]:
    """Map each function and method to its first line."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    classes = [("", tree), *((f"{node.name}.", node) for node in tree.body if isinstance(node, ast.ClassDef))]
    return {
        prefix + node.name: min(part.lineno for part in (node, *node.decorator_list))
        for prefix, parent in classes
        for node in parent.body
        if isinstance(node, ast.FunctionDef)
    }


def describe(path: Path, mutant: str) -> str:
    """Describe the location and the change of a mutant, and whether mutation.md contains it."""
    name, of_class = orig_function_and_class_names_from_key(mutant)
    function = f"{of_class}.{name}" if of_class else name
    _from, _to, hunk, *lines = get_diff_for_mutant(mutant, path=path).splitlines()
    before = next(number for number, line in enumerate(lines) if line[0] in "-+")
    line_number = lines_of(path)[function] + int(re.search(r"\d+", hunk)[0]) - 1 + before
    changed = [f"{line[0]} {line[1:].strip()}" for line in lines if line[0] in "-+"]
    block = "\n".join([f"{path.name} {function}", *changed])
    remark = "" if f"{block}\n" in KNOWN else "  (not in mutation.md)"
    return f"{path.relative_to(Path(*path.parts[:3]))}:{line_number}{remark}\n{block}\n"


def main() -> int:
    total: Counter[bool] = Counter()
    rows, survivors = [], []
    for path in sorted(walk_mutatable_files()):
        data = SourceFileMutationData(path=path)
        data.load()
        tried = {
            mutant: status_by_exit_code[code]
            for mutant, code in data.exit_code_by_key.items()
            if code not in (None, 34)
        }
        counts = Counter(status in KILLED for status in tried.values())
        if tried:
            rows.append(f"{path.name:20} {counts[True]:7} {counts[False]:9} {100 * counts[True] / len(tried):6.1f} %")
        survivors += [describe(path, mutant) for mutant, status in tried.items() if status not in KILLED]
        total += counts
    killed = 100 * total[True] / max(total.total(), 1)
    print("\n".join(survivors))
    print(f"{'file':20} {'killed':>7} {'survived':>9}", *rows, sep="\n")
    print(f"{'all':20} {total[True]:7} {total[False]:9} {killed:6.1f} %")
    return int(killed < WANTED)


if __name__ == "__main__":
    sys.exit(main())
