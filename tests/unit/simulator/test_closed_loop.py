# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Collect, decide, execute and collect again under virtual time, also when things go wrong on the way."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import PermissionMissing
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE, FAILED, RUNNING, SKIPPED
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.execute import execute
from ansible_collections.pve.drs.plugins.module_utils.pve.options import ExecuteOptions
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.tests.unit.simulated import DEFAULT, TOKEN, UNEVEN, Scene, scene, uneven
from simulator.world.faults import Fault
from simulator.world.migration import Where
from simulator.world.move import MigrateRequest
from simulator.world.tasks import Caller

GUESTS = {"guest": UNEVEN["defaults"]["guest"]}
ONE_BY_ONE = Policy(limits=Limits(max_parallel=1))
CONTAINERS = Policy(restart_containers=True)
HA = {"guest": {"ha": "started"}}
POST_MIGRATE = {"method": "POST", "path": "/nodes/*/migrate"}
TASK_STATUS = {"method": "GET", "path": "/nodes/*/tasks/*/status"}


@dataclass(frozen=True, kw_only=True)
class Case:
    """What goes wrong when (virtual seconds after the start), and how the moves of the plan end, in its order."""

    expected: tuple[str, ...]
    says: str
    scenario: dict[str, Any] = field(default_factory=dict)
    policy: Policy = DEFAULT
    before: Callable[[Scene], None] | None = None
    due: tuple[tuple[float, Callable[[Scene], None]], ...] = ()
    options: dict[str, float] = field(default_factory=dict)  # without second tries, unless it says so
    limit_seconds: float | None = None


def fault(effect: str, **conditions: Any) -> Callable[[Scene], None]:
    """Put a fault in force."""
    return lambda found: found.sim.call(lambda: found.world.faults.add(Fault(effect, **conditions)))


def world(action: str, *arguments: Any) -> Callable[[Scene], None]:
    """Call a method of the world."""
    return lambda found: found.sim.call(partial(getattr(found.world, action), *arguments))


def lock(vmid: int) -> Callable[[Scene], None]:
    return lambda found: found.sim.call(lambda: found.world.change_config(found.world.guests[vmid], {"lock": "backup"}))


def start_anyway(found: Scene) -> None:
    """A request of ours that timed out in a proxy has reached the node all the same."""
    caller = Caller(*TOKEN.split("!"))
    request = MigrateRequest("b", online=True)
    found.sim.call(lambda: found.world.migrate(Where("a", "qemu", 101), request, caller))


def forget_request(found: Scene) -> None:
    """The HA manager drops requests without a word, for example towards a node that it finds lost."""
    queue = found.world.ha.queue
    found.sim.call(lambda: queue.remove(("migrate", "vm:101", "b")))


def ha_error(found: Scene) -> None:
    """A resource that failed too often."""
    ha = found.world.ha
    found.sim.call(lambda: ha.change_state(ha.services["vm:101"], "error"))


def no_longer_managed(found: Scene) -> None:
    """Somebody takes a guest out of HA while our request is on its way."""
    found.sim.call(lambda: found.world.clock.call_later(1.0, lambda: found.world.ha.remove_resource("vm:101")))


def ha_ignores(found: Scene) -> None:
    """From now on PVE migrates them itself."""
    found.sim.call(lambda: [found.world.ha.set_requested(sid, "ignored") for sid in list(found.world.ha.resources)])


def fails_once_and_then_times_out(found: Scene) -> None:
    fault("fail_task", text="no space left", task="qmigrate", vmid=101, count=1)(found)
    world("steal", 101, "b")(found)
    found.clock.sleep(30)
    fault("answer", status=596, text="Connection timed out", vmid=101, count=1, **POST_MIGRATE)(found)


def killed(found: Scene) -> None:
    """The worker is killed, and its log is gone too."""

    def kill() -> None:
        task = next(task for task in found.world.tasks.running() if task.id == "101")
        found.world.tasks.stop(task)
        relock = partial(found.world.change_config, found.world.guests[101], {"lock": "migrate"})
        found.world.clock.call_later(8, relock)  # the simulated worker cleans up first
        found.world.faults.add(
            Fault("answer", status=400, text="no such task", path=f"/nodes/a/tasks/{task.upid}/status")
        )

    found.sim.call(kill)


def paused(found: Scene) -> None:
    found.sim.call(lambda: found.world.set_qmp_status(found.world.guests[101], "paused"))


