# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""When to start nothing more: a signal, the time limit, or nobody left to read the result."""

from __future__ import annotations

import select
import signal
from types import FrameType

from ansible_collections.pve.drs.plugins.module_utils.core.errors import Interrupted
from ansible_collections.pve.drs.plugins.module_utils.pve.clock import SystemClock
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)
STDOUT = 1
# How often a sleeper looks up.
LOOK_SECONDS = 0.25


class ProcessStop(Stop):
    """Requested as well when nobody waits for this process's output any more.

    That is how a task's `timeout` ends: Ansible turns away and sends no signal.
    """

    @property
    def requested(self) -> str | None:
        if super().requested is None and has_no_reader(STDOUT):
            self._note("Ansible no longer waits for the result")
        return super().requested

    @property
    def is_abandoned(self) -> bool:
        """A signal came, or nobody reads what we would say; unlike a time limit that has passed."""
        return self.is_pressing or has_no_reader(STDOUT)


def stop_of_process(limit_seconds: float | None) -> ProcessStop:
    """From here on a signal is noted instead of ending the process."""
    stop = ProcessStop(time_limit_seconds=limit_seconds)

    def note(number: int, _frame: FrameType | None) -> None:
        stop.request(f"signal {signal.Signals(number).name}")

    for number in SIGNALS:
        signal.signal(number, note)
    return stop


class InterruptibleClock(SystemClock):
    """Real time, until a signal came or nobody waits for the result: then nobody sleeps any longer."""

    def __init__(self, stop: ProcessStop) -> None:
        self._stop = stop

    def sleep(self, seconds: float) -> None:
        """Raises Interrupted. A time limit does not wake anybody up: a plan can still be shown."""
        until = self.now() + seconds
        while (left := until - self.now()) > 0.0:
            if self._stop.is_abandoned:
                raise Interrupted(f"the run ended early ({self._stop.requested}): nothing was started")
            super().sleep(min(left, LOOK_SECONDS))


def has_no_reader(descriptor: int) -> bool:
    """True once the other end of a pipe or terminal is closed."""
    watched = select.poll()
    watched.register(descriptor, 0)
    return any(events & (select.POLLERR | select.POLLHUP | select.POLLNVAL) for _unused, events in watched.poll(0))
