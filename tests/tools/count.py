# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Print the output of nox, and then the number of passed and failed tests of each session and in total.

    nox ... | count.py

A session that fails without a failed test counts as one failure. One that succeeds without tests counts as one test.
"""

from __future__ import annotations

import re
import sys

STARTED = re.compile(r"nox > Running session (\S+)")
ENDED = re.compile(r"nox > Session (\S+) (?:was )?(successful|failed|aborted|skipped)")
# Lines of our own checks, ansible-test and pytest that contain results.
OURS = re.compile(r"(ok|FAIL)  +\S")
ANSIBLE_TEST = re.compile(r"Running (?:sanity test |\S+ integration test )")
ANSIBLE_TEST_FAILURES = re.compile(r"(?:ERROR|FATAL): The (\d+) \w+ test\(s\) listed below")
PYTEST = re.compile(r"=+ .*\bin [\d.]+s.*=+$")


def count(line: str) -> tuple[int, int]:
    """Return the numbers of passed and failed tests in a line."""
    if ours := OURS.match(line):
        return (1, 0) if ours[1] == "ok" else (0, 1)
    if ANSIBLE_TEST.match(line):
        return 1, 0
    if failures := ANSIBLE_TEST_FAILURES.match(line):
        return -int(failures[1]), int(failures[1])
    if PYTEST.match(line):
        passed, failed = (
            sum(map(int, re.findall(rf"(\d+) (?:{words})\b", line))) for words in ("passed", "failed|errors?")
        )
        return passed, failed
    return 0, 0


def main() -> int:
    """Read the output of nox to its end."""
    rows: list[tuple[str, int, int, str]] = []
    passed = failed = 0
    for line in sys.stdin:
        print(line, end="", flush=True)
        if STARTED.search(line):
            passed = failed = 0
        elif ended := ENDED.search(line):
            name, result = ended.groups()
            if result == "successful" and not passed:
                passed = 1
            if result in ("failed", "aborted") and not failed:
                failed = 1
            rows.append((name, passed, failed, result))
        else:
            more_passed, more_failed = count(line)
            passed, failed = passed + more_passed, failed + more_failed
    for name, passed, failed, result in rows:
        print(f"{name:20} {passed:6} passed {failed:6} failed  {result}")
    failed = sum(row[2] for row in rows) or int(not rows)
    print(f"\n{sum(row[1] for row in rows)} passed, {failed} failed", flush=True)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
