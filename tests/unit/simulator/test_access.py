# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Privileges: inheritance, pools, groups, and tokens with less than their user."""

from __future__ import annotations

import pytest

from simulator.access import Access
from simulator.answers import ApiError
from simulator.table.types import needs, needs_any
from simulator.world.spec import Access as AccessData
from simulator.world.spec import AclEntry, Token, User

USER = "op@pve"
TOKEN = "op@pve!t"


def access(*entries, separate=True, groups=(), pools=None):
    data = AccessData(
        users=(User(USER, "secret", groups=groups), User("root@pam")),
        tokens=(Token(USER, "t", "uuid", privilege_separation=separate),),
        acl=entries,
        roles={"Mover": ("VM.Migrate",)},
    )
    return Access("9.2", data, lambda path: (pools or {}).get(path, ()))


def entry(path, role, subject=USER, kind="user", *, propagate=True):
    return AclEntry(path, kind, subject, role, propagate)


def test_a_role_reaches_below_its_path_unless_told_otherwise():
    there = access(entry("/vms", "PVEAuditor"))
    here_only = access(entry("/vms", "PVEAuditor", propagate=False))
    assert there.held(USER, "/vms/100")["VM.Audit"] is True
    assert here_only.held(USER, "/vms/100") == {}
    assert here_only.held(USER, "/vms")["VM.Audit"] is False


def test_a_deeper_entry_replaces_what_was_inherited():
    mine = access(entry("/", "Administrator"), entry("/vms/100", "Mover"), entry("/vms/101", "NoAccess"))
    assert set(mine.held(USER, "/vms/100")) == {"VM.Migrate"}
    assert mine.held(USER, "/vms/101") == {}
    assert mine.has(USER, "/vms/102", "VM.Audit")


def test_a_pool_gives_its_roles_on_members():
    mine = access(entry("/pool/shop", "Mover"), pools={"/vms/100": ["shop"]})
    assert mine.has(USER, "/vms/100", "VM.Migrate")
    assert not mine.has(USER, "/vms/101", "VM.Migrate")


def test_own_entries_count_before_those_of_groups():
    by_group = access(entry("/vms", "PVEAuditor", "ops", "group"), groups=("ops",))
    both = access(entry("/vms", "PVEAuditor", "ops", "group"), entry("/vms", "Mover"), groups=("ops",))
    assert by_group.has(USER, "/vms/100", "VM.Audit")
    assert set(both.held(USER, "/vms/100")) == {"VM.Migrate"}


def test_a_separated_token_holds_what_both_hold():
    mine = access(entry("/", "PVEAuditor"), entry("/vms", "Administrator", TOKEN, "token"))
    assert set(mine.held(TOKEN, "/vms")) == {p for p in mine.held(USER, "/vms") if p.endswith("Audit")}
    assert mine.held(TOKEN, "/nodes") == {}


def test_a_token_without_separation_is_its_user():
    mine = access(entry("/", "PVEAuditor"), separate=False)
    assert mine.held(TOKEN, "/nodes/x") == mine.held(USER, "/nodes/x") != {}


def test_refusals_name_path_and_privileges():
    mine = access()
    with pytest.raises(ApiError) as one:
        mine.require(USER, needs("/vms/100", "VM.Migrate"), "/vms/100")
    assert (one.value.status, one.value.message) == (403, "Permission check failed (/vms/100, VM.Migrate)\n")
    with pytest.raises(ApiError, match=r"\(/storage/a, Datastore.Audit\|Datastore.AllocateSpace\)"):
        mine.require(USER, needs_any("/storage/a", "Datastore.Audit", "Datastore.AllocateSpace"), "/storage/a")


@pytest.mark.parametrize(
    "entries",
    [
        [entry("/", "PVEAuditor")],
        [entry("/", "PVEAuditor"), entry("/vms/100", "NoAccess")],
        [entry("/", "PVEAuditor"), entry("/vms", "Mover", propagate=False)],
        [entry("/vms", "PVEAuditor", propagate=False)],
        [entry("/pool/shop", "PVEAuditor")],
        [],
    ],
    ids=["above", "below", "not inherited", "only here", "pool", "none"],
)
def test_the_quick_judge_agrees_with_the_full_answer(entries):
    mine = access(*entries, pools={"/vms/101": ["shop"]})
    judge = mine.judge_below(USER, "/vms", "VM.Audit")
    vmids = (100, 101, 102)
    assert [judge(vmid) for vmid in vmids] == [mine.has(USER, f"/vms/{vmid}", "VM.Audit") for vmid in vmids]