def all_daemons_up(found: Scene) -> None:
    for name in found.world.nodes:
        world("daemon_up", name)(found)


def all_daemons_down(found: Scene) -> None:
    for name in found.world.nodes:
        world("daemon_down", name)(found)


def stop(found: Scene) -> None:
    found.stop.request("SIGTERM")


CASES = {
    "nothing": Case(expected=(DONE, DONE), says="moved to b"),
    "HA guests, whose real migration comes later": Case(scenario=HA, expected=(DONE, DONE), says="moved to b"),
    "containers restart": Case(
        scenario={"guest": {"type": "lxc"}}, policy=CONTAINERS, expected=(DONE, DONE), says="moved to b"
    ),
    "a task fails half-way": Case(
        before=fault("fail_task", text="no space left", task="qmigrate", vmid=101, phase="phase2"),
        expected=(FAILED, DONE),
        says="migration aborted",
    ),
    "a migration ends with problems": Case(
        before=fault("fail_task", text="tunnel broke", task="qmigrate", vmid=101, phase="phase3"),
        expected=(DONE, DONE),
        says="migration problems",
    ),
    "somebody else moves a guest to another node": Case(
        before=world("steal", 102, "b"),
        policy=ONE_BY_ONE,
        expected=(DONE, SKIPPED),
        says="it is on b now, not on a any more",
    ),
    "a guest gets locked": Case(before=lock(101), expected=(SKIPPED, DONE), says="it is locked (backup)"),
    "a guest vanishes": Case(before=world("remove_guest", 101), expected=(SKIPPED, DONE), says="no longer exists"),
    "the target node vanishes": Case(
        due=((4, world("node_down", "b")),), expected=(FAILED, DONE), says="migration aborted"
    ),
    "the source node vanishes": Case(
        due=((4, world("node_down", "a")),), expected=(FAILED, FAILED), says="node a went down"
    ),
    "the contact node is lost": Case(
        scenario=uneven(nodes={"x": {"memory": "4G"}, "a": {}, "b": {}, "c": {}}),
        due=((4, world("node_down", "x")),),
        expected=(DONE, DONE),
        says="moved to b",
    ),
    "the API daemon of the source ends": Case(
        due=((4, world("daemon_down", "a")),),
        options={"lost_seconds": 8},
        expected=(DONE, DONE),
        says="could not be read",
    ),
    "a start times out, but has started": Case(
        before=fault("answer", status=596, text="Connection timed out", vmid=101, count=1, **POST_MIGRATE),
        due=((1, start_anyway),),
        expected=(DONE, DONE),
        says="moved to b",
    ),
    "a start times out and has not started": Case(
        before=fault("answer", status=596, text="Connection timed out", vmid=101, count=1, **POST_MIGRATE),
        expected=(FAILED, DONE),
        says="no task of it appeared",
    ),
    "a start times out, after an earlier migration that failed": Case(
        before=fails_once_and_then_times_out, expected=(FAILED, DONE), says="no task of it appeared"
    ),
    "a task is killed and leaves its lock behind": Case(
        due=((4, killed),), expected=(FAILED, DONE), says="its task has vanished and has left the lock migrate behind"
    ),
    "a connection breaks while a start is sent": Case(
        before=fault("reset", vmid=101, count=1, **POST_MIGRATE), expected=(FAILED, DONE), says="no task of it appeared"
    ),
    "PVE refuses to start one": Case(
        before=fault("answer", status=500, text="storage 'ceph' is not online", vmid=101, **POST_MIGRATE),
        expected=(FAILED, DONE),
        says="storage 'ceph' is not online",
    ),
    "a task is unknown": Case(
        before=fault("answer", status=400, text="no such task", **TASK_STATUS),
        expected=(DONE, DONE),
        says="could not be read",
    ),
    "the HA manager ignores a request": Case(
        scenario=HA, due=((2, forget_request),), expected=(FAILED, DONE), says="did not move it within 60 s"
    ),
    "the migration that the HA manager started fails": Case(
        scenario=HA,
        before=fault("fail_task", text="no space left", task="qmigrate", vmid=101, phase="phase1"),
        expected=(FAILED, DONE),
        says="its task ended with: migration aborted",
    ),
    "the HA manager never hears of a request": Case(
        scenario=HA,
        before=fault("answer", status=596, text="Connection timed out", vmid=101, **POST_MIGRATE),
        expected=(FAILED, DONE),
        says="did not move it within 60 s",
    ),
    "the source node of HA guests dies": Case(
        scenario=HA,
        due=((24, world("node_down", "a")),),
        options={"lost_seconds": 300},
        expected=(DONE, DONE),
        says="the HA manager may have started it anew",
    ),
    "the source node of HA guests dies, and nobody waits for the HA manager": Case(
        scenario=HA,
        due=((24, world("node_down", "a")),),
        options={"lost_seconds": 60},
        expected=(RUNNING, RUNNING),
        says="the HA manager has it in state migrate",
    ),
    "the HA manager refuses a request": Case(
        scenario=HA,
        before=no_longer_managed,
        expected=(FAILED, DONE),
        says="the HA manager refused it: command 'ha-manager migrate vm:101 b' failed: exit code 255",
    ),
    "an HA guest ends in state error": Case(
        scenario=HA, due=((12, ha_error),), expected=(FAILED, DONE), says="in state error; disable and fix it first"
    ),
    "HA is told to ignore guests meanwhile": Case(
        scenario=HA, before=ha_ignores, expected=(DONE, DONE), says="moved to b"
    ),
    "HA containers": Case(
        scenario={"guest": {"type": "lxc", "ha": "started"}},
        policy=CONTAINERS,
        expected=(DONE, DONE),
        says="moved to b",
    ),
    "HA containers of PVE 8": Case(
        scenario={"guest": {"type": "lxc", "ha": "started"}, "cluster": {"profile": "8.4"}},
        policy=CONTAINERS,
        expected=(DONE, DONE),
        says="moved to b",
    ),
    "a container does not start again": Case(
        scenario={"guest": {"type": "lxc"}},
        policy=CONTAINERS,
        before=fault("fail_task", text="startup failed", task="vzmigrate", vmid=101, phase="phase3"),
        expected=(DONE, DONE),
        says="it ran before, and is stopped now",
    ),
    "a machine is paused on arrival": Case(
        due=((40, paused),), options={"settle_seconds": 60}, expected=(DONE, DONE), says="and is paused now"
    ),
    "the API is away for a while between steps": Case(
        policy=ONE_BY_ONE,
        due=((30, all_daemons_down), (80, all_daemons_up)),
        expected=(DONE, DONE),
        says="moved to c",
    ),
    "the API goes away between steps": Case(
        policy=ONE_BY_ONE, due=((30, all_daemons_down),), expected=(DONE, SKIPPED), says="refuses the connection"
    ),
    "a start times out, and its node is slow to tell": Case(
        before=lambda found: (
            fault("answer", status=596, vmid=101, count=1, **POST_MIGRATE)(found),
            fault("answer", status=595, method="GET", path="/nodes/*/tasks/UPID*", count=2)(found),
        ),
        due=((1, start_anyway),),
        expected=(DONE, DONE),
        says="moved to b",
    ),
    "a task vanishes, and its guest has not moved": Case(
        before=lambda found: (
            fault("answer", status=400, text="no such task", **TASK_STATUS)(found),
            fault("fail_task", text="no space left", task="qmigrate", vmid=101, phase="phase1")(found),
        ),
        expected=(FAILED, DONE),
        says="its task has vanished (no such task)",
    ),
    "the listing fails after a step": Case(
        due=((4, fault("answer", status=500, text="try again", path="/cluster/resources", count=1)),),
        expected=(DONE, DONE),
        says="could not be verified",
    ),
    "HA guests of PVE 8": Case(scenario=HA | {"cluster": {"profile": "8.4"}}, expected=(DONE, DONE), says="moved to b"),
    "somebody else moves a guest on": Case(
        due=((40, world("steal", 101, "c")),),
        expected=(FAILED, DONE),
        says="but is on c now",
        options={"settle_seconds": 90},
    ),
    "a stop during a step": Case(
        policy=ONE_BY_ONE, due=((2, stop),), expected=(DONE, SKIPPED), says="stopped by SIGTERM"
    ),
    "a stop, and no time to wait": Case(
        due=((2, stop),),
        options={"grace_seconds": 4},
        expected=(RUNNING, RUNNING),
        says="still under way when we had to stop (SIGTERM)",
    ),
    "a time limit leaves what runs all the time it takes": Case(
        policy=ONE_BY_ONE,
        limit_seconds=2,
        options={"grace_seconds": 4},
        expected=(DONE, SKIPPED),
        says="stopped by time limit of 2 s",
    ),
    "quorum is lost between steps": Case(
        policy=ONE_BY_ONE, due=((30, world("lose_quorum")),), expected=(DONE, SKIPPED), says="quorum"
    ),
    "the API goes away": Case(
        due=((4, all_daemons_down),), expected=(RUNNING, RUNNING), says="nothing was heard of it for 120 s"
    ),
    "the API goes away at the very end": Case(due=((30, all_daemons_down),), expected=(DONE, DONE), says="moved to b"),
}


