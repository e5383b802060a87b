# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Call operations of GitHub's REST API by their IDs: `client.call("apps/get-installation", installation_id=42)`."""

from __future__ import annotations

import math
import re
from datetime import timedelta
from functools import partial
from typing import Any, Callable, Dict, FrozenSet, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Sequence
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    ApiError,
    ConnectionFailedError,
    OptionError,
    UnsupportedError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.progress import Progress
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import utc
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import (
    App,
    Credentials,
    credentials_from,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._github.authenticator import Authenticator
from ansible_collections.hubops.github_apps.plugins.module_utils._github.endpoints import ENDPOINTS, Endpoint
from ansible_collections.hubops.github_apps.plugins.module_utils._github.pacing import Budget
from ansible_collections.hubops.github_apps.plugins.module_utils._github.releases import (
    CLOUD,
    EVERY_SERVER,
    OLDEST,
    Release,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._github.server import (
    api_version_for,
    describe_too_old,
    read_release,
    server_from,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._github.transport import (
    RateLimit,
    Reply,
    Request,
    Transport,
    is_number,
    json_of,
    rate_limit_of,
)

USER_AGENT = "hubops.github_apps (Ansible collection)"
PER_PAGE = 100
MAX_PAGES = 1000
MOST_READINGS = 3  # attempts to read a listing completely
LISTING_THREADS = 4
MOST_AHEAD = 32  # pages that are read before they are used; a page takes up to a megabyte of memory
NOT_MODIFIED = 304  # GitHub's status for a change that had already been made
MAX_CORRECTION = 3600  # seconds; a clock that is further off needs to be fixed
REPLICATION_TIME = 10  # seconds after which all of GitHub's servers know a new token
MOST_REFUSALS = 4  # rejections of a new token before it is considered invalid
SYNCHRONIZE = "Synchronize the clock of this machine (NTP)."
SECRET_PARAMETERS = ("access_token", "client_secret", "code")

Query = Dict[str, str]


class Listing(NamedTuple):
    """:param further_pages: number of pages after the first one; infinite if GitHub does not return it.
    :param wrapper: the object that contains the list in the first page's response.
    """

    first: List[Any]
    further_pages: float
    rest: Callable[[], List[Any]]
    wrapper: Mapping[str, Any]


class Reading(NamedTuple):
    """All items of a listing, without duplicates.

    :param wrapper: the object that contains the list in the first page's response. :param is_complete: False if the
    server reports another number of items.
    """

    items: List[Dict[str, Any]]
    wrapper: Mapping[str, Any]
    is_complete: bool


class Client:
    """Calls operations of a server with one set of credentials.

    :ivar token_scopes: scopes of the user's token according to the last response; None if unknown (fine-grained tokens
    have none).
    :ivar rate_limits: the rate limit according to the last response, for each kind of authentication that has one.
    :ivar minted: GitHub's responses for the installation tokens that were minted, which may have to be revoked.
    """

    def __init__(self, transport: Transport, credentials: Credentials) -> None:
        self.transport = transport
        self.server = transport.server
        self.credentials = credentials
        self.minted: List[Dict[str, Any]] = []
        self._authenticator = Authenticator(credentials)
        self._release = transport.server.release
        self.token_scopes: Optional[FrozenSet[str]] = None
        self.rate_limits: Dict[str, RateLimit] = {}
        self._minted_at = -math.inf
        self._last_steps: List[Callable[[], object]] = []

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_error: object) -> None:
        """Run the functions of `at_end`. Their requests do not count as changes."""
        writes = self.transport.writes
        while self._last_steps:
            self._last_steps.pop()()
        self.transport.writes = writes

    def at_end(self, step: Callable[[], object]) -> None:
        """Have a function run when the task ends, even if the task fails. The function must not raise errors."""
        self._last_steps.append(step)

    def with_installation_token(self, token: str, age: float = math.inf) -> Client:
        """A client that uses the same connections and authenticates only as an installation.

        :param age: seconds since the token was minted.
        """
        other = self._with(Credentials(installation_token=token))
        other._minted_at = self.transport.timer() - age
        return other

    def with_app(self, app: App) -> Client:
        """A client that uses the same connections and authenticates only as the app."""
        return self._with(Credentials(app=app))

    def _with(self, credentials: Credentials) -> Client:
        other = Client(self.transport, credentials)
        other._release = self.release
        return other

    @property
    def release(self) -> Release:
        """The server's release. If it is not configured, the server is asked once."""
        if self._release is None:
            self._release = self.ask_release()
        return self._release

    def offers(self, operation: str) -> bool:
        return ENDPOINTS[operation].offered_by(self.release)

    def require(self, *operations: str) -> None:
        """Raise `UnsupportedError` if the server's release does not support one of the operations."""
        for operation in operations:
            endpoint = ENDPOINTS[operation]
            if not endpoint.offered_by(self.release):
                raise UnsupportedError(self._unsupported(operation, endpoint))

    def call(self, operation: str, body: Optional[Mapping[str, Any]] = None, **path: Any) -> int:
        """Send a request whose response content is not needed, and return the status.

        :raises ApiError: GitHub rejected the request. :raises ConnectionFailedError: no usable response arrived.
        :raises UnsupportedError: the release does not support the operation. :raises OptionError: credentials are
        missing.
        """
        return int(self._request(operation, path, body).status_code)

    def delete(self, operation: str, body: Optional[Mapping[str, Any]] = None, **path: Any) -> bool:
        """Delete something with `call`. :returns: whether this request deleted it; False if it did not exist."""
        try:
            return self.call(operation, body, **path) != NOT_MODIFIED
        except ApiError as error:
            if error.cause != "not_found":
                raise
            return error.repeated

    def get(self, operation: str, *keys: str, body: Optional[Mapping[str, Any]] = None, **path: Any) -> Dict[str, Any]:
        """The object that GitHub returns. Raises the errors of `call`, also if one of `keys` is missing."""
        return self._object(operation, self._answer(operation, path, body), keys)

    def items(
        self, operation: str, *keys: str, body: Optional[Mapping[str, Any]] = None, **path: Any
    ) -> List[Dict[str, Any]]:
        """The list that GitHub returns for a change. Raises the errors of `get`."""
        return self._items(operation, self._answer(operation, path, body), keys, ())

    def find(
        self, operation: str, *keys: str, body: Optional[Mapping[str, Any]] = None, **path: Any
    ) -> Optional[Dict[str, Any]]:
        """As `get`, but returns None if the object does not exist."""
        try:
            return self.get(operation, *keys, body=body, **path)
        except ApiError as error:
            if error.cause == "not_found":
                return None
            raise

    def list(self, operation: str, *keys: str, **options: Any) -> List[Dict[str, Any]]:
        """All items of all pages of a listing, without duplicates; options as for `listing`."""
        return self.read(operation, *keys, **options).items

    def read(self, operation: str, *keys: str, **options: Any) -> Reading:
        """As `list`, with details about the listing.

        A listing can change while its pages are read, and an item that moves to another page is then read twice or
        never. If the server's item count differs from the number of items, all pages are read again.
        """
        for _attempt in range(MOST_READINGS):
            listing = self.listing(operation, *keys, **options)
            items = distinct([*listing.first, *listing.rest()])
            total = listing.wrapper.get("total_count")
            if not isinstance(total, int) or total == len(items):
                return Reading(items, listing.wrapper, True)
        self.transport.warn(
            f"{self.server.host} reported {total} items for {ENDPOINTS[operation].path} but returned {len(items)}. The"
            " list may have changed while it was being read. Run the task again."
        )
        return Reading(items, listing.wrapper, False)

    def listing(
        self,
        operation: str,
        *keys: str,
        query: Optional[Mapping[str, Any]] = None,
        optional_previews: bool = False,
        only: Sequence[str] = (),
        **path: Any,
    ) -> Listing:
        """The first page of a listing, and a function that gets the others.

        :param query: filters. :param optional_previews: whether to request the optional previews, which add keys to the
        items.
        :param only: the keys to keep of each item, for listings that are too long to keep in memory; all by default.
        """
        request = partial(self._request, operation, path, optional_previews=optional_previews)
        first = request(query={"per_page": PER_PAGE, **(query or {})})
        last, following = self._link(first, "last"), self._link(first, "next")
        further = int(last["page"]) - 1 if last else math.inf if following else 0

        def rest() -> List[Any]:
            pages = self._pages(operation, request, last, following)
            return [item for page in pages for item in self._items(operation, self._decode(page), keys, only)]

        answer = self._decode(first)
        wrapper = answer if isinstance(answer, dict) else {}
        return Listing(self._items(operation, answer, keys, only), further, rest, wrapper)

    def _pages(
        self, operation: str, request: Callable[..., Any], last: Optional[Query], following: Optional[Query]
    ) -> Iterator[Any]:
        """The pages after the first one, in order. They are read concurrently if the number of the last page is known.

        https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api
        """
        if last:
            from concurrent.futures import ThreadPoolExecutor  # only long listings need it

            queries = [{**last, "page": str(number)} for number in range(2, min(int(last["page"]), MAX_PAGES) + 1)]
            with ThreadPoolExecutor(max_workers=min(LISTING_THREADS, len(queries))) as pool:
                for start in range(0, len(queries), MOST_AHEAD):
                    yield from pool.map(lambda query: request(query=query), queries[start : start + MOST_AHEAD])
            following = {} if int(last["page"]) > MAX_PAGES else None
        for _number in range(MAX_PAGES):
            if not following:
                break
            page = request(query=following)
            yield page
            following = self._link(page, "next")
        if following is not None:
            raise ConnectionFailedError(
                f"{self.server.host} returned more than {MAX_PAGES} pages for {operation}. Check that"
                " api_url is the API of a GitHub server."
            )

    @staticmethod
    def _link(response: Any, relation: str) -> Optional[Query]:
        """The query of a URL in the Link header. Host and path are ignored, so that only api_url gets credentials."""
        query = dict(parse_qsl(urlsplit(response.links.get(relation, {}).get("url", "")).query))
        is_numbered = is_number(query.get("page", "")) and int(query["page"]) > 1
        return query if is_numbered or (query and relation == "next") else None

    def _items(self, operation: str, page: Any, keys: Sequence[str], only: Sequence[str]) -> List[Dict[str, Any]]:
        key = ENDPOINTS[operation].items
        items = page.get(key) if key and isinstance(page, dict) else page
        if not isinstance(items, list):
            raise ConnectionFailedError(
                f"{self.server.host} did not return a list for {operation}. Check that api_url is the API of a GitHub"
                f" server.{ENDPOINTS[operation].doubt}"
            )
        checked = (self._object(operation, item, keys) for item in items)
        return [{name: item[name] for name in only if name in item} for item in checked] if only else list(checked)

    def _object(self, operation: str, answer: Any, keys: Any) -> Dict[str, Any]:
        if not isinstance(answer, dict) or not all(answer.get(key) for key in keys):
            raise ConnectionFailedError(
                f"{self.server.host} returned an unexpected response for {operation}. Check that api_url is the API of"
                f" a GitHub server.{ENDPOINTS[operation].doubt}"
            )
        return answer

    def _request(
        self,
        operation: str,
        path: Mapping[str, Any],
        body: Optional[Mapping[str, Any]] = None,
        query: Optional[Mapping[str, Any]] = None,
        optional_previews: bool = False,
    ) -> Any:
        """Send a request and return the successful response."""
        self.require(operation)
        refusals = 0
        while True:
            reply = self._exchange(operation, path, body, query, self.release, optional_previews)
            if "X-OAuth-Scopes" in reply.response.headers:
                self.token_scopes = frozenset(re.findall(r"[\w:]+", reply.response.headers["X-OAuth-Scopes"]))
            rate_limit = rate_limit_of(reply.response)
            if rate_limit:
                self.rate_limits[self._authenticator.kind_for(ENDPOINTS[operation])] = rate_limit
            if reply.response.status_code in ENDPOINTS[operation].success:
                if ENDPOINTS[operation].is_write and reply.response.status_code != NOT_MODIFIED:
                    self.transport.count_write()
                return reply.response
            error = self._error(operation, path, reply)
            if not any(recover(error, refusals) for recover in (self._correct_clock, self._wait_for_replicas)):
                raise error
            refusals += 1

    def _correct_clock(self, error: ApiError, refusals: int) -> bool:
        """Use the server's clock for the next JWT after GitHub rejected the timestamps of the last one.

        :returns: whether to send the request again.
        """
        ahead = self.transport.ahead
        if error.cause != "clock" or refusals or abs(ahead - self.transport.correction) < 1:
            return False
        if abs(ahead) > MAX_CORRECTION:
            error.explanation = f"{self.describe_clock()} {SYNCHRONIZE}"
            return False
        difference = self.describe_clock()
        self.transport.follow_server_clock()
        self._authenticator.forget_jwt()
        if abs(ahead) >= 1:  # otherwise the clock has been corrected in the meantime
            self.transport.warn(f"{difference} The server's time is used for the app's JWT instead. {SYNCHRONIZE}")
        return True

    def describe_clock(self) -> str:
        """How much the clock of this machine differs from that of the server."""
        ahead = self.transport.ahead
        seconds, direction = round(abs(ahead)), "behind" if ahead > 0 else "ahead of"
        is_long = abs(ahead) > MAX_CORRECTION
        duration = str(timedelta(seconds=seconds)) if is_long else f"{seconds} s"
        times = (
            f" It shows {utc(self.transport.clock())}, but the server shows {utc(self.transport.server_time())}."
            if is_long
            else ""
        )
        return f"The clock of this machine is {duration} {direction} the clock of {self.server.host}.{times}"

    def _wait_for_replicas(self, error: ApiError, refusals: int) -> bool:
        """Wait until all of GitHub's servers know a token that was created moments ago.

        https://github.com/octokit/auth-app.js/issues/65

        :returns: whether to send the request again.
        """
        age = self.transport.timer() - self._minted_at
        is_doubtful = error.cause in ("bad_credentials", "token_kind", "forbidden")
        if not is_doubtful or age >= REPLICATION_TIME or refusals >= MOST_REFUSALS:
            return False
        self.transport.sleep(refusals + 1)
        return True

    def _exchange(
        self,
        operation: str,
        path: Mapping[str, Any],
        body: Optional[Mapping[str, Any]],
        query: Optional[Mapping[str, Any]],
        release: Release,
        optional_previews: bool = False,
    ) -> Reply:
        """Send a request and return the reply, with any status."""
        endpoint = ENDPOINTS[operation]
        kind = self._authenticator.kind_for(endpoint)
        version = api_version_for(self.server.api_version, release)
        points = self.server.points_for(release)
        headers = {"Accept": endpoint.accept(release, optional_previews), "User-Agent": USER_AGENT}
        quoted = {name: quoted_segment(name, str(value)) for name, value in path.items()}
        return self.transport.exchange(
            Request(
                method=endpoint.method,
                url=self.server.api_url + endpoint.path.format(**quoted),
                headers={**headers, "X-GitHub-Api-Version": version} if version else headers,
                sign_in=lambda: self._authenticator.headers(kind, release, self.transport.signing_time()),
                body=body,
                query=query,
                secrets=tuple(
                    str(value)
                    for name, value in (*path.items(), *(body or {}).items())
                    if name in SECRET_PARAMETERS and value
                ),
                repeatable=endpoint.is_repeatable,
                doubt=endpoint.doubt,
                budget=Budget(self._authenticator.identity_of(kind), operation, points) if points else None,
            )
        )

    def ask_release(self) -> Release:
        """The release from the body of GET /meta, or from the header that a server sends with every response."""
        reply = self._exchange("meta/get", {}, None, None, OLDEST)
        response = reply.response
        try:
            version = str(json_of(response)["installed_version"])
        except (ValueError, KeyError, TypeError):
            version = response.headers.get("X-GitHub-Enterprise-Version", "")
        release = read_release(version)
        if release is None:
            if response.is_redirect or response.status_code in (403, 407, 429) or response.status_code >= 500:
                raise self._error("meta/get", {}, reply)
            raise ConnectionFailedError(
                f"No GitHub Enterprise Server was found at {self.server.api_url} (GET /meta returned"
                f" {response.status_code}). Check api_url. If it is correct, set server_version to the release of the"
                " server, or to cloud if it is a proxy for github.com."
            )
        if release < OLDEST:
            raise UnsupportedError(describe_too_old(release))
        return release

    def _answer(self, operation: str, path: Mapping[str, Any], body: Optional[Mapping[str, Any]]) -> Any:
        """The decoded response to a request."""
        return self._decode(self._request(operation, path, body), ENDPOINTS[operation].doubt)

    def _decode(self, response: Any, doubt: str = "") -> Any:
        try:
            return json_of(response)
        except ValueError:
            raise ConnectionFailedError(
                f"{self.server.host} returned {response.status_code} with a response that is not JSON. Check that"
                " api_url is the API of a GitHub server, and that no proxy or login page intercepts the request."
                f"{doubt}"
            ) from None

    def _error(self, operation: str, path: Mapping[str, Any], reply: Reply) -> ApiError:
        from ansible_collections.hubops.github_apps.plugins.module_utils._github.refusals import describe_refusal

        endpoint = ENDPOINTS[operation]
        kind = self._authenticator.kind_for(endpoint)
        shown = {key: "{%s}" % key if key in SECRET_PARAMETERS else value for key, value in path.items()}
        request = f"{endpoint.method} {endpoint.path.format(**shown)}"
        refusal = describe_refusal(
            operation, request, reply, self.transport, self.credentials.app, kind, self._authenticator.name_of(kind)
        )
        if refusal.status >= 500 and endpoint.is_write:
            refusal.explanation += endpoint.doubt
        return refusal

    def _unsupported(self, operation: str, endpoint: Endpoint) -> str:
        server = "github.com" if self.release == CLOUD else f"GitHub Enterprise Server {self.release}"
        return f"{server} does not support {endpoint.method} {endpoint.path} ({operation}). {self._span(endpoint)}."

    @staticmethod
    def _span(endpoint: Endpoint) -> str:
        """The releases that support the operation."""
        if endpoint.last == EVERY_SERVER:
            return "Only GitHub Enterprise Server supports it"
        spans = []
        if endpoint.first != OLDEST:
            spans.append(f"GitHub Enterprise Server {endpoint.first} is the first release that supports it")
        if endpoint.last != CLOUD:
            spans.append(f"GitHub Enterprise Server {endpoint.last} is the last release that supports it")
        return ", and ".join(spans)


def quoted_segment(name: str, value: str) -> str:
    """The value of a path parameter as one segment of a URL.

    :raises OptionError: the value is empty or leads to another path (RFC 3986, 5.2.4), possibly after a proxy has
    decoded it.
    """
    decoded = value
    for _time in range(len(value)):
        decoded, before = unquote(decoded), decoded
        if decoded == before:
            break
    if not decoded.strip() or {".", ".."} & set(re.split(r"[/\\]", decoded)):
        raise OptionError(f"{name} cannot be empty, '.' or '..', because it becomes part of a URL.")
    return quote(value, safe="")


def distinct(items: Iterable[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """The items without duplicates of the same ID, in their original order."""
    by_id: Dict[str, Dict[str, Any]] = {}
    for item in items:
        by_id.setdefault(str(item.get("id", f"without one {len(by_id)}")), item)
    return list(by_id.values())


def create_client(
    options: Mapping[str, Any],
    warn: Callable[[str], None],
    sources: Optional[Mapping[str, str]] = None,
    progress: Optional[Progress] = None,
    read_credentials: Callable[..., Credentials] = credentials_from,
) -> Client:
    """The client for the parameters of a module.

    :param warn: shows a warning. :param sources: result of `find_sources`. :param progress: shows how far the task is.
    """
    transport = Transport(server_from(options, sources), warn=warn, progress=progress)
    return Client(transport, read_credentials(options, warn, sources))
