# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Describe connection failures, and decide whether to try again."""

from __future__ import annotations

import re
import ssl
from typing import Iterator, Optional

from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import quoted
from ansible_collections.hubops.github_apps.plugins.module_utils._github.server import Server

try:
    import requests
except ImportError:  # pragma: no cover - sanity's import test loads this without it
    requests = None  # type: ignore[assignment]  # `Transport` says that it is missing


# Messages by the names of exceptions of requests, more specific ones first.
SENTENCES = (
    (
        {"SSLError"},
        "The TLS connection to {host} failed. Check that the server in api_url supports https://, that"
        " REQUESTS_CA_BUNDLE contains certificates, and that no proxy intercepts the connection.",
    ),
    (
        {"ProxyError", "InvalidSchema", "InvalidURL"},
        "The proxy for {host} cannot be used ({proxy}). Check HTTPS_PROXY and HTTP_PROXY (including user name and"
        " password), NO_PROXY, and api_url.",
    ),
    (
        {"ConnectTimeout"},
        "{host} could not be reached at {api_url} within {timeout} s ({tried}). Check api_url and the network, or raise"
        " timeout.",
    ),
    ({"Timeout"}, "{host} did not respond within {timeout} s ({tried}). Raise timeout, or check the network."),
    ({"ConnectionError"}, "{host} could not be reached at {api_url} ({tried}). Check api_url and the network."),
    (
        {"RequestException"},
        "The response from {host} is incomplete or unreadable ({tried}): {kind}. Check the network and any proxy.",
    ),
    (
        {"Exception"},
        "The request to {api_url} could not be sent ({kind}). Check api_url, HTTPS_PROXY and HTTP_PROXY, and that the"
        " files in ca_path and REQUESTS_CA_BUNDLE exist.",
    ),
)


def describe_failure(error: Exception, server: Server, tries: int) -> str:
    """A message for an exception of requests, whose own text may contain a URL with a secret.

    :param tries: number of attempts.
    """
    reason = certificate_problem(error)
    if reason:
        return f"The certificate of {server.host} cannot be verified ({reason}). {certificate_remedy(reason, server)}"
    problem = system_problem(error)
    tried = f"tried {'once' if tries == 1 else f'{tries} times'}{f': {problem}' if problem else ''}"
    proxy = re.search(r"Tunnel connection failed: (\d{3})", str(error))
    return sentence_for(error).format(
        host=server.host,
        api_url=server.api_url,
        timeout=server.timeout,
        tried=tried,
        proxy=f"it returned {proxy[1]}" if proxy else tried,
        kind=type(error).__name__,
    )


def sentence_for(error: Exception) -> str:
    """The first message in `SENTENCES` that matches the exception."""
    if isinstance(error, requests.exceptions.ConnectionError) and was_sent(error):
        return (
            "{host} closed the connection without a response ({tried}). Check that api_url is not the URL of a"
            " proxy, and use https:// if the server requires it."
        )
    kinds = {kind.__name__ for kind in type(error).__mro__}
    return next(sentence for names, sentence in SENTENCES if kinds & names)


def is_passing(error: Exception) -> bool:
    """Whether another attempt may succeed. It cannot with an invalid certificate, a wrong URL or a proxy error."""
    kinds = requests.exceptions
    if isinstance(error, (kinds.SSLError, kinds.ProxyError)):
        return False
    return isinstance(
        error, (kinds.ConnectionError, kinds.Timeout, kinds.ChunkedEncodingError, kinds.ContentDecodingError)
    )


def was_sent(error: Exception) -> bool:
    """Whether the server may have received and processed the request although no response arrived."""
    kinds = requests.exceptions
    inner = error.args[0] if error.args else None
    if isinstance(error, kinds.ConnectTimeout) or not isinstance(error, kinds.ConnectionError):
        return isinstance(error, (kinds.ReadTimeout, kinds.ChunkedEncodingError, kinds.ContentDecodingError))
    return isinstance(inner, requests.packages.urllib3.exceptions.ProtocolError)  # type: ignore[attr-defined]  # as above


def causes_of(error: Optional[BaseException]) -> Iterator[BaseException]:
    """The exception and its causes from requests, urllib3 and the layers below."""
    for _depth in range(10):
        if error is None:
            break
        yield error
        # original_error: urllib3 before 2.0.
        inner = getattr(error, "reason", None) or getattr(error, "original_error", None) or next(iter(error.args), None)
        error = inner if isinstance(inner, BaseException) else error.__cause__ or error.__context__


def certificate_problem(error: BaseException) -> str:
    """The certificate error of OpenSSL, or of urllib3 before 2.0, which compares host names itself; empty if none."""
    for cause in causes_of(error):
        if isinstance(cause, ssl.SSLCertVerificationError) or type(cause).__name__ == "CertificateError":
            return getattr(cause, "verify_message", "Hostname mismatch")
    return ""


def system_problem(error: BaseException) -> str:
    """The error reported by the operating system, such as `Connection refused`; empty if there is none."""
    for cause in causes_of(error):
        if isinstance(cause, OSError) and cause.strerror and not isinstance(cause, ssl.SSLError):
            return cause.strerror
    return ""


def certificate_remedy(reason: str, server: Server) -> str:
    if "mismatch" in reason.lower() or "not valid for" in reason.lower():
        return "Set api_url to the host name in the certificate."
    if "issuer" in reason or "self" in reason:
        if isinstance(server.verify, str):
            return (
                f"{server.verify_option} {quoted(server.verify)} does not contain the certificate of the CA that"
                " signed the server's certificate. Set ca_path to a file with the CA certificate."
            )
        return "Set ca_path to a file with the certificate of the CA that signed the server's certificate."
    return "Check the clock of this machine. If it is correct, the server needs a new certificate."
