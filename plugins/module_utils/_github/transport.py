# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that speaks HTTP: connections, retries, limits, redirects."""

from __future__ import annotations

import re
import time
import zlib
from email.utils import mktime_tz, parsedate_tz
from typing import Any, Callable, Iterator, Mapping, NamedTuple, Optional, Set, Tuple
from urllib.parse import urljoin, urlsplit

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    ConnectionFailedError,
    MissingLibraryError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import cleaned, secrets_in_headers
from ansible_collections.hubops.github_apps.plugins.module_utils._github.connection_failures import (
    describe_failure,
    is_passing,
    was_sent,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._github.pacing import POINTS_A_MINUTE, Pace
from ansible_collections.hubops.github_apps.plugins.module_utils._github.server import Server

try:
    import requests
except ImportError:  # pragma: no cover - sanity's import test loads this without it
    HAS_REQUESTS = False
else:
    HAS_REQUESTS = True

MAX_REDIRECTS = 5
MAX_BACKOFF = 30  # seconds between two tries after a fault
LONG_WAIT = 10  # seconds from which on people are told that something waits
LARGEST_ANSWER = 64 * 1024 * 1024  # bytes, unpacked; a page of a hundred repositories has less than one million
SLOWEST_ANSWER = 10  # times the timeout; an answer that trickles longer than that never ends
CHUNK = 64 * 1024
MOST_LIMITS = 10  # times that a request is asked to wait; a server that goes on with that has no limits but a fault
A_LIFETIME = 100 * 365 * 86400  # seconds; dates further away are none
UNSAFE_ESCAPE = re.compile(rb"\\[bfru]")  # with which JSON can write a character that is not safe to print
MAYBE_DONE = " It may have been carried out all the same: run the task again to see."


class Request(NamedTuple):
    """:param sign_in: makes the headers that sign in, anew for each try. :param secrets: in URL and body.
    :param repeatable: a second, identical request does no harm.
    :param paced: whether the server has the published limits of the cloud.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    sign_in: Callable[[], Mapping[str, str]]
    body: Optional[Mapping[str, Any]]
    query: Optional[Mapping[str, Any]]
    repeatable: bool
    paced: bool
    secrets: Tuple[str, ...] = ()


class Reply(NamedTuple):
    """:param response: of requests, whatever its status. :param repeated: whether a try before this one failed in a way
    that leaves open if the server carried it out. :param wait: seconds that GitHub asks to wait before the next try, None
    where it sets no limit. :param waited: seconds that were waited for limits.
    """

    response: Any
    repeated: bool
    wait: Optional[float]
    waited: float


class Tries(NamedTuple):
    """What a request has been through.

    :param failures: broken connections, and answers that name a fault of the server. :param limits: how often GitHub asked to
    wait. :param waited: seconds in all. :param may_be_done: whether the server may have carried the request out.
    """

    failures: int = 0
    limits: int = 0
    waited: float = 0.0
    may_be_done: bool = False

    def after_failure(self, request: Request, error: Exception, server: Server) -> Tries:
        """With one more failure. ConnectionFailedError where another try is not due."""
        may_be_done = self.may_be_done or (request.method != "GET" and was_sent(error))
        tries = self._replace(failures=self.failures + 1, may_be_done=may_be_done)
        if tries.failures > server.retries or not request.repeatable or not is_passing(error):
            raise ConnectionFailedError(
                describe_failure(error, server, tries.failures) + (MAYBE_DONE if may_be_done else "")
            ) from None
        return tries

    def after_answer(self, request: Request, status: int, wait: Optional[float], server: Server) -> Optional[Tries]:
        """With one more try; None where the answer is to be taken as it is. :param wait: as of `limit_wait`."""
        waited = self.waited + (wait or 0)
        if wait is not None and waited > server.max_wait:
            return None
        if status >= 500 and request.repeatable and self.failures < server.retries:
            return self._replace(failures=self.failures + 1, waited=waited)
        if status < 500 and wait is not None and self.limits < MOST_LIMITS:
            return self._replace(limits=self.limits + 1, waited=waited)
        return None


class Transport:
    """One session with one server, for any number of clients and threads.

    :ivar writes: how many state-changing requests GitHub carried out, for whoever has to say whether anything changed.
    :ivar sent: the secrets that were sent, in every form in which a gateway may show them.
    :ivar correction: seconds that have to be added to `clock` for times that this server accepts.
    :param session: a `requests.Session`; one is made where none is given.
    :param warn: tells people something while the work goes on.
    :param clock: seconds since the epoch. :param timer: seconds that only ever grow. :param sleep: waits seconds.
    """

    def __init__(
        self,
        server: Server,
        session: Optional[Any] = None,
        warn: Callable[[str], None] = lambda message: None,
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not HAS_REQUESTS:
            raise MissingLibraryError("requests")
        self.server = server
        self.clock = clock
        self.timer = timer
        self.sleep = sleep
        self.warn = warn
        self.writes = 0
        self.sent: Set[str] = set()
        self.correction = 0.0
        self.ahead = 0.0
        self._session = session or requests.Session()
        if server.verify is False and server.api_url.startswith("https:"):
            # Instead of what urllib3 says at each request.
            libraries = requests.packages.urllib3  # type: ignore[attr-defined]  # made at run time
            libraries.disable_warnings(libraries.exceptions.InsecureRequestWarning)
            warn(f"The certificate of {server.host} is not verified, because validate_certs is false.")
        self._pace = Pace(timer)

    def exchange(self, request: Request) -> Reply:
        """The answer, after as many tries as are due.

        :raises ConnectionFailedError: there is none.
        """
        tries = Tries()
        while True:
            if request.paced:
                self._wait_for_points(request.method)
            # Besides its own exceptions requests lets through those of the layers below, for odd hosts, proxies and CA bundles.
            try:
                response = self._send(request)
            except (OSError, ValueError, OverflowError, TypeError) as error:
                tries = tries.after_failure(request, error, self.server)
                self.sleep(backoff(tries.failures))
                continue
            wait = limit_wait(response, self.server_time(), tries.limits)
            following = tries.after_answer(request, response.status_code, wait, self.server)
            if following is None:
                return Reply(response, tries.failures > 0, wait if response.status_code < 500 else None, tries.waited)
            tries = following
            if wait is None:
                self.sleep(backoff(tries.failures))
            else:
                self._pause(
                    wait, f"{self.server.host} asks to wait {wait:.0f} s (max_wait is {self.server.max_wait} s)."
                )

    def _wait_for_points(self, method: str) -> None:
        wait = self._pace.spend(method)
        while wait:
            self._pause(
                wait,
                f"Requests are slowed down to the {POINTS_A_MINUTE} points a minute that {self.server.host} lets through.",
            )
            wait = self._pace.spend(method)

    def _pause(self, wait: float, reason: str) -> None:
        if wait >= LONG_WAIT:
            self.warn(reason)
        self.sleep(wait)

    def count_write(self) -> None:
        """Notes that GitHub carried out a state-changing request."""
        self.writes += 1

    def follow_server_clock(self) -> None:
        """From now on, times are those of the server's clock."""
        self.correction = self.ahead

    def signing_time(self) -> float:
        """Seconds since the epoch, as this server accepts them."""
        return self.clock() + self.correction

    def server_time(self) -> float:
        """Seconds since the epoch by the server's clock, as its last answer told it (RFC 9110, Date)."""
        return self.clock() + self.ahead

    def _send(self, request: Request) -> Any:
        """One request, with redirects followed for GET within the same server only.

        The headers that sign in are set by a callable because an Authorization set any other way is replaced by what `~/.netrc`
        holds for the host; `verify` is given per request because one on the session loses to REQUESTS_CA_BUNDLE.
        """
        signed_in = request.sign_in()
        self.sent.update(secrets_in_headers(signed_in), request.secrets)

        def authorize(prepared: Any) -> Any:
            prepared.headers.update(signed_in)
            return prepared

        url, query = request.url, request.query
        for _hop in range(MAX_REDIRECTS + 1):
            response = self._session.request(
                request.method,
                url,
                params=query,
                json=request.body,
                headers={**request.headers, "Accept-Encoding": "gzip"},
                auth=authorize,
                stream=True,
                timeout=self.server.timeout,
                verify=self.server.verify,
                allow_redirects=False,
            )
            self._read(response)
            self.ahead = seconds_ahead(response.headers.get("Date", ""), self.clock())
            target = redirected(url, response) if request.method == "GET" else None
            if target is None:
                break
            url, query = target, None
        return response

    def _read(self, response: Any) -> None:
        """Reads the whole answer, unless it has no end. ConnectionFailedError then."""
        deadline, parts, size = self.timer() + SLOWEST_ANSWER * self.server.timeout, [], 0
        for part in unpacked(response, parts_of(response)):
            parts.append(part)
            size += len(part)
            if size > LARGEST_ANSWER or self.timer() > deadline:
                response.close()
                unknown = "" if response.request.method == "GET" else MAYBE_DONE
                raise ConnectionFailedError(
                    f"The answer of {self.server.host} does not end (stopped after {size} bytes): is api_url the API of a GitHub?"
                    + unknown
                )
        response._content = b"".join(parts)  # which is what requests does where nothing is bounded


def seconds_ahead(date: str, now: float) -> float:
    """How far a Date header is ahead of `now`; 0 where it is no date of our time."""
    parsed = parsedate_tz(date)
    try:
        ahead = mktime_tz(parsed) - now if parsed else 0.0
    except (ValueError, OverflowError):
        return 0.0
    return ahead if abs(ahead) < A_LIFETIME else 0.0


def json_of(response: Any) -> Any:
    """What the body holds, safe to print; ValueError where it is no JSON, or nested beyond all bounds."""
    try:
        answer = response.json()
        return cleaned(answer) if may_be_unsafe(response.content) else answer
    except RecursionError:
        raise ValueError("nested too deep") from None


def may_be_unsafe(body: bytes) -> bool:
    """Whether JSON may hold a character that is not safe to print. Most answers cannot, and need no search of every text in them."""
    # A null byte: it is encoded in UTF-16 or UTF-32. JSON does not allow other control characters but in escapes.
    return not body.isascii() or b"\x7f" in body or b"\0" in body or UNSAFE_ESCAPE.search(body) is not None


def message_of(response: Any) -> str:
    """`message` of GitHub's answer; empty where it is no answer of GitHub's."""
    try:
        answer = json_of(response)
    except ValueError:
        return ""
    return str(answer.get("message") or "") if isinstance(answer, dict) else ""


def redirected(url: str, response: Any) -> Optional[str]:
    """Where the server sends a request that may follow: to another place of the same server."""
    try:
        target = urljoin(url, response.headers.get("Location", ""))
        return target if response.is_redirect and same_origin(url, target) else None
    except ValueError:
        return None


def parts_of(response: Any) -> Iterator[bytes]:
    """The body as it arrives, still packed. Where urllib3 can (2.0 and newer), a part is what one packet brought, so that none
    is waited for."""
    errors = requests.packages.urllib3.exceptions  # type: ignore[attr-defined]  # made at run time
    read1 = getattr(response.raw, "read1", None)
    try:
        if read1 is None:
            yield from response.raw.stream(CHUNK, decode_content=False)
            return
        part = read1(CHUNK, decode_content=False)
        while part:
            yield part
            part = read1(CHUNK, decode_content=False)
        response.raw.release_conn()
    except errors.ReadTimeoutError as error:
        raise requests.exceptions.ReadTimeout(error) from None
    except errors.HTTPError as error:
        raise requests.exceptions.ChunkedEncodingError(error) from None


def unpacked(response: Any, parts: Iterator[bytes]) -> Iterator[bytes]:
    """The body without its compression, never more at a time than `CHUNK`: a few kilobytes may hold gigabytes.

    urllib3 before 2.6 unpacks whatever a part holds at once, so it is not asked to. gzip alone was offered (RFC 9110, 12.5.3).
    """
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        yield from parts
        return
    if encoding not in ("gzip", "x-gzip"):
        raise requests.exceptions.ContentDecodingError("neither plain nor gzip")
    unpacker, is_empty = zlib.decompressobj(zlib.MAX_WBITS | 16), True
    try:
        for part in parts:
            is_empty = False
            while part and not unpacker.eof:
                yield unpacker.decompress(part, CHUNK)
                part = unpacker.unconsumed_tail
        yield from iter(lambda: unpacker.decompress(unpacker.unconsumed_tail, CHUNK), b"")
    except zlib.error as error:
        raise requests.exceptions.ContentDecodingError(error) from None
    if not is_empty and not unpacker.eof:
        raise requests.exceptions.ContentDecodingError("the end is missing")


def same_origin(url: str, target: str) -> bool:
    return urlsplit(url)[:2] == urlsplit(target)[:2]


def backoff(failures: int) -> float:
    """Seconds to pause after so many failures."""
    return float(min(2 ** (failures - 1), MAX_BACKOFF))


def limit_wait(response: Any, now: float, before: int = 0) -> Optional[float]:
    """Seconds that GitHub asks to wait, at least one; None where the answer is no limit.

    :param now: the server's time. :param before: how many limits there were before this one.

    https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#handle-rate-limit-errors-appropriately
    """
    status, headers = response.status_code, response.headers
    if status in (403, 429, 503) and is_number(headers.get("Retry-After", "")):
        return max(1.0, float(headers["Retry-After"]))
    if status not in (403, 429):
        return None
    if headers.get("X-RateLimit-Remaining") == "0" and is_number(headers.get("X-RateLimit-Reset", "")):
        return max(0.0, float(headers["X-RateLimit-Reset"]) - now) + 1
    is_told = re.search("rate limit|abuse detection", message_of(response), re.IGNORECASE)
    return 60.0 * 2**before if status == 429 or is_told else None


def is_number(text: str) -> bool:
    """Whether it is a number of no more digits than a time has."""
    return text.isascii() and text.isdecimal() and len(text) <= 10
