# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Where guests are started, recovered and sent by an evacuation, with the scores of the nodes."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.pve.drs.plugins.module_utils.core.crs.affinity import (
    Affinities,
    Situation,
    affinities,
    start_targets,
)
from ansible_collections.pve.drs.plugins.module_utils.core.ha.bundles import Service
from ansible_collections.pve.drs.plugins.module_utils.core.ha.force import rules_in_force
from tests.conformance.crs.cluster import Case, nodes_of, score_differences
from tests.conformance.crs.rules import config_of

GONE = ("fence", "unknown", "maintenance", "gone")


def differences(case: Case) -> Iterator[str]:
    """What Proxmox scores or chooses otherwise than we do."""
    rules = affinities(rules_in_force(config_of(case), len(case["nodes"])), tuple(case["nodes"]))
    for placed in case["expected"]["placements"]:
        if {"scores", "usage"} <= placed.keys():
            yield from _differences_of(case, rules, placed)


def _differences_of(case: Case, rules: Affinities, placed: Case) -> Iterator[str]:
    nodes = nodes_of({"nodes": placed["usage"]})
    maximum = case["guests"].get(placed["sid"]) or _added(case, placed["sid"])
    where = f"{placed['sid']} at {placed['time']}"
    yield from (f"{where}: {text}" for text in score_differences(placed["scores"], nodes, maximum))
    allowed = start_targets(rules, _situation(case, placed), placed["sid"]) & placed["scores"].keys()
    if placed["preference"] == "none" and placed["current"] in allowed:
        allowed = frozenset({placed["current"]})
    if placed["preference"] == "try-next":
        allowed = allowed - _tried(case, placed) or allowed
    ours = min(allowed, key=lambda node: (-placed["scores"][node], node), default=None)
    if ours != placed["chosen"]:
        yield f"{where}: should go to {placed['chosen']}, not to {ours}"


def _tried(case: Case, placed: Case) -> frozenset[str]:
    """Where the guest did not start before this retry."""
    same = [p for p in case["expected"]["placements"] if p["sid"] == placed["sid"] and p["time"] <= placed["time"]]
    before = same[: same.index(placed)]
    return frozenset({placed["current"], *(p["chosen"] for p in before if p["preference"] == "try-next")})


def _situation(case: Case, placed: Case) -> Situation:
    """As the state changes up to this placement leave it; those of the same moment count in their order."""
    services = {sid: Service(node=guest["node"], state=_first_state(guest)) for sid, guest in case["guests"].items()}
    targets: dict[str, str] = {}
    for change in case["expected"]["state_changes"]:
        is_later = change["time"] > placed["time"]
        if is_later or (change["time"] == placed["time"] and change["sid"] == placed["sid"] and _is_result(change)):
            break
        node = change.get("node", services[change["sid"]].node if change["sid"] in services else "")
        services[change["sid"]] = Service(node=node, state=change["to"])
        targets.pop(change["sid"], None)
        if "target" in change:
            targets[change["sid"]] = change["target"]
    return Situation(services=services, targets=targets, online=tuple(placed["usage"]))


def _is_result(change: Case) -> bool:
    """The change that this very placement brought about, not the one that led to it."""
    return change["to"] != "recovery"


def _first_state(guest: Case) -> str:
    return "request_start" if guest["requested_state"] == "started" else "stopped"


def _added(case: Case, sid: str) -> Case:
    """The size of a guest that an event brings in."""
    size: Case = {}
    for event in case["events"]:
        if event.get("sid") == sid and event["op"] == "set-size":
            size |= event
    return size
