# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be said, and done, when no answer of the server arrives. Not in `transport`, which sends and receives."""

from __future__ import annotations

import re
import ssl
from typing import Iterator, Optional

from ansible_collections.hubops.github_apps.plugins.module_utils._github.server import Server

try:
    import requests
except ImportError:  # pragma: no cover - sanity's import test loads this without it
    requests = None  # type: ignore[assignment]  # `Transport` says that it is missing


# By the names of exceptions of requests, the narrower ones first.
SENTENCES = (
    (
        {"SSLError"},
        "No TLS connection can be made with {host}: is api_url an http:// server, REQUESTS_CA_BUNDLE a file without"
        " certificates, or a proxy in the way?",
    ),
    (
        {"ProxyError", "InvalidSchema", "InvalidURL"},
        "The proxy for {host} cannot be used ({proxy}): check HTTPS_PROXY, HTTP_PROXY (user and password too) and NO_PROXY,"
        " or api_url.",
    ),
    (
        {"ConnectTimeout"},
        "{host} cannot be reached at {api_url} within {timeout} s ({tried}): check api_url and the network, or raise timeout.",
    ),
    ({"Timeout"}, "{host} did not answer within {timeout} s ({tried}): raise timeout, or check the network."),
    ({"ConnectionError"}, "{host} cannot be reached at {api_url} ({tried}): check api_url and the network."),
    ({"RequestException"}, "The answer of {host} broke off or cannot be read ({tried}): {kind}."),
    (
        {"Exception"},
        "No request can be made to {api_url} ({kind}): check api_url, HTTPS_PROXY and HTTP_PROXY, and whether the files that"
        " ca_path or REQUESTS_CA_BUNDLE name are there.",
    ),
)


def describe_failure(error: Exception, server: Server, tries: int) -> str:
    """A sentence about an exception of requests, whose own text may hold a URL with a secret in it.

    :param tries: how often the request was sent.
    """
    reason = certificate_problem(error)
    if reason:
        return f"The certificate of {server.host} cannot be verified ({reason}): {certificate_remedy(reason)}"
    problem = system_problem(error)
    tried = f"tried {'once' if tries == 1 else f'{tries} times'}{f': {problem}' if problem else ''}"
    proxy = re.search(r"Tunnel connection failed: (\d{3})", str(error))
    return sentence_for(error).format(
        host=server.host,
        api_url=server.api_url,
        timeout=server.timeout,
        tried=tried,
        proxy=f"it answered {proxy[1]}" if proxy else tried,
        kind=type(error).__name__,
    )


def sentence_for(error: Exception) -> str:
    """The sentence for the first kind of `SENTENCES` that the exception is of."""
    if isinstance(error, requests.exceptions.ConnectionError) and was_sent(error):
        return "{host} closed the connection without an answer ({tried}): is it a proxy, or a server of https:// only?"
    kinds = {kind.__name__ for kind in type(error).__mro__}
    return next(sentence for names, sentence in SENTENCES if kinds & names)


def is_passing(error: Exception) -> bool:
    """Whether a second try may go better: not with a wrong certificate, a bad URL or a proxy that refuses."""
    kinds = requests.exceptions
    if isinstance(error, (kinds.SSLError, kinds.ProxyError)):
        return False
    return isinstance(
        error, (kinds.ConnectionError, kinds.Timeout, kinds.ChunkedEncodingError, kinds.ContentDecodingError)
    )


def was_sent(error: Exception) -> bool:
    """Whether the server may have got the request, and carried it out, although no answer came."""
    kinds = requests.exceptions
    inner = error.args[0] if error.args else None
    if isinstance(error, kinds.ConnectTimeout) or not isinstance(error, kinds.ConnectionError):
        return isinstance(error, (kinds.ReadTimeout, kinds.ChunkedEncodingError, kinds.ContentDecodingError))
    return isinstance(inner, requests.packages.urllib3.exceptions.ProtocolError)  # type: ignore[attr-defined]  # as above


def causes_of(error: Optional[BaseException]) -> Iterator[BaseException]:
    """The exception and those that led to it, of requests, urllib3 and the layers below."""
    for _depth in range(10):
        if error is None:
            break
        yield error
        # original_error: urllib3 before 2.0.
        inner = getattr(error, "reason", None) or getattr(error, "original_error", None) or next(iter(error.args), None)
        error = inner if isinstance(inner, BaseException) else error.__cause__ or error.__context__


def certificate_problem(error: BaseException) -> str:
    """What OpenSSL says of the certificate, if that is the cause; urllib3 before 2.0 compares the names itself."""
    for cause in causes_of(error):
        if isinstance(cause, ssl.SSLCertVerificationError) or type(cause).__name__ == "CertificateError":
            return getattr(cause, "verify_message", "Hostname mismatch")
    return ""


def system_problem(error: BaseException) -> str:
    """What the operating system says, such as `Connection refused` or `Name or service not known`; empty where it does not."""
    for cause in causes_of(error):
        if isinstance(cause, OSError) and cause.strerror and not isinstance(cause, ssl.SSLError):
            return cause.strerror
    return ""


def certificate_remedy(reason: str) -> str:
    if "mismatch" in reason.lower() or "not valid for" in reason.lower():
        return "name the server in api_url as its certificate does."
    if "issuer" in reason or "self" in reason:
        return "set ca_path to the CA that signed it."
    return "the server needs a new one, if the clock of this machine is right."
