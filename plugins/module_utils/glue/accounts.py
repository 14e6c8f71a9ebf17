# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What became of a move, in a line for people."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import PlannedMove
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import MoveOutcome


def account(moved: MoveOutcome) -> str:
    """Which guest, where it is and why."""
    move = moved.planned.move
    place = f"is on {moved.node}" if moved.node else "could not be located, look for it"
    return f"{label(moved.planned)} {move.source} -> {move.target} {place}: {moved.reason}"


def label(planned: PlannedMove) -> str:
    """A guest by id and name."""
    name, vmid = planned.guest_name, planned.move.vmid
    return f"guest {vmid} ({name})" if name else f"guest {vmid}"
