# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations outside the Apps API: metadata, accounts, repositories, issues and contents."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

from . import errors, render
from .auth import PUBLIC, TOKEN_KINDS, USER_KINDS
from .errors import ApiError, invalid_field, not_found
from .exchange import Call, Reply
from .limits import limit_of, reset_time
from .route import Route
from .state import Account, Issue, Repository, iso

AFFILIATIONS = ("owner", "collaborator", "organization_member")


def root(call: Call) -> Reply:
    """meta/root (some of its links); 2026-03-10 does not have ``authorizations_url``."""
    body = {
        "current_user_url": call.api_url + "/user",
        "organization_url": call.api_url + "/orgs/{org}",
        "repository_url": call.api_url + "/repos/{owner}/{repo}",
        "user_url": call.api_url + "/users/{user}",
        "rate_limit_url": call.api_url + "/rate_limit",
    }
    if not call.is_2026:
        body["authorizations_url"] = call.api_url + "/authorizations"
    return Reply(200, body)


def meta(call: Call) -> Reply:
    """meta/get; ``installed_version`` only on GHES."""
    body: Dict[str, Any] = {"verifiable_password_authentication": not call.profile.is_cloud}
    if call.profile.installed_version is not None:
        body["installed_version"] = call.profile.installed_version
    return Reply(200, body)


def rate_limit(call: Call) -> Reply:
    """rate-limit/get; GHES has rate limits disabled by default and returns 404."""
    if not call.profile.is_cloud:
        raise ApiError(404, errors.RATE_LIMIT_OFF)
    limit = limit_of(call.credential, call.state)
    used = call.state.rate_used.get(call.credential.rate_key or "", 0)
    core = {"limit": limit, "used": used, "remaining": max(0, limit - used), "reset": reset_time(call.state)}
    search = {"limit": 30, "used": 0, "remaining": 30, "reset": core["reset"]}
    body: Dict[str, Any] = {"resources": {"core": core, "search": search}}
    if not call.is_2026:
        body["rate"] = core
    return Reply(200, body)


def get_repository(call: Call) -> Reply:
    """repos/get."""
    return Reply(200, render.full_repository(call, call.repository()))


def get_repository_by_id(call: Call) -> Reply:
    """Target of the redirect of repos/get."""
    repository = call.state.repositories.get(call.params["repository_id"])
    if repository is None or not call.can_see(repository):
        raise not_found()
    return Reply(200, render.full_repository(call, repository))


def _visible(call: Call, account: Account) -> List[Repository]:
    return [repo for repo in call.state.repositories_of(account) if call.can_see(repo)]


def list_org_repositories(call: Call) -> Reply:
    """repos/list-for-org."""
    account = call.known_account(call.params["org"], "Organization")
    return call.page(_visible(call, account), lambda item: render.repository(call, item))


def list_user_repositories(call: Call) -> Reply:
    """repos/list-for-user: public repositories only."""
    account = call.known_account(call.params["username"])
    items = [repo for repo in _visible(call, account) if not repo.private]
    return call.page(items, lambda item: render.repository(call, item))


def _affiliation(user: Account, account: Account) -> str:
    """How a user who is a member of the account is affiliated with its repositories."""
    if user is account:
        return "owner"
    return "organization_member" if account.is_organization else "collaborator"


def list_own_repositories(call: Call) -> Reply:
    """repos/list-for-authenticated-user, with the filter ``affiliation``."""
    user = call.user_token.user
    wanted = call.query.get("affiliation", ",".join(AFFILIATIONS)).split(",")
    if not set(wanted) <= set(AFFILIATIONS):
        raise invalid_field("Repository", "affiliation", "invalid")
    items = [
        repo
        for account in sorted(call.state.accounts.values(), key=lambda account: account.id)
        if account.has_member(user) and _affiliation(user, account) in wanted
        for repo in _visible(call, account)
    ]
    return call.page(items, lambda item: render.repository(call, item))


def get_own_user(call: Call) -> Reply:
    """users/get-authenticated."""
    return Reply(200, render.private_user(call, call.user_token.user))


def get_user(call: Call) -> Reply:
    """users/get-by-username; also works for organizations."""
    return Reply(200, render.full_user(call, call.known_account(call.params["username"])))


