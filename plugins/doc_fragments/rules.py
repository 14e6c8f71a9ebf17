# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What binds guests to places."""

from __future__ import annotations


class ModuleDocFragment:
    """`pve.drs.rules`; the options are declared in `glue/arguments.py`."""

    DOCUMENTATION = r"""
---
options:
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
