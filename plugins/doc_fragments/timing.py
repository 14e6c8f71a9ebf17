# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""When guests may be moved."""

from __future__ import annotations


class ModuleDocFragment:
    """`pve.drs.timing`; the options are declared in `glue/arguments.py`."""

    DOCUMENTATION = r"""
---
options:
  windows:
    description:
      - When guests may be moved. Without any, that is at any time. A run at another hour decides as ever and reports what waits, but does not move it.
      - "Each entry is a dictionary. C(days) are V(daily), which is the default, or days such as V(mon-fri) or C([sat, sun]). C(from) and C(to) are times
        of the day in quotes, such as V(22:00) and V(06:00), which is the next day where it is not later than C(from). Without them the whole day is meant.
        C(first_day) and C(last_day), dates such as V(2026-12-24), are the first and the last day on which it begins. C(name) is for messages."
      - "For example C({days: mon-fri, from: '22:00', to: '06:00'})."
      - When a window closes during a run, what is under way goes on to its end, nothing more is started, and the rest is returned as C(skipped).
    type: list
    elements: dict
    default: []
    version_added: 0.2.0
  blackouts:
    description:
      - "When guests may not be moved, also within one of O(windows), each as those are.
        For example C({name: business hours, days: mon-fri, from: '08:00', to: '18:00'})."
      - A backup that takes as long as it takes needs none, see O(backup_scope).
    type: list
    elements: dict
    default: []
    version_added: 0.2.0
  time_zone:
    description:
      - The time zone of O(windows) and O(blackouts), such as V(Europe/Berlin), by the data of the machine that the module runs on, whose clock counts.
      - What counts is what a clock on the wall shows. An hour that comes twice is inside or outside both times, and a window that begins in one that is
        left out begins after it.
    type: str
    default: UTC
    version_added: 0.2.0
  outside_windows:
    description:
      - What is moved outside of O(windows) and during O(blackouts) all the same.
      - V(mandatory) are moves that mend a rule or empty a node in maintenance.
        These were asked for, and a rule that is broken for a whole day is a risk in itself.
      - V(contention) are those, and moves that relieve nodes above their limits.
      - V(nothing) leaves even those for the next window.
    type: str
    choices: [nothing, mandatory, contention]
    default: mandatory
    version_added: 0.2.0
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
