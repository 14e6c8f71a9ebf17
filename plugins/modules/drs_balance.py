# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Relieve overloaded nodes."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: drs_balance
short_description: Evens out the load of a Proxmox VE cluster by migrating guests
version_added: 0.1.0
author: the pve.drs authors (@pve-drs)
description:
  - Reads the cluster, decides which guests to move where, moves them, and verifies where each of them ended.
  - It first ends violations, such as a node above O(memory_max), then evens out the load until the nodes are no further apart than O(balanciness).
    Where nothing calls for action, it does nothing.
  - Before each step the cluster is read again. A move that is no longer allowed is skipped, with the reason, or as O(on_drift) says.
  - A move that fails is tried once more, see O(retries). Moves that were only good together with it are left out, the others go on.
  - Every migration that was started is followed to its end and accounted for, also after an error, a signal or a time-out.
notes:
  - To decide, the role C(PVEAuditor) on C(/) is sufficient. To ask about and to carry out a migration, the privilege C(VM.Migrate)
    on C(/vms) or on the guests is needed too. Guests without it stay where they are, and a user who holds it on no guest
    gets a plan that was not checked against devices and disks, and that cannot be carried out.
  - The task fails when a move failed or the run ended early. All return values are there nevertheless.
    A skipped move is only a warning.
  - Each move is also told to the system log of the machine that the module runs on, when it starts and when it has ended,
    where it can be found when Ansible was interrupted and shows no result. The callback plugin C(pve.drs.progress) prints the same while it happens.
  - Do not run two balancers at once. Proxmox VE's own automatic rebalancing is one, too.
attributes:
  check_mode:
    support: full
    details:
      - Goes the same way up to the finished plan and sends no writing request. Recommended moves are no change.
  diff_mode:
    support: full
    details:
      - Shows the placement of the guests that are moved, before and after.
  idempotent:
    support: partial
    details:
      - A second run changes nothing once the nodes are even enough. A cluster whose loads change calls for other moves,
        and O(max_moves) may leave some for the next run.
seealso:
  - module: pve.drs.drs_facts
  - name: Proxmox VE API
    description: The reference of the API that is asked.
    link: https://pve.proxmox.com/pve-docs/api-viewer/
options:
  plan:
    description:
      - A plan that an earlier run returned as RV(plan), or the path of a file that holds it as JSON. It is carried out unchanged, or not at all.
      - It is refused when it was edited, when the time is past until which it is valid, or when not everything that it depends on is as it was.
        That is the state of all nodes, place, size, lock and state of the guests that it moves, and what rules say of them.
        The error names every difference. Loads may have changed, as every move is checked anew against all rules and limits.
      - Moves that were carried out before are left out, so that an interrupted run can be completed. Once all of them were, nothing is changed.
      - No other target is tried where a move fails.
      - The options that the plan was made with are part of it. Whatever is left out is as in the plan, and an option that says otherwise is a difference.
        That does not hold for O(state_path), O(planning_seconds), O(exact_seconds), O(approve), O(explain), O(alternatives), O(settle) and O(timeout).
      - With O(approve), recommendations of the plan are carried out after its steps.
      - Its digests tell whether it was changed, not by whom it was made. Whoever may write the file may put another plan in its place.
    type: raw
  plan_valid:
    description:
      - For how many seconds the plan that is made may be applied with O(plan).
    type: int
    default: 3600
  leader:
    description:
      - With V(local) only the leader acts. That is the node with the lowest id among those that are online. A run whose question was answered by another node
        decides and does nothing, returns C(changed=false), and says who the leader is.
      - It is for the same timer on every node, where each asks the API of its own node, so that the next one takes over when the leader is down.
        What counts is which node answers, not its name or address, so that it holds for runs in containers too.
      - With V(any) it does not matter who answers. Check mode always shows the plan.
    type: str
    choices: [any, local]
    default: any
  observe:
    description:
      - For how many seconds the run may look at the cluster again and again before it decides. With V(0) it looks once.
      - Each look counts as one of the runs of O(hold), so that a timer that starts a run every few minutes acts on what has held for some seconds,
        and no O(state_path) is needed to count. Averages of O(estimator=ema) go on from look to look, and the minute that the first of them may take
        is not counted.
      - It ends early when a reason has held for long enough, when something must be done that never waits, and when nothing is near to a reason to act,
        which is when nothing would be even if every limit were lower by a tenth.
      - Other runs are not kept waiting meanwhile. The turn of this one begins when it decides, with one more look.
      - It does the same in check mode, and has no meaning with O(plan). It has to be shorter than O(timeout), which counts from the start of the run.
    type: int
    default: 0
    version_added: 0.2.0
  observe_every:
    description:
      - How many seconds the looks of O(observe) are apart.
      - By default V(5), or V(60) where the method or the estimator goes by what Proxmox VE records once a minute.
    type: int
    version_added: 0.2.0
