# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run every stage of the tests, also after a failure, and close with a table of the stages and the sum of their tests.

    run_all.py                       what `make test` runs
    run_all.py practice              what `make practice` runs
    run_all.py matrix [2.16 ...]     the same collection with every ansible-core of matrix.txt, or with the given ones

A stage that fails without naming a failed test counts as one failure, and so does a stage that ran no test. Stages of
different lanes run at the same time; what they print comes when they end.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ANSIBLE_TEST = "tests/tools/ansible-test.sh"
SANITY = [ANSIBLE_TEST, "sanity"]
INTEGRATION = [ANSIBLE_TEST, "integration", "--requirements", "--continue-on-error"]
MODULE_PYTHONS = ("3.9", "3.10")
# Two targets use all modules. Once is enough: with an older Python, where there is one.
ALL_MODULES = ["main_job", "bad_input"]
MODULE_TESTS = ["tests/unit/plugins/modules/", "tests/unit/plugins/module_utils/"]
MATRIX = Path("tests/requirements/matrix.txt")
MATRIX_LINE = re.compile(r'^ansible-core==((\d+\.\d+)\S+) ; python_version == "([\d.]+)"$', re.MULTILINE)
# Most of the time of the unit tests goes to these, which are about servers and hardly about Ansible.
MATRIX_UNIT = [
    *["tests/tools/unit.sh", "tests/unit"],
    *(f"--ignore=tests/unit/test_{name}.py" for name in ("contract", "fault_matrix", "fuzz")),
]
# ansible-test of 2.16 wants what only Python 2 needs in every file; that of 2.22.0rc1 gets a part of pylint from GitHub.
WITHOUT_SANITY = ("2.16",)
WITHOUT_PYLINT = ("2.22",)
PYTEST_CLOSING_LINE = re.compile(r"^=+ .*\bin [\d.]+s.*=+$")
ANSIBLE_TEST_FAILURES = re.compile(r"^(?:ERROR|FATAL): The (\d+) \w+ test\(s\) listed below", re.MULTILINE)


class Counts(NamedTuple):
    """How many tests passed and failed."""

    passed: int
    failed: int


class Stage(NamedTuple):
    """A command and the way to count the tests in its output."""

    name: str
    command: list[str]
    count: Callable[[str], Counts]
    needs_pythons: tuple[str, ...] = ()
    lane: str = ""  # stages of one lane share virtual environments, and run one after the other


class Row(NamedTuple):
    """One line of the closing table."""

    name: str
    counts: Counts
    seconds: float
    remark: str


def count_lint(output: str) -> Counts:
    """Count the lines that lint.sh, leaks.py and hostile.py print for each check."""
    return Counts(len(re.findall(r"^ok    ", output, re.MULTILINE)), len(re.findall(r"^FAIL  ", output, re.MULTILINE)))


def count_pytest(output: str) -> Counts:
    """Sum the closing lines of pytest: ansible-test prints one for every group of tests."""
    closing = " ".join(line for line in output.splitlines() if PYTEST_CLOSING_LINE.match(line))
    failed = re.findall(r"(\d+) (?:failed|errors?)\b", closing)
    return Counts(sum(map(int, re.findall(r"(\d+) passed\b", closing))), sum(map(int, failed)))


def count_ansible_test(output: str, started: str) -> Counts:
    """Count the tests that ansible-test says it starts, less those in its closing list of failures."""
    total = len(re.findall(started, output, re.MULTILINE))
    failures = ANSIBLE_TEST_FAILURES.search(output)
    # Without a list, a fatal error ended the test that ran.
    failed = int(failures[1]) if failures else len(re.findall(r"^FATAL: ", output, re.MULTILINE))
    return Counts(max(total - failed, 0), failed)


def count_sanity(output: str) -> Counts:
    """Count sanity tests, one for every Python that a test ran with."""
    return count_ansible_test(output, r"^Running sanity test ")


def count_integration(output: str) -> Counts:
    """Count integration targets."""
    return count_ansible_test(output, r"^Running \S+ integration test ")


def count_demo(output: str) -> Counts:
    """The demo is one test: a play recap without a failure."""
    return Counts(len(re.findall(r"^localhost +: ok=.* failed=0 ", output, re.MULTILINE)), 0)


LEAKS = Stage("leaks", ["tests/tools/leaks.sh", "--brief"], count_lint)
HOSTILE = Stage("hostile", ["tests/tools/hostile.sh"], count_lint)
AWX = Stage("awx", ["tests/tools/awx.sh"], count_lint)
AWX_JOBS = Stage("awx jobs", ["tests/tools/awx.sh", "--brief"], count_lint)


def list_stages() -> list[Stage]:
    """The stages of `make test`: first the lane that takes longest."""
    unit, integration = list_module_stages(f"{sys.version_info.major}.{sys.version_info.minor}", MODULE_PYTHONS[0])
    left = ALL_MODULES if shutil.which(f"python{MODULE_PYTHONS[0]}") else []
    return [
        *(
            stage._replace(lane="ansible-test")
            for stage in (
                Stage("sanity", SANITY, count_sanity),
                unit,
                Stage(
                    "integration", [*INTEGRATION, "--venv", *(f"--exclude={name}" for name in left)], count_integration
                ),
                integration,
            )
        ),
        Stage("lint", ["tests/tools/lint.sh"], count_lint),
        Stage("unit", ["tests/tools/unit.sh"], count_pytest),
        Stage("demo", ["tests/tools/demo.sh"], count_demo),
    ]


