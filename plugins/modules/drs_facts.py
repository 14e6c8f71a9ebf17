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
  - Tells as well how well each guest gets what it wants of cpu, memory and network, as a score.
  - It reads only, with a handful of requests however many guests there are; O(gather=details) and some of the O(method) values
    ask each node for more.
options:
  gather:
    description:
      - What to return. The cluster itself and the warnings are returned in any case.
      - V(nodes), V(guests), V(migrations) and V(rules) are what there is. Leave V(guests) out where thousands of them are more than is needed.
      - V(access) is what the asking user may do with this collection, and which privileges are missing for the rest.
      - V(load) is how loaded the nodes are, how uneven that is, and what calls for action.
      - V(score) is how well guests are served. It takes in what V(details) knows when that is gathered too.
      - V(details) is what presses on nodes and guests, and takes four or five more requests for each node.
        Together with V(score) it takes one more for each of the 128 largest guests, for what they need now and then (two with O(estimator=holt_winters)).
        With it V(load) knows the methods that need these figures.
      - V(overload) is whether the load of nodes behaves in a way that calls for room, by the history of each node.
      - V(health) is what is wrong with quorum, nodes, HA and Ceph, which node leads HA, and the version of each node. It takes one request for each node.
      - V(history) is what the last runs did, as O(state_path) has recorded it.
        Without a record it is the migrations of the last hour that Proxmox VE itself tells of.
      - V(all) is all of it.
    type: list
    elements: str
    choices: [all, nodes, guests, migrations, rules, access, load, score, details, overload, health, history]
    default: [nodes, guests, migrations, rules, access, load, score]
  prometheus_file:
    description:
      - A file to write the gathered figures to as metrics, in the text format of Prometheus, on the machine that the module runs on.
      - Meant for the folder of the textfile collector of Prometheus's node exporter; its name has to end in C(.prom) then.
      - The file is replaced in one go, can be read by everybody, and is not written in check mode.
    type: path
attributes:
  check_mode:
    details:
      - This action only reads, apart from O(prometheus_file), which is not written in check mode.
  idempotent:
    details:
      - The metrics of O(prometheus_file) change with the loads of the cluster; a run that writes others than before reports a change.
notes:
  - The role C(PVEAuditor) on C(/) is sufficient. Proxmox VE hides what the user may not see, without an error.
    What is missing is named in RV(ansible_facts.drs.access), or fails the task when the picture would be wrong.
    M(pve.drs.drs_access) grants what each use takes.
seealso:
  - module: pve.drs.drs_balance
  - name: Proxmox VE API
    description: The reference of the API that is asked.
    link: https://pve.proxmox.com/pve-docs/api-viewer/
extends_documentation_fragment:
  - pve.drs.api
  - pve.drs.policy
  - pve.drs.measuring
  - pve.drs.deciding
  - pve.drs.rules
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

