# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Tell all watchers of an event, and let none of them disturb the run."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ansible_collections.pve.drs.plugins.module_utils.core.errors import DrsError
from ansible_collections.pve.drs.plugins.module_utils.pve.clock import Clock
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import internal_error
from ansible_collections.pve.drs.plugins.module_utils.pve.watcher import Watcher


class Audience:
    """One that raises is told of nothing more; `warnings` say which, and why."""

    def __init__(self, watchers: Iterable[Watcher], clock: Clock) -> None:
        self._watchers = list(watchers)
        self._clock = clock
        self.warnings: list[str] = []

    def tell(self, event: Callable[[Watcher, float], None]) -> None:
        """Calls it with every watcher and the moment, in seconds since the epoch."""
        for watcher in tuple(self._watchers):
            try:
                event(watcher, self._clock.epoch())
            except Exception as error:  # noqa: BLE001 - whatever a watcher does, what runs has to be followed
                self._watchers.remove(watcher)
                self.warnings.append(_dismissal(watcher, error))


def _dismissal(watcher: Watcher, error: Exception) -> str:
    why = str(error) if isinstance(error, DrsError | OSError) else internal_error(error)
    return f"{type(watcher).__name__} was told nothing more of this run: {why}"
