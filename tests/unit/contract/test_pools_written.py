# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Module drs_pools against a simulated cluster over HTTPS: what it writes, remembers, leaves alone and puts back."""

import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import (
    BadPolicy,
    ClusterLocked,
    NoQuorum,
    PermissionMissing,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.settings import Change
from ansible_collections.pve.drs.plugins.module_utils.glue import arguments, pool_keeping
from ansible_collections.pve.drs.plugins.module_utils.glue.host_lock import HostLock
from ansible_collections.pve.drs.plugins.module_utils.glue.pool_keeping import keep_pools
from ansible_collections.pve.drs.plugins.module_utils.pve.membership import cluster_address
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.plugins.module_utils.pve.write_settings import write_settings
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.settings import recall_settings
from ansible_collections.pve.drs.tests.unit.simulated import Scene, scene, uneven
from simulator.world.faults import Fault

DEFAULTS = {name: option.get("default") for name, option in (arguments.connection() | arguments.pooling()).items()}
ROLE = ["VM.Audit", "Sys.Audit", "Datastore.Audit", "Pool.Audit", "VM.Config.CPU", "VM.Config.Memory"]
# Two pools of one guest each on node a: the one with high shares gets twice what the other gets.
POOLS = [{"name": "high", "shares": "high", "members": [101]}, {"name": "low", "members": [102]}]


def a_lab(**changes):
    """Busy guests of 16 cores on node a; the cluster has 18 cores in all."""
    guest = {"node": "a", "cores": 16, "load": {"cpu": 16, "memory": "2G"}}
    nodes = {"a": {}, "b": {"cores": 1}, "c": {"cores": 1}}
    given = {"guests": [guest | {"vmid": 101, "count": 2}], "roles": {"DRS": ROLE}, "nodes": nodes, **changes}
    return uneven(guest=guest, **given)


@dataclass
class Lab:
    """A simulated cluster and whoever keeps its pools."""

    scene: Scene
    path: Path
    options: dict[str, Any] = field(default_factory=dict)

    def __call__(self, pools=None, *, check=False, **options):
        at = self.scene.client.connection
        given = {
            "api_host": list(at.hosts),
            "api_port": at.port,
            "api_user": at.user,
            "api_token_id": at.token_id,
            "api_token_secret": at.token_secret,
            "ca_path": at.ca_path,
            "state_path": str(self.path),
            "weight_interval": 0,
            "pools": POOLS if pools is None else pools,
        }
        return keep_pools(DEFAULTS | given | options, check_mode=check)

    def set(self, vmid, **values):
        """Somebody else changes the configuration of a guest; None takes an option away."""
        guest = self.scene.world.guests[vmid]
        gone = tuple(name for name, value in values.items() if value is None)
        kept = {name: value for name, value in values.items() if value is not None}
        self.scene.sim.call(lambda: self.scene.world.change_config(guest, kept, gone))

    def weights(self):
        return {vmid: guest.config.get("cpuunits") for vmid, guest in self.scene.world.guests.items()}

    def fault(self, *args, **facts):
        self.scene.sim.call(lambda: self.scene.world.faults.add(Fault(*args, **facts)))

    def kept(self):
        """What the state file holds, as (vmid, option, before, written)."""
        state = StateFile(path=self.path, is_read_only=True)
        return [(k.vmid, k.option, k.before, k.written) for k in recall_settings(state, "lab")]


@pytest.fixture
def handlers():
    """Signals are as before afterwards."""
    before = {
        number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)
    }
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def lab(tmp_path, handlers):
    with scene(a_lab()) as found:
        yield Lab(found, tmp_path / "state.sqlite")


def outcome(result):
    """Status and reason by vmid."""
    return {guest["vmid"]: (guest["status"], guest["reason"]) for guest in result.values["guests"]}


