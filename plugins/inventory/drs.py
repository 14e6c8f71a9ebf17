# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Nodes and guests of a cluster as hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: drs
short_description: Nodes and guests of a Proxmox VE cluster, with load and placement
version_added: 0.1.0
author: the pve.drs authors (@pve-drs)
description:
  - Makes every node and every guest of a cluster a host, grouped by node, pool, tag and type,
    with what M(pve.drs.drs_facts) knows of it as variables.
  - It asks a handful of requests however many guests there are, and only reads.
  - The file must be called C(NAME.drs.yml) or C(NAME.drs.yaml).
  - Guests are called by their names. Where a name is taken by another guest or a node, the id is added, as in C(web-101).
    A guest without a name is called C(qemu-101) or C(lxc-101). Templates are no hosts.
  - "Groups, with O(group_prefix) before each: C(nodes) and C(guests), C(qemu) and C(lxc), C(node_NAME) with the guests
    on that node, C(pool_NAME), C(tag_NAME), and C(cluster_NAME) with all of them. Characters that a group cannot have become C(_)."
  - "C(rule_NAME) holds the guests of each of the O(rules) that is not switched off, C(ha_rule_NAME) and C(ha_group_NAME) those that the HA rules
    and HA groups in force bind."
  - "Variables of nodes: C(drs_name), C(drs_cluster_name), C(drs_load_percent) by method, and what C(drs_facts) has under C(nodes),
    such as C(drs_status) or C(drs_used_memory_bytes), each with C(drs_) before it."
  - "Variables of guests: C(drs_vmid), C(drs_cluster_name), C(drs_ha_rule), the HA rules or groups that bind it or null,
    C(drs_score_percent), how well it is served or null where it does not run, and what C(drs_facts) has under C(guests),
    such as C(drs_node) or C(drs_demand_cores), each with C(drs_) before it."
  - "Variables of the group C(cluster_NAME): C(drs_cluster), C(drs_imbalance), C(drs_score), C(drs_triggers), C(drs_violations) and C(drs_warnings),
    as C(drs_facts) returns them with the defaults of its policy."
notes:
  - The role C(PVEAuditor) on C(/) is sufficient.
  - The addresses of guests are known to the guests alone, so nothing is said of how to log in to them.
    Set C(ansible_host) with O(compose) where names cannot be resolved.
  - Values of the connection options may be templates or encrypted with Ansible Vault.
seealso:
  - module: pve.drs.drs_facts
extends_documentation_fragment:
  - pve.drs.api
  - pve.drs.api.environment
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: Says that the file is meant for this plugin.
    type: str
    required: true
    choices: [pve.drs.drs]
  hosts:
    description: What becomes a host.
    type: list
    elements: str
    choices: [nodes, guests]
    default: [nodes, guests]
  rules:
    description:
      - The rules, as M(pve.drs.drs_balance) takes and describes them, to group guests by.
    type: list
    elements: dict
    default: []
  node_groups:
    description: Names for several nodes, for C(nodes) of O(rules), as M(pve.drs.drs_balance) takes them.
    type: dict
    default: {}
  rules_file:
    description:
      - A file of variables, such as C(group_vars/all/drs.yml), of which C(drs_rules) and C(drs_node_groups) stand for O(rules) and O(node_groups).
        So the rules need not be written down twice.
      - It is looked for beside the inventory source, unless its path is absolute. It may be encrypted with Ansible Vault.
    type: str
  host_prefix:
    description: Put before the name of every host, so that hosts of several clusters in one inventory can share a name.
    type: str
    default: ""
  group_prefix:
    description: Put before the name of every group that the plugin makes on its own. O(groups) and O(keyed_groups) do not get it.
    type: str
    default: drs_
"""

EXAMPLES = r"""
# shop.drs.yml; the token's secret comes from the environment variable PROXMOX_TOKEN_SECRET
plugin: pve.drs.drs
api_host: [pve1.example.com, pve2.example.com]
api_token_id: drs@pve!inventory
ca_path: /etc/ssl/pve-root-ca.pem

# The next run does not ask again for ten minutes.
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.ansible/cache/drs
cache_timeout: 600

