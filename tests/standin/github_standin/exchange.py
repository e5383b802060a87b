# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A request during its processing, and the reply to it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, FrozenSet, List, Optional, Sequence, Tuple
from urllib.parse import urlencode

from .auth import PAT_CLASSIC, Credential, refused
from .errors import ApiError, invalid_request, not_found
from .profiles import API_VERSION_2026, Profile
from .state import Account, App, Installation, Repository, State, UserToken, covers

DEFAULT_PER_PAGE = 30
MAX_PER_PAGE = 100
Permission = Tuple[str, str]


@dataclass
class Reply:
    """Status, JSON body (None: no body) and additional headers."""

    status: int = 200
    body: Any = None
    headers: Dict[str, str] = field(default_factory=dict)


@dataclass
class Call:
    """Everything a handler can access."""

    profile: Profile
    state: State
    credential: Credential
    params: Dict[str, Any]
    query: Dict[str, str]
    body: Dict[str, Any]
    previews: FrozenSet[str]
    api_version: Optional[str]
    web_url: str
    api_url: str
    path: str
    accepted_permissions: Tuple[Permission, ...]
    uninstall_delay: float

    # the caller

    @property
    def app(self) -> App:
        """Return the app of a JWT or of an app's token."""
        assert self.credential.app is not None
        return self.credential.app

    @property
    def user_token(self) -> UserToken:
        """Return the user's token on a route that accepts only user tokens."""
        assert self.credential.user_token is not None
        return self.credential.user_token

    @property
    def account(self) -> Account:
        """Return the account of the user who sent a password."""
        assert self.credential.account is not None
        return self.credential.account

    @property
    def is_2026(self) -> bool:
        """Return whether the request selected API version 2026-03-10."""
        return self.api_version == API_VERSION_2026

    # records

    def own_installation(self) -> Installation:
        """Return the installation in the path if it belongs to the JWT's app."""
        installation = self.state.installations.get(self.params["installation_id"])
        if installation is None or installation.app is not self.app:
            raise not_found()
        return installation

    def known_account(self, login: str, kind: Optional[str] = None) -> Account:
        """Return an account of the expected type. Raises 404."""
        account = self.state.account(login)
        if account is None or (kind is not None and account.type != kind):
            raise not_found()
        return account

    def can_see(self, repository: Repository) -> bool:
        """Return whether the credential can read the repository.

        An installation token can read exactly the repositories of its scope. This is stricter than GitHub, where
        any credential can read a public repository.
        """
        token = self.credential.installation_token
        if token is not None:
            return _in_scope(repository, token.repository_ids) and self.state.installation_covers(
                token.installation, repository
            )
        user = self.credential.user_token
        if user is None:
            return not repository.private
        return self._user_sees(user, repository)

    def _user_sees(self, token: UserToken, repository: Repository) -> bool:
        if not repository.owner.has_member(token.user):
            return not repository.private
        if token.app is not None:
            installation = self.state.installation_on(token.app, repository.owner)
            if installation is None or token.installation not in (None, installation):
                return not repository.private
            reachable = self.state.installation_covers(installation, repository)
            return (reachable and _in_scope(repository, token.repository_ids)) or not repository.private
        if token.kind == "pat_fine_grained":
            return True
        return "repo" in token.scopes or not repository.private

    def repository(self, need_permission: bool = True) -> Repository:
        """Return the repository in the path: 404 if hidden, 301 if renamed, 403 without the permission."""
        owner, name = self.params["owner"], self.params["repo"]
        repository = self.state.repository(owner, name)
        if repository is None:
            renamed = self.state.renamed_repository(owner, name)
            if renamed is None or not self.can_see(renamed):
                raise not_found()
            raise self.moved(renamed, self.path.split("/", 4)[4:])
        if not self.can_see(repository):
            raise not_found()
        if need_permission:
            self.require_permission()
        return repository

    def moved(self, repository: Repository, rest: Sequence[str]) -> ApiError:
        """Return the redirect to the URL with the ID, as GitHub does for a renamed repository."""
        url = "/".join([self.api_url, "repositories", str(repository.id)] + list(rest))
        return ApiError(301, "Moved Permanently", headers={"Location": url})

    def require_permission(self) -> None:
        """Raise 403 if a token with fine-grained permissions has none of the route's permissions."""
        if not self.accepted_permissions or not self.credential.has_permissions:
            return
        token = self.credential.installation_token or self.user_token
        granted = dict(token.permissions)
        granted.setdefault("metadata", "read")
        if not any(covers(granted.get(name), level) for name, level in self.accepted_permissions):
            raise refused(self.credential)

    def require_scope(self, *accepted: str) -> None:
        """Raise 404 if a classic token has none of the scopes, because GitHub hides what a credential cannot access."""
        if self.credential.kind == PAT_CLASSIC and not set(accepted) & set(self.user_token.scopes):
            error = not_found()
            error.headers["X-Accepted-OAuth-Scopes"] = ", ".join(accepted)
            raise error

    # the body

    def string(self, key: str, required: bool = False) -> Optional[str]:
        """Return a string from the body."""
        value = self.body.get(key)
        if value is None:
            if required:
                raise invalid_request('"%s" wasn\'t supplied.' % key)
            return None
        if not isinstance(value, str):
            raise _wrong_type(key, "string")
        return value

    def integer(self, key: str) -> Optional[int]:
        """Return an integer from the body."""
        value = self.body.get(key)
        if value is not None and not _is_integer(value):
            raise _wrong_type(key, "integer")
        return value

    def strings(self, key: str) -> Optional[List[str]]:
        """Return a list of strings from the body."""
        return self._list(key, "string", lambda item: isinstance(item, str))

    def integers(self, key: str) -> Optional[List[int]]:
        """Return a list of integers from the body."""
        return self._list(key, "integer", _is_integer)

    def permissions(self) -> Optional[Dict[str, str]]:
        """Return the ``permissions`` object of the body; its values are read, write or admin."""
        value = self.body.get("permissions")
        if value is None:
            return None
        if not isinstance(value, dict):
            raise _wrong_type("permissions", "object")
        for name, level in value.items():
            if level not in ("read", "write", "admin"):
                raise _wrong_type("permissions/%s" % name, "member of read, write, admin")
        return dict(value)

    def _list(self, key: str, kind: str, valid: Callable[[Any], bool]) -> Optional[List[Any]]:
        value = self.body.get(key)
        if value is None:
            return None
        if not isinstance(value, list):
            raise _wrong_type(key, "array")
        for index, item in enumerate(value):
            if not valid(item):
                raise _wrong_type("%s/%d" % (key, index), kind)
        return value

    # replies

    def page(
        self,
        items: Sequence[Any],
        render: Callable[[Any], Any],
        wrap: Optional[Callable[[int, List[Any]], Dict[str, Any]]] = None,
    ) -> Reply:
        """Return one page of a list with its Link header (docs "Using pagination in the REST API")."""
        size = min(self._positive("per_page") or DEFAULT_PER_PAGE, MAX_PER_PAGE)
        number = self._positive("page") or 1
        last = max(1, math.ceil(len(items) / size))
        rendered = [render(item) for item in items[(number - 1) * size : number * size]]
        links = []
        if number > 1:
            links.append(("prev", min(number - 1, last)))
        if number < last:
            links.extend((("next", number + 1), ("last", last)))
        if number > 1:
            links.append(("first", 1))
        headers = {"Link": ", ".join(self._link(rel, to) for rel, to in links)} if links else {}
        return Reply(200, wrap(len(items), rendered) if wrap else rendered, headers)

    def _positive(self, key: str) -> Optional[int]:
        """Return a positive number from the query, or the default for any other value, as GitHub does."""
        text = self.query.get(key, "")
        return (int(text) or None) if re.match(r"^[0-9]{1,9}\Z", text) else None

    def _link(self, rel: str, number: int) -> str:
        query = dict(self.query, page=str(number))
        return '<%s%s?%s>; rel="%s"' % (self.api_url, self.path, urlencode(query), rel)


def _in_scope(repository: Repository, scope: Optional[Any]) -> bool:
    return scope is None or repository.id in scope


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _wrong_type(key: str, kind: str) -> ApiError:
    article = "an" if kind[0] in "aeiou" else "a"
    return invalid_request("For 'properties/%s', the value is not %s %s." % (key, article, kind))
