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
"""