extends_documentation_fragment:
  - pve.drs.api
  - pve.drs.policy
  - pve.drs.measuring
  - pve.drs.deciding
  - pve.drs.rules
  - pve.drs.policy.moving
  - pve.drs.executing
  - pve.drs.guarding
  - pve.drs.timing
  - pve.drs.attributes
  - pve.drs.attributes.actiongroup_drs
"""

EXAMPLES = r"""
- name: See what would be done, and why
  pve.drs.drs_balance:
    api_host: [pve1.example.com, pve2.example.com]
    api_token_id: drs@pve!balance
    api_token_secret: "{{ drs_token_secret }}"
  check_mode: true
  diff: true
  register: dry_run

- name: Print the report
  ansible.builtin.debug:
    msg: "{{ dry_run.report.splitlines() }}"

- name: Even out memory, with some guests left alone
  pve.drs.drs_balance:
    api_host: [pve1.example.com, pve2.example.com]
    api_token_id: drs@pve!balance
    api_token_secret: "{{ drs_token_secret }}"
    method: memory
    balanciness: 15
    max_moves: 4
    timeout: 1800
    rules:
      - {name: gateway, type: pin, guests: [900]}
      - {name: not-ours, type: ignore, guests: {pool: customers, tag: [lab, test]}}
      - {name: small-nodes, type: max_guests, nodes: [pve4, pve5], count: 20}

- name: Act on what has held for ten seconds, and wait two minutes for that
  pve.drs.drs_balance:
    api_host: [pve1.example.com, pve2.example.com]
    api_token_id: drs@pve!balance
    api_token_secret: "{{ drs_token_secret }}"
    estimator: ema
    hold: 3
    observe: 120

- name: Even out the load at night, but not while the backups run, and never at the end of the year
  pve.drs.drs_balance:
    api_host: [pve1.example.com, pve2.example.com]
    api_token_id: drs@pve!balance
    api_token_secret: "{{ drs_token_secret }}"
    time_zone: Europe/Berlin
    windows:
      - {days: mon-fri, from: "20:00", to: "06:00"}
      - {days: [sat, sun]}
    blackouts:
      - {name: backup, from: "01:00", to: "03:00"}
      - {name: end of the year, first_day: 2026-12-20, last_day: 2027-01-06}

- name: Ask why guest 104 stays where it is
  pve.drs.drs_balance:
    api_host: pve1.example.com
    api_user: root@pam
    api_password: "{{ root_password }}"
    method: cpu
    explain: [104]
  check_mode: true
