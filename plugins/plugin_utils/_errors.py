# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Conversion of the collection's errors to those of Ansible."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Iterator, Type

from ansible.errors import AnsibleError
from ansible.module_utils.basic import missing_required_lib

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    GitHubAppsError,
    MissingLibraryError,
)


@contextmanager
def errors_as(kind: Type[AnsibleError]) -> Iterator[None]:
    """Raise the errors of this collection as errors of this kind."""
    try:
        yield
    except MissingLibraryError as error:
        raise kind(f"{missing_required_lib(error.library)}. {error.remedy}") from None
    except GitHubAppsError as error:
        raise kind(str(error)) from None
