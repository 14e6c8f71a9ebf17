# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Each use works with the privileges that are granted for it, and not, or not as well, without any one of them."""

import copy
import json
import tempfile
from dataclasses import dataclass, replace

import pytest

pytest.importorskip("cryptography", reason="the simulator needs cryptography")
pytest.importorskip("proxmoxer", reason="the client needs proxmoxer")

from ansible_collections.pve.drs.plugins.module_utils.core.access.uses import needs_of_uses
from ansible_collections.pve.drs.plugins.module_utils.core.errors import DrsError
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.acting import Acting
from ansible_collections.pve.drs.plugins.module_utils.glue.evacuate import job_of, result_of
from ansible_collections.pve.drs.plugins.module_utils.glue.execution_options import execution_options
from ansible_collections.pve.drs.plugins.module_utils.glue.facts import LISTED, facts_of
from ansible_collections.pve.drs.plugins.module_utils.glue.pool_keeping import keep_pools
from ansible_collections.pve.drs.plugins.module_utils.glue.rule_keeping import keep
from ansible_collections.pve.drs.plugins.module_utils.glue.rule_options import rules_from
from ansible_collections.pve.drs.plugins.module_utils.glue.turn import Claim, Turn
from ansible_collections.pve.drs.plugins.module_utils.pve.follow import Surroundings
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.tests.unit.placing import Caller as Placer
from ansible_collections.pve.drs.tests.unit.simulated import uneven
from ansible_collections.pve.drs.tests.unit.simulated_access import TOKEN, office

SMALL = {"cores": 1, "memory": "4G", "load": {"cpu": 0.5, "memory": "4G"}}
CARD = {"kind": "pci", "live": True, "nodes": dict.fromkeys("abc", "path=0000:01:00.0,id=8086:1572")}
# Node a is full: of plain machines, of one in a pool, of a container, of one with a device that all nodes have in use, and of one
# with a local disk.
SCENARIO = uneven(
    guests=[
        {"vmid": 101, "count": 4, "node": "a", "balloon": "8G"},
        {"vmid": 106, "node": "a", "pool": "shop", "balloon": "2G", **SMALL},
        {"vmid": 107, "node": "a", "type": "lxc", **SMALL},
        {"vmid": 108, "node": "a", "config": {"hostpci0": "mapping=card"}, **SMALL},
        {"vmid": 109, "node": "a", **SMALL, "disks": ["disk:8G"]},
        {"vmid": 121, "node": "b", "ha": "started", **SMALL},
        {"vmid": 122, "node": "c", "ha": "started", **SMALL},
        {"vmid": 123, "node": "b", "config": {"hostpci0": "mapping=card"}, **SMALL},
        {"vmid": 124, "node": "c", "config": {"hostpci0": "mapping=card"}, **SMALL},
        {"vmid": 131, "node": "a", "status": "stopped", **SMALL},
    ],
    mappings=[{"name": "card", **CARD}],
    pools={"shop": {}},
)
# A card has to leave, so has a container, and a rule selects by pool.
RULES = [
    {"name": "apart", "type": "separate", "guests": [121, 122]},
    {"name": "home", "type": "run_on", "guests": {"pool": "shop"}, "nodes": ["b"]},
    {"name": "away", "type": "not_run_on", "guests": [107, 108], "nodes": ["a"]},
]
SPEC = (
    arguments.connection() | arguments.judging() | arguments.moving() | arguments.executing() | arguments.evacuating()
)
MOVING_DEFAULTS = {name: option.get("default") for name, option in SPEC.items()}
CONNECTION_DEFAULTS = {name: option.get("default") for name, option in arguments.connection().items()}
RULE_DEFAULTS = {name: option.get("default") for name, option in arguments.keeping_rules().items()}
POLICY = Policy(restart_containers=True, rules=rules_from(RULES, {}))


def plan_of(scene):
    return replace(scene, policy=POLICY).decide()


def report(scene, *, acts):
    """What drs_facts tells."""
    facts = facts_of(scene.collect(), POLICY, LISTED)
    return {name: value for name, value in facts.items() if name != "access"}


def balance(scene, *, acts):
    """Mandatory moves of a container, of a guest in a pool and of one with a device, and even loads."""
    plan = plan_of(scene)
    if not acts:
        return [sorted(str(planned.move) for planned in plan.moves), list(plan.cluster.warnings)]
    return [moved.status for moved in scene.execute(plan).moves]


