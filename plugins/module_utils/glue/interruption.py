# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""When to start nothing more: a signal, the time limit, or nobody left to read the result."""

from __future__ import annotations

import select
import signal
from types import FrameType

from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)
STDOUT = 1


class ProcessStop(Stop):
    """Requested as well when nobody waits for this process's output any more.

    That is how a task's `timeout` ends: Ansible turns away and sends no signal.
    """

    @property
    def requested(self) -> str | None:
        if super().requested is None and has_no_reader(STDOUT):
            self._note("Ansible no longer waits for the result")
        return super().requested


def stop_of_process(limit_seconds: float | None) -> Stop:
    """From here on a signal is noted instead of ending the process."""
    stop = ProcessStop(time_limit_seconds=limit_seconds)

    def note(number: int, _frame: FrameType | None) -> None:
        stop.request(f"signal {signal.Signals(number).name}")

    for number in SIGNALS:
        signal.signal(number, note)
    return stop


def has_no_reader(descriptor: int) -> bool:
    """True once the other end of a pipe or terminal is closed."""
    watched = select.poll()
    watched.register(descriptor, 0)
    return any(events & (select.POLLERR | select.POLLHUP | select.POLLNVAL) for _unused, events in watched.poll(0))
