# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Around every plan: who leads, whose turn it is, what is left from before, what is written down."""

import uuid
from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ClusterLocked, NoQuorum
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.glue.acting import (
    Undertaking,
    acting,
    follower_notice,
    only_looking,
    require_nobody_else,
)
from ansible_collections.pve.drs.plugins.module_utils.glue.interruption import ProcessStop
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.client import Client
from ansible_collections.pve.drs.plugins.module_utils.pve.collect import collect
from ansible_collections.pve.drs.plugins.module_utils.pve.decide import decide
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import NoHostAnswers
from ansible_collections.pve.drs.plugins.module_utils.pve.options import ExecuteOptions
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.flights import record_flight
from ansible_collections.pve.drs.tests.unit.locks import held_lock
from ansible_collections.pve.drs.tests.unit.plugins.module_utils.state.test_runs import FLIGHT, MOVE
from ansible_collections.pve.drs.tests.unit.simulated import connect, scene, uneven


@pytest.fixture
def state(tmp_path):
    return StateFile(path=tmp_path / "state.db", is_read_only=False)


@pytest.fixture
def undertaking(state):
    """On a cluster of this test's own: the lock of the host knows it by its name."""
    name, options = f"lab {uuid.uuid4()}", ExecuteOptions(poll_seconds=0.01)
    return Undertaking(command="drs_balance", cluster=name, address=name, state=state, options=options)


def test_a_run_that_acts_has_the_lock_and_writes_everything_down(undertaking):
    with scene(uneven()) as found, acting(found.api, undertaking, ProcessStop()) as ours:
        assert held_lock(undertaking.state, undertaking.cluster).owner.startswith("drs_balance of ")
        assert len(ours.watchers) == 1
        assert ours.notices == ()
    assert held_lock(undertaking.state, undertaking.cluster) is None
    assert ours.warnings == ()


def test_without_a_state_file_nothing_is_written_down(undertaking):
    bare = replace(undertaking, state=None)
    with scene(uneven()) as found, acting(found.api, bare, ProcessStop()) as ours:
        assert ours.watchers == ()
    assert ours.warnings == ()
    assert only_looking(bare, ProcessStop()).notices == ()


def test_what_was_left_is_told_and_what_did_not_arrive_is_a_warning(undertaking):
    record_flight(undertaking.state, undertaking.cluster, FLIGHT, MOVE)
    (left,) = only_looking(undertaking, ProcessStop()).notices
    assert left.startswith("guest 101 was on its way a -> b ")
    with scene(uneven()) as found, acting(found.api, undertaking, ProcessStop()) as ours:
        assert ours.notices == ours.complaints == ours.warnings
    assert len(ours.notices) == 1
    assert only_looking(undertaking, ProcessStop()).notices == ()


def test_a_run_that_only_looks_takes_no_lock_and_writes_nothing(undertaking):
    looking = only_looking(undertaking, ProcessStop())
    assert (looking.watchers, looking.warnings) == ((), ())
    assert not undertaking.state.path.exists()


def test_a_migration_under_our_own_name_is_another_run_of_ours():
    with scene(uneven()) as found:
        upid = found.api.migrate("a", "qemu", 101, {"target": "b", "online": 1})
        with pytest.raises(
            ClusterLocked, match=r"as drs@pve!test, or was ended .*: guest 101 is being moved off a \(UPID"
        ):
            require_nobody_else(found.api, "lab")
        assert upid.endswith(":drs@pve!test:")
        found.sim.advance(300)
        require_nobody_else(found.api, "lab")


def test_migrations_of_others_are_no_concern_of_the_lock():
    with scene(uneven()) as found:
        found.sim.call(lambda: found.world.steal(101, "b"))
        require_nobody_else(found.api, "lab")


def test_what_the_ha_manager_moves_as_root_is_not_taken_for_a_run_of_root():
    users = {"drs@pve": {}, "root@pam": {"password": "password-of-root"}}
    as_root = {"user": "root@pam", "password": "password-of-root", "token_id": None, "token_secret": None}
    with scene(uneven(guest={"ha": "started"}, users=users)) as found, Client(connect(found.sim, **as_root)) as client:
        root = Api(client)
        found.sim.advance(30)
        root.migrate("a", "qemu", 101, {"target": "b", "online": 1})
        with pytest.raises(ClusterLocked, match=r"hamigrate:101:root@pam:\)"):
            require_nobody_else(root, "lab")
        for _unused in range(30):
            found.sim.advance(1)
            running = [task["type"] for task in root.cluster_tasks() if not task.get("endtime")]
            if running == ["qmigrate"]:
                break
        assert running == ["qmigrate"]
        require_nobody_else(root, "lab")


def test_only_the_leader_acts_where_every_node_runs_the_timer():
    with scene(uneven()) as found:
        assert follower_notice(found.api, "any") is None
        assert follower_notice(found.api, "local") is None
        found.client.prefer_next_host()
        assert follower_notice(found.api, "local") == "a is the leader, not b: nothing was decided or done here"
        assert follower_notice(found.api, "any") is None


def says(found, node):
    """Return what a run says that asks the API of this node alone; "silent" where that does not answer."""
    host = found.sim.connection["nodes"][node]["host"]
    with Client(connect(found.sim, hosts=(host,))) as client:
        try:
            return follower_notice(Api(client), "local") or "acts"
        except NoHostAnswers:
            return "silent"


@pytest.mark.parametrize(
    ("happens", "expected"),
    [
        (lambda _world: None, "a"),
        (lambda world: world.set_maintenance("a", on=True), "a"),
        (lambda world: world.node_down("c"), "a"),
        (lambda world: world.node_down("a"), "b"),
        (lambda world: world.daemon_down("b"), "a"),
    ],
    ids=["all online", "leader in maintenance", "another lost", "leader lost", "daemon of another stopped"],
)
def test_of_installs_on_all_nodes_exactly_one_acts(happens, expected):
    """A node in maintenance leads for as long as it is online."""
    with scene(uneven()) as found:
        found.sim.call(lambda: happens(found.world))
        found.sim.advance(60)
        told = {node: says(found, node) for node in ("a", "b", "c")}
    assert [node for node, what in told.items() if what == "acts"] == [expected]
    others = {what for what in told.values() if what not in ("acts", "silent")}
    assert all(what.startswith(f"{expected} is the leader, not ") for what in others)


def test_a_leader_that_is_cut_off_has_no_quorum_to_act_with():
    """It takes itself for the leader still, and so does the next node; only one of them can plan anything."""
    with scene(uneven()) as found:
        found.sim.call(lambda: found.world.cut_link("a"))
        found.sim.advance(60)
        assert [says(found, node) for node in ("a", "b")] == ["acts", "acts"]
        host = found.sim.connection["nodes"]["a"]["host"]
        with Client(connect(found.sim, hosts=(host,))) as client, pytest.raises(NoQuorum):
            decide(Api(client), collect(Api(client)), Policy())
        assert [load.node for load in found.decide().before.loads] == ["b", "c"]


def test_the_next_node_leads_when_the_leader_is_lost():
    with scene(uneven()) as found:
        found.client.prefer_next_host()
        found.sim.call(lambda: found.world.node_down("a"))
        found.sim.advance(60)
        assert follower_notice(found.api, "local") is None