"""

RETURN = r"""
plan:
  description: What was decided and why. Shares are in percent.
  returned: when the cluster could be read and a plan could be made
  type: dict
  contains:
    cluster:
      description: Name of the cluster.
      type: str
      returned: success
      sample: demo
    policy:
      description: Name of the policy.
      type: str
      returned: success
      sample: balance
    method:
      description: The O(method).
      type: str
      returned: success
      sample: memory
    fingerprint:
      description: Of the cluster that the plan was made for.
      type: str
      returned: success
      sample: 3f2a9d6c1b7e0845
    before:
      description:
        - The cluster as it was found. C(triggers) are reasons to act. C(quiet_triggers) are limits that no node exceeds,
          and those of O(triggers) that call for nothing, with their figures.
      type: dict
      returned: success
      sample:
        loads: [{node: pve1, load_percent: 81.25, cpu_percent: 22.65, memory_percent: 81.25, guests: 12}]
        imbalance: {delta_percent: 38.15, variation_percent: 30.68}
        highest_load_percent: 81.25
        triggers:
          - name: balanciness
            reason: memory in use differs by 38.2 points between pve1 (81.2 %) and pve2 (43.1 %), above the 10 allowed
        quiet_triggers:
          - name: memory_capacity
            reason: pve1 uses 104.0 GiB, within its limit of 112.9 GiB
          - name: cpu_capacity
            reason: pve1 uses 7.2 cores, within its limit of 28.8 cores
        violations: []
    after:
      description: The same for the cluster as the plan would leave it.
      type: dict
      returned: success
      sample:
        loads: [{node: pve1, load_percent: 62.5, cpu_percent: 17.2, memory_percent: 62.5, guests: 9}]
        imbalance: {delta_percent: 8.75, variation_percent: 7.11}
        highest_load_percent: 62.5
        triggers: []
        quiet_triggers:
          - name: memory_capacity
            reason: pve1 uses 80.0 GiB, within its limit of 112.9 GiB
          - name: cpu_capacity
            reason: pve1 uses 5.5 cores, within its limit of 28.8 cores
          - name: balanciness
            reason: memory in use differs by 8.8 points between pve1 (62.5 %) and pve2 (53.8 %), within the 10 allowed
        violations: []
    record:
      description:
        - What O(plan) needs to carry this plan out unchanged, beside the steps. C(made) and C(valid_until) are in UTC, C(settings) are the options
          that were not left at their defaults, without those of the connection. C(digests) tell whether somebody has edited the plan.
        - Left out when O(plan) was applied.
      type: dict
      returned: without O(plan)
      sample:
        format: 1
        made: "2026-03-31T12:00:00Z"
        valid_until: "2026-03-31T13:00:00Z"
        settings: {method: memory}
        nodes: {pve1: online, pve2: online}
        guests: {"101": {name: web-1, cores: 4, memory_bytes: 8589934592, lock: null, is_active: true, is_ha: false}}
        rules: {rule db-apart: 3f2a9d6c1b7e0845}
        digests: {whole: 0d3b52c7a9e1f864}
    steps:
      description: Steps in their order. The moves of a step may run at the same time, those with the same C(group) start together or not at all.
        C(gain_percent) is the imbalance that a move takes away.
      type: list
      elements: dict
      returned: success
      sample:
        - moves:
            - vmid: 101
              name: web-1
              type: qemu
              source: pve1
              target: pve2
              mode: live
              category: improvement
              group: ""
              reason: evens out memory in use, pve1 81.2 % -> 74.9 %, pve2 43.1 % -> 49.4 %
              gain_percent: 9.41
              estimated_seconds: 14.2
              estimated_downtime_seconds: 0.1
              estimated_bytes: 8804682957
              memory_bytes: 8589934592
    move_count:
      description: How many moves that are.
      type: int
      returned: success
      sample: 1
    estimated_seconds:
      description:
        - How long they would take in all.
        - With O(state_path) by what earlier migrations took, of the same guests and between the same nodes where enough is known.
          Otherwise by O(migration_link_gbit), and by the memory and the cores that guests use.
      type: float
      returned: success
      sample: 14.2
    recommended:
      description:
        - Moves that O(automation), O(move_running) or O(windows) keep from being carried out, with the reason in C(why).
          They are in the order in which they are useful,
          those of one entry belong together. O(approve) takes C(id).
        - After C(valid_seconds) look again before you rely on one.
      type: list
      elements: dict
      returned: success
      sample:
        - id: 5b1d0c77e3a9
          why: automation is manual, as tag drs-manual says
          valid_seconds: 900
          moves: []
    after_recommended:
      description: As C(after), with all recommended moves as well. Null when none are recommended.
      type: dict
      returned: success
      sample: null
    alternatives:
      description:
        - With O(alternatives), what else could be done instead of each move, carried out or recommended, in C(instead_of).
        - C(ranked) is ordered best first. The C(moves) of an entry belong together, and are described as those of RV(plan.steps).
      type: list
      elements: dict
      returned: success
      sample:
        - instead_of: [{vmid: 101, name: web-1, source: pve1, target: pve2}]
          ranked:
            - moves:
                - vmid: 102
                  name: web-2
                  type: qemu
                  source: pve1
                  target: pve2
                  mode: live
                  category: improvement
                  reason: "evens out memory in use: pve1 81.2 % -> 76.5 %, pve2 43.1 % -> 47.8 %"
                  gain_percent: 7.02
                  estimated_seconds: 10.6
                  estimated_downtime_seconds: 0.1
                  estimated_bytes: 6603512217
                  memory_bytes: 6442450944
    refusals:
      description: Guests of troubled nodes that had to stay, and why. A target of null stands for every node.
      type: list
      elements: dict
      returned: success
      sample: [{vmid: 104, name: web-4, target: null, constraint: pinned, reason: it is pinned to pve1 (tag drs-pin)}]
    explained:
      description: The answers to O(explain).
      type: list
      elements: dict
      returned: success
      sample: [{vmid: 104, target: pve2, allowed: true, constraint: null, reason: null, gain_percent: 2.13}]
    disabled_rules:
      description:
        - Rules that do not count, because they contradict the older ones in C(conflicts_with) or can never be kept, with the reason in one sentence.
        - C(vmids) and C(nodes) are the guests that cannot be placed and the nodes that are left for them, C(demands) is what each of the rules wants.
      type: list
      elements: dict
      returned: success
      sample:
        - rule: rule db-apart
          conflicts_with: [rule licensed]
          reason: 101 (db-1), 102 (db-2) and 103 (db-3) need a node each, but only pve1 and pve2 are left for them
          vmids: [101, 102, 103]
          nodes: [pve1, pve2]
          demands:
            - rule licensed allows pve1 and pve2 for 101 (db-1), 102 (db-2) and 103 (db-3)
            - rule db-apart keeps 101 (db-1), 102 (db-2) and 103 (db-3) apart
    notices:
      description: Why there is nothing to do, what stays open, what could not be read, which rules have no effect or cannot be kept at the moment,
        and of which it could not be proven that all can be kept.
      type: list
      elements: str
      returned: success
      sample: []
    hours:
      description:
        - Whether guests may be moved now by O(windows) and O(blackouts), why not, and when that changes, which is null where it never does.
          C(moves) are the categories of moves that are carried out now. Null without windows and blackouts.
      type: dict
      returned: success
      sample:
        is_open: false
        reason: blackout business hours (mon-fri 08:00-18:00)
        until: "2026-03-30T18:00:00+02:00"
        moves: [mandatory]
    settings:
      description: What the plan was made by, by option, with what the policy and the defaults set. Shares are in percent.
      type: dict
      returned: success
      sample: {method: memory, triggers: [balanciness], balanciness: 10.0, memory_max: 90.0, cpu_max: 90.0, max_moves: 8}
    rules:
      description:
        - The rules of O(rules) with the guests that they mean, and the rules and groups of the HA manager (C(kind)). Best nodes come first.
        - Those with C(enabled=false) are switched off where they are declared. Others that do not count are in C(disabled_rules).
      type: list
      elements: dict
      returned: success
      sample:
        - {kind: HA rule, name: licensed, type: run_on, strength: must, enabled: true, vmids: [101, 102], nodes: [pve1, pve2], count: null, level: ""}