compose:
  ansible_host: inventory_hostname ~ '.example.com'
groups:
  # nodes above 80 % of their memory
  short_of_memory: drs_load_percent is defined and drs_load_percent.memory > 80
keyed_groups:
  - key: drs_status
    prefix: status

# guests by rule: drs_rule_db_apart and so on
rules_file: group_vars/all/drs.yml
"""

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ansible_collections.pve.drs.plugins.module_utils.core.errors import DrsError
from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.commands import read_facts
from ansible_collections.pve.drs.plugins.module_utils.glue.inventory import (
    Host,
    guest_hosts,
    node_hosts,
    shared_variables,
)

FILES = (".drs.yml", ".drs.yaml")
MAKERS = {"nodes": node_hosts, "guests": guest_hosts}


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]  # Ansible has no types
    """Between Ansible's inventory and the facts of a cluster."""

    NAME = "pve.drs.drs"

    def verify_file(self, path: str) -> bool:
        """Only files that are meant for this plugin."""
        return bool(super().verify_file(path)) and path.endswith(FILES)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:  # noqa: ANN401, FBT001, FBT002
        """Called by Ansible. Raises AnsibleParserError; its text holds no secret."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        facts = self._facts(path, may_use_cache=cache)
        cluster = self._group(f"cluster_{facts['cluster']['name']}")
        for name, value in shared_variables(facts).items():
            self.inventory.set_variable(cluster, name, value)
        for kind in self.get_option("hosts"):
            for host in MAKERS[kind](facts):
                self._add(host, cluster)

    def _facts(self, path: str, *, may_use_cache: bool) -> dict[str, Any]:
        """From the cache where it may be used and knows them; else asked for, and kept."""
        params = {name: self.templar.template(self.get_option(name)) for name in arguments.connection()}
        params |= self._declared(path)
        if not self.get_option("cache"):
            return self._read(params)
        # whoever asks another cluster, or as somebody else, wants another answer
        asked = ("api_host", "api_user", "api_token_id", "rules", "node_groups")
        key = self.get_cache_key(" ".join([path, *(str(params[name]) for name in asked)]))
        if may_use_cache and key in self._cache:
            return dict(self._cache[key])
        facts = self._cache[key] = self._read(params)
        return facts

    def _declared(self, path: str) -> dict[str, Any]:
        """The rules of the options, or of the file of variables that they name."""
        given = {name: self.get_option(name) for name in arguments.declaring()}
        name = self.get_option("rules_file")
        if not name:
            return given
        if any(given.values()):
            raise AnsibleParserError("rules_file stands for rules and node_groups; give either it or these")
        found = self.loader.load_from_file(str(Path(path).parent / name)) or {}
        return {option: found.get(f"drs_{option}") or empty for option, empty in given.items()}

    def _read(self, params: dict[str, Any]) -> dict[str, Any]:
        try:
            facts = read_facts(params)
        except DrsError as error:
            raise AnsibleParserError(str(error)) from error
        for warning in facts["warnings"]:
            self.display.warning(warning)
        return facts

    def _add(self, host: Host, cluster: str) -> None:
        name = self.inventory.add_host(f"{self.get_option('host_prefix')}{host.name}", group=cluster)
        for group in host.groups:
            self.inventory.add_child(self._group(group), name)
        for variable, value in host.variables.items():
            self.inventory.set_variable(name, variable, value)
        self._construct(name)

    def _construct(self, name: str) -> None:
        """What the options of ansible.builtin.constructed say."""
        strict = self.get_option("strict")
        known = self.inventory.get_host(name).get_vars()
        self._set_composite_vars(self.get_option("compose"), known, name, strict=strict)
        known = self.inventory.get_host(name).get_vars()
        self._add_host_to_composed_groups(self.get_option("groups"), known, name, strict=strict, fetch_hostvars=False)
        self._add_host_to_keyed_groups(
            self.get_option("keyed_groups"), known, name, strict=strict, fetch_hostvars=False
        )

    def _group(self, name: str) -> str:
        return str(self.inventory.add_group(self._sanitize_group_name(f"{self.get_option('group_prefix')}{name}")))
