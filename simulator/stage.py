# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""A world with all that speaks for it: access, login, API, pace. A reset replaces the whole stage."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .access import Access
from .api import Api
from .login import Login
from .pace import Pace
from .request_log import RequestLog
from .world.world import World


@dataclass(frozen=True)
class Settings:
    """How a simulator runs. Port 0 takes a free one; speed 0 leaves the clock to the control plane.

    `auto_advance`: virtual seconds that pass with each poll of a task when speed is 0.
    `login_delay_seconds`: virtual seconds by which a 401 is delayed; no delay at speed 0.
    """

    port: int = 8006
    control_port: int = 0
    speed: float = 1.0
    auto_advance: float = 0.0
    login_delay_seconds: float = 3.0


@dataclass
class Stage:
    """What answers requests at the moment."""

    world: World
    access: Access
    login: Login
    api: Api
    pace: Pace
    log: RequestLog = field(default_factory=RequestLog)


def make_stage(world: World, settings: Settings) -> Stage:
    """Put a world on stage."""
    access = Access(world.profile, world.access, lambda path: pools_of(world, path))
    login = Login(access, lambda: world.clock.now, world.profile, world.credentials)
    pace = Pace(world.clock, settings.speed, settings.auto_advance)
    return Stage(world, access, login, Api(world, access, login, world.seed), pace)


def pools_of(world: World, path: str) -> Iterable[str]:
    """Name the pools that a permission path such as /vms/100 or /storage/tank belongs to."""
    _unused, _unused, kind_and_name = path.partition("/")
    kind, _unused, name = kind_and_name.partition("/")
    if kind == "vms" and name.isdigit():
        return [pool.name for pool in world.pools.values() if int(name) in pool.vmids]
    if kind == "storage" and name:
        return [pool.name for pool in world.pools.values() if name in pool.storages]
    return []
