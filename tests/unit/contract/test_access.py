# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Users, tokens and roles are made in a cluster, kept as declared, and removed."""

import re
import stat

import pytest

pytest.importorskip("cryptography", reason="the simulator needs cryptography")
pytest.importorskip("proxmoxer", reason="the client needs proxmoxer")

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy, PermissionMissing
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.glue.facts import facts_of
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import AuthenticationFailed
from ansible_collections.pve.drs.tests.unit.simulated_access import ROOT, TOKEN, USER, login_of, office
from simulator.world.faults import Fault
from simulator.world.spec import AclEntry, Token, User

LOOKING = {"Datastore.Audit", "Pool.Audit", "Sys.Audit", "VM.Audit"}


@pytest.fixture
def here(tmp_path):
    with office(tmp_path) as found:
        yield found


def lines(here):
    """The access control list of user and token, as path, subject, role and whether it reaches below."""
    mine = [entry for entry in here.access.entries() if entry.subject in (USER, TOKEN)]
    return sorted((entry.path, entry.subject, entry.role, entry.propagate) for entry in mine)


def writes(here):
    return [f"{entry.verb} {entry.path}" for entry in here.sim.log.writing() if "/ticket" not in entry.path]


def test_a_token_is_made_with_no_more_than_it_needs(here):
    made = here.keep("balance")
    assert made.values["changed"]
    assert set(made.values["roles"]["DRS"]) == {*LOOKING, "Mapping.Audit", "VM.Migrate"}
    assert made.values["uses"]["balance"]["granted"] == "full"
    assert stat.S_IMODE(here.secret_file.stat().st_mode) == 0o600
    assert lines(here) == [("/", USER, "DRS", True), ("/", TOKEN, "DRS", True)]
    assert here.access.tokens[TOKEN].privilege_separation
    with here.entering() as scene:
        held = scene.api.permissions().values()
        assert {privilege for one in held for privilege in one} == {*LOOKING, "Mapping.Audit", "VM.Migrate"}
        assert scene.decide().moves


def test_a_second_run_changes_nothing(here):
    here.keep("balance")
    secret, before = here.secret, len(writes(here))
    again = here.keep("balance")
    assert (again.values["changed"], again.values["changes"], again.warnings) == (False, [], ())
    assert again.diff["before"] == again.diff["after"]
    assert (here.secret, len(writes(here))) == (secret, before)


def test_check_mode_tells_the_same_and_writes_nothing(here):
    told = here.keep("rules", check=True)
    assert writes(here) == []
    assert list(here.secret_file.parent.iterdir()) == []
    done = here.keep("rules")
    assert (told.values["changes"], told.diff) == (done.values["changes"], done.diff)
    assert told.values["roles"] == done.values["roles"]
    assert told.values["uses"] is None
    assert here.keep("rules", check=True).values["uses"]["rules"]["granted"] == "full"


def test_the_secret_is_in_the_file_and_nowhere_else(here):
    made = here.keep("report")
    assert here.secret == here.access.tokens[TOKEN].secret
    assert here.secret not in repr(made)


def test_consoles_of_nodes_stay_closed(here):
    """HA rules take Sys.Console on /; passed on to nodes it would open their consoles."""
    here.keep("rules")
    assert ("/", TOKEN, "DRS-HA", False) in lines(here)
    assert here.access.has(TOKEN, "/", "Sys.Console")
    assert not here.access.has(TOKEN, "/nodes/a", "Sys.Console")


def test_what_is_not_wanted_any_more_is_taken_away(here):
    here.keep("balance", "rules", privileges=["VM.Config.Disk"])
    assert here.access.has(TOKEN, "/vms/101", "VM.Config.Disk")
    changed = here.keep("report")
    assert changed.values["roles"] == {"DRS": sorted(LOOKING)}
    assert "remove role DRS-HA" in changed.values["changes"]
    assert "DRS-HA" not in here.access.roles
    assert set(here.access.held(TOKEN, "/vms/101")) == LOOKING


def test_a_token_that_is_its_user_gets_privileges_of_its_own(here):
    here.access.users[USER] = User(USER, comment="mine")
    here.access.tokens[TOKEN] = Token(USER, "balance", "a-secret", privilege_separation=False)
    here.access.grant(AclEntry("/", "user", USER, "Administrator"))
    kept = here.keep("report", secret_file=None)
    assert kept.values["changes"][-1] == f"separate token {TOKEN}"
    assert set(here.access.held(TOKEN, "/")) == LOOKING
    assert here.access.users[USER].comment == "mine"


