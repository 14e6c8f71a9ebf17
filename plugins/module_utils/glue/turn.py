# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The right to act on a cluster: one run at a time, from before it looks until after it has acted."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ClusterLocked, StateUnusable
from ansible_collections.pve.drs.plugins.module_utils.core.model.lock import Lock
from ansible_collections.pve.drs.plugins.module_utils.glue.host_lock import HostLock
from ansible_collections.pve.drs.plugins.module_utils.glue.processes import has_ended, this_owner, this_process
from ansible_collections.pve.drs.plugins.module_utils.pve.clock import Clock
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.locks import (
    release_lock,
    renew_lock,
    take_lock,
)

# A lock outlives the last word of its run by so much; a run that is alive says so that often.
LIFE_SECONDS = 300.0
RENEW_SECONDS = 60.0
POLL_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a run wants to act on, as what, and for how long it waits for another run to end.

    `address` tells clusters of the same name apart.
    """

    cluster: str
    command: str
    address: str = ""
    wait_seconds: float = 0.0
    owner: str = field(default_factory=this_owner)
    process: str = field(default_factory=this_process)


@contextmanager
def turn_of(claim: Claim, state: StateFile | None, clock: Clock, stop: Stop) -> Iterator[Turn]:
    """Ours alone as long as the context lasts. Raises ClusterLocked, StateUnusable, and what `clock` raises."""
    on_host = HostLock(claim.address or claim.cluster)
    deadline = clock.now() + claim.wait_seconds
    while not on_host.take():
        _wait(claim, on_host.holder, clock, deadline)
    try:
        turn = Turn(claim, state, clock, stop)
        while held := turn.take():
            _wait(claim, partial(_standing, held), clock, deadline)
        try:
            yield turn
        finally:
            turn.release()
    finally:
        on_host.release()


def _wait(claim: Claim, holder: Callable[[], str], clock: Clock, deadline: float) -> None:
    """Raises ClusterLocked once it has waited for long enough."""
    left = deadline - clock.now()
    if left <= 0.0:
        waited = f" after {claim.wait_seconds:g} s of waiting" if claim.wait_seconds else ""
        raise ClusterLocked(
            f"another run is at work on cluster {claim.cluster}{waited}: {holder()}; nothing was started here, "
            "let it end, or wait for it with lock_wait"
        )
    clock.sleep(min(left, POLL_SECONDS))


def _standing(lock: Lock) -> str:
    return f"{lock.owner}, since {moment(lock.taken)}, at least until {moment(lock.expires)}"


def moment(time: float) -> str:
    """Seconds since the epoch as people read them."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


class Turn:
    """The lock of a run in the state file, where there is one. `warnings` are what went wrong with it."""

    def __init__(self, claim: Claim, state: StateFile | None, clock: Clock, stop: Stop) -> None:
        self.claim = claim
        self.state = state
        self.warnings: list[str] = []
        self._clock = clock
        self._stop = stop
        self._token = uuid.uuid4().hex
        self._renewed = clock.now()
        self._is_ours = False

    def clock(self, clock: Clock) -> Clock:
        """The same clock, by which whoever sleeps keeps the lock alive."""
        return _KeepingClock(clock, self)

    def take(self) -> Lock | None:
        """The lock of the run that is in the way, or None when ours. Raises StateUnusable."""
        if self.state is None:
            return None
        now = self._clock.epoch()
        owner = f"{self.claim.command} of {self.claim.owner}"
        wanted = Lock(owner=owner, process=self.claim.process, token=self._token, taken=now, expires=now + LIFE_SECONDS)
        is_ours, held = take_lock(self.state, self.claim.cluster, wanted, lambda lock: _is_over(lock, now))
        if not is_ours:
            return held
        if held:
            self.warnings.append(f"took over the lock of a run that ended without releasing it: {_standing(held)}")
        self._is_ours, self._renewed = True, self._clock.now()
        return None

    def renew(self) -> None:
        """When it is time. A run that has lost its lock is asked to stop, one that cannot write goes on."""
        if not self._is_ours or self.state is None or self._clock.now() - self._renewed < RENEW_SECONDS:
            return
        self._renewed = self._clock.now()
        try:
            expires = self._clock.epoch() + LIFE_SECONDS
            self._is_ours = renew_lock(self.state, self.claim.cluster, self._token, expires)
        except StateUnusable as error:
            self.warnings.append(f"the lock of this run could not be renewed: {error}")
            return
        if not self._is_ours:
            self._stop.request("another run that has taken over its lock")

    def release(self) -> None:
        """One that cannot be released runs out by itself."""
        if not self._is_ours or self.state is None:
            return
        try:
            release_lock(self.state, self.claim.cluster, self._token)
        except StateUnusable as error:
            self.warnings.append(f"the lock of this run could not be released, it ends by itself: {error}")


@dataclass(frozen=True, slots=True)
class _KeepingClock:
    """Wakes up now and then to say that the run is alive."""

    inner: Clock
    turn: Turn

    def now(self) -> float:
        return self.inner.now()

    def epoch(self) -> float:
        return self.inner.epoch()

    def sleep(self, seconds: float) -> None:
        until = self.now() + seconds
        self.turn.renew()
        while (left := until - self.now()) > 0.0:
            self.inner.sleep(min(left, RENEW_SECONDS))
            self.turn.renew()


def _is_over(lock: Lock, now: float) -> bool:
    return lock.expires <= now or has_ended(lock.process)
