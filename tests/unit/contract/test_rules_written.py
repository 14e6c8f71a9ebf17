# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Module drs_rules against simulated clusters, with HA rules and with HA groups, over HTTPS."""

import contextlib
from dataclasses import dataclass
from typing import Any

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy, NoQuorum, PermissionMissing
from ansible_collections.pve.drs.plugins.module_utils.glue import arguments, rule_keeping
from ansible_collections.pve.drs.plugins.module_utils.glue.rule_keeping import keep
from ansible_collections.pve.drs.tests.unit.simulated import BY_HAND
from simulator.scenario import load_world
from simulator.server import Running, running
from simulator.world.faults import Fault
from simulator.world.ha_data import HaRule

DRS, VIEWER = "drs@pve!demo", "viewer@pve!read"
DEFAULTS = {
    name: option.get("default") for name, option in (arguments.connection() | arguments.keeping_rules()).items()
}


@dataclass
class Shop:
    """A simulated cluster and whoever keeps its rules."""

    sim: Running

    def keep(self, *rules: dict[str, Any], check_mode: bool = False, token: str = DRS, **options: Any):
        nodes = list(self.sim.connection["nodes"].values())
        given = {
            "api_host": [node["host"] for node in nodes],
            "api_port": nodes[0]["port"],
            "api_token_id": token,
            "api_token_secret": self.sim.connection["tokens"][token],
            "ca_path": self.sim.connection["ca_path"],
            "rules": list(rules),
        }
        return keep(DEFAULTS | given | options, check_mode=check_mode)

    @property
    def ha(self):
        return self.sim.world.ha

    def rules(self) -> dict[str, tuple[Any, ...]]:
        """HA rules that are ours."""
        return {
            rule.name: (
                rule.affinity or tuple(sorted(rule.nodes)),
                rule.strict,
                "off" if rule.is_disabled else "on",
                tuple(sorted(int(sid[3:]) for sid in rule.sids)),
            )
            for rule in self.ha.rules.rules
            if rule.comment.startswith("pve.drs:")
        }

    def groups(self) -> dict[str, tuple[Any, ...]]:
        return {
            group.name: (tuple(sorted(group.nodes)), group.restricted)
            for group in self.ha.groups.values()
            if group.comment.startswith("pve.drs:")
        }

    def tags(self, vmid: int) -> set[str]:
        return set(self.sim.world.guests[vmid].tags.split(";")) - {""}

    def writes(self) -> list[str]:
        return [f"{entry.verb} {entry.path}" for entry in self.sim.log.writing()]


@contextlib.contextmanager
def shop(name: str):
    with running(load_world(name), BY_HAND) as sim:
        yield Shop(sim)


@pytest.fixture
def nine():
    with shop("rules") as found:
        yield found


@pytest.fixture
def eight():
    with shop("rules-pve8") as found:
        yield found


DB = {"name": "web apart", "type": "separate", "guests": [101, 102, 103]}
NODES = {"name": "free", "type": "run_on", "guests": [101, 241], "nodes": ["pve1", "pve2"]}
OFF = {"name": "off", "type": "not_run_on", "guests": [102, 242], "nodes": ["pve4"], "strength": "should"}
PLAIN = {"name": "plain", "type": "together", "guests": [243, 244]}
HOLD = {"name": "appliance", "type": "pin", "guests": [241]}


def test_rules_of_each_kind_are_written_and_found_again(nine):
    first = nine.keep(DB, NODES, OFF, PLAIN, HOLD)
    assert (first.failure, first.values["changed"]) == (None, True)
    assert nine.rules() == {
        "drs-web-apart": ("negative", False, "on", (101, 102, 103)),
        "drs-free": (("pve1", "pve2"), True, "on", (101,)),
        "drs-off": (("pve1", "pve2", "pve3"), False, "on", (102,)),
    }
    assert nine.tags(241) == {"drs-on-pve1+free", "drs-on-pve2+free", "drs-pin+appliance"}
    assert nine.tags(242) == {"drs-not-on-pve4+off"}
    assert nine.tags(243) == nine.tags(244) == {"drs-together+plain"}
    assert nine.tags(201) == {"drs-separate-dns"}
    before = nine.writes()
    again = nine.keep(DB, NODES, OFF, PLAIN, HOLD, purge=True)
    assert (again.values["changed"], again.values["changes"], again.values["drift"]) == (False, [], [])
    assert nine.writes() == before


def test_check_mode_and_validation_write_nothing(nine):
    dry = nine.keep(DB, PLAIN, check_mode=True)
    assert dry.values["changed"]
    assert dry.diff is not None
    assert "HA rule drs-web-apart\n  guests keep apart\n  guest 101 (web1)\n" in dry.diff["after"]
    judged = nine.keep(DB, PLAIN, validate=True, token=VIEWER)
    assert (judged.failure, judged.values["changed"], len(judged.values["drift"])) == (None, False, 3)
    assert nine.writes() == []


