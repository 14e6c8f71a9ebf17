# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What to want of a cluster."""

from __future__ import annotations


class ModuleDocFragment:
    """`pve.drs.policy` and `pve.drs.policy.moving`; the options are declared in `glue/arguments.py`."""

    DOCUMENTATION = r"""
---
options:
  policy:
    description:
      - What to want of a cluster. A policy sets options; those that are given themselves count more.
      - V(balance) keeps limits and rules, and evens out the load.
      - V(rules_only) keeps limits and rules with as few moves as that takes, and leaves uneven loads as they are.
      - V(score) leaves uneven loads as they are, and moves guests that do not get what they want of cpu, memory and network to where they do.
      - V(distribute) is V(balance), and then evens out the number of guests on the nodes where that serves nobody worse.
      - V(relief) is for runs every few minutes. It learns from run to run how what each guest uses of the processors varies, and moves guests from nodes that
        are likely to run short, where what that saves is worth the memory to send. How even the load is does not matter.
      - V(conservative) makes at most one move in a run, from a node above 80 percent of its processors or memory, or 20 percent above the mean,
        to one that stays emptier than both are on average. Containers and guests with rules stay.
      - V(crs) makes the one move that Proxmox VE's own balancer would make for guests under HA, as long as no limit forbids it.
        V(crs_plus) does so for all machines, looks for single nodes far from the others as well, and asks whether a move is worth it.
      - Or the name of one of O(policies).
    type: str
    default: balance
  policies:
    description:
      - Policies of your own, by name. Each is a dictionary of what it sets, over what the policy says that it names as C(base), by default V(balance).
      - It may set the options O(method), O(method_weights), O(estimator), O(triggers), O(balanciness), O(variation_max), O(memory_max), O(cpu_max),
        C(max_moves), O(sensitivity), O(hold), O(cycle), O(cooldown), O(least_improvement) and O(benefit_ratio), in the units of these.
      - It may also set C(planners), a list of V(repair) (keeps limits and rules), V(prefer) (keeps rules that should hold), V(improve) (evens out the load),
        V(serve) (with trigger V(score)), V(distribute) (with trigger V(distribution)), V(relieve) (as policy V(relief) does), V(conservative)
        and V(crs), in the order in which they take their turn; C(score_min), the percentage below which a guest is served badly;
        C(crs_mode) (V(dynamic) or V(static)), C(crs_method) (V(bruteforce) or V(topsis)), C(crs_generation) (V(raw) or V(normalised)), C(crs_threshold)
        and C(crs_margin) in percent and C(crs_scope) (V(ha) or V(all)) for C(base) V(crs);
        C(proactive_factor), C(proactive_points), C(safety_margin) in percentage points and C(selection_seed) for C(base) V(conservative).
      - "For example C({night: {base: conservative, memory_max: 70}}) with C(policy: night)."
    type: dict
    default: {}
  sensitivity:
    description:
      - How readily to move guests. Unset, reasons count at once, as suits a run by hand. Levels are for runs by schedule;
        all but V(1) and V(5) need O(state_path), as they count in how many runs a reason has held.
      - V(1) keeps rules and limits that must hold, and empties nodes in maintenance. V(2) also relieves nodes above their limits.
        V(3) also evens out the load, where that is worth twice what it costs. V(4) is readier to, and counts busy minutes for more. V(5) follows every change.
      - It sets O(estimator), O(variation_max), O(balanciness), O(least_improvement), O(benefit_ratio), O(hold), O(cooldown) and C(max_moves).
    type: int
    choices: [1, 2, 3, 4, 5]
  hold:
    description:
      - In how many runs in a row something has to be wrong before it is acted upon. More than V(1) needs O(state_path), where runs are counted.
        Rules that must hold do not wait.
      - By default as O(policy) says, with V(balance) V(1).
    type: int
  cycle:
    description:
      - How many seconds runs are apart. Runs that are more than three times as far apart are not in a row.
      - By default as O(policy) says, with V(balance) V(300).
    type: int
  cooldown:
    description:
      - For how many seconds a guest that was moved stays where it is, and for twice as long it does not go back to where it was.
        What must hold does not wait for it. Moves by anybody count, as far as the list of tasks of the cluster goes back.
      - By default as O(policy) says, with V(balance) V(0).
    type: int
  least_improvement:
    description:
      - By how many percent of the imbalance a run has to lower it; otherwise the load is left as it is.
      - By default as O(policy) says, with V(balance) V(0).
    type: float
  benefit_ratio:
    description:
      - How many times what it costs a move that evens out the load has to give. Both are estimated from what guests get of cpu, memory and network,
        for how long that has been so, and from what the migration takes of both nodes. V(0) does not ask.
      - By default as O(policy) says, with V(balance) V(0).
    type: float
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
      - Several clusters and several runs at once may use the same file. Clusters are told apart by their names.
      - Check mode reads the file, but never creates or changes it.
    type: path
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
  rules:
    description:
      - Rules that every placement has to respect. All of them bind at any time, also while guests are on their way.
      - "Every rule has a C(name) of its own and a C(type). It may say C(enabled: false), and since when it exists with C(created),
        a date such as C(2026-03-31)."
      - "C(strength: must), which is the default, never lets a rule be broken. C(strength: should) makes it a wish. The types C(together), C(separate),
        C(run_on) and C(not_run_on) take either, all others are always C(must)."
      - "Type C(together): the guests share a node. Needs C(guests)."
      - "Type C(separate): each of the guests is on a node of its own. Needs C(guests)."
      - "Type C(run_on): the guests are on one of C(nodes). Needs C(guests) and C(nodes)."
      - "Type C(not_run_on): the guests are on none of C(nodes). Needs C(guests) and C(nodes)."
      - "Type C(pin): the guests stay on the node that they are on. Needs C(guests)."
      - "Type C(ignore): the guests are left alone, what they use is taken into account. Needs C(guests)."
      - "Type C(max_guests): a node runs C(count) guests at most. Needs C(count), takes C(nodes); without them it holds for each node."
      - "Type C(automation): how much is done without asking for the guests is C(level), V(manual), V(partial) or V(full), whatever C(automation)
        says of all others. Needs C(guests) and C(level)."
      - "C(guests) is a list of guest ids, or a dictionary of C(vmid), C(name), C(tag), C(pool), C(type) (C(qemu) or C(lxc)) and C(pattern), each with
        one value or a list; a guest that matches any of them is meant. A C(pattern) is compared with the whole name,
        with C(*) for any characters, C(?) for one and C([a-c]) for one of several, as in a shell."
      - "C(nodes) is a list of names of nodes, or a dictionary of C(name) and C(group), which is one of O(node_groups), each with one value or a list."
      - Of rules that contradict each other the older one holds, and the newer one is disabled and reported with what it conflicts with and why.
        Rules without C(created) are older than those with it, and the older the further up they are in the list.
        Of rules that were created at the same time, C(separate) counts as the oldest, then C(run_on) and C(not_run_on), then C(together).
      - A rule that matches nothing is no error. It is named among the notices.
    type: list
    elements: dict
    default: []
  node_groups:
    description:
      - Names for several nodes, such as those of a site or a rack, for C(nodes) of O(rules).
      - "For example C({rack1: [pve1, pve2], rack2: [pve3, pve4]}), and then C(nodes: {group: rack1}) in a rule."
    type: dict
    default: {}
  rules_scope:
    description:
      - Which guests take part in rules of the types C(together), C(separate), C(run_on) and C(not_run_on).
      - V(running) leaves out stopped guests, so that they take no node from others. V(all) counts them where they are.
    type: str
    choices:
      - running
      - all
    default: running
  tag_prefix:
    description:
      - What tags of guests begin with that stand for rules, followed by a hyphen. When it is empty, no tag stands for a rule.
      - A guest with the tag C(drs-pin) or C(drs-ignore) is pinned or ignored without a rule.
      - "C(drs-together-x) and C(drs-separate-x) bind all guests with the same tag, whatever C(x) is. C(drs-on-pve1) and C(drs-not-on-pve1) say where
        a guest is or is not; with several C(drs-on) tags it may be on any of these nodes. C(drs-prefer-pve1) is always a wish."
      - A guest with the tag C(drs-manual) is not moved without asking, as with C(automation=manual). C(drs-auto) is the opposite and needs O(trust_tags).
      - Rules win over tags that contradict them.
    type: str
    default: drs
  trust_tags:
    description:
      - "Whether tags that stand for rules bind like rules with C(strength: must)."
      - Without it they are wishes, as everybody who may edit a guest's options may set its tags. C(drs-pin) and C(drs-ignore) hold in any case.
    type: bool
    default: false
"""

    MOVING = r"""
---
options:
  max_moves:
    description:
      - How many guests one run may move to even out the load. Moves that end a violation come in addition.
      - By default as O(policy) says, with V(balance) V(8).
    type: int
  max_parallel:
    description:
      - How many migrations may be under way at once.
    type: int
    default: 4
  max_parallel_per_node:
    description:
      - How many of those may leave or enter the same node.
    type: int
    default: 2
  planning_seconds:
    description:
      - For how many seconds to look for moves. A plan that is not complete by then has the best moves that were found so far,
        and says so.
      - The largest clusters take about one second.
    type: float
    default: 30
  automation:
    description:
      - What is done without asking. What is not is recommended, each with an id that O(approve) takes.
      - V(full) carries out the plan. V(manual) carries out nothing. V(partial) is for clusters where guests are placed automatically but moved by hand.
        It carries out nothing here, unless O(partial_mandatory=apply).
      - Rules of type C(automation) and tags say otherwise for single guests. Guests that move together do so as the most restrictive of them says.
      - Of a plan that is recommended in part, the other moves are carried out only as far as they need none of that part.
    type: str
    choices: [manual, partial, full]
    default: full
  partial_mandatory:
    description:
      - What V(partial) means for moves that end the violation of a rule or empty a node in maintenance.
    type: str
    choices: [recommend, apply]
    default: recommend
  approve:
    description:
      - Ids of recommendations to carry out. The plan is made anew, so that only what is recommended now, too, is carried out;
        an id that is not is named among the notices.
    type: list
    elements: str
    default: []
  auto_rebalance:
    description:
      - What to do while Proxmox VE's own balancer is on, which is C(ha-auto-rebalance) of C(crs) in the options of the datacenter.
      - V(refuse) leaves guests under HA to it, as two balancers would undo each other's moves. Guests without HA are balanced as ever.
      - V(coexist) also balances those guests under HA that Proxmox VE's balancer does not touch, as their HA resource has C(auto-rebalance) off.
      - Either way, guests under HA are moved to mend what is broken, for example a rule.
    type: str
    choices:
      - refuse
      - coexist
    default: refuse
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
  migration_link_gbit:
    description:
      - Speed of the network that migrations use, in Gbit/s. The estimated durations depend on it.
    type: float
    default: 10
  explain:
    description:
      - Ids of guests to answer for, why each of them may or may not go to each other node.
    type: list
    elements: int
    default: []
  settle:
    description:
      - How long to wait after each step, in seconds, so that the next step, and the next run, see what the moves have changed.
        Proxmox VE publishes fresh figures every ten seconds, each node at its own time.
    type: int
    default: 20
  timeout:
    description:
      - After this many seconds nothing new is started. What is under way is followed to its end,
        then the task fails with an account of all moves.
      - A signal, for example from Ctrl-C, has the same effect, but what is under way is followed for one more minute only.
        What has not ended by then is returned as C(running), with the ID of its Proxmox VE task.
        While O(estimator=ema) takes its samples, a signal ends the run at once.
      - Set it lower than a C(timeout) or C(async) of the task. Ansible gives up on a task without telling the module why.
    type: int
"""
