# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Find nodes for guests before they start, move them there and start them."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: drs_place
short_description: Finds nodes for guests of a Proxmox VE cluster before they start, moves them there and starts them
version_added: 0.3.0
author: the pve.drs authors (@pve-drs)
description:
  - Finds the best node for one or many guests that do not run, or that are still to be created, before they start. All of them are placed together.
  - All rules and limits hold, as for M(pve.drs.drs_balance). A node must have room for all memory that a guest is configured with,
    whatever it is expected to use.
  - Guests that cannot have what O(pools) promises them, as their pool or the cluster has no more left of it, are not admitted and get no node.
  - What a guest will use is expected to be the 95th percentile of its last run within a week. Without one it is the mean of running guests of the same size
    in its pool, or with a tag of its own, else half of its vCPUs and its memory, of containers half of it.
  - Nodes are ranked by O(policy). V(balance) and others take the node that leaves the loads most even by O(method), V(score) the one that serves
    all guests best, V(crs) and V(crs_plus) the one that Proxmox VE's own scheduler would take. Equal nodes are ranked by load,
    and a guest that need not move stays.
  - What guests that were started a moment ago will use counts until it shows, so that guests that start one after the other spread.
    From run to run that takes O(state_path).
  - With O(state=proposed), which is the default, nothing is done.
notes:
  - To look, the role C(PVEAuditor) on C(/) is sufficient. To move guests, the privilege C(VM.Migrate) on C(/vms) is needed, and to start them C(VM.PowerMgmt).
    A guest for which the user lacks C(VM.Migrate) can only be started where it is.
  - A guest that runs is left alone, wherever it is. M(pve.drs.drs_balance) moves it when it is on a wrong node.
  - Guests are moved while they do not run. That takes seconds where all of their disks are on shared storage. Others are only moved with O(with_local_disks).
  - With C(ha-rebalance-on-start) of C(crs) in the options of the datacenter, the HA manager itself finds nodes for its guests.
    These are started where they are and left to it, unless O(override).
  - Options that say when to act, such as O(triggers), O(hold) and O(cooldown), and O(restart_containers) have no bearing
    on where a guest starts.
  - What is free on storages is looked at for each guest that is to be created by itself, not for all of them together.
  - The task fails when a guest has no node, or did not come to it or start. All return values are there nevertheless. With O(state=proposed) a guest without
    a node only fails the task where O(atomic) is set.
attributes:
  check_mode:
    support: full
    details:
      - Goes the same way up to the finished plan and sends no writing request.
  diff_mode:
    support: full
    details:
      - Shows where each guest is and whether it runs, before and after.
  idempotent:
    support: full
seealso:
  - module: pve.drs.drs_balance
  - name: Module community.proxmox.proxmox_kvm
    description: Creates virtual machines on the nodes that this module proposes.
    link: https://docs.ansible.com/ansible/latest/collections/community/proxmox/proxmox_kvm_module.html
  - name: Cluster resource scheduling of Proxmox VE
    description: What the HA manager does when its guests start.
    link: https://pve.proxmox.com/pve-docs/chapter-ha-manager.html