def test_check_mode_writes_neither_options_nor_state(lab):
    result = lab(check=True)
    assert result.values["changed"]
    assert result.diff["after"] == "101 (guest1): cpuunits: 133\n102 (guest2): cpuunits: 67\n"
    assert result.diff["before"] == "101 (guest1): cpuunits: not set\n102 (guest2): cpuunits: not set\n"
    assert not lab.path.exists()
    assert lab.scene.writes() == []


def test_what_was_there_is_remembered_and_put_back(lab):
    lab.set(102, cpuunits=40)
    result = lab()
    assert lab.weights() == {101: 133, 102: 67}
    assert result.journal == ("guest 101 (guest1): cpuunits=133", "guest 102 (guest2): cpuunits=67")
    assert lab.kept() == [(101, "cpuunits", None, "133"), (102, "cpuunits", "40", "67")]
    assert not lab().values["changed"]
    assert lab([], state="absent").values["changed"]
    assert lab.weights() == {101: None, 102: 40}
    assert lab.kept() == []
    assert not lab([], state="absent").values["changed"]


def test_what_somebody_else_sets_is_what_it_goes_back_to(lab):
    lab()
    lab.set(101, cpuunits=500)
    result = lab()
    assert result.values["notes"] == [
        "guest 101: somebody else changed cpuunits from 133 to 500 since, which is what it goes back to"
    ]
    assert lab.kept() == [(101, "cpuunits", "500", "133"), (102, "cpuunits", None, "67")]
    lab.set(102, cpuunits=None)
    assert lab([], state="absent").values["changed"]
    assert lab.weights() == {101: 500, 102: None}
    assert lab.kept() == []


def test_guests_that_leave_all_pools_go_back_and_those_that_are_gone_are_forgotten(lab):
    lab()
    result = lab([{"name": "high", "members": [101]}])
    assert outcome(result)[102] == ("changed", "")
    assert lab.weights() == {101: None, 102: None}
    lab.scene.sim.call(lambda: lab.scene.world.guests.pop(101))
    lab([], state="absent")
    assert lab.kept() == []


def test_one_guest_that_fails_does_not_keep_the_others(lab):
    lab.fault("answer", status=500, text="disk on fire", path="/nodes/a/qemu/101/config", method="PUT")
    result = lab()
    assert outcome(result) == {101: ("failed", "disk on fire"), 102: ("changed", "")}
    assert result.failure == "1 of 2 guests failed: 101 (guest1): disk on fire"
    assert result.values["changed"]
    assert lab.kept() == [(102, "cpuunits", None, "67")]


def test_a_guest_that_failed_later_keeps_what_is_known_of_it(lab):
    lab()
    lab.fault("answer", status=500, text="disk on fire", path="/nodes/a/qemu/101/config", method="PUT", count=1)
    result = lab([{"name": "high", "shares": 80_000, "members": [101]}, {"name": "low", "members": [102]}])
    assert outcome(result)[101] == ("failed", "disk on fire")
    assert lab.kept()[0] == (101, "cpuunits", None, "133")


def test_a_lost_answer_is_not_taken_for_a_refusal(lab):
    lab.fault("reset", path="/nodes/a/qemu/101/config", method="PUT", carried_out=True, count=1)
    result = lab()
    assert outcome(result)[101][0] == "failed"
    assert lab.weights() == {101: 133, 102: 67}
    assert not lab().values["changed"]
    lab([], state="absent")
    assert lab.weights() == {101: None, 102: None}


def test_a_run_that_was_killed_before_it_wrote_leaves_nothing_to_put_back(lab, monkeypatch):
    def killed(*_unused):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(pool_keeping, "write_settings", killed)
        with pytest.raises(KeyboardInterrupt):
            lab()
    assert lab.kept() == [(101, "cpuunits", None, "133"), (102, "cpuunits", None, "67")]
    assert not lab([], state="absent").values["changed"]
    assert lab.weights() == {101: None, 102: None}


