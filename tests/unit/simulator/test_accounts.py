# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Users, tokens, roles and the access control list, as administrators change them."""

import pytest

from simulator.api import Request

from .asking import ACCESS, Asking, Refused
from .worlds import a_world

WEAK = "op@pve!some"
WORLD = f"""{ACCESS}
groups: [staff]
roles: {{Helper: [User.Modify], Lender: [VM.Allocate, VM.Audit], Clerk: [Sys.Modify]}}
acl:
  - {{path: /, user: drs@pve, role: Administrator}}
"""
TOKEN = "/access/users/new@pve/token/t1"


def asking(*acl, profile=None):
    lines = "".join(f"  - {line}\n" for line in acl)
    world = a_world(WORLD + lines + "guests: [{vmid: 101, node: pve1}]", profile)
    return Asking(world), world


def as_weak(world):
    return Asking(world, WEAK)


def refusal(ask, verb, asked, **params):
    with pytest.raises(Refused) as caught:
        ask(verb, asked, **params)
    return caught.value.status, caught.value.errors or caught.value.message


def held(ask, subject, path="/vms/101"):
    return set(ask("GET", "/access/permissions", userid=subject, path=path).get(path, {}))


def test_a_token_made_by_hand_logs_in_with_exactly_its_rights():
    ask, _world = asking()
    ask("POST", "/access/roles", roleid="Mover", privs="VM.Audit,VM.Migrate")
    ask("POST", "/access/users", userid="new@pve", comment="mine")
    made = ask("POST", TOKEN)
    ask("PUT", "/access/acl", path="/", roles="Mover", users="new@pve")
    assert made["full-tokenid"] == "new@pve!t1"
    assert made["info"]["privsep"] == 1
    assert held(ask, "new@pve") == {"VM.Audit", "VM.Migrate"}
    assert held(ask, "new@pve!t1") == set()
    ask("PUT", "/access/acl", path="/vms", roles="Mover,PVEAuditor", tokens="new@pve!t1")
    header = {"Authorization": f"PVEAPIToken=new@pve!t1={made['value']}"}
    answer = ask._stage.api.answer(Request("GET", "/access/permissions", "pve1", {}, header))
    assert answer.status == 200
    assert b"VM.Migrate" in answer.body
    assert b"Sys.Audit" not in answer.body


def test_what_is_made_is_told_and_what_is_removed_is_gone():
    ask, _world = asking()
    ask("POST", "/access/users", userid="new@pve", comment="mine", groups="staff")
    assert ask("GET", "/access/users/new@pve") == {
        "enable": 1, "expire": 0, "comment": "mine", "groups": ["staff"], "tokens": None,
    }  # fmt: skip
    secret = ask("POST", TOKEN, privsep=0, comment="c")["value"]
    assert ask("GET", TOKEN) == {"privsep": 0, "expire": 0, "comment": "c"}
    assert ask("PUT", TOKEN, privsep=1) == {"privsep": 1, "expire": 0, "comment": "c"}
    assert ask("PUT", TOKEN, regenerate=1, delete="comment")["value"] != secret
    assert ask("GET", "/access/users/new@pve/token") == [{"tokenid": "t1", "privsep": 1, "expire": 0}]
    ask("PUT", "/access/users/new@pve", enable=0)
    assert ask("GET", "/access/users/new@pve")["groups"] == ["staff"]
    ask("PUT", "/access/acl", path="/", roles="PVEAuditor", users="new@pve", tokens="new@pve!t1")
    before = len(ask("GET", "/access/acl"))
    ask("DELETE", TOKEN)
    assert len(ask("GET", "/access/acl")) == before - 1
    ask("POST", TOKEN)
    ask("DELETE", "/access/users/new@pve")
    assert len(ask("GET", "/access/acl")) == before - 2
    assert refusal(ask, "GET", TOKEN) == (403, "Permission check failed")
    assert "new@pve!t1" not in list(ask._stage.access.tokens)


