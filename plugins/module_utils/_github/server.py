# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server: its API URL, its release, the API version, TLS and timeouts."""

from __future__ import annotations

import os
import re
from typing import Any, Dict, Mapping, NamedTuple, Optional, Tuple, Union
from urllib.parse import SplitResult, urlsplit

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import name_option, number
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import quoted
from ansible_collections.hubops.github_apps.plugins.module_utils._github.releases import CLOUD, OLDEST, Release

GITHUB_COM_API = "https://api.github.com"
DEFAULT_PORTS = {"http": 80, "https": 443}
TIMEOUT = 30
RETRIES = 3
MAX_WAIT = 180
# https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
POINTS_PER_MINUTE = 900

# API versions and the first release of GitHub Enterprise Server that supports each
# (https://docs.github.com/rest/about-the-rest-api/api-versions). Older releases have no API versions.
DEFAULT_API_VERSION = "2022-11-28"
API_VERSIONS = {DEFAULT_API_VERSION: Release(3, 9), "2026-03-10": Release(3, 21)}


HOST = r"[a-z0-9._-]+|[0-9a-f:.]+"  # a name, or an IPv4 or IPv6 address


class Server(NamedTuple):
    """A GitHub server.

    :param api_url: root of the REST API, without a trailing slash.
    :param release: None to ask the server.
    :param api_version: requested API version, such as `2026-03-10`; None for the default.
    :param verify: value for `verify` of requests: True, False or the path of a CA bundle.
    :param verify_option: where the path in `verify` came from, for messages.
    :param timeout: seconds to connect, and seconds between two bytes of a response.
    :param retries: how often a request is repeated.
    :param max_wait: total seconds that a request may wait for rate limits.
    :param points_per_minute: limit for each identity and endpoint; 0 for none; None for the default of the release.
    """

    api_url: str = GITHUB_COM_API
    release: Optional[Release] = CLOUD
    api_version: Optional[str] = None
    verify: Union[bool, str] = True
    verify_option: str = "SSL_CERT_FILE"
    timeout: int = TIMEOUT
    retries: int = RETRIES
    max_wait: int = MAX_WAIT
    points_per_minute: Optional[int] = None

    @property
    def host(self) -> str:
        """The server's name for messages."""
        netloc = urlsplit(self.api_url).netloc
        return netloc[len("api.") :] if netloc == "api.github.com" or netloc.endswith(".ghe.com") else netloc

    @property
    def server_url(self) -> str:
        """Root of the web pages and repositories, without a trailing slash (GITHUB_SERVER_URL in GitHub Actions)."""
        parts = urlsplit(self.api_url)
        path = parts.path[: -len("/api/v3")] if parts.path.endswith("/api/v3") else parts.path
        return f"{parts.scheme}://{self.host}{path}"

    @property
    def addresses(self) -> Dict[str, str]:
        """The URLs for the result of a task, so that later tasks use the same server."""
        return {"api_url": self.api_url, "server_url": self.server_url}

    def points_for(self, release: Release) -> int:
        """The points per minute for each identity and endpoint; 0 for no limit, the default of GitHub Enterprise Server."""
        if self.points_per_minute is not None:
            return self.points_per_minute
        return POINTS_PER_MINUTE if release == CLOUD else 0

    def describe_installation(self, account: Optional[str], installation_id: int) -> str:
        """The header of a diff: `octo-org (installation 2001 on github.com)`."""
        installation = f"installation {installation_id} on {urlsplit(self.server_url).netloc}"
        return f"{account} ({installation})" if account else installation


def api_version_for(wanted: Optional[str], release: Release) -> Optional[str]:
    """The value of X-GitHub-Api-Version for `release`; None if it has no API versions."""
    if wanted and release >= API_VERSIONS.get(wanted, API_VERSIONS[DEFAULT_API_VERSION]):
        return wanted
    return DEFAULT_API_VERSION if release >= API_VERSIONS[DEFAULT_API_VERSION] else None


def server_from(options: Mapping[str, Any], sources: Optional[Mapping[str, str]] = None) -> Server:
    """The server that the options describe; `OptionError` if an option is wrong. :param sources: result of `find_sources`."""
    release = parse_server_version(options.get("server_version"))
    api_url, is_cloud = parse_api_url(options.get("api_url"), release)
    if is_cloud and release not in (None, CLOUD):
        raise OptionError(
            f"server_version {release} is a release of GitHub Enterprise Server, but api_url is {api_url}."
            " Set api_url to your server, or omit server_version."
        )
    return Server(
        api_url=api_url,
        release=CLOUD if is_cloud else release,
        api_version=parse_api_version(options.get("api_version")),
        verify=parse_verify(options.get("validate_certs"), options.get("ca_path")),
        verify_option=name_option("ca_path", sources or {}) if options.get("ca_path") else "SSL_CERT_FILE",
        timeout=number(options, "timeout", TIMEOUT, 1, 3600),
        retries=number(options, "retries", RETRIES, 0, 20),
        max_wait=number(options, "max_wait", MAX_WAIT, 0, 7200),
        points_per_minute=number(options, "points_per_minute", 0, 0, 1_000_000)
        if options.get("points_per_minute") is not None
        else None,
    )


