# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run PyGithub and githubkit against the stand-in server. Their typed models validate the responses.

Each test name and docstring identifies the operation. ``.parsed_data`` of githubkit validates the response with
the model generated from GitHub's own API description (version 2022-11-28).
"""

from __future__ import annotations

import pytest

github = pytest.importorskip("github", reason="PyGithub is one of the peers")
githubkit = pytest.importorskip("githubkit", reason="githubkit is one of the peers")

from githubkit.exception import RequestFailed

SLUG = "hubops-demo"
APP_ID = 1001
PAT = "standin-pat-classic-admin"
OAUTH = ("standin-oauth-client", "standin-oauth-secret")
VERSION = "2022-11-28"
KEPT = []  # githubkit's namespaces hold only a weak reference to their client


# githubkit: github.com, models of 2022-11-28


def kit(server, auth):
    """Return a githubkit client without cache and retries, so that every call reaches the server."""
    KEPT.append(githubkit.GitHub(auth, base_url=server.api_url, http_cache=False, auto_retry=False))
    return KEPT[-1]


def kit_app(server):
    """Return githubkit authenticated as the app."""
    return kit(server, githubkit.AppAuthStrategy(APP_ID, server.private_key(SLUG))).rest(VERSION).apps


def kit_token(server, token):
    """Return githubkit with a token."""
    return kit(server, githubkit.TokenAuthStrategy(token)).rest(VERSION)


def kit_client(server):
    """Return githubkit authenticated as an OAuth app."""
    return kit(server, githubkit.OAuthAppAuthStrategy(*OAUTH)).rest(VERSION).apps


def kit_mint(server, **body):
    """Create a token with githubkit."""
    return kit_app(server).create_installation_access_token(2001, data=body).parsed_data.token


def failure(call, *args, **kwargs):
    """Return status and message of a call that githubkit reports as failed."""
    with pytest.raises(RequestFailed) as caught:
        call(*args, **kwargs)
    return caught.value.response.status_code, caught.value.response.json()["message"]


@pytest.fixture(name="server")
def server_fixture(start):
    """Start a github.com server."""
    yield start("cloud").server
    KEPT.clear()


def test_githubkit_get_authenticated_app(server):
    """GET /app and GET /apps/{slug}."""
    app = kit_app(server).get_authenticated().parsed_data
    assert (app.id, app.slug, app.installations_count) == (APP_ID, SLUG, 6)
    assert kit_token(server, PAT).apps.get_by_slug(SLUG).parsed_data.id == APP_ID


def test_githubkit_list_and_get_installations(server):
    """GET /app/installations (with pages) and GET /app/installations/{id}."""
    client = kit_app(server)
    listed = [item for page in (1, 2, 3) for item in client.list_installations(per_page=2, page=page).parsed_data]
    assert [item.id for item in listed] == [2001, 2002, 2003, 2004, 2005, 2006]
    one = client.get_installation(2003).parsed_data
    assert one.suspended_at is not None
    assert one.suspended_by.login == "octo-org"
    assert failure(client.get_installation, 2101) == (404, "Not Found")


def test_githubkit_find_installation(server):
    """GET /orgs/{org}/installation, /users/{username}/installation, /repos/{owner}/{repo}/installation."""
    client = kit_app(server)
    assert client.get_org_installation("OCTO-org").parsed_data.id == 2001
    assert client.get_user_installation("octocat").parsed_data.account.login == "octocat"
    assert client.get_repo_installation("octo-org", "hello-world").parsed_data.id == 2001
    assert client.get_repo_installation("octo-org", "hello-old").parsed_data.id == 2001
    assert failure(client.get_org_installation, "empty-org") == (404, "Not Found")


def test_githubkit_mint_scoped_token_and_use_it(server):
    """POST /app/installations/{id}/access_tokens with repositories and permissions, then use the token."""
    token = (
        kit_app(server)
        .create_installation_access_token(
            2001, data={"repositories": ["hello-world"], "permissions": {"issues": "write"}}
        )
        .parsed_data
    )
    assert token.token.startswith("ghs_1001_")
    assert token.token.count(".") == 2
    assert token.permissions.issues == "write"
    assert token.repository_selection == "selected"
    assert [repo.full_name for repo in token.repositories] == ["octo-org/hello-world"]
    rest = kit_token(server, token.token)
    assert rest.issues.create("octo-org", "hello-world", data={"title": "From a token"}).parsed_data.number == 1
    assert rest.issues.list_for_repo("octo-org", "hello-world").parsed_data[0].user.login == "hubops-demo[bot]"
    assert rest.repos.get("octo-org", "hello-world").parsed_data.id == 5001
    assert failure(rest.repos.get, "octo-org", "spoon-knife") == (404, "Not Found")
    assert failure(rest.repos.get_content, "octo-org", "hello-world", "README.md") == (
        403,
        "Resource not accessible by integration",
    )


def test_githubkit_list_installation_repositories(server):
    """GET /installation/repositories, all pages of an installation with 120 repositories."""
    token = kit_app(server).create_installation_access_token(2004).parsed_data.token
    rest = kit_token(server, token)
    pages = [rest.apps.list_repos_accessible_to_installation(per_page=50, page=page).parsed_data for page in (1, 2, 3)]
    assert [len(page.repositories) for page in pages] == [50, 50, 20]
    assert {page.total_count for page in pages} == {120}


def test_githubkit_revoke_token(server):
    """DELETE /installation/token; 401 the second time."""
    rest = kit_token(server, kit_mint(server))
    assert rest.apps.revoke_installation_access_token().status_code == 204
    assert failure(rest.apps.revoke_installation_access_token) == (401, "Bad credentials")


def test_githubkit_suspend_and_unsuspend(server):
    """PUT and DELETE /app/installations/{id}/suspended."""
    client, rest = kit_app(server), kit_token(server, kit_mint(server))
    assert client.suspend_installation(2001).status_code == 204
    assert client.get_installation(2001).parsed_data.suspended_at is not None
    assert failure(rest.apps.list_repos_accessible_to_installation) == (403, "This installation has been suspended")
    assert failure(client.create_installation_access_token, 2001)[0] == 403
    assert client.unsuspend_installation(2001).status_code == 204
    assert rest.apps.list_repos_accessible_to_installation().parsed_data.total_count == 2


def test_githubkit_uninstall(server):
    """DELETE /app/installations/{id}: 204, then 404."""
    client = kit_app(server)
    assert client.delete_installation(2001).status_code == 204
    assert failure(client.delete_installation, 2001) == (404, "Not Found")


def test_githubkit_user_installations(server):
    """GET /user/installations, GET, PUT and DELETE /user/installations/{id}/repositories."""
    user, pat = kit_token(server, "standin-user-access-admin").apps, kit_token(server, PAT).apps
    assert user.list_installations_for_authenticated_user().parsed_data.total_count == 5
    assert pat.add_repo_to_installation_for_authenticated_user(2001, 5003).status_code == 204
    repositories = user.list_installation_repos_for_authenticated_user(2001).parsed_data.repositories
    assert [repo.id for repo in repositories] == [5001, 5002, 5003]
    assert pat.remove_repo_from_installation_for_authenticated_user(2001, 5003).status_code == 204
    assert failure(user.add_repo_to_installation_for_authenticated_user, 2001, 5003)[0] == 403


def test_githubkit_organization_installations(server):
    """GET /orgs/{org}/installations: all apps of the organization."""
    installations = kit_token(server, PAT).orgs.list_app_installations("octo-org").parsed_data.installations
    assert [item.app_slug for item in installations] == [SLUG, "other-app"]


def test_githubkit_check_reset_and_delete_oauth_token(server):
    """POST, PATCH and DELETE /applications/{client_id}/token."""
    client, old = kit_client(server), {"access_token": "standin-oauth-octocat-one"}
    checked = client.check_token(OAUTH[0], data=old).parsed_data
    assert checked.user.login == "octocat"
    fresh = client.reset_token(OAUTH[0], data=old).parsed_data
    assert fresh.id == checked.id
    assert fresh.token.startswith("gho_")
    assert failure(client.check_token, OAUTH[0], data=old) == (404, "Not Found")
    assert client.delete_token(OAUTH[0], data={"access_token": fresh.token}).status_code == 204
    assert failure(client.delete_token, OAUTH[0], data={"access_token": fresh.token}) == (404, "Not Found")


def test_githubkit_delete_oauth_grant(server):
    """DELETE /applications/{client_id}/grant: all tokens of the user, and no others."""
    client = kit_client(server)
    assert client.delete_authorization(OAUTH[0], data={"access_token": "standin-oauth-octocat-one"}).status_code == 204
    assert failure(client.check_token, OAUTH[0], data={"access_token": "standin-oauth-octocat-two"})[0] == 404
    assert client.check_token(OAUTH[0], data={"access_token": "standin-oauth-monalisa"}).status_code == 200


def test_githubkit_scope_user_token(server):
    """POST /applications/{client_id}/token/scoped."""
    client = kit(server, githubkit.OAuthAppAuthStrategy("Iv1.standin-demo", "standin-demo-client-secret"))
    body = {
        "access_token": "standin-user-access-admin",
        "target": "octo-org",
        "repositories": ["hello-world"],
        "permissions": {"contents": "read"},
    }
    token = client.rest(VERSION).apps.scope_token("Iv1.standin-demo", data=body).parsed_data
    assert token.installation.account.login == "octo-org"
    rest = kit_token(server, token.token)
    assert rest.repos.get("octo-org", "hello-world").parsed_data.id == 5001
    assert failure(rest.repos.get, "octo-org", "spoon-knife")[0] == 404


def test_githubkit_create_from_manifest(server):
    """POST /app-manifests/{code}/conversions, then GET /app as the new app."""
    made = kit(server, None).rest(VERSION).apps.create_from_manifest("standin-manifest-code-one").parsed_data
    client = kit(server, githubkit.AppAuthStrategy(made.id, made.pem)).rest(VERSION).apps
    assert client.get_authenticated().parsed_data.slug == made.slug == "made-from-manifest"
    again = kit(server, None).rest(VERSION).apps.create_from_manifest
    assert failure(again, "standin-manifest-code-one") == (404, "Not Found")


def test_githubkit_general_operations(server):
    """GET /user, /users/{username}, /orgs/{org}, lists of repositories, /meta, /rate_limit, contents."""
    rest = kit_token(server, PAT)
    assert rest.users.get_authenticated().parsed_data.login == "octo-admin"
    assert rest.users.get_by_username("monalisa").parsed_data.login == "monalisa"
    assert rest.orgs.get("octo-org").parsed_data.login == "octo-org"
    assert len(rest.repos.list_for_org("octo-org").parsed_data) == 5
    assert rest.repos.list_for_user("acme").parsed_data[0].name == "tunnel-paint"
    assert len(rest.repos.list_for_authenticated_user(per_page=100).parsed_data) == 100
    assert rest.repos.get("octo-org", "website").parsed_data.organization.login == "octo-org"
    assert rest.repos.get_content("octo-org", "website", "README.md").parsed_data.type == "file"
    assert rest.meta.get().parsed_data.verifiable_password_authentication is False
    assert rest.rate_limit.get().parsed_data.resources.core.limit == 5000


# PyGithub: github.com and GHES


@pytest.fixture(name="ghes", params=["cloud", "3.19", "2.20"])
def ghes_fixture(start, request):
    """Start servers of three kinds. PyGithub sends the machine-man preview by default."""
    return start(request.param).server


def integration(server):
    """Return PyGithub authenticated as the app."""
    auth = github.Auth.AppAuth(APP_ID, server.private_key(SLUG))
    return github.GithubIntegration(
        auth=auth, base_url=server.api_url, retry=None, seconds_between_requests=None, seconds_between_writes=None
    )


def hub(server, auth):
    """Return PyGithub with a token."""
    return github.Github(
        auth=auth, base_url=server.api_url, retry=None, seconds_between_requests=None, seconds_between_writes=None
    )


def raw(server, auth, method, path, **options):
    """Send a raw request with PyGithub, for operations without a method. Raises GithubException."""
    return hub(server, auth).requester.requestJsonAndCheck(method, path, **options)


def app_auth(server):
    """Return the app's own credentials."""
    return github.Auth.AppAuth(APP_ID, server.private_key(SLUG))