@pytest.fixture
def played(request):
    """Decide, let it go wrong, carry out."""
    case = request.param
    scenario = case.scenario if "nodes" in case.scenario else uneven(**case.scenario)
    with scene(scenario, case.policy) as found:
        plan = found.decide()
        found.stop = Stop(found.clock, case.limit_seconds)
        if case.before:
            case.before(found)
        found.clock.due = [(seconds, partial(action, found)) for seconds, action in case.due]
        yield case, found, plan, found.execute(plan, **({"retries": 0} | case.options))


@pytest.mark.parametrize("played", CASES.values(), ids=CASES.keys(), indirect=True)
def test_every_guest_is_accounted_for(played):
    case, found, plan, outcome = played
    assert [move.planned for move in outcome.moves] == list(plan.moves)
    assert tuple(move.status for move in outcome.moves) == case.expected, [m.reason for m in outcome.moves]
    for move in outcome.moves:
        place = found.node_of(move.planned.move.vmid)
        assert move.node == place or (move.node is None and move.reason), move
    texts = [text for move in outcome.moves for text in (move.reason, *move.warnings)]
    assert any(case.says in text for text in texts), texts


@pytest.mark.parametrize("changes", [{}, HA, {"guest": {"type": "lxc"}}], ids=["VMs", "HA guests", "containers"])
def test_after_a_plan_there_is_nothing_left_to_do(changes):
    with scene(uneven(**changes), CONTAINERS) as found:
        plan = found.decide()
        outcome = found.execute(plan)
        again = found.decide()
    assert outcome.is_complete
    assert outcome.changed
    assert len(plan.moves) == 2
    assert again.moves == ()


