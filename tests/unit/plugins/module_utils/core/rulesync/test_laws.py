# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What holds for the writing of any rules into any cluster."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.ha.force import rules_in_force
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import (
    HaConfig,
    HaGroup,
    HaResource,
    NodeAffinity,
    ResourceAffinity,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.changes import applied, merged
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.declaration import Declaration
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.entries import (
    GROUP,
    MEMBER,
    RULE,
    TAGS,
    ha_entries,
    owned_ha,
    owned_tags,
)
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.ha import refusal
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.plan import plan_rules
from ansible_collections.pve.drs.plugins.module_utils.core.rulesync.sentences import change_diff, drift
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest

# Contradictions are rare, so more is tried than elsewhere.
MANY = settings(max_examples=max(300, settings.default.max_examples))
VMIDS = range(101, 107)
NODES = ("a", "b", "c")
KINDS = ("together", "separate", "run_on", "run_on", "not_run_on", "pin")


def some(values, least=1, most=4):
    return st.frozensets(st.sampled_from(sorted(values)), min_size=least, max_size=most)


@st.composite
def worlds(draw):
    """Few guests, most of them under HA, of either generation; somebody else has rules too."""
    managed = [f"vm:{vmid}" for vmid in VMIDS if draw(st.integers(0, 5))]
    version = draw(st.sampled_from(("8.4.1", "9.2.3", "9.2.3")))
    theirs = draw(st.booleans()) and len(managed) > 1
    cluster = a_cluster(dict.fromkeys(NODES, "8c/100G"), [a_guest(vmid) for vmid in VMIDS], version=version)
    if version.startswith("8"):
        groups = (HaGroup(name="theirs", nodes={"a": 1}),)
        named = st.sampled_from((None, None, None, "theirs", "gone"))
        resources = tuple(HaResource(sid=sid, group=draw(named)) for sid in managed)
        return replace(cluster, ha=HaConfig(resources=resources, groups=groups))
    ha = HaConfig(resources=tuple(HaResource(sid=sid) for sid in managed))
    return replace(cluster, ha=_with_theirs(draw, ha, managed) if theirs else ha)


def _with_theirs(draw, ha, managed):
    members = draw(some(managed, most=2))
    if draw(st.booleans()):
        nodes = {"a": draw(st.integers(0, 1)), "b": 0}
        return replace(ha, node_affinities=(NodeAffinity(name="theirs", sids=members, nodes=nodes),))
    pair = draw(some(managed, least=2, most=3))
    return replace(
        ha, resource_affinities=(ResourceAffinity(name="theirs", sids=pair, is_positive=draw(st.booleans())),)
    )


@st.composite
def declarations(draw, **facts):
    """Rules that often contradict each other, some switched off; the same names come again in other declarations."""
    count = draw(st.integers(1, 4))
    rules = tuple(_rule(draw, f"r{number}") for number in range(count))
    return Declaration(policy=Policy(rules=rules, trust_tags=draw(st.booleans()), rules_scope="all"), **facts)


@st.composite
def exchanges(draw):
    """A declaration, and one with purge in which its rules have exchanged their guests."""
    first = draw(declarations())
    guests = draw(st.permutations([rule.guests for rule in first.policy.rules]))
    rules = tuple(replace(rule, guests=theirs) for rule, theirs in zip(first.policy.rules, guests, strict=True))
    return first, replace(first, policy=replace(first.policy, rules=rules), purges=True)


def _rule(draw, name):
    kind = draw(st.sampled_from(KINDS))
    is_about_nodes = kind in ("run_on", "not_run_on")
    return Rule(
        name=name,
        type=kind,
        guests=GuestSelector(vmids=draw(some(VMIDS))),
        nodes=tuple(sorted(draw(some(NODES, most=2)))) if is_about_nodes else (),
        strength=draw(st.sampled_from(("must", "must", "should"))) if kind != "pin" else "must",
        enabled=draw(st.integers(0, 6)) > 0,
    )


def written(cluster, changes):
    """The cluster after these changes."""
    entries = applied(ha_entries(cluster.ha), [change for change in changes if change.key[0] != TAGS])
    rules = [entry for (kind, _name), entry in entries.items() if kind == RULE]
    ha = replace(
        cluster.ha,
        node_affinities=tuple(rule for rule in rules if isinstance(rule, NodeAffinity)),
        resource_affinities=tuple(rule for rule in rules if isinstance(rule, ResourceAffinity)),
        groups=tuple(entry for (kind, _name), entry in entries.items() if kind == GROUP),
        resources=tuple(replace(r, group=entries.get((MEMBER, r.sid))) for r in cluster.ha.resources),
    )
    tags = {int(change.key[1]): change for change in changes if change.key[0] == TAGS}
    guests = (_tagged(guest, tags[guest.vmid]) if guest.vmid in tags else guest for guest in cluster.guests)
    return replace(cluster, ha=ha, guests=tuple(guests))


def _tagged(guest, change):
    return replace(guest, tags=(guest.tags - (change.before or frozenset())) | (change.after or frozenset()))


def foreign(cluster):
    """Everything that is not ours."""
    ours = owned_ha(cluster.ha).keys()
    tags = {(vmid, tag) for vmid, tag, _rule in owned_tags(cluster, "drs")}
    return (
        {key: entry for key, entry in ha_entries(cluster.ha).items() if key not in ours},
        {(guest.vmid, tag) for guest in cluster.guests for tag in guest.tags} - tags,
    )


@MANY
@given(worlds(), declarations(), declarations(purges=True))
def test_after_writing_nothing_is_left_to_write(cluster, first, second):
    for declaration in (first, second):
        plan = plan_rules(cluster, declaration)
        cluster = written(cluster, plan.steps)
        after = plan_rules(cluster, declaration)
        assert after.changes == ()
        assert bool(drift(after)) == bool(after.left)


@MANY
@given(worlds(), declarations(), declarations(purges=True))
def test_what_was_written_before_makes_no_difference(cluster, first, second):
    directly = written(cluster, plan_rules(cluster, second).changes)
    between = written(cluster, plan_rules(cluster, first).changes)
    later = written(between, plan_rules(between, second).steps)
    assert ha_entries(later.ha) == ha_entries(directly.ha)
    assert later.guests == directly.guests


@MANY
@given(worlds(), declarations(), declarations(is_absent=True, purges=True))
def test_what_is_not_ours_stays_as_it_is(cluster, declaration, gone):
    after = written(cluster, plan_rules(cluster, declaration).steps)
    assert foreign(after) == foreign(cluster)
    restored = written(after, plan_rules(after, gone).steps)
    assert ha_entries(restored.ha) == ha_entries(cluster.ha)
    assert restored.guests == cluster.guests


@MANY
@given(worlds(), st.one_of(exchanges(), st.tuples(declarations(), declarations(purges=True))))
def test_proxmox_takes_every_step(cluster, declared):
    count = len(cluster.nodes)
    dropped = {found.rule for found in rules_in_force(cluster.ha, count).dropped}
    for declaration in declared:
        plan = plan_rules(cluster, declaration)
        for step in plan.steps:
            if step.key[0] == RULE and step.after is not None and not step.after.is_disabled:
                without = written(cluster, [replace(step, after=None)])
                assert refusal(without.ha, step.after, count) is None
            cluster = written(cluster, [step])
        assert {found.rule for found in rules_in_force(cluster.ha, count).dropped} <= dropped


@MANY
@given(worlds(), declarations())
def test_steps_come_to_the_changes(cluster, declaration):
    plan = plan_rules(cluster, declaration)
    together = {change.key: (change.before, change.after) for change in merged(plan.steps)}
    assert together == {change.key: (change.before, change.after) for change in plan.changes}
    shown = change_diff(cluster, plan.changes)
    assert (shown["before"] == shown["after"]) == (not plan.changes)
