# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON representations (schemas simple-user, integration, installation, repository, authorization, issue)."""

from __future__ import annotations

import base64
import hashlib
from typing import Any, Dict, List, Optional

from .exchange import Call
from .state import (
    DEFAULT_TIME,
    Account,
    App,
    Client,
    Grant,
    Installation,
    InstallationRequest,
    InstallationToken,
    Issue,
    Repository,
    State,
    UserToken,
    iso,
)

REPOSITORY_LINKS = (
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
)
USER_LINKS = (
    ("followers_url", "/followers"),
    ("following_url", "/following{/other_user}"),
    ("gists_url", "/gists{/gist_id}"),
    ("starred_url", "/starred{/owner}{/repo}"),
    ("subscriptions_url", "/subscriptions"),
    ("organizations_url", "/orgs"),
    ("repos_url", "/repos"),
    ("events_url", "/events{/privacy}"),
    ("received_events_url", "/received_events"),
)
ORGANIZATION_LINKS = (
    ("repos_url", "/repos"),
    ("events_url", "/events"),
    ("hooks_url", "/hooks"),
    ("issues_url", "/issues"),
    ("members_url", "/members{/member}"),
    ("public_members_url", "/public_members{/member}"),
)


def node_id(kind: str, number: int) -> str:
    """Return an opaque node ID."""
    return base64.b64encode(("0%d:%s%d" % (len(kind), kind, number)).encode("ascii")).decode("ascii")


def user(call: Call, account: Account) -> Dict[str, Any]:
    """simple-user; organizations have the same form with another ``type``."""
    url = "%s/users/%s" % (call.api_url, account.login)
    body: Dict[str, Any] = {
        "login": account.login,
        "id": account.id,
        "node_id": node_id(account.type, account.id),
        "avatar_url": "%s/avatars/%d" % (call.web_url, account.id),
        "gravatar_id": "",
        "url": url,
        "html_url": "%s/%s" % (call.web_url, account.login),
        "type": account.type,
        "site_admin": False,
    }
    body.update((key, url + tail) for key, tail in USER_LINKS)
    return body


def bot(call: Call, app_slug: str) -> Dict[str, Any]:
    """The user that represents an installation: ``slug[bot]``."""
    known = call.state.app_by_slug(app_slug)
    body = user(call, Account(id=known.id if known else 0, login="%s[bot]" % app_slug, type="Bot"))
    body["html_url"] = "%s/apps/%s" % (call.web_url, app_slug)
    return body


def full_user(call: Call, account: Account) -> Dict[str, Any]:
    """public-user."""
    public = [repo for repo in call.state.repositories_of(account) if not repo.private]
    body = user(call, account)
    body.update(
        {
            "name": account.name,
            "company": None,
            "blog": "",
            "location": None,
            "email": None,
            "hireable": None,
            "bio": None,
            "public_repos": len(public),
            "public_gists": 0,
            "followers": 0,
            "following": 0,
            "created_at": DEFAULT_TIME,
            "updated_at": DEFAULT_TIME,
        }
    )
    return body


def private_user(call: Call, account: Account) -> Dict[str, Any]:
    """private-user."""
    private = [repo for repo in call.state.repositories_of(account) if repo.private]
    body = full_user(call, account)
    body.update(
        {
            "private_gists": 0,
            "total_private_repos": len(private),
            "owned_private_repos": len(private),
            "disk_usage": 0,
            "collaborators": 0,
            "two_factor_authentication": True,
        }
    )
    return body


def organization(call: Call, account: Account) -> Dict[str, Any]:
    """organization-full."""
    url = "%s/orgs/%s" % (call.api_url, account.login)
    public = [repo for repo in call.state.repositories_of(account) if not repo.private]
    body: Dict[str, Any] = {
        "login": account.login,
        "id": account.id,
        "node_id": node_id(account.type, account.id),
        "url": url,
        "avatar_url": "%s/avatars/%d" % (call.web_url, account.id),
        "description": None,
        "name": account.name,
        "has_organization_projects": True,
        "has_repository_projects": True,
        "public_repos": len(public),
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "html_url": "%s/%s" % (call.web_url, account.login),
        "created_at": DEFAULT_TIME,
        "updated_at": DEFAULT_TIME,
        "archived_at": None,
        "type": account.type,
    }
    body.update((key, url + tail) for key, tail in ORGANIZATION_LINKS)
    return body


