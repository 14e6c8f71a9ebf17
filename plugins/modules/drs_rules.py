# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Tell Proxmox VE the declared rules."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: drs_rules
short_description: Makes the rules in a Proxmox VE cluster equal to the declared ones
version_added: 0.1.0
author: the pve.drs authors (@pve-drs)
description:
  - Takes the same O(rules) as M(pve.drs.drs_balance) and writes them down in Proxmox VE, so that its HA manager goes by them too.
  - On Proxmox VE 9 it makes HA rules, on Proxmox VE 8 HA groups, for guests that HA manages already. It puts no guest under HA.
  - What HA does not keep becomes tags of the guests, which M(pve.drs.drs_balance) reads as rules.
  - Of rules that contradict each other the older one holds. The newer one is named with what it conflicts with and why,
    and its HA rule is switched off.
  - It changes only what it has made itself. HA rules and HA groups of its own are called C(drs-NAME) and have a comment
    that begins with C(pve.drs:); tags of its own end in C(+NAME), such as C(drs-on-pve1+licensed). Once you change the comment,
    the rule or group is yours.
options:
  rules:
    description:
      - The rules, as M(pve.drs.drs_balance) takes and describes them.
      - Types C(together) and C(separate) become resource-affinity rules where HA manages all of the guests, if they must hold.
        Otherwise the guests get tags, C(drs-together+NAME) or C(drs-separate+NAME).
      - Types C(run_on) and C(not_run_on) become node-affinity rules or HA groups, strict or restricted if they must hold.
        Guests that HA does not manage get tags, C(drs-on-NODE+NAME), C(drs-not-on-NODE+NAME) or C(drs-prefer-NODE+NAME).
        Where several of them hold for a guest, they become one HA rule with the nodes that all of them leave,
        as Proxmox VE takes no more.
      - Types C(pin) and C(ignore) become tags. Type C(max_guests) has no form in Proxmox VE.
      - Stopped guests take part, templates do not.
      - A rule with C(enabled=false) has an HA rule that is switched off, and no HA group and no tags.
      - C(NAME) is the name of the rule in lower case, with a hyphen for everything but letters and digits.
    type: list
    elements: dict
    default: []
  node_groups:
    description: Names for several nodes, for C(nodes) of O(rules), as M(pve.drs.drs_balance) takes them.
    type: dict
    default: {}
  tag_prefix:
    description: What tags that stand for rules begin with, followed by a hyphen. When it is empty, no tags are written.
    type: str
    default: drs
  trust_tags:
    description:
      - Whether M(pve.drs.drs_balance) is told that tags bind. Rules with C(strength=should) get no tags then that would bind.
    type: bool
    default: false
  state:
    description:
      - V(present) makes and changes what the O(rules) call for. V(absent) removes what was made for rules of these names.
    type: str
    choices: [present, absent]
    default: present
  purge:
    description:
      - Whether to remove as well what this module once made for rules that are not among O(rules) any more.
    type: bool
    default: false
  write:
    description: What to write. What is not named stays as it is.
    type: list
    elements: str
    choices: [ha, tags]
    default: [ha, tags]
  validate:
    description:
      - Only judge the rules against the cluster, and write nothing. The task fails if a rule could not be in force,
        because it contradicts others or Proxmox VE would not go by it. The task never reports a change.
      - It needs no more privileges than M(pve.drs.drs_facts).
    type: bool
    default: false
notes:
  - To read, the role C(PVEAuditor) on C(/) is sufficient. Writing HA rules and HA groups takes C(Sys.Console) on C(/),
    setting tags C(VM.Config.Options) on the guests. What is missing is told before anything is written.
  - The HA manager moves guests by itself as soon as a rule or group calls for it, without regard to how loaded nodes are.
  - Every change is made against what the cluster holds at that moment. What others changed meanwhile is read again and taken into account.
  - Declare all rules of a cluster in one place. Two declarations with O(purge=true) would remove each other's rules.
attributes:
  check_mode:
    support: full
    details:
      - Sends no writing request, and warns of privileges that are missing.
  diff_mode:
    support: full
    details:
      - Shows each HA rule, HA group and guest that differs, before and after.
  idempotent:
    support: full
