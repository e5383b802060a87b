# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that speaks HTTP, and the only one that imports requests.

A client knows an operation by GitHub's id: ``client.call("apps/get-installation", installation_id=42)``.
"""

from __future__ import annotations

import math
import ssl
import time
from collections import deque
from typing import Any, Callable, Deque, Dict, Iterator, List, Mapping, NamedTuple, Optional, Tuple
from urllib.parse import parse_qsl, quote, urljoin, urlsplit

from ansible_collections.hubops.github_apps.plugins.module_utils._auth import Authenticator, as_requests_auth
from ansible_collections.hubops.github_apps.plugins.module_utils._causes import classify
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials import Credentials, credentials_from
from ansible_collections.hubops.github_apps.plugins.module_utils._endpoints import (
    CLOUD,
    ENDPOINTS,
    OLDEST,
    Endpoint,
    Release,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._errors import (
    ApiError,
    ConnectionFailedError,
    MissingLibraryError,
    UnsupportedError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._server import (
    Server,
    api_version_for,
    read_release,
    server_from,
)

try:
    import requests
except ImportError:
    HAS_REQUESTS = False
else:
    HAS_REQUESTS = True

USER_AGENT = "hubops.github_apps (Ansible collection)"
PER_PAGE = 100
LISTING_THREADS = 4
MAX_REDIRECTS = 5
MAX_WAIT = 180  # seconds that one call waits in all for limits
SECRET_PARAMETERS = ("access_token",)

# https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api: points a minute, points of a write.
POINTS_A_MINUTE = 900
POINTS_OF_A_WRITE = 5


Query = Dict[str, str]


class Listing(NamedTuple):
    """:param further_pages: how many pages follow the first, infinite where GitHub does not tell.
    :param wrapper: what stands around the list in the first page's answer.
    """

    first: List[Any]
    further_pages: float
    rest: Callable[[], List[Any]]
    wrapper: Mapping[str, Any]


class Client:
    """Calls operations of one server with one set of credentials.

    :param session: a `requests.Session`; one is made, and kept for all calls, where none is given.
    :param clock: seconds since the epoch. :param sleep: waits a number of seconds.
    """

    def __init__(
        self,
        server: Server,
        credentials: Credentials,
        session: Optional[Any] = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not HAS_REQUESTS:
            raise MissingLibraryError("requests")
        self.server = server
        self.credentials = credentials
        self._authenticator = Authenticator(credentials)
        self._session = session or requests.Session()
        self._release = server.release
        self.clock = clock
        self.sleep = sleep
        self._points: Deque[Tuple[float, int]] = deque()

    def with_installation_token(self, token: str) -> Client:
        """A client over the same connections that acts as an installation and as nobody else."""
        other = Client(self.server, Credentials(installation_token=token), self._session, self.clock, self.sleep)
        other._release = self.release
        other._points = self._points
        return other

    @property
    def release(self) -> Release:
        """The server's release; asked once where the options do not tell it."""
        if self._release is None:
            self._release = self._ask_release()
        return self._release

    def offers(self, operation: str) -> bool:
        return ENDPOINTS[operation].offered_by(self.release)

    def require(self, *operations: str) -> None:
        """Refuses, before any call, what the server's release does not have."""
        for operation in operations:
            endpoint = ENDPOINTS[operation]
            if not endpoint.offered_by(self.release):
                raise UnsupportedError(self._unsupported(operation, endpoint))

    def call(
        self,
        operation: str,
        body: Optional[Mapping[str, Any]] = None,
        query: Optional[Mapping[str, Any]] = None,
        **path: Any,
    ) -> Any:
        """The decoded body of a successful answer; None where it has none.

        :raises ApiError: GitHub refused. :raises ConnectionFailedError: no usable answer.
        :raises UnsupportedError: the release does not have it. :raises OptionError: credentials are missing.
        """
        return self._decode(self._request(operation, body, query, path))

    def status(self, operation: str, **path: Any) -> int:
        """The status of a successful answer, for operations that may answer with one of several."""
        return int(self._request(operation, None, None, path).status_code)

    def find(self, operation: str, body: Optional[Mapping[str, Any]] = None, **path: Any) -> Optional[Dict[str, Any]]:
        """As `call`, with None where GitHub answers that there is no such thing."""
        try:
            found: Dict[str, Any] = self.call(operation, body, **path)
            return found
        except ApiError as error:
            if error.status == 404 and error.cause == "not_found":
                return None
            raise

    def list(self, operation: str, **path: Any) -> List[Any]:
        """All items of a listing, every page of it."""
        listing = self.listing(operation, **path)
        return [*listing.first, *listing.rest()]

    def listing(self, operation: str, **path: Any) -> Listing:
        """The first page of a listing, with the means to fetch the others."""
        first = self._request(operation, None, {"per_page": PER_PAGE}, path)
        last, following = self._link(first, "last"), self._link(first, "next")

        def rest() -> List[Any]:
            pages = self._pages(operation, path, last, following)
            return [item for page in pages for item in self._items(operation, page)]

        pages = int(last["page"]) - 1 if last else math.inf if following else 0
        answer = self._decode(first)
        wrapper = (
            {key: value for key, value in answer.items() if key != ENDPOINTS[operation].items}
            if isinstance(answer, dict)
            else {}
        )
        return Listing(self._items(operation, first), pages, rest, wrapper)

    def _pages(
        self, operation: str, path: Mapping[str, Any], last: Optional[Query], following: Optional[Query]
    ) -> Iterator[Any]:
        """The pages after the first in order: concurrently where GitHub tells the last one, else one after the other.

        https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api
        """
        if last:
            from concurrent.futures import ThreadPoolExecutor  # only long listings need it

            queries = [{**last, "page": str(number)} for number in range(2, int(last["page"]) + 1)]
            with ThreadPoolExecutor(max_workers=min(LISTING_THREADS, len(queries))) as pool:
                yield from pool.map(lambda query: self._request(operation, None, query, path), queries)
            return
        while following:
            page = self._request(operation, None, following, path)
            yield page
            following = self._link(page, "next")

    @staticmethod
    def _link(response: Any, relation: str) -> Optional[Query]:
        """The query of a Link header's URL. Its host and path are not used: credentials go to api_url alone."""
        query = dict(parse_qsl(urlsplit(response.links.get(relation, {}).get("url", "")).query))
        is_numbered = query.get("page", "").isdigit() and int(query["page"]) > 1
        return query if is_numbered or (query and relation == "next") else None

    def _items(self, operation: str, response: Any) -> List[Any]:
        page = self._decode(response)
        key = ENDPOINTS[operation].items
        items = page.get(key) if key and isinstance(page, dict) else page
        if not isinstance(items, list):
            raise ConnectionFailedError(f"{self.server.host} answered {operation} with something that is not a list.")
        return items

    def _request(
        self,
        operation: str,
        body: Optional[Mapping[str, Any]],
        query: Optional[Mapping[str, Any]],
        path: Mapping[str, Any],
    ) -> Any:
        """A successful response."""
        self.require(operation)
        response = self._exchange(operation, body, query, path, self.release)
        if response.status_code not in ENDPOINTS[operation].success:
            raise self._error(operation, path, response)
        return response

    def _exchange(
        self,
        operation: str,
        body: Optional[Mapping[str, Any]],
        query: Optional[Mapping[str, Any]],
        path: Mapping[str, Any],
        release: Release,
    ) -> Any:
        """The response after as many tries as are due, whatever its status."""
        endpoint = ENDPOINTS[operation]
        kind = self._authenticator.kind_for(endpoint)
        quoted = {name: quote(str(value), safe="") for name, value in path.items()}
        url = self.server.api_url + endpoint.path.format(**quoted)
        waited, failures = 0.0, 0
        while True:
            self._pace(endpoint)
            try:
                authorization = self._authenticator.header(kind, release, self.clock())
                response = self._send(endpoint, url, self._headers(endpoint, release), authorization, body, query)
            except requests.exceptions.RequestException as error:
                failures += 1
                if failures > self.server.retries or not endpoint.is_repeatable or not is_passing(error):
                    raise ConnectionFailedError(self._describe_connection(error, failures)) from None
                self.sleep(2 ** (failures - 1))
                continue
            wait = limit_wait(response, self.clock())
            if wait is not None and waited + wait <= MAX_WAIT:
                waited += wait
                self.sleep(wait)
            elif response.status_code >= 500 and endpoint.is_repeatable and failures < self.server.retries:
                failures += 1
                self.sleep(2 ** (failures - 1))
            else:
                return response

    def _headers(self, endpoint: Endpoint, release: Release) -> Dict[str, str]:
        version = api_version_for(self.server.api_version, release)
        headers = {"Accept": endpoint.accept(release), "User-Agent": USER_AGENT}
        return {**headers, "X-GitHub-Api-Version": version} if version else headers

    def _send(
        self,
        endpoint: Endpoint,
        url: str,
        headers: Mapping[str, str],
        authorization: Optional[str],
        body: Optional[Mapping[str, Any]],
        query: Optional[Mapping[str, Any]],
    ) -> Any:
        """One request, with redirects followed for GET within the same server only.

        `verify` is given per request because one on the session loses to REQUESTS_CA_BUNDLE.
        """
        for _hop in range(MAX_REDIRECTS + 1):
            response = self._session.request(
                endpoint.method,
                url,
                params=query,
                json=body,
                headers=headers,
                auth=as_requests_auth(authorization),
                timeout=self.server.timeout,
                verify=self.server.verify,
                allow_redirects=False,
            )
            target = urljoin(url, response.headers.get("Location", ""))
            if not (response.is_redirect and endpoint.method == "GET" and same_origin(url, target)):
                break
            url, query = target, None
        return response

    def _pace(self, endpoint: Endpoint) -> None:
        """Keeps a client of the cloud under the published points a minute. A server has no limits by default
        (https://docs.github.com/enterprise-server/admin/configuring-settings/configuring-user-applications-for-your-enterprise/configuring-rate-limits).
        """
        if self._release != CLOUD:
            return
        points = 1 if endpoint.method == "GET" else POINTS_OF_A_WRITE
        while True:
            now = self.clock()
            while self._points and self._points[0][0] <= now - 60:
                self._points.popleft()
            if sum(spent for _at, spent in self._points) + points <= POINTS_A_MINUTE:
                self._points.append((now, points))
                return
            self.sleep(self._points[0][0] + 60 - now)

    def _ask_release(self) -> Release:
        """The release, from the body of GET /meta or from the header that a server sends with every answer."""
        response = self._exchange("meta/get", None, None, {}, OLDEST)
        try:
            version = str(response.json()["installed_version"])
        except (ValueError, KeyError, TypeError):
            version = response.headers.get("X-GitHub-Enterprise-Version", "")
        release = read_release(version)
        if release is None:
            raise ConnectionFailedError(
                f"{self.server.host} does not answer as a GitHub Enterprise Server at {self.server.api_url}/meta"
                f" (status {response.status_code}): check api_url, and set server_version (cloud for a proxy of github.com)."
            )
        return release

    def _decode(self, response: Any) -> Any:
        if not response.content:
            return None
        try:
            return response.json()
        except ValueError:
            raise ConnectionFailedError(
                f"{self.server.host} answered {response.status_code} with something that is not JSON:"
                " is api_url the API of a GitHub, and no proxy or login page in between?"
            ) from None

    def _error(self, operation: str, path: Mapping[str, Any], response: Any) -> ApiError:
        endpoint = ENDPOINTS[operation]
        try:
            answer = response.json()
        except ValueError:
            answer = {}
        answer = answer if isinstance(answer, dict) else {}
        message = str(answer.get("message") or response.reason or "")
        cause = classify(response.status_code, message)
        name, explanation = cause.name, cause.explanation
        wait = limit_wait(response, self.clock())
        if wait is not None:
            name, explanation = (
                "limit",
                f"{{host}} asks to wait {wait:.0f} s: too many requests were made with these credentials.",
            )
        elif response.is_redirect:
            name, explanation = "redirect", "{host} sends this request elsewhere, which is not followed: check api_url."
        shown = endpoint.path.format(
            **{key: "{%s}" % key if key in SECRET_PARAMETERS else value for key, value in path.items()}
        )
        return ApiError(
            explanation.format(host=self.server.host, app=self.credentials.app),
            operation=operation,
            request=f"{endpoint.method} {shown}",
            status=response.status_code,
            cause=name,
            github_message=message,
            errors=answer.get("errors") or [],
            documentation_url=str(answer.get("documentation_url") or ""),
            request_id=response.headers.get("X-GitHub-Request-Id", ""),
        )

    def _unsupported(self, operation: str, endpoint: Endpoint) -> str:
        server = "github.com" if self.release == CLOUD else f"GitHub Enterprise Server {self.release}"
        if self.release < endpoint.first:
            span = f"GitHub Enterprise Server {endpoint.first} is the first release that has it"
        else:
            span = f"GitHub Enterprise Server {endpoint.last} was the last release that had it"
        return f"{server} does not offer {endpoint.method} {endpoint.path} ({operation}): {span}."

    def _describe_connection(self, error: Exception, tries: int) -> str:
        """A sentence about an exception of requests, whose own text may hold a URL with a secret in it."""
        host = self.server.host
        reason = certificate_problem(error)
        if reason:
            return f"The certificate of {host} cannot be verified ({reason}): set ca_path to the CA that signed it."
        if isinstance(error, requests.exceptions.SSLError):
            return f"No TLS connection can be made with {host}: is api_url an http:// server?"
        if isinstance(error, requests.exceptions.ProxyError):
            return f"The proxy for {host} cannot be used: check HTTPS_PROXY, HTTP_PROXY and NO_PROXY."
        times = "once" if tries == 1 else f"{tries} times"
        if isinstance(error, requests.exceptions.Timeout):
            return f"{host} did not answer within {self.server.timeout:g} s (tried {times}): raise timeout, or check the network."
        if isinstance(error, requests.exceptions.ConnectionError):
            return f"{host} cannot be reached at {self.server.api_url} (tried {times}): check api_url and the network."
        return f"The answer of {host} broke off or cannot be read (tried {times}): {type(error).__name__}."


