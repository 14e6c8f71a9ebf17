# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Read how a cluster stands."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: drs_facts
short_description: Shows how evenly a Proxmox VE cluster is loaded
version_added: 0.1.0
author: the pve.drs authors (@pve-drs)
description:
  - Reads nodes, guests, their loads, and the HA rules that bind them, and tells how even the load is,
    what would call for action, and what is broken.
  - It reads only, with a handful of requests however many guests there are.
notes:
  - The role C(PVEAuditor) on C(/) is sufficient. Proxmox VE hides what the user may not see, without an error.
    What is missing is named in RV(ansible_facts.drs.warnings), or fails the task when the picture would be wrong.
seealso:
  - module: pve.drs.drs_balance
  - name: Proxmox VE API
    description: The reference of the API that is asked.
    link: https://pve.proxmox.com/pve-docs/api-viewer/
extends_documentation_fragment:
  - pve.drs.api
  - pve.drs.policy
  - pve.drs.attributes
  - pve.drs.attributes.actiongroup_drs
  - pve.drs.attributes.read_only
"""

EXAMPLES = r"""
- name: See how the cluster stands
  pve.drs.drs_facts:
    api_host: [pve1.example.com, pve2.example.com]
    api_user: drs@pve
    api_token_id: balance
    api_token_secret: "{{ drs_token_secret }}"
    ca_path: /etc/pve/pve-root-ca.pem

- name: Complain when the nodes are uneven
  ansible.builtin.assert:
    that: ansible_facts.drs.triggers | length == 0
    fail_msg: "{{ ansible_facts.drs.triggers | map(attribute='reason') | join('; ') }}"
"""

RETURN = r"""
ansible_facts:
  description: Everything is under one key.
  returned: success
  type: dict
  contains:
    drs:
      description: The cluster, as the user may see it.
      returned: success
      type: dict
      contains:
        cluster:
          description: The cluster itself. C(fingerprint) changes when a guest is elsewhere, in another state or locked.
          type: dict
          returned: success
          sample: {name: demo, version: 9.0.3, quorate: true, auto_rebalance: false, fingerprint: 3f2a9d6c1b7e0845}
        nodes:
          description: Nodes by name. What Proxmox VE did not report is null.
          type: dict
          returned: success
          sample:
            pve1:
              status: online
              hastate: null
              in_maintenance: false
              uptime_seconds: 864000
              guests: [101, 102]
              capacity_cores: 32.0
              capacity_memory_bytes: 137438953472
              used_cores: 7.25
              used_memory_bytes: 96636764160
        guests:
          description: Guests by id, as text. C(estimated) tells that Proxmox VE reported no figures and the demand is a guess.
          type: dict
          returned: success
          sample:
            "101":
              name: web-1
              type: qemu
              node: pve1
              status: running
              template: false
              lock: null
              tags: [web]
              pool: null
              hastate: null
              estimated: false
              size_cores: 4.0
              size_memory_bytes: 8589934592
              demand_cores: 0.82
              demand_memory_bytes: 6442450944
        migrations:
          description: Migrations that are under way now. The target is null where it could not be learned.
          type: list
          elements: dict
          returned: success
          sample: [{vmid: 107, source: pve2, target: pve3}]
        rules:
          description: Guests that a HA rule binds, so that only the HA manager may move them.
          type: list
          elements: dict
          returned: success
          sample: [{vmid: 104, reason: HA rule keep-databases-apart}]
        method:
          description: The O(method) that the triggers were judged by.
          type: str
          returned: success
          sample: memory
        load:
          description:
            - By method and node, in percent. The O(method) is among them, and every other one that needs no more figures than it does.
          type: dict
          returned: success
          sample: {memory: {pve1: 81.25, pve2: 43.1}, cpu: {pve1: 22.65, pve2: 18.4}}
        not_measured:
          description: Other methods that were tried in vain, with the reason.
          type: dict
          returned: success
          sample: {}
        imbalance:
          description:
            - By method. C(delta_percent) is how far the highest and the lowest load are apart, in percentage points.
            - C(variation_percent) is the spread of all loads, 0 is even and 100 is worst.
          type: dict
          returned: success
          sample:
            memory: {delta_percent: 38.15, variation_percent: 30.68}
            cpu: {delta_percent: 4.25, variation_percent: 10.35}
        triggers:
          description: What calls for action under the given policy.
          type: list
          elements: dict
          returned: success
          sample:
            - name: balanciness
              reason: memory in use differs by 38.2 points between pve1 (81.2 %) and pve2 (43.1 %), above the 10 allowed
        violations:
          description: Constraints that are broken now.
          type: list
          elements: dict
          returned: success
          sample: [{constraint: max_guests, node: pve1, reason: pve1 runs 12 guests, above the 10 of rule small-node}]
        warnings:
          description: What was odd, is missing, or has no effect.
          type: list
          elements: str
          returned: success
          sample: []
"""

from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.commands import show
from ansible_collections.pve.drs.plugins.module_utils.glue.run import run


def main() -> None:
    run(spec=arguments.connection() | arguments.judging(), command=show)


if __name__ == "__main__":
    main()
