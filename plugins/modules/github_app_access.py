#!/usr/bin/python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_app_access."""

from __future__ import annotations

DOCUMENTATION = r"""
module: github_app_access
short_description: Manage all installations of a GitHub App with an access document
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Suspends and unsuspends installations of an app, adds and removes their repositories, checks their permissions, and uninstalls the
    app, as defined in an access document. One task manages all installations, however many there are.
  - The whole document is checked before the first request. If an account fails, the module still processes the others, and the task
    fails at the end with a line for each failure and finding.
  - A finding is a difference that must be resolved manually on GitHub, for example by installing the app or accepting a
    permission. It contains the URL of the page on which you can resolve it.
  - The app's private key is enough to suspend and unsuspend installations, to uninstall the app, and to report differences. To change
    repositories, set O(token) to a personal access token (classic) of a user who administers the repositories. The token needs the C(repo)
    scope.
  - With O(via_enterprise), an app that is installed on the enterprise makes the changes on the organizations of the enterprise, and
    O(token) is not required. The app on the enterprise also installs the managed app, changes the repository selection
    (O(accounts[].repository_selection)), and accepts permissions. Its installation on the enterprise needs the
    C(enterprise_organization_installations) permission with C(write) access.
extends_documentation_fragment:
  - hubops.github_apps.attributes
  - hubops.github_apps.attributes.github_apps
  - hubops.github_apps.server
  - hubops.github_apps.app
  - hubops.github_apps.app.token
  - hubops.github_apps.installation.reading
  - hubops.github_apps.installation.via_enterprise
options:
  accounts:
    description:
      - The access document, with an entry for each account.
      - Anything that an entry does not define is left unchanged.
    type: list
    elements: dict
    required: true
    suboptions:
      organization:
        description: Login of the account, if it is an organization.
        type: str
      organizations:
        description:
          - Patterns for the logins of several organizations, such as V(team-*), instead of a login. The entry applies to each organization
            that matches one of them.
          - With O(via_enterprise), the patterns are matched against all organizations of the enterprise. Without it, they are matched
            against the organizations on which the app is installed.
          - An organization that has an entry of its own (O(accounts[].organization) or O(accounts[].installation_id)) is not matched. If
            several entries match an organization, only the first of them in the document applies to it.
        type: list
        elements: str
      user:
        description: Login of the account, if it is a user.
        type: str
      installation_id:
        description: ID of the installation, instead of a login. Required for enterprises, and useful for accounts that may be renamed.
        type: int
      state:
        description:
          - Whether the app is installed on the account.
          - With V(present), which is the default, the app is installed if O(via_enterprise) is set, the account is an organization
            of the enterprise, and O(accounts[].repositories) or O(accounts[].repository_selection) is set. Otherwise, a missing
            installation is a finding.
          - A new installation always has all permissions that the app requests. If O(accounts[].permissions) is set, the module therefore
            does not install an app that requests more than these permissions, or whose requested permissions cannot be read.
          - With V(absent), the app is uninstalled, and options that define the access of the app cannot be used.
        type: str
        choices: [present, absent]
      suspended:
        description:
          - Whether the installation is suspended. Cannot be used if O(app_client_id) selects another app, because only the app itself can
            suspend its installations. Requires GitHub Enterprise Server 2.22 or later.
          - The repositories of a suspended installation cannot be listed, so they are not changed.
        type: bool
      repository_selection:
        description:
          - Whether the installation can access V(all) repositories of the account, V(selected) repositories, or V(none).
          - V(selected) requires O(accounts[].repositories) or O(accounts[].repository_topics), and is used by default with
            O(accounts[].repositories_state=exact).
          - V(none) only has an effect if the task installs the app. It is only valid for an app that does not request repository
            permissions.
          - Changing an existing installation from all repositories to selected ones, or back, requires O(via_enterprise). Without it, a
            difference is a finding, because only an owner of the account can change the selection.
        type: str
        choices: [all, selected, none]
      repositories:
        description:
          - Names of the repositories that the installation can access, with or without the owner.
          - An item that contains V(*), V(?) or V([) is a shell pattern. It is matched against the account's repositories that the owner of
            O(token) can see, and against the repositories of the installation. With O(via_enterprise), it is matched against all
            repositories of the organization.
        type: list
        elements: str
      repository_topics:
        description: Topics of repositories. Repositories with at least one of them are selected in addition to O(accounts[].repositories).
          Cannot be used with O(via_enterprise), because GitHub only returns the names of repositories to an app on an enterprise.
        type: list
        elements: str
      exclude:
        description: >-
          Names or patterns of repositories that O(accounts[].repository_topics) and the patterns in O(accounts[].repositories) must not
          select.
        type: list
        elements: str
      allow_no_match:
        description:
          - Whether a pattern or topic is allowed to select nothing. By default, the account fails with an error that names the pattern or topic.
          - In an entry with O(accounts[].organizations), whether a pattern is also allowed to match no organization. By default, the task fails before
            it changes anything.
        type: bool
      include_archived:
        description: Whether patterns and topics select archived repositories. If not set, they do. V(false) cannot be used with
          O(via_enterprise).
        type: bool
      repositories_state:
        description:
          - Whether the installation can access only the repositories that the entry selects (V(exact)), or at least these repositories
            (V(present)).
          - If not set, V(exact) is used.
        type: str
        choices: [exact, present]
      permissions:
        description:
          - All permissions that the installation is expected to have, each with the level V(read), V(write) or V(admin).
            C(metadata) with V(read) can be omitted, because every app has it.
          - Differences are findings. Permissions are only changed with O(accept_permissions).
        type: dict
      accepted_findings:
        description:
          - Findings of the role P(hubops.github_apps.app_audit#role) that are accepted for this account. Requires
            O(accounts[].organization) or O(accounts[].user).
          - The playbook C(audit) uses them. This module only validates them.
        type: list
        elements: dict
        suboptions:
          finding:
            description: Kind of finding.
            type: str
            required: true
            choices: [admin, surplus, write, all_repositories, drift, unknown, events, suspended, stale, request]
          reason:
            description: Why the finding is accepted.
            type: str
            required: true
          until:
            description: Last day on which the finding is accepted, such as V(2027-06-30).
            type: str
            required: true
  accept_permissions:
    description:
      - Whether to accept the permissions that the app requests and that the accounts in the document have not accepted yet.
      - If set, GitHub accepts them for an organization without asking its owners, and also approves pending requests to install the app.
      - The permissions of an account are only accepted if O(accounts[].permissions) allows all of them, or is not set.
      - GitHub unsuspends an installation when it accepts permissions. They are therefore not accepted for a suspended installation, unless
        O(accounts[].suspended=false). If O(app_client_id) selects another app, the module cannot check this, because GitHub does not show
        whether the installation is suspended.
      - If O(app_client_id) selects another app, the app on the enterprise must be able to read the permissions that the selected app
        requests. Otherwise, the task fails.
      - Without O(via_enterprise), and for accounts that are not organizations, permissions that are not accepted are findings.
    type: bool
    default: false
  unlisted:
    description:
      - What to do with installations that are not in the document.
      - V(report) lists them in the report, V(finding) also counts them as findings, V(suspend) suspends them, and V(ignore) does
        nothing.
      - If O(app_client_id) selects another app, V(suspend) cannot be used, and every value except V(ignore) requires one request per organization
        of the enterprise.
      - If the login of an account is misspelled in the document, V(suspend) suspends the installation of that account. Run the task in check mode first.
    type: str
    choices: [report, finding, suspend, ignore]
    default: report
  installation_id:
    description: ID of the only installation to manage. Other installations are not read, changed or reported.
    type: int
  installation_ids:
    description:
      - IDs of the installations to process. Other installations are not read, changed or reported.
      - Use it to divide a document among several jobs. An installation counts as unlisted only if the whole document has no entry for it.
        Assign each installation to exactly one job, so that each account is processed once. Accounts without an installation are reported
        by the job that has the installation with the lowest ID.
    type: list
    elements: int
  fail_on_findings:
    description: Whether the task fails if there are findings. It always fails if a change failed.
    type: bool
    default: true
  report_path:
    description:
      - Path to the file to which the report is written as Markdown, on the machine where this module runs. The file is also written in
        check mode.
      - The file is updated after each account, so even the report of an interrupted task lists the changes that were made.
    type: path
  concurrency:
    description:
      - Number of repositories of an account to add or remove concurrently, from 1 to 10. Accounts are changed sequentially.
      - GitHub recommends sequential requests. Higher values can trigger its secondary rate limits.
    type: int
    default: 1
notes:
  - The module lists the installations once, and creates a token for each account for which O(accounts[].repositories) is set. These
    tokens can only read metadata, are not stored, and expire within an hour. Other accounts require no requests of their own, unless they are changed.
  - With O(via_enterprise), it creates one token instead, which has all permissions of the app on the enterprise and is revoked at the end of the
    task. Organizations are managed with this token. Other accounts are managed in the same way as without O(via_enterprise). The
    installation on the enterprise itself is not managed.
  - On a local connection without C(become), the task prints the number of processed accounts to standard error at
    least every 10 seconds.
  - If five accounts in a row fail because of a connection problem or a rate limit, the remaining accounts are not processed.
seealso:
  - module: hubops.github_apps.github_app_installation_info
  - module: hubops.github_apps.github_app_installation
  - module: hubops.github_apps.github_installation_repo
"""

