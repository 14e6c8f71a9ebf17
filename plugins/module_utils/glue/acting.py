# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What every command that moves guests does around its plan: lead, lock, recover, record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ClusterLocked
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE
from ansible_collections.pve.drs.plugins.module_utils.glue.execution_options import execution_options
from ansible_collections.pve.drs.plugins.module_utils.glue.interruption import InterruptibleClock, ProcessStop
from ansible_collections.pve.drs.plugins.module_utils.glue.recorder import Author, Recorder
from ansible_collections.pve.drs.plugins.module_utils.glue.recovery import left_in_flight, recover
from ansible_collections.pve.drs.plugins.module_utils.glue.turn import Claim, Turn, turn_of
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.clock import Clock, SystemClock
from ansible_collections.pve.drs.plugins.module_utils.pve.copied import copied_by
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import Forbidden
from ansible_collections.pve.drs.plugins.module_utils.pve.follow import Surroundings
from ansible_collections.pve.drs.plugins.module_utils.pve.membership import (
    ANY,
    answering_node,
    cluster_address,
    cluster_name,
    leader_of,
)
from ansible_collections.pve.drs.plugins.module_utils.pve.options import ExecuteOptions
from ansible_collections.pve.drs.plugins.module_utils.pve.own_migrations import own_migrations
from ansible_collections.pve.drs.plugins.module_utils.pve.permissions import require_audit
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Rows
from ansible_collections.pve.drs.plugins.module_utils.pve.watcher import Watcher
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Undertaking:
    """What is to be done, by whom; the state file and its lock know the cluster by its name, the host by its address."""

    command: str
    cluster: str
    address: str
    state: StateFile | None
    options: ExecuteOptions
    lock_wait_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Acting:
    """A run whose turn it is.

    `looking` is the clock until a plan stands, which a signal ends early, `working` the one of the execution.
    `notices` are about moves that an earlier run has left in flight.
    """

    looking: Clock
    working: Clock
    state: StateFile | None = None
    notices: tuple[str, ...] = ()
    turn: Turn | None = None
    recorder: Recorder | None = None
    complaints: tuple[str, ...] = ()

    @property
    def may_act(self) -> bool:
        return self.turn is not None

    @property
    def watchers(self) -> tuple[Watcher, ...]:
        return (self.recorder,) if self.recorder else ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Complete once the turn is over."""
        of_turn = self.turn.warnings if self.turn else ()
        of_recorder = self.recorder.warnings if self.recorder else ()
        return (*self.complaints, *of_turn, *of_recorder)


def undertaking(command: str, params: Mapping[str, Any], api: Api, state: StateFile | None) -> Undertaking:
    """As the options say, on the cluster that answers. Raises ApiError."""
    status = _status(api)
    return Undertaking(
        command=command,
        cluster=cluster_name(status),
        address=cluster_address(status, api.client.connection.port),
        state=state,
        options=execution_options(params),
        lock_wait_seconds=params["lock_wait"],
    )


def _status(api: Api) -> Rows:
    """Raises PermissionMissing with all that the user lacks, where that is why it cannot be read, and ApiError."""
    try:
        return api.cluster_status()
    except Forbidden:
        require_audit(api.permissions(), api.client.connection.who)
        raise


def follower_notice(api: Api, leader: str) -> str | None:
    """Why this run leaves it to another node, or None. Raises ApiError."""
    if leader == ANY:
        return None
    status = _status(api)
    first, here = leader_of(status), answering_node(status)
    return None if first == here else f"{first} is the leader, not {here}: nothing was decided or done here"


def only_looking(undertaking: Undertaking, stop: ProcessStop) -> Acting:
    """For check mode: takes no lock, records nothing. Raises StateUnusable."""
    state = undertaking.state
    notices = left_in_flight(state, undertaking.cluster) if state else ()
    return Acting(InterruptibleClock(stop), SystemClock(), state, notices)


@contextmanager
def acting(api: Api, undertaking: Undertaking, stop: ProcessStop) -> Iterator[Acting]:
    """Alone on the cluster, with what earlier runs left in flight accounted for.

    Raises ClusterLocked, StateUnusable, ApiError, Interrupted.
    """
    state, looking = undertaking.state, InterruptibleClock(stop)
    claim = Claim(
        cluster=undertaking.cluster,
        address=undertaking.address,
        command=undertaking.command,
        wait_seconds=undertaking.lock_wait_seconds,
    )
    with turn_of(claim, state, looking, stop) as turn:
        working = turn.clock(SystemClock())
        around = Surroundings(api, working, stop, undertaking.options)
        found = recover(state, undertaking.cluster, around) if state else ()
        require_nobody_else(api, undertaking.cluster)
        author = Author(command=claim.command, owner=claim.owner, sent=partial(copied_by, api))
        recorder = Recorder(state, author) if state else None
        troubles = tuple(str(each) for each in found if each.moved.status != DONE)
        yield Acting(turn.clock(looking), working, state, tuple(map(str, found)), turn, recorder, troubles)


def require_nobody_else(api: Api, cluster: str) -> None:
    """Raises ClusterLocked where somebody moves guests under our own name, maybe from another host. Raises ApiError."""
    others = own_migrations(api)
    if others:
        raise ClusterLocked(
            f"another run is at work on cluster {cluster} as {api.client.connection.who}, or was ended before its "
            f"moves: {'; '.join(others)}; nothing was started here, run again when that has ended"
        )
