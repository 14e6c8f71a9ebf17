# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What calls for action, and how far nodes may be filled."""

from __future__ import annotations


class ModuleDocFragment:
    """`pve.drs.deciding`; the options are declared in `glue/arguments.py`."""

    DOCUMENTATION = r"""
---
options:
  triggers:
    description:
      - What makes uneven loads a reason to act. One of them is enough. Then guests are moved until none of them holds any more
        and the nodes are no further apart than O(balanciness). An empty list leaves uneven loads as they are.
      - V(balanciness) acts when the most and the least loaded node are further apart than O(balanciness).
      - V(variation) acts when the loads of all nodes vary by more than O(variation_max), as Proxmox VE's own balancer does.
        It sees neither one hot node among many nor how much load there is at all.
      - V(outliers) acts when a node is 30 percentage points or more away from the median of all nodes, and three times as far as nodes usually are,
        as long as they are further apart than O(balanciness). It goes well with V(variation).
      - V(score) acts when guests get less than 60 percent of what they want of cpu, memory and network.
      - V(distribution) acts when nodes run more guests than their share, which goes by their memory.
      - V(proactive) acts when the most loaded node is 20 percent above the mean of all nodes, whatever that is.
      - V(crs) acts as Proxmox VE's own balancer does, above an imbalance of 30 percent; it is meant for loads that are half cpu, half memory.
      - Broken constraints, such as O(memory_max), are always a reason to act. O(method=psi) knows no other ones.
      - By default as O(policy) says, with V(balance) C([balanciness]).
    type: list
    elements: str
    choices:
      - balanciness
      - variation
      - outliers
      - score
      - distribution
      - proactive
      - crs
  balanciness:
    description:
      - How far the loads of the most and the least loaded node may be apart before guests are moved, in percentage points, V(1) to V(100).
      - A lower number gives a more even cluster and more migrations.
      - By default as O(policy) says, with V(balance) V(10).
    type: float
  variation_max:
    description:
      - With V(variation) among O(triggers), how much the loads of the nodes may vary, in percent, V(1) to V(100).
        The measure is their standard deviation by their mean, scaled so that 0 is even and 100 is everything on one node.
      - By default as O(policy) says, with V(balance) V(30).
    type: float
  memory_max:
    description:
      - No guest is moved to a node whose memory in use would exceed this, in percent of its memory.
        A node above it loses guests even when the loads are even, unless it is only above it with memory that Proxmox VE
        takes back by ballooning. That memory is no room for arrivals either, until it was taken back.
      - What ballooning can take back is read of nodes above the limit only, with one request each.
      - By default as O(policy) says, with V(balance) V(90).
    type: float
  cpu_max:
    description:
      - No guest is moved to a node whose busy cores would exceed this, in percent of its cores.
        A node above it loses guests even when the loads are even.
      - By default as O(policy) says, with V(balance) V(90).
    type: float
  pools:
    description:
      - Resource pools, as M(pve.drs.drs_pools) takes and describes them.
      - Guests that get less than 80 percent of the cpu or memory that they are entitled to are a reason to move guests, for a O(policy) whose planners
        include C(serve), such as V(balance). It is called C(entitlement) in reports. What a guest gets of its node goes by the weights that the pools
        call for, and scores of guests count by the level of their shares.
      - No node gets a guest with a reservation of its own that, together with those that are there, exceeds what the node has. Of a node that has more reserved
        such guests are moved away, as something that has to be mended.
      - What the cluster has against the pools is a warning here. Setting options of guests is for M(pve.drs.drs_pools).
      - With pools the pressure of guests is read, with two requests for each node.
    type: list
    elements: dict
    default: []
    version_added: 0.3.0
  link_gbit:
    description:
      - Speed of the network of a node in Gbit/s, of all its physical interfaces together, as Proxmox VE counts all of them together.
        O(link_gbit_by_node) has nodes with another one.
      - No guest is moved to a node that uses 80 percent of it, by the mean of the last five minutes in the busier direction, or that would
        use more with what the guest sends and receives. The traffic of migrations is no part of that.
      - Without it the network does not count, as Proxmox VE does not tell how fast it is. With it the history of every node is read,
        and of guests that would be moved.
    type: float
  link_gbit_by_node:
    description:
      - What O(link_gbit) is for single nodes, by the name of the node. Without O(link_gbit), the network of all other nodes does not count.
    type: dict
    default: {}
  excluded_nodes:
    description:
      - Nodes that never receive a guest and that do not count when loads are compared.
      - Guests leave such a node only to end a violation, for example of O(memory_max).
    type: list
    elements: str
    default: []
  maintenance_nodes:
    description:
      - Nodes that are treated as if they were in maintenance mode. Guests that run there are moved away, as something that has to be mended, and none comes.
      - For a node whose guests are to be away and come home together, M(pve.drs.drs_evacuate) does more, for example with guests that do not run.
    type: list
    elements: str
    default: []
    version_added: 0.2.0
  enabled_nodes:
    description:
      - The nodes that take part. All others are left alone as O(disabled_nodes) are. Without any, all nodes take part.
    type: list
    elements: str
    default: []
    version_added: 0.2.0
  disabled_nodes:
    description:
      - Nodes that are left alone. Guests neither leave them nor come to them, whatever is wrong there, and they do not count when loads are compared.
      - Their guests count for rules all the same, so that none goes where a rule forbids it.
    type: list
    elements: str
    default: []
    version_added: 0.2.0
"""
