# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copy what git knows or would add to .build/tree/ansible_collections/hubops/github_apps.

ansible-test and others insist on such a path, and a symbolic link does not satisfy them. Only changed files are copied,
and only files copied before are removed, so what the tools write into the copy (tests/output) stays. Scripts that run at
the same time wait for each other here.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TREE = Path(os.environ.get("COLLECTIONS", ROOT / ".build" / "tree"))
COLLECTION = TREE / "ansible_collections" / "hubops" / "github_apps"
MANIFEST = TREE / "manifest"


def list_files() -> list[str]:
    """The files of the work tree that git does not ignore."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout.decode().split("\0")
    return sorted({name for name in names if name and os.path.lexists(ROOT / name)})


def is_current(source: Path, copy: Path) -> bool:
    """Whether the copy is like its source, as far as kind, size, mode and time of change tell."""
    if not os.path.lexists(copy):
        return False
    wanted, found = source.lstat(), copy.lstat()
    return (wanted.st_mode, wanted.st_size, wanted.st_mtime_ns) == (found.st_mode, found.st_size, found.st_mtime_ns)


def remove(copy: Path) -> None:
    """Remove a copied file, and its directory if that leaves it empty."""
    copy.unlink(missing_ok=True)
    while copy.parent != COLLECTION and copy.parent.is_dir() and not any(copy.parent.iterdir()):
        copy = copy.parent
        copy.rmdir()


def main() -> None:
    """Bring the copy up to date."""
    COLLECTION.mkdir(parents=True, exist_ok=True)
    if not (COLLECTION / ".git").is_dir():
        subprocess.run(["git", "init", "--quiet", str(COLLECTION)], check=True)

    names = list_files()
    copied_before = MANIFEST.read_text(encoding="utf-8").split("\0") if MANIFEST.exists() else []
    for name in set(copied_before) - {*names, ""}:
        remove(COLLECTION / name)

    MANIFEST.write_text("\0".join(names), encoding="utf-8")
    for name in names:
        source, copy = ROOT / name, COLLECTION / name
        if not is_current(source, copy):
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.unlink(missing_ok=True)
            shutil.copy2(source, copy, follow_symlinks=False)

    # Tools that ask git which files are ignored get the full answer only inside directories with a tracked file.
    subprocess.run(["git", "-C", str(COLLECTION), "add", "--all"], check=True)


if __name__ == "__main__":
    TREE.mkdir(parents=True, exist_ok=True)
    with (TREE / "lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        main()
