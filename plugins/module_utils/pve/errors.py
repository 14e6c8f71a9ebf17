# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Errors of the API, by what a caller can do about them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ApiError, PermissionMissing

NO_FIELDS: Mapping[str, str] = MappingProxyType({})
FORBIDDEN = 403
# AnyEvent's pseudo statuses, which pveproxy passes on when it cannot reach a node (pve-api 1).
UNREACHABLE_STATUSES = range(595, 600)


class AuthenticationFailed(ApiError):
    """The API knows the user, token or password not at all, or not any more."""


class NoHostAnswers(ApiError):
    """No API host could be asked; the request was not carried out."""


class Unanswered(ApiError):
    """A writing request was sent but its answer was lost: it may have been carried out."""


class ApiRefusal(ApiError):
    """PVE answered with an error. `message` is its whole text, `fields` what it says about parameters."""

    def __init__(self, request: str, status: int, message: str, fields: Mapping[str, str] = NO_FIELDS) -> None:
        self.status = status
        self.message = message
        self.fields = fields
        details = [" ".join(message.split())] if message else []
        details += [f"{name}: {' '.join(text.split())}" for name, text in sorted(fields.items())]
        super().__init__(f"{request}: {status} {'; '.join(details)}".rstrip())

    @property
    def says(self) -> str:
        """What PVE says, on one line, parameters included."""
        fields = [f"{name}: {text}" for name, text in sorted(self.fields.items())]
        return " ".join(" ".join([self.message, *fields]).split()) or f"status {self.status}"


class Forbidden(ApiRefusal, PermissionMissing):
    """403: PVE's own text names the privilege and the path."""


class NodeUnreachable(ApiRefusal):
    """The host that was asked cannot reach the node that the path names (status 595 to 599)."""


def refusal(request: str, status: int, message: str, fields: Mapping[str, str] = NO_FIELDS) -> ApiRefusal:
    """The error for an HTTP status of 400 and above, other than 401."""
    if status == FORBIDDEN:
        return Forbidden(request, status, f"{message} - grant it to the user (and to its token)", fields)
    if status in UNREACHABLE_STATUSES:
        return NodeUnreachable(request, status, message or "the node does not answer", fields)
    return ApiRefusal(request, status, message, fields)


def internal_error(error: Exception) -> str:
    """A bug of ours, in words."""
    return f"internal error: {type(error).__name__}: {error}"