def app(call: Call, record: App) -> Dict[str, Any]:
    """integration; ``client_id`` from the GHES 3.15 schema on."""
    body: Dict[str, Any] = {
        "id": record.id,
        "slug": record.slug,
        "node_id": node_id("Integration", record.id),
        "owner": user(call, record.owner),
        "name": record.name,
        "description": record.description,
        "external_url": "https://example.com",
        "html_url": "%s/apps/%s" % (call.web_url, record.slug),
        "created_at": DEFAULT_TIME,
        "updated_at": DEFAULT_TIME,
        "permissions": dict(record.permissions),
        "events": list(record.events),
    }
    if call.profile.since("3.15"):
        body["client_id"] = record.client_id
    return body


def own_app(call: Call, record: App) -> Dict[str, Any]:
    """The authenticated app (apps/get-authenticated), with ``installations_count``."""
    return dict(app(call, record), installations_count=len(call.state.installations_of(record)))


def converted_app(call: Call, record: App) -> Dict[str, Any]:
    """The app including its secrets (apps/create-from-manifest)."""
    return dict(
        app(call, record),
        client_id=record.client_id,
        client_secret=record.client_secret,
        webhook_secret=record.webhook_secret,
        pem=record.private_key,
    )


def enterprise(call: Call, account: Account) -> Dict[str, Any]:
    """enterprise; it has a slug instead of a login."""
    return {
        "id": account.id,
        "slug": account.login,
        "name": account.name or account.login,
        "node_id": node_id("Enterprise", account.id),
        "avatar_url": "%s/avatars/%d" % (call.web_url, account.id),
        "description": None,
        "website_url": None,
        "html_url": "%s/enterprises/%s" % (call.web_url, account.login),
        "created_at": DEFAULT_TIME,
        "updated_at": DEFAULT_TIME,
    }


def installation(call: Call, record: Installation) -> Dict[str, Any]:
    """installation; newer releases have more keys."""
    account = record.account
    owner = {"Organization": "organizations/%s/", "Enterprise": "enterprises/%s/"}.get(account.type)
    settings = "%ssettings" % (owner % account.login if owner else "")
    body: Dict[str, Any] = {
        "id": record.id,
        "account": enterprise(call, account) if account.is_enterprise else user(call, account),
        "repository_selection": record.repository_selection,
        "access_tokens_url": "%s/app/installations/%d/access_tokens" % (call.api_url, record.id),
        "repositories_url": "%s/installation/repositories" % call.api_url,
        "html_url": "%s/%s/installations/%d" % (call.web_url, settings, record.id),
        "app_id": record.app.id,
        "target_id": account.id,
        "target_type": account.type,
        "permissions": dict(record.permissions),
        "events": list(record.app.events),
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "single_file_name": None,
    }
    if call.profile.since("2.22"):
        body["app_slug"] = record.app.slug
        body["suspended_by"] = user(call, record.suspended_by) if record.suspended_by else None
        body["suspended_at"] = record.suspended_at
    if call.profile.since("3.0"):
        body.update({"has_multiple_single_files": False, "single_file_paths": []})
    if call.profile.since("3.17"):
        body["client_id"] = record.app.client_id
    if "no_target" in record.quirks:
        del body["target_id"], body["target_type"]
    if "no_account" in record.quirks:
        body["account"] = None
    return body


def installation_request(call: Call, record: InstallationRequest) -> Dict[str, Any]:
    """integration-installation-request."""
    return {
        "id": record.id,
        "node_id": node_id("IntegrationInstallationRequest", record.id),
        "account": user(call, record.account),
        "requester": user(call, record.requester),
        "created_at": record.created_at,
    }


def _apps_url(call: Call, enterprise_account: Account) -> str:
    return "%s/enterprises/%s/apps" % (call.api_url, enterprise_account.login)


def installable_organization(call: Call, enterprise_account: Account, record: Account) -> Dict[str, Any]:
    """installable-organization."""
    url = "%s/installable_organizations/%s" % (_apps_url(call, enterprise_account), record.login)
    return {"id": record.id, "login": record.login, "accessible_repositories_url": url + "/accessible_repositories"}


def accessible_repository(record: Repository) -> Dict[str, Any]:
    """accessible-repository."""
    return {"id": record.id, "name": record.name, "full_name": record.full_name}


def organization_installation(call: Call, enterprise_account: Account, record: Installation) -> Dict[str, Any]:
    """enterprise-organization-installation, which does not show whether the installation is suspended."""
    organization_url = "%s/organizations/%s" % (_apps_url(call, enterprise_account), record.account.login)
    return {
        "id": record.id,
        "app_slug": record.app.slug,
        "client_id": record.app.client_id,
        "repository_selection": record.repository_selection,
        "repositories_url": "%s/installations/%d/repositories" % (organization_url, record.id),
        "permissions": dict(record.permissions),
        "events": list(record.app.events),
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }


