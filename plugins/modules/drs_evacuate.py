# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Empty nodes for maintenance, and bring their guests home."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: drs_evacuate
short_description: Empties nodes of a Proxmox VE cluster for maintenance and brings their guests home
version_added: 0.1.0
author: the pve.drs authors (@pve-drs)
description:
  - Finds targets for all guests of one or several nodes together, moves them, and verifies where each of them ended. Nodes to be emptied are no targets.
  - All rules and limits hold, as for M(pve.drs.drs_balance). By default nothing is moved at all when one guest cannot be.
  - Templates and guests that do not run leave first, up to 100 at the same time. Running ones follow in waves of O(max_parallel),
    those that take longest first, and containers last in their wave. Guests that have to be together leave in one wave.
  - Where there is no room, guests of other nodes give way, at most two for each guest that leaves.
  - With O(state=returned), guests that left go home again.
notes:
  - To look, the role C(PVEAuditor) on C(/) is sufficient. To move, the privilege C(VM.Migrate) on C(/vms) is needed, and C(VM.PowerMgmt)
    for guests that are shut down or started.
  - Maintenance mode of the HA manager cannot be switched by the API. The playbook C(pve.drs.evacuate) runs the command for it on a node.
  - Nodes that are being emptied are noted in O(state_path). As long as they have not been given back with O(state=returned),
    neither this module nor M(pve.drs.drs_balance) with the same O(state_path) sends guests to them. It does not without a state file,
    unless the node is in maintenance mode.
  - Options that are about balancing, such as O(max_moves), O(automation), O(move_running), O(hold), O(cooldown) and O(alternatives),
    matter with O(return=rebalance) alone.
    What the report says of loads goes by O(policy), O(method) and O(triggers) as well.
  - Run again after an interruption. The plan is made anew from where guests are then, and homes stay as they were.
  - The task fails when a guest should have left and is still there. All return values are there nevertheless.
attributes:
  check_mode:
    support: full
    details:
      - Goes the same way up to the finished plan and sends no writing request. Fails as well when O(on_blocked=fail) would fail.
  diff_mode:
    support: full
    details:
      - Shows the placement of the guests that are moved, before and after.
  idempotent:
    support: full
seealso:
  - module: pve.drs.drs_balance
  - name: Proxmox VE HA maintenance mode
    description: What the HA manager does with its guests.
    link: https://pve.proxmox.com/pve-docs/chapter-ha-manager.html
options:
  nodes:
    description:
      - The nodes that are to be empty, or that are to get their guests back, by the names that they have in the cluster.
      - To be emptied, they must not be left alone because of O(disabled_nodes) or O(enabled_nodes).
    type: list
    elements: str
    required: true
  state:
    description:
      - With V(evacuated), the nodes are emptied.
      - With V(returned), the nodes count as usable again, and O(return) says what comes back to them.
    type: str
    choices: [evacuated, returned]
    default: evacuated
  on_blocked:
    description:
      - What to do when guests cannot be moved.
      - With V(fail), nothing is moved and the task fails.
      - With V(skip), all others are moved.
      - With V(shutdown), running guests that cannot be moved are shut down. They are moved while they are off, where that is possible,
        and stay where they are otherwise. They are started when they go home. Guests that somebody works on, such as a backup, are left alone.
    type: str
    choices: [fail, skip, shutdown]
    default: fail
  on_rule_block:
    description:
      - Whether rules with strength C(should) may keep a guest from being moved. Those about nodes never do.
      - With V(report), rules about guests among each other do, and the guest counts as blocked.
      - With V(relax_should), they are kept where that is possible, and a notice names those that are not.
    type: str
    choices: [report, relax_should]
    default: report
  containers:
    description:
      - What to do with running containers, which Proxmox VE cannot move while they run. O(restart_containers) is not looked at for this.
      - With V(restart), Proxmox VE shuts each down, moves and starts it.
      - With V(skip), they stay and do not count as blocked.
      - With V(shutdown_first), all of them are shut down before anything is moved, and started on their targets at the end.
        On their way home it is the same as V(restart).
    type: str
    choices: [restart, skip, shutdown_first]
    default: restart
  ha_mode:
    description:
      - Who moves guests that the HA manager looks after.
      - With V(explicit), they are moved like all others, before the node is in maintenance mode, so that targets are chosen for all guests together.
        Guests that the HA manager would take back at once are left to it. So are all HA guests of a node that is in maintenance mode already.
      - With V(manager), all of them are left to the HA manager.
      - The HA manager moves what is left to it when the node is in maintenance mode. A run after that waits for it.
    type: str
    choices: [explicit, manager]
    default: explicit
  ha_wait:
    description:
      - For how many seconds to wait until the HA manager has moved its guests off nodes in maintenance mode.
    type: int
    default: 300
  return:
    description:
      - What comes back with O(state=returned).
      - With V(home), the guests that left, as far as they may, and unless somebody else has moved them since.
        Guests that the HA manager has moved it brings back by itself.
      - With V(rebalance), whatever M(pve.drs.drs_balance) with the same options would move.
      - With V(none), nothing.
    type: str
    choices: [home, rebalance, none]
    default: home
  homes:
    description:
      - Where guests belong, as an earlier run returned it in RV(homes). Takes the place of what is in O(state_path).
      - Either of both is required for O(return=home).
    type: list
    elements: dict
  shutdown_timeout:
    description:
      - For how many seconds to wait until a guest is shut down, or is started. A guest that takes longer is not stopped by force.
    type: int
    default: 180
  ready_uptime:
    description:
      - For how many seconds a node must have been up before guests return to it.
    type: int
    default: 120
  ready_wait:
    description:
      - For how many seconds to wait until nodes are online, out of maintenance and up for O(ready_uptime). Check mode does not wait.
    type: int
    default: 300
  max_parallel:
    description:
      - How many running guests are moved at the same time at most. Of guests under HA, no more than the HA manager has workers on a node.
    type: int
    default: 8
  max_parallel_per_node:
    description:
      - How many running guests leave or reach a node at the same time at most.
    type: int
    default: 8
