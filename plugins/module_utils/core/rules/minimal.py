# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Of clauses that cannot all be kept, those that suffice for it: take any away and the rest can be kept (3.8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ansible_collections.pve.drs.plugins.module_utils.core.rules.clause import Clause

Clauses = Sequence[Clause]
IsContradictory = Callable[[Clauses], bool]


def minimal(newest: Clause, older: Clauses, is_contradictory: IsContradictory) -> tuple[Clause, ...]:
    """Those of the older that the newest contradicts, none too many; the older can be kept without the newest.

    By halves, so that few of many cost few questions (Junker's QuickXplain). Of several answers it finds
    one with clauses as old as can be.
    """
    return tuple(_needed([newest], [], older, is_contradictory))


def _needed(base: Clauses, added: Clauses, candidates: Clauses, is_contradictory: IsContradictory) -> list[Clause]:
    """What of the candidates it takes beside the base, which was contradictory before `added` if that is empty."""
    if (added or len(base) == 1) and is_contradictory(base):
        return []
    if len(candidates) == 1:
        return list(candidates)
    half = len(candidates) // 2
    first, second = candidates[:half], candidates[half:]
    from_second = _needed([*base, *first], first, second, is_contradictory)
    from_first = _needed([*base, *from_second], from_second, first, is_contradictory)
    return from_first + from_second