def test_pygithub_get_app(ghes):
    """GET /app."""
    assert integration(ghes).get_app().slug == SLUG


def test_pygithub_list_and_get_installations(ghes):
    """GET /app/installations and GET /app/installations/{id}."""
    client = integration(ghes)
    assert [item.id for item in client.get_installations()] == [2001, 2002, 2003, 2004, 2005, 2006]
    assert client.get_app_installation(2001).account.login == "octo-org"
    with pytest.raises(github.UnknownObjectException):
        client.get_app_installation(4711)


def test_pygithub_find_installation(ghes):
    """GET /orgs/{org}/installation, /users/{username}/installation, /repos/{owner}/{repo}/installation."""
    client = integration(ghes)
    assert client.get_org_installation("octo-org").id == 2001
    assert client.get_user_installation("octocat").id == 2005
    assert client.get_repo_installation("octo-org", "hello-world").id == 2001
    with pytest.raises(github.UnknownObjectException):
        client.get_repo_installation("octo-org", "linguist")


def test_pygithub_mint_with_permissions(ghes):
    """POST /app/installations/{id}/access_tokens with permissions; those that are not granted fail."""
    token = integration(ghes).get_access_token(2001, permissions={"issues": "read"})
    assert token.permissions == {"issues": "read", "metadata": "read"}
    with pytest.raises(github.GithubException) as caught:
        integration(ghes).get_access_token(2001, permissions={"issues": "admin"})
    assert caught.value.status == 422