def test_roles_are_made_changed_and_removed():
    ask, _world = asking()
    ask("POST", "/access/roles", roleid="Mover", privs="VM.Audit VM.Migrate")
    ask("PUT", "/access/roles/Mover", privs="VM.PowerMgmt", append=1)
    assert set(ask("GET", "/access/roles/Mover")) == {"VM.Audit", "VM.Migrate", "VM.PowerMgmt"}
    ask("PUT", "/access/roles/Mover", privs="VM.Audit")
    assert ask("GET", "/access/roles/Mover") == {"VM.Audit": 1}
    ask("PUT", "/access/acl", path="/vms", roles="Mover", users="op@pve")
    ask("DELETE", "/access/roles/Mover")
    assert refusal(ask, "GET", "/access/roles/Mover") == (500, "role 'Mover' does not exist")
    assert [row for row in ask("GET", "/access/acl") if row["roleid"] == "Mover"] == []


REFUSED = {
    "a taken role": ("POST", "/access/roles", {"roleid": "Helper"}, 500, "create role failed: role 'Helper' already"),
    "a reserved role": ("POST", "/access/roles", {"roleid": "pveMine"}, 400, "'PVE' namespace"),
    "an unknown privilege": ("POST", "/access/roles", {"roleid": "X", "privs": "VM.Monitor"}, 400, "'VM.Monitor'"),
    "a role of its own": ("PUT", "/access/roles/PVEAdmin", {}, 500, "auto-generated role 'PVEAdmin' cannot be modified"),
    "an unknown role": ("DELETE", "/access/roles/X", {}, 500, "delete role failed: role 'X' does not exist"),
    "a taken user": ("POST", "/access/users", {"userid": "op@pve"}, 500, "create user failed: user 'op@pve' already"),
    "no user": ("POST", "/access/users", {"userid": "op"}, 400, "does not look like a valid user name"),
    "no group": ("POST", "/access/users", {"userid": "n@pve", "groups": "x"}, 500, "no such group 'x'"),
    "a short password": ("POST", "/access/users", {"userid": "n@pve", "password": "short"}, 400, "at least 8"),
    "an unknown user": ("PUT", "/access/users/n@pve", {}, 500, "no such user ('n@pve')"),
    "a taken token": ("POST", "/access/users/op@pve/token/some", {}, 400, "Token already exists."),
    "an unknown token": ("DELETE", "/access/users/op@pve/token/none", {}, 500, "no such token 'none' for user 'op@pve'"),
    "a short token": ("POST", "/access/users/op@pve/token/x", {}, 400, "does not match the regex"),
    "nobody": ("PUT", "/access/acl", {"path": "/", "roles": "Helper"}, 400, "either 'users', 'groups' or 'tokens'"),
    "no path": ("PUT", "/access/acl", {"path": "/nope", "roles": "Helper", "users": "op@pve"}, 400, "invalid ACL path"),
    "a ghost": ("PUT", "/access/acl", {"path": "/", "roles": "Helper", "users": "n@pve"}, 500, "user 'n@pve' does not"),
    "a ghost's token": ("PUT", "/access/acl", {"path": "/", "roles": "Helper", "tokens": "n@pve!t1"}, 500, "no such user"),
    "a lost token": ("PUT", "/access/acl", {"path": "/", "roles": "Helper", "tokens": "op@pve!t9"}, 500, "no such token"),
}  # fmt: skip