def parse_api_url(text: Optional[str], release: Optional[Release]) -> Tuple[str, bool]:
    """The root of the API, and whether the server is github.com or ghe.com.

    Base URLs: https://docs.github.com/rest/using-the-rest-api/getting-started-with-the-rest-api and
    https://docs.github.com/enterprise-cloud@latest/admin/data-residency/network-details-for-ghecom.
    """
    if not text:
        return GITHUB_COM_API, True
    parts = split_api_url(text.strip())
    host = (parts.hostname or "").lower()
    if host in ("github.com", "www.github.com", "api.github.com"):
        return GITHUB_COM_API, True
    if host.endswith(".ghe.com"):
        return "https://api." + (host[len("api.") :] if host.startswith("api.") else host), True
    netloc = f"[{host}]" if ":" in host else host
    if parts.port not in (None, DEFAULT_PORTS[parts.scheme]):
        netloc += f":{parts.port}"
    if release == CLOUD:
        path = re.sub(r"(/api/v3)+$", "", parts.path.rstrip("/"))
        return f"{parts.scheme}://{netloc}{path}", True
    path = re.sub(r"(/api(/v3)?)+$", "", parts.path.rstrip("/"))
    if path and not parts.path.rstrip("/").endswith("/api/v3"):
        raise OptionError(
            f"api_url has the path {quoted(parts.path)}, which is not the API of a GitHub Enterprise Server."
            f" Use {netloc} or {parts.scheme}://{netloc}/api/v3. If the host is a proxy for github.com, set"
            " server_version to cloud."
        )
    return f"{parts.scheme}://{netloc}{path}/api/v3", False


def split_api_url(text: str) -> SplitResult:
    """The parts of a URL or host name; `OptionError` if it is neither, or has more than a host and a path."""
    if "@" in text:
        raise OptionError("api_url contains a user name or password. Remove it. Credentials have their own options.")
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, _port = (parts.hostname or "").lower(), parts.port  # a wrong port raises here
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not re.fullmatch(HOST, host):
        raise OptionError(
            f"api_url {quoted(text)} is not a host name or an http(s) URL. Use HOST or https://HOST/api/v3."
        )
    if parts.query or parts.fragment or re.search(r"[\s\x00-\x1f]", text):
        raise OptionError(
            f"api_url {quoted(text)} contains more than a host name and a path. Use HOST or https://HOST/api/v3."
        )
    return parts


def parse_server_version(value: Any) -> Optional[Release]:
    """The release in `server_version`; None to ask the server."""
    if value is None or value == "auto":
        return None
    if value == "cloud":
        return CLOUD
    if isinstance(value, (int, float)):
        raise OptionError(
            f"server_version is the number {value}. Quote the release, as in '3.20', because YAML reads 3.20 as 3.2."
        )
    release = read_release(str(value))
    if release is None:
        raise OptionError(f"server_version {quoted(value)} is not valid. Use auto, cloud, or a release such as '3.19'.")
    if release < OLDEST:
        raise OptionError(f"server_version: {describe_too_old(release)}")
    return release


def describe_too_old(release: Release) -> str:
    return f"GitHub Enterprise Server {release} is not supported. The oldest supported release is {OLDEST}."


def read_release(text: str) -> Optional[Release]:
    """The release in `3.19`, `3.19.2`, or `enterprise-server@3.19.2` (header X-GitHub-Enterprise-Version)."""
    found = re.fullmatch(r"(?:enterprise-server@)?v?(\d{1,4})\.(\d{1,4})(?:\.\w+)*", text.strip())
    return Release(int(found.group(1)), int(found.group(2))) if found else None


def parse_api_version(value: Optional[str]) -> Optional[str]:
    if value and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise OptionError(
            f"api_version {quoted(value)} is not a valid version. Use a date such as '{DEFAULT_API_VERSION}'."
        )
    return value or None


def parse_verify(validate_certs: Optional[bool], ca_path: Optional[str]) -> Union[bool, str]:
    if validate_certs is False:
        return False
    if not ca_path:
        return certificates_of_environment() or True
    if not os.path.exists(ca_path):
        raise OptionError(f"ca_path {quoted(ca_path)} does not exist on the host that runs the task.")
    import ssl  # costs 4 ms

    try:
        if not os.path.isdir(ca_path):
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(ca_path)
        elif not any(re.fullmatch(r"[0-9a-f]{8}\.\d+", name) for name in os.listdir(ca_path)):
            raise FileNotFoundError
    except OSError:
        raise OptionError(
            f"ca_path {quoted(ca_path)} is neither a readable file of PEM certificates nor a directory prepared with"
            " openssl rehash."
        ) from None
    return ca_path


def certificates_of_environment() -> str:
    """The file in OpenSSL's SSL_CERT_FILE; empty if a variable of requests takes precedence, or the file is missing."""
    path = os.environ.get("SSL_CERT_FILE", "")
    is_replaced = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    return path if not is_replaced and os.path.isfile(path) else ""