def test_pygithub_list_installation_repositories(ghes):
    """GET /installation/repositories with all pages."""
    installation = integration(ghes).get_app_installation(2004)
    assert len([repo.name for repo in installation.get_repos()]) == 120


def test_pygithub_revoke_token(ghes):
    """DELETE /installation/token; raw request because PyGithub has no method."""
    auth = github.Auth.Token(integration(ghes).get_access_token(2001).token)
    accept = {"Accept": "application/vnd.github.gambit-preview+json"}
    raw(ghes, auth, "DELETE", "/installation/token", headers=accept)
    with pytest.raises(github.BadCredentialsException):
        raw(ghes, auth, "DELETE", "/installation/token", headers=accept)


@pytest.mark.parametrize("profile", ["cloud", "3.19", "2.22"])
def test_pygithub_suspend_and_unsuspend(start, profile):
    """PUT and DELETE /app/installations/{id}/suspended; raw requests."""
    server = start(profile).server
    raw(server, app_auth(server), "PUT", "/app/installations/2001/suspended")
    assert integration(server).get_app_installation(2001).suspended_at is not None
    with pytest.raises(github.GithubException) as caught:
        integration(server).get_access_token(2001)
    assert caught.value.status == 403
    raw(server, app_auth(server), "DELETE", "/app/installations/2001/suspended")
    assert integration(server).get_access_token(2001).token