@pytest.mark.parametrize(("verb", "path", "params", "status", "text"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_wrong_is_refused_in_the_words_of_the_real_daemons(verb, path, params, status, text):
    found, why = refusal(asking()[0], verb, path, **params)
    assert (found, text in str(why)) == (status, True), why


def test_privileges_of_the_other_version_are_unknown():
    eight = asking(profile="8.4")[0]
    eight("POST", "/access/roles", roleid="Old", privs="VM.Monitor")
    found = refusal(eight, "POST", "/access/roles", roleid="New", privs="VM.Replicate")
    assert found == (400, {"privs": "invalid format - invalid privilege 'VM.Replicate'\n"})
    assert refusal(eight, "PUT", "/access/users/op@pve/token/some", regenerate=1)[0] == 400


NEEDED = {
    "role": ("POST", "/access/roles", {"roleid": "X"}, "Permission check failed (/access, Sys.Modify)"),
    "user": ("POST", "/access/users", {"userid": "n@pve"}, "Permission check failed (/access/realm/pve, Realm.AllocateUser)"),
    "another's token": ("POST", "/access/users/drs@pve/token/x1", {}, "Permission check failed"),
    "own token by token": ("POST", "/access/users/op@pve/token/x1", {}, "Permission check failed"),
    "grant": ("PUT", "/access/acl", {"path": "/", "roles": "Helper", "users": "op@pve"}, "Permission check failed (/, Permissions.Modify)"),
    "look at a user": ("GET", "/access/users/drs@pve", {}, "Permission check failed"),
}  # fmt: skip


@pytest.mark.parametrize(("verb", "path", "params", "text"), NEEDED.values(), ids=NEEDED.keys())
def test_who_may_not_is_told_what_is_missing(verb, path, params, text):
    assert refusal(as_weak(asking()[1]), verb, path, **params) == (403, text)


def test_who_rules_over_groups_keeps_their_members_tokens():
    _ask, world = asking("{path: /access/groups, user: op@pve, role: Helper}")
    as_weak(world)("POST", "/access/users/drs@pve/token/x1")
    found = refusal(as_weak(world), "POST", "/access/users", userid="n@pve")
    assert found == (403, "Permission check failed (/access/realm/pve, Realm.AllocateUser)")


def test_who_lends_out_a_guest_lends_no_more_than_is_held():
    """PVE lets holders of VM.Allocate grant on a guest, but only privileges that they hold there."""
    _ask, world = asking("{path: /vms/101, user: op@pve, role: Lender}")
    weak = as_weak(world)
    weak("PUT", "/access/acl", path="/vms/101", roles="Lender", users="drs@pve")
    assert refusal(weak, "PUT", "/access/acl", path="/vms/101", roles="Helper", users="drs@pve")[0] == 400
    assert refusal(weak, "PUT", "/access/acl", path="/vms/101", roles="NoAccess", users="drs@pve")[0] == 400
    assert {row["path"] for row in weak("GET", "/access/acl")} == {"/vms/101"}


def test_without_quorum_nothing_is_written():
    ask, world = asking()
    world.lose_quorum()
    text = "cfs-lock 'file-user_cfg' error: no quorum!"
    assert refusal(ask, "POST", "/access/users", userid="n@pve") == (500, f"create user failed: {text}")
    assert refusal(ask, "POST", "/access/roles", roleid="X") == (500, f"create role failed: {text}")
    assert refusal(ask, "POST", "/access/users/op@pve/token/x1") == (500, f"generating token failed: {text}")
    assert refusal(ask, "PUT", "/access/acl", path="/", roles="Helper", users="op@pve") == (
        500,
        f"ACL update failed: {text}",
    )


def test_who_has_expired_does_not_get_in():
    ask, world = asking()
    ask("PUT", "/access/users/op@pve/token/some", expire=int(world.clock.now) + 60)
    weak = Asking.__new__(Asking)
    weak._stage, weak._headers = ask._stage, as_weak(world)._headers
    weak("GET", "/version")
    world.clock.advance(61)
    assert refusal(weak, "GET", "/version")[0] == 401
    ask("PUT", "/access/users/op@pve/token/some", expire=0)
    weak("GET", "/version")
    ask("PUT", "/access/users/op@pve", expire=1)
    assert refusal(weak, "GET", "/version")[0] == 401