seealso:
  - module: pve.drs.drs_balance
  - module: pve.drs.drs_facts
  - name: Proxmox VE API
    description: The reference of the API that is asked.
    link: https://pve.proxmox.com/pve-docs/api-viewer/
extends_documentation_fragment:
  - pve.drs.api
  - pve.drs.attributes
  - pve.drs.attributes.actiongroup_drs
"""

EXAMPLES = r"""
- name: See how the cluster differs from the declared rules
  pve.drs.drs_rules:
    api_host: [pve1.example.com, pve2.example.com]
    api_token_id: drs@pve!rules
    api_token_secret: "{{ drs_token_secret }}"
    rules: "{{ drs_rules }}"
    purge: true
  check_mode: true
  diff: true
  register: dry_run

- name: Refuse a change of the rules that cannot work
  pve.drs.drs_rules:
    api_host: [pve1.example.com, pve2.example.com]
    api_token_id: drs@pve!reader
    api_token_secret: "{{ drs_reader_secret }}"
    rules: "{{ drs_rules }}"
    validate: true

- name: Make the cluster equal to the declared rules
  pve.drs.drs_rules:
    api_host: [pve1.example.com, pve2.example.com]
    api_token_id: drs@pve!rules
    api_token_secret: "{{ drs_token_secret }}"
    purge: true
    rules:
      - {name: db-apart, type: separate, guests: [101, 102, 103]}
      - {name: licensed, type: run_on, guests: {pool: oracle}, nodes: [pve1, pve2]}

- name: Remove all that this module ever made
  pve.drs.drs_rules:
    api_host: [pve1.example.com, pve2.example.com]
    api_token_id: drs@pve!rules
    api_token_secret: "{{ drs_token_secret }}"
    state: absent
    purge: true
"""

RETURN = r"""
changes:
  description:
    - What was changed, or in check mode would be. C(action) is C(create), C(change) or C(remove).
  returned: when the cluster could be read
  type: list
  elements: dict
  sample:
    - what: HA rule drs-db-apart
      action: create
      before: []
      after: [guests keep apart, guest 101 (db1), guest 102 (db2), "comment: pve.drs: db-apart"]
drift:
  description: How the cluster differed from the declaration before the task, with what O(purge) would remove; one sentence each.
  returned: when the cluster could be read
  type: list
  elements: str
  sample: ["HA rule drs-licensed: lacks only on pve1, pve2 and has only on pve1, pve3"]
rules:
  description:
    - Each declared rule. C(in_force) is false where it is switched off or contradicts older ones, C(kept_by) is what keeps it in Proxmox VE,
      and C(notes) say what Proxmox VE cannot be told of it.
  returned: when the cluster could be read
  type: list
  elements: dict
  sample:
    - name: db-apart
      type: separate
      in_force: true
      vmids: [101, 102]
      kept_by: [HA rule drs-db-apart]
      notes: []
disabled_rules:
  description: Rules that do not count, because they contradict the older ones in C(conflicts_with) or can never be kept, as M(pve.drs.drs_facts) has them.
  returned: when the cluster could be read
  type: list
  elements: dict
  sample:
    - rule: rule db-apart
      conflicts_with: [rule licensed]
      reason: 101 (db-1), 102 (db-2) and 103 (db-3) need a node each, but only pve1 and pve2 are left for them
      vmids: [101, 102, 103]
      nodes: [pve1, pve2]
      demands:
        - rule licensed allows pve1 and pve2 for 101 (db-1), 102 (db-2) and 103 (db-3)
        - rule db-apart keeps 101 (db-1), 102 (db-2) and 103 (db-3) apart
ineffective:
  description: What rules and tags name in vain, one sentence each.
  returned: when the cluster could be read
  type: list
  elements: str
  sample: ["rule licensed names pool oracle, which no guest matches"]
"""

from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.rule_keeping import keep
from ansible_collections.pve.drs.plugins.module_utils.glue.run import run


def main() -> None:
    run(spec=arguments.connection() | arguments.keeping_rules(), command=keep)


if __name__ == "__main__":
    main()