def test_what_is_edited_is_changed_and_what_is_gone_is_purged(nine):
    nine.keep(DB, NODES, PLAIN, HOLD)
    foreign = [rule for rule in nine.ha.rules.rules if not rule.comment.startswith("pve.drs:")]
    edited = DB | {"guests": [101, 102]}, NODES | {"nodes": ["pve3"], "strength": "should"}
    kept = nine.keep(*edited)
    assert nine.rules() == {
        "drs-web-apart": ("negative", False, "on", (101, 102)),
        "drs-free": (("pve3",), False, "on", (101,)),
    }
    assert any("(drs-pin+appliance); purge removes it" in text for text in kept.values["drift"])
    assert nine.tags(241) == {"drs-prefer-pve3+free", "drs-pin+appliance"}
    purged = nine.keep(*edited, purge=True)
    assert [change["action"] for change in purged.values["changes"]] == ["change", "remove", "remove"]
    assert nine.tags(241) == {"drs-prefer-pve3+free"}
    nine.keep(state="absent", purge=True)
    assert nine.rules() == {}
    assert [rule for rule in nine.ha.rules.rules if not rule.comment.startswith("pve.drs:")] == foreign
    assert nine.tags(243) == set()


def test_absent_takes_only_the_named_rules(nine):
    nine.keep(DB, NODES)
    nine.keep(DB, state="absent")
    assert list(nine.rules()) == ["drs-free"]


def test_a_rule_is_switched_off_and_on_again(nine):
    nine.keep(DB | {"enabled": False}, NODES | {"enabled": False})
    assert {name: rule[2] for name, rule in nine.rules().items()} == {"drs-web-apart": "off", "drs-free": "off"}
    nine.keep(DB, NODES)
    assert {name: rule[2] for name, rule in nine.rules().items()} == {"drs-web-apart": "on", "drs-free": "on"}
    nine.keep(DB | {"type": "together"})
    assert nine.rules()["drs-web-apart"][0] == "positive"
    done = nine.keep(DB | {"type": "run_on", "nodes": ["pve1"]}, purge=True)
    assert nine.rules()["drs-web-apart"] == (("pve1",), True, "on", (101, 102, 103))
    assert {change["action"] for change in done.values["changes"]} == {"change", "remove"}


def test_two_rules_that_exchange_their_guests(nine):
    one, two = (
        {"name": n, "type": "run_on", "guests": [g], "nodes": [f"pve{g - 100}"]} for n, g in (("a", 101), ("b", 102))
    )
    nine.keep(one, two)
    done = nine.keep(one | {"guests": [102]}, two | {"guests": [101]})
    assert done.failure is None
    assert (nine.rules()["drs-a"][3], nine.rules()["drs-b"][3]) == ((102,), (101,))
    assert {rule[2] for rule in nine.rules().values()} == {"on"}


def test_a_rule_that_contradicts_an_older_one_is_off_and_explained(nine):
    against = {"name": "web together", "type": "together", "guests": [101, 102]}
    done = nine.keep(DB, against)
    assert nine.rules()["drs-web-together"][2] == "off"
    [disabled] = done.values["disabled_rules"]
    assert (disabled["rule"], disabled["conflicts_with"]) == ("rule web together", ["rule web apart"])
    assert any("rule web together does not count, because of rule web apart" in text for text in done.warnings)
    judged = nine.keep(DB, against, validate=True)
    assert "rule web together does not count, because of rule web apart" in judged.failure
    assert not nine.keep(DB, against).values["changed"]


def test_order_decides_also_after_both_were_written(nine):
    against = {"name": "web together", "type": "together", "guests": [101, 102]}
    nine.keep(DB, against)
    nine.keep(against, DB)
    assert (nine.rules()["drs-web-together"][2], nine.rules()["drs-web-apart"][2]) == ("on", "off")


def test_what_proxmox_would_leave_out_is_switched_off(nine):
    """141 has nodes of several priorities by a rule that is not ours."""
    done = nine.keep({"name": "gates", "type": "together", "guests": [141, 143]})
    assert nine.rules()["drs-gates"][2] == "off"
    [rule] = done.values["rules"]
    assert "is switched off, as Proxmox VE would not go by it" in rule["notes"][0]