extends_documentation_fragment:
  - pve.drs.api
  - pve.drs.policy
  - pve.drs.measuring
  - pve.drs.deciding
  - pve.drs.rules
  - pve.drs.policy.moving
  - pve.drs.executing
  - pve.drs.guarding
  - pve.drs.attributes
  - pve.drs.attributes.actiongroup_drs
"""

EXAMPLES = r"""
- name: See what emptying a node would take, and what room would be left
  pve.drs.drs_evacuate:
    api_host: [pve1.example.com, pve2.example.com]
    api_token_id: drs@pve!maintenance
    api_token_secret: "{{ drs_token_secret }}"
    nodes: [pve1]
  check_mode: true
  register: preview

- name: Print the report
  ansible.builtin.debug:
    msg: "{{ preview.report.splitlines() }}"

- name: Empty the node; guests that cannot be moved are shut down
  pve.drs.drs_evacuate:
    api_host: [pve1.example.com, pve2.example.com]
    api_token_id: drs@pve!maintenance
    api_token_secret: "{{ drs_token_secret }}"
    nodes: [pve1]
    on_blocked: shutdown
    state_path: /var/lib/pve-drs/state.sqlite
  register: evacuated

- name: Bring its guests home
  pve.drs.drs_evacuate:
    api_host: [pve1.example.com, pve2.example.com]
    api_token_id: drs@pve!maintenance
    api_token_secret: "{{ drs_token_secret }}"
    nodes: [pve1]
    state: returned
    homes: "{{ evacuated.homes }}"
"""

RETURN = r"""
plan:
  description: The moves in their waves (C(steps)) and why. As M(pve.drs.drs_balance) returns it.
  returned: when the cluster could be read and a plan could be made
  type: dict
  sample: {cluster: demo, move_count: 1, estimated_seconds: 14.2, steps: [{moves: [{vmid: 101, source: pve1, target: pve2, mode: live}]}]}
outcome:
  description: What became of the moves, as M(pve.drs.drs_balance) returns it. Null when nothing was moved, or in check mode.
  returned: with RV(plan)
  type: dict
  sample: {counts: {done: 1, failed: 0, skipped: 0, running: 0}, interrupted_by: null}
report:
  description:
    - All of that as plain text, to be read or to be pasted into a change request.
    - Print it as C(report.splitlines(\)), so that Ansible shows lines.
  returned: with RV(plan)
  type: str
  sample: "pve.drs: cluster demo, policy balance, method memory\n..."
nodes:
  description:
    - The O(nodes) as they were seen in the end, or in check mode as they would be.
    - C(is_empty) says that no guest is left, C(is_drained) that those that are left may stay (O(containers=skip), rules of type ignore,
      and guests that were shut down in place).
  returned: with RV(plan)
  type: list
  elements: dict
  sample: [{node: pve1, in_maintenance: false, guests: 0, running: 0, is_empty: true, is_drained: true}]
blocked:
  description:
    - Guests that cannot be moved, or that cannot go home, with the first reason against each node. A target of null stands for every node.
  returned: with RV(plan)
  type: list
  elements: dict
  sample:
    - vmid: 104
      name: web-4
      node: pve1
      kind: blocked
      reasons: [{target: null, constraint: pinned, reason: it is pinned to pve1 (tag drs-pin)}]
left:
  description:
    - Other guests that stay. C(kind) is C(ignored), C(skipped), C(shut_down), C(left_to_ha), or of guests that do not go home C(moved_since),
      or of guests that were shut down and have no room to run at home C(stays_off); a later O(state=returned) starts those.
  returned: with RV(plan)
  type: list
  elements: dict
  sample: []
homes:
  description: Where guests belong that are away from there, or are off, for O(homes) of a later run. In check mode, as it would be.
  returned: with RV(plan)
  type: list
  elements: dict
  sample: [{vmid: 101, node: pve1, target: pve2, was_running: false, time: 1794913200.0}]
headroom:
  description:
    - What the other nodes could take afterwards within their limits of cpu and memory. Null with O(return=rebalance).
    - C(can_lose_one_more) says whether everything that runs on any one of them would fit on the rest, C(worst_loss) what would not.
  returned: with RV(plan)
  type: dict
  sample:
    nodes: [{node: pve2, cpu_cores: 10.5, memory_bytes: 34359738368}]
    cpu_cores: 10.5
    memory_bytes: 34359738368
    can_lose_one_more: false
    worst_loss: null
shut_down:
  description: Guests that are shut down first, by id.
  returned: with RV(plan)
  type: list
  elements: int
  sample: []
started:
  description: Guests that are started at the end, by id.
  returned: with RV(plan)
  type: list
  elements: int
  sample: []
"""

from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.evacuate import evacuate
from ansible_collections.pve.drs.plugins.module_utils.glue.run import run


def main() -> None:
    moving = arguments.moving() | arguments.executing() | arguments.evacuating()
    run(spec=arguments.connection() | arguments.judging() | moving, command=evacuate)


if __name__ == "__main__":
    main()
