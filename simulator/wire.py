# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Between aiohttp and the API: reads requests, writes answers with their reason phrases."""

from __future__ import annotations

import gzip
import json
from typing import Any
from urllib.parse import parse_qsl, unquote

from aiohttp import web

from .answers import ApiError, bad_parameters
from .api import CONTENT_TYPE, Answer, Request

COMPRESS_ABOVE_BYTES = 1024
FAST_COMPRESSION = 1
WITH_BODY = ("POST", "PUT")
STYLES = ("json", "extjs")
SERVER = "pve-api-daemon/3.0"


async def read_request(raw: web.Request, node: str) -> Request:
    """Read method, path and parameters; raise for what the real daemons refuse to read."""
    style, path = _split(unquote(raw.rel_url.raw_path))
    params = await _body_params(raw)
    params |= _decoded(raw.rel_url.raw_query_string)
    params.pop("_dc", None)
    return Request(raw.method, path, node, params, raw.headers, style)


def _split(path: str) -> tuple[str, str]:
    """Split /api2/json/nodes into the style of the answer and the path of the API."""
    _unused, _unused, rest = path.partition("/api2/")
    style, _unused, inner = rest.partition("/")
    if style not in STYLES:
        raise ApiError(501, f"no such uri '{path}'")
    return style, "/" + inner.strip("/")


async def _body_params(raw: web.Request) -> dict[str, Any]:
    """Read a form or a JSON object."""
    if "Transfer-Encoding" in raw.headers:
        raise ApiError(501, "chunked transfer encoding not supported")
    content = await raw.read()
    if content and raw.method not in WITH_BODY:
        raise ApiError(501, f"Unexpected content for method '{raw.method}'")
    if not content:
        return {}
    if raw.content_type == "application/json":
        return _json_params(content)
    return _decoded(content.decode("utf-8", "replace"))


def _json_params(content: bytes) -> dict[str, Any]:
    try:
        params = json.loads(content)
    except ValueError as error:
        raise ApiError(400, f"unable to parse JSON content: {error}\n") from error
    if not isinstance(params, dict):
        raise bad_parameters({"": "type check ('object') failed"})
    return params


def _decoded(text: str) -> dict[str, Any]:
    """Decode a form; a repeated key gives a list."""
    params: dict[str, Any] = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        if key not in params:
            params[key] = value
        elif isinstance(params[key], list):
            params[key].append(value)
        else:
            params[key] = [params[key], value]
    return params


def response(raw: web.Request, answer: Answer) -> web.Response:
    """Give an answer its HTTP form: reason phrase, gzip on request, connection closed after an error."""
    headers = {"Server": SERVER, "Cache-Control": "max-age=0", "Pragma": "no-cache"}
    body = answer.body
    if answer.is_json:
        headers["Content-Type"] = CONTENT_TYPE
    if len(body) > COMPRESS_ABOVE_BYTES and "gzip" in raw.headers.get("Accept-Encoding", ""):
        body = gzip.compress(body, FAST_COMPRESSION)
        headers["Content-Encoding"] = "gzip"
    result = web.Response(status=answer.status, reason=answer.reason.replace("\r", " "), body=body, headers=headers)
    if answer.status >= web.HTTPBadRequest.status_code:
        result.force_close()
    return result