def get_org(call: Call) -> Reply:
    """orgs/get."""
    return Reply(200, render.organization(call, call.known_account(call.params["org"], "Organization")))


def list_issues(call: Call) -> Reply:
    """issues/list-for-repo: open issues, newest first."""
    repository = call.repository()
    items = [] if call.query.get("state") == "closed" else list(reversed(repository.issues))
    return call.page(items, lambda item: render.issue(call, repository, item))


def create_issue(call: Call) -> Reply:
    """issues/create."""
    repository = call.repository()
    title = call.body.get("title")
    if not isinstance(title, (str, int)) or isinstance(title, bool) or title == "":
        raise invalid_field("Issue", "title", "missing_field")
    token = call.credential.installation_token
    record = Issue(
        id=call.state.next_id(),
        number=len(repository.issues) + 1,
        title=str(title),
        body=call.string("body"),
        author=token.installation.app.slug if token else call.user_token.user.login,
        author_is_app=token is not None,
        created_at=iso(call.state.now()),
    )
    repository.issues.append(record)
    return Reply(201, render.issue(call, repository, record))


def get_content(call: Call) -> Reply:
    """repos/get-content for a file, or for the list of files in the root directory."""
    repository = call.repository()
    path = call.params.get("path")
    if path is None:
        return Reply(200, [_entry(call, repository, name) for name in sorted(repository.files) if "/" not in name])
    if path not in repository.files:
        raise not_found()
    return Reply(200, render.content_file(call, repository, path))


def _entry(call: Call, repository: Repository, name: str) -> Dict[str, Any]:
    body = render.content_file(call, repository, name)
    return {key: value for key, value in body.items() if key not in ("content", "encoding")}


ROUTES: Tuple[Route, ...] = (
    Route("GET", "/", root, PUBLIC, "meta/meta#github-api-root"),
    Route("GET", "/meta", meta, PUBLIC, "meta/meta#get-github-meta-information"),
    Route(
        "GET",
        "/rate_limit",
        rate_limit,
        PUBLIC,
        "rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user",
    ),
    Route(
        "GET",
        "/repos/{owner}/{repo}",
        get_repository,
        PUBLIC,
        "repos/repos#get-a-repository",
        permissions=(("metadata", "read"),),
    ),
    Route(
        "GET",
        "/repositories/{repository_id:int}",
        get_repository_by_id,
        PUBLIC,
        "repos/repos#get-a-repository",
        permissions=(("metadata", "read"),),
    ),
    Route("GET", "/orgs/{org}/repos", list_org_repositories, PUBLIC, "repos/repos#list-organization-repositories"),
    Route(
        "GET",
        "/users/{username}/repos",
        list_user_repositories,
        PUBLIC,
        "repos/repos#list-repositories-for-a-user",
    ),
    Route("GET", "/user", get_own_user, USER_KINDS, "users/users#get-the-authenticated-user"),
    Route(
        "GET",
        "/user/repos",
        list_own_repositories,
        USER_KINDS,
        "repos/repos#list-repositories-for-the-authenticated-user",
    ),
    Route("GET", "/users/{username}", get_user, PUBLIC, "users/users#get-a-user"),
    Route("GET", "/orgs/{org}", get_org, PUBLIC, "orgs/orgs#get-an-organization"),
    Route(
        "GET",
        "/repos/{owner}/{repo}/issues",
        list_issues,
        PUBLIC,
        "issues/issues#list-repository-issues",
        permissions=(("issues", "read"),),
    ),
    Route(
        "POST",
        "/repos/{owner}/{repo}/issues",
        create_issue,
        TOKEN_KINDS,
        "issues/issues#create-an-issue",
        permissions=(("issues", "write"),),
    ),
    Route(
        "GET",
        "/repos/{owner}/{repo}/contents",
        get_content,
        PUBLIC,
        "repos/contents#get-repository-content",
        permissions=(("contents", "read"),),
    ),
    Route(
        "GET",
        "/repos/{owner}/{repo}/contents/{path:rest}",
        get_content,
        PUBLIC,
        "repos/contents#get-repository-content",
        permissions=(("contents", "read"),),
    ),
)
