# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What comes back from the API: JSON in, and PVE's whole error text instead of its first line."""

from __future__ import annotations

import json
from typing import Protocol

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ApiError
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Json, Row


class Response(Protocol):
    """What we need of an HTTP response."""

    url: str
    content: bytes


class Answers:
    """The serializer that proxmoxer asks; its own one loses `message` and hides bodies that are not JSON."""

    def loads(self, response: Response) -> Json:
        """`data` of a success. Raises ApiError when this is not the API."""
        body = _parsed(response)
        if "data" not in body:
            raise ApiError(f"{response.url} answered, but not as a Proxmox VE API does; check api_host and api_port")
        return body["data"]

    def loads_errors(self, response: Response) -> Row:
        """The body of an error; empty when there is none, as with 401 and 595 (pve-api 1)."""
        return _parsed(response)


def _parsed(response: Response) -> Row:
    try:
        body = json.loads(response.content.decode("utf-8"))
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def error_texts(body: Row, reason: str) -> tuple[str, dict[str, str]]:
    """Message and texts by parameter; before PVE 8.4 only the reason phrase held the message."""
    fields = body.get("errors")
    texts = {str(name): str(text) for name, text in fields.items()} if isinstance(fields, dict) else {}
    return str(body.get("message") or reason).strip(), texts