EXAMPLES = r"""
- name: Manage the access of the app
  hubops.github_apps.github_app_access:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    token: "{{ lookup('ansible.builtin.env', 'ADMIN_TOKEN') }}"
    accounts:
      - organization: octo-org
        suspended: false
        repositories: [hello-world, linguist]
      - organization: acme
        repositories: [anvil]
        repositories_state: present
      - user: octocat
        suspended: false

- name: Show what would be unsuspended, and write a report
  hubops.github_apps.github_app_access:
    accounts:
      - organization: suspended-org
        suspended: false
    unlisted: finding
    fail_on_findings: false
    report_path: ~/access-report.md
  check_mode: true
  diff: true

- name: Install an app on all organizations of an enterprise except one, and accept the permissions that it requests
  hubops.github_apps.github_app_access:
    app_id: "1004"
    private_key_path: ~/hubops-installer.private-key.pem
    via_enterprise: octo-enterprise
    app_client_id: Iv1.standin-demo
    accept_permissions: true
    accounts:
      - organization: acme
        state: absent
      - organization: octo-org
        repositories: ["hello-*", linguist]
      - organizations: ["*"]
        repository_selection: all
"""

RETURN = r"""
report:
  description: The report.
  returned: when the document has no errors and the installations could be listed, even if the task fails
  type: dict
  contains:
    app:
      description: Slug of the app, or its ID if the server does not return the slug with installations.
      type: raw
    check_mode:
      description: Whether this is the report of a run in check mode.
      type: bool
    accounts:
      description: An entry for each account of the access document.
      type: list
      elements: dict
      contains:
        account:
          description: Login of the account.
          type: str
        kind:
          description: Type of the account, V(organization) or V(user).
          type: str
        installation_id:
          description: ID of the installation. Null if the app is not installed.
          type: int
        html_url:
          description: URL of the page on which an owner of the account can change the installation.
          type: str
        suspended:
          description: Whether the installation was suspended when the installations were listed.
          type: bool
        suspend:
          description: V(true) if the installation must be suspended, V(false) if it must be unsuspended, and null otherwise.
          type: bool
        repository_selection:
          description: >-
            V(all), V(selected) or V(none), if the entry defines it. Null if it is left unchanged.
          type: str
        repositories:
          description: >-
            Full names and patterns of the repositories that the installation must have access to. Null if they are not managed.
          type: list
          elements: str
        matched:
          description: Full names of the repositories that each pattern and topic selects.
          type: dict
        repositories_state:
          description: Whether access to other repositories must be removed (V(exact)) or is kept (V(present)).
          type: str
        changes:
          description: >-
            The changes that were made, or that would be made in check mode. Each is C(install), C(uninstall), C(suspend), C(unsuspend),
            C(accept) with a permission, C(change repository_selection to) with V(all) or V(selected), or C(add) or C(remove) with a
            repository.
          type: list
          elements: str
          sample: [unsuspend, add octo-org/linguist, remove octo-org/spoon-knife]
        findings:
          description: Differences that only an owner of the account or of the app can resolve, with instructions.
          type: list
          elements: str
        failures:
          description: Error messages.
          type: list
          elements: str
        notes:
          description: Additional information.
          type: list
          elements: str
    unlisted:
      description: >-
        An entry for each installation that the access document does not list, with the same keys as RV(report.accounts). Empty with
        O(unlisted=ignore).
      type: list
      elements: dict
    changes:
      description: The changes of all accounts, each with the account.
      type: list
      elements: str
    findings:
      description: The findings of all accounts, each with the account.
      type: list
      elements: str
    failures:
      description: The failures of all accounts, each with the account.
      type: list
      elements: str
summary:
  description: The lines of the report as plain text.
  returned: when the document has no errors and the installations could be listed, even if the task fails
  type: list
  elements: str
  sample:
    - "# Access report for hubops-demo"
    - ""
    - "Accounts: 1, done: 1, findings: 0, failed: 0."
    - ""
    - "- octo-org (installation 2001)"
    - "  - done: add octo-org/linguist"
"""

