# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scripted responses, without a server."""

from __future__ import annotations

import io
import json
from collections import deque
from http.client import responses

import requests


class Raw(io.BytesIO):
    """A body with the interface of urllib3."""

    def read1(self, size, decode_content):
        assert size
        assert not decode_content
        return super().read1(size)

    def release_conn(self):
        pass


class Script(requests.adapters.BaseAdapter):
    """Return responses in order; each one is (status, body, headers) or an exception."""

    def __init__(self, answers):
        super().__init__()
        self.answers = deque(answers)
        self.sent = []
        self.verify = []
        self.timeouts = []

    def send(self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None):
        self.sent.append(request)
        self.verify.append(verify)
        self.timeouts.append(timeout)
        answer = self.answers.popleft()
        if isinstance(answer, Exception):
            raise answer
        status, body, headers = (*answer, {}, {})[:3]
        response = requests.Response()
        response.status_code, response.reason = status, responses.get(status)
        response.raw = Raw((body if isinstance(body, str) else json.dumps(body)).encode() if body is not None else b"")
        response.headers.update(headers)
        response.request, response.url = request, request.url
        return response

    def close(self):
        pass
