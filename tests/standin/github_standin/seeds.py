# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read a seed (YAML file or mapping) into a :class:`~github_standin.state.State`. Raises :class:`SeedError`."""

from __future__ import annotations

import itertools
import pickle
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Union

import yaml

from .keys import check_public_key, generated_keys, public_key_of
from .state import (
    DEFAULT_TIME,
    LEVELS,
    MANIFEST_LIFETIME,
    Account,
    App,
    Client,
    Installation,
    InstallationRequest,
    Manifest,
    Repository,
    State,
    UserToken,
)

DEFAULT_SEED = Path(__file__).with_name("seed.yml")
QUIRKS = ("bare_tokens", "no_target", "no_account")
USER_TOKEN_KINDS = ("pat_classic", "pat_fine_grained", "user_access_token")
Seed = Union[None, str, Path, Mapping[str, Any]]

_KEYS = {
    "seed": (
        "apps",
        "accounts",
        "enterprises",
        "repositories",
        "content_references",
        "installations",
        "installation_requests",
        "tokens",
        "oauth_apps",
        "manifests",
    ),
    "app": (
        "slug",
        "id",
        "client_id",
        "client_secret",
        "name",
        "owner",
        "permissions",
        "events",
        "public",
        "description",
        "public_key",
        "private_key",
        "has_key",
        "webhook_secret",
    ),
    "account": ("login", "id", "type", "name", "admins", "members", "password", "otp"),
    "enterprise": ("slug", "id", "name", "owners", "organizations"),
    "repository": ("name", "id", "private", "old_names", "files", "topics", "archived", "submodules"),
    "repositories": ("owner", "prefix", "count", "first_id", "private"),
    "content_reference": ("id", "repository"),
    "installation": (
        "id",
        "app",
        "account",
        "enterprise",
        "repository_selection",
        "repositories",
        "permissions",
        "suspended",
        "suspended_by",
        "created_at",
        "updated_at",
        "quirks",
    ),
    "installation_request": ("id", "app", "account", "requester", "created_at"),
    "token": ("name", "id", "token", "user", "kind", "scopes", "permissions", "app", "note", "note_url", "fingerprint"),
    "oauth_app": ("client_id", "client_secret", "name", "url", "scopes", "grants"),
    "manifest": ("code", "app"),
}

# PyYAML has its fast parser only if it was built with libyaml.
SAFE_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class SeedError(ValueError):
    """The seed is not valid; the message identifies the entry."""


@lru_cache(maxsize=8)
def _parsed(text: str) -> bytes:
    """Return the parsed document, pickled: tests load the same document many times, and each needs its own copy."""
    return pickle.dumps(yaml.load(text, Loader=SAFE_LOADER))


