# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Privileges, the roles that come with PVE, and which paths permissions can stand on (pve-api.md 2.2)."""

from __future__ import annotations

import re

from .table.types import covers

AUDIT, USER, ADMIN, ROOT = "audit", "user", "admin", "root"

# privilege: (area, tier, first profile, last profile)
_AREAS: dict[str, dict[str, str]] = {
    "VM": {
        AUDIT: "Audit GuestAgent.Audit:9.0",
        USER: "Config.CDROM Config.Cloudinit Console Backup PowerMgmt GuestAgent.FileRead:9.0"
        " GuestAgent.FileWrite:9.0 GuestAgent.FileSystemMgmt:9.0",
        ADMIN: "Config.Disk Config.CPU Config.Memory Config.Network Config.HWType Config.Options Allocate Clone"
        " Migrate Replicate:9.0 Snapshot Snapshot.Rollback GuestAgent.Unrestricted:9.0 Monitor:8.4-8.4",
    },
    "Sys": {AUDIT: "Audit", ADMIN: "Console Syslog", ROOT: "PowerMgmt Modify Incoming AccessNetwork"},
    "Datastore": {AUDIT: "Audit", USER: "AllocateSpace", ADMIN: "Allocate AllocateTemplate"},
    "SDN": {AUDIT: "Audit", USER: "Use", ADMIN: "Allocate"},
    "Pool": {AUDIT: "Audit", ADMIN: "Allocate"},
    "Mapping": {AUDIT: "Audit", USER: "Use", ADMIN: "Modify"},
    "User": {ADMIN: "Modify"},
    "Group": {ADMIN: "Allocate"},
    "Realm": {ADMIN: "AllocateUser", ROOT: "Allocate"},
    "Permissions": {ROOT: "Modify"},
}

# role: areas and the highest tier it holds in each
_ROLES: dict[str, tuple[tuple[str, str], ...]] = {
    "Administrator": tuple((area, ROOT) for area in _AREAS),
    "NoAccess": (),
    "PVEAuditor": tuple((area, AUDIT) for area in ("VM", "Sys", "Datastore", "SDN", "Pool", "Mapping")),
    "PVEVMAdmin": (("VM", ADMIN),),
    "PVEVMUser": (("VM", USER),),
    "PVESysAdmin": (("Sys", ADMIN),),
    "PVEDatastoreAdmin": (("Datastore", ADMIN),),
    "PVEDatastoreUser": (("Datastore", USER),),
    "PVEPoolAdmin": (("Pool", ADMIN),),
    "PVEPoolUser": (("Pool", AUDIT),),
    "PVESDNAdmin": (("SDN", ADMIN),),
    "PVESDNUser": (("SDN", USER),),
    "PVEMappingAdmin": (("Mapping", ADMIN),),
    "PVEMappingUser": (("Mapping", USER),),
    "PVEUserAdmin": (("User", ADMIN), ("Group", ADMIN), ("Realm", ADMIN)),
    "PVETemplateUser": (),
    "PVEAdmin": tuple((area, USER if area == "Mapping" else ADMIN) for area in _AREAS),
}
_TIERS = (AUDIT, USER, ADMIN, ROOT)

NAME = r"[A-Za-z0-9.\-_]+"
PERMISSION_PATHS = re.compile(
    rf"/|/access|/access/groups(?:/{NAME})?|/access/realm(?:/{NAME})?|/nodes(?:/{NAME})?"
    rf"|/pool(?:/{NAME}){{0,3}}|/sdn(?:/[\w.\-/]+)?|/storage(?:/{NAME})?|/vms(?:/[1-9][0-9]{{2,}})?"
    rf"|/mapping(?:/(?:pci|usb|dir)(?:/{NAME})?)?"
)


def _known(names: str, area: str, profile: str) -> set[str]:
    """Read `Audit GuestAgent.Audit:9.0`: names, some with the profiles that know them."""
    found = set()
    for entry in names.split():
        name, _unused, span = entry.partition(":")
        since, _unused, until = span.partition("-")
        if covers(since or "8.4", until or "9.2", profile):
            found.add(f"{area}.{name}")
    return found


def _role(parts: tuple[tuple[str, str], ...], profile: str) -> frozenset[str]:
    privileges: set[str] = set()
    for area, highest in parts:
        for tier in _TIERS[: _TIERS.index(highest) + 1]:
            privileges |= _known(_AREAS[area].get(tier, ""), area, profile)
    return frozenset(privileges)


def builtin_roles(profile: str) -> dict[str, frozenset[str]]:
    """Give the privileges of each role that comes with PVE of that profile."""
    roles = {name: _role(parts, profile) for name, parts in _ROLES.items()}
    roles["PVETemplateUser"] = frozenset({"VM.Audit", "VM.Clone"})
    roles["PVEAdmin"] -= {"Permissions.Modify"}
    return roles


def normal_path(path: str) -> str:
    """Give the permission path in its usual form, or an empty text when permissions cannot stand on it."""
    plain = "/" + "/".join(part for part in path.split("/") if part)
    return plain if PERMISSION_PATHS.fullmatch(plain) else ""
