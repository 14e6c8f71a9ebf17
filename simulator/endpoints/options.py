# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Datacenter options: read as objects, written as property strings (pve-api.md 9)."""

from __future__ import annotations

from typing import Any

from simulator.answers import failure
from simulator.table.formats import split_list
from simulator.table.options import DATACENTER_OPTIONS
from simulator.validate import known_in, parse_properties

from . import tags
from .call import Call, Handler, Row

AS_TEXT = ("bwlimit",)
LISTS = ("registered-tags",)
MAC_PREFIX = "BC:24:11"
# Everybody may read these.
OPEN = ("console", "tag-style")


def read(call: Call) -> Row:
    """List the options that are set."""
    everything = {key: _parsed(call, key, value) for key, value in call.world.options.items()}
    answer: Row = {"allowed-tags": sorted(tags.allowed(call))}
    if not call.may("/", "Sys.Audit"):
        return answer | {key: everything[key] for key in OPEN if key in everything}
    return {"mac_prefix": MAC_PREFIX, "description": ""} | everything | answer


def _parsed(call: Call, key: str, value: object) -> Any:
    """Give a property string as an object, lists as arrays, other texts as they are."""
    param = next((p for p in known_in(DATACENTER_OPTIONS, call.profile) if p.name == key), None)
    if key in LISTS:
        return sorted(split_list(str(value)))
    if param is None or not param.keys or key in AS_TEXT or not isinstance(value, str):
        return value
    parsed = parse_properties(param, value)
    if "user-allow-list" in parsed:
        parsed["user-allow-list"] = split_list(parsed["user-allow-list"])
    return parsed


def write(call: Call) -> None:
    """Set and delete options."""
    if not call.world.is_quorate(call.node):
        raise failure("cfs-lock 'file-datacenter_cfg' error: no quorum!")
    for key in split_list(call.param("delete", "")):
        call.world.options.pop(key, None)
    changes = {key: _parsed(call, key, value) for key, value in call.params.items() if key != "delete"}
    call.world.options.update(changes)


HANDLERS: dict[str, Handler] = {"GET /cluster/options": read, "PUT /cluster/options": write}
