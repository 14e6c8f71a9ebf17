# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The local resource managers: what each node does for the services that the manager gave it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .ha_data import Service
from .migration import start_by_ha
from .power import run_action
from .tasks import Task

if TYPE_CHECKING:
    from .ha import Ha
    from .model import Guest

FAILED = 1
IDLE_AFTER_SECONDS = 600.0
MOVES = ("migrate", "relocate", "request_start_balance")
STOPS = ("request_stop", "stopped")


def round_of_node(ha: Ha, name: str) -> None:
    """One round of one node; a node without power, link or quorum does nothing."""
    if not ha.world.nodes[name].online or not ha.world.is_quorate(name):
        return
    lrm = ha.lrms[name]
    lrm.timestamp = ha.world.clock.now
    lrm.mode = _mode(ha, name)
    mine = [service for service in ha.services.values() if service.node == name]
    set_state(ha, name)
    lrm.results = {uid: result for uid, result in lrm.results.items() if result["sid"] in ha.services}
    for service in () if ha.is_ignoring else sorted(mine, key=lambda service: service.sid):
        if service.uid not in lrm.results and service.uid not in lrm.workers:
            _act(ha, service)


def _mode(ha: Ha, name: str) -> str:
    if name in ha.restarting:
        return "restart"
    return "maintenance" if ha.maintenance.get(name) else "disarm" if ha.disarm else "active"


def set_state(ha: Ha, name: str) -> None:
    """Active while it has services, and for some time after the last one has left."""
    lrm = ha.lrms[name]
    if any(service.node == name for service in ha.services.values()):
        lrm.last_used = ha.world.clock.now
    is_active = lrm.last_used is not None and ha.world.clock.now - lrm.last_used <= IDLE_AFTER_SECONDS
    lrm.state = "maintenance" if lrm.mode == "maintenance" else "active" if is_active else "wait_for_agent_lock"


def _act(ha: Ha, service: Service) -> None:
    guest = ha.world.guests.get(ha.resources[service.sid].vmid) if service.sid in ha.resources else None
    if guest is None or guest.node != service.node:
        return
    if service.state in MOVES:
        _move(ha, service, guest)
    elif service.state == "started":
        _bring_to(ha, service, guest, running=True)
    elif service.state in STOPS:
        _bring_to(ha, service, guest, running=False)


def _bring_to(ha: Ha, service: Service, guest: Guest, *, running: bool) -> None:
    if guest.is_running == running:
        _report(ha, service.node, service, 0)
        return
    action = "start" if running else "shutdown"
    _work(ha, service, lambda: run_action(ha.world, guest, action))


def _move(ha: Ha, service: Service, guest: Guest) -> None:
    """VMs move live when asked to migrate; all others are shut down first and started at the target."""
    if service.target is None:
        return
    is_live = guest.is_running and guest.type == "qemu" and service.state == "migrate"
    if is_live or not guest.is_running:
        _transfer(ha, service, guest, online=is_live)
        return
    target = service.target

    def then_transfer() -> None:
        if not guest.is_running and service.target == target:
            _transfer(ha, service, guest, online=False)

    _work(ha, service, lambda: run_action(ha.world, guest, "shutdown"), then_transfer)


def _transfer(ha: Ha, service: Service, guest: Guest, *, online: bool) -> None:
    target = str(service.target)
    _work(ha, service, lambda: start_by_ha(ha.world, guest, target, online=online))


def _work(ha: Ha, service: Service, start: Callable[[], Task], then: Callable[[], None] | None = None) -> None:
    """Run a worker when there is room for one; its end is reported unless another step follows."""
    node, uid = service.node, service.uid
    lrm = ha.lrms[node]
    if uid not in lrm.workers and len(lrm.workers) >= ha.workers_limit():
        return
    task = start()
    lrm.workers[uid] = task.upid

    def ended(task: Task) -> None:
        if then is not None:
            then()
        if lrm.workers.get(uid) == task.upid:
            del lrm.workers[uid]
            code = 0 if task.exitstatus == "OK" or str(task.exitstatus).startswith("WARNINGS") else FAILED
            _report(ha, node, service, code, uid)

    if task.is_running:
        ha.on_worker_end[task.upid] = ended
    else:
        ended(task)


def _report(ha: Ha, node: str, service: Service, code: int, uid: str | None = None) -> None:
    state = service.state if uid in (None, service.uid) else "unknown"
    kept = {old: result for old, result in ha.lrms[node].results.items() if result["sid"] != service.sid}
    kept[uid or service.uid] = {"sid": service.sid, "exit_code": code, "state": state}
    ha.lrms[node].results = kept
