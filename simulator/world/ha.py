# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""High availability: resources under HA, what is asked of the manager, and its rounds."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from . import ha_crm, ha_lrm, ha_maintenance
from .errors import TaskFailed, refused
from .ha_arming import DISARMED, Disarm
from .ha_data import HaGroup, HaResource, HaRule, HaSpec, Service
from .ha_migration import generated_rules, migrate_groups
from .ha_rules import RuleSet
from .process import Body
from .tasks import Caller, Task

if TYPE_CHECKING:
    from .model import Guest
    from .world import World

ROUND_SECONDS = 10.0
HAMIGRATE_SECONDS = 1.5
DEFAULT_WORKERS = 4


@dataclass(slots=True)
class Lrm:
    """The local resource manager of one node; timestamp: its last round, epoch seconds."""

    timestamp: float
    mode: str = "active"
    # As told by its last round: a node that is gone keeps what it said.
    state: str = "wait_for_agent_lock"
    last_used: float | None = None
    results: dict[str, dict[str, object]] = field(default_factory=dict)
    workers: dict[str, str] = field(default_factory=dict)


class Ha:
    """Configuration and state of the HA stack; does nothing until it has had a resource."""

    def __init__(self, world: World, spec: HaSpec) -> None:
        self.world = world
        self.resources: dict[str, HaResource] = {resource.sid: resource for resource in spec.resources}
        self.groups: dict[str, HaGroup] = {group.name: group for group in spec.groups}
        self.rules = self.rule_set(spec.rules)
        self.services: dict[str, Service] = {}
        self.master: str | None = None
        self.timestamp = 0.0
        self.node_status: dict[str, str] = {}
        self.maintenance: dict[str, bool] = {}
        self.lrms = {name: Lrm(world.clock.now) for name in world.nodes}
        self.queue: list[tuple[str, str, str]] = []
        self.maintenance_queue: list[tuple[str, bool]] = []
        self.on_worker_end: dict[str, Callable[[Task], None]] = {}
        # Rounds of imbalance in a row, for automatic rebalancing.
        self.unbalanced_rounds = 0
        self.disarm: Disarm | None = None
        # Nodes that are rebooted while their resources wait.
        self.restarting: set[str] = set()
        world.tasks.when_ended(self._task_ended)
        self._begin(spec.maintenance)

    # --- what others ask ---------------------------------------------------------------------------------------

    def is_managed(self, sid: str) -> bool:
        """Whether migrate and power calls of a guest go through HA."""
        resource = self.resources.get(sid)
        return resource is not None and resource.is_managed and not self.is_ignoring

    @property
    def is_ignoring(self) -> bool:
        """Whether a disarmed manager leaves its resources to others."""
        return self.disarm is not None and (self.disarm.mode, self.disarm.state) == ("ignore", DISARMED)

    def hastate(self, sid: str) -> str | None:
        """State of a resource as listings show it; None for guests without HA."""
        resource = self.resources.get(sid)
        if resource is None:
            return None
        service = self.services.get(sid)
        if self.is_ignoring:
            return "ignored"
        return service.state if service and resource.is_managed else resource.state

    def node_hastate(self, name: str) -> str | None:
        """State of a node as listings show it; None while the HA manager has never run."""
        return self.node_status.get(name)

    def online_nodes(self) -> list[str]:
        """Nodes that the manager may use."""
        return [name for name, status in self.node_status.items() if status == "online"]

    def scheduler(self) -> str:
        """basic, static or dynamic, from the option `crs`."""
        crs = self.world.options.get("crs")
        return str(crs.get("ha", "basic")) if isinstance(crs, dict) else "basic"

    @property
    def rebalances_on_start(self) -> bool:
        """Whether resources are placed anew when they start, from the option `crs`."""
        crs = self.world.options.get("crs")
        return isinstance(crs, dict) and str(crs.get("ha-rebalance-on-start", 0)) == "1"

    def workers_limit(self) -> int:
        """How many workers a local manager may run at once."""
        return int(str(self.world.options.get("max_workers") or DEFAULT_WORKERS))

    def comigrated(self, sid: str) -> list[str]:
        """Resources that a positive rule takes along."""
        return sorted(other for other in self.rules.together(sid) if self.is_managed(other))

    def blocking(self, sid: str, node: str) -> list[dict[str, str]]:
        """Resources on a node that a negative rule keeps away from this one."""
        if not self.is_managed(sid):
            return []
        found = [
            other
            for other in sorted(self.rules.apart(sid))
            if other in self.services and node in (self.services[other].node, self.services[other].target)
        ]
        return [{"sid": other, "cause": "resource-affinity"} for other in found]

    def start_hamigrate(self, guest: Guest, target: str, caller: Caller) -> str:
        """What migrate does for a guest under HA: a task that only hands the request over; gives its UPID."""
        how = "migrate"

        def body(task: Task) -> Body:
            task.print(f"Requesting HA migration for {guest.word} {guest.vmid} to node {target}")
            yield from self.world.suffer(task, "prepare")
            yield HAMIGRATE_SECONDS
            self._hand_over(task, guest.sid, how, target)

        return self.world.tasks.start(guest.node, "hamigrate", str(guest.vmid), caller, body).upid

    def request_move(self, sid: str, how: str, target: str) -> dict[str, object] | None:
        """POST .../migrate or .../relocate of a resource: queue it and tell what comes along or blocks."""
        if not self.is_managed(sid):
            raise refused(f"resource '{sid}' is not HA managed")
        blocking = self.blocking(sid, target) if self.world.is_pve9 else []
        if not blocking:
            self.queue.append((how, sid, target))
        if not self.world.is_pve9:
            return None
        answer: dict[str, object] = {"sid": sid, "requested-node": target}
        if blocking:
            return answer | {"blocking-resources": blocking}
        comigrated = self.comigrated(sid)
        return answer | {"comigrated-resources": comigrated} if comigrated else answer

    def request_maintenance(self, node: str, *, on: bool) -> None:
        """Ask for maintenance of a node, or for its end; 500 without quorum."""
        ha_maintenance.request(self, node, on=on)

    def set_requested(self, sid: str, state: str) -> None:
        """Change what the administrator wants of a resource."""
        self.resources[sid].state = state
        self.resources[sid].given["state"] = state

    def add_resource(self, resource: HaResource) -> None:
        """Put a guest under HA; 500 as the API gives it when it is already, or does not exist."""
        if resource.sid in self.resources:
            raise refused(f"create resource failed: resource ID '{resource.sid}' already defined")
        guest = self.world.guests.get(resource.vmid)
        if guest is None:
            raise refused(f"resource '{resource.sid}' does not exist in cluster")
        if guest.sid != resource.sid:
            word = "VM" if resource.kind == "vm" else "container"
            raise refused(f"resource '{resource.sid}' - guest with ID {resource.vmid} is not a {word}")
        self.resources[resource.sid] = resource

    def remove_resource(self, sid: str) -> None:
        """Take a guest out of HA; it stays as it is."""
        if sid not in self.resources:
            raise refused(f"cannot delete service '{sid}', not HA managed!")
        del self.resources[sid]

    @property
    def has_groups(self) -> bool:
        """Whether groups are in force: before PVE 9, and until they have been made into rules."""
        return not self.world.is_pve9 or bool(self.groups)

    def rule_set(self, rules: Iterable[HaRule]) -> RuleSet:
        """What these rules would mean beside the present groups."""
        return RuleSet(tuple(rules), dict(self.groups), len(self.world.nodes))

    def use_rules(self, rules: Iterable[HaRule]) -> None:
        """Take these rules from now on; the next round of the manager obeys them."""
        self.rules = self.rule_set(rules)

    def listed_rules(self) -> RuleSet:
        """Rules as the API tells them: with those that groups not yet migrated amount to."""
        if not self.world.is_pve9 or not self.groups:
            return self.rules
        return self.rule_set((*self.rules.rules, *generated_rules(self)))

    # --- for the rounds ----------------------------------------------------------------------------------------

    def change_state(self, service: Service, state: str, node: str | None = None, target: str | None = None) -> None:
        """Give a service a new state; local managers act once per state, which its uid tells them."""
        service.state = state
        service.node = node or service.node
        service.target = target
        service.uid = self.new_uid()

    def new_uid(self) -> str:
        """A fresh identifier of 22 characters."""
        return base64.b64encode(self.world.rng.randbytes(16)).decode()[:22]

    def result(self, service: Service) -> int | None:
        """Exit code that the local manager reported for the present state, or None."""
        found = self.lrms[service.node].results.get(service.uid)
        return int(str(found["exit_code"])) if found else None

    def _hand_over(self, task: Task, sid: str, how: str, target: str) -> None:
        blocking = self.blocking(sid, target) if self.world.is_pve9 else []
        if blocking:
            task.print(f"cannot migrate resource '{sid}' to node '{target}':")
            task.print("")
            for row in blocking:
                text = f"- resource '{row['sid']}' on target node '{target}' in negative affinity with resource '{sid}'"
                task.print(text)
            raise TaskFailed(f"command 'ha-manager migrate {sid} {target}' failed: exit code 2")
        if sid in self.services and self.services[sid].state == "error":
            task.print(f"service '{sid}' in error state, must be disabled and fixed first")
            raise TaskFailed(f"command 'ha-manager migrate {sid} {target}' failed: exit code 255")
        if sid not in self.resources:
            raise TaskFailed(f"command 'ha-manager migrate {sid} {target}' failed: exit code 255")
        for other in self.comigrated(sid) if self.world.is_pve9 else ():
            task.print(f"also migrate positive affinity resource '{other}' to target node '{target}'")
        self.queue.append((how, sid, target))

    def _begin(self, maintenance: tuple[str, ...]) -> None:
        """Start as a manager that has been running for long: known services are in their state already."""
        world = self.world
        for name in maintenance:
            self.maintenance[name] = True
            self.lrms[name].mode = "maintenance"
        if self.resources:
            ha_crm.adopt(self)
            for name in world.nodes:
                ha_lrm.set_state(self, name)
        migrate_groups(self)
        first = world.clock.now + world.rng.uniform(0.0, ROUND_SECONDS)
        world.clock.every(ROUND_SECONDS, partial(ha_crm.round_of_manager, self), first)
        for name in world.nodes:
            first = world.clock.now + world.rng.uniform(0.0, ROUND_SECONDS)
            world.clock.every(ROUND_SECONDS, partial(ha_lrm.round_of_node, self, name), first)

    def _task_ended(self, task: Task) -> None:
        action = self.on_worker_end.pop(task.upid, None)
        if action is not None:
            action(task)
