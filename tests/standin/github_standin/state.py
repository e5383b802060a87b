# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server's data: accounts, enterprises, repositories, apps, installations, tokens and its clock."""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import DefaultDict, Dict, Iterable, List, Optional, Set, Tuple, TypeVar

TOKEN_LIFETIME = 3600
MANIFEST_LIFETIME = 3600
LEVELS = {"read": 1, "write": 2, "admin": 3}
# Permissions of organizations and users without the prefix organization_ (docs "Permissions required for GitHub Apps").
ACCOUNT_PERMISSIONS = frozenset(
    (
        *("custom_properties_for_organizations", "members", "team_discussions"),
        *("email_addresses", "emails", "followers", "git_ssh_keys", "gpg_keys", "interaction_limits", "profile"),
        "starring",
    )
)
DEFAULT_TIME = "2024-01-01T00:00:00Z"


def iso(timestamp: float) -> str:
    """Format seconds since the epoch like GitHub's timestamps."""
    return datetime.fromtimestamp(int(timestamp), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def covers(granted: Optional[str], wanted: str) -> bool:
    """Return whether the level ``granted`` includes ``wanted``."""
    return LEVELS.get(granted or "", 0) >= LEVELS[wanted]


def is_enterprise_permission(name: str) -> bool:
    """Return whether only enterprises grant the permission."""
    return name.startswith("enterprise_")


def need_repositories(permissions: Dict[str, str]) -> bool:
    """Return whether one of the permissions concerns repositories."""
    return any(
        not name.startswith(("enterprise_", "organization_")) and name not in ACCOUNT_PERMISSIONS
        for name in permissions
    )


@dataclass
class Account:
    """An organization, a user or an enterprise, whose login is its slug."""

    id: int
    login: str
    type: str = "Organization"
    name: Optional[str] = None
    admins: Set[str] = field(default_factory=set)
    members: Set[str] = field(default_factory=set)
    password: Optional[str] = None
    otp: Optional[str] = None
    enterprise: Optional[Account] = None

    @property
    def is_organization(self) -> bool:
        """Whether this is an organization."""
        return self.type == "Organization"

    @property
    def is_enterprise(self) -> bool:
        """Whether this is an enterprise."""
        return self.type == "Enterprise"

    def grantable(self, permissions: Dict[str, str]) -> Dict[str, str]:
        """Return the permissions that the account can grant: enterprise permissions are granted by enterprises only."""
        return {
            name: level for name, level in permissions.items() if is_enterprise_permission(name) is self.is_enterprise
        }

    def has_admin(self, user: Account) -> bool:
        """Return whether the user owns this account."""
        return user is self or user.login.lower() in self.admins

    def has_member(self, user: Account) -> bool:
        """Return whether the user is a member of this account."""
        return self.has_admin(user) or user.login.lower() in self.members


@dataclass
class Issue:
    """An issue, stored so that a created token can be used for real work."""

    id: int
    number: int
    title: str
    body: Optional[str]
    author: str
    author_is_app: bool
    created_at: str


@dataclass
class Repository:
    """A repository of an account."""

    id: int
    owner: Account
    name: str
    private: bool = True
    files: Dict[str, str] = field(default_factory=dict)
    topics: List[str] = field(default_factory=list)
    archived: bool = False
    submodules: Dict[str, Repository] = field(default_factory=dict)
    issues: List[Issue] = field(default_factory=list)

    @property
    def full_name(self) -> str:
        """``owner/name``."""
        return "%s/%s" % (self.owner.login, self.name)


@dataclass
class App:
    """A GitHub App; ``public_keys`` has one for each private key, and ``private_key`` is one of these, if it is known."""

    id: int
    slug: str
    name: str
    owner: Account
    client_id: str
    client_secret: Optional[str]
    permissions: Dict[str, str]
    events: List[str]
    public: bool
    description: str
    public_keys: List[str]
    private_key: Optional[str]
    webhook_secret: Optional[str] = None


@dataclass
class Manifest:
    """An app created from a manifest in the browser; its code returns the credentials once."""

    code: str
    app: App
    expires_at: float


@dataclass
class Installation:
    """An installation of an app on an account."""

    id: int
    app: App
    account: Account
    repository_selection: str
    repository_ids: Set[int]
    permissions: Dict[str, str]
    suspended_at: Optional[str] = None
    suspended_by: Optional[Account] = None
    created_at: str = DEFAULT_TIME
    updated_at: str = DEFAULT_TIME
    vanishes_at: Optional[float] = None
    quirks: Set[str] = field(default_factory=set)

    @property
    def outdated(self) -> bool:
        """Whether the app requests permissions that the account has not granted."""
        wanted = self.account.grantable(self.app.permissions)
        return any(not covers(self.permissions.get(name), level) for name, level in wanted.items())


@dataclass
class InstallationRequest:
    """A member's request to install an app on an organization."""

    id: int
    app: App
    account: Account
    requester: Account
    created_at: str = DEFAULT_TIME


@dataclass
class InstallationToken:
    """An installation access token; if ``repository_ids`` is None, it can access everything the installation can."""

    value: str
    installation: Installation
    permissions: Dict[str, str]
    repository_ids: Optional[Set[int]]
    expires_at: float


@dataclass
class Client:
    """A client that can check and reset tokens: an OAuth app, or a GitHub App with a client secret."""

    client_id: str
    client_secret: str
    name: str
    url: str
    app: Optional[App] = None

    @classmethod
    def of_app(cls, app: App) -> Client:
        """Return the client of a GitHub App that has a secret."""
        assert app.client_secret is not None
        return cls(app.client_id, app.client_secret, app.name, "https://example.com", app)


@dataclass
class UserToken:
    """A user's token: pat_classic, pat_fine_grained, user_access_token (of an app) or oauth_token."""

    id: int
    value: str
    user: Account
    kind: str
    scopes: List[str] = field(default_factory=list)
    permissions: Dict[str, str] = field(default_factory=dict)
    client_id: Optional[str] = None
    app: Optional[App] = None
    installation: Optional[Installation] = None
    repository_ids: Optional[Set[int]] = None
    created_at: str = DEFAULT_TIME
    updated_at: str = DEFAULT_TIME
    label: Optional[str] = None
    note: Optional[str] = None
    note_url: Optional[str] = None
    fingerprint: Optional[str] = None


@dataclass
class Grant:
    """A user's grant for an OAuth app, which covers all of its tokens."""

    id: int
    client: Client
    tokens: List[UserToken]


Record = TypeVar("Record", Account, Repository, Installation, InstallationRequest)


def by_id(records: Iterable[Record]) -> List[Record]:
    """Return records ordered by their IDs."""
    return sorted(records, key=lambda record: record.id)


class State:
    """All records and the lookups of the API. Logins and names are not case-sensitive."""

    def __init__(self) -> None:
        self.clock_offset = 0.0
        self.accounts: Dict[str, Account] = {}
        self.enterprises: Dict[str, Account] = {}
        self.repositories: Dict[int, Repository] = {}
        self.content_references: Dict[int, Repository] = {}
        self.old_names: Dict[Tuple[str, str], int] = {}
        self.apps: Dict[int, App] = {}
        self.manifests: Dict[str, Manifest] = {}
        self.installations: Dict[int, Installation] = {}
        self.installation_requests: Dict[int, InstallationRequest] = {}
        self.installation_tokens: Dict[str, InstallationToken] = {}
        self.user_tokens: Dict[str, UserToken] = {}
        self.clients: Dict[str, Client] = {}
        self.rate_used: Dict[str, int] = {}
        self._repository_names: Dict[Tuple[str, str], int] = {}
        self._repositories_of: DefaultDict[int, List[Repository]] = defaultdict(list)
        self._ids = itertools.count(900001)
        self._grant_ids: DefaultDict[Tuple[str, int], int] = defaultdict(self.next_id)

    def now(self) -> float:
        """Return the time of the server's clock."""
        return time.time() + self.clock_offset

    def next_id(self) -> int:
        """Return the ID of a new record."""
        return next(self._ids)

    # accounts and repositories

    def add_account(self, account: Account) -> None:
        """Store an account."""
        self.accounts[account.login.lower()] = account

    def account(self, login: str) -> Optional[Account]:
        """Return the account with this login."""
        return self.accounts.get(login.lower())

    def enterprise(self, slug: str) -> Optional[Account]:
        """Return the enterprise with this slug."""
        return self.enterprises.get(slug.lower())

    def organizations_of(self, enterprise: Account) -> List[Account]:
        """Return the organizations of an enterprise, ordered by ID."""
        return by_id(account for account in self.accounts.values() if account.enterprise is enterprise)

    def add_repository(self, repository: Repository) -> None:
        """Store a repository."""
        self.repositories[repository.id] = repository
        self._repository_names[(repository.owner.login.lower(), repository.name.lower())] = repository.id
        self._repositories_of[repository.owner.id].append(repository)

    def repository(self, owner: str, name: str) -> Optional[Repository]:
        """Return the repository with this name."""
        number = self._repository_names.get((owner.lower(), name.lower()))
        return None if number is None else self.repositories[number]

    def renamed_repository(self, owner: str, name: str) -> Optional[Repository]:
        """Return the repository that formerly had this name."""
        number = self.old_names.get((owner.lower(), name.lower()))
        return None if number is None else self.repositories[number]

    def repositories_of(self, account: Account) -> List[Repository]:
        """Return the repositories of an account, ordered by ID."""
        return by_id(self._repositories_of[account.id])

    # apps and installations

    def app_by_slug(self, slug: str) -> Optional[App]:
        """Return the app with this slug."""
        return next((app for app in self.apps.values() if app.slug == slug.lower()), None)

    def app_by_client_id(self, client_id: str) -> Optional[App]:
        """Return the app with this client ID."""
        return next((app for app in self.apps.values() if app.client_id == client_id), None)

    def installations_of(self, app: App) -> List[Installation]:
        """Return the installations of an app, ordered by ID."""
        return by_id(item for item in self.installations.values() if item.app is app)

    def installation_on(self, app: App, account: Account) -> Optional[Installation]:
        """Return the installation of an app on an account."""
        found = (item for item in self.installations.values() if item.app is app and item.account is account)
        return next(found, None)

    def installations_on(self, account: Account) -> List[Installation]:
        """Return the installations of all apps on an account, ordered by ID."""
        return by_id(item for item in self.installations.values() if item.account is account)

    def requests_of(self, app: App) -> List[InstallationRequest]:
        """Return the pending requests to install an app, ordered by ID."""
        return by_id(item for item in self.installation_requests.values() if item.app is app)

    def approve_requests(self, app: App, account: Account) -> None:
        """Remove the requests to install an app on an account."""
        for item in self.requests_of(app):
            if item.account is account:
                del self.installation_requests[item.id]

    def installation_repositories(self, installation: Installation) -> List[Repository]:
        """Return the repositories that an installation can access, ordered by ID."""
        owned = self.repositories_of(installation.account)
        if installation.repository_selection == "all":
            return owned
        return [repo for repo in owned if repo.id in installation.repository_ids]

    def installation_covers(self, installation: Installation, repository: Repository) -> bool:
        """Return whether the installation can access the repository."""
        if repository.owner is not installation.account:
            return False
        return installation.repository_selection == "all" or repository.id in installation.repository_ids

    def remove_installation(self, installation: Installation, delay: float = 0.0) -> None:
        """Revoke the tokens at once and remove the installation now or, in the background, after ``delay`` seconds."""
        for value in [v for v, t in self.installation_tokens.items() if t.installation is installation]:
            del self.installation_tokens[value]
        if delay > 0:
            installation.vanishes_at = time.monotonic() + delay
        else:
            del self.installations[installation.id]

    def sweep(self) -> None:
        """Remove installations whose background removal is due."""
        instant = time.monotonic()
        for item in [i for i in self.installations.values() if i.vanishes_at is not None and i.vanishes_at <= instant]:
            del self.installations[item.id]

    # tokens

    def installation_token(self, value: str) -> Optional[InstallationToken]:
        """Return an installation token that is neither revoked nor expired."""
        token = self.installation_tokens.get(value)
        return token if token is not None and token.expires_at > self.now() else None

    def live_tokens(self, installation: Installation) -> int:
        """Return the number of valid tokens of an installation."""
        now = self.now()
        return sum(
            1
            for token in self.installation_tokens.values()
            if token.installation is installation and token.expires_at > now
        )

    def authorization(self, client: Client, value: str) -> Optional[UserToken]:
        """Return a user's token that was issued to this client."""
        token = self.user_tokens.get(value)
        return token if token is not None and token.client_id == client.client_id else None

    def authorizations_of(self, user: Account) -> List[UserToken]:
        """Return the user's tokens in the OAuth Authorizations API by ID: classic ones and those of OAuth apps."""
        found = [t for t in self.user_tokens.values() if t.user is user and t.kind in ("pat_classic", "oauth_token")]
        return sorted(found, key=lambda token: token.id)

    def grants_of(self, user: Account) -> List[Grant]:
        """Return the OAuth apps that have tokens of a user."""
        by_client: Dict[str, List[UserToken]] = {}
        for token in self.authorizations_of(user):
            if token.client_id is not None:
                by_client.setdefault(token.client_id, []).append(token)
        grants = [Grant(self._grant_ids[name, user.id], self.clients[name], held) for name, held in by_client.items()]
        return sorted(grants, key=lambda grant: grant.id)

    def remove_grant(self, client: Client, user: Account) -> None:
        """Delete all of the user's tokens for the client (operation apps/delete-authorization)."""
        for value in [v for v, t in self.user_tokens.items() if t.client_id == client.client_id and t.user is user]:
            del self.user_tokens[value]
        self._grant_ids.pop((client.client_id, user.id), None)
