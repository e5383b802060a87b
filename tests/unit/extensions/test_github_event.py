# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event filter keeps IDs and names of GitHub events, and nothing that could be a template."""

from __future__ import annotations

import copy
import importlib.util
import json
import re
import unicodedata
from pathlib import Path

import pytest
import yaml
from ansible.plugins.loader import lookup_loader
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parents[3]
SPEC = importlib.util.spec_from_file_location(
    "github_event", ROOT / "extensions/eda/plugins/event_filter/github_event.py"
)
github_event = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(github_event)
GUIDE = (ROOT / "docs/docsite/rst/guide_event_driven.rst").read_text(encoding="utf-8")
RULEBOOKS = sorted((ROOT / "extensions/eda/rulebooks").glob("*.yml"))
DELIVERY = "72d3162e-cc78-11e3-81ab-4c9367dc0958"
OWNER = {"login": "octo-org", "id": 6001, "node_id": "O_1", "type": "Organization", "url": "https://api.github.com/x"}
SENDER = {"login": "octocat", "id": 1, "type": "User", "site_admin": False, "avatar_url": "https://example.com/{{ 1 }}"}
INSTALLATION = {
    "id": 2001,
    "app_id": 1001,
    "app_slug": "hubops-demo",
    "client_id": "Iv23liExample",
    "account": OWNER,
    "repository_selection": "selected",
    "target_type": "Organization",
    "permissions": {"contents": "write"},
    "events": ["push"],
    "suspended_at": None,
}
REPOSITORY = {
    "id": 7,
    "full_name": "octo-org/.github",
    "name": ".github",
    "private": True,
    "description": "{{ 1 + 1 }}",
}
ABOUT = {
    "installation": {"id": 2001, "node_id": "x"},
    "organization": {**OWNER, "description": "{% x %}"},
    "sender": SENDER,
}
KEPT_ACCOUNT = {"login": "octo-org", "id": 6001, "type": "Organization"}
KEPT_INSTALLATION = {
    **{name: INSTALLATION[name] for name in ("id", "app_id", "app_slug", "client_id")},
    **{name: INSTALLATION[name] for name in ("repository_selection", "target_type")},
    "account": KEPT_ACCOUNT,
}
KEPT_REPOSITORY = {"id": 7, "full_name": "octo-org/.github"}
KEPT_SENDER = {"login": "octocat", "id": 1, "type": "User"}
KEPT_ABOUT = {
    "installation": {"id": 2001},
    "organization": {"login": "octo-org", "id": 6001},
    "sender": KEPT_SENDER,
}

# Payload of each event, and what remains of it.
EVENTS = {
    "installation": (
        {
            "action": "created",
            "installation": INSTALLATION,
            "repositories": [REPOSITORY],
            "requester": None,
            "sender": SENDER,
        },
        {
            "action": "created",
            "installation": KEPT_INSTALLATION,
            "repositories": [KEPT_REPOSITORY],
            "sender": KEPT_SENDER,
        },
    ),
    "installation_repositories": (
        {
            "action": "added",
            "installation": INSTALLATION,
            "repository_selection": "selected",
            "repositories_added": [REPOSITORY],
            "repositories_removed": [],
            "requester": None,
            "sender": SENDER,
        },
        {
            "action": "added",
            "installation": KEPT_INSTALLATION,
            "repository_selection": "selected",
            "repositories_added": [KEPT_REPOSITORY],
            "repositories_removed": [],
            "sender": KEPT_SENDER,
        },
    ),
    "installation_target": (
        {
            **ABOUT,
            "action": "renamed",
            "account": OWNER,
            "changes": {"login": {"from": "octo-inc"}},
            "target_type": "Organization",
        },
        {
            **KEPT_ABOUT,
            "action": "renamed",
            "account": KEPT_ACCOUNT,
            "changes": {"login": {"from": "octo-inc"}},
            "target_type": "Organization",
        },
    ),
    "push": (
        {
            **ABOUT,
            "ref": "refs/heads/{{ lookup('pipe', 'id') }}",
            "after": "0" * 40,
            "repository": REPOSITORY,
            "commits": [{"id": "1" * 40, "message": "{{ 1 + 1 }}", "author": {"name": "{% x %}"}}],
            "pusher": {"name": "octocat", "email": "octocat@example.com"},
            "head_commit": {"message": "text"},
        },
        {**KEPT_ABOUT, "repository": KEPT_REPOSITORY},
    ),
    "ping": (
        {
            "zen": "Keep it logically awesome.",
            "hook_id": 5,
            "hook": {
                "type": "App",
                "id": 5,
                "app_id": 1001,
                "config": {"url": "https://example.com", "secret": "********"},
            },
        },
        {"hook_id": 5, "hook": {"type": "App", "app_id": 1001}},
    ),
    "github_app_authorization": (
        {"action": "revoked", "sender": SENDER},
        {"action": "revoked", "sender": KEPT_SENDER},
    ),
}