options:
  guests:
    description:
      - "Guests that exist. A list of ids, or a dictionary of C(vmid), C(name), C(tag), C(pool), C(type) and C(pattern), as rules take it,
        for example C({tag: nightly}). Each that matches one of them is meant."
      - Either this or O(new) is required.
    type: raw
  new:
    description:
      - Guests that do not exist yet. Nodes can be proposed for them; this module does not create them.
      - Ask for all that are to be created in one task, as nodes are chosen for them together.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description:
          - What to call it.
        type: str
        required: true
      vmid:
        description:
          - Its id. By default the lowest that is free, as far as the user sees guests.
        type: int
      type:
        description:
          - V(qemu) is a virtual machine, V(lxc) a container.
        type: str
        choices: [qemu, lxc]
        default: qemu
      cores:
        description:
          - How many vCPUs it has, in all of its sockets.
        type: int
        default: 1
      memory:
        description:
          - Its memory, in MiB.
        type: int
        default: 512
      balloon:
        description:
          - What ballooning leaves it with at least, in MiB. It matters with O(memory_room=balloon) alone.
        type: int
      disk:
        description:
          - How much its disks take on O(new[].storage), in GiB.
        type: float
        default: 0
      storage:
        description:
          - The storage of its disks. Only nodes that have it, with as much space free, may take the guest.
        type: str
      tags:
        description:
          - Its tags. Rules may select it by them.
        type: list
        elements: str
        default: []
      pool:
        description:
          - Its pool of Proxmox VE. Rules may select it by that.
        type: str
  state:
    description:
      - With V(proposed), nodes are found and nothing else is done.
      - With V(placed), guests are also moved to their nodes, and do not run afterwards either.
      - With V(started), they are moved and started, and it is waited until they run.
    type: str
    choices: [proposed, placed, started]
    default: proposed
  atomic:
    description:
      - Whether to do nothing at all when one guest has no node. Otherwise the others are placed.
    type: bool
    default: false
  memory_room:
    description:
      - How much room a guest needs on its node.
      - With V(configured), all memory that it is configured with.
      - With V(balloon), of virtual machines with ballooning what that leaves them with at least.
    type: str
    choices: [configured, balloon]
    default: configured
  override:
    description:
      - Whether guests under HA are placed as well when the HA manager itself finds nodes for them as they start (C(ha-rebalance-on-start)).
      - It still may take them elsewhere then. The result says where each of them is.
    type: bool
    default: false
  automation:
    description:
      - What is done without asking. With V(full) and V(partial) guests are placed and started, with V(manual) nodes are only recommended.
      - Rules of type C(automation) and tags say otherwise for single guests. Guests that must be on one node go by the most restrictive of them.
    type: str
    choices: [manual, partial, full]
    default: full
  wave:
    description:
      - How many guests are moved and started before the cluster is looked at again, and nodes are chosen anew for the rest of them.
    type: int
    default: 10
  start_timeout:
    description:
      - For how many seconds to wait until a guest runs. Guests under HA get 40 seconds more, which the HA manager may take until it acts.
    type: int
    default: 120
  max_parallel:
    description:
      - How many guests are moved at the same time at most.
    type: int
    default: 10
  bandwidth_limit:
    description:
      - What moving a single guest may send, in MiB/s. V(0) sets no limit of our own. It matters for guests with local disks, with O(with_local_disks).
    type: float
    default: 0
  planning_seconds:
    description:
      - For how many seconds to look for nodes. Guests that have one by then keep it, and a notice says so.
    type: float
    default: 30
  timeout:
    description:
      - After this many seconds nothing new is started. What is under way is followed to its end, then the task fails with an account of all guests.
      - A signal, for example from Ctrl-C, has the same effect.
    type: int
  wait_foreign:
    description:
      - For how many seconds to wait when somebody else's migration is in the way of a guest that has to be moved. After that it is not moved, with the reason.
    type: int
    default: 120
  migration_timeout:
    description:
      - After how many seconds to cancel moving a guest. It stays where it is, and is not started.
    type: int
  lock_wait:
    description:
      - For how many seconds to wait for another run on the same cluster to end. By default the run is refused at once, and says who is at work.
      - Only one run at a time acts on a cluster, as for M(pve.drs.drs_balance). Proposals and check mode need no lock.
    type: int
    default: 0
extends_documentation_fragment:
  - pve.drs.api
  - pve.drs.policy
  - pve.drs.measuring
  - pve.drs.deciding
  - pve.drs.rules
  - pve.drs.guarding
  - pve.drs.attributes
  - pve.drs.attributes.actiongroup_drs
"""

EXAMPLES = r"""
- name: See where the guests of a pool would start
  pve.drs.drs_place:
    api_host: [pve1.example.com, pve2.example.com]
    api_token_id: drs@pve!place
    api_token_secret: "{{ drs_token_secret }}"
    guests: {pool: nightly}
  register: proposal

- name: Print the report
  ansible.builtin.debug:
    msg: "{{ proposal.report.splitlines() }}"

- name: Bring them to these nodes and start them
  pve.drs.drs_place:
    api_host: [pve1.example.com, pve2.example.com]
    api_token_id: drs@pve!place
    api_token_secret: "{{ drs_token_secret }}"
    guests: {pool: nightly}
    state: started
    state_path: /var/lib/pve-drs/state.sqlite