def same_origin(url: str, target: str) -> bool:
    return urlsplit(url)[:2] == urlsplit(target)[:2]


def is_passing(error: Exception) -> bool:
    """Whether a second try may go better: not with a wrong certificate, a bad URL or a proxy that refuses."""
    kinds = requests.exceptions
    if isinstance(
        error, (kinds.SSLError, kinds.ProxyError, kinds.InvalidURL, kinds.InvalidSchema, kinds.InvalidHeader)
    ):
        return False
    return isinstance(
        error, (kinds.ConnectionError, kinds.Timeout, kinds.ChunkedEncodingError, kinds.ContentDecodingError)
    )


def certificate_problem(error: Optional[BaseException]) -> str:
    """What OpenSSL says of the certificate, found in the chain of exceptions."""
    seen = 0
    while error is not None and seen < 10:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
        error = inner if isinstance(inner, BaseException) else error.__cause__ or error.__context__
        seen += 1
    return ""


def limit_wait(response: Any, now: float) -> Optional[float]:
    """Seconds that GitHub asks to wait, None where the answer is no limit.

    https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#handle-rate-limit-errors-appropriately
    """
    if response.status_code not in (403, 429):
        return None
    headers = response.headers
    if headers.get("Retry-After", "").isdigit():
        return float(headers["Retry-After"])
    if headers.get("X-RateLimit-Remaining") == "0" and headers.get("X-RateLimit-Reset", "").isdigit():
        return max(0.0, float(headers["X-RateLimit-Reset"]) - now) + 1
    if response.status_code == 429 or "secondary rate" in response.text.lower() or "abuse" in response.text.lower():
        return 60.0
    return None


def create_client(options: Mapping[str, Any]) -> Client:
    """The client that a mapping of options describes: the parameters of a module, or the options of a lookup."""
    return Client(server_from(options), credentials_from(options))
