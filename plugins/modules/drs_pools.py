# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Share a cluster out among pools of guests."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: drs_pools
short_description: Shares cpu and memory of a Proxmox VE cluster out among pools of guests
version_added: 0.3.0
author: the pve.drs authors (@pve-drs)
description:
  - Takes a tree of resource pools, with shares, reservations and limits, and tells what every pool and every guest is entitled to,
    what it wants, and what it gets where it is.
  - Sets C(cpuunits), C(cpulimit), C(balloon) and C(shares) of the guests in these pools, as Proxmox VE itself knows no such pools,
    only options of single guests. What it cannot enforce that way it says.
  - Remembers what the options held before, and puts that back with O(state=absent), and for guests that leave all pools.
  - Changes guests that run and are members of a pool, and no others. Guests in no pool take part beside the pools at the top,
    with normal shares.
  - These pools are no pools of Proxmox VE, which only carry permissions, but may take guests from them.
options:
  pools:
    description:
      - The pools. Each is a dictionary with a C(name) of its own.
      - C(parent) names the pool that it is in; or C(children) lists pools that are in it, with the same keys.
      - C(members) chooses guests, as C(guests) of the rules of M(pve.drs.drs_balance) do, by a plain list of vmids, or by a dictionary of
        C(vmid), C(name), C(tag), C(pool), C(type) and C(pattern). Here C(pool) is one of Proxmox VE. A guest may be in one pool only.
      - C(cpu) and C(memory) are dictionaries of C(shares), C(reservation), C(limit), C(expandable) and C(scalable). Amounts of cpu are cores.
        Amounts of memory are MiB, or texts such as C(64G).
      - C(shares) are V(high), V(normal) or V(low), in the ratio 4 to 2 to 1, or a whole number. A normal pool has 4000 shares of cpu
        and 163840 of memory.
      - C(reservation) is what the pool gets whenever its guests want it. If it is C(expandable), which is the default, guests may reserve
        more than the pool has, at the expense of its parent.
      - C(limit) is the most that the pool gets.
      - With C(scalable=true) the weight of a pool grows with the shares of what is in it, with C(scalable=count) with the number of running guests.
      - C(shares), C(expandable) and C(scalable) may also be given once for both resources, beside C(cpu) and C(memory).
      - C(guests) is a list of single members with terms of their own. Each is a dictionary with a C(vmid), C(cpu) and C(memory), with
        C(shares), C(reservation) and C(limit). A normal guest has 1000 shares of cpu for each vCPU and 10 shares of memory for each MiB.
    type: list
    elements: dict
    default: []
  state:
    description:
      - V(present) makes guests as the O(pools) call for.
      - V(absent) puts back all that earlier runs wrote in this cluster, whatever O(pools) says. An option that somebody else has changed since
        stays as it is.
    type: str
    choices: [present, absent]
    default: present
  state_path:
    description:
      - File for what options held before. It is created where it does not exist. Other modules of this collection may use the same one.
      - Needed for everything but check mode with O(state=present).
    type: path
  weight_interval:
    description:
      - Seconds that have to pass before a guest is written again, so that demand that changes all the time does not.
      - Does not count for O(state=absent), for guests that leave all pools, nor when O(pools) changed since.
    type: int
    default: 600
  lock_wait:
    description:
      - Seconds to wait for another run on the same cluster to end. With V(0) the task fails at once while there is one.
    type: int
    default: 0
  leader:
    description:
      - With V(local) only the leader acts. That is the node with the lowest id among those that are online. A run whose question was answered by another node
        does nothing, returns C(changed=false), and says who the leader is. It is for the same timer on every node.
      - With V(any) it does not matter who answers. Check mode always shows what would be done.
    type: str
    choices: [any, local]
    default: any
notes:
  - To read, the role C(PVEAuditor) on C(/) is sufficient. Writing takes C(VM.Config.CPU) and C(VM.Config.Memory) on the guests. What is
    missing is told before anything is written.
  - C(cpuunits) are what guests are entitled to when all are busy, with 100 for the mean of all members. They are written when they differ by more
    than 10 percent from what is there.
  - The limit of a pool is parted among its guests as C(cpulimit), while they want more than that together.
  - Memory reservations raise C(balloon) where Proxmox VE could leave a machine with less, and C(shares) are set of machines that it takes memory from.
    It never changes C(memory), and never switches ballooning on or off.
  - Weights hold between machines of a node, and between containers of a node. When both are busy, either kind gets one half of the node.
  - Locked guests are left alone and told of. A guest that fails does not keep others from being written, and fails the task in the end.
attributes:
  check_mode:
    support: full
    details:
      - Sends no writing request, and warns of privileges that are missing.
  diff_mode:
    support: full
    details:
      - Shows each option of each guest that differs, before and after.
  idempotent:
    support: full
    details:
      - As long as the same guests run and, for pools with a limit, want about the same.
seealso:
  - module: pve.drs.drs_balance
  - module: pve.drs.drs_rules
  - name: Proxmox VE API
    description: The reference of the API that is asked.
    link: https://pve.proxmox.com/pve-docs/api-viewer/
