# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""HA rules: list, create, change, remove (pve-api.md 8.3, since PVE 9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from simulator.answers import failure
from simulator.table.formats import split_list
from simulator.world.ha_data import HaRule

from .call import Call, Handler, Row, digest_of
from .ha_groups import node_priorities, priority_text

CHANGED = "detected modified configuration - file changed by other user? Try again."
NOT_YET = "cannot create ha rule: ha groups have not been migrated yet"
REQUIRED = {"node-affinity": ("resources", "nodes"), "resource-affinity": ("resources", "affinity")}
# Options that may be taken back, and what they are then.
CLEARED: dict[str, Row] = {
    "comment": {"comment": ""}, "disable": {"is_disabled": False}, "strict": {"strict": False},
}  # fmt: skip
OPTIONS = {"node-affinity": ("comment", "disable", "strict"), "resource-affinity": ("comment", "disable")}


def _rules(call: Call) -> tuple[HaRule, ...]:
    return call.world.ha.rules.rules


def _row(call: Call, rule: HaRule, order: int) -> Row:
    """Options that are off or empty are not told."""
    row: Row = {"rule": rule.name, "type": rule.type, "resources": ",".join(sorted(rule.sids))}
    row |= {"digest": digest(call), "order": order}
    details = {
        "nodes": priority_text(dict(rule.nodes)),
        "affinity": rule.affinity,
        "strict": int(rule.strict),
        "disable": int(rule.is_disabled),
        "comment": rule.comment,
    }
    return row | {name: value for name, value in details.items() if value}


def digest(call: Call) -> str:
    """Give the digest of the file of all rules."""
    return digest_of([[r.name, r.type, sorted(r.sids), dict(r.nodes), r.affinity, r.strict, r.is_disabled, r.comment]
                      for r in _rules(call)])  # fmt: skip


def _listed(call: Call) -> Iterable[tuple[HaRule, Row]]:
    """List every rule with its row and, when the manager ignores it, with what stands against it."""
    listed = call.world.ha.listed_rules()
    for order, rule in enumerate(listed.rules, 1):
        texts = listed.complaints.get(rule.name)
        yield rule, _row(call, rule, order) | ({"errors": {"resources": list(texts)}} if texts else {})


def rules(call: Call) -> list[Row]:
    """List rules."""
    kind, resource = call.param("type"), call.param("resource")
    return [row for rule, row in _listed(call)
            if kind in (None, rule.type) and (resource is None or resource in rule.sids)]  # fmt: skip


def rule(call: Call) -> Row:
    """Give one rule."""
    wanted = call.params["rule"]
    for found, row in _listed(call):
        if found.name == wanted:
            return row
    raise failure(f"no such ha rule '{wanted}'")


def _find(call: Call) -> HaRule | None:
    return next((rule for rule in _rules(call) if rule.name == call.params["rule"]), None)


def _may_write(call: Call) -> None:
    call.world.require_quorum(call.node)
    if call.world.ha.has_groups:
        raise failure(NOT_YET)


def create(call: Call) -> None:
    """Make a rule; one that cannot be obeyed is refused."""
    _may_write(call)
    new = _changed(call, HaRule(call.params["rule"], call.params["type"], frozenset()))
    prefix = "create ha rule failed: "
    if _find(call) is not None:
        raise failure(f"{prefix}HA rule '{new.name}' already defined")
    # The real daemons give a new rule the second place, whatever comes after it.
    _store(call, new, (*_rules(call)[:1], new, *_rules(call)[1:]), prefix)


def _changed(call: Call, rule: HaRule) -> HaRule:
    """Apply the options of the request; `disable=0` and `strict=0` change nothing, as in the real daemons."""
    rule = replace(
        rule,
        affinity=call.param("affinity", rule.affinity),
        comment=call.param("comment", rule.comment),
        is_disabled=bool(call.param("disable")) or rule.is_disabled,
        strict=bool(call.param("strict")) or rule.strict,
    )
    if "resources" in call.params:
        rule = replace(rule, sids=frozenset(split_list(call.params["resources"])))
    if "nodes" in call.params:
        rule = replace(rule, nodes=node_priorities(call.params["nodes"]))
    return rule


def _store(call: Call, new: HaRule, rules: tuple[HaRule, ...], prefix: str) -> None:
    """Take the rules over, or raise for unmanaged resources, unknown nodes and a rule that cannot be obeyed."""
    ha = call.world.ha
    if "resources" in call.params:
        _require_known("unmanaged resource(s)", new.sids - ha.resources.keys(), prefix)
    if "nodes" in call.params:
        _require_known("non-existent node(s)", new.nodes.keys() - call.world.nodes.keys(), prefix)
    texts = ha.rule_set(rules).complaints.get(new.name)
    if texts:
        raise failure(f"{prefix}400 Rule '{new.name}' is invalid.\nresources: {', '.join(texts)}")
    ha.use_rules(rules)


def _require_known(what: str, unknown: Iterable[str], prefix: str) -> None:
    names = sorted(unknown)
    if names:
        raise failure(f"{prefix}cannot use {what} {', '.join(names)}.")


def change(call: Call) -> None:
    """Change a rule."""
    _may_write(call)
    prefix = "update HA rules failed: "
    if call.param("digest", digest(call)) != digest(call):
        raise failure(f"{prefix}{CHANGED}")
    found = _find(call)
    if found is None:
        raise failure(f"{prefix}HA rule '{call.params['rule']}' does not exist")
    if call.params["type"] != found.type:
        raise failure(f"{prefix}unexpected property 'type'")
    new = _changed(call, _without(call, found, prefix))
    _store(call, new, tuple(new if rule is found else rule for rule in _rules(call)), prefix)


def _without(call: Call, rule: HaRule, prefix: str) -> HaRule:
    """Take options back to their defaults; raise for those that cannot be, or that are set as well."""
    for option in split_list(call.param("delete", "")):
        if option in REQUIRED[rule.type]:
            raise failure(f"{prefix}unable to delete required option '{option}'")
        if option not in OPTIONS[rule.type]:
            raise failure(f"{prefix}no such option '{option}'")
        if option in call.params:
            raise failure(f"{prefix}cannot set and delete property '{option}' at the same time!")
        rule = replace(rule, **CLEARED[option])
    return rule


def remove(call: Call) -> None:
    """Remove a rule; one that is not there is no error."""
    call.world.require_quorum(call.node)
    call.world.ha.use_rules(rule for rule in _rules(call) if rule.name != call.params["rule"])


HANDLERS: dict[str, Handler] = {
    "GET /cluster/ha/rules": rules,
    "POST /cluster/ha/rules": create,
    "GET /cluster/ha/rules/{rule}": rule,
    "PUT /cluster/ha/rules/{rule}": change,
    "DELETE /cluster/ha/rules/{rule}": remove,
}