def test_nothing_of_before_is_lost_when_a_later_run_is_killed(lab, monkeypatch):
    def killed(*_unused):
        raise KeyboardInterrupt

    lab()
    with monkeypatch.context() as patched:
        patched.setattr(pool_keeping, "write_settings", killed)
        with pytest.raises(KeyboardInterrupt):
            lab([{"name": "high", "shares": 80_000, "members": [101]}, {"name": "low", "members": [102]}])
    assert lab.weights() == {101: 133, 102: 67}
    assert lab([], state="absent").values["changed"]
    assert lab.weights() == {101: None, 102: None}


def test_locked_guests_are_left_for_the_next_run(lab):
    lab.scene.world.guests[101].config["lock"] = "backup"
    result = lab()
    assert outcome(result) == {101: ("skipped", "it is locked (backup)"), 102: ("changed", "")}
    assert not result.failure
    assert lab.kept() == [(102, "cpuunits", None, "67")]


def test_a_guest_is_not_written_all_the_time(lab):
    lab()
    lab.set(101, cpuunits=None)
    lab.set(102, memory="8192")
    assert lab(weight_interval=600).values["changed"] is False
    changed = [{"name": "high", "shares": 8001, "members": [101]}, POOLS[1]]
    assert lab(changed, weight_interval=600).values["changed"]
    assert lab([], state="absent", weight_interval=600).values["changed"]


def test_a_guest_that_cannot_be_read_is_told_of(lab):
    lab.fault("answer", status=500, text="no such file", path="/nodes/a/qemu/102/config")
    result = lab()
    assert outcome(result)[102][0] == "failed"
    assert "its configuration could not be read" in result.failure
    assert lab.weights()[101] == 133 or lab.weights()[101] is None


WRONG = {
    "unknown member": (
        [{"name": "a", "members": [101, 555]}],
        "pools: pool a names guest 555, which no guest matches; nothing was written",
    ),
    "two pools": (
        [{"name": "a", "members": [101]}, {"name": "b", "members": {"vmid": 101}}],
        "pools: guest 101 is in 2 pools, a and b; it can be in one only; nothing was written",
    ),
    "more than there is": (
        [{"name": "a", "cpu": {"reservation": 19}, "members": [101]}],
        "pools: the pools have 19 cores of cpu reserved (a 19 cores), but the cluster has only 18 cores; nothing was written",
    ),
    "a cycle": (
        [{"name": "a", "parent": "b"}, {"name": "b", "parent": "a"}],
        "pools: pool a is in a cycle: a is in b is in a; pool b is in a cycle: b is in a is in b",
    ),
    "a limit below the reservation": (
        [{"name": "a", "memory": {"reservation": "8G", "limit": "4G"}}],
        "pools: pool a: memory limit 4 GiB is below its reservation of 8 GiB",
    ),
    "nothing": ([], "pools is empty: declare at least one, or put back what earlier runs wrote with state: absent"),
}


@pytest.mark.parametrize(("pools", "text"), WRONG.values(), ids=WRONG)
def test_a_wrong_declaration_is_refused_before_anything_is_written(lab, pools, text):
    with pytest.raises(BadPolicy) as caught:
        lab(pools)
    assert str(caught.value) == text
    assert lab.scene.writes() == []
    assert lab.kept() == []


def test_writing_takes_a_state_file(lab):
    for options in ({"state_path": None}, {"state_path": None, "state": "absent", "check": True}):
        with pytest.raises(BadPolicy, match="name a file for that with state_path"):
            lab(**options)
    assert lab(state_path=None, check=True).values["changed"]


def test_missing_privileges_are_named_before_anything_is_written(tmp_path, handlers):
    with scene(a_lab(roles={"DRS": ROLE[:4]})) as found:
        lab = Lab(found, tmp_path / "state.sqlite")
        text = (
            "drs@pve!test lacks VM.Config.CPU on /vms/101, /vms/102 (or on /vms), which setting options of guests takes"
        )
        assert text in lab(check=True).warnings
        with pytest.raises(PermissionMissing, match=r"lacks VM\.Config\.CPU on /vms/101, /vms/102"):
            lab()
        assert found.writes() == []
        assert lab.kept() == []


