# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Replication: copies of a guest's volumes that are kept fresh on other nodes (pve-api.md 10)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .calendar import next_after

if TYPE_CHECKING:
    from .drives import Drive
    from .model import Guest
    from .world import World

ROUND_SECONDS = 60.0
SETUP_SECONDS = 2.0
RETRY_SECONDS = 300.0
DEFAULT_SCHEDULE = "*/15"
TYPES = frozenset({"zfspool"})
MIB = 1024**2


@dataclass(slots=True)
class ReplicationJob:
    """One job. Rate in MB/s, times in epoch seconds (0: never); `given` holds the options that were set by hand."""

    guest: int
    number: int
    target: str
    given: dict[str, object] = field(default_factory=dict)
    last_sync: float = 0.0
    last_try: float = 0.0
    duration: float = 0.0
    fail_count: int = 0
    error: str = ""
    # A run under way: its process and its end.
    pid: int = 0
    ends: float = 0.0
    log: list[str] = field(default_factory=list)
    is_asked: bool = False

    @property
    def id(self) -> str:
        return f"{self.guest}-{self.number}"

    @property
    def schedule(self) -> str:
        return str(self.given.get("schedule") or DEFAULT_SCHEDULE)

    @property
    def is_disabled(self) -> bool:
        return bool(self.given.get("disable"))

    @property
    def is_removed(self) -> bool:
        """Marked for removal; the next round carries it out."""
        return bool(self.given.get("remove_job"))

    @property
    def due(self) -> float:
        """When it is to run again; after failures sooner than planned."""
        if self.is_asked:
            return 0.0
        if self.fail_count:
            return self.last_try + RETRY_SECONDS * self.fail_count
        return next_after(self.schedule, self.last_try) if self.last_try else 0.0


class Replication:
    """All jobs of the cluster, and the rounds in which nodes run them one after the other."""

    def __init__(self, world: World, jobs: Iterable[ReplicationJob]) -> None:
        self._world = world
        self.jobs = {job.id: job for job in jobs}
        for job in self.jobs.values():
            job.last_sync = job.last_try = job.last_sync or world.clock.now
        world.clock.every(ROUND_SECONDS, self._round, world.clock.now + ROUND_SECONDS)

    def of(self, vmid: int) -> list[ReplicationJob]:
        """The jobs of a guest."""
        return [job for job in self.jobs.values() if job.guest == vmid]

    def to(self, vmid: int, node: str) -> ReplicationJob | None:
        """The job that keeps a guest's volumes on a node, or None."""
        return next((job for job in self.of(vmid) if job.target == node), None)

    def is_busy(self, vmid: int) -> bool:
        """Whether a job of the guest is running: nothing else may copy its volumes meanwhile."""
        return any(job.pid for job in self.of(vmid))

    def volumes(self, guest: Guest) -> list[Drive]:
        """The volumes that can be replicated."""
        found = []
        for drive in guest.drives():
            storage = self._world.storages.get(drive.storage or "")
            if storage and storage.type in TYPES and drive.options.get("replicate") != "0" and not drive.is_cdrom:
                found.append(drive)
        return found

    def delta(self, job: ReplicationJob, guest: Guest) -> float:
        """Bytes written since the last run; all of them before the first."""
        total = float(sum(drive.size or 0 for drive in self.volumes(guest)))
        if not job.last_sync:
            return total
        return min(total, guest.disk_rate * (self._world.clock.now - job.last_sync))

    def guest_moved(self, vmid: int, source: str, target: str) -> None:
        """After a migration to its target, a job goes the other way."""
        job = self.to(vmid, target)
        if job is not None:
            job.target = source
            if "source" in job.given:
                job.given["source"] = target

    def _round(self) -> None:
        for node in self._world.nodes.values():
            if node.online and self._world.is_quorate(node.name):
                self._round_of(node.name)

    def _round_of(self, node: str) -> None:
        mine = list(self._on(node))
        for job in mine:
            if job.is_removed and not job.pid:
                del self.jobs[job.id]
        waiting = [job for job in mine if job.id in self.jobs and not job.is_disabled]
        due = [job for job in waiting if job.due <= self._world.clock.now]
        if due and not any(job.pid for job in waiting):
            self._run(min(due, key=lambda job: (job.due, job.id)), node)

    def _on(self, node: str) -> Iterator[ReplicationJob]:
        for job in list(self.jobs.values()):
            guest = self._world.guests.get(job.guest)
            if guest is not None and guest.node == node:
                yield job

    def _run(self, job: ReplicationJob, node: str) -> None:
        guest, now = self._world.guests[job.guest], self._world.clock.now
        if guest.vmid in self._world.migrations:
            return
        job.is_asked = False
        job.last_try = now
        if job.target == node or not self._world.nodes[job.target].online:
            self._fail(job, node)
            return
        rate = float(str(job.given.get("rate") or 0)) * MIB or self._world.nodes[node].link
        job.duration = SETUP_SECONDS + self.delta(job, guest) / min(rate, self._world.nodes[node].link)
        job.pid, job.ends = self._world.rng.randrange(1000, 4_000_000), now + job.duration
        job.log = [f"{job.id}: start replication job", f"{job.id}: guest => {guest.word} {guest.vmid}, running => 1"]
        self._world.clock.call_later(job.duration, lambda: self._finish(job, node))

    def _fail(self, job: ReplicationJob, node: str) -> None:
        job.fail_count += 1
        job.duration = SETUP_SECONDS
        reason = "unable to sync to local node" if job.target == node else "No route to host"
        job.error = f"command 'pvesr prepare-local-job {job.id}' on '{job.target}' failed: {reason}"
        job.log = [f"{job.id}: start replication job", f"{job.id}: end replication job with error: {job.error}"]

    def _finish(self, job: ReplicationJob, node: str) -> None:
        job.pid = 0
        if not self._world.nodes[job.target].online or not self._world.nodes[node].online:
            self._fail(job, node)
            return
        job.last_sync, job.fail_count, job.error = job.last_try, 0, ""
        job.log.append(f"{job.id}: end replication job")
