# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Guests in motion: migration with its preconditions, and power (pve-api.md 5.4, 6)."""

from __future__ import annotations

from functools import partial

from simulator.answers import bad_parameters
from simulator.table.formats import split_list
from simulator.table.types import needs
from simulator.world.migration import Where
from simulator.world.move import MigrateRequest
from simulator.world.power_steps import PowerOptions

from .call import Call, Handler, Row
from .guests import guest_of, require_root_for_skiplock

ROOT_ONLY = ("force", "migration_type", "migration_network")
ROOT_ONLY_POWER = ("keepActive", "migratedfrom", "migration_type", "migration_network", "stateuri", "targetstorage",
                   "force-cpu", "with-conntrack-state", "nets-host-mtu", "nocheck")  # fmt: skip
ACTIONS = {
    "qemu": ("start", "stop", "shutdown", "reboot", "suspend", "resume"),
    "lxc": ("start", "stop", "shutdown", "reboot"),
}


def preconditions(kind: str, call: Call) -> Row:
    """Tell what stands against moving a guest."""
    answer: Row = dict(call.world.preconditions(guest_of(call, kind)))
    if "allowed_nodes" in answer:
        answer["allowed_nodes"] = call.shuffled(answer["allowed_nodes"])
    return answer


def migrate(kind: str, call: Call) -> str:
    """Start to move a guest; the answer is the UPID of the task."""
    params = call.params
    _may_take_storages(call, str(call.param("targetstorage", call.param("target-storage", ""))))
    request = MigrateRequest(
        target=params["target"],
        online=bool(call.param("online")),
        restart=bool(call.param("restart")),
        with_local_disks=bool(call.param("with-local-disks")),
        target_storage=call.param("targetstorage", call.param("target-storage")),
        bwlimit=call.param("bwlimit"),
        timeout=call.param("timeout", 180.0),
        force=bool(call.param("force")),
        conntrack=bool(call.param("with-conntrack-state")),
        root_options=tuple(name for name in ROOT_ONLY if name in params),
    )
    return call.world.migrate(Where(params["node"], kind, params["vmid"]), request, call.caller)


def _may_take_storages(call: Call, mapping: str) -> None:
    """Choosing storages on the target needs rights on the guest's disks and on each storage."""
    if mapping in ("", "1"):
        return
    guest = f"/vms/{call.params['vmid']}"
    call.access.require(call.subject, needs(guest, "VM.Config.Disk"), guest)
    for pair in split_list(mapping):
        storage = f"/storage/{pair.rpartition(':')[2]}"
        call.access.require(call.subject, needs(storage, "Datastore.AllocateSpace"), storage)


def _require_root(call: Call) -> None:
    """What belongs to a migration under way, or to the insides of a node, is root's alone."""
    errors = {name: "Only root may use this option." for name in ROOT_ONLY_POWER if call.param(name)}
    if errors and not call.caller.is_root:
        raise bad_parameters(errors)


def power(kind: str, action: str, call: Call) -> str:
    """Start, stop or shut down a guest; the answer is the UPID of the task."""
    require_root_for_skiplock(call)
    _require_root(call)
    options = PowerOptions(
        timeout=call.param("timeout"),
        force_stop=bool(call.param("forceStop")),
        overrules_shutdown=bool(call.param("overrule-shutdown")),
        skips_lock=bool(call.param("skiplock")),
    )
    return call.world.power(guest_of(call, kind), action, call.caller, options)


HANDLERS: dict[str, Handler] = {}
for _kind in ("qemu", "lxc"):
    _base = f"/nodes/{{node}}/{_kind}/{{vmid}}"
    HANDLERS[f"GET {_base}/migrate"] = partial(preconditions, _kind)
    HANDLERS[f"POST {_base}/migrate"] = partial(migrate, _kind)
    HANDLERS |= {f"POST {_base}/status/{action}": partial(power, _kind, action) for action in ACTIONS[_kind]}
