# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Guests that are destroyed (pve-api.md 5)."""

from __future__ import annotations

from functools import partial

from simulator.world.destroy import Destruction, destroy

from .call import Call, Handler
from .guests import guest_of, require_root_for_skiplock


def remove(kind: str, call: Call) -> str:
    """Destroy a guest and its volumes; the answer is the UPID of the task."""
    require_root_for_skiplock(call)
    how = Destruction(
        is_forced=bool(call.param("force")),
        purges=bool(call.param("purge")),
        skips_lock=bool(call.param("skiplock")),
    )
    return destroy(call.world, guest_of(call, kind), how, call.caller)


HANDLERS: dict[str, Handler] = {
    f"DELETE /nodes/{{node}}/{kind}/{{vmid}}": partial(remove, kind) for kind in ("qemu", "lxc")
}