def repository_permissions(call: Call, record: Repository) -> Dict[str, bool]:
    """The ``permissions`` key of a repository: what the credential is allowed to do."""
    token = call.credential.installation_token
    if token is not None:
        write = token.permissions.get("contents") == "write"
        return {"admin": False, "push": write, "pull": True}
    holder = call.credential.user_token
    admin = holder is not None and record.owner.has_admin(holder.user)
    return {"admin": admin, "push": admin, "pull": True}


def repository(call: Call, record: Repository) -> Dict[str, Any]:
    """repository (and minimal-repository), as in lists and in the response with a scoped token."""
    url = "%s/repos/%s" % (call.api_url, record.full_name)
    web = "%s/%s" % (call.web_url, record.full_name)
    host = call.web_url.partition("://")[2]
    open_issues = len(record.issues)
    body: Dict[str, Any] = {
        "id": record.id,
        "node_id": node_id("Repository", record.id),
        "name": record.name,
        "full_name": record.full_name,
        "private": record.private,
        "owner": user(call, record.owner),
        "html_url": web,
        "description": None,
        "fork": False,
        "url": url,
        "git_url": "git://%s/%s.git" % (host, record.full_name),
        "ssh_url": "git@%s:%s.git" % (host, record.full_name),
        "clone_url": web + ".git",
        "svn_url": web,
        "mirror_url": None,
        "homepage": None,
        "language": None,
        "license": None,
        "forks": 0,
        "forks_count": 0,
        "stargazers_count": 0,
        "watchers": 0,
        "watchers_count": 0,
        "size": 0,
        "default_branch": "main",
        "open_issues": open_issues,
        "open_issues_count": open_issues,
        "is_template": False,
        "has_issues": True,
        "has_projects": True,
        "has_wiki": True,
        "has_pages": False,
        "archived": record.archived,
        "disabled": False,
        "pushed_at": DEFAULT_TIME,
        "created_at": DEFAULT_TIME,
        "updated_at": DEFAULT_TIME,
    }
    body.update((key, url + tail) for key, tail in REPOSITORY_LINKS)
    if call.profile.since("3.3") or "mercy" in call.previews:
        body["topics"] = list(record.topics)
    if call.profile.since("2.22"):
        body["visibility"] = "private" if record.private else "public"
    if call.profile.since("3.7"):
        body.update({"has_discussions": False, "allow_forking": True, "web_commit_signoff_required": False})
    if not call.is_2026:
        body.update({"has_downloads": True, "master_branch": body["default_branch"]})
        if call.profile.since("3.6"):
            body["use_squash_pr_title_as_default"] = False
    if call.credential.installation_token is not None or call.credential.user_token is not None:
        body["permissions"] = repository_permissions(call, record)
    return body


def full_repository(call: Call, record: Repository) -> Dict[str, Any]:
    """full-repository (repos/get)."""
    body = repository(call, record)
    body.update(
        {
            "subscribers_count": 0,
            "network_count": 0,
            "allow_squash_merge": True,
            "allow_merge_commit": True,
            "allow_rebase_merge": True,
        }
    )
    if record.owner.is_organization:
        body["organization"] = user(call, record.owner)
    return body


def minted(call: Call, token: InstallationToken) -> Dict[str, Any]:
    """installation-token; contains ``repositories`` only if the request did."""
    body: Dict[str, Any] = {
        "token": token.value,
        "expires_at": iso(token.expires_at),
        "permissions": dict(token.permissions),
        "repository_selection": token.installation.repository_selection,
    }
    if "bare_tokens" in token.installation.quirks:
        return {key: body[key] for key in ("token", "expires_at")}
    if token.repository_ids is not None:
        body["repository_selection"] = "selected"
        body["repositories"] = [
            repository(call, call.state.repositories[number]) for number in sorted(token.repository_ids)
        ]
    return body


def scoped_installation(call: Call, token: UserToken) -> Optional[Dict[str, Any]]:
    """scoped-installation, for a user access token with a reduced scope."""
    if token.installation is None:
        return None
    body: Dict[str, Any] = {
        "permissions": dict(token.permissions),
        "repository_selection": "all" if token.repository_ids is None else "selected",
        "single_file_name": None,
        "repositories_url": "%s/user/installations/%d/repositories" % (call.api_url, token.installation.id),
        "account": user(call, token.installation.account),
    }
    return body


