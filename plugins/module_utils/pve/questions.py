# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What only nodes and guests are asked that a decision depends on; none is asked twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ansible_collections.pve.drs.plugins.module_utils.core.explain import troubled
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Plan
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import Needs
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.needs import (
    balloons_wanted,
    device_users_of,
    guest_needs_of,
    guests_wanted,
    moves_in_question,
    needs_of,
    status_wanted,
)
from ansible_collections.pve.drs.plugins.module_utils.core.plan import Make, make_plan
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.clock import Clock, SystemClock
from ansible_collections.pve.drs.plugins.module_utils.pve.histories import with_guest_history
from ansible_collections.pve.drs.plugins.module_utils.pve.mappings import with_configs
from ansible_collections.pve.drs.plugins.module_utils.pve.particulars import with_guest_lists, with_node_status
from ansible_collections.pve.drs.plugins.module_utils.pve.permissions import holds
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Row
from ansible_collections.pve.drs.plugins.module_utils.pve.volumes import (
    SEE_VOLUMES,
    with_configured_volumes,
    with_volumes,
)

FIRST_WITH_PRESSURE = 9


def needs_before_deciding(policy: Policy) -> Needs:
    """Without what `Questions` ask for of those nodes that would lose guests. Raises BadPolicy."""
    return replace(needs_of(policy), guest_pressure=False, volumes=False)


@dataclass(slots=True)
class Questions:
    """`make` plans with what is known so far. `asked` holds what was asked about, answered or not: node names by subject, and vmids."""

    api: Api
    policy: Policy
    permissions: Row
    make: Make = make_plan
    asked: set[object] = field(default_factory=set)
    clock: Clock = field(default_factory=SystemClock)

    def informed_plan(self, cluster: Cluster) -> Plan:
        """Plan again until everything is known that the plan depends on."""
        while True:
            plan = replace(self.make(cluster, self.policy, self._deadline()), cluster=cluster)
            known = self._more_known(cluster, plan)
            if known is cluster:
                return plan
            cluster = known

    def _deadline(self) -> Callable[[], bool]:
        """Each plan has its own time."""
        until = self.clock.now() + self.policy.limits.planning_seconds
        return lambda: self.clock.now() >= until

    def _more_known(self, cluster: Cluster, plan: Plan) -> Cluster:
        """The same cluster when nothing was left to ask."""
        needs, losing = needs_of(self.policy), troubled(plan.before) | troubled(plan.after)
        without_past = guests_wanted(cluster, plan)
        if without_past:
            cluster = with_guest_history(self.api, cluster, needs, without_past)
        if (needs | guest_needs_of(self.policy)).guest_pressure and _may_record_pressure(cluster):
            cluster = self._with_pressure(cluster, losing)
        cluster = self._with_balloons(cluster, balloons_wanted(cluster, plan))
        cluster = self._with_status(cluster, status_wanted(cluster, plan))
        cluster = self._with_device_users(cluster, plan)
        return self._with_volumes(cluster, losing) if needs.volumes else cluster

    def _with_pressure(self, cluster: Cluster, losing: set[str]) -> Cluster:
        nodes = self._new(cluster, losing, "pressure", lambda guest: guest.pressure is None)
        return with_guest_lists(self.api, cluster, nodes, with_containers=True) if nodes else cluster

    def _with_balloons(self, cluster: Cluster, full: frozenset[str]) -> Cluster:
        """Lists that came with pressure have told it."""
        listed = {name for name in full if ("pressure", name) in self.asked}
        nodes = self._new(cluster, full - listed, "balloons", _lacks_balloon)
        return with_guest_lists(self.api, cluster, nodes, with_containers=False) if nodes else cluster

    def _with_status(self, cluster: Cluster, nodes: frozenset[str]) -> Cluster:
        new = [name for name in nodes if ("status", name) not in self.asked]
        self.asked |= {("status", name) for name in new}
        return with_node_status(self.api, cluster, new) if new else cluster

    def _with_device_users(self, cluster: Cluster, plan: Plan) -> Cluster:
        users = device_users_of(cluster, moves_in_question(cluster, plan))
        new = {vmid for vmid in users if ("config", vmid) not in self.asked}
        self.asked |= {("config", vmid) for vmid in new}
        return with_configs(self.api, cluster, new) if new else cluster

    def _with_volumes(self, cluster: Cluster, losing: set[str]) -> Cluster:
        """From the lists of storages; guests that PVE leaves out of them by their configurations."""
        nodes = self._new(cluster, losing, "volumes", _lacks_volumes)
        if nodes:
            cluster = with_volumes(self.api, cluster, nodes, self.permissions)
        if holds(self.permissions, SEE_VOLUMES, "/vms"):
            return cluster
        hidden = {guest.vmid for guest in cluster.guests if guest.node in losing and _lacks_volumes(guest)} - self.asked
        self.asked |= hidden
        return with_configured_volumes(self.api, cluster, hidden) if hidden else cluster

    def _new(
        self, cluster: Cluster, losing: set[str] | frozenset[str], subject: str, lacks: Callable[[Guest], bool]
    ) -> list[str]:
        """Nodes that hold a guest without what is asked for, and were not asked about it."""
        measured = {node.name for node in cluster.measured_nodes}
        lacking = {guest.node for guest in cluster.guests if guest.is_active and lacks(guest)}
        found = sorted(node for node in losing & lacking & measured if (subject, node) not in self.asked)
        self.asked |= {(subject, node) for node in found}
        return found


def _may_record_pressure(cluster: Cluster) -> bool:
    major = cluster.version.partition(".")[0]
    return not major.isdigit() or int(major) >= FIRST_WITH_PRESSURE


def _lacks_balloon(guest: Guest) -> bool:
    return guest.type == "qemu" and guest.balloon is None


def _lacks_volumes(guest: Guest) -> bool:
    return guest.local_volumes is None and guest.is_active and not guest.is_template
