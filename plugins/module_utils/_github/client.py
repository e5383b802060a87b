# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations of GitHub's REST API by GitHub's own ids: `client.call("apps/get-installation", installation_id=42)`."""

from __future__ import annotations

import math
import re
from datetime import timedelta
from functools import partial
from typing import Any, Callable, Dict, FrozenSet, Iterable, Iterator, List, Mapping, NamedTuple, Optional
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    ApiError,
    ConnectionFailedError,
    OptionError,
    UnsupportedError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import (
    utc,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import (
    Credentials,
    credentials_from,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._github.authenticator import Authenticator
from ansible_collections.hubops.github_apps.plugins.module_utils._github.endpoints import ENDPOINTS, Endpoint
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
    MAYBE_DONE,
    Reply,
    Request,
    Transport,
    is_number,
    json_of,
)

USER_AGENT = "hubops.github_apps (Ansible collection)"
PER_PAGE = 100
MAX_PAGES = 1000
MOST_READINGS = 3  # of a listing whose items are not as many as the server says
LISTING_THREADS = 4
NOT_MODIFIED = 304  # what GitHub answers to a change that was made before
MAX_CORRECTION = 3600  # seconds; a clock that is further off is wrong in other ways too
REPLICATION_TIME = 10  # seconds after which all machines of GitHub know a new token
MOST_REFUSALS = 4  # of a new token, after which the next one is believed
SECRET_PARAMETERS = ("access_token", "client_secret", "code")

Query = Dict[str, str]


class Listing(NamedTuple):
    """:param further_pages: how many pages follow the first, infinite where GitHub does not tell.
    :param wrapper: what stands around the list in the first page's answer.
    """

    first: List[Any]
    further_pages: float
    rest: Callable[[], List[Any]]
    wrapper: Mapping[str, Any]


class Reading(NamedTuple):
    """All items of a listing, each one once.

    :param wrapper: what stands around the list in the first page's answer. :param is_complete: whether there are as many items
    as the server says, where it says so.
    """

    items: List[Dict[str, Any]]
    wrapper: Mapping[str, Any]
    is_complete: bool


class Client:
    """Calls operations of one server with one set of credentials.

    :ivar token_scopes: of the user's token, as the last answer says; None where none did (fine-grained tokens have none).
    :ivar minted: GitHub's answers for the installation tokens that were minted, for whoever has to revoke them.
    """

    def __init__(self, transport: Transport, credentials: Credentials) -> None:
        self.transport = transport
        self.server = transport.server
        self.credentials = credentials
        self.minted: List[Dict[str, Any]] = []
        self._authenticator = Authenticator(credentials)
        self._release = transport.server.release
        self.token_scopes: Optional[FrozenSet[str]] = None
        self._minted_at = -math.inf

    def with_installation_token(self, token: str, age: float = math.inf) -> Client:
        """A client over the same connections that acts as an installation and as nobody else.

        :param age: seconds since the token was minted.
        """
        other = Client(self.transport, Credentials(installation_token=token))
        other._release = self.release
        other._minted_at = self.transport.timer() - age
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

    def call(self, operation: str, body: Optional[Mapping[str, Any]] = None, **path: Any) -> int:
        """Makes a request whose answer has no content to speak of; returns its status.

        :raises ApiError: GitHub refused. :raises ConnectionFailedError: no usable answer.
        :raises UnsupportedError: the release does not have it. :raises OptionError: credentials are missing.
        """
        return int(self._request(operation, path, body).status_code)

    def delete(self, operation: str, body: Optional[Mapping[str, Any]] = None, **path: Any) -> bool:
        """As `call`, for what is to be deleted. :returns: whether this deleted it; False where it was gone."""
        try:
            return self.call(operation, body, **path) != NOT_MODIFIED
        except ApiError as error:
            if error.cause != "not_found":
                raise
            return error.repeated

    def get(self, operation: str, *keys: str, body: Optional[Mapping[str, Any]] = None, **path: Any) -> Dict[str, Any]:
        """The object that GitHub answers with. Raises as `call` does, also where it lacks one of `keys`."""
        return self._object(operation, self._decode(self._request(operation, path, body)), keys)

    def find(
        self, operation: str, *keys: str, body: Optional[Mapping[str, Any]] = None, **path: Any
    ) -> Optional[Dict[str, Any]]:
        """As `get`, with None where GitHub answers that there is no such thing."""
        try:
            return self.get(operation, *keys, body=body, **path)
        except ApiError as error:
            if error.cause == "not_found":
                return None
            raise

    def list(self, operation: str, *keys: str, **options: Any) -> List[Dict[str, Any]]:
        """All items of a listing, every page of it, each item once; options as for `listing`."""
        return self.read(operation, *keys, **options).items

    def read(self, operation: str, *keys: str, **options: Any) -> Reading:
        """As `list`, with what is known about the listing.

        A listing can change while its pages are read: an item that moves to another page is then read twice, or never. Where the
        server counts its items and others were read, all pages are read again.
        """
        for _attempt in range(MOST_READINGS):
            listing = self.listing(operation, *keys, **options)
            items = distinct([*listing.first, *listing.rest()])
            total = listing.wrapper.get("total_count")
            if not isinstance(total, int) or total == len(items):
                return Reading(items, listing.wrapper, True)
        self.transport.warn(
            f"{self.server.host} counts {total} items in {ENDPOINTS[operation].path} and returned {len(items)}. The list may have"
            " changed while it was read."
        )
        return Reading(items, listing.wrapper, False)

    def listing(
        self,
        operation: str,
        *keys: str,
        query: Optional[Mapping[str, Any]] = None,
        optional_previews: bool = False,
        **path: Any,
    ) -> Listing:
        """The first page of a listing, with the means to fetch the others.

        :param query: filters. :param optional_previews: whether to ask for all that previews add to the items.
        """
        request = partial(self._request, operation, path, optional_previews=optional_previews)
        first = request(query={"per_page": PER_PAGE, **(query or {})})
        last, following = self._link(first, "last"), self._link(first, "next")
        further = int(last["page"]) - 1 if last else math.inf if following else 0

        def rest() -> List[Any]:
            pages = self._pages(operation, request, last, following)
            return [item for page in pages for item in self._items(operation, page, keys)]

        answer = self._decode(first)
        wrapper = answer if isinstance(answer, dict) else {}
        return Listing(self._items(operation, first, keys), further, rest, wrapper)

    def _pages(
        self, operation: str, request: Callable[..., Any], last: Optional[Query], following: Optional[Query]
    ) -> Iterator[Any]:
        """The pages after the first in order: concurrently where GitHub tells the last one, else one after the other.

        https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api
        """
        if last:
            from concurrent.futures import ThreadPoolExecutor  # only long listings need it

            queries = [{**last, "page": str(number)} for number in range(2, min(int(last["page"]), MAX_PAGES) + 1)]
            with ThreadPoolExecutor(max_workers=min(LISTING_THREADS, len(queries))) as pool:
                yield from pool.map(lambda query: request(query=query), queries)
            following = {} if int(last["page"]) > MAX_PAGES else None
        for _number in range(MAX_PAGES):
            if not following:
                break
            page = request(query=following)
            yield page
            following = self._link(page, "next")
        if following is not None:
            raise ConnectionFailedError(f"{self.server.host} answers {operation} with more than {MAX_PAGES} pages.")

    @staticmethod
    def _link(response: Any, relation: str) -> Optional[Query]:
        """The query of a Link header's URL. Its host and path are not used: credentials go to api_url alone."""
        query = dict(parse_qsl(urlsplit(response.links.get(relation, {}).get("url", "")).query))
        is_numbered = is_number(query.get("page", "")) and int(query["page"]) > 1
        return query if is_numbered or (query and relation == "next") else None

    def _items(self, operation: str, response: Any, keys: Any) -> List[Dict[str, Any]]:
        page = self._decode(response)
        key = ENDPOINTS[operation].items
        items = page.get(key) if key and isinstance(page, dict) else page
        if not isinstance(items, list):
            raise ConnectionFailedError(f"{self.server.host} answered {operation} with something that is not a list.")
        return [self._object(operation, item, keys) for item in items]

    def _object(self, operation: str, answer: Any, keys: Any) -> Dict[str, Any]:
        if not isinstance(answer, dict) or not all(answer.get(key) for key in keys):
            raise ConnectionFailedError(
                f"{self.server.host} answered {operation} with something that GitHub does not answer:"
                " is api_url the API of a GitHub?"
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
        """A successful response."""
        self.require(operation)
        refusals = 0
        while True:
            reply = self._exchange(operation, path, body, query, self.release, optional_previews)
            if "X-OAuth-Scopes" in reply.response.headers:
                self.token_scopes = frozenset(re.findall(r"[\w:]+", reply.response.headers["X-OAuth-Scopes"]))
            if reply.response.status_code in ENDPOINTS[operation].success:
                if ENDPOINTS[operation].is_write and reply.response.status_code != NOT_MODIFIED:
                    self.transport.count_write()
                return reply.response
            error = self._error(operation, path, reply)
            if not any(recover(error, refusals) for recover in (self._correct_clock, self._wait_for_replicas)):
                raise error
            refusals += 1

    def _correct_clock(self, error: ApiError, refusals: int) -> bool:
        """Has the next JWT signed by the server's clock, after one that was signed by another clock was refused.

        :returns: whether the request is to be made again.
        """
        ahead = self.transport.ahead
        if error.cause != "clock" or refusals or abs(ahead - self.transport.correction) < 1:
            return False
        direction = "behind" if ahead > 0 else "ahead of"
        if abs(ahead) > MAX_CORRECTION:
            error.explanation = (
                f"The clock of this machine is {timedelta(seconds=round(abs(ahead)))} {direction} that of {self.server.host}: it"
                f" shows {utc(self.transport.clock())}, the server {utc(self.transport.server_time())}. Set it right (NTP)."
            )
            return False
        self.transport.follow_server_clock()
        self._authenticator.forget_jwt()
        if abs(ahead) >= 1:  # else it was set right meanwhile
            self.transport.warn(
                f"The clock of this machine is {round(abs(ahead))} s {direction} that of {self.server.host}. The app signs by"
                " the server's clock instead; set this machine's right (NTP)."
            )
        return True

    def _wait_for_replicas(self, error: ApiError, refusals: int) -> bool:
        """Waits, where the token was created moments ago, until all of GitHub's machines may know it.

        https://github.com/octokit/auth-app.js/issues/65

        :returns: whether the request is to be made again.
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
        """The reply, whatever its status."""
        endpoint = ENDPOINTS[operation]
        kind = self._authenticator.kind_for(endpoint)
        version = api_version_for(self.server.api_version, release)
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
                paced=release == CLOUD,
            )
        )

    def _ask_release(self) -> Release:
        """The release, from the body of GET /meta or from the header that a server sends with every answer."""
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
                f"{self.server.host} does not answer as a GitHub Enterprise Server at {self.server.api_url}/meta (status"
                f" {response.status_code}): check api_url, and set server_version (cloud for a proxy of github.com)."
            )
        if release < OLDEST:
            raise UnsupportedError(describe_too_old(release))
        return release

    def _decode(self, response: Any) -> Any:
        try:
            return json_of(response)
        except ValueError:
            raise ConnectionFailedError(
                f"{self.server.host} answered {response.status_code} with something that is not JSON:"
                " is api_url the API of a GitHub, and no proxy or login page in between?"
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
            refusal.explanation += MAYBE_DONE
        return refusal

    def _unsupported(self, operation: str, endpoint: Endpoint) -> str:
        server = "github.com" if self.release == CLOUD else f"GitHub Enterprise Server {self.release}"
        return f"{server} does not offer {endpoint.method} {endpoint.path} ({operation}): {self._span(endpoint)}."

    @staticmethod
    def _span(endpoint: Endpoint) -> str:
        """Which releases have the operation."""
        if endpoint.last == EVERY_SERVER:
            return "every release of GitHub Enterprise Server does, and github.com does not"
        spans = []
        if endpoint.first != OLDEST:
            spans.append(f"GitHub Enterprise Server {endpoint.first} is the first release that has it")
        if endpoint.last != CLOUD:
            spans.append(f"GitHub Enterprise Server {endpoint.last} was the last release that had it")
        return " and ".join(spans)


def quoted_segment(name: str, value: str) -> str:
    """The value of a path parameter as one segment of a URL.

    :raises OptionError: it is empty or a step to another path (RFC 3986, 5.2.4), also where a proxy has decoded it.
    """
    decoded = value
    for _time in range(len(value)):
        decoded, before = unquote(decoded), decoded
        if decoded == before:
            break
    if not decoded.strip() or {".", ".."} & set(re.split(r"[/\\]", decoded)):
        raise OptionError(f"{name} cannot be empty, '.' or '..', because it becomes a part of a URL's path.")
    return quote(value, safe="")


def distinct(items: Iterable[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """The items in their order, the first one of each id."""
    by_id: Dict[str, Dict[str, Any]] = {}
    for item in items:
        by_id.setdefault(str(item.get("id", f"without one {len(by_id)}")), item)
    return list(by_id.values())


def create_client(
    options: Mapping[str, Any], warn: Callable[[str], None], sources: Optional[Mapping[str, str]] = None
) -> Client:
    """The client that a mapping of options describes, the parameters of a module.

    :param warn: shows a warning. :param sources: as of `find_sources`.
    """
    return Client(Transport(server_from(options), warn=warn), credentials_from(options, warn, sources))
