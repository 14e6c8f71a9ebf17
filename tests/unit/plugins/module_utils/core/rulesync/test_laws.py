# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What holds for the writing of any rules into any cluster."""

from dataclasses import replace

from hypothesis import given
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
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import Rule
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
from ansible_collections.pve.drs.tests.strategies import binding_rules, clusters

STRENGTHS = ("must", "must", "should")


@st.composite
def worlds(draw):
    """A cluster with much HA in it, of either generation."""
    cluster = draw(clusters(most_guests=8, least_nodes=2))
    sids = [guest.sid for guest in cluster.guests]
    chosen = draw(st.lists(st.sampled_from(sids), unique=True)) if sids else []
    version = draw(st.sampled_from(("8.4.1", "9.2.3")))
    if version.startswith("8"):
        groups = (HaGroup(name="theirs", nodes={cluster.nodes[0].name: 1}),)
        named = st.sampled_from((None, None, "theirs", "gone"))
        ha = HaConfig(resources=tuple(_resource(draw, sid, draw(named)) for sid in sorted(chosen)), groups=groups)
        return replace(cluster, version=version, ha=ha)
    resources = tuple(_resource(draw, sid, None) for sid in sorted(chosen))
    ha = replace(cluster.ha, resources=resources, groups=())
    if chosen and draw(st.booleans()):
        nodes = {cluster.nodes[0].name: draw(st.integers(0, 1)), cluster.nodes[1].name: 0}
        theirs = NodeAffinity(name="theirs", sids=frozenset(chosen[:2]), nodes=nodes)
        ha = replace(ha, node_affinities=(theirs,))
    return replace(cluster, version=version, ha=ha)


def _resource(draw, sid, group):
    return HaResource(sid=sid, group=group, state=draw(st.sampled_from(("started",) * 5 + ("ignored",))))


@st.composite
def declarations(draw, **facts):
    """Rules that often contradict each other, some switched off."""
    rules = draw(binding_rules(most=4, highest_vmid=108))
    changed = [
        replace(
            rule, enabled=draw(st.sampled_from((True, True, True, False))), strength=draw(st.sampled_from(STRENGTHS))
        )
        for rule in rules
    ]
    pinning = draw(st.booleans())
    found = [*changed, Rule(name="held", type="pin", guests=rules[0].guests)] if rules and pinning else changed
    return Declaration(policy=Policy(rules=tuple(found), trust_tags=draw(st.booleans()), rules_scope="all"), **facts)


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


@given(worlds(), declarations(), declarations(purges=True))
def test_after_writing_nothing_is_left_to_write(cluster, first, second):
    for declaration in (first, second):
        plan = plan_rules(cluster, declaration)
        cluster = written(cluster, plan.steps)
        after = plan_rules(cluster, declaration)
        assert after.changes == ()
        assert bool(drift(after)) == bool(after.left)


@given(worlds(), declarations(), declarations(purges=True))
def test_what_was_written_before_makes_no_difference(cluster, first, second):
    directly = written(cluster, plan_rules(cluster, second).changes)
    between = written(cluster, plan_rules(cluster, first).changes)
    later = written(between, plan_rules(between, second).steps)
    assert ha_entries(later.ha) == ha_entries(directly.ha)
    assert later.guests == directly.guests


@given(worlds(), declarations(), declarations(is_absent=True, purges=True))
def test_what_is_not_ours_stays_as_it_is(cluster, declaration, gone):
    after = written(cluster, plan_rules(cluster, declaration).steps)
    assert foreign(after) == foreign(cluster)
    restored = written(after, plan_rules(after, gone).steps)
    assert ha_entries(restored.ha) == ha_entries(cluster.ha)
    assert restored.guests == cluster.guests


@given(worlds(), declarations(), declarations(purges=True))
def test_proxmox_takes_every_step(cluster, first, second):
    count = len(cluster.nodes)
    dropped = {found.rule for found in rules_in_force(cluster.ha, count).dropped}
    for declaration in (first, second):
        plan = plan_rules(cluster, declaration)
        for step in plan.steps:
            if step.key[0] == RULE and step.after is not None and not step.after.is_disabled:
                without = written(cluster, [replace(step, after=None)])
                assert refusal(without.ha, step.after, count) is None
            cluster = written(cluster, [step])
        assert {found.rule for found in rules_in_force(cluster.ha, count).dropped} <= dropped


@given(worlds(), declarations())
def test_steps_come_to_the_changes(cluster, declaration):
    plan = plan_rules(cluster, declaration)
    together = {change.key: (change.before, change.after) for change in merged(plan.steps)}
    assert together == {change.key: (change.before, change.after) for change in plan.changes}
    shown = change_diff(cluster, plan.changes)
    assert (shown["before"] == shown["after"]) == (not plan.changes)