def filtered(event, **options):
    return github_event.main(event, **options)


def delivery(event, payload):
    """Return an event as the webhook source creates it."""
    headers = {
        "Host": "example.com",
        "User-Agent": "GitHub-Hookshot/044aadd",
        "Content-Type": "application/json",
        "X-GitHub-Delivery": DELIVERY,
        "X-GitHub-Event": event,
        "X-GitHub-Hook-ID": "5",
        "X-GitHub-Hook-Installation-Target-ID": "1001",
        "X-GitHub-Hook-Installation-Target-Type": "integration",
        "X-Hub-Signature-256": "sha256=" + "0" * 64,
    }
    return {"payload": payload, "meta": {"endpoint": "github/events", "headers": headers}}


def strings_in(value):
    if isinstance(value, dict):
        return [text for pair in value.items() for item in pair for text in strings_in(item)]
    if isinstance(value, list):
        return [text for item in value for text in strings_in(item)]
    return [value] if isinstance(value, str) else []


def is_harmless(text):
    return not re.search(r"\{\{|\{%|\{#", text) and not any(unicodedata.category(char)[0] == "C" for char in text)


@pytest.mark.parametrize("name", EVENTS)
def test_ids_and_names_of_an_event_remain(name):
    payload, kept = EVENTS[name]
    assert filtered(delivery(name, payload))["payload"] == kept


@pytest.mark.parametrize("name", EVENTS)
def test_the_event_itself_is_not_changed(name):
    event = delivery(name, EVENTS[name][0])
    before = copy.deepcopy(event)
    filtered(event)
    assert event == before


@pytest.mark.parametrize("name", EVENTS)
def test_a_filtered_event_can_be_filtered_again(name):
    once = filtered(delivery(name, EVENTS[name][0]))
    assert filtered(once) == once


@pytest.mark.parametrize("spell", [str, str.lower, str.upper, str.title])
def test_headers_have_the_spelling_of_github(spell):
    event = delivery("installation", {})
    event["meta"]["headers"] = {spell(name): value for name, value in event["meta"]["headers"].items()}
    assert filtered(event)["meta"] == {
        "endpoint": "github/events",
        "headers": {
            "X-GitHub-Delivery": DELIVERY,
            "X-GitHub-Event": "installation",
            "X-GitHub-Hook-ID": "5",
            "X-GitHub-Hook-Installation-Target-ID": "1001",
            "X-GitHub-Hook-Installation-Target-Type": "integration",
        },
    }


def test_a_header_in_two_spellings_is_removed():
    event = delivery("installation", {})
    event["meta"]["headers"]["x-github-event"] = "push"
    assert "X-GitHub-Event" not in filtered(event)["meta"]["headers"]


def test_the_headers_of_github_enterprise_server_remain():
    event = delivery("installation", {})
    headers = {"X-GitHub-Enterprise-Host": "github.example.com", "X-GitHub-Enterprise-Version": "3.19.1"}
    event["meta"]["headers"].update(headers)
    assert filtered(event)["meta"]["headers"].items() >= headers.items()


def test_an_event_stream_keeps_its_name():
    endpoint = f"/eda-event-streams/api/eda/v1/external_event_stream/{DELIVERY}/post/"
    meta = {"endpoint": endpoint, "eda_event_stream_name": "App of octo-org", "headers": {"X-Github-Event": "push"}}
    assert filtered({"payload": {}, "meta": meta})["meta"] == {**meta, "headers": {"X-GitHub-Event": "push"}}


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"payload": None, "meta": None},
        {"payload": [1], "meta": [1]},
        {"payload": "text", "meta": {"headers": "text"}},
        {"payload": {"zen": "text"}, "meta": {"headers": {"X-GitHub-Event": ["push"], 1: 2}}},
        {"i": 1},
        {"alert": {"labels": {"job": "{{ 1 }}"}}, "meta": {"hosts": ["host"], "endpoint": "alerts?x={{ 1 }}"}},
    ],
)
def test_nothing_remains_of_an_event_that_is_not_from_github(event):
    assert filtered(event) == {"payload": {}, "meta": {"headers": {}}}


@pytest.mark.parametrize(
    "value",
    [True, 0, -1, 2**63, 1.5, "2001", "{{ 1 }}", None, [2001], {"id": 2001}, float("nan")],
)
def test_an_id_is_a_positive_integer(value):
    assert filtered({"payload": {"installation": {"id": value}}})["payload"] == {}


