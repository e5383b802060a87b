# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that describe the server."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  api_url:
    description:
      - The GitHub to work with. V(HOST), V(https://HOST), V(https://HOST/api/v3) and V(SUBDOMAIN.ghe.com) are all
        understood.
      - If not set, the environment variable E(GITHUB_API_URL) is used, then github.com.
    type: str
  server_version:
    description:
      - The release of GitHub Enterprise Server, such as V('3.19'), quoted because YAML reads 3.20 as the number 3.2.
      - With V(auto), github.com and ghe.com are known to be the cloud and any other host is asked once a task; naming
        the release saves that request.
      - With V(cloud) and another host in O(api_url), that host is taken for a proxy of github.com.
      - If not set, the environment variable E(GITHUB_SERVER_VERSION) is used, then V(auto). Where O(api_url) is set, the
        variable is not used.
    type: raw
  api_version:
    description:
      - Version of the REST API to ask for, such as V('2026-03-10'). It is sent to servers that know it; others get the
        version they know, or none.
      - If not set, the environment variable E(GITHUB_API_VERSION) is used, then V('2022-11-28').
    type: str
  validate_certs:
    description:
      - Whether the server's certificate must be valid.
      - If not set, the environment variable E(GITHUB_VALIDATE_CERTS) is used unless O(ca_path) is set, then V(true).
    type: bool
  ca_path:
    description:
      - File with the certificates of the CA that signed the server's certificate, in PEM, or a directory of such files
        that C(openssl rehash) prepared, on the machine where this runs.
      - If not set, the environment variable E(GITHUB_CA_PATH) is used, then
        E(REQUESTS_CA_BUNDLE), then E(SSL_CERT_FILE), then the CAs that Python's requests brings.
    type: path
  timeout:
    description:
      - Seconds to wait for a connection, and for each part of an answer.
      - If not set, the environment variable E(GITHUB_TIMEOUT) is used, then V(30).
    type: int
  retries:
    description:
      - How often a request is repeated after a connection failed or the server could not answer. Only requests that are
        safe to repeat are.
      - If not set, the environment variable E(GITHUB_RETRIES) is used, then V(3).
    type: int
  max_wait:
    description:
      - Seconds that one request may wait in all because GitHub asks to, from 0 to 7200. When GitHub asks for more, the task
        fails and says for how long.
      - The hourly limit is reset after an hour at most; the secondary limits ask for a minute, then for two.
      - If not set, the environment variable E(GITHUB_MAX_WAIT) is used, then V(180).
    type: int
notes:
  - An empty string is the same as an option that is not set.
  - White space around a value and invisible characters are removed, except in passwords, passphrases and free text. Options that take a
    list of names also take a string with the names, separated by commas, spaces or line breaks.
  - An option that is set silences the environment variables of the options that say the same in another way, so that a
    task never mixes its own settings with those of its environment. Here O(ca_path) silences O(validate_certs), and
    O(api_url) silences O(server_version).
  - A proxy is taken from the usual environment variables E(HTTPS_PROXY), E(HTTP_PROXY) and E(NO_PROXY) of the machine
    where this runs, with user and password in its URL where it wants them. Of C(https) it sees no more than the server's
    name, unless it is one that opens TLS and whose CA is in O(ca_path). Of C(http) it sees everything, tokens too.
requirements:
  - python >= 3.9
  - requests >= 2.25.1
"""

    PLUGINS = r"""
options:
  api_url:
    env:
      - name: GITHUB_API_URL
    vars:
      - name: github_api_url
  server_version:
    env:
      - name: GITHUB_SERVER_VERSION
    vars:
      - name: github_server_version
  api_version:
    env:
      - name: GITHUB_API_VERSION
    vars:
      - name: github_api_version
  validate_certs:
    env:
      - name: GITHUB_VALIDATE_CERTS
    vars:
      - name: github_validate_certs
  ca_path:
    env:
      - name: GITHUB_CA_PATH
    vars:
      - name: github_ca_path
  timeout:
    env:
      - name: GITHUB_TIMEOUT
    vars:
      - name: github_timeout
  retries:
    env:
      - name: GITHUB_RETRIES
    vars:
      - name: github_retries
  max_wait:
    env:
      - name: GITHUB_MAX_WAIT
    vars:
      - name: github_max_wait
"""
