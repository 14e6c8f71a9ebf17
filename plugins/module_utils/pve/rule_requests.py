# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Single changes of rules -> requests, with the quirks of the API (pve-api 8.1 to 8.3)."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import HaGroup, NodeAffinity, ResourceAffinity
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.changes import Change
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.entries import GROUP, MEMBER, RULE, HaRule
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Json

PATHS = {RULE: "/cluster/ha/rules", GROUP: "/cluster/ha/groups", MEMBER: "/cluster/ha/resources"}
Params = dict[str, Json]


def send(api: Api, change: Change, digest: str | None) -> None:
    """Writes. Raises ApiError; where nothing was known to be there, no digest can be sent."""
    kind, name = change.key
    path = f"{PATHS[kind]}/{name}"
    guard: Params = {"digest": digest} if digest else {}
    if kind == MEMBER:
        api.change(path, {**_membership(change), **guard})
    elif change.after is None:
        api.remove(path)
    elif change.before is None:
        api.create(PATHS[kind], {kind: name, **_settings(change.after)})
    else:
        api.change(path, {**_settings(change.after), **_unset(change.after), **guard})


def _membership(change: Change) -> Params:
    return {"delete": "group"} if change.after is None else {"group": change.after}


def _settings(entry: object) -> Params:
    """Switches that are off are not sent: to create needs none, to change needs `_unset`."""
    if isinstance(entry, HaGroup):
        flags = {"restricted": entry.is_restricted, "nofailback": not entry.fails_back}
        return {"nodes": _nodes(entry.nodes), "comment": entry.comment, **_on(flags)}
    if isinstance(entry, NodeAffinity):
        flags = {"strict": entry.is_strict, "disable": entry.is_disabled}
        return {"type": "node-affinity", "nodes": _nodes(entry.nodes), **_shared(entry), **_on(flags)}
    if isinstance(entry, ResourceAffinity):
        sign = "positive" if entry.is_positive else "negative"
        return {"type": "resource-affinity", "affinity": sign, **_shared(entry), **_on({"disable": entry.is_disabled})}
    raise TypeError(f"{entry!r} is neither an HA rule nor an HA group")


def _shared(rule: HaRule) -> Params:
    return {"resources": ",".join(sorted(rule.sids)), "comment": rule.comment}


def _unset(entry: object) -> Params:
    """To send 0 changes nothing for rules, so what is off is deleted (pve-observed 7)."""
    if isinstance(entry, HaGroup):
        names = {"restricted": entry.is_restricted, "nofailback": not entry.fails_back}
    elif isinstance(entry, NodeAffinity):
        names = {"strict": entry.is_strict, "disable": entry.is_disabled}
    else:
        names = {"disable": isinstance(entry, ResourceAffinity) and entry.is_disabled}
    off = [name for name, is_on in names.items() if not is_on]
    return {"delete": ",".join(off)} if off else {}


def _on(flags: Mapping[str, bool]) -> Params:
    return {name: 1 for name, is_on in flags.items() if is_on}


def _nodes(nodes: Mapping[str, int]) -> str:
    return ",".join(f"{node}:{priority}" if priority else node for node, priority in sorted(nodes.items()))