- name: Find nodes for two web servers that are to be created, apart from each other
  pve.drs.drs_place:
    api_host: [pve1.example.com, pve2.example.com]
    api_token_id: drs@pve!place
    api_token_secret: "{{ drs_token_secret }}"
    new:
      - {name: web1, cores: 4, memory: 8192, disk: 32, storage: ceph, tags: [web]}
      - {name: web2, cores: 4, memory: 8192, disk: 32, storage: ceph, tags: [web]}
    rules:
      - {name: web-apart, type: separate, guests: {tag: web}}
    atomic: true
  register: place

- name: Create them there
  community.proxmox.proxmox_kvm:
    api_host: pve1.example.com
    api_user: drs@pve
    api_token_id: create
    api_token_secret: "{{ drs_token_secret }}"
    node: "{{ item.target }}"
    vmid: "{{ item.vmid }}"
    name: "{{ item.name }}"
    cores: 4
    memory: 8192
    scsi: {scsi0: "ceph:32"}
    tags: [web]
  loop: "{{ place.guests }}"
"""

RETURN = r"""
guests:
  description:
    - One entry for each guest, in order of C(vmid), with all nodes that may take it (C(ranked), the best first) and the first reason against each other one
      (C(refusals)).
    - C(kind) is C(placed), C(recommended) (by hand), C(refused) (no node may take it), C(runs) already, C(left_to_ha) or C(ignored) (by a rule).
    - C(node) is where it was, null for one of O(new), C(target) its node, null where it has none.
    - C(expected) is what it will use and the room that it needs, with where that is known from. C(load_percent) and the others in C(ranked) are of the node
      with the guest on it, C(figure_percent) is what RV(ranked_by) says.
    - C(outcome) is null when nothing was done. Its C(status) is C(done), C(failed), C(skipped) or C(running) (still being moved),
      its C(node) where the guest is.
  returned: when the cluster could be read and nodes could be looked for
  type: list
  elements: dict
  sample:
    - vmid: 501
      name: nightly1
      type: qemu
      kind: placed
      node: pve1
      target: pve2
      reason: imbalance 0.0075 with it there, the best of 2 node(s) that may take it
      expected: {cpu_cores: 3.0, memory_bytes: 6442450944, room_bytes: 8589934592, source: its last run}
      ranked:
        - {node: pve2, load_percent: 59.7, cpu_percent: 48.2, memory_percent: 59.7, figure_percent: 0.75}
        - {node: pve1, load_percent: 70.7, cpu_percent: 55.1, memory_percent: 70.7, figure_percent: 4.87}
      refusals: [{node: pve3, constraint: node_available, reason: pve3 is in maintenance}]
      outcome: {status: done, reason: started on pve2, node: pve2, running: true}
placements:
  description: The node of each guest that has one, by its name, or by its id where it has no name or shares it with others.
  returned: with RV(guests)
  type: dict
  sample: {nightly1: pve2}
unplaced:
  description: Ids of guests that no node may take.
  returned: with RV(guests)
  type: list
  elements: int
  sample: []
ranked_by:
  description: What nodes are ranked by. C(imbalance) of all loads (lower is better), C(score) of all guests or C(closeness) (higher is better).
  returned: with RV(guests)
  type: str
  sample: imbalance
loads:
  description: Each node before, and with all guests that have a node running on it.
  returned: with RV(guests)
  type: list
  elements: dict
  sample: [{node: pve2, load_percent_before: 44.0, load_percent_after: 59.7, guests_before: 4, guests_after: 6}]
rules:
  description: Rules that do not count as they conflict with others, as M(pve.drs.drs_balance) returns them.
  returned: with RV(guests)
  type: list
  elements: dict
  sample: []
notices:
  description: What else there is to know.
  returned: with RV(guests)
  type: list
  elements: str
  sample: []
report:
  description:
    - All of that as plain text, to be read or to be pasted into a change request.
    - Print it as C(report.splitlines(\)), so that Ansible shows lines.
  returned: with RV(guests)
  type: str
  sample: "pve.drs: starts on cluster demo, policy balance, method memory\n..."
"""

from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.place import place
from ansible_collections.pve.drs.plugins.module_utils.glue.placing_arguments import placing
from ansible_collections.pve.drs.plugins.module_utils.glue.run import run


def main() -> None:
    run(spec=arguments.connection() | arguments.judging() | arguments.guarding() | placing(), command=place)


if __name__ == "__main__":
    main()
