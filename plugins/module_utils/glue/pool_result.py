# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What module drs_pools hands back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE, FAILED, SKIPPED
from ansible_collections.pve.drs.plugins.module_utils.core.model.settings import Change
from ansible_collections.pve.drs.plugins.module_utils.core.pools.report import guest_report, pools_report, portions_of
from ansible_collections.pve.drs.plugins.module_utils.core.pools.scene import Scene
from ansible_collections.pve.drs.plugins.module_utils.core.pools.text import label, pools_text
from ansible_collections.pve.drs.plugins.module_utils.core.pools.unenforced import unenforced
from ansible_collections.pve.drs.plugins.module_utils.core.pools.weights import wanted_weights
from ansible_collections.pve.drs.plugins.module_utils.glue.result import Result
from ansible_collections.pve.drs.plugins.module_utils.pve.write_settings import Written

Facts = dict[str, Any]
UNCHANGED, CHANGED = "unchanged", "changed"


@dataclass(frozen=True, kw_only=True)
class PoolRun:
    """What is to be done, guests that are left alone for now or could not be read, and why; and how it went."""

    scene: Scene
    todo: tuple[Change, ...]
    held: Mapping[int, str]
    unread: Mapping[int, str]
    written: Mapping[int, Written] = field(default_factory=dict)

    @cached_property
    def writable(self) -> tuple[Change, ...]:
        return tuple(change for change in self.todo if change.vmid not in self.held)

    @cached_property
    def changes_of(self) -> dict[int, tuple[Change, ...]]:
        """By vmid, those that are left alone included."""
        found: dict[int, tuple[Change, ...]] = {}
        for change in self.todo:
            found[change.vmid] = (*found.get(change.vmid, ()), change)
        return found

    @property
    def by_guest(self) -> list[tuple[Guest, Sequence[Change]]]:
        """What is to be written to each, in order of vmid."""
        guests = self.scene.cluster.guest_by_vmid
        return [(guests[vmid], todo) for vmid, todo in sorted(self.changes_of.items()) if vmid not in self.held]

    def with_written(self, written: Mapping[int, Written]) -> PoolRun:
        return replace(self, written=written)

    def is_lost(self, vmid: int, option: str) -> bool:
        """What was written there is not there any more, or the guest is not."""
        is_gone = vmid not in self.scene.cluster.guest_by_vmid
        return is_gone or (vmid in self.scene.found and not self.scene.is_ours(vmid, option))


def pools_result(run: PoolRun, notes: Sequence[str] = ()) -> Result:
    """What was done, or without anything written what would be. A guest that failed fails the task."""
    scene = run.scene
    portions = portions_of(scene)
    guests = [_guest(run, guest, guest_report(scene, portions, guest)) for guest in _shown(run)]
    report: Facts = {
        "cluster": scene.cluster.name,
        "capacity": {f"{name}_{one.unit}": one.amount(one.entitled.figures.capacity) for name, one in portions.items()},
        "pools": pools_report(scene, portions) if scene.tree.pools else [],
        "guests": guests,
        "unenforced": list(unenforced(scene, wanted_weights(scene))),
        "notes": [*scene.tree.notes, *_shortages(scene), *_edits(run)],
    }
    failed = [f"{label(guest)}: {guest['reason']}" for guest in guests if guest["status"] == FAILED]
    return Result(
        values={"changed": any(g["status"] == CHANGED for g in guests), **report, "report": pools_text(report)},
        diff=_diff(guests),
        warnings=(*scene.cluster.warnings, *report["notes"], *notes),
        journal=tuple(_journal(run, guests)),
        failure=f"{len(failed)} of {len(guests)} guests failed: {'; '.join(failed)}" if failed else None,
    )


def _shown(run: PoolRun) -> Iterator[Guest]:
    """Members, and guests that something of ours is in."""
    ours = {change.vmid for change in run.todo} | run.unread.keys()
    return (g for g in run.scene.cluster.guests if g.vmid in run.scene.tree.pool_of or g.vmid in ours)


def _guest(run: PoolRun, guest: Guest, facts: Facts) -> Facts:
    todo = run.changes_of.get(guest.vmid, ())
    status, reason = _status(run, guest, todo)
    is_told = status in (CHANGED, SKIPPED, FAILED)
    told = {change.option: {"before": change.found, "after": change.value} for change in todo if is_told}
    return facts | {"status": status, "reason": reason, "changes": told}


def _status(run: PoolRun, guest: Guest, todo: Sequence[Change]) -> tuple[str, str]:
    """Whether it was changed, or in check mode would be, and what there is to say about it."""
    if guest.vmid in run.unread:
        return FAILED, f"its configuration could not be read: {run.unread[guest.vmid]}"
    if not todo:
        return UNCHANGED, "" if guest.is_active else "it does not run"
    if guest.vmid in run.held:
        return SKIPPED, run.held[guest.vmid]
    done = run.written.get(guest.vmid)
    if done is None:
        return CHANGED, ""
    waits = f"in force after it was off and on again: {', '.join(done.pending)}" if done.pending else ""
    return CHANGED if done.status == DONE else done.status, "; ".join(filter(None, (done.reason, waits)))


def _shortages(scene: Scene) -> Iterator[str]:
    for entitled in (scene.cpu, scene.memory):
        if entitled.is_short:
            yield f"more {entitled.figures.resource} is reserved, and wanted, than the cluster has: everybody gets less than reserved"


def _edits(run: PoolRun) -> Iterator[str]:
    """What others did to options that we wrote to."""
    for (vmid, option), kept in sorted(run.scene.kept.items()):
        if vmid in run.scene.found and not run.scene.is_ours(vmid, option):
            now = run.scene.found[vmid].get(option, "not set")
            yield f"guest {vmid}: somebody else changed {option} from {kept.written} to {now} since, which is what it goes back to"


def _diff(guests: Sequence[Facts]) -> dict[str, str]:
    sides: dict[str, list[str]] = {"before": [], "after": []}
    for guest in guests:
        for option, change in guest["changes"].items():
            for side, lines in sides.items():
                value = "not set" if change[side] is None else change[side]
                lines.append(f"{label(guest)}: {option}: {value}\n" if guest["status"] == CHANGED else "")
    return {side: "".join(lines) for side, lines in sides.items()}


def _journal(run: PoolRun, guests: Sequence[Facts]) -> Iterator[str]:
    """Only what was written."""
    for guest in guests:
        if run.written and guest["status"] == CHANGED:
            changes = ", ".join(f"{option}={change['after']}" for option, change in guest["changes"].items())
            yield f"guest {label(guest)}: {changes}"