def test_a_guest_of_a_foreign_rule_is_left_to_it(nine):
    done = nine.keep({"name": "moved", "type": "run_on", "guests": [131, 111], "nodes": ["pve2"]})
    assert nine.rules() == {"drs-moved": (("pve2",), True, "on", (111, 112))}
    assert "guest 131 is in HA rule licensed-nodes, which is no declared rule's" in done.values["rules"][0]["notes"][0]
    assert not nine.keep({"name": "moved", "type": "run_on", "guests": [131, 111], "nodes": ["pve2"]}).values["changed"]


def test_several_rules_about_nodes_become_one(nine):
    off = OFF | {"strength": "must", "guests": [101], "nodes": ["pve1"]}
    nine.keep(NODES, off)
    assert nine.rules() == {"drs-free_off": (("pve2",), True, "on", (101,))}
    nine.keep(NODES)
    assert nine.rules() == {"drs-free": (("pve1", "pve2"), True, "on", (101,))}


def test_a_name_that_is_taken_is_not_touched(nine):
    nine.keep(DB)
    for number, rule in enumerate(nine.ha.rules.rules):
        if rule.name == "drs-web-apart":
            mine = type(rule)(**{**{f: getattr(rule, f) for f in rule.__dataclass_fields__}, "comment": "by hand"})
            nine.ha.use_rules((*nine.ha.rules.rules[:number], mine, *nine.ha.rules.rules[number + 1 :]))
    done = nine.keep(DB, purge=True)
    assert not done.values["changed"]
    assert any("drs-web-apart is in the HA configuration, but not ours" in text for text in done.warnings)


def test_a_refusal_is_told_in_words_and_the_rest_is_done(nine):
    nine.sim.call(lambda: nine.sim.world.change_config(nine.sim.world.guests[243], {"lock": "backup"}, ()))
    done = nine.keep(DB, PLAIN)
    assert "guest 243 (plain3): VM is locked (backup)" in done.failure
    assert "(2 other changes were made)" in done.failure
    assert nine.tags(244) == {"drs-together+plain"}
    assert "drs-web-apart" in nine.rules()


@pytest.mark.parametrize(
    ("token", "words"),
    [(VIEWER, r"viewer@pve!read lacks Sys\.Console on /, .*VM\.Config\.Options on /vms/243, /vms/244 .*nothing was")],
)
def test_privileges_are_asked_for_before_anything_is_written(nine, token, words):
    with pytest.raises(PermissionMissing, match=words):
        nine.keep(DB, PLAIN, token=token)
    dry = nine.keep(DB, PLAIN, token=token, check_mode=True)
    assert any("lacks Sys.Console on /" in text for text in dry.warnings)
    assert nine.writes() == []
    assert nine.keep(DB, token=token, state="absent").values["changed"] is False


def test_without_quorum_nothing_is_written_and_check_mode_says_so(nine):
    nine.sim.call(nine.sim.world.lose_quorum)
    dry = nine.keep(DB, PLAIN, check_mode=True)
    assert [text for text in dry.warnings if "has no quorum: this could not be carried out" in text]
    with pytest.raises(NoQuorum):
        nine.keep(DB)


@pytest.mark.parametrize(("write", "kept"), [(["ha"], ["drs-web-apart"]), (["tags"], [])])
def test_only_what_is_named_is_written(nine, write, kept):
    nine.keep(DB, PLAIN, write=write)
    assert list(nine.rules()) == kept
    assert bool(nine.tags(243)) == (write == ["tags"])


STALE_FILE = "detected modified configuration - file changed by other user? Try again."
STALE_VM = "checksum mismatch (file change by other user?)"
STALE_VM_OF_8 = "checksum missmatch (file change by other user?)"
STALE = "update HA rules failed: detected modified configuration - file changed by other user? Try again."


@pytest.mark.parametrize(("count", "failure"), [(2, None), (None, "somebody else keeps changing the HA configuration")])
def test_an_edit_between_reading_and_writing_is_tried_again(nine, count, failure):
    nine.keep(DB)
    fault = Fault("answer", text=STALE, method="PUT", path="/cluster/ha/rules/drs-web-apart", count=count)
    nine.sim.call(lambda: nine.sim.world.faults.add(fault))
    done = nine.keep(DB | {"guests": [101, 102]})
    assert any("somebody else changed the HA configuration meanwhile" in text for text in done.warnings)
    assert (failure or "") in (done.failure or "")
    assert done.values["changed"] == (failure is None)
    assert nine.rules()["drs-web-apart"][3] == ((101, 102) if failure is None else (101, 102, 103))


