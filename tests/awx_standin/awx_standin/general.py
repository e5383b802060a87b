# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Information about AWX itself, and empty lists for resources that this server does not support."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import pages
from .basics import NO_RESOURCE, VERSION, Answer, Request, not_allowed, not_found

if TYPE_CHECKING:
    from .state import Awx

VERSIONS = {"description": "AWX REST API", "current_version": "/api/v2/", "available_versions": {"v2": "/api/v2/"}}
PING = {"ha": False, "version": VERSION, "active_node": "standin", "instances": [], "instance_groups": []}
CONFIG = {"version": VERSION, "time_zone": "UTC", "license_info": {"license_type": "open"}}
EMPTY = ("teams",)


def answer(awx: Awx, request: Request) -> Answer:
    """Handle a request that does not concern a resource."""
    if request.method != "GET":
        raise not_allowed(request.method)
    path = request.path
    if not path:
        return 200, {name: f"/api/v2/{name}/" for name in (*awx.resources, "roles", *EMPTY, "me", "config", "ping")}
    if path == ("config",):
        return 200, CONFIG
    if path == ("me",):
        return pages.page(request, [request.user], awx.resources["users"].show)
    if path == ("unified_job_templates",):
        return unified(awx, request)
    if len(path) == 1 and path[0] in EMPTY:
        return pages.page(request, [], dict)
    raise not_found(NO_RESOURCE)


def unified(awx: Awx, request: Request) -> Answer:
    """Return job templates, projects and workflows in one list, in which two can have the same name."""
    shown = {}
    found = []
    for resource in (awx.templates, awx.projects, awx.workflow_templates):
        seen = [record for record in resource.records.values() if resource.may_read(request.user, record)]
        shown.update({record["id"]: resource for record in seen})
        found += pages.filtered("unified_job_template", ("id", "name", "organization"), seen, request)
    return pages.page(request, found, lambda record: shown[record["id"]].show(record))