def load_seed(seed: Seed) -> State:
    """Create a new state from a file, a mapping or the default seed."""
    if seed is None:
        seed = DEFAULT_SEED
    if isinstance(seed, Mapping):
        return _Loader(seed, Path.cwd()).load()
    path = Path(seed)
    try:
        document = pickle.loads(_parsed(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise SeedError("cannot read seed %s: %s" % (path, exc)) from exc
    if not isinstance(document, Mapping):
        raise SeedError("seed %s is not a mapping" % path)
    return _Loader(document, path.resolve().parent).load()


def _checked(kind: str, entry: Any, required: Iterable[str]) -> Dict[str, Any]:
    if not isinstance(entry, Mapping):
        raise SeedError("%s: %r is not a mapping" % (kind, entry))
    unknown = sorted(str(key) for key in entry if key not in _KEYS[kind])
    if unknown:
        raise SeedError("%s: unknown key %s" % (kind, ", ".join(unknown)))
    missing = [key for key in required if entry.get(key) in (None, "")]
    if missing:
        raise SeedError("%s: missing %s in %r" % (kind, ", ".join(missing), dict(entry)))
    return dict(entry)


def _permissions(kind: str, value: Any) -> Dict[str, str]:
    if not isinstance(value, Mapping) or any(level not in LEVELS for level in value.values()):
        raise SeedError("%s: permissions %r must map names to read, write or admin" % (kind, value))
    return {str(name): str(level) for name, level in value.items()}


def _optional(value: Any) -> Optional[str]:
    return None if value in (None, "") else str(value)


def _strings(kind: str, key: str, value: Any) -> List[str]:
    if value is None:
        return []
    if not isinstance(value, (list, tuple)) or any(not isinstance(item, str) for item in value):
        raise SeedError("%s: %s must be a list of strings" % (kind, key))
    return list(value)


def _series(kind: str, entry: Mapping[str, Any]) -> Iterator[str]:
    """Return the names of ``{prefix: service-, count: 250}``: service-001 and so on, with at least three digits."""
    count = entry.get("count")
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise SeedError("%s: count of %r must be a number" % (kind, dict(entry)))
    return ("%s%03d" % (entry["prefix"], number) for number in range(1, count + 1))


class _Loader:
    """Reads a seed once, in the order in which entries refer to each other."""

    def __init__(self, seed: Mapping[str, Any], directory: Path) -> None:
        self.seed = _checked("seed", seed, ())
        self.directory = directory
        self.state = State()
        self._ids = itertools.count(10001)

    def load(self) -> State:
        """Read every section."""
        for section, reader in (
            ("accounts", self._account),
            ("enterprises", self._enterprise),
            ("repositories", self._repository),
            ("content_references", self._content_reference),
            ("apps", self._app),
            ("installations", self._installation),
            ("installation_requests", self._installation_request),
            ("tokens", self._token),
            ("oauth_apps", self._oauth_app),
            ("manifests", self._manifest),
        ):
            entries = self.seed.get(section)
            if entries is None:
                continue
            if not isinstance(entries, (list, tuple)):
                raise SeedError("%s must be a list" % section)
            for entry in entries:
                reader(entry)
        return self.state

    def _id(self, entry: Mapping[str, Any], taken: Iterable[int], kind: str) -> int:
        number = entry.get("id")
        if number is None:
            return next(self._ids)
        if not isinstance(number, int) or isinstance(number, bool) or number < 1 or number in taken:
            raise SeedError("%s: id %r is not a positive number, or is already used" % (kind, number))
        return number

    def _known_account(self, kind: str, login: Any) -> Account:
        account = self.state.account(str(login))
        if account is None:
            raise SeedError("%s: account %r is not defined in accounts" % (kind, login))
        return account

    def _known_app(self, kind: str, slug: Any) -> App:
        app = self.state.app_by_slug(str(slug))
        if app is None:
            raise SeedError("%s: app %r is not defined in apps" % (kind, slug))
        return app

    def _account(self, raw: Any) -> None:
        entry = _checked("account", raw, ("login",))
        login, kind = str(entry["login"]), entry.get("type", "Organization")
        if kind not in ("Organization", "User"):
            raise SeedError("account %s: type must be Organization or User" % login)
        if self.state.account(login) is not None:
            raise SeedError("account %s: duplicate login" % login)
        self.state.add_account(
            Account(
                id=self._id(entry, [account.id for account in self.state.accounts.values()], "account"),
                login=login,
                type=kind,
                name=entry.get("name"),
                admins={name.lower() for name in _strings("account", "admins", entry.get("admins"))},
                members={name.lower() for name in _strings("account", "members", entry.get("members"))},
                password=_optional(entry.get("password")),
                otp=_optional(entry.get("otp")),
            )
        )

    def _enterprise(self, raw: Any) -> None:
        entry = _checked("enterprise", raw, ("slug",))
        slug = str(entry["slug"]).lower()
        if self.state.enterprise(slug) is not None:
            raise SeedError("enterprise %s: duplicate slug" % slug)
        enterprise = self.state.enterprises[slug] = Account(
            id=self._id(entry, [account.id for account in self.state.enterprises.values()], "enterprise"),
            login=slug,
            type="Enterprise",
            name=entry.get("name"),
            admins={name.lower() for name in _strings("enterprise", "owners", entry.get("owners"))},
        )
        for login in _strings("enterprise", "organizations", entry.get("organizations")):
            organization = self._known_account("enterprise", login)
            if not organization.is_organization or organization.enterprise is not None:
                raise SeedError("enterprise %s: %s is not an organization without an enterprise" % (slug, login))
            organization.enterprise = enterprise

    def _known_enterprise(self, kind: str, slug: Any) -> Account:
        enterprise = self.state.enterprise(str(slug))
        if enterprise is None:
            raise SeedError("%s: enterprise %r is not defined in enterprises" % (kind, slug))
        return enterprise

    def _repository(self, raw: Any) -> None:
        if isinstance(raw, Mapping) and "prefix" in raw:
            self._repository_series(_checked("repositories", raw, ("owner", "prefix", "count")))
            return
        entry = _checked("repository", raw, ("name",))
        owner, name = self._split("repository", entry["name"])
        files = entry.get("files", {"README.md": "# %s\n" % name})
        if not isinstance(files, Mapping):
            raise SeedError("repository %s: files must map paths to texts" % entry["name"])
        repository = Repository(
            id=self._id(entry, self.state.repositories, "repository"),
            owner=owner,
            name=name,
            private=bool(entry.get("private", True)),
            files={str(path): str(text) for path, text in files.items()},
            topics=_strings("repository", "topics", entry.get("topics")),
            archived=bool(entry.get("archived", False)),
            submodules=self._submodules(entry),
        )
        self._add_repository(repository)
        for old in _strings("repository", "old_names", entry.get("old_names")):
            old_owner, _slash, old_name = old.partition("/")
            self.state.old_names[(old_owner.lower(), old_name.lower())] = repository.id

    def _submodules(self, entry: Mapping[str, Any]) -> Dict[str, Repository]:
        """Return paths and their repositories, which must precede this one in the seed."""
        modules = entry.get("submodules", {})
        if not isinstance(modules, Mapping):
            raise SeedError("repository %s: submodules must map paths to repositories" % entry["name"])
        numbers = {
            str(path): self._owned("submodule", *self._split("submodule", name)) for path, name in modules.items()
        }
        return {path: self.state.repositories[number] for path, number in numbers.items()}

    def _repository_series(self, entry: Mapping[str, Any]) -> None:
        owner = self._known_account("repositories", entry["owner"])
        first = entry.get("first_id")
        for index, name in enumerate(_series("repositories", entry)):
            number = self._id({"id": None if first is None else first + index}, self.state.repositories, "repositories")
            self._add_repository(
                Repository(
                    id=number,
                    owner=owner,
                    name=name,
                    private=bool(entry.get("private", True)),
                    files={"README.md": "# %s\n" % name},
                )
            )

    def _add_repository(self, repository: Repository) -> None:
        if self.state.repository(repository.owner.login, repository.name) is not None:
            raise SeedError("repository %s: duplicate name" % repository.full_name)
        self.state.add_repository(repository)

    def _content_reference(self, raw: Any) -> None:
        entry = _checked("content_reference", raw, ("repository",))
        owner, name = self._split("content_reference", entry["repository"])
        number = self._id(entry, self.state.content_references, "content_reference")
        self.state.content_references[number] = self.state.repositories[self._owned("content_reference", owner, name)]

    def _split(self, kind: str, full_name: Any) -> Any:
        login, slash, name = str(full_name).partition("/")
        if not slash or not name or "/" in name:
            raise SeedError("%s: %r is not of the form owner/name" % (kind, full_name))
        return self._known_account(kind, login), name

    def _app(self, raw: Any) -> None:
        app = self._new_app(raw)
        if raw.get("has_key", True) and not app.public_keys:
            app.private_key, public_key = generated_keys(app.slug)
            app.public_keys = [public_key]
        self.state.apps[app.id] = app
        if app.client_secret:
            self._add_client(Client.of_app(app))

    def _manifest(self, raw: Any) -> None:
        entry = _checked("manifest", raw, ("code", "app"))
        code = str(entry["code"])
        if code in self.state.manifests:
            raise SeedError("manifest: duplicate code")
        app = self._new_app(entry["app"])
        if app.client_id in self.state.clients:
            raise SeedError("client_id %s: duplicate ID" % app.client_id)
        self.state.manifests[code] = Manifest(code, app, self.state.now() + MANIFEST_LIFETIME)

    def _new_app(self, raw: Any) -> App:
        """Create an app with the key given in the seed."""
        entry = _checked("app", raw, ("slug", "owner"))
        slug = str(entry["slug"]).lower()
        known = list(self.state.apps.values()) + [manifest.app for manifest in self.state.manifests.values()]
        if any(app.slug == slug for app in known):
            raise SeedError("app %s: duplicate slug" % slug)
        private_key, public_key = self._app_keys(slug, entry)
        return App(
            id=self._id(entry, [app.id for app in known], "app"),
            slug=slug,
            name=str(entry.get("name", slug)),
            owner=self._known_account("app", entry["owner"]),
            client_id=str(entry.get("client_id", "Iv1.standin-%s" % slug)),
            client_secret=_optional(entry.get("client_secret")),
            permissions=_permissions("app", entry.get("permissions", {"metadata": "read"})),
            events=_strings("app", "events", entry.get("events")),
            public=bool(entry.get("public", True)),
            description=str(entry.get("description", "")),
            public_keys=[public_key] if public_key else [],
            private_key=private_key,
            webhook_secret=_optional(entry.get("webhook_secret")),
        )

    def _app_keys(self, slug: str, entry: Mapping[str, Any]) -> Any:
        try:
            if entry.get("private_key"):
                private_key = self._key_text(str(entry["private_key"]))
                return private_key, public_key_of(private_key)
            if entry.get("public_key"):
                return None, check_public_key(self._key_text(str(entry["public_key"])))
        except (OSError, TypeError, ValueError) as exc:
            raise SeedError("app %s: key is not valid: %s" % (slug, exc)) from exc
        return None, None

    def _key_text(self, value: str) -> str:
        """Return a PEM text, or the contents of a file whose path is relative to the seed file."""
        return value if value.lstrip().startswith("-----BEGIN") else (self.directory / value).read_text("utf-8")

    def _add_client(self, client: Client) -> None:
        if client.client_id in self.state.clients:
            raise SeedError("client_id %s: duplicate ID" % client.client_id)
        self.state.clients[client.client_id] = client

    def _installation(self, raw: Any) -> None:
        entry = _checked("installation", raw, ("app",))
        app = self._known_app("installation", entry["app"])
        account = self._target(entry)
        if self.state.installation_on(app, account) is not None:
            raise SeedError("installation: duplicate installation of %s on %s" % (app.slug, account.login))
        names = self._installation_names(entry.get("repositories") or [])
        selection = entry.get("repository_selection", "selected" if names or account.is_enterprise else "all")
        if selection not in ("all", "selected") or (selection == "all" and (names or account.is_enterprise)):
            raise SeedError(
                "installation on %s: repository_selection must be selected, or all without repositories" % account.login
            )
        quirks = set(_strings("installation", "quirks", entry.get("quirks")))
        if not quirks <= set(QUIRKS):
            raise SeedError("installation on %s: quirks must be from %s" % (account.login, ", ".join(QUIRKS)))
        installation = Installation(
            id=self._id(entry, self.state.installations, "installation"),
            app=app,
            account=account,
            repository_selection=selection,
            repository_ids={self._owned("installation on %s" % account.login, account, name) for name in names},
            permissions=_permissions("installation", entry.get("permissions", account.grantable(app.permissions))),
            created_at=str(entry.get("created_at", DEFAULT_TIME)),
            updated_at=str(entry.get("updated_at", DEFAULT_TIME)),
            quirks=quirks,
        )
        if entry.get("suspended"):
            installation.suspended_at = DEFAULT_TIME
            installation.suspended_by = self._known_account("installation", entry.get("suspended_by", app.owner.login))
        self.state.installations[installation.id] = installation

    def _target(self, entry: Mapping[str, Any]) -> Account:
        """Return the account or the enterprise of an installation."""
        if bool(entry.get("account")) == bool(entry.get("enterprise")):
            raise SeedError("installation: either account or enterprise is required in %r" % dict(entry))
        if entry.get("enterprise"):
            return self._known_enterprise("installation", entry["enterprise"])
        return self._known_account("installation", entry["account"])

    def _installation_request(self, raw: Any) -> None:
        entry = _checked("installation_request", raw, ("app", "account", "requester"))
        request = InstallationRequest(
            id=self._id(entry, self.state.installation_requests, "installation_request"),
            app=self._known_app("installation_request", entry["app"]),
            account=self._known_account("installation_request", entry["account"]),
            requester=self._user("installation_request", entry["requester"]),
            created_at=str(entry.get("created_at", DEFAULT_TIME)),
        )
        self.state.installation_requests[request.id] = request

    def _installation_names(self, entries: Iterable[Any]) -> List[str]:
        names: List[str] = []
        for entry in entries:
            if isinstance(entry, Mapping):
                names.extend(_series("installation", _checked("repositories", entry, ("prefix", "count"))))
            else:
                names.append(str(entry))
        return names

    def _owned(self, kind: str, account: Account, name: str) -> int:
        repository = self.state.repository(account.login, name)
        if repository is None:
            raise SeedError("%s: repository %r is not defined in repositories" % (kind, name))
        return repository.id

    def _token(self, raw: Any) -> None:
        entry = _checked("token", raw, ("token", "user", "kind"))
        kind = entry["kind"]
        if kind not in USER_TOKEN_KINDS:
            raise SeedError("token: kind %r is not one of %s" % (kind, ", ".join(USER_TOKEN_KINDS)))
        if (kind == "user_access_token") != bool(entry.get("app")):
            raise SeedError("token: app is required for the kind user_access_token, and not allowed for other kinds")
        app = self._known_app("token", entry["app"]) if entry.get("app") else None
        permissions = entry.get("permissions", app.permissions if app else {})
        self._add_token(
            UserToken(
                id=self._id(entry, [token.id for token in self.state.user_tokens.values()], "token"),
                value=str(entry["token"]),
                user=self._user("token", entry["user"]),
                kind=kind,
                scopes=_strings("token", "scopes", entry.get("scopes")),
                permissions=_permissions("token", permissions),
                client_id=app.client_id if app else None,
                app=app,
                label=entry.get("name"),
                note=_optional(entry.get("note", entry.get("name"))),
                note_url=_optional(entry.get("note_url")),
                fingerprint=_optional(entry.get("fingerprint")),
            )
        )

    def _user(self, kind: str, login: Any) -> Account:
        account = self._known_account(kind, login)
        if account.is_organization:
            raise SeedError("%s: %s is an organization, not a user" % (kind, login))
        return account

    def _add_token(self, token: UserToken) -> None:
        if token.value in self.state.user_tokens:
            raise SeedError("token: duplicate value")
        self.state.user_tokens[token.value] = token

    def _oauth_app(self, raw: Any) -> None:
        entry = _checked("oauth_app", raw, ("client_id", "client_secret"))
        client = Client(
            str(entry["client_id"]),
            str(entry["client_secret"]),
            str(entry.get("name", "OAuth app")),
            str(entry.get("url", "https://example.com")),
        )
        self._add_client(client)
        scopes = _strings("oauth_app", "scopes", entry.get("scopes"))
        for login, values in (entry.get("grants") or {}).items():
            for value in _strings("oauth_app", "grants", values):
                self._add_token(
                    UserToken(
                        id=next(self._ids),
                        value=value,
                        user=self._user("oauth_app", login),
                        kind="oauth_token",
                        scopes=list(scopes),
                        client_id=client.client_id,
                    )
                )