def test_another_secret_is_made_when_asked_for(here):
    here.keep("balance")
    here.access.grant(AclEntry("/vms/101", "token", TOKEN, "NoAccess"))
    old, before = here.secret, lines(here)
    renewed = here.keep("balance", regenerate=True)
    assert renewed.values["secret_file"] == str(here.secret_file)
    assert (here.secret != old, lines(here)) == (True, before)
    with here.entering() as scene:
        scene.api.version()
    with here.entering(token_secret=old) as scene, pytest.raises(AuthenticationFailed):
        scene.api.version()


def test_a_token_whose_secret_nobody_kept_is_told_of(here):
    here.keep("balance")
    here.secret_file.unlink()
    again = here.keep("balance")
    assert not again.values["changed"]
    assert ["does not tell its secret again" in text for text in again.warnings] == [True]


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"secret_file": None}, "secret_file is missing: token new@pve!balance is to be made"),
        ({"secret_file": "new.secret"}, "is relative"),
        ({"secret_file": "/nonexistent/new.secret"}, "cannot be written .*does the folder exist"),
        ({"token": "new@pve"}, "token: 'new@pve' cannot be used; write it as user@realm!name"),
        ({"token": "new@pve!a/b"}, "cannot be used"),
        ({"token": "root@pam!balance"}, "belongs to root@pam; name a user of its own"),
        ({"role": "PVEMine"}, "not begin with PVE"),
        ({"role": "Administrator"}, "role Administrator comes with Proxmox VE"),
        ({"uses": []}, "uses is empty: name what the token is for"),
        ({"privileges": ["VM.Monitor"]}, r"knows no privilege VM\.Monitor; those of Proxmox VE 8 and 9 differ"),
        ({"privileges": ["VM.Audit,Sys.Modify"]}, "a privilege is written as"),
    ],
)
def test_bad_input_is_refused_before_anything_is_written(here, params, text):
    with pytest.raises(BadPolicy, match=text):
        here.keep(**{"uses": ["report"], **params})
    assert writes(here) == []


def test_a_file_that_is_there_is_not_written_over(here):
    here.secret_file.write_text("the secret of another cluster")
    with pytest.raises(BadPolicy, match="exists, and may hold the secret of another token"):
        here.keep("report")
    assert (here.secret, writes(here)) == ("the secret of another cluster", [])


def test_a_token_whose_secret_cannot_be_kept_is_removed(here):
    here.keep("report")
    here.secret_file.unlink()
    here.secret_file.mkdir()
    told = here.keep("report", regenerate=True)
    assert re.search(
        r"^add token new@pve!balance: secret_file: .*cannot be written .*1 changes were made before", told.failure
    )
    assert told.values["changes"] == [f"remove token {TOKEN}"]
    assert TOKEN not in here.access.tokens
    assert [file.name for file in here.secret_file.parent.iterdir()] == [here.secret_file.name]


def test_who_is_no_administrator_is_told_what_is_missing(here):
    here.keep("report", token="helper@pve!helper", secret_file=str(here.secret_file) + "2")
    before = len(writes(here))
    secret = here.access.tokens["helper@pve!helper"].secret
    login = {**login_of(here.sim), "api_user": "", "api_password": None}
    login |= {"api_token_id": "helper@pve!helper", "api_token_secret": secret}
    wanted = r"lacks User\.Modify on /access/groups, Sys\.Modify on /access, Realm\.AllocateUser on /access/realm/pve, Permissions\.Modify on /"
    with pytest.raises(PermissionMissing, match=wanted):
        here.keep("balance", role="Other", **login)
    assert len(writes(here)) == before


def test_removal_leaves_nothing(here):
    before = (dict(here.access.users), dict(here.access.tokens), here.access.entries())
    here.keep("balance", "rules")
    told = here.keep(state="absent", check=True)
    assert (told.values["changed"], here.secret_file.exists()) == (True, True)
    gone = here.keep(state="absent")
    assert gone.values["changes"] == told.values["changes"]
    assert (dict(here.access.users), dict(here.access.tokens), lines(here)) == (*before[:2], [])
    assert "DRS-HA" not in here.access.roles
    assert not here.secret_file.exists()
    assert not here.keep(state="absent").values["changed"]


def test_removal_leaves_what_others_made_or_use(here):
    here.keep("report")
    here.keep("report", token=f"{USER}!other", secret_file=f"{here.secret_file}2")
    assert here.keep(state="absent").values["changes"] == [f"remove token {TOKEN}"]
    assert here.access.has(f"{USER}!other", "/vms/101", "VM.Audit")
    here.access.users[USER] = User(USER, comment="an operator")
    here.keep(state="absent", token=f"{USER}!other")
    assert USER in here.access.users


