# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What the asking user may do, and what is missing for a true picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ansible_collections.pve.drs.plugins.module_utils.core.access.standing import command_for
from ansible_collections.pve.drs.plugins.module_utils.core.access.uses import BALANCE, POOLS, REPORT, RULES
from ansible_collections.pve.drs.plugins.module_utils.core.errors import PermissionMissing
from ansible_collections.pve.drs.plugins.module_utils.core.model.access import Access
from ansible_collections.pve.drs.plugins.module_utils.core.model.settings import CPU_OPTIONS, Change
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Row

# Without these a cluster looks emptier than it is, and PVE does not say so (pve-api 2.4).
NEEDED = (("Sys.Audit", "/"), ("Sys.Audit", "/nodes"), ("VM.Audit", "/vms"))
WANTED = (
    ("Datastore.Audit", "/storage", "containers cannot be moved, because their storages are unknown"),
    ("Pool.Audit", "/pool", "pools are not seen, and rules that select guests by pool have no members"),
)
MIGRATE = "VM.Migrate"
PATHS_SHOWN = 10


def access_of(permissions: Row, who: str) -> Access:
    """An answer of /access/permissions: the value of a privilege tells whether paths below inherit it (pve-api 2.3)."""
    paths = {
        path: {privilege: str(reach) == "1" for privilege, reach in held.items()} for path, held in permissions.items()
    }
    return Access(who=who, paths=paths)


def holds(permissions: Row, privilege: str, path: str) -> bool:
    """True when the user holds the privilege on the path; for many paths at once, `access_of` is faster."""
    return access_of(permissions, "").holds(privilege, path)


def mending(permissions: Row, use: str) -> str:
    """What an administrator can do about it."""
    return f"an administrator can grant it with: {command_for(access_of(permissions, ''), use)}"


def require_audit(permissions: Row, who: str) -> None:
    """Raises PermissionMissing with everything that is missing for a complete picture."""
    access = access_of(permissions, who)
    missing = [f"{privilege} on {path}" for privilege, path in NEEDED if not access.holds(privilege, path)]
    if missing:
        raise PermissionMissing(
            f"{who} lacks {', '.join(missing)}: grant the role PVEAuditor on / with propagation; "
            "a token with privilege separation needs the grant itself, not only its user; "
            f"{mending(permissions, REPORT)}"
        )


def audit_warnings(permissions: Row, who: str) -> tuple[str, ...]:
    """What is missing and what follows from it, where a plan can still be made."""
    access = access_of(permissions, who)
    return tuple(
        f"{who} lacks {privilege} on {path}: {effect}"
        for privilege, path, effect in WANTED
        if not access.holds(privilege, path)
    )


def may_migrate(permissions: Row, vmids: Iterable[int]) -> dict[int, bool]:
    access = access_of(permissions, "")
    return {vmid: access.holds(MIGRATE, f"/vms/{vmid}") for vmid in vmids}


def require_migrate(permissions: Row, vmids: Iterable[int], who: str) -> None:
    """Raises PermissionMissing before anything is moved."""
    missing = [f"/vms/{vmid}" for vmid, allowed in sorted(may_migrate(permissions, vmids).items()) if not allowed]
    if missing:
        raise PermissionMissing(
            f"{who} lacks {MIGRATE} on {', '.join(missing)}; grant it there or on /vms; nothing was moved; "
            f"{mending(permissions, BALANCE)}"
        )


def require_rule_writing(permissions: Row, vmids: Iterable[int], who: str, *, writes_ha: bool) -> None:
    """Raises PermissionMissing before any rule is written; `vmids` are guests whose tags are to change."""
    missing = lacking_for_rules(permissions, vmids, writes_ha=writes_ha)
    if missing:
        raise PermissionMissing(
            f"{who} lacks {'; and '.join(missing)}; nothing was written; {mending(permissions, RULES)}"
        )


def lacking_for_rules(permissions: Row, vmids: Iterable[int], *, writes_ha: bool) -> tuple[str, ...]:
    """Privileges with their paths, and what each is for (pve-api 2.5)."""
    access, missing = access_of(permissions, ""), []
    if writes_ha and not access.holds("Sys.Console", "/"):
        missing.append("Sys.Console on /, which writing HA rules and HA groups takes")
    paths = [f"/vms/{vmid}" for vmid in sorted(vmids) if not access.holds("VM.Config.Options", f"/vms/{vmid}")]
    if paths:
        missing.append(f"VM.Config.Options on {', '.join(paths)} (or on /vms), which setting tags takes")
    return tuple(missing)


def require_pool_writing(permissions: Row, changes: Iterable[Change], who: str) -> None:
    """Raises PermissionMissing before any option of a guest is written."""
    missing = lacking_for_pools(permissions, changes, who)
    if missing:
        raise PermissionMissing(f"{'; '.join(missing)}; nothing was written; {mending(permissions, POOLS)}")


def lacking_for_pools(permissions: Row, changes: Iterable[Change], who: str) -> tuple[str, ...]:
    """One sentence for each privilege that some of the changes take (pve-api 2.5)."""
    access, paths = access_of(permissions, ""), dict[str, list[str]]()
    for change in changes:
        privilege = "VM.Config.CPU" if change.option in CPU_OPTIONS else "VM.Config.Memory"
        path = f"/vms/{change.vmid}"
        if not access.holds(privilege, path) and path not in paths.setdefault(privilege, []):
            paths[privilege].append(path)
    return tuple(
        f"{who} lacks {privilege} on {_some(found)} (or on /vms), which setting options of guests takes"
        for privilege, found in paths.items()
        if found
    )


def _some(paths: Sequence[str]) -> str:
    """The first few, and how many more."""
    more = f" and {len(paths) - PATHS_SHOWN} more" if len(paths) > PATHS_SHOWN else ""
    return ", ".join(paths[:PATHS_SHOWN]) + more
