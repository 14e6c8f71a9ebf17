# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Which rules name a resource: every check and inference starts from here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeVar

from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import NodeAffinity, ResourceAffinity

Affinity = TypeVar("Affinity", NodeAffinity, ResourceAffinity)


def by_sid(rules: Iterable[Affinity]) -> Mapping[str, list[Affinity]]:
    """The rules that name each resource, in their order; empty for all others."""
    found: dict[str, list[Affinity]] = defaultdict(list)
    for rule in rules:
        for sid in rule.sids:
            found[sid].append(rule)
    return found


def touching(sids: Iterable[str], index: Mapping[str, list[Affinity]]) -> tuple[Affinity, ...]:
    """The rules that name any of the resources, by name."""
    found = {rule.name: rule for sid in sids for rule in index[sid]}
    return tuple(found[name] for name in sorted(found))
