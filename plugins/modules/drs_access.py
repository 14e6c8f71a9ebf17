# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Give the balancer a user, a token and no more privileges than it needs."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: drs_access
short_description: Makes a user, an API token and the roles for it in a Proxmox VE cluster, with no more privileges than needed
version_added: 0.2.0
author: the pve.drs authors (@pve-drs)
description:
  - Makes what the other modules of this collection log in with, for the O(uses) that are wanted, and removes it again.
  - It takes the credentials of an administrator, such as the password of C(root@pam), and nothing on the nodes.
  - The token has privileges of its own (privilege separation), so the user and the token get the same grants.
  - Proxmox VE tells the secret of a token once, when the token is made. This module writes it to O(secret_file) and nowhere else.
    It is never returned, printed or logged.
options:
  token:
    description:
      - The full id of the token, such as V(drs@pve!balance). User and token are made when they are missing.
      - The user gets no password, so that nobody can log in as it in a browser.
        A user that is there already stays as it is.
      - Tokens of C(root@pam), and of the user that this module logs in as, are refused.
    type: str
    required: true
  uses:
    description:
      - What the token is for. Required with O(state=present). Each use can look at the cluster (C(Sys.Audit), C(VM.Audit),
        C(Datastore.Audit), C(Pool.Audit)), and has these privileges beside.
      - V(report) only looks, with M(pve.drs.drs_facts), the inventory plugin and check mode.
      - V(balance) moves guests (C(VM.Migrate)) and sees which devices are free (C(Mapping.Audit)), with M(pve.drs.drs_balance).
      - V(evacuate) is the same for M(pve.drs.drs_evacuate). V(shutdown) lets it shut guests down and start them as well
        (C(VM.PowerMgmt)), for C(on_blocked=shutdown) and C(containers=shutdown_first).
      - V(rules) writes HA rules and HA groups (C(Sys.Console) on C(/) alone, not on nodes) and tags (C(VM.Config.Options)),
        with M(pve.drs.drs_rules).
      - V(pools) sets cpu and memory weights and limits of guests (C(VM.Config.CPU), C(VM.Config.Memory)), with M(pve.drs.drs_pools).
      - V(place) moves guests that are stopped, and starts them (C(VM.Migrate), C(VM.PowerMgmt)), with M(pve.drs.drs_place).
    type: list
    elements: str
    choices: [report, balance, evacuate, shutdown, rules, pools, place]
    default: []
  role:
    description:
      - Name of the role that is made, and granted on C(/) with all below it. It holds exactly what the O(uses) take.
        A role of this name that is there already is changed.
      - What is used on C(/) alone goes into a second role, with C(-HA) after its name, that is not passed on below.
      - Tokens for different uses need roles of different names.
    type: str
    default: DRS
  privileges:
    description:
      - Privileges beyond those of the O(uses), such as V(VM.Config.Disk), which makes C(method=disk) ask less.
    type: list
    elements: str
    default: []
  secret_file:
    description:
      - File that gets the secret of a new token, in one line, on the machine that the module runs on. Only its owner can read it.
      - Required when the token has to be made. A file that is there already is only replaced with O(regenerate=true).
      - With O(state=absent) it is removed.
    type: path
  regenerate:
    description:
      - Whether a token that is there already gets another secret. The old one is worth nothing from that moment.
    type: bool
    default: false
  state:
    description:
      - V(present) makes user, token, roles and grants, and takes privileges away that are not wanted any more.
      - V(absent) removes the token and its grants, roles of the O(role) that nobody holds any more, and the user if this
        module has made it and it has no other tokens or grants.
    type: str
    choices: [present, absent]
    default: present
notes:
  - Whoever logs in needs C(Sys.Audit) and C(Sys.Modify) on C(/access), C(User.Modify) on C(/access/groups),
    C(Realm.AllocateUser) on the realm of the user and C(Permissions.Modify) on C(/), as C(root@pam) has them.
    What is missing is told before anything is changed.
  - Grants deeper in the tree replace those on C(/), so that a role on C(/vms/900) can keep the balancer from one guest.
attributes:
  check_mode:
    support: full
    details:
      - Sends no writing request and writes no file.
  diff_mode:
    support: full
    details:
      - Shows roles, user, token and grants before and after, and never the secret.
  idempotent:
    support: partial
    details:
      - With O(regenerate=true) every run makes another secret.
seealso:
  - module: pve.drs.drs_facts
  - name: Proxmox VE user management
    description: Users, tokens, roles and permissions.
    link: https://pve.proxmox.com/pve-docs/chapter-pveum.html
extends_documentation_fragment:
  - pve.drs.api
  - pve.drs.attributes
  - pve.drs.attributes.actiongroup_drs
"""

EXAMPLES = r"""
- name: A token for balancing and for the rules that go with it
  pve.drs.drs_access:
    api_host: [pve1.example.com, pve2.example.com]
    api_user: root@pam
    api_password: "{{ root_password }}"
    ca_path: /etc/pve/pve-root-ca.pem
    token: drs@pve!balance
    uses: [balance, evacuate, rules]
    secret_file: "{{ playbook_dir }}/secrets/drs.secret"

- name: Another one that can only look
  pve.drs.drs_access:
    api_host: [pve1.example.com, pve2.example.com]
    api_user: root@pam
    api_password: "{{ root_password }}"
    ca_path: /etc/pve/pve-root-ca.pem
    token: drs@pve!reader
    role: DRS-reader
    uses: [report]
    secret_file: "{{ playbook_dir }}/secrets/reader.secret"

- name: Remove the first one again
  pve.drs.drs_access:
    api_host: [pve1.example.com, pve2.example.com]
    api_user: root@pam
    api_password: "{{ root_password }}"
    ca_path: /etc/pve/pve-root-ca.pem
    token: drs@pve!balance
    secret_file: "{{ playbook_dir }}/secrets/drs.secret"
    state: absent
"""

RETURN = r"""
changes:
  description: What was done, or in check mode would be, one after the other.
  returned: success
  type: list
  elements: str
  sample:
    - "add role DRS: Datastore.Audit, Mapping.Audit, Pool.Audit, Sys.Audit, VM.Audit, VM.Migrate"
    - add user drs@pve
    - add token drs@pve!balance
    - "grant: token drs@pve!balance is DRS on /"
    - "grant: user drs@pve is DRS on /"
token:
  description: The full id of the token, for O(api_token_id) of the other modules.
  returned: success
  type: str
  sample: drs@pve!balance
roles:
  description: The roles of the token, and the privileges in each.
  returned: success
  type: dict
  sample: {DRS: [Datastore.Audit, Mapping.Audit, Pool.Audit, Sys.Audit, VM.Audit, VM.Migrate]}
secret_file:
  description: The file that the secret was written to, or in check mode would be; null when no token was made.
  returned: success
  type: str
  sample: /home/ops/secrets/drs.secret
uses:
  description:
    - What the token may be used for now, as C(access.uses) of M(pve.drs.drs_facts) tells it.
      Null with O(state=absent), and in check mode when there is something to change.
  returned: success
  type: dict
  sample:
    report: {granted: full, missing: [], mend: null}
"""

from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.access import keep_access
from ansible_collections.pve.drs.plugins.module_utils.glue.access_options import granting
from ansible_collections.pve.drs.plugins.module_utils.glue.run import run


def main() -> None:
    run(spec=arguments.connection() | granting(), command=keep_access)


if __name__ == "__main__":
    main()
