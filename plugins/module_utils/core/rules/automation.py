# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Which guests are moved by hand, and which without asking, whatever the policy says of all others (drs-model 6.13)."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.pve.drs.plugins.module_utils.core.model.compiled import Automation
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import FULL, MANUAL
from ansible_collections.pve.drs.plugins.module_utils.core.rules.members import Directory
from ansible_collections.pve.drs.plugins.module_utils.core.rules.tags import AUTO, BY_HAND, marking_tags

TYPE = "automation"


def automation_of(policy: Policy, directory: Directory) -> dict[int, Automation]:
    """By vmid: the first rule wins over those further down, any rule over a tag, and drs-manual over drs-auto.

    Whoever may set tags may hold a guest back; to have it moved without asking takes tags that are trusted.
    """
    found: dict[int, Automation] = {}
    for kind, level in ((AUTO, FULL), (BY_HAND, MANUAL)):
        for tag in marking_tags(policy, directory, kind) if kind == BY_HAND or policy.trust_tags else ():
            found |= dict.fromkeys(directory.find("tags", tag), Automation(level=level, source=f"tag {tag}"))
    for rule in reversed([rule for rule in policy.rules if rule.enabled and rule.type == TYPE]):
        said = Automation(level=rule.level, source=f"rule {rule.name}")
        found.update(dict.fromkeys(directory.members(rule.guests), said))
    return found


def distrusted(policy: Policy, directory: Directory) -> Iterator[str]:
    """Tags that would have guests moved without asking, were tags trusted."""
    if policy.automation != FULL and not policy.trust_tags:
        for tag in marking_tags(policy, directory, AUTO):
            yield f"tag {tag} has no effect: to move guests without asking, tags must be trusted (trust_tags)"