def list_practice() -> list[Stage]:
    """The stages of `make practice`.

    What a job leaves, and what a hostile server does, is looked at with the oldest core too; with all of them in `make matrix`.
    """
    oldest = read_matrix()[0]
    return [
        Stage("molecule", ["tests/tools/molecule.sh"], count_lint),
        *(with_core(oldest, stage) for stage in (LEAKS, AWX_JOBS, HOSTILE)),
        LEAKS,
        AWX,
        HOSTILE,
        Stage("docs", ["tests/tools/docs.sh"], count_lint),
        Stage("importer", ["tests/tools/importer.sh"], count_lint),
    ]


def list_module_stages(controller: str, python: str) -> list[Stage]:
    """The stages in which modules run with an older Python than the controller's."""
    mixed = ["--controller", f"origin:python=venv/{controller}", "--target", f"controller:python=venv/{python}"]
    return [
        Stage(
            f"unit, Python {python}",
            [ANSIBLE_TEST, "units", "--venv", "--requirements", "--python", python, *MODULE_TESTS],
            count_pytest,
            (python,),
        ),
        Stage(
            f"integration, Python {python}",
            [*INTEGRATION, *mixed, *ALL_MODULES],
            count_integration,
            (python,),
        ),
    ]


def read_matrix() -> list[tuple[str, str, str]]:
    """Version and minor release of each ansible-core to run with, and its Python, oldest first."""
    return MATRIX_LINE.findall(MATRIX.read_text(encoding="utf-8"))


def with_core(row: tuple[str, str, str], stage: Stage) -> Stage:
    """The stage with an ansible-core and a Python of its own."""
    core, _minor, python = row
    return stage._replace(
        name=f"{core} on {python}: {stage.name}",
        command=["tests/tools/core.sh", core, python, *stage.command],
        needs_pythons=(python, *stage.needs_pythons),
        lane=f"{core} on {python}",
    )


def list_matrix(wanted: list[str]) -> list[Stage]:
    """The stages of the wanted cores, or of all, and then the oldest and the newest also with modules on older Pythons."""
    rows = read_matrix()
    if unknown := set(wanted) - {minor for _core, minor, _python in rows}:
        sys.exit(f"{MATRIX} has no ansible-core {', '.join(sorted(unknown))}.")
    matrix = []
    for row in rows:
        _core, minor, python = row
        if wanted and minor not in wanted:
            continue
        stages = [
            Stage("unit", MATRIX_UNIT, count_pytest),
            Stage("integration", [*INTEGRATION, "--venv"], count_integration),
            LEAKS,
            AWX,
            HOSTILE,
        ]
        if minor in WITHOUT_PYLINT:
            stages.append(Stage("sanity without pylint", [*SANITY, "--skip-test", "pylint"], count_sanity))
        elif minor not in WITHOUT_SANITY:
            stages.append(Stage("sanity", SANITY, count_sanity))
        if not wanted and row in (rows[0], rows[-1]):
            stages += [stage for older in MODULE_PYTHONS for stage in list_module_stages(python, older)]
        matrix += [with_core(row, stage) for stage in stages]
    return matrix


def run(stage: Stage) -> Row:
    """Run one stage, and show its output when it has ended."""
    missing = [python for python in stage.needs_pythons if not shutil.which(f"python{python}")]
    if missing:
        return Row(stage.name, Counts(0, 0), 0, f"not run: no Python {' and '.join(missing)} here")

    print(f"----- {stage.name} ...", flush=True)
    start = time.monotonic()
    done = subprocess.run(
        stage.command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    seconds = time.monotonic() - start
    print(f"\n##### {stage.name}: {' '.join(stage.command)}\n{done.stdout}", flush=True)
    counts = stage.count(done.stdout)
    if done.returncode and not counts.failed:
        return Row(stage.name, counts._replace(failed=1), seconds, f"FAILED with exit status {done.returncode}")
    if counts == (0, 0):
        return Row(stage.name, Counts(0, 1), seconds, "FAILED: it ran no test")
    return Row(stage.name, counts, seconds, "FAILED" if counts.failed else "")


def run_lanes(stages: list[Stage]) -> list[Row]:
    """Run the stages, as many lanes at a time as there are cores, and return their rows in the order of the stages."""
    rows: dict[str, Row] = {}

    def run_lane(lane: str) -> None:
        for stage in stages:
            if (stage.lane or stage.name) == lane:
                rows[stage.name] = run(stage)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(run_lane, dict.fromkeys(stage.lane or stage.name for stage in stages)))
    return [rows[stage.name] for stage in stages]


def main() -> int:
    """Run all stages."""
    what = sys.argv[1:2]
    if what == ["matrix"]:
        stages = list_matrix(sys.argv[2:])
    elif what == ["practice"]:
        stages = list_practice()
    else:
        stages = list_stages()
    rows = run_lanes(stages)
    width = max(len(row.name) for row in rows)
    print(f"\n{'stage':{width}} {'passed':>7} {'failed':>7} {'seconds':>8}")
    for row in rows:
        print(
            f"{row.name:{width}} {row.counts.passed:7} {row.counts.failed:7} {row.seconds:8.0f}  {row.remark}".rstrip()
        )

    failed = sum(row.counts.failed for row in rows)
    print(f"\n{sum(row.counts.passed for row in rows)} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