def test_an_edit_while_it_plans_is_planned_anew(nine, monkeypatch):
    """Somebody else makes a rule that ours now contradict, and takes away one of ours."""
    nine.keep(DB, NODES)
    planned = rule_keeping.drift

    def meanwhile(plan):
        theirs = HaRule("theirs", "resource-affinity", frozenset({"vm:101", "vm:102"}), affinity="positive")
        others = [rule for rule in nine.ha.rules.rules if rule.name != "drs-free"]
        nine.sim.call(lambda: nine.ha.use_rules((*others, theirs)))
        return planned(plan)

    monkeypatch.setattr(rule_keeping, "drift", meanwhile)
    done = nine.keep(DB | {"guests": [101, 102]}, NODES)
    assert done.failure is None
    assert any("rule web apart does not count, because of HA rule theirs" in text for text in done.warnings)
    assert {name: rule[2] for name, rule in nine.rules().items()} == {"drs-web-apart": "off", "drs-free": "on"}


def test_an_answer_that_is_lost_ends_the_run(nine):
    nine.sim.call(lambda: nine.sim.world.faults.add(Fault("reset", method="POST", path="/cluster/ha/rules")))
    done = nine.keep(DB, PLAIN)
    assert "the run ended early: " in done.failure
    assert "may have been carried out" in done.failure
    assert done.values["changes"] == []


def test_what_proxmox_refuses_is_told_in_its_own_words(nine):
    text = "create ha rule failed: 400 Rule 'x' is invalid.\nresources: rule is ineffective"
    nine.sim.call(
        lambda: nine.sim.world.faults.add(Fault("answer", text=text, method="POST", path="/cluster/ha/rules"))
    )
    done = nine.keep(DB, PLAIN)
    assert "create HA rule drs-web-apart: create ha rule failed: 400 Rule 'x' is invalid. resources:" in done.failure
    assert nine.tags(243) == {"drs-together+plain"}


@pytest.mark.parametrize("text", [STALE_FILE, STALE_VM, STALE_VM_OF_8])
def test_tags_of_others_and_edits_of_the_same_moment(nine, text):
    fault = Fault("answer", text=text, method="PUT", path="/nodes/*/qemu/241/config", count=1)
    nine.sim.call(lambda: nine.sim.world.faults.add(fault))
    nine.sim.call(lambda: nine.sim.world.change_config(nine.sim.world.guests[241], {"tags": "mine"}, ()))
    assert nine.keep(HOLD).failure is None
    assert nine.tags(241) == {"mine", "drs-pin+appliance"}
    fault = Fault("answer", text=text, method="PUT", path="/nodes/*/qemu/241/config")
    nine.sim.call(lambda: nine.sim.world.faults.add(fault))
    assert text in nine.keep(HOLD, state="absent").failure


def test_names_that_proxmox_could_not_tell_apart(nine):
    with pytest.raises(BadPolicy, match=r"rules web apart and WEB-Apart would both be called web-apart"):
        nine.keep(DB, DB | {"name": "WEB-Apart"})
    with pytest.raises(BadPolicy, match=r"rule !!: its name needs a letter"):
        nine.keep(DB | {"name": "!!"})


def test_groups_before_version_9(eight):
    licensed = {"name": "free", "type": "run_on", "guests": [131, 201], "nodes": ["pve1", "pve2"]}
    best = {"name": "best", "type": "run_on", "guests": [132], "nodes": ["pve3"], "strength": "should"}
    apart = {"name": "apart", "type": "separate", "guests": [131, 132]}
    done = eight.keep(licensed, best, apart)
    assert done.failure is None
    assert eight.groups() == {"drs-free": (("pve1", "pve2"), True), "drs-best": (("pve3",), False)}
    assert {sid: eight.ha.resources[sid].group for sid in ("vm:131", "vm:132")} == {
        "vm:131": "drs-free",
        "vm:132": "drs-best",
    }
    assert eight.tags(131) == {"drs-separate+apart"}
    assert eight.tags(201) == {"drs-separate-db", "drs-on-pve1+free", "drs-on-pve2+free"}
    assert not eight.keep(licensed, best, apart, purge=True).values["changed"]
    eight.keep(licensed | {"guests": [132], "strength": "should"}, purge=True)
    assert eight.groups() == {"drs-free": (("pve1", "pve2"), False)}
    assert eight.ha.resources["vm:131"].group is None
    assert eight.ha.resources["vm:132"].group == "drs-free"
    assert eight.ha.resources["vm:101"].group == "prefer1"
    eight.keep(state="absent", purge=True)
    assert eight.groups() == {}
    assert set(eight.ha.groups) == {"prefer1", "licensed", "no-return", "unused"}


def test_a_guest_of_a_foreign_group_stays_there(eight):
    done = eight.keep({"name": "mine", "type": "run_on", "guests": [111], "nodes": ["pve1", "pve2"]})
    assert "guest 111 is in HA group licensed, which is no declared rule's" in done.values["rules"][0]["notes"][0]
    assert eight.ha.resources["vm:111"].group == "licensed"
