# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP requests: connections, retries, rate limits, redirects. No other file sends requests."""

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
from ansible_collections.hubops.github_apps.plugins.module_utils._base.progress import Progress
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import cleaned, secrets_in_headers
from ansible_collections.hubops.github_apps.plugins.module_utils._github.connection_failures import (
    describe_failure,
    is_passing,
    was_sent,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._github.pacing import POINTS_OF_A_WRITE, Budget, Pace
from ansible_collections.hubops.github_apps.plugins.module_utils._github.server import DEFAULT_PORTS, Server

try:
    import requests
except ImportError:  # pragma: no cover - sanity's import test loads this without it
    HAS_REQUESTS = False
else:
    HAS_REQUESTS = True

MAX_REDIRECTS = 5
MAX_BACKOFF = 30  # seconds between two tries after a fault
LONG_WAIT = 10  # seconds; longer waits are announced by a warning
LARGEST_ANSWER = 64 * 1024 * 1024  # bytes, uncompressed; a page of 100 repositories has less than one million
SLOWEST_ANSWER = 10  # times the timeout; a response that takes longer is abandoned
CHUNK = 64 * 1024
MOST_LIMITS = 10  # waits per request; a server that asks for more has a fault, not a rate limit
A_LIFETIME = 100 * 365 * 86400  # seconds; dates further away are invalid
UNSAFE_ESCAPE = re.compile(rb"\\[bfru]")  # JSON escapes that can produce a character that is not safe to print


class Request(NamedTuple):
    """:param sign_in: creates the authentication headers, once for each attempt. :param secrets: secrets in URL and
    body.
    :param repeatable: whether the request can be repeated safely.
    :param doubt: what a message adds if the request may have succeeded.
    :param budget: the points that the request counts against; None without a limit.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    sign_in: Callable[[], Mapping[str, str]]
    body: Optional[Mapping[str, Any]]
    query: Optional[Mapping[str, Any]]
    repeatable: bool
    doubt: str = ""
    budget: Optional[Budget] = None
    secrets: Tuple[str, ...] = ()


class RateLimit(NamedTuple):
    """:param remaining: number of requests. :param reset: seconds since the epoch, by the server's clock."""

    remaining: int
    reset: float


class Reply(NamedTuple):
    """:param response: response of requests, with any status. :param repeated: whether an earlier attempt failed after
    the server may have processed it. :param wait: seconds to wait before the next attempt according to GitHub; None
    without a rate limit. :param waited: seconds spent waiting for rate limits.
    """

    response: Any
    repeated: bool
    wait: Optional[float]
    waited: float


class Tries(NamedTuple):
    """The attempts of a request.

    :param failures: number of connection failures and server errors. :param limits: number of waits that GitHub
    required.
    :param waited: total seconds waited. :param may_be_done: whether the server may have processed the request.
    """

    failures: int = 0
    limits: int = 0
    waited: float = 0.0
    may_be_done: bool = False

    def after_failure(self, request: Request, error: Exception, server: Server) -> Tries:
        """The attempts including a failed one. ConnectionFailedError if no further attempt is allowed."""
        may_be_done = self.may_be_done or (request.method != "GET" and was_sent(error))
        tries = self._replace(failures=self.failures + 1, may_be_done=may_be_done)
        if tries.failures > server.retries or not request.repeatable or not is_passing(error):
            raise ConnectionFailedError(
                describe_failure(error, server, tries.failures) + (request.doubt if may_be_done else "")
            ) from None
        return tries

    def after_answer(self, request: Request, status: int, wait: Optional[float], server: Server) -> Optional[Tries]:
        """The attempts including this one; None if the response is final. :param wait: result of `limit_wait`."""
        waited = self.waited + (wait or 0)
        if wait is not None and waited > server.max_wait:
            return None
        if status >= 500 and request.repeatable and self.failures < server.retries:
            may_be_done = self.may_be_done or request.method != "GET"
            return self._replace(failures=self.failures + 1, waited=waited, may_be_done=may_be_done)
        if status < 500 and wait is not None and self.limits < MOST_LIMITS:
            return self._replace(limits=self.limits + 1, waited=waited)
        return None


class Transport:
    """A session with a server, shared by any number of clients and threads.

    :ivar writes: number of successful state-changing requests, which decides whether a failed task changed something.
    :ivar sent: the secrets that were sent, in every form in which a gateway may return them.
    :ivar latency: seconds that the fastest response took.
    :ivar correction: seconds to add to `clock` so that this server accepts timestamps.
    :param session: a `requests.Session`; created by default.
    :param warn: shows a warning.
    :param clock: returns seconds since the epoch. :param timer: a monotonic clock in seconds. :param sleep: waits for
    seconds.
    :param progress: shows how far a long task is.
    """

    def __init__(
        self,
        server: Server,
        session: Optional[Any] = None,
        warn: Callable[[str], None] = lambda message: None,
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        progress: Optional[Progress] = None,
    ) -> None:
        if not HAS_REQUESTS:
            raise MissingLibraryError("requests")
        self.server = server
        self.clock = clock
        self.timer = timer
        self.sleep = sleep
        self.warn = warn
        self.progress = progress or Progress()
        self.writes = 0
        self.sent: Set[str] = set()
        self.correction = 0.0
        self.ahead = 0.0
        self.latency = 0.0
        self._session = session or requests.Session()
        if server.verify is False and server.api_url.startswith("https:"):
            # One warning instead of the one that urllib3 shows for each request.
            libraries = requests.packages.urllib3  # type: ignore[attr-defined]  # made at run time
            libraries.disable_warnings(libraries.exceptions.InsecureRequestWarning)
            warn(f"The certificate of {server.host} is not verified, because validate_certs is false.")
        self._pace = Pace(timer)
        self._is_slowed_down = False

    def exchange(self, request: Request) -> Reply:
        """Send a request, with retries, and return the final response.

        :raises ConnectionFailedError: no usable response arrived.
        """
        tries = Tries()
        while True:
            if request.budget:
                self._wait_for_points(request.budget, request.method)
            # For unusual hosts, proxies and CA bundles, requests also raises exceptions of the layers below.
            try:
                response = self._send(request)
            except (OSError, ValueError, OverflowError, TypeError) as error:
                tries = tries.after_failure(request, error, self.server)
                self.sleep(backoff(tries.failures))
                continue
            wait = limit_wait(response, self.server_time(), tries.limits)
            following = tries.after_answer(request, response.status_code, wait, self.server)
            if following is None:
                return Reply(response, tries.may_be_done, wait if response.status_code < 500 else None, tries.waited)
            tries = following
            if wait is None:
                self.sleep(backoff(tries.failures))
            else:
                self._pause(
                    wait,
                    f"The rate limit of {self.server.host} requires a wait of {wait:.0f} s (max_wait is"
                    f" {self.server.max_wait} s).",
                )

    def _wait_for_points(self, budget: Budget, method: str) -> None:
        wait = self._pace.spend(budget, method)
        while wait:
            if not self._is_slowed_down:
                self._is_slowed_down = True
                self.warn(
                    f"Requests are slowed down to {budget.points_per_minute} points per minute for {budget.operation} on"
                    f" {self.server.host}. A read request costs one point, and a write request {POINTS_OF_A_WRITE}."
                )
            self.sleep(wait)
            wait = self._pace.spend(budget, method)

    def _pause(self, wait: float, reason: str) -> None:
        if wait >= LONG_WAIT:
            self.warn(reason)
        self.sleep(wait)

    def count_write(self) -> None:
        """Count a successful state-changing request."""
        self.writes += 1

    def follow_server_clock(self) -> None:
        """Use the server's clock for timestamps from now on."""
        self.correction = self.ahead

    def signing_time(self) -> float:
        """Seconds since the epoch for the timestamps of a JWT."""
        return self.clock() + self.correction

    def server_time(self) -> float:
        """Seconds since the epoch by the server's clock, according to its last response (RFC 9110, Date)."""
        return self.clock() + self.ahead

    def _send(self, request: Request) -> Any:
        """Send a request once. Redirects are followed only for GET and within the same server.

        A callable sets the authentication headers because an entry for the host in `~/.netrc` would replace any other
        Authorization header. `verify` is set per request because REQUESTS_CA_BUNDLE takes precedence over the session's
        value.
        """
        signed_in = request.sign_in()
        self.sent.update(secrets_in_headers(signed_in), request.secrets)

        def authorize(prepared: Any) -> Any:
            prepared.headers.update(signed_in)
            return prepared

        url, query, began = request.url, request.query, self.timer()
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
            self._read(response, request.doubt)
            self.ahead = seconds_ahead(response.headers.get("Date", ""), self.clock())
            target = redirected(url, response) if request.method == "GET" else None
            if target is None:
                break
            url, query = target, None
        took = self.timer() - began
        self.latency = min(self.latency, took) if self.latency else took
        return response

    def _read(self, response: Any, doubt: str) -> None:
        """Read the whole response. ConnectionFailedError if it is too large or takes too long."""
        deadline, parts, size = self.timer() + SLOWEST_ANSWER * self.server.timeout, [], 0
        for part in unpacked(response, parts_of(response)):
            parts.append(part)
            size += len(part)
            if size > LARGEST_ANSWER or self.timer() > deadline:
                response.close()
                raise ConnectionFailedError(
                    f"The response from {self.server.host} is too large or takes too long (stopped after {size} bytes)."
                    f" Check that api_url is the API of a GitHub server.{doubt}"
                )
        response._content = b"".join(parts)  # as requests does when it reads a response without limits


def seconds_ahead(date: str, now: float) -> float:
    """Seconds by which a Date header is ahead of `now`; 0 if it is not a plausible date."""
    parsed = parsedate_tz(date)
    try:
        ahead = mktime_tz(parsed) - now if parsed else 0.0
    except (ValueError, OverflowError):
        return 0.0
    return ahead if abs(ahead) < A_LIFETIME else 0.0


def json_of(response: Any) -> Any:
    """The decoded body, safe to print; ValueError if it is not JSON, or nested too deeply."""
    try:
        answer = response.json()
        return cleaned(answer) if may_be_unsafe(response.content) else answer
    except RecursionError:
        raise ValueError("nested too deeply") from None


def may_be_unsafe(body: bytes) -> bool:
    """Whether JSON may contain a character that is not safe to print. Otherwise, its texts need not be searched."""
    # A null byte means UTF-16 or UTF-32. JSON allows other control characters only as escapes.
    return not body.isascii() or b"\x7f" in body or b"\0" in body or UNSAFE_ESCAPE.search(body) is not None


def message_of(response: Any) -> str:
    """`message` of GitHub's response; empty if the response does not come from GitHub."""
    try:
        answer = json_of(response)
    except ValueError:
        return ""
    return str(answer.get("message") or "") if isinstance(answer, dict) else ""


def redirected(url: str, response: Any) -> Optional[str]:
    """The target of a redirect within the same server; None for any other response."""
    try:
        target = urljoin(url, response.headers.get("Location", ""))
        return target if response.is_redirect and same_origin(url, target) else None
    except ValueError:
        return None


def parts_of(response: Any) -> Iterator[bytes]:
    """The compressed body as it arrives. With urllib3 2.0 and newer, parts are returned without waiting for more."""
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
    """The decompressed body in parts of at most `CHUNK` bytes, because a few kilobytes may expand to gigabytes.

    urllib3 is not used for this because before 2.6 it decompresses a whole part at once. Requests only offer gzip
    (RFC 9110, 12.5.3).
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
    """Whether two URLs have the same scheme, host and port. ValueError if one of them is not a URL."""
    return origin(url) == origin(target)


def origin(url: str) -> Tuple[str, Optional[str], Optional[int]]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS.get(parts.scheme)


def backoff(failures: int) -> float:
    """Seconds to wait after this number of failures."""
    return float(min(2 ** (failures - 1), MAX_BACKOFF))


def limit_wait(response: Any, now: float, before: int = 0) -> Optional[float]:
    """Seconds to wait according to GitHub, at least one; None if no rate limit was exceeded.

    :param now: the server's time. :param before: number of earlier waits of the same request.

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


def rate_limit_of(response: Any) -> Optional[RateLimit]:
    """The rate limit in the headers of a response; None if there is none.

    https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#checking-the-status-of-your-rate-limit
    """
    texts = [response.headers.get(f"X-RateLimit-{name}", "") for name in ("Remaining", "Reset")]
    return RateLimit(int(texts[0]), float(texts[1])) if all(map(is_number, texts)) else None


def is_number(text: str) -> bool:
    """Whether the text is a number with at most as many digits as a timestamp."""
    return text.isascii() and text.isdecimal() and len(text) <= 10