outcome:
  description: What became of the moves. Null when nothing was to be carried out, or in check mode.
  returned: with RV(plan)
  type: dict
  contains:
    moves:
      description:
        - All moves of the plan. C(status) is C(done), C(failed), C(skipped) (never started) or C(running) (still under way when the run had to end).
        - C(node) is where the guest was seen last, null when the cluster could not be asked any more.
        - C(began) is when the move was started, in seconds since the epoch, null when it never was.
        - C(target) is that of the plan. C(attempts) are all starts, each with its own target and with how it ended.
      type: list
      elements: dict
      returned: when RV(outcome) is not null
      sample:
        - vmid: 101
          name: web-1
          source: pve1
          target: pve2
          status: done
          reason: moved to pve2
          node: pve2
          began: 1794913200.0
          seconds: 15.1
          upid: "UPID:pve1:0003A1F2:015C1E2B:68C1A2B3:qmigrate:101:drs@pve!balance:"
          warnings: []
          attempts:
            - target: pve2
              reason: moved to pve2
              upid: "UPID:pve1:0003A1F2:015C1E2B:68C1A2B3:qmigrate:101:drs@pve!balance:"
    interrupted_by:
      description: The signal or limit that ended the run early, or null.
      type: str
      returned: when RV(outcome) is not null
      sample: null
    warnings:
      description: What went wrong beside the moves, such as with a file that follows them. Nothing of it kept a move from being carried out.
      type: list
      elements: str
      returned: when RV(outcome) is not null
      sample: []
    later_plans:
      description: With O(on_drift=replan), the plans that took the place of what was left of RV(plan), each as RV(plan) is.
        Their moves come last in C(moves).
      type: list
      elements: dict
      returned: when RV(outcome) is not null
      sample: []
    counts:
      description: How many moves ended how.
      type: dict
      returned: when RV(outcome) is not null
      sample: {done: 1, failed: 0, skipped: 0, running: 0}
observed:
  description:
    - What came of O(observe), how often it has looked and for how many seconds.
    - C(ended) is V(held) when a reason to act has held, V(mandatory) when something must be done at once, V(quiet) when nothing was near to a reason,
      V(no_quorum), or V(time).
  returned: with O(observe), and with RV(plan)
  type: dict
  sample: {looks: 3, seconds: 10.2, ended: held}
last_migrations:
  description:
    - The last 10 migrations of earlier runs, the newest first, as O(state_path) has recorded them; see C(history) of M(pve.drs.drs_facts).
    - Without a record, those that Proxmox VE itself told of, where the policy has asked for them.
  returned: with RV(plan)
  type: list
  elements: dict
  sample: []
report:
  description:
    - All of that as plain text, to be read or to be pasted into a change request.
    - Print it as C(report.splitlines(\)), so that Ansible shows lines.
  returned: with RV(plan)
  type: str
  sample: "pve.drs: cluster demo, policy balance, method memory\n..."
"""

from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.commands import balance
from ansible_collections.pve.drs.plugins.module_utils.glue.run import run


def main() -> None:
    spec = (
        arguments.connection()
        | arguments.judging()
        | arguments.moving()
        | arguments.executing()
        | arguments.timing()
        | arguments.keeping_plans()
        | arguments.leading()
        | arguments.observing()
    )
    run(spec=spec, command=balance)


if __name__ == "__main__":
    main()