def test_deciding_writes_nothing():
    with scene(uneven()) as found:
        found.decide()
        assert found.writes() == []
        assert (found.client.writes, found.client.logins) == (0, 0)
        found.execute(found.decide())
        assert found.writes() == ["POST /nodes/a/qemu/101/migrate", "POST /nodes/a/qemu/102/migrate"]


def test_the_same_cluster_gives_the_same_outcome():
    def play():
        with scene(uneven(**HA)) as found:
            return found.execute(found.decide())

    assert play() == play()


def test_a_stopped_guest_is_not_started_by_its_move():
    """Started or stopped meanwhile: the plan was made for something else."""
    with scene(uneven()) as found:
        plan = found.decide()
        found.sim.call(lambda: found.world.set_running(found.world.guests[101], running=False))
        found.clock.sleep(15)  # until its node has published figures
        outcome = found.execute(plan)
    assert outcome.moves[0].status == SKIPPED
    assert "its status is stopped now; the plan was made for live migration" in outcome.moves[0].reason


def test_a_failed_move_of_the_ha_manager_is_noticed_at_once():
    with scene(uneven(**HA)) as found:
        plan = found.decide()
        fault("fail_task", text="no space left", task="qmigrate", vmid=101, phase="phase1")(found)
        outcome = found.execute(plan)
    assert outcome.moves[0].status == FAILED
    assert outcome.moves[0].seconds < 40


class Faulty(Api):
    """An API of which one method runs into a bug, always or once after it has done its work."""

    def __init__(self, found, name, *, once=False):
        super().__init__(found.client)
        work = getattr(super(), name)
        calls = []

        def buggy(*arguments):
            calls.append(arguments)
            if not once:
                raise ZeroDivisionError
            answer = work(*arguments)
            return 1 / 0 if len(calls) == 1 else answer

        setattr(self, name, buggy)


def executed(found, api):
    return execute(found.decide(), api, found.clock, Stop(found.clock), ExecuteOptions(lost_seconds=20.0))


def test_after_a_bug_all_that_was_started_is_followed_to_its_end():
    with scene(uneven(), ONE_BY_ONE) as found:
        plan = found.decide()
        found.clock.due = [(2, lambda: 1 / 0)]
        outcome = found.execute(plan)
        assert not found.world.migrations
    assert [move.status for move in outcome.moves] == [DONE, SKIPPED]
    assert outcome.moves[1].reason == "not started: internal error: ZeroDivisionError: division by zero"
    assert outcome.interrupted_by == "internal error: ZeroDivisionError: division by zero"


