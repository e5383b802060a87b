# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names, URLs and identifiers in the forms that users enter."""

from __future__ import annotations

import json
import random

import pytest
import yaml

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.input import (
    VERBATIM,
    repository_name,
    split_names,
    tidied,
    with_repository_names,
)
from ansible_collections.hubops.github_apps.plugins.modules import (
    github_app_info,
    github_app_installation,
    github_installation_token,
)

COM, SERVER = "https://github.com", "https://github.example.com"
BELOW = "https://example.com/github"
NAMES = ["hello-world", "octo-org/spoon-knife", "a.b_c", "x"]
EDGES = [" ", "\n", "\r\n", "\t", "\u200b", "\ufeff", "\u2060", "\u00a0", "\u00ad", "\u202a", ""]

# Forms in which one value contains several names.
FORMS = {
    "a list": list,
    "lists in a list": lambda names: [names[:1], names[1:]],
    "commas": ",".join,
    "commas and spaces": ", ".join,
    "commas at the end": lambda names: ",".join(names) + ",",
    "semicolons": "; ".join,
    "spaces": " ".join,
    "lines": "\n".join,
    "lines of Windows": "\r\n".join,
    "blank lines": "\n\n".join,
    "JSON": json.dumps,
    "YAML": yaml.safe_dump,
    "YAML in one line": lambda names: yaml.safe_dump(names, default_flow_style=True),
    "bare brackets": lambda names: f"[{', '.join(names)}]",
    "quotes": lambda names: ", ".join(f'"{name}"' for name in names),
    "a list with commas inside": lambda names: [",".join(names[:2]), *names[2:]],
    "a list of Python": str,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("seed", range(10))
def test_every_form_of_several_names_is_a_list(form, seed):
    chance = random.Random(seed)
    names = chance.sample(NAMES, chance.randrange(1, len(NAMES) + 1))
    given = FORMS[form](
        [f"{chance.choice(EDGES)}{name}{chance.choice(EDGES)}" for name in names] if form == "a list" else names
    )
    assert split_names(given) == names


@pytest.mark.parametrize(
    "given, found", [([5001, "5002, 5003"], [5001, "5002", "5003"]), (5001, 5001), ([None], [None]), ("", [])]
)
def test_numbers_and_other_values_stay(given, found):
    assert split_names(given) == found


PATTERNS = ["service-*", "[a-z]-service-[0-9]", "octo-org/hello-[!0-9]?", "[ab]*", "*[xyz]"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("seed", range(10))
def test_every_form_of_several_patterns_is_a_list(form, seed):
    chance = random.Random(seed)
    names = chance.sample([*PATTERNS, "hello-world"], chance.randrange(1, len(PATTERNS) + 2))
    assert split_names(FORMS[form](names)) == names


@pytest.mark.parametrize("before", EDGES)
@pytest.mark.parametrize("after", EDGES)
def test_white_space_and_invisible_characters_around_an_identifier_do_no_harm(before, after):
    found = tidied({}, {"app_id": f"{before}1001{after}", "permissions": {f"{before}contents": f"read{after}"}})
    assert found == {"app_id": "1001", "permissions": {"contents": "read"}}


@pytest.mark.parametrize("option", sorted(VERBATIM))
def test_verbatim_options_are_not_stripped(option):
    assert tidied({}, {option: " \u200bx\n"}) == {option: " \u200bx\n"}


URLS = [
    "https://{host}/octo-org/hello-world",
    "https://{host}/octo-org/hello-world.git",
    "https://{host}/octo-org/hello-world/",
    "http://{host}/octo-org/hello-world",
    "https://{host}:443/octo-org/hello-world.git",
    "https://octocat@{host}/octo-org/hello-world.git",
    "HTTPS://{upper}/octo-org/hello-world",
    "git@{host}:octo-org/hello-world.git",
    "git@{host}:/octo-org/hello-world",
    "git@{upper}:octo-org/hello-world.git",
    "ssh://git@{host}/octo-org/hello-world.git",
    "ssh://git@ssh.{host}:443/octo-org/hello-world.git",
    "git+ssh://git@{host}/octo-org/hello-world.git",
    "git://{host}/octo-org/hello-world.git",
]


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("server", [COM, SERVER, "http://127.0.0.1:8080"])
def test_addresses_of_repositories_are_names(url, server):
    host = server.partition("//")[2].partition(":")[0]
    text = url.format(host=host, upper=host.upper())
    assert repository_name("repository", text, server) == "octo-org/hello-world"


@pytest.mark.parametrize(
    "url", ["https://example.com/github/o/r.git", "https://example.com/o/r", "git@example.com:o/r.git"]
)
def test_a_server_below_a_path(url):
    assert repository_name("repository", url, BELOW) == "o/r"


@pytest.mark.parametrize("url", URLS)
def test_addresses_of_other_servers_are_refused_by_name(url):
    with pytest.raises(OptionError, match="^repositories .* is not a repository on https://github.com. Set api_url"):
        with_repository_names({"repositories": [url.format(host="git.example.net", upper="GIT.EXAMPLE.NET")]}, COM)


@pytest.mark.parametrize("path", ["octo-org", "octo-org/hello-world/tree/main", ""])
def test_addresses_of_something_else_are_refused_by_name(path):
    with pytest.raises(OptionError, match="^repository .* is not the URL of a repository. Use owner/name instead"):
        repository_name("repository", f"https://github.com/{path}", COM)


@pytest.mark.parametrize("option", ["repositories", "exclude"])
def test_patterns_in_addresses_are_patterns(option):
    given = [f"{COM}/octo-org/service-*", f"{COM}/octo-org/[a-z]*.git", "git@github.com:octo-org/*", "service-?", "*"]
    found = with_repository_names({option: given}, COM)
    assert found == {option: ["octo-org/service-*", "octo-org/[a-z]*", "octo-org/*", "service-?", "*"]}
    with pytest.raises(OptionError, match=f"^{option} .* is not a repository on {SERVER}"):
        with_repository_names({option: given}, SERVER)


@pytest.mark.parametrize("text", ["octo-org/hello-world", "hello-world", "a/b/c", "", "octo-org/hello.git"])
def test_other_texts_are_left_unchanged(text):
    assert repository_name("repository", text, COM) == text


@pytest.mark.parametrize("edge", [edge for edge in EDGES if edge])
def test_modules_take_names_with_anything_around_them(options, run_module, edge):
    given = {**options, "app_id": f"{edge}{options['app_id']}{edge}", "api_url": f"{edge}{options['api_url']}{edge}"}
    assert run_module(github_app_info, given)["app"]["slug"] == "hubops-demo"
    found = run_module(github_app_installation, {**given, "organization": f"octo-org{edge}"})
    assert found["installation"]["id"] == 2001


@pytest.mark.parametrize("form", FORMS)
def test_a_token_for_names_in_any_form(options, run_module, standin, form):
    names = ["hello-world", f"{standin.url}/octo-org/spoon-knife.git"]
    given = {**options, "organization": "octo-org", "repositories": FORMS[form](names)}
    result = run_module(github_installation_token, given)
    assert not result.get("failed"), result["msg"]
    assert [one["name"] for one in result["repositories"]] == ["hello-world", "spoon-knife"]


def test_a_token_for_a_repository_by_its_address(options, run_module, standin):
    host = standin.url.partition("//")[2].partition(":")[0]
    result = run_module(github_installation_token, {**options, "repository": f"git@{host}:octo-org/hello-world.git"})
    assert result["installation_id"] == 2001
