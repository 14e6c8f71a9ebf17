# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Which guests may be moved, and which nodes have room for them."""

from __future__ import annotations


class ModuleDocFragment:
    """`pve.drs.guarding`; the options are declared in `glue/arguments.py`."""

    DOCUMENTATION = r"""
---
options:
  restart_containers:
    description:
      - Whether running containers may be moved. Proxmox VE has to shut a container down and start it again on the other node.
    type: bool
    default: false
  with_local_disks:
    description:
      - Whether guests with disks on local storage may be moved. Their disks are copied, which can take hours.
    type: bool
    default: false
  max_disk_usage:
    description:
      - No guest is moved that would fill a storage of its target beyond this, in percent of the storage. Only storages that receive its disks count.
        V(0) sets no limit, but there is always a twentieth more free than what is copied.
    type: float
    default: 0
  memory_overcommit:
    description:
      - No guest is moved to a node whose running guests would be configured with more than this many times the memory that the node has for them.
        V(0) sets no limit.
      - A virtual machine whose memory Proxmox VE takes back by ballooning counts with the least that it keeps.
        Memory that the node saves by merging pages (KSM) comes on top of what it has.
      - Balloons are read of nodes that would exceed it only, with one request each.
    type: float
    default: 1
  cpu_overcommit:
    description:
      - No guest is moved to a node whose running guests would have more than this many vCPUs for each of its logical cpus. V(0) sets no limit.
    type: float
    default: 4
  cpu_classes:
    description:
      - "Labels of nodes, for example C({pve1: epyc-rome, pve2: epyc-rome}). Nodes with the same label take each other's guests whatever their processors are."
      - Without labels, a guest with the processor type C(host), C(max) or a custom one only goes to nodes with the same vendor and model of processors,
        one with a type C(x86-64-v2) or later where all flags of that type are, and one with another type where the vendor is the same.
        Guests with C(kvm64) and C(qemu64) go anywhere.
    type: dict
    default: {}
  host_layouts:
    description:
      - "Labels of nodes whose cpus, NUMA nodes and huge pages are laid out alike, for example C({pve1: two-sockets, pve2: two-sockets})."
      - A guest with C(hugepages), C(affinity) or NUMA nodes of its host only goes to nodes that have the same label as its own.
        Without labels such guests stay.
    type: dict
    default: {}
  backup_scope:
    description:
      - What is left alone while a backup runs. What ends the violation of a rule, or empties a node, does not wait for that.
      - A guest that is being saved is locked, and stays in any case, see O(wait_foreign).
      - With V(node), guests neither leave nor come to a node that runs a backup job of several guests. Such a job saves the guests that the node had
        when it began, so that one that leaves before its turn is not saved at all.
      - With V(cluster), nothing is moved as long as a backup of any guest runs on any node.
      - With V(guest), nothing else is left alone.
      - Backups are in the list of tasks of the cluster, of which a user without C(Sys.Audit) only sees his own.
    type: str
    choices: [guest, node, cluster]
    default: node
    version_added: 0.2.0
"""