def test_facts_tell_what_is_granted_without_another_request(here):
    here.keep("report")
    here.access.grant(AclEntry("/vms/102", "user", USER, "PVEAdmin"))
    here.access.grant(AclEntry("/vms/102", "token", TOKEN, "PVEAdmin"))
    with here.entering() as scene:
        facts = facts_of(scene.collect(), Policy(), ["access"])["access"]
        asked = [entry.path for entry in here.sim.log.entries() if entry.user == TOKEN]
    assert facts["user"] == TOKEN
    assert {use: told["granted"] for use, told in facts["uses"].items()} == {
        "report": "full", "balance": "partial", "evacuate": "partial", "shutdown": "partial", "rules": "none",
        "pools": "partial", "place": "partial",
    }  # fmt: skip
    assert facts["uses"]["balance"]["missing"][0]["vmids"] == [101, 103, 104, 201, 301]
    assert asked.count("/access/permissions") == 1


def test_a_role_deeper_down_keeps_a_guest_where_it_is(here):
    """As the page for a first cluster says."""
    here.keep("balance")
    here.access.grant(AclEntry("/vms/101", "user", USER, "PVEAuditor"))
    assert here.access.has(TOKEN, "/vms/101", "VM.Audit")
    assert not here.access.has(TOKEN, "/vms/101", "VM.Migrate")


def test_what_stands_in_the_way_is_told_of(here):
    here.keep("balance")
    here.access.grant(AclEntry("/vms", "token", TOKEN, "PVEAuditor"))
    here.access.users[USER] = User(USER, is_enabled=False)
    found = here.keep("balance")
    assert found.warnings[0].startswith(f"user {USER} is disabled")
    assert found.warnings[1].startswith(f"{TOKEN} still lacks VM.Migrate on /vms")


def test_without_quorum_nothing_is_made(here):
    here.sim.call(here.sim.world.lose_quorum)
    told = here.keep("balance")
    assert re.search("^change role DRS: .*no quorum! .0 changes were made before; run it again", told.failure)
    assert not told.values["changed"]
    assert list(here.secret_file.parent.iterdir()) == []


def test_a_refusal_on_the_way_leaves_a_start_that_the_next_run_finishes(here):
    fault = Fault(effect="answer", path="/access/acl", method="PUT", text="not now", count=1)
    here.sim.call(lambda: here.sim.world.faults.add(fault))
    told = here.keep("balance")
    assert re.search(r"^grant: .*not now \(3 changes were made before; run it again\)", told.failure)
    assert here.secret
    assert [change.partition(":")[0] for change in here.keep("balance").values["changes"]] == ["grant", "grant"]
    with here.entering() as scene:
        assert scene.decide().moves


def test_an_answer_that_is_lost_costs_another_secret(here):
    fault = Fault(effect="reset", path=f"/access/users/{USER}/token/balance", method="POST", carried_out=True, count=1)
    here.sim.call(lambda: here.sim.world.faults.add(fault))
    assert "it may have been carried out" in here.keep("balance").failure
    assert not here.secret_file.exists()
    assert "does not tell its secret again" in here.keep("balance").warnings[-1]
    here.keep("balance", regenerate=True)
    with here.entering() as scene:
        assert scene.decide().moves


def test_others_who_hold_the_role_are_named(here):
    made = here.keep("balance")
    assert made.warnings == ("role DRS is held by drs@pve as well, so that its privileges are theirs, too",)
    assert here.keep("balance", role="Mine").warnings == ()


def test_version_8(tmp_path):
    with office(tmp_path, profile="8.4") as here:
        made = here.keep("balance", "rules", "pools", "place", privileges=["VM.Monitor"])
        assert {use: told["granted"] for use, told in made.values["uses"].items()} == dict.fromkeys(
            ("report", "balance", "evacuate", "shutdown", "rules", "pools", "place"), "full"
        )
        assert not here.keep("balance", "rules", "pools", "place", privileges=["VM.Monitor"]).values["changed"]
        assert here.keep("balance", regenerate=True).values["changed"]


def test_an_administrators_token_will_do(here):
    here.access.tokens[f"{ROOT}!admin"] = Token(
        ROOT, "admin", "00000000-0000-4000-8000-000000000009", privilege_separation=False
    )
    login = {**login_of(here.sim), "api_password": None, "api_token_id": f"{ROOT}!admin"}
    here.keep("balance", **login | {"api_token_secret": "00000000-0000-4000-8000-000000000009"})
    assert here.access.has(TOKEN, "/vms/101", "VM.Migrate")