- name: Let Prometheus know, with all details and without a list of guests
  pve.drs.drs_facts:
    api_host: [pve1.example.com, pve2.example.com]
    api_token_id: drs@pve!balance
    api_token_secret: "{{ drs_token_secret }}"
    gather: [nodes, load, score, details]
    prometheus_file: /var/lib/prometheus/node-exporter/pve_drs.prom

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
          returned: when O(gather) names nodes
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
          returned: when O(gather) names guests
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
          returned: when O(gather) names migrations
          sample: [{vmid: 107, source: pve2, target: pve3}]
        rules:
          description: Guests that HA rules or HA groups bind, and these as the reason. Those that Proxmox VE leaves out itself are not among them.
          type: list
          elements: dict
          returned: when O(gather) names rules
          sample: [{vmid: 104, reason: HA rule keep-databases-apart}]
        disabled_rules:
          description:
            - Rules that do not count, because they contradict the older ones in C(conflicts_with) or can never be kept, with the reason in one sentence.
            - C(vmids) and C(nodes) are the guests that cannot be placed and the nodes that are left for them, C(demands) is what each of the rules wants.
          type: list
          elements: dict
          returned: when O(gather) names rules
          sample:
            - rule: rule db-apart
              conflicts_with: [rule licensed]
              reason: 101 (db-1), 102 (db-2) and 103 (db-3) need a node each, but only pve1 and pve2 are left for them
              vmids: [101, 102, 103]
              nodes: [pve1, pve2]
              demands:
                - rule licensed allows pve1 and pve2 for 101 (db-1), 102 (db-2) and 103 (db-3)
                - rule db-apart keeps 101 (db-1), 102 (db-2) and 103 (db-3) apart
        access:
          description:
            - What the user in C(user), or the token, may do with this collection.
            - C(uses) tells for each use whether it is C(granted) in C(full), in part (C(partial)) or not (C(none)),
              and which privileges it lacks, on which path, and what each is for.
              The uses are those that M(pve.drs.drs_access) grants.
            - A use is partly granted where it does less without a privilege, or where only some guests lack it; C(vmids) are these guests.
            - C(mend) is the command that lets an administrator grant what is missing for the use, beside what is granted already.
              It is null where nothing is missing.
          type: dict
          returned: when O(gather) names access
          sample:
            user: drs@pve!reader
            uses:
              report: {granted: full, missing: [], mend: null}
              balance:
                granted: none
                missing:
                  - privilege: VM.Migrate
                    path: /vms
                    purpose: asking Proxmox VE whether a guest can be moved, and moving it
                    vmids: []
                mend: >-
                  ansible-playbook pve.drs.bootstrap -e '{"drs_bootstrap_for": ["report", "balance"]}'
        method:
          description: The O(method) that the triggers were judged by.
          type: str
          returned: when O(gather) names load
          sample: memory
        load:
          description:
            - By method and node, in percent. The O(method) is among them, and every other one that needs no more figures than were gathered.
          type: dict
          returned: when O(gather) names load
          sample: {memory: {pve1: 81.25, pve2: 43.1}, cpu: {pve1: 22.65, pve2: 18.4}}
        not_measured:
          description: Other methods that were tried in vain, with the reason.
          type: dict
          returned: when O(gather) names load
          sample: {}
        imbalance:
          description:
            - By method. C(delta_percent) is how far the highest and the lowest load are apart, in percentage points.
            - C(variation_percent) is the spread of all loads, 0 is even and 100 is worst.
          type: dict
          returned: when O(gather) names load
          sample:
            memory: {delta_percent: 38.15, variation_percent: 30.68}
            cpu: {delta_percent: 4.25, variation_percent: 10.35}
        network:
          description:
            - How much of their network links nodes use, by name, as far as O(link_gbit) or O(link_gbit_by_node) tells how fast these are.
              It is the mean of the last five minutes in the busier direction.
          type: dict
          returned: when O(gather) names load
          sample: {pve1: {used_bytes_per_second: 525000000, link_bytes_per_second: 1250000000, used_percent: 42.0}}
        triggers:
          description: What calls for action under the given policy.
          type: list
          elements: dict
          returned: when O(gather) names load
          sample:
            - name: balanciness
              reason: memory in use differs by 38.2 points between pve1 (81.2 %) and pve2 (43.1 %), above the 10 allowed
        quiet_triggers:
          description: Limits that no node exceeds, and those of O(triggers) that do not call for action, with their figures.
          type: list
          elements: dict
          returned: when O(gather) names load
          sample:
            - name: memory_capacity
              reason: pve1 uses 104.0 GiB, within its limit of 112.9 GiB
            - name: cpu_capacity
              reason: pve1 uses 7.2 cores, within its limit of 28.8 cores
        violations:
          description: Constraints that are broken now.
          type: list
          elements: dict
          returned: when O(gather) names load
          sample: [{constraint: max_guests, node: pve1, reason: pve1 runs 12 guests, above the 10 of rule small-node}]
        score:
          description:
            - How well guests get what they want of cpu, memory and network, in percent. 100 is all of it, near 0 hardly anything.
              A low score is a sign of contention, not a fault.
            - C(percent) is the mean over running guests, weighted by their vCPUs and memory. C(buckets) count them by score, and
              C(guests) has each by its id. The score of a guest is the product of its three parts.
            - C(unknown) tells which figures were not known, and of how many guests. These take nothing away from a score, so that it can be too
              good. Most of them are gathered by O(gather=details).
          type: dict
          returned: when O(gather) names score
          sample:
            percent: 87.5
            buckets:
              - {from_percent: 0.0, to_percent: 20.0, guests: 0}
              - {from_percent: 20.0, to_percent: 40.0, guests: 0}
              - {from_percent: 40.0, to_percent: 60.0, guests: 0}
              - {from_percent: 60.0, to_percent: 80.0, guests: 1}
              - {from_percent: 80.0, to_percent: 100.0, guests: 1}
            unknown: {bursts: 2, network: 2}
            guests:
              "101": {percent: 75.0, cpu_percent: 75.0, memory_percent: 100.0, network_percent: 100.0}
              "102": {percent: 100.0, cpu_percent: 100.0, memory_percent: 100.0, network_percent: 100.0}
        health:
          description:
            - Whether the cluster is well enough to take a node away. C(troubles) are what is wrong, one sentence each, and empty when all is well.
              A node in maintenance is none.
            - C(ha_master) is the node that leads the HA manager, C(ceph) the health of Ceph in its own words. They are null where there is no such thing.
            - C(versions) are those of Proxmox VE by node, null for nodes that do not answer.
          type: dict
          returned: when O(gather) names health
          sample:
            troubles: [node pve3 is offline]
            ha_master: pve1
            ceph: HEALTH_OK
            versions: {pve1: 9.2.11, pve2: 9.2.11, pve3: null}
        history:
          description:
            - The last 10 migrations and the last 10 runs, the newest first.
            - Loads are of the source and the target of a migration, as the run found them and as its whole plan was to leave them.
            - C(result) of a run is C(complete), C(incomplete), C(interrupted) or C(open) while it is under way.
              It is C(killed) when a later run had to find out what became of its migrations.
            - Migrations that Proxmox VE tells of have only C(vmid), C(source), C(target), C(status) and C(ended).
          type: dict
          returned: when O(gather) names history
          sample:
            moves:
              - vmid: 101
                name: shop-db
                source: pve1
                target: pve3
                mode: live
                category: improvement
                reason: evens out the load
                status: done
                end_reason: moved to pve3
                began: 1780000000.0
                ended: 1780000021.4
                seconds: 21.4
                source_before_percent: 82.5
                source_after_percent: 61.0
                target_before_percent: 40.0
                target_after_percent: 58.5
                run: 8c5f0a6d4d1b4c0f9d2f6f3f5d7e1a2b
            runs:
              - run: 8c5f0a6d4d1b4c0f9d2f6f3f5d7e1a2b
                command: drs_balance
                owner: pve1, process 4711, user root
                began: 1780000000.0
                ended: 1780000042.0
                policy: balance
                method: memory
                triggers: ["balanciness: the nodes are 42.5 points apart"]
                planned: 1
                result: complete
        overload:
          description:
            - How the cpu and the memory of each node behave, in percent of what the node has. It calls for no move by itself.
            - C(load_percent) is by O(estimator), C(limit_percent) by O(cpu_max) or O(memory_max). C(samples_above_limit) counts among the last five
              that Proxmox VE recorded, one a minute.
            - C(threshold_percent) is the limit, or less for a load that varied much within the last hour.
            - C(foreseen_percent) continues the last ten samples by a minute. It is null without them.
            - C(signs) are what says that a node is overloaded. V(limit) and V(variation) mean that its load exceeds the limit or the threshold,
              V(sustained) that three of five samples do, V(trend) that it heads for all that the node has, with a margin of a fifth.
          type: dict
          returned: when O(gather) names overload
          sample:
            pve1:
              cpu:
                load_percent: 70.0
                limit_percent: 90.0
                threshold_percent: 85.5
                samples_above_limit: 1
                foreseen_percent: 84.2
                signs: [trend]
        details:
          description:
            - What presses on nodes and on running guests. What was not reported is null.
            - C(pressure_percent) is the share of the time in which some or all tasks had to wait for a resource. It is empty before Proxmox VE 9.
            - C(merged_bytes) is memory that guests share because their pages are equal (KSM). C(cores) are physical ones of all sockets.
          type: dict
          returned: when O(gather) names details
          sample:
            nodes:
              pve1:
                cores: 16
                sockets: 2
                mhz: 2900.0
                merged_bytes: 1073741824
                swap_used_bytes: 0
                swap_total_bytes: 8589934592
                zfs_cache_bytes: null
                pressure_percent: {cpu_some: 12.4, io_full: 0.1, io_some: 0.3, memory_full: 0.0, memory_some: 0.0}
            guests:
              "101": {balloon_bytes: 4294967296, balloon_least_bytes: 2147483648, pressure_percent: {cpu_some: 8.1, memory_full: 0.0}}
        warnings:
          description:
            - What was odd, is missing, or has no effect.
            - Also rules that do not count, those that cannot be kept at the moment, and those of which it could not be proven that all can be kept.
          type: list
          elements: str
          returned: success
          sample: []
"""

from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.commands import show
from ansible_collections.pve.drs.plugins.module_utils.glue.run import run


def main() -> None:
    run(spec=arguments.connection() | arguments.gathering() | arguments.judging(), command=show)


if __name__ == "__main__":
    main()