def emptied(scene, *, acts, **params):
    """Node a is emptied of all guests."""
    given = {**MOVING_DEFAULTS, "nodes": ["a"], "settle": 0, "rules": RULES, **params}
    clock, stop = scene.clock, Stop(scene.clock)
    turn = Turn(Claim(cluster="lab", command="drs_evacuate"), None, clock, stop) if acts else None
    run = Acting(clock, clock, turn=turn)
    around = Surroundings(scene.api, clock, stop, replace(execution_options(given), poll_seconds=1.0))
    result = result_of(job_of(given, around, None, run))
    assert not acts or not result.failure, result.failure
    return [result.values["report"], list(result.warnings)]


def evacuate(scene, *, acts):
    return emptied(scene, acts=acts, on_blocked="skip", rules=[RULES[0]])


def shutdown(scene, *, acts):
    return emptied(scene, acts=acts, on_blocked="shutdown", rules=[RULES[0]])


def login_of(scene):
    """What a module is given."""
    given = scene.client.connection
    login = {"api_host": list(given.hosts), "api_port": given.port, "api_token_id": given.who}
    return {**CONNECTION_DEFAULTS, **login, "api_token_secret": given.token_secret, "ca_path": given.ca_path}


def pools(scene, *, acts):
    """One team has twice the weight of the other, in cpu and memory."""
    with tempfile.TemporaryDirectory() as folder:
        return pooled(scene, acts=acts, state_path=f"{folder}/state.sqlite" if acts else None)


def pooled(scene, *, acts, state_path):
    given = {**login_of(scene), **POOL_DEFAULTS, "pools": TEAMS, "state_path": state_path}
    result = keep_pools(given, check_mode=not acts)
    assert not result.failure, result.failure
    return [result.values["report"], list(result.warnings)]


def place(scene, *, acts):
    """A guest of the full node is started elsewhere."""
    result = Placer(scene)(check=not acts, guests=[131], state="started")
    assert not result.failure, result.failure
    return [result.values["report"], list(result.warnings)]


def rules(scene, *, acts):
    """An HA rule for two guests, tags for the others."""
    result = keep({**RULE_DEFAULTS, **login_of(scene), "rules": RULES}, check_mode=not acts)
    assert not result.failure, result.failure
    return [result.values["changes"], list(result.warnings)]


TEAMS = [
    {"name": "shop", "shares": "high", "members": {"pool": "shop"}},
    {"name": "others", "shares": "low", "members": [101, 102]},
]
POOL_DEFAULTS = {name: option.get("default") for name, option in arguments.pooling().items()}
USES = {
    "report": report,
    "balance": balance,
    "evacuate": evacuate,
    "shutdown": shutdown,
    "rules": rules,
    "pools": pools,
    "place": place,
}


@dataclass
class Trial:
    """The new token before a cluster of its own, with one privilege less for a while."""

    use: str
    office: object

    def without(self, privilege):
        """Take it from every role of the token."""
        roles = self.office.access.roles
        before = {name: roles[name] for name in ("DRS", "DRS-HA") if name in roles}
        roles.update({name: held - {privilege} for name, held in before.items()})
        return before

    def run(self, *, acts):
        with self.office.entering() as scene:
            return USES[self.use](scene, acts=acts)

    def writes(self):
        return [entry for entry in self.office.sim.log.writing() if entry.user == TOKEN]


@pytest.mark.parametrize("use", USES)
def test_no_privilege_of_a_use_can_be_taken_away(use, tmp_path):
    """Without a needed one nothing is done; without another one less is done, and it is told."""
    with office(tmp_path, copy.deepcopy(SCENARIO)) as here:
        here.keep(use)
        trial = Trial(use, here)
        fully = json.dumps(trial.run(acts=False), sort_keys=True, default=str)
        for need in needs_of_uses([use]):
            before = trial.without(need.privilege)
            if need.is_needed:
                with pytest.raises(DrsError, match=need.privilege):
                    trial.run(acts=True)
                assert trial.writes() == [], need
            else:
                assert does_less(trial, fully), need
            here.access.roles.update(before)
        trial.run(acts=True)
        assert bool(trial.writes()) == (use != "report")


def does_less(trial, fully):
    try:
        return json.dumps(trial.run(acts=False), sort_keys=True, default=str) != fully
    except DrsError:
        return True
