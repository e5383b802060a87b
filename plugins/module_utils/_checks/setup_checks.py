# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check a user's configuration: the server, the app, its installations, and what an access document requires.

Nothing is changed. The token that is created to find out whether this is possible is revoked at the end of the task.
"""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    OptionError,
    UnsupportedError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    INSTALLATION,
    installation_selector,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import name_some, plural, utc
from ansible_collections.hubops.github_apps.plugins.module_utils._checks.checklist import (
    Check,
    Checklist,
    NotCheckedError,
    ProblemError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._checks.document_checks import DocumentChecks
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import fingerprint
from ansible_collections.hubops.github_apps.plugins.module_utils._github.authenticator import NEEDS
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import SYNCHRONIZE, Client
from ansible_collections.hubops.github_apps.plugins.module_utils._github.endpoints import APP, USER
from ansible_collections.hubops.github_apps.plugins.module_utils._github.endpoints import (
    INSTALLATION as INSTALLATION_TOKEN,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._github.releases import CLOUD, Release
from ansible_collections.hubops.github_apps.plugins.module_utils._github.transport import RateLimit
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.apps import (
    get_app,
    permission_drift,
    urls_of,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import (
    Installation,
    account_login,
    get_installation,
    is_suspended,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.minting import mint
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.permissions import describe_permissions
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.tokens import revoke_at_end

# Seconds. GitHub rejects JWTs from a clock that is more than 60 s ahead (see _credentials/jwt.py).
LARGEST_DIFFERENCE = 30
FEWEST_REQUESTS = 100
# Whose requests the server counts, for each kind of authentication.
OWNERS = {APP: "the app", INSTALLATION_TOKEN: "the installation", USER: "the user"}


def check_setup(client: Client, params: Mapping[str, Any]) -> List[Check]:
    """All checks, in the order in which problems should be resolved. :param params: options of github_app_check_info."""
    checklist, setup = Checklist(), SetupChecks(client, params)
    checklist.run("server", setup.check_server)
    checklist.run("release", setup.check_release, "server")
    checklist.run("clock", setup.check_clock, "server")
    checklist.run("private_key", setup.check_private_key)
    checklist.run("app", setup.check_app, "server", "private_key")
    checklist.run("installations", setup.check_installations, "app")
    checklist.run("suspended", setup.check_suspended, "installations")
    checklist.run("permissions", setup.check_permissions, "installations")
    checklist.run("token", setup.check_token, "app")
    document = DocumentChecks(client, params, setup.installations)
    checklist.run("enterprise", document.check_enterprise, "app")
    checklist.run("access_document", document.check_document, *(["enterprise"] if params["via_enterprise"] else []))
    checklist.run("user_token", document.check_user_token, "server", "access_document")
    checklist.run("administrator", document.check_administrator, "installations", "user_token")
    checklist.run("rate_limit", setup.check_rate_limit, "app")
    return checklist.checks


class SetupChecks:
    """The checks of the server, the app and its installations. Each returns what is in order, or raises an error."""

    def __init__(self, client: Client, params: Mapping[str, Any]) -> None:
        self.client = client
        self.params = params
        self.host = client.server.host
        self.release: Optional[Release] = None
        self.app: Dict[str, Any] = {}
        self.installations: List[Installation] = []
        self.limits: Dict[str, RateLimit] = {}

    def check_server(self) -> str:
        try:
            if self.client.server.release == CLOUD:
                self.client.call("meta/get")
                self.release = CLOUD
            else:
                self.release = self.client.ask_release()
        except UnsupportedError:
            pass  # the server responded; `check_release` reports it
        return f"{self.host} responded."

    def check_release(self) -> str:
        release, configured = self.release or self.client.ask_release(), self.client.server.release
        name = str(release) if release == CLOUD else f"GitHub Enterprise Server {release}"
        if configured not in (None, release):
            raise ProblemError(
                f"server_version is {configured}, but {self.host} is {name}. Correct or omit server_version."
            )
        return f"{self.host} is {name}."

    def check_clock(self) -> str:
        ahead = self.client.transport.ahead
        if not ahead:
            raise NotCheckedError(f"{self.host} did not return a valid Date header.")
        if abs(ahead) > LARGEST_DIFFERENCE:
            self.client.transport.follow_server_clock()  # so that the other checks are possible
            raise ProblemError(f"{self.client.describe_clock()} {SYNCHRONIZE}")
        return f"The clock of this machine differs by less than {LARGEST_DIFFERENCE} s from the clock of {self.host}."

    def check_private_key(self) -> str:
        app = self.client.credentials.app
        if app is None:
            error = self.client.credentials.errors.get("app")
            raise OptionError(error or f"The app is not configured. Set {NEEDS[APP]}.")
        if app.private_key is None:
            return f"{app.key_option} is used instead of a private key."
        return f"{app.key_option} is an RSA key with {app.private_key.key_size} bits. Its fingerprint is {fingerprint(app)}."

    def check_app(self) -> str:
        self.app = get_app(self.client)
        owner = self.app.get("owner") or {}
        name = self.app.get("slug") or self.app.get("name")
        return (
            f"The credentials belong to the app {name} (ID {self.app['id']}), which is owned by"
            f" {owner.get('login') or owner.get('slug')}."
        )

    def check_installations(self) -> str:
        self.installations += self.client.list("apps/list-installations", "id")
        if not self.installations:
            raise ProblemError(
                "The app is not installed on any account. An owner of an account can install it at"
                f" {urls_of(self.app)['install'] or 'the page of the app'}."
            )
        number = len(self.installations)
        return f"The app has {plural(number, 'installation')}: {names_of(self.installations)}."

    def check_suspended(self) -> str:
        if not self.client.offers("apps/suspend-installation"):
            raise NotCheckedError(f"{self.host} does not support suspending installations.")
        suspended = [item for item in self.installations if is_suspended(item)]
        selected = self.selected_of(suspended)
        if selected:
            raise ProblemError(
                f"Suspended installations: {names_of(selected)}. Unsuspend them with github_app_installation"
                " (suspended: false)."
            )
        if suspended:
            return (
                f"The selected installation is not suspended. Other installations are suspended: {names_of(suspended)}."
            )
        return "No installation is suspended."

    def check_permissions(self) -> str:
        pending = [item for item in self.installations if permission_drift(self.app, item)]
        selected = [describe_drift(item, permission_drift(self.app, item)) for item in self.selected_of(pending)]
        if selected:
            raise ProblemError(
                "The app requests permissions that are not accepted yet. Owners of the following accounts can accept them:"
                f" {name_some(selected)}."
            )
        if pending:
            return (
                "The selected installation has the permissions that the app requests. Other installations without them:"
                f" {names_of(pending)}."
            )
        return "All installations have the permissions that the app requests."

    def selected_of(self, installations: Sequence[Installation]) -> List[Installation]:
        """Those of the selected account; all if none is selected."""
        values = [self.params[option] for option in INSTALLATION if self.params[option] is not None]
        selected = {str(value).partition("/")[0].lower() for value in values}  # repository is owner/name
        return [
            item for item in installations if not selected or selected & {str(item["id"]), account_login(item).lower()}
        ]

    def check_token(self) -> str:
        if all(self.params[option] is None for option in INSTALLATION):
            *most, last = INSTALLATION
            raise NotCheckedError(f"No installation is selected. Set {', '.join(most)} or {last}.")
        installation = get_installation(self.client, installation_selector(self.params))
        minted = mint(self.client, installation["id"], {})
        revoke_at_end(self.client, minted)
        permissions = minted.get("permissions") or installation.get("permissions") or {}
        repositories = "no repositories"
        if "metadata" in permissions:  # which every installation with repositories has
            reader = self.client.with_installation_token(minted["token"], age=0)
            listing = reader.listing("apps/list-repos-accessible-to-installation")
            number = listing.wrapper.get("total_count")
            repositories = "1 repository" if number == 1 else f"{number} repositories"
            self.limits.update(reader.rate_limits)
        return (
            f"A token for {account_login(installation)} can be created. It has access to {repositories}, and these"
            f" permissions: {describe_permissions(permissions, sorted(permissions)) or 'none'}."
        )

    def check_rate_limit(self) -> str:
        self.limits.update(self.client.rate_limits)
        known = [(OWNERS[kind], limit) for kind, limit in self.limits.items() if kind in OWNERS]
        if not known and self.release == CLOUD:
            raise NotCheckedError(
                "The server returns the rate limit only for requests that use a token. Select an installation, or set token."
            )
        if not known:
            return f"{self.host} does not limit the number of requests."
        rest = ", and ".join(
            f"{owner} has {plural(limit.remaining, 'request')} left until {utc(limit.reset)}" for owner, limit in known
        )
        if min(limit.remaining for _owner, limit in known) < FEWEST_REQUESTS:
            raise ProblemError(
                f"The rate limit is almost reached: {rest}. Wait until it is reset, or send fewer requests."
            )
        return f"{rest[0].upper()}{rest[1:]}."


def names_of(installations: Iterable[Installation]) -> str:
    return name_some(sorted(map(account_login, installations), key=str.lower))


def describe_drift(installation: Installation, drift: Mapping[str, Mapping[str, Optional[str]]]) -> str:
    missing = describe_permissions({name: str(levels["app"]) for name, levels in drift.items()}, sorted(drift))
    return f"{account_login(installation)} ({missing}) at {installation.get('html_url')}"
