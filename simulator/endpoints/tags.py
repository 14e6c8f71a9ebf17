# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Tags: how they are written, and who may set which (pve-api.md 2.5, 9, 12)."""

from __future__ import annotations

from typing import Any

from simulator.answers import forbidden
from simulator.table.formats import split_list
from simulator.validate import split_properties

from .call import Call
from .figures import sees_guests


def _listed(value: object) -> list[str]:
    """Read a list of tags from a list or a text."""
    return [str(tag) for tag in value] if isinstance(value, list | tuple) else split_list(str(value or ""))


def _section(call: Call, name: str) -> dict[str, Any]:
    """Give a datacenter option as an object, however it was set."""
    value = call.world.options.get(name)
    return dict(value) if isinstance(value, dict) else dict(split_properties(str(value or "")))


def normal(call: Call, text: str) -> str:
    """Write tags as the daemons do: in lower case, sorted, each once, unless `tag-style` says otherwise."""
    style = _section(call, "tag-style")
    tags = split_list(text)
    if not int(style.get("case-sensitive", 0)):
        tags = [tag.lower() for tag in tags]
    return ";".join(dict.fromkeys(tags if style.get("ordering") == "config" else sorted(tags)))


def allowed(call: Call) -> set[str]:
    """List the tags that the caller may set although not everything may be set freely."""
    access = _section(call, "user-tag-access")
    mode, may_all = access.get("user-allow", "free"), call.may("/", "Sys.Modify")
    found = set(_listed(access.get("user-allow-list"))) if mode != "none" or may_all else set()
    if mode in ("free", "existing") or may_all:
        visible = sees_guests(call)
        found |= {tag for guest in call.world.guests.values() if visible(guest.vmid) for tag in split_list(guest.tags)}
    return found | _registered(call) if may_all else found - _registered(call)


def _registered(call: Call) -> set[str]:
    return set(_listed(call.world.options.get("registered-tags")))


def require(call: Call, old: str, new: str) -> None:
    """Raise 403 unless the caller may set or take away the tags that differ."""
    if call.may("/", "Sys.Modify"):
        return
    is_free = _section(call, "user-tag-access").get("user-allow", "free") == "free"
    good, registered = allowed(call), _registered(call)
    for tag in sorted(set(split_list(old)) ^ set(split_list(new))):
        if tag in registered or not (is_free or tag in good):
            raise forbidden(f"Permission check failed (/, Sys.Modify for modifying tag '{tag}')")
