# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Compares an answer with a recorded one: fields, JSON types, and values wherever the situation determines them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

CUT = re.compile(r"\.\.\. (\d+) in all")
IDENTITIES = ("upid", "id", "sid", "rule", "roleid", "userid", "vmid", "poolid", "group", "storage", "node", "name")
# Values that the situation determines; all else depends on machine, time or chance.
DETERMINED = {
    "id",
    "node",
    "status",
    "type",
    "sid",
    "vmid",
    "name",
    "pool",
    "hastate",
    "quorate",
    "online",
    "local",
    "nodes",
    "nodeid",
    "ip",
    "storage",
    "shared",
    "plugintype",
    "level",
    "cgroup-mode",
    "rule",
    "resources",
    "affinity",
    "strict",
    "disable",
    "comment",
    "order",
    "state",
    "crm_state",
    "request_state",
    "max_restart",
    "max_relocate",
    "failback",
    "group",
    "requested-node",
    "running",
    "managed",
    "exitstatus",
    "user",
    "tokenid",
    "tags",
    "template",
    "qmpstatus",
    "cause",
    "release",
    "version",
    "repoid-length",
    "username",
    "clustername",
    "network",
    "network-type",
    "sdn",
    "description",
    "mac_prefix",
    "crs",
    "ha",
    "migration",
    "armed-state",
    "master_node",
    "maintenance",
    "lock",
    "digest-length",
    "restricted",
    "nofailback",
    "poolid",
    "enabled",
    "active",
    "balloon",
    "cores",
    "kvm",
    "memory",
    "has-dbus-vmstate",
    "saved",
}
# Facts of the machine or of chance, and fields that stock QEMU could not deliver to the recorded daemons
# (meta.not_genuine; real hosts send them: data/captures/pve8-qemu-status-current-running.json, pve9.2-node-status.json).
UNDETERMINED = re.compile(r"current-kernel|cpuinfo|boot-info|\[cluster\]\.version|\[master\]\.(?:node|status)")
IN_ADDITION = {
    r"\.data$": {"diskread", "diskwrite", "running-machine", "running-qemu", "balloon", "balloon_min", "ballooninfo",
                 "freemem", "shares"},
    r"boot-info$": {"secureboot"},
}  # fmt: skip
# Seen for a moment between two states.
PASSING = re.compile(r"\bstarting\b")

# Objects whose keys are made up at random.
FREE_KEYS = {"results"}
DATE = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}")
TIMES = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|duration \d\d:\d\d:\d\d|\d+(?:\.\d+)? (?:[KMG]iB(?:/s)?|B|ms)\b")


def json_type(value: Any) -> str:
    """Name the JSON type of a value."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return {str: "string", dict: "object", list: "array", type(None): "null"}[type(value)]


def differences(expected: Any, actual: Any, where: str = "", key: str = "") -> Iterator[str]:
    """Tell in what an answer differs from the recorded one."""
    if json_type(expected) != json_type(actual):
        yield f"{where or 'body'}: {json_type(expected)} expected, got {json_type(actual)}"
    elif isinstance(expected, dict):
        yield from _objects(expected, actual, where, key)
    elif isinstance(expected, list):
        yield from _lists(expected, actual, where, key)
    elif key in DETERMINED and not UNDETERMINED.search(where) and _masked(expected) != _masked(actual):
        yield f"{where}: {expected!r} expected, got {actual!r}"


def _masked(value: Any) -> Any:
    """Blank out moments and passing states."""
    return PASSING.sub("started", DATE.sub("DATE", value)) if isinstance(value, str) else value


def _objects(expected: dict[str, Any], actual: dict[str, Any], where: str, key: str) -> Iterator[str]:
    if key in FREE_KEYS:
        yield from _alike(list(expected.values()), list(actual.values()), where)
        return
    if missing := sorted(expected.keys() - actual.keys()):
        yield f"{where or 'body'}: lacks {', '.join(missing)}"
    known = next((names for path, names in IN_ADDITION.items() if re.search(path, where)), set())
    if surplus := sorted(actual.keys() - expected.keys() - known):
        yield f"{where or 'body'}: has {', '.join(surplus)} in addition"
    for name in expected.keys() & actual.keys():
        yield from differences(expected[name], actual[name], f"{where}.{name}", name)


def _lists(expected: list[Any], actual: list[Any], where: str, key: str) -> Iterator[str]:
    """Pair entries by what identifies them; a cut list is only compared as far as it goes."""
    kept = [entry for entry in expected if not (isinstance(entry, str) and CUT.fullmatch(entry))]
    yield from _lengths(expected, actual, where)
    if not expected:
        if actual:
            yield f"{where}: nothing expected, got {len(actual)} entries"
        return
    if not actual:
        yield f"{where}: {len(expected)} entries expected, got none"
    elif isinstance(kept[0], dict):
        yield from _rows(kept, actual, where)
    elif len(kept) == len(expected) and key != "loadavg" and set(kept) != set(actual):
        yield f"{where}: {sorted(kept)} expected, got {sorted(actual)}"


def _lengths(expected: list[Any], actual: list[Any], where: str) -> Iterator[str]:
    """A cut list tells how long it was: how many tasks there were is chance, rows of history may be one more or less."""
    cut = CUT.fullmatch(expected[-1]) if expected and isinstance(expected[-1], str) else None
    if cut is None or "upid" in expected[0]:
        return
    tolerance = 1 if "time" in expected[0] else 0
    if abs(int(cut[1]) - len(actual)) > tolerance:
        yield f"{where}: {cut[1]} entries expected, got {len(actual)}"


def _rows(kept: list[dict[str, Any]], actual: list[dict[str, Any]], where: str) -> Iterator[str]:
    """Compare rows with the same identity, others with whatever row is most alike."""
    identity = next((name for name in IDENTITIES if name != "upid" and name in kept[0]), None)
    if identity is None or "upid" in kept[0] or "time" in kept[0]:
        yield from _alike(kept, actual, where)
        return
    mine = {row.get(identity): row for row in actual}
    for row in kept:
        name = row.get(identity)
        if name not in mine:
            yield f"{where}[{name}]: missing"
        else:
            yield from differences(row, mine[name], f"{where}[{name}]")


def _alike(kept: list[Any], actual: list[Any], where: str) -> Iterator[str]:
    """Ask for each entry that some other one has the same fields."""
    for number, row in enumerate(kept):
        results = [[text for text in differences(row, other, f"{where}[{number}]") if "expected, got '" not in text
                    and not re.search(r"expected, got -?\d", text)] for other in actual]  # fmt: skip
        best = min(results, key=len, default=[f"{where}[{number}]: missing"])
        yield from best


def log_differences(expected: list[Any], actual: list[Any]) -> Iterator[str]:
    """Ask that a log holds every recorded line, apart from times and sizes."""
    mine = {TIMES.sub("#", row["t"]) for row in actual}
    for row in expected:
        if isinstance(row, dict) and TIMES.sub("#", row["t"]) not in mine:
            yield f"log lacks the line: {row['t']}"
