# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run every stage of the tests, also after a failure, and close with a table of the stages and the sum of their tests.

A stage that fails without naming a failed test counts as one failure, and so does a stage that ran no test.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

ANSIBLE_TEST = "tests/tools/ansible-test.sh"
MODULE_PYTHON = "3.9"
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
    needs_python: str | None = None


class Row(NamedTuple):
    """One line of the closing table."""

    name: str
    counts: Counts
    seconds: float
    remark: str


def count_lint(output: str) -> Counts:
    """Count the lines that lint.sh and leaks.py print for each check."""
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
    failed = int(failures[1]) if failures else 0
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


def list_stages() -> list[Stage]:
    """The stages, the quick ones first."""
    controller = f"{sys.version_info.major}.{sys.version_info.minor}"
    integration = [ANSIBLE_TEST, "integration", "--requirements", "--continue-on-error"]
    mixed = ["--controller", f"origin:python=venv/{controller}", "--target", f"controller:python=venv/{MODULE_PYTHON}"]
    return [
        Stage("lint", ["tests/tools/lint.sh"], count_lint),
        Stage("unit", ["tests/tools/unit.sh"], count_pytest),
        Stage(
            f"unit, Python {MODULE_PYTHON}",
            [ANSIBLE_TEST, "units", "--venv", "--requirements", "--python", MODULE_PYTHON],
            count_pytest,
            MODULE_PYTHON,
        ),
        Stage("sanity", [ANSIBLE_TEST, "sanity"], count_sanity),
        Stage("integration", [*integration, "--venv"], count_integration),
        # Two targets use all modules: what differs from the stage before is the Python that runs them.
        Stage(
            f"integration, Python {MODULE_PYTHON}",
            [*integration, *mixed, "main_job", "bad_input"],
            count_integration,
            MODULE_PYTHON,
        ),
        Stage("leaks", ["tests/tools/leaks.sh", "--brief"], count_lint),
        Stage("demo", ["tests/tools/demo.sh"], count_demo),
    ]


def run(command: list[str]) -> tuple[int, str]:
    """Run a command, show its output as it comes, and return its exit status and its output."""
    lines = []
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    return process.returncode, "".join(lines)


def run_stage(stage: Stage) -> Row:
    """Run one stage."""
    print(f"\n##### {stage.name}: {' '.join(stage.command)}", flush=True)
    if stage.needs_python and not shutil.which(f"python{stage.needs_python}"):
        return Row(stage.name, Counts(0, 0), 0, f"not run: no Python {stage.needs_python} here")

    start = time.monotonic()
    status, output = run(stage.command)
    seconds = time.monotonic() - start
    counts = stage.count(output)
    if status and not counts.failed:
        return Row(stage.name, counts._replace(failed=1), seconds, f"FAILED with exit status {status}")
    if counts == (0, 0):
        return Row(stage.name, Counts(0, 1), seconds, "FAILED: it ran no test")
    return Row(stage.name, counts, seconds, "FAILED" if counts.failed else "")


def main() -> int:
    """Run all stages."""
    rows = [run_stage(stage) for stage in list_stages()]
    print(f"\n{'stage':26} {'passed':>7} {'failed':>7} {'seconds':>8}")
    for row in rows:
        print(f"{row.name:26} {row.counts.passed:7} {row.counts.failed:7} {row.seconds:8.0f}  {row.remark}".rstrip())

    failed = sum(row.counts.failed for row in rows)
    print(f"\n{sum(row.counts.passed for row in rows)} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