def test_without_quorum_nothing_is_written(lab):
    lab.scene.sim.call(lab.scene.world.lose_quorum)
    with pytest.raises(NoQuorum):
        lab()
    assert lab.scene.writes() == []


def test_one_run_at_a_time(lab):
    other = HostLock(cluster_address(lab.scene.api.cluster_status(), lab.scene.client.connection.port))
    assert other.take()
    try:
        with pytest.raises(ClusterLocked):
            lab()
    finally:
        other.release()
    assert lab.scene.writes() == []


def test_only_the_leader_writes(lab):
    """Node a leads; b has been asked."""
    at = lab.scene.sim.connection["nodes"]
    result = lab(leader="local", api_host=[at["b"]["host"]])
    assert result.values["changed"] is False
    assert "nothing was decided or done here" in result.values["report"]
    assert lab.scene.writes() == []
    assert lab(leader="local", api_host=[at["a"]["host"]]).values["changed"]


def a_change(found, value, option="cpuunits"):
    return Change(vmid=101, option=option, found=found, value=value, former=found)


def test_an_edit_in_the_same_moment_is_not_overwritten(lab):
    guest = lab.scene.collect().guest_by_vmid[101]
    lab.set(101, cpuunits=300)
    (done,) = write_settings(lab.scene.api, [(guest, [a_change(None, "133")])], Stop())
    assert (done.status, done.reason) == ("failed", "somebody else set cpuunits to 300 meanwhile; run again")
    assert lab.weights()[101] == 300


def test_an_edit_of_something_else_is_looked_at_again(lab):
    guest = lab.scene.collect().guest_by_vmid[101]
    stale = "detected modified configuration - file changed by other user? Try again."
    lab.fault("answer", status=500, text=stale, path="/nodes/a/qemu/101/config", method="PUT", count=1)
    (done,) = write_settings(lab.scene.api, [(guest, [a_change(None, "133")])], Stop())
    assert (done.status, lab.weights()[101]) == ("done", 133)


def test_a_guest_that_moved_meanwhile_is_looked_for(lab):
    guest = lab.scene.collect().guest_by_vmid[101]
    lab.scene.sim.call(lambda: setattr(lab.scene.world.guests[101], "node", "b"))
    (done,) = write_settings(lab.scene.api, [(guest, [a_change(None, "133")])], Stop())
    assert (done.status, lab.weights()[101]) == ("done", 133)


def test_what_waits_for_a_start_is_told(lab):
    guest = lab.scene.collect().guest_by_vmid[101]
    rows = [{"key": "cpuunits", "value": 100, "pending": 133}, {"key": "balloon", "value": 1, "delete": 1}]
    api = lab.scene.api
    api.guest_pending = lambda *_unused: rows
    (done,) = write_settings(api, [(guest, [a_change(None, "133")])], Stop())
    assert (done.status, done.pending) == ("done", ("cpuunits",))
    lab.fault("answer", status=500, text="not now", path="/nodes/a/qemu/101/pending")
    (done,) = write_settings(lab.scene.api, [(guest, [a_change("133", "140")])], Stop())
    assert done.status == "done"
    assert done.reason.startswith("it is not known whether that is in force yet")


def test_a_run_that_is_told_to_end_writes_nothing_more(lab):
    guest = lab.scene.collect().guest_by_vmid[101]
    stop = Stop()
    stop.request("signal SIGTERM")
    (done,) = write_settings(lab.scene.api, [(guest, [a_change(None, "133")])], stop)
    assert (done.status, done.reason) == ("failed", "the run ended early (signal SIGTERM)")
    assert lab.scene.writes() == []


def test_a_lock_that_came_since_is_no_failure(lab):
    guest = lab.scene.collect().guest_by_vmid[101]
    lab.scene.world.guests[101].config["lock"] = "backup"
    (done,) = write_settings(lab.scene.api, [(guest, [a_change(None, "133")])], Stop())
    assert (done.status, done.reason) == ("skipped", "VM is locked (backup)")