@pytest.mark.parametrize("value", ["octocat", "my-org_emu", "-", "dependabot[bot]", "a" * 100])
def test_a_name_remains(value):
    expected = {} if value == "-" else {"sender": {"login": value}}
    assert filtered({"payload": {"sender": {"login": value}}})["payload"] == expected


@pytest.mark.parametrize(
    "value",
    [
        *("", "-rf", ".hidden", "a b", "a\n", "a\x00", "a\x1b[31m", "a\u202eb", "é", "a" * 101, "a/", "/a", "a/b/c"),
        *("octo-org/..", "octo-org/.", "../x", "{{ 1 }}", "{% x %}", "{# x #}", "$(id)", "`id`", "a;b", "[bot]"),
        *(7, True, None, ["octocat"], {"login": "octocat"}),
    ],
)
def test_other_values_are_not_names(value):
    assert filtered({"payload": {"repository": {"full_name": value, "id": 7}}})["payload"] == {"repository": {"id": 7}}


def test_a_list_keeps_the_safe_keys_of_each_item():
    items = [REPOSITORY, {"id": 8, "full_name": "{{ 1 }}"}, {"name": "x"}, None, "text", [REPOSITORY], {"id": "8"}]
    assert filtered({"payload": {"repositories": items}})["payload"] == {"repositories": [KEPT_REPOSITORY, {"id": 8}]}


def test_all_repositories_of_a_large_installation_remain():
    items = [{"id": number, "full_name": f"octo-org/repository-{number}"} for number in range(1, 20001)]
    assert filtered({"payload": {"repositories": items}})["payload"]["repositories"] == items


def test_deep_nesting_is_removed():
    deep = leaf = {}
    for _level in range(50000):
        leaf["installation"] = leaf = {}
    assert filtered({"payload": deep}, payload_keys=["installation.installation.id"])["payload"] == {}


def test_more_keys_can_be_chosen():
    payload = {**EVENTS["push"][0], "ref": "refs/heads/main"}
    keys = [
        "ref",
        "forced",
        "commits[].id",
        "commits[].author.name",
        "repository.private",
        "labels[]",
        "head_commit.message",
    ]
    kept = filtered({"payload": {**payload, "forced": False, "labels": ["a b", "{{ 1 }}", 3]}}, payload_keys=keys)
    assert kept["payload"] == {
        **EVENTS["push"][1],
        "ref": "refs/heads/main",
        "forced": False,
        "commits": [{"id": "1" * 40}],
        "repository": {**KEPT_REPOSITORY, "private": True},
        "labels": ["a b", 3],
        "head_commit": {"message": "text"},
    }


@pytest.mark.parametrize(
    "value",
    [
        "{{ 1 }}",
        "a {% x",
        "{#",
        "a\nb",
        "a\tb",
        "\x7f",
        "\u202e",
        "\u2028",
        "\ud800",
        "a" * 1001,
        2**63,
        0.5,
        None,
        {},
        {"a": 1},
        ["x"],
    ],
)
def test_chosen_keys_are_not_trusted(value):
    assert filtered({"payload": {"ref": value}}, payload_keys=["ref"])["payload"] == {}


def test_a_default_key_that_is_chosen_is_still_a_name():
    assert filtered({"payload": {"action": "a b"}}, payload_keys=["action"])["payload"] == {}


@pytest.mark.parametrize(
    "keys, message",
    [
        ("ref", "must be a list of strings"),
        (None, "must be a list of strings"),
        ([1], "must be a list of strings"),
        (["commits[0].id"], "'commits[0].id', which is not a path"),
        ([""], "'', which is not a path"),
        (["{{ x }}"], "is not a path"),
        (["sender"], "sender, which is an object. Add the keys of the object instead"),
        (["repositories[]"], "which is an object"),
        (["action.name"], "action.name, but action does not contain other keys"),
    ],
)
def test_wrong_keys_are_rejected(keys, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        filtered({}, payload_keys=keys)


CHOSEN = ["ref", "commits[].id", "labels[]", "repository.name", "account.name[].x"]
TEXTS = st.text("{%#}a/.-[] \n\t\x1b\u202e\ud800\u00e9", max_size=6) | st.sampled_from(["octo-org", "a/b", "{{ 1 }}"])
SCALARS = TEXTS | st.none() | st.booleans() | st.integers() | st.floats()
ANYTHING = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3))


def shaped(tree):
    """Generate objects with the keys that the filter keeps, and values of any kind."""
    places = {}
    for key, inner in tree.items():
        values = shaped(inner) if isinstance(inner, dict) else SCALARS
        places[key.replace("[]", "")] = (st.lists(values, max_size=2) if key.endswith("[]") else values) | ANYTHING
    return st.fixed_dictionaries({}, optional=places)