def _client_app(call: Call, client: Optional[Client], name: Optional[str] = None) -> Dict[str, Any]:
    """The ``app`` key: the OAuth app, or the substitute that personal access tokens have."""
    if client is None:
        url = call.profile.documentation_url("oauth-authorizations/oauth-authorizations")
        return {"url": url, "name": name, "client_id": "0" * 20}
    return {"url": client.url, "name": client.name, "client_id": client.client_id}


def authorization(call: Call, client: Optional[Client], token: UserToken, reveal: bool = True) -> Dict[str, Any]:
    """authorization; without ``reveal`` the token is an empty string, as in all responses after the first."""
    body: Dict[str, Any] = {
        "id": token.id,
        "url": "%s/authorizations/%d" % (call.api_url, token.id),
        "scopes": list(token.scopes),
        "token": token.value if reveal else "",
        "token_last_eight": token.value[-8:],
        "hashed_token": hashlib.sha256(token.value.encode("utf-8")).hexdigest(),
        "app": _client_app(call, client, token.note),
        "note": token.note,
        "note_url": token.note_url,
        "updated_at": token.updated_at,
        "created_at": token.created_at,
        "fingerprint": token.fingerprint,
        "user": user(call, token.user),
    }
    if call.profile.since("3.0"):
        body["expires_at"] = None
        if token.app is not None:
            body["installation"] = scoped_installation(call, token)
    return body


def grant(call: Call, record: Grant) -> Dict[str, Any]:
    """application-grant, with the scopes of all tokens."""
    return {
        "id": record.id,
        "url": "%s/applications/grants/%d" % (call.api_url, record.id),
        "app": _client_app(call, record.client),
        "created_at": min(token.created_at for token in record.tokens),
        "updated_at": max(token.updated_at for token in record.tokens),
        "scopes": sorted({scope for token in record.tokens for scope in token.scopes}),
        "user": user(call, record.tokens[0].user),
    }


def issue(call: Call, repo: Repository, record: Issue) -> Dict[str, Any]:
    """issue."""
    repository_url = "%s/repos/%s" % (call.api_url, repo.full_name)
    url = "%s/issues/%d" % (repository_url, record.number)
    author = bot(call, record.author) if record.author_is_app else user(call, call.known_account(record.author))
    body: Dict[str, Any] = {
        "id": record.id,
        "node_id": node_id("Issue", record.id),
        "url": url,
        "repository_url": repository_url,
        "labels_url": url + "/labels{/name}",
        "comments_url": url + "/comments",
        "events_url": url + "/events",
        "html_url": "%s/%s/issues/%d" % (call.web_url, repo.full_name, record.number),
        "number": record.number,
        "state": "open",
        "title": record.title,
        "body": record.body,
        "user": author,
        "labels": [],
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "locked": False,
        "active_lock_reason": None,
        "comments": 0,
        "closed_at": None,
        "created_at": record.created_at,
        "updated_at": record.created_at,
        "author_association": "NONE",
    }
    return body


def content_file(call: Call, repo: Repository, path: str) -> Dict[str, Any]:
    """content-file (repos/get-content)."""
    data = repo.files[path].encode("utf-8")
    sha = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    url = "%s/repos/%s/contents/%s" % (call.api_url, repo.full_name, path)
    git_url = "%s/repos/%s/git/blobs/%s" % (call.api_url, repo.full_name, sha)
    html_url = "%s/%s/blob/main/%s" % (call.web_url, repo.full_name, path)
    return {
        "type": "file",
        "encoding": "base64",
        "size": len(data),
        "name": path.rpartition("/")[2],
        "path": path,
        "content": base64.encodebytes(data).decode("ascii"),
        "sha": sha,
        "url": url,
        "git_url": git_url,
        "html_url": html_url,
        "download_url": "%s/%s/raw/main/%s" % (call.web_url, repo.full_name, path),
        "_links": {"self": url, "git": git_url, "html": html_url},
    }


def summary(state: State) -> Dict[str, List[Dict[str, Any]]]:
    """The compact representation of ``GET /_standin/state``."""
    installations = [
        {
            "id": item.id,
            "app": item.app.slug,
            "account": item.account.login,
            "repository_selection": item.repository_selection,
            "repositories": [repo.name for repo in state.installation_repositories(item)],
            "permissions": dict(item.permissions),
            "suspended": item.suspended_at is not None,
            "live_tokens": state.live_tokens(item),
        }
        for _id, item in sorted(state.installations.items())
    ]
    repositories = [
        {"id": repo.id, "full_name": repo.full_name, "private": repo.private, "issues": len(repo.issues)}
        for _id, repo in sorted(state.repositories.items())
    ]
    return {"installations": installations, "repositories": repositories}