extends_documentation_fragment:
  - pve.drs.api
  - pve.drs.attributes
  - pve.drs.attributes.actiongroup_drs
"""

EXAMPLES = r"""
- name: See what each pool is entitled to, wants and gets
  pve.drs.drs_pools:
    api_host: [pve1.example.com, pve2.example.com]
    api_token_id: drs@pve!reader
    api_token_secret: "{{ drs_reader_secret }}"
    pools: "{{ drs_pools }}"
  check_mode: true
  register: found

- name: Share the cluster out
  pve.drs.drs_pools:
    api_host: [pve1.example.com, pve2.example.com]
    api_token_id: drs@pve!pools
    api_token_secret: "{{ drs_token_secret }}"
    state_path: /var/lib/pve.drs/state.sqlite
    pools:
      - name: production
        shares: high
        cpu: {reservation: 32}
        memory: {reservation: 128G}
        children:
          - name: web
            members: {tag: web}
          - name: databases
            scalable: true
            members: {pool: databases}
            guests:
              - {vmid: 101, cpu: {reservation: 4}, memory: {reservation: 32G}}
      - name: development
        cpu: {shares: low, limit: 24}
        members: {pool: [development, test]}

- name: Put back what was there before
  pve.drs.drs_pools:
    api_host: [pve1.example.com, pve2.example.com]
    api_token_id: drs@pve!pools
    api_token_secret: "{{ drs_token_secret }}"
    state_path: /var/lib/pve.drs/state.sqlite
    state: absent
"""

RETURN = r"""
cluster:
  description: The name of the cluster.
  returned: when the cluster could be read
  type: str
  sample: lab
capacity:
  description: What the nodes have for guests, without nodes that are in maintenance, and of memory without what hosts keep.
  returned: when the cluster could be read
  type: dict
  sample: {cpu_cores: 100.0, memory_bytes: 269380348805}
pools:
  description:
    - Each pool, parents first. An entry without a name stands for guests in no pool.
    - C(demand) is what its guests want, C(entitled) what they are entitled to at the moment if the cluster were one node, C(given) what
      they get on the nodes where they are, C(gap_percent) what they lack of what they are entitled to, and C(entitled_when_busy) what the pool is entitled
      to when every guest wants all that it can use. A limit that is not set is null.
  returned: when the cluster could be read
  type: list
  elements: dict
  sample:
    - name: high
      parent: null
      guests: 32
      cpu:
        shares: high
        weight: 8000.0
        reservation_cores: 0.0
        limit_cores: null
        demand_cores: 256.0
        entitled_cores: 66.666667
        given_cores: 80.0
        gap_percent: 0.0
        entitled_when_busy_cores: 66.666667
      memory:
        shares: normal
        weight: 163840.0
        reservation_bytes: 0
        limit_bytes: null
        demand_bytes: 68719476736
        entitled_bytes: 68719476736
        given_bytes: 68719476736
        gap_percent: 0.0
        entitled_when_busy_bytes: 137438953472
guests:
  description:
    - Each member of a pool, and each guest that had something of ours put back. Figures are as those of C(pools), and null for guests that do not run;
      C(guaranteed) is what reservations of the guest and of its pools come to for it.
    - C(status) is unchanged, changed, skipped or failed, C(reason) says why, and C(changes) are options before and after, null for not set.
      In check mode they are what would be.
  returned: when the cluster could be read
  type: list
  elements: dict
  sample:
    - vmid: 201
      name: normal1
      type: qemu
      node: pve1
      pool: normal
      running: true
      cpu:
        demand_cores: 8.0
        entitled_cores: 4.166667
        given_cores: 2.5
        gap_percent: 40.0
        entitled_when_busy_cores: 4.166667
        guaranteed_cores: 0.0
      memory:
        demand_bytes: 2147483648
        entitled_bytes: 2147483648
        given_bytes: 2147483648
        gap_percent: 0.0
        entitled_when_busy_bytes: 4294967296
        guaranteed_bytes: 0
      status: changed
      reason: ""
      changes: {cpuunits: {before: null, after: "167"}}
unenforced:
  description: What Proxmox VE cannot be told of these pools, one sentence each.
  returned: when the cluster could be read
  type: list
  elements: str
  sample: ["pool web: its memory limit of 64 GiB is told and not enforced, as it would change the size of guests"]
notes:
  description: What has no effect for the moment, and what others did to options that were written by this module; one sentence each.
  returned: when the cluster could be read
  type: list
  elements: str
  sample: ["pool web names tag shop, which no guest matches"]
report:
  description: All of that as a text, with a table for each resource.
  returned: when the cluster could be read
  type: str
"""

from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.pool_keeping import keep_pools
from ansible_collections.pve.drs.plugins.module_utils.glue.run import run


def main() -> None:
    run(spec=arguments.connection() | arguments.pooling(), command=keep_pools)


if __name__ == "__main__":
    main()