PAYLOADS = shaped(github_event.make_tree(tuple(CHOSEN)))
HEADERS = st.dictionaries(st.sampled_from([*github_event.HEADERS, "x-github-event"]) | TEXTS, SCALARS, max_size=5)
META = {"headers": HEADERS | ANYTHING, "endpoint": SCALARS, "eda_event_stream_name": SCALARS, "hosts": ANYTHING}
EVENT = {"payload": PAYLOADS | ANYTHING, "meta": st.fixed_dictionaries({}, optional=META) | ANYTHING, "other": ANYTHING}


@settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.fixed_dictionaries({}, optional=EVENT))
def test_no_event_contains_a_template_or_a_control_character(event):
    kept = filtered(event, payload_keys=CHOSEN)
    assert [text for text in strings_in(kept) if not is_harmless(text)] == []
    assert set(kept) == {"payload", "meta"}
    json.dumps(kept, allow_nan=False)
    assert filtered(kept, payload_keys=CHOSEN) == kept


@pytest.mark.parametrize("name", ["installation", "installation_repositories"])
def test_the_lookup_reads_the_same_from_a_filtered_event(name):
    event = delivery(name, EVENTS[name][0])
    lookup = lookup_loader.get("hubops.github_apps.webhook_installation")
    results = [lookup.run([], {"ansible_eda": {"event": each}}) for each in (event, filtered(event))]
    assert results[0] == results[1] != [{}]


def options_of(source):
    (options,) = (each["hubops.github_apps.github_event"] or {} for each in source["filters"])
    return options


def rulesets():
    return [(path.stem, ruleset) for path in RULEBOOKS for ruleset in yaml.safe_load(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("name, ruleset", rulesets())
def test_each_source_of_a_rulebook_verifies_and_filters_deliveries(name, ruleset):
    for source in ruleset["sources"]:
        assert source["filters"] == [{"hubops.github_apps.github_event": None}]
        assert source["ansible.eda.webhook"]["hmac_secret"] == "{{ github_webhook_secret }}"
        assert source["ansible.eda.webhook"]["hmac_header"] == "X-Hub-Signature-256"


def keys_in(condition):
    return set(re.findall(r'\bevent\.\w+(?:\.\w+|\["[^"]+"\])*', condition))


def printed_ruleset():
    (block,) = re.findall(r"^\.\. code-block:: yaml\n((?:(?: +.*)?\n)+)", GUIDE, re.MULTILINE)
    (ruleset,) = yaml.safe_load(block)
    return ruleset


@pytest.mark.parametrize("name, ruleset", [*rulesets(), ("guide", printed_ruleset())])
def test_conditions_use_only_keys_that_the_filter_keeps(name, ruleset):
    chosen = [key for source in ruleset["sources"] for key in (options_of(source).get("payload_keys", []))]
    known = {f"event.payload.{path}" for path in (*github_event.PAYLOAD_KEYS, *chosen)}
    known |= {f'event.meta.headers["{header}"]' for header in github_event.HEADERS}
    for rule in ruleset["rules"]:
        assert keys_in(rule["condition"])
        assert keys_in(rule["condition"]) <= known


def test_the_guide_lists_the_keys_that_the_filter_keeps():
    table = GUIDE.partition("   * - Keys\n")[2].partition("\n\n")[0]
    listed = set(re.findall(r"[\w-]+", " ".join(re.findall("``(.*?)``", table)))) - {
        "payload",
        "meta",
        "headers",
        "bot",
    }
    paths = [*github_event.PAYLOAD_KEYS, *github_event.META_KEYS, *github_event.HEADERS]
    assert listed - {"created"} == {name for path in paths for name in re.findall(r"[\w-]+", path)}


def test_the_rulebooks_differ_only_in_their_actions():
    contents = [copy.deepcopy(ruleset) for _name, ruleset in rulesets()]
    actions = [rule.pop("action") for ruleset in contents for rule in ruleset["rules"]]
    assert [list(action) for action in actions] == [["run_job_template"], ["run_playbook"]]
    assert contents[0] == contents[1]


def test_the_playbook_of_the_rulebook_exists():
    ruleset = dict(rulesets())["github_app_local"]
    name = ruleset["rules"][0]["action"]["run_playbook"]["name"].rpartition(".")[2]
    assert (ROOT / f"playbooks/{name}.yml").exists()


def test_the_documented_options_are_those_of_the_filter():
    documented = yaml.safe_load(github_event.DOCUMENTATION)
    assert documented["name"] == "github_event"
    assert list(documented["options"]) == list(github_event.main.__annotations__)[1:-1]
    for source in yaml.safe_load(github_event.EXAMPLES):
        filtered({}, **options_of(source))