def test_after_a_bug_in_the_start_the_task_is_looked_for():
    with scene(uneven()) as found:
        outcome = executed(found, Faulty(found, "migrate", once=True))
        assert not found.world.migrations
        assert len(found.writes()) == 1
    assert [move.status for move in outcome.moves] == [DONE, SKIPPED]
    assert outcome.moves[0].upid
    assert outcome.interrupted_by.startswith("internal error: ZeroDivisionError")


def test_a_bug_in_watching_is_borne_for_a_while():
    with scene(uneven()) as found:
        outcome = executed(found, Faulty(found, "task_status", once=True))
    assert [move.status for move in outcome.moves] == [DONE, DONE]
    assert outcome.interrupted_by == "internal error: ZeroDivisionError: division by zero"


def test_a_bug_that_stays_does_not_lose_a_guest():
    """The migrations take longer than we bear with it; the outcome names guest and task."""
    with scene(uneven(defaults={"node": {"cores": 16, "memory": "64G", "link": "1G"}, **GUESTS})) as found:
        outcome = executed(found, Faulty(found, "task_status"))
    assert [move.status for move in outcome.moves] == [RUNNING, RUNNING]
    assert all("ZeroDivisionError" in move.reason and move.upid and move.node == "a" for move in outcome.moves)


def test_when_nothing_can_be_watched_any_more_the_account_is_given():
    with scene(uneven()) as found:
        plan = found.decide()
        found.clock.due = [(2, lambda: 1 / 0)] * 4
        outcome = found.execute(plan)
    assert [move.status for move in outcome.moves] == [RUNNING, RUNNING]
    assert all("ZeroDivisionError" in move.reason and move.upid for move in outcome.moves)


def test_without_the_privilege_nothing_is_started():
    scenario = uneven(roles={"DRS": ["VM.Audit", "Sys.Audit", "Datastore.Audit", "Pool.Audit"]})
    with scene(scenario) as found:
        plan = found.decide()
        assert any("holds VM.Migrate on no guest" in notice for notice in plan.notices)
        with pytest.raises(PermissionMissing, match=r"lacks VM\.Migrate on /vms/101, /vms/102"):
            found.execute(plan)
        assert found.writes() == []


# By cpu 102 and 104 should change places, by memory neither fits while the other one is there: 104 goes over c.
NO_ROOM = {
    "guests": [
        {"vmid": 101, "node": "a", "memory": "32G", "load": {"cpu": 5.0, "memory": "32G"}},
        {"vmid": 102, "node": "a", "memory": "22G", "load": {"cpu": 5.0, "memory": "22G"}},
        {"vmid": 103, "node": "b", "memory": "25G", "load": {"cpu": 4.0, "memory": "25G"}},
        {"vmid": 104, "node": "b", "memory": "21G", "load": {"cpu": 1.0, "memory": "21G"}},
        {"vmid": 105, "node": "c", "memory": "6G", "load": {"cpu": 7.5, "memory": "6G"}, "tags": ["drs-pin"]},
    ],
    "guest": {"cores": 8},
}
BY_CPU = Policy(method="cpu", balanciness=0.2)


def test_a_guest_that_goes_over_another_node_is_accounted_for_twice():
    with scene(uneven(**NO_ROOM), BY_CPU) as found:
        plan = found.decide()
        outcome = found.execute(plan)
        places = [found.node_of(vmid) for vmid in (102, 104)]
    assert [str(planned.move) for planned in plan.moves] == ["104 b->c", "102 a->b", "104 c->a"]
    assert [(move.status, move.node) for move in outcome.moves] == [(DONE, "a"), (DONE, "b"), (DONE, "a")]
    assert places == ["b", "a"]


def test_a_guest_whose_way_is_cut_off_stays_where_it_got_to():
    with scene(uneven(**NO_ROOM), BY_CPU) as found:
        plan = found.decide()
        fault("fail_task", text="no space left", task="qmigrate", vmid=102)(found)
        outcome = found.execute(plan)
    assert [(move.status, move.node) for move in outcome.moves] == [(DONE, "c"), (FAILED, "a"), (SKIPPED, "c")]


def test_a_search_without_time_says_so():
    with scene(uneven(), Policy(limits=Limits(planning_seconds=0.0))) as found:
        plan = found.decide()
    assert plan.moves == ()
    assert any("the time for planning was up" in notice for notice in plan.notices)
