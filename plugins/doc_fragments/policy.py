# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What to want of a cluster, and how much of it at once."""

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
        Both go by the mode, method, threshold, margin and hold duration that C(crs) in the options of the datacenter has, where it has them,
        and measure as that version of Proxmox VE does. What is given by O(policies), O(hold) or O(sensitivity) counts more. Notices tell what was read.
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
        and C(crs_margin) in percent and C(crs_scope) (V(ha) or V(all)) for C(base) V(crs), the first three also V(auto);
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
      - How many of those may leave or enter the same node, which is how many share its link.
    type: int
    default: 2
  max_parallel_per_source:
    description:
      - How many of those may leave the same node. By default that is limited by O(max_parallel_per_node) alone.
    type: int
  max_parallel_per_target:
    description:
      - How many of those may enter the same node. By default that is limited by O(max_parallel_per_node) alone.
    type: int
  bandwidth_limit:
    description:
      - What a single migration may send, in MiB/s. The estimated durations respect it. V(0) sets no limit of our own.
      - Proxmox VE takes the lowest of this and of its own limits, which are in the options of the datacenter and of storages.
      - Guests under HA are not limited by it, as the HA manager takes no such parameter; set C(bwlimit) of the datacenter for them.
    type: float
    default: 0
  planning_seconds:
    description:
      - For how many seconds to look for moves. A plan that is not complete by then has the best moves that were found so far,
        and says so.
      - The largest clusters take about one second.
    type: float
    default: 30
  exact_seconds:
    description:
      - For how many seconds an exact search (a mixed-integer linear program) may look for a better plan than the one that was found.
        V(0) leaves it at that. It is looked for each time that a run makes a plan, which is two or three times where guests are asked about.
      - A plan is only replaced by one that is as good in everything that the policy wants, and better in some of it, or that sends less memory.
        It keeps all rules and limits at any moment. A notice tells what is better, or that the time was up without proof that nothing is.
      - It needs the Python library highspy where the module runs, and policies whose planners all tell what they want, which are
        V(balance), V(rules_only), V(score), V(distribute) and those that build on them.
    type: float
    default: 0
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
  move_running:
    description:
      - Whether guests that run are moved without asking, virtual machines live and containers with a restart.
      - With V(false), only guests that do not run are moved. Moves of guests that run are recommended, each with an id that O(approve) takes,
        also those that would mend a rule or empty a node.
    type: bool
    default: true
    version_added: 0.2.0
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
  migration_link_gbit:
    description:
      - Speed of the network that migrations use, in Gbit/s. The estimated durations depend on it.
      - With O(state_path) it is replaced by what migrations reached, once three are known. More than ten times faster or slower is not believed.
    type: float
    default: 10
  explain:
    description:
      - Ids of guests to answer for, why each of them may or may not go to each other node.
    type: list
    elements: int
    default: []
  alternatives:
    description:
      - How many other moves to tell of for each move of the plan, carried out or recommended, best first.
      - They are what would be done instead if that move, and those told of before, were not allowed. That is the same guest to another node,
        or another guest of the same node, with as good a reason. Nothing of it is carried out.
      - Each takes as long to find as a move does, within O(planning_seconds), and its guests are asked about like those of the plan.
    type: int
    default: 0
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