def test_pygithub_uninstall(ghes):
    """DELETE /app/installations/{id}; raw request."""
    accept = {"Accept": "application/vnd.github.machine-man-preview+json, application/vnd.github.gambit-preview+json"}
    raw(ghes, app_auth(ghes), "DELETE", "/app/installations/2001", headers=accept)
    with pytest.raises(github.UnknownObjectException):
        integration(ghes).get_app_installation(2001)


def test_pygithub_oauth_tokens(ghes):
    """POST, PATCH, DELETE /applications/{client_id}/token and DELETE .../grant; raw requests with Basic."""
    auth, path = github.Auth.Login(*OAUTH), "/applications/%s/token" % OAUTH[0]
    accept = {"Accept": "application/vnd.github.doctor-strange-preview+json"}
    old = {"access_token": "standin-oauth-octocat-one"}
    checked = raw(ghes, auth, "POST", path, input=old, headers=accept)[1]
    fresh = raw(ghes, auth, "PATCH", path, input=old, headers=accept)[1]
    assert (checked["id"], checked["user"]["login"]) == (fresh["id"], "octocat")
    with pytest.raises(github.UnknownObjectException):
        raw(ghes, auth, "POST", path, input=old, headers=accept)
    raw(ghes, auth, "DELETE", path, input={"access_token": fresh["token"]}, headers=accept)
    other = {"access_token": "standin-oauth-octocat-two"}
    raw(ghes, auth, "DELETE", "/applications/%s/grant" % OAUTH[0], input=other, headers=accept)
    with pytest.raises(github.UnknownObjectException):
        raw(ghes, auth, "POST", path, input=other, headers=accept)


def test_pygithub_works_as_an_installation(ghes):
    """GET /repos/{owner}/{repo}, issues and contents with an installation token."""
    auth = github.Auth.Token(integration(ghes).get_access_token(2001).token)
    repository = hub(ghes, auth).get_repo("octo-org/hello-world")
    assert repository.create_issue("Made by an app").number == 1
    assert [issue.title for issue in repository.get_issues()] == ["Made by an app"]
    assert repository.get_contents("README.md").decoded_content == b"# hello-world\n"
