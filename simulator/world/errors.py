# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""How the world says no."""

from __future__ import annotations

from collections.abc import Mapping


class WorldError(Exception):
    """A request that the cluster refuses: HTTP status, text, and for 400 the text per parameter."""

    def __init__(self, status: int, text: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.errors = dict(errors) if errors else None


class TaskFailed(Exception):
    """Ends a task; the text becomes its exit status."""


class Interrupted(TaskFailed):
    """A task was stopped from outside."""


def bad_parameters(errors: Mapping[str, str]) -> WorldError:
    """400 as the API gives it for wrong parameters."""
    return WorldError(400, "Parameter verification failed.", errors)


def refused(text: str) -> WorldError:
    """500 with that text, as for every plain refusal of a handler."""
    return WorldError(500, text)
