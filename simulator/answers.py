# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What a request can end in: errors with the status line and body of the real daemons."""

from __future__ import annotations

VERIFICATION_FAILED = "Parameter verification failed."


class ApiError(Exception):
    """A request that ends with an error status; the reason phrase is the first line of the message."""

    def __init__(self, status: int, message: str, errors: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors


class UnauthenticatedError(ApiError):
    """401 with an empty body, sent after a delay."""

    def __init__(self, message: str) -> None:
        super().__init__(401, message)


class UnreachableError(ApiError):
    """59x pseudo status with an empty body: the node of the path did not answer the contacted one."""

    def __init__(self, message: str, status: int = 595) -> None:
        super().__init__(status, message)


def failure(message: str) -> ApiError:
    """A handler that died: 500 with its text."""
    return ApiError(500, f"{message}\n")


def forbidden(message: str) -> ApiError:
    """403 with its text."""
    return ApiError(403, f"{message}\n")


def bad_parameters(errors: dict[str, str]) -> ApiError:
    """400 with a complaint per parameter."""
    return ApiError(400, f"{VERIFICATION_FAILED}\n", errors)