from ansible_collections.hubops.github_apps.plugins.module_utils._access.convergence import Convergence
from ansible_collections.hubops.github_apps.plugins.module_utils._access.document import ENTRY
from ansible_collections.hubops.github_apps.plugins.module_utils._base.environment import (
    ENVIRONMENT_WITHOUT_INSTALLATION,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    APP,
    READING,
    SERVER,
    TOKEN,
    VIA_ENTERPRISE,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._module import run

ARGUMENT_SPEC = {
    **SERVER,
    **APP,
    **TOKEN,
    **READING,
    **VIA_ENTERPRISE,
    "accept_permissions": {"type": "bool", "default": False},
    "accounts": {"type": "list", "elements": "dict", "required": True, "options": ENTRY},
    "unlisted": {"type": "str", "choices": ["report", "finding", "suspend", "ignore"], "default": "report"},
    "installation_id": {"type": "int"},
    "installation_ids": {"type": "list", "elements": "int"},
    "fail_on_findings": {"type": "bool", "default": True},
    "report_path": {"type": "path"},
    "concurrency": {"type": "int", "default": 1},
}


def main() -> None:
    run(Convergence, ARGUMENT_SPEC, ENVIRONMENT_WITHOUT_INSTALLATION)


if __name__ == "__main__":
    main()
