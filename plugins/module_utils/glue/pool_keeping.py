# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Module drs_pools: from options to what is returned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy, NoQuorum
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import NOTHING_MORE, Needs
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE
from ansible_collections.pve.drs.plugins.module_utils.core.model.pools import Pool
from ansible_collections.pve.drs.plugins.module_utils.core.model.settings import Change, Kept
from ansible_collections.pve.drs.plugins.module_utils.core.pools.changes import changes, restoring, wanted
from ansible_collections.pve.drs.plugins.module_utils.core.pools.promises import broken_promises
from ansible_collections.pve.drs.plugins.module_utils.core.pools.scene import Key, Scene, scene_of
from ansible_collections.pve.drs.plugins.module_utils.core.pools.tree import PoolTree, tree_of
from ansible_collections.pve.drs.plugins.module_utils.core.saved.digest import digest_of
from ansible_collections.pve.drs.plugins.module_utils.glue.acting import follower_notice
from ansible_collections.pve.drs.plugins.module_utils.glue.collecting import state_of
from ansible_collections.pve.drs.plugins.module_utils.glue.connection_options import connection_from
from ansible_collections.pve.drs.plugins.module_utils.glue.interruption import stop_of_process
from ansible_collections.pve.drs.plugins.module_utils.glue.policy_options import Params
from ansible_collections.pve.drs.plugins.module_utils.glue.pool_options import pools_from
from ansible_collections.pve.drs.plugins.module_utils.glue.pool_result import PoolRun, pools_result
from ansible_collections.pve.drs.plugins.module_utils.glue.ranges import require_ranges
from ansible_collections.pve.drs.plugins.module_utils.glue.result import Result
from ansible_collections.pve.drs.plugins.module_utils.glue.turn import Claim, turn_of
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.client import Client
from ansible_collections.pve.drs.plugins.module_utils.pve.clock import SystemClock
from ansible_collections.pve.drs.plugins.module_utils.pve.collect import collect
from ansible_collections.pve.drs.plugins.module_utils.pve.membership import cluster_address, cluster_name
from ansible_collections.pve.drs.plugins.module_utils.pve.permissions import lacking_for_pools, require_pool_writing
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.plugins.module_utils.pve.write_settings import read_settings, write_settings
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.settings import recall_settings, remember_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the options say. `declaration` stands for the pools, `interval_seconds` is the least between two writes."""

    pools: tuple[Pool, ...]
    is_absent: bool
    state: StateFile | None
    declaration: str
    interval_seconds: float
    lock_wait_seconds: float


def wish_from(params: Params, *, check_mode: bool) -> Wish:
    """Raises BadPolicy before anything is asked."""
    require_ranges(params)
    given = params["pools"]
    pools = pools_from(given)
    is_absent = params["state"] == "absent"
    if not pools and not is_absent:
        raise BadPolicy("pools is empty: declare at least one, or put back what earlier runs wrote with state: absent")
    state = state_of(params, check_mode=check_mode)
    if state is None and (is_absent or not check_mode):
        raise BadPolicy("what options of guests held before has to be remembered: name a file for that with state_path")
    return Wish(
        pools=pools,
        is_absent=is_absent,
        state=state,
        declaration=digest_of(given),
        interval_seconds=params["weight_interval"],
        lock_wait_seconds=params["lock_wait"],
    )


def keep_pools(params: Params, *, check_mode: bool) -> Result:
    """Module drs_pools; check mode is the same without writing, and without a lock."""
    wish = wish_from(params, check_mode=check_mode)
    stop = stop_of_process(None)
    with ExitStack() as stack:
        api = Api(stack.enter_context(Client(connection_from(params))))
        if check_mode:
            run = _decided(api, wish)
            lacking = lacking_for_pools(api.permissions(), run.todo, api.client.connection.who)
            return pools_result(run, notes=(*lacking, *api.client.warnings))
        if notice := follower_notice(api, params["leader"]):
            return Result(values={"changed": False, "report": f"{notice}\n"}, journal=(notice,))
        turn = stack.enter_context(turn_of(_claim(api, wish), wish.state, SystemClock(), stop))
        run = _carried_out(api, _decided(api, wish), wish, stop)
        return pools_result(run, notes=(*turn.warnings, *api.client.warnings))


def _claim(api: Api, wish: Wish) -> Claim:
    status = api.cluster_status()
    return Claim(
        cluster=cluster_name(status),
        address=cluster_address(status, api.client.connection.port),
        command="drs_pools",
        wait_seconds=wish.lock_wait_seconds,
    )


def _decided(api: Api, wish: Wish) -> PoolRun:
    """What is to be done, and why. Raises BadPolicy where the declaration and the cluster do not go together."""
    cluster = collect(api, NOTHING_MORE if wish.is_absent else Needs(guest_pressure=True))
    if not cluster.is_quorate:
        raise NoQuorum(
            f"cluster {cluster.name} has no quorum, so it tells little of its guests and none can be written"
        )
    tree = tree_of(() if wish.is_absent else wish.pools, cluster)
    wrong = (*tree.problems, *broken_promises(cluster, tree))
    if wrong:
        raise BadPolicy(f"pools: {'; '.join(wrong)}; nothing was written")
    kept = recall_settings(wish.state, cluster.name) if wish.state else ()
    scene, unread = _scene(api, cluster, tree, kept)
    found = tuple(restoring(scene) if wish.is_absent else changes(scene, wanted(scene)))
    return PoolRun(scene=scene, todo=found, held=_held(scene, found, wish), unread=unread)


def _scene(api: Api, cluster: Cluster, tree: PoolTree, kept: Sequence[Kept]) -> tuple[Scene, dict[int, str]]:
    """With the options of members that run and of guests that we wrote to, and why some could not be read."""
    ours = {entry.vmid for entry in kept}
    asked = [g for g in cluster.guests if g.vmid in ours or (g.is_active and g.vmid in tree.pool_of)]
    found, unread = read_settings(api, asked)
    return scene_of(cluster, tree, found, kept), unread


def _held(scene: Scene, todo: Iterable[Change], wish: Wish) -> dict[int, str]:
    """Guests that are left alone for now, and why; what was declared anew since counts at once, and so does going back."""
    guests, now = scene.cluster.guest_by_vmid, SystemClock().epoch()
    found: dict[int, str] = {}
    for change in todo:
        entry, guest = scene.kept.get((change.vmid, change.option)), guests[change.vmid]
        since = now - entry.time if entry and entry.declaration == wish.declaration else wish.interval_seconds
        if guest.lock:
            found[change.vmid] = f"it is locked ({guest.lock})"
        elif not change.restores and 0.0 <= since < wish.interval_seconds:
            found[change.vmid] = f"it was written {since:.0f} s ago, and weight_interval is {wish.interval_seconds:g} s"
    return found


def _carried_out(api: Api, run: PoolRun, wish: Wish, stop: Stop) -> PoolRun:
    """What was there before is remembered first: a run that is killed leaves nothing that cannot be put back."""
    state, scene = wish.state, run.scene
    if state is None:
        raise BadPolicy("state_path is missing")
    if run.writable:
        require_pool_writing(api.permissions(), run.writable, api.client.connection.who)
    now = SystemClock().epoch()
    new = {_key(change): _kept(scene, change, now, wish.declaration) for change in run.writable if not change.restores}
    remember_settings(state, scene.cluster.name, new.values())
    written = {done.vmid: done for done in write_settings(api, run.by_guest, stop)}
    run = run.with_written(written)
    old, gone = _afterwards(run, new)
    remember_settings(state, scene.cluster.name, old, gone)
    return run


def _key(change: Change) -> Key:
    return change.vmid, change.option


def _kept(scene: Scene, change: Change, now: float, declaration: str) -> Kept:
    """What is there stays known as ours, as nobody knows yet whether it will be replaced."""
    is_ours = scene.is_ours(change.vmid, change.option)
    earlier = change.found if is_ours else None
    return Kept(change.vmid, change.option, change.former, change.value or "", earlier, now, declaration)


def _afterwards(run: PoolRun, new: Mapping[Key, Kept]) -> tuple[list[Kept], list[Key]]:
    """What is to be remembered as it turned out, and what is to be forgotten: put back, never written, or not ours any more."""
    known, gone = list[Kept](), list[Key]()
    for change in run.writable:
        key, done = _key(change), run.written[change.vmid]
        if done.status == DONE and change.restores:
            gone.append(key)
        elif done.status == DONE:
            known.append(replace(new[key], earlier=None))
        elif key in new and not done.is_unsure:
            known += [run.scene.kept[key]] if key in run.scene.kept else []
            gone += [] if key in run.scene.kept else [key]
    touched = {_key(change) for change in run.todo}
    return known, [*gone, *(key for key in run.scene.kept if key not in touched and run.is_lost(*key))]
