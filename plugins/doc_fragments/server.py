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
      - Host name or URL of the GitHub server. V(HOST), V(https://HOST), V(https://HOST/api/v3) and V(SUBDOMAIN.ghe.com) are
        supported.
      - If not set, the environment variable E(GITHUB_API_URL) is used. The default is github.com.
    type: str
  server_version:
    description:
      - Release of GitHub Enterprise Server, such as V('3.19'). Quote it, because YAML reads 3.20 as the number 3.2.
      - With V(auto), github.com and ghe.com are recognized as the cloud. For any other server, the release is requested from the
        server once per task. To avoid this request, set the release.
      - With V(cloud) and another host in O(api_url), that host is treated as a proxy for github.com.
      - If not set, the environment variable E(GITHUB_SERVER_VERSION) is used. The default is V(auto). If O(api_url) is set, the variable
        is not used.
    type: raw
  api_version:
    description:
      - Version of the REST API to request, such as V('2026-03-10'). It is only sent to servers that support it. Other servers
        get the version that they support, or none.
      - If not set, the environment variable E(GITHUB_API_VERSION) is used. The default is V('2022-11-28').
    type: str
  validate_certs:
    description:
      - Whether to validate the server's TLS certificate.
      - If not set, the environment variable E(GITHUB_VALIDATE_CERTS) is used, unless O(ca_path) is set. The default is V(true).
    type: bool
  ca_path:
    description:
      - Path to a PEM file with CA certificates for validating the server's certificate, on the machine that runs the module or
        lookup. A directory of such files is also supported, if it was prepared with C(openssl rehash).
      - If not set, the environment variables E(GITHUB_CA_PATH), E(REQUESTS_CA_BUNDLE) and E(SSL_CERT_FILE) are checked in this order, and
        the first one that is set is used. The default is the CA certificates of the Python library requests.
    type: path
  timeout:
    description:
      - Number of seconds, from 1 to 3600, to wait for a connection and for each part of a response.
      - If not set, the environment variable E(GITHUB_TIMEOUT) is used. The default is V(30).
    type: int
  retries:
    description:
      - Number of times, from 0 to 20, to repeat a request after a connection failure or a server error. Only requests that are
        safe to repeat are repeated.
      - If not set, the environment variable E(GITHUB_RETRIES) is used. The default is V(3).
    type: int
  max_wait:
    description:
      - Total number of seconds, from 0 to 7200, that one request may wait because of GitHub's rate limits. If GitHub requires a
        longer wait, the task fails with a message that contains the required time.
      - The hourly rate limit is reset after one hour at most. Secondary rate limits require a wait of one minute, then of two
        minutes.
      - If not set, the environment variable E(GITHUB_MAX_WAIT) is used. The default is V(180).
    type: int
  points_per_minute:
    description:
      - Maximum number of points per minute, from 0 to 1000000, that the task spends on each endpoint. Points are counted
        separately for the app, for each installation, and for the user. A read request costs one point, and a write request five.
        When the points are spent, requests wait.
      - The limit that GitHub documents is 900. Set a different value only if you know the limits of your server. With V(0),
        requests never wait for points.
      - If not set, the environment variable E(GITHUB_POINTS_PER_MINUTE) is used. The default is V(900) on github.com and ghe.com, and V(0)
        on GitHub Enterprise Server, where rate limits are disabled by default.
    type: int
notes:
  - An option that is set to an empty string is treated as if it were not set.
  - Invisible characters and surrounding white space are removed from values, except from passwords, passphrases and free text.
    Options that take a list of names also accept a string of names separated by commas, spaces or line breaks.
  - Setting an option disables the environment variables of the options with the same purpose, so that a task never mixes its own
    settings with those of its environment. O(ca_path) disables the variable of O(validate_certs), and O(api_url) disables the
    variable of O(server_version).
  - Proxies are taken from the usual environment variables E(HTTPS_PROXY), E(HTTP_PROXY) and E(NO_PROXY) of the machine that runs the module
    or lookup. The URL of a proxy can contain a user name and a password. If O(api_url) uses C(https), a proxy can only see the name of the
    server, unless it intercepts TLS and its CA is in O(ca_path). If O(api_url) uses C(http), a proxy can see everything, including tokens.
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
  points_per_minute:
    env:
      - name: GITHUB_POINTS_PER_MINUTE
    vars:
      - name: github_points_per_minute
"""
