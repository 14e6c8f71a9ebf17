# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How loads come about."""

from __future__ import annotations


class ModuleDocFragment:
    """`pve.drs.measuring`; the options are declared in `glue/arguments.py`."""

    DOCUMENTATION = r"""
---
options:
  method:
    description:
      - What the load of a node is measured by.
      - V(memory) is memory in use as a share of the node's memory. Guests that are small today but large tomorrow count as what they use today.
      - V(cpu) is processor time in use as a share of the node's cores.
      - V(memory_rrd) and V(cpu_rrd) are the means of memory and of processor time in use over the last hour, as Proxmox VE recorded them.
      - V(memory_assigned) is the memory that guests are configured with as a share of the node's memory, whatever they use of it.
        It may exceed 100 percent.
      - V(cpu_assigned) is the vCPUs that guests are configured with as a share of the node's cores. It may exceed 100 percent.
      - V(disk) is what is used of the storages that only the node itself has, as a share of their size.
        Storages that share a pool count once. Nodes without any are not compared.
        Guests are moved together with their disks, which C(with_local_disks) has to allow.
      - V(weighted) is a mix of the others, see O(method_weights).
      - V(psi) is pressure, the share of time that tasks have to wait for cpu, memory or storage, as a share of O(pressure_limits).
        It needs Proxmox VE 9. A node at 100 percent or more loses one guest, if that helps and if no other node comes to 100 percent by that,
        and is judged again five minutes later at the soonest. Loads below that are not evened out, and O(balanciness) does not matter.
      - Whatever the method, O(memory_max) and O(cpu_max) hold.
      - By default as O(policy) says, with V(balance) V(memory).
    type: str
    choices:
      - memory
      - cpu
      - memory_rrd
      - cpu_rrd
      - memory_assigned
      - cpu_assigned
      - disk
      - weighted
      - psi
  method_weights:
    description:
      - What counts how much with O(method=weighted), by the name of the method. The load of a node is the weighted mean of its loads by these methods.
      - "C({cpu: 1, memory: 1}) counts both alike, as Proxmox VE does for its own scheduler."
    type: dict
    default: {}
  pressure_limits:
    description:
      - With O(method=psi), the pressure in percent of time that is too much, by resource (C(cpu), C(memory), C(io)) and kind.
      - C(some) and C(full) are means over an hour of the time in which some or all tasks wait.
        C(spike) is the highest share of time within that hour in which some wait.
      - "What is not named keeps its default: C({cpu: {some: 20, spike: 60}, memory: {some: 5, full: 1, spike: 20}, io: {some: 20, full: 5, spike: 60}}).
        V(0) switches a comparison off."
    type: dict
    default: {}
  cpu_speeds:
    description:
      - How fast one core of a node is compared to others, by the name of the node, for example in GHz. Nodes that are not named have V(1).
      - What a guest uses is converted, for methods and for O(cpu_max). Figures in cores are then cores of speed 1.
    type: dict
    default: {}
  speed_by_clock:
    description:
      - Whether nodes are as fast as their clock rates, by the median of all nodes, instead of what O(cpu_speeds) says.
      - Proxmox VE tells the clock rate of one core at the moment, which says little where cores slow down while they have nothing to do,
        and nothing about processors of different generations. O(cpu_speeds) is better where the nodes are known.
      - Takes some requests more for each node. A node that does not tell its clock rate fails the task.
    type: bool
    default: false
  smt_percent:
    description:
      - How much the second thread of a core counts in what a node has, in percent, V(0) to V(100). Two busy threads of one core do less than two cores.
        With V(30), a node with 8 cores and 16 threads has 10.4 cores.
      - It counts for O(cpu_max), with O(method=psi), and in the score of guests. Loads by the other methods are by all threads, as Proxmox VE shows them.
      - Below V(100) takes some requests more for each node. A node that does not tell how many cores it has fails the task.
    type: float
    default: 100
  reclaim_arc:
    description:
      - Whether the cache of ZFS counts as free, but for 1/32 of the node's memory that ZFS keeps. Proxmox VE counts all of it as used.
      - Takes some requests more for each node, and Proxmox VE 9. Where the size of the cache is not known, it counts as used.
    type: bool
    default: false
  count_merged:
    description:
      - Whether a node needs room also for those pages of a virtual machine that its present node has merged with those of others (KSM).
        They arrive unmerged.
      - Takes some requests more for each node.
    type: bool
    default: false
  assigned_scope:
    description:
      - Which guests count with the methods V(memory_assigned) and V(cpu_assigned).
      - V(running) counts what runs now. V(all) counts stopped guests as well, as if they were to start where they are, but no templates.
      - Stopped guests are counted, but not moved.
    type: str
    choices:
      - running
      - all
    default: running
  included_storages:
    description:
      - With method V(disk), ids of the local storages that count, on nodes and for what guests have there. Without any all of them count.
      - Storages that share a pool count once, and a pool counts when one of its storages does.
    type: list
    elements: str
    default: []
  excluded_storages:
    description:
      - With method V(disk), ids of local storages that do not count, even if O(included_storages) names them.
    type: list
    elements: str
    default: []
  estimator:
    description:
      - How the load over time becomes one figure for each node and guest, so that a short peak moves nothing.
      - V(snapshot) is what Proxmox VE reports now, an average of some ten seconds.
      - V(mean), V(percentile) (the 95th) and V(max) are of the last hour, by one sample a minute.
      - V(ema) is the moving average over the last minute. The module takes a sample every five seconds, which takes it up to a minute.
      - V(holt_winters) is the larger of the present and what the next hour will bring, as foreseen from the days before.
        With less than two days recorded it is what V(percentile) is.
      - V(ema_or_mean) is the larger of V(mean) and a moving average of the last minutes as Proxmox VE recorded them,
        V(mean_or_percentile) the larger of V(mean) and V(percentile).
      - The history of every node is read, and of the guests on nodes that would lose some. It is read as if guests that moved meanwhile had been
        where they are now. What lacks more than a fifth of its samples, or has none of the last three minutes, counts as it is now, with a warning.
        With more than half of them like that, nothing is moved to even out the load.
      - Whatever the estimator, no guest is moved to a node that has no room for it now.
      - The methods V(memory_rrd) and V(cpu_rrd) of O(method) are means already, and take no other estimator.
      - By default as O(policy) says, with V(balance) V(snapshot).
    type: str
    choices:
      - snapshot
      - mean
      - ema
      - percentile
      - max
      - holt_winters
      - ema_or_mean
      - mean_or_percentile
  state_path:
    description:
      - A file in which averages outlive a run, on the machine that the module runs on. The module creates it; its folder has to exist.
        It holds names of nodes, ids of guests and what they used, and no secrets.
      - With O(estimator=ema) a run goes on where the last one ended, if that was no more than five minutes ago, and only takes samples for the time since then.
        The other estimators need no file, as Proxmox VE itself keeps the history that they read.
      - It also keeps how long triggers have held, what was learned of guests, where evacuated guests belong, which run is at work, what is in flight,
        and the runs with their moves. Of each cluster the last 200 runs of the last 90 days are kept.
      - So is what their live migrations sent, and how long that took, as their logs tell it. Later runs estimate by that how long migrations take.
      - Several clusters and several runs at once may use the same file. Clusters are told apart by their names.
      - Check mode reads the file, but never creates or changes it.
    type: path
"""
