# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""HA rules: list, create, change, remove (pve-api.md 8.3, since PVE 9)."""

from __future__ import annotations

from dataclasses import replace

from simulator.answers import failure
from simulator.table.formats import split_list
from simulator.world.ha_data import HaRule
from simulator.world.ha_rules import RuleSet

from .call import Call, Handler, Row, digest_of
from .ha_groups import node_priorities, priority_text
from .rule_checks import complaints

CHANGED = "detected modified configuration - file changed by other user? Try again."


def _rules(call: Call) -> tuple[HaRule, ...]:
    return call.world.ha.rules.rules


def _row(call: Call, rule: HaRule) -> Row:
    """Options that are off or empty are not told."""
    row: Row = {"rule": rule.name, "type": rule.type, "resources": ",".join(sorted(rule.sids))}
    row["digest"] = digest(call)
    row["order"] = _rules(call).index(rule) + 1
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
    return digest_of([[r.name, sorted(r.sids), dict(r.nodes), r.is_disabled, r.comment] for r in _rules(call)])


def rules(call: Call) -> list[Row]:
    """List rules, with what makes one of them infeasible."""
    kind, resource = call.param("type"), call.param("resource")
    found = [r for r in _rules(call) if kind in (None, r.type) and (resource is None or resource in r.sids)]
    return [_row(call, rule) | _errors(call, rule) for rule in found]


def _errors(call: Call, rule: HaRule) -> Row:
    texts = [] if rule.is_disabled else complaints(rule, _rules(call), len(call.world.nodes))
    return {"errors": {"resources": texts}} if texts else {}


def rule(call: Call) -> Row:
    """Give one rule."""
    found = _find(call)
    if found is None:
        raise failure(f"no such ha rule '{call.params['rule']}'")
    return _row(call, found)


def _find(call: Call) -> HaRule | None:
    return next((rule for rule in _rules(call) if rule.name == call.params["rule"]), None)


def create(call: Call) -> None:
    """Make a rule; one that cannot be obeyed is refused."""
    call.world.require_quorum(call.node)
    new = _changed(call, HaRule(call.params["rule"], call.params["type"], frozenset()))
    prefix = "create ha rule failed: "
    if _find(call) is not None:
        raise failure(f"{prefix}HA rule '{new.name}' already defined")
    _check(call, new, (*_rules(call), new), prefix)
    # The real daemons give a new rule the second place, whatever comes after it.
    _store(call, (*_rules(call)[:1], new, *_rules(call)[1:]))


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


def _check(call: Call, new: HaRule, others: tuple[HaRule, ...], prefix: str) -> None:
    """Raise for unmanaged resources, unknown nodes and rules that cannot be obeyed."""
    unmanaged = sorted(sid for sid in new.sids if sid not in call.world.ha.resources)
    if unmanaged:
        raise failure(f"{prefix}cannot use unmanaged resource(s) {', '.join(unmanaged)}.")
    unknown = sorted(name for name in new.nodes if name not in call.world.nodes)
    if unknown:
        raise failure(f"{prefix}cannot use non-existent node(s) {', '.join(unknown)}.")
    texts = [] if new.is_disabled else complaints(new, others, len(call.world.nodes))
    if texts:
        raise failure(f"{prefix}400 Rule '{new.name}' is invalid.\nresources: {', '.join(texts)}")


def _store(call: Call, rules: tuple[HaRule, ...]) -> None:
    ha = call.world.ha
    ha.rules = RuleSet(rules, ha.rules.groups)


def change(call: Call) -> None:
    """Change a rule."""
    call.world.require_quorum(call.node)
    prefix = "update HA rules failed: "
    if call.param("digest", digest(call)) != digest(call):
        raise failure(f"{prefix}{CHANGED}")
    found = _find(call)
    if found is None:
        raise failure(f"{prefix}HA rule '{call.params['rule']}' does not exist")
    if call.params["type"] != found.type:
        raise failure(f"{prefix}unexpected property 'type'")
    new = _without(_changed(call, found), split_list(call.param("delete", "")))
    others = tuple(new if rule is found else rule for rule in _rules(call))
    _check(call, new, others, prefix)
    _store(call, others)


def _without(rule: HaRule, options: list[str]) -> HaRule:
    """Take options back to their defaults."""
    cleared = {"comment": {"comment": ""}, "disable": {"is_disabled": False}, "strict": {"strict": False}}
    for option in options:
        rule = replace(rule, **cleared.get(option, {}))  # type: ignore[arg-type]
    return rule


def remove(call: Call) -> None:
    """Remove a rule; one that is not there is no error."""
    call.world.require_quorum(call.node)
    _store(call, tuple(rule for rule in _rules(call) if rule.name != call.params["rule"]))


HANDLERS: dict[str, Handler] = {
    "GET /cluster/ha/rules": rules,
    "POST /cluster/ha/rules": create,
    "GET /cluster/ha/rules/{rule}": rule,
    "PUT /cluster/ha/rules/{rule}": change,
    "DELETE /cluster/ha/rules/{rule}": remove,
}
