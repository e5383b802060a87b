# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists that change while their pages are read."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.hubops.github_apps.plugins.modules import github_installation_repo as module
from ansible_collections.hubops.github_apps.plugins.modules import github_installation_repo_info as info_module
from github_standin import Fault


class ShiftingPages:
    """Return a list in pages. Between any two pages, repositories are added and removed."""

    def __init__(self, standin, moves):
        self.standin = standin
        self.moves = list(moves)

    def pages(self, number_of_pages):
        """Return a fault for each page, with the contents of the list at that time."""
        there = list(range(1, 7))
        for page in range(number_of_pages):
            total = len(there)
            shown = there[page * 2 : page * 2 + 2]
            link = f'<{self.standin.url}/x?page={page + 2}>; rel="next"' if page * 2 + 2 < total else ""
            yield shown, total, link
            if self.moves:
                position, is_added = self.moves.pop(0)
                if is_added:
                    there.insert(position % (len(there) + 1), 100 + len(self.moves))
                elif len(there) > 1:
                    there.pop(position % len(there))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=8))
def test_pages_that_shift_while_they_are_read(run_module, options, standin, moves):
    """No repository is returned twice, and only listed ones are removed. A warning reports omissions."""
    standin.reset()
    octo = {**options, "organization": "octo-org"}
    faults = []
    for shown, total, link in ShiftingPages(standin, moves).pages(12):
        body = {
            "total_count": total,
            "repository_selection": "selected",
            "repositories": [
                {"id": number, "name": f"r{number}", "full_name": f"octo-org/r{number}"} for number in shown
            ],
        }
        faults.append(
            Fault(path="/installation/repositories$", status=200, body=body, headers={"Link": link} if link else {})
        )
    standin.inject(*faults)
    told = run_module(info_module, octo)
    assert not told.get("failed"), told
    ids = [repository["id"] for repository in told["repositories"]]
    assert len(ids) == len(set(ids))
    standin.inject(*faults, Fault(method="DELETE", path="/user/installations/", status=204, times=99))
    result = run_module(module, {**octo, "token": "standin-pat-classic-admin", "repository_ids": [1], "state": "exact"})
    if result.get("failed"):
        assert "changed each time they were read" in result["msg"] or "Not done: 1" in result["msg"], result
    else:
        assert len(result["removed"]) == len(set(result["removed"]))
        assert "octo-org/r1" not in result["removed"]
