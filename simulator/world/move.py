# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""One migration under way: who, from where, to where, and what it holds on both nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .errors import TaskFailed
from .links import Copy
from .process import Body

if TYPE_CHECKING:
    from .drives import Drive
    from .model import Guest
    from .tasks import Task
    from .world import World

KIB = 1024
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


@dataclass(frozen=True)
class MigrateRequest:
    """The parameters of a migrate call; bwlimit in KiB/s, timeout in seconds.

    `root_options` names the parameters given that only root may use.
    """

    target: str
    online: bool = False
    restart: bool = False
    with_local_disks: bool = False
    target_storage: str | None = None
    bwlimit: float | None = None
    timeout: float = 180.0
    force: bool = False
    conntrack: bool = False
    by_ha: bool = False
    root_options: tuple[str, ...] = ()

    def storage_for(self, storage: str) -> str:
        """The storage on the target that takes volumes from this one."""
        return self.storage_map.get(storage) or self.storage_map.get("") or storage

    @property
    def storage_map(self) -> Mapping[str, str]:
        """`a:b,c` as {a: b, "": c}; `1` and nothing mean the same storage on the target."""
        if self.target_storage in (None, "1"):
            return {}
        pairs = (part.split(":", 1) for part in str(self.target_storage).replace(";", ",").split(","))
        return {pair[0] if len(pair) > 1 else "": pair[-1] for pair in pairs}


@dataclass(eq=False)
class Migration:
    """State of one migration; `began` is when its worker started, epoch seconds."""

    guest: Guest
    source: str
    request: MigrateRequest
    task: Task
    copy: Copy | None = None
    # Bytes of memory that have arrived before the present copy.
    arrived: float = 0.0
    memory: float = 0.0
    copies_memory: bool = False
    moved: dict[str, str] = field(default_factory=dict)
    is_counted: bool = False
    problem: str = ""

    @property
    def target(self) -> str:
        return self.request.target

    @property
    def began(self) -> float:
        return self.task.began

    def duration(self, world: World) -> str:
        """Time since the start as logs print it."""
        seconds = int(world.clock.now - self.began)
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"

    def hold(self, world: World) -> None:
        """From now on the target holds memory for the guest and both nodes have work with it."""
        world.statistics.settle(self.source, self.target)
        world.statistics.arriving[self.target][self.guest.vmid] = lambda: self.held(world)
        world.statistics.leaving[self.source] += 1
        self.is_counted = True

    def held(self, world: World) -> float:
        """Bytes of guest memory that the target holds by now."""
        under_way = self.copy.transferred(world.clock.now) if self.copy and self.copies_memory else 0.0
        return min(self.memory, self.arrived + under_way)

    def percent(self, world: World) -> float:
        """Share of the guest's memory that has been sent, above 100 when pages had to be sent again."""
        under_way = self.copy.transferred(world.clock.now) if self.copy else 0.0
        return 100 * (self.arrived + under_way) / self.memory

    def release(self, world: World) -> None:
        """The target holds nothing extra any more."""
        if self.is_counted:
            world.statistics.settle(self.source, self.target)
            del world.statistics.arriving[self.target][self.guest.vmid]
            world.statistics.leaving[self.source] -= 1
            self.is_counted = False

    def note_problem(self, failure: TaskFailed) -> None:
        """Something went wrong after the guest had gone: its end is put off until all is cleaned up."""
        self.problem = str(failure)

    def fail_with_problems(self, world: World) -> None:
        """TaskFailed when something was noted; the guest has moved all the same."""
        if self.problem:
            self.task.say(f"ERROR: {self.problem}")
            self.task.say(f"ERROR: migration finished with problems (duration {self.duration(world)})")
            raise TaskFailed("migration problems")

    def close(self, world: World) -> None:
        """The worker is over, however it ended."""
        self.release(world)
        if self.copy is not None:
            world.links.stop(self.copy)
        world.migrations.pop(self.guest.vmid, None)

    def limit(self, world: World) -> float | None:
        """Bytes per second that this migration may use: the lowest of request and options."""
        wanted = [self.request.bwlimit, _option_limit(world.options.get("bwlimit"))]
        limits = [limit * KIB for limit in wanted if limit]
        return min(limits) if limits else None

    def transfer(self, world: World, size: float) -> Body:
        """Copy bytes to the target; wakes at least once a second so that the caller can log progress."""
        self.copy = world.links.start(self.source, self.target, size, self.limit(world))
        while not self.copy.is_done:
            yield (self.copy, 1.0)

    def local_drives(self, world: World) -> list[Drive]:
        """Drives with volumes on storages that are not shared."""
        return [drive for drive in self.guest.drives() if is_local(world, drive)]


def is_local(world: World, drive: Drive) -> bool:
    """Whether a drive's volume lies on a storage that is not shared."""
    storage = world.storages.get(drive.storage or "")
    return storage is not None and not storage.is_shared


def _option_limit(option: object) -> float | None:
    """The limit for migrations from the datacenter option `bwlimit`, KiB/s."""
    parts = dict(part.split("=", 1) for part in str(option or "").split(",") if "=" in part)
    value = parts.get("migration") or parts.get("default")
    return float(value) if value else None


def size_text(size: float) -> str:
    """Bytes as migration logs print them, e.g. 80.6 MiB."""
    unit = 0
    while size >= KIB and unit < len(_UNITS) - 1:
        size /= KIB
        unit += 1
    return f"{size:.1f} {_UNITS[unit]}"
