# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fail if a function of the plugins is too complex or too long. The complexity is McCabe's, measured by radon."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from radon.complexity import cc_visit
from radon.visitors import Function

MOST_COMPLEX = 12
LONGEST = 40  # lines


def functions(path: Path) -> Iterator[Function]:
    """Yield the functions and methods of a file."""
    for block in cc_visit(path.read_text(encoding="utf-8")):
        if isinstance(block, Function):
            yield block


def main() -> int:
    """Print all functions above the limits."""
    hard = [
        f"{path}:{function.lineno}: {function.fullname} has complexity {function.complexity} and"
        f" {function.endline - function.lineno + 1} lines."
        for root in ("plugins", "extensions/eda/plugins")
        for path in sorted(Path(root).rglob("*.py"))
        for function in functions(path)
        if function.complexity > MOST_COMPLEX or function.endline - function.lineno >= LONGEST
    ]
    print("\n".join(hard))
    return int(bool(hard))


if __name__ == "__main__":
    sys.exit(main())
