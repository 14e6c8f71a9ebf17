# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Which uses somebody may make of a cluster, and which privileges are missing for the others."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.access.uses import USES, Need, needs_of_uses
from ansible_collections.pve.drs.plugins.module_utils.core.model.access import Access

FULL, PARTIAL, NONE = "full", "partial", "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """A privilege that is missing on its path; `vmids` are the guests that lack it where others have it."""

    need: Need
    vmids: tuple[int, ...] = ()

    @property
    def stops(self) -> bool:
        """The use is impossible without it."""
        return self.need.is_needed and not self.vmids


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How somebody stands with regard to one use."""

    use: str
    lacks: tuple[Lack, ...] = ()

    @property
    def granted(self) -> str:
        """How far the use is possible: full, partial or none."""
        if not self.lacks:
            return FULL
        return NONE if any(lack.stops for lack in self.lacks) else PARTIAL


def standings(access: Access, vmids: Collection[int]) -> tuple[Standing, ...]:
    """For each use; guests that are not seen do not count."""
    found = {need: lack for need in needs_of_uses(USES) if (lack := _lack(access, need, vmids))}
    return tuple(
        Standing(use=use, lacks=tuple(found[need] for need in needs_of_uses([use]) if need in found)) for use in USES
    )


def _lack(access: Access, need: Need, vmids: Collection[int]) -> Lack | None:
    if not need.per_guest or not vmids:
        return None if access.holds(need.privilege, need.path) else Lack(need=need)
    without = tuple(vmid for vmid in sorted(vmids) if not access.holds(need.privilege, f"{need.path}/{vmid}"))
    if not without:
        return None
    return Lack(need=need) if len(without) == len(vmids) else Lack(need=need, vmids=without)


def command_for(access: Access, *uses: str) -> str:
    """The command that grants these uses in full, beside all that are granted already, be it in part."""
    granted = [standing.use for standing in standings(access, ()) if standing.granted != NONE]
    return bootstrap_command({*granted, *uses})


def bootstrap_command(uses: Iterable[str]) -> str:
    """The command for an administrator; uses in the order in which they are described."""
    wanted = {"drs_bootstrap_for": [use for use in USES if use in frozenset(uses)]}
    return f"ansible-playbook pve.drs.bootstrap -e '{json.dumps(wanted)}'"


def access_report(access: Access, vmids: Collection[int]) -> dict[str, Any]:
    """As plain data, with the command that mends what is missing."""
    uses = {standing.use: _use_report(access, standing) for standing in standings(access, vmids)}
    return {"user": access.who, "uses": uses}


def _use_report(access: Access, standing: Standing) -> dict[str, Any]:
    missing = [
        {
            "privilege": lack.need.privilege,
            "path": lack.need.path,
            "purpose": lack.need.purpose,
            "vmids": list(lack.vmids),
        }
        for lack in standing.lacks
    ]
    mend = command_for(access, standing.use) if standing.lacks else None
    return {"granted": standing.granted, "missing": missing, "mend": mend}
