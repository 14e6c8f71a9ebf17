# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Named text formats: each check answers the complaint of the API, or None when the text is fine."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

from simulator.world.calendar import is_known

Complaint = str | None
NODE = r"[a-zA-Z0-9](?:[a-zA-Z0-9\-]*[a-zA-Z0-9])?"
CONFIG_ID = r"[a-zA-Z][a-zA-Z0-9_\-]+"
STORAGE_ID = r"[a-zA-Z][a-zA-Z0-9\-_.]*[a-zA-Z0-9]"
TAG = r"[a-zA-Z0-9_][a-zA-Z0-9_\-+.]*"
REALM = r"[A-Za-z][A-Za-z0-9.\-_]+"
USERID = rf"[^\s:/]+@{REALM}"
SUBID = r"[A-Za-z][A-Za-z0-9.\-_]+"
SID = r"(?:(?:vm|ct):)?[1-9][0-9]{2,8}"


def split_list(text: str) -> list[str]:
    """Split a list that may use comma, semicolon, blank or NUL between its items."""
    return [item for item in re.split(r"[,;\s\0]+", text) if item]


def _like(pattern: str, complaint: str) -> Callable[[str], Complaint]:
    """Check a text against a pattern; `{}` in the complaint is the text."""
    return lambda text: None if re.fullmatch(pattern, text) else complaint.format(text)


def _each(check: Callable[[str], Complaint]) -> Callable[[str], Complaint]:
    """Check every item of a list."""
    return lambda text: next((bad for bad in map(check, split_list(text)) if bad), None)


def _network(text: str) -> Complaint:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return "value does not look like a valid CIDR network"
    return None if "/" in text else "value does not look like a valid CIDR network"


def _storage_pair(text: str) -> Complaint:
    if text == "1":
        return None
    return next((bad for bad in (_storage(part) for part in text.split(":", 1)) if bad), None)


def _ha_resource(text: str) -> Complaint:
    if re.fullmatch(SID, text) or re.fullmatch(r"[a-z]+:\S+", text):
        return None
    return "value does not look like a valid ha resource id"


_node = _like(NODE, "value does not look like a valid node name")
_vmid = _like(r"[1-9][0-9]{2,8}", "value does not look like a valid VM ID")
_storage = _like(STORAGE_ID, "storage ID '{}' contains illegal characters")
_user = _like(USERID, "value does not look like a valid user name")
_token = _like(f"{USERID}!{SUBID}", "value '{}' does not look like a valid token ID")
_role = _like(r"[A-Za-z0-9.\-_]+", "role name '{}' contains invalid characters")
_group = _like(r"[A-Za-z0-9.\-_]+", "group name '{}' contains invalid characters")
_config_id = _like(CONFIG_ID, "invalid configuration ID '{}'")

FORMATS: dict[str, Callable[[str], Complaint]] = {
    "pve-node": _node,
    "pve-node-list": _each(_node),
    "pve-vmid": _vmid,
    "pve-vmid-list": _each(_vmid),
    "pve-configid": _config_id,
    "pve-configid-list": _each(_config_id),
    "pve-storage-id": _storage,
    "pve-storage-id-list": _each(_storage),
    "storage-pair-list": _each(_storage_pair),
    "pve-poolid": _like(r"[A-Za-z0-9.\-_]+(?:/[A-Za-z0-9.\-_]+){0,2}", "value does not look like a valid pool name"),
    "pve-realm": _like(REALM, "value does not look like a valid realm"),
    "pve-userid": _user,
    "pve-userid-list": _each(_user),
    "pve-tokenid-list": _each(_token),
    "pve-roleid": _role,
    "pve-roleid-list": _each(_role),
    "pve-groupid-list": _each(_group),
    "pve-tag-list": _each(_like(TAG, "value '{}' is not a valid tag")),
    "pve-ha-resource-or-vm-id": _ha_resource,
    "pve-ha-resource-id": _ha_resource,
    "pve-ha-resource-id-list": _each(_ha_resource),
    "pve-ha-node-list": _each(_like(NODE + r"(?::\d+)?", "value '{}' does not look like a valid ha node list")),
    "pve-ha-group-node-list": _each(_like(NODE + r"(?::\d+)?", "value '{}' does not look like a valid ha group node")),
    "pve-task-status-type-list": _each(
        _like(r"ok|error|warning|unknown", "value '{}' does not look like a valid task status")
    ),
    "CIDR": _network,
    "pve-calendar-event": lambda text: None if is_known(text) else f"unable to parse calendar event '{text}'",
}


def complaint(name: str, text: str) -> Complaint:
    """Check a text against a named format; formats that we do not judge accept everything."""
    check = FORMATS.get(name)
    return check(text) if check else None
