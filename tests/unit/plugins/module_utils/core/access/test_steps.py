# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What has to be done so that a token may do what is wanted, from whatever there is."""

from functools import reduce

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.access.accounts import Account, Accounts, Entry
from ansible_collections.pve.drs.plugins.module_utils.core.access.steps import (
    Wish,
    applied,
    described,
    makes_secret,
    steps_to_grant,
    steps_to_remove,
)
from ansible_collections.pve.drs.plugins.module_utils.core.access.uses import USES, needs_of_uses
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy

EVERYTHING = frozenset(need.privilege for need in needs_of_uses(USES)) | {"VM.Config.Disk"}
EMPTY = Accounts(
    roles={"Administrator": EVERYTHING, "NoAccess": frozenset()}, builtin=frozenset({"Administrator", "NoAccess"})
)


def wish(*uses, **more):
    return Wish(**{"token": "drs@pve!t1", "role": "DRS", "uses": uses, **more})


def after(found, steps):
    return reduce(applied, steps, found)


def granted(*uses, found=EMPTY, **more):
    return after(found, steps_to_grant(found, wish(*uses, **more)))


def said(steps):
    return [str(step) for step in steps]


def entry(subject, role="DRS", path="/", **more):
    kind = "token" if "!" in subject else "user"
    return Entry(path=path, subject=subject, role=role, kind=kind, **more)


STARTS = {
    "nothing": EMPTY,
    "only a role": EMPTY.with_role("DRS", frozenset({"VM.Allocate"})),
    "too much": granted(*USES),
    "a user": Accounts(roles=EMPTY.roles, builtin=EMPTY.builtin, account=Account(comment="mine")),
    "a token that is its user": granted("report").with_token("drs@pve!t1", is_separate=False),
    "a grant elsewhere": applied(granted("report"), steps_to_grant(EMPTY, wish("report"))[-1]),
}


@pytest.mark.parametrize("is_new", [False, True])
@pytest.mark.parametrize("uses", [("report",), ("balance", "rules"), USES])
@pytest.mark.parametrize("found", STARTS.values(), ids=STARTS.keys())
def test_from_anywhere_to_what_is_wanted_and_no_further(found, uses, is_new):
    wanted = wish(*uses, is_new=is_new)
    reached = after(found, steps_to_grant(found, wanted))
    assert {name: reached.roles[name] for name in wanted.roles} == wanted.roles
    assert reached.entries == wanted.entries
    assert reached.account.tokens == {"t1": True}
    assert ("DRS-HA" in reached.roles) == ("rules" in uses)
    assert steps_to_grant(reached, wish(*uses)) == ()


@pytest.mark.parametrize("found", STARTS.values(), ids=STARTS.keys())
def test_removal_leaves_no_grant_and_no_role(found):
    left = after(found, steps_to_remove(found, wish()))
    assert (set(left.roles), left.entries) == (set(EMPTY.roles), frozenset())
    assert (left.account is not None) == (found.account is not None and found.account.comment == "mine")
    assert steps_to_remove(left, wish()) == ()


def test_the_first_steps_in_words():
    assert said(steps_to_grant(EMPTY, wish("report", "rules"))) == [
        "add role DRS: Datastore.Audit, Pool.Audit, Sys.Audit, VM.Audit, VM.Config.Options",
        "add role DRS-HA: Sys.Console",
        "add user drs@pve",
        "add token drs@pve!t1",
        "grant: user drs@pve is DRS on /",
        "grant: user drs@pve is DRS-HA on / alone, and not below it",
        "grant: token drs@pve!t1 is DRS on /",
        "grant: token drs@pve!t1 is DRS-HA on / alone, and not below it",
    ]
    found = granted("rules")
    assert said(steps_to_grant(found, wish("rules", privileges=frozenset({"VM.Config.Disk"})))) == [
        ("change role DRS: Datastore.Audit, Pool.Audit, Sys.Audit, VM.Audit, VM.Config.Disk, VM.Config.Options")
    ]
    assert said(steps_to_grant(found, wish("report")))[-1] == "remove role DRS-HA"


def test_only_a_new_token_makes_a_secret():
    assert makes_secret(steps_to_grant(EMPTY, wish("report")))
    assert not makes_secret(steps_to_grant(granted("report"), wish("balance")))
    assert makes_secret(steps_to_grant(granted("report"), wish("report", is_new=True)))


def test_what_others_granted_outlives_another_secret():
    kept = entry("drs@pve!t1", "NoAccess", "/vms/900")
    found = Accounts(
        roles=granted("report").roles,
        builtin=EMPTY.builtin,
        account=granted("report").account,
        entries=granted("report").entries | {kept, entry("drs@pve!t1", "DRS", "/vms")},
    )
    renewed = after(found, steps_to_grant(found, wish("report", is_new=True)))
    assert renewed.entries == wish("report").entries | {kept}


def test_a_grant_that_was_not_passed_on_is():
    found = granted("report")
    found = applied(found, steps_to_grant(EMPTY, wish("report"))[-1])
    narrow = Accounts(
        roles=found.roles,
        builtin=found.builtin,
        account=found.account,
        entries=frozenset({entry("drs@pve", reaches_below=False), entry("drs@pve!t1")}),
    )
    assert said(steps_to_grant(narrow, wish("report"))) == ["grant: user drs@pve is DRS on /"]


def test_roles_that_others_hold_stay():
    others = {entry("somebody@pve"), entry("somebody@pve", "DRS-HA")}
    found = granted("rules")
    found = Accounts(roles=found.roles, builtin=found.builtin, account=found.account, entries=found.entries | others)
    left = after(found, steps_to_remove(found, wish()))
    assert {"DRS", "DRS-HA"} <= set(left.roles)
    assert left.entries == others
    assert "DRS-HA" in granted("report", found=found).roles


def test_grants_that_another_token_draws_on_stay():
    both = granted("report", found=granted("rules"), token="drs@pve!t2")
    left = after(both, steps_to_remove(both, wish()))
    assert entry("drs@pve") in left.entries
    assert left.account.tokens == {"t2": True}
    as_user = both.with_token("drs@pve!t2", is_separate=False)
    assert entry("drs@pve") in after(as_user, steps_to_remove(as_user, wish())).entries


def test_what_another_token_draws_on_is_not_taken_away():
    both = granted("rules", found=granted("rules", token="drs@pve!t2"))
    less = granted("report", found=both)
    assert entry("drs@pve", "DRS-HA", reaches_below=False) in less.entries
    assert entry("drs@pve!t2", "DRS-HA", reaches_below=False) in less.entries
    assert entry("drs@pve!t1", "DRS-HA", reaches_below=False) not in less.entries


def test_a_user_with_grants_of_others_stays():
    found = granted("report")
    more = entry("drs@pve", "NoAccess", "/vms/900")
    found = Accounts(roles=found.roles, builtin=found.builtin, account=found.account, entries=found.entries | {more})
    assert after(found, steps_to_remove(found, wish())).account is not None


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (wish("report", role="Administrator"), "role Administrator comes with Proxmox VE"),
        (wish("report", privileges=frozenset({"VM.Monitor", "A.B"})), r"no privilege A\.B, VM\.Monitor; those of"),
    ],
)
def test_what_cannot_be(wanted, text):
    with pytest.raises(BadPolicy, match=text):
        steps_to_grant(EMPTY, wanted)


def test_a_diff_shows_what_the_wish_is_about():
    assert described(EMPTY, wish("report")) == ""
    found = granted("report", found=granted("report", token="other@pve!t1"))
    assert described(found, wish("report")).splitlines() == [
        "role DRS: Datastore.Audit, Pool.Audit, Sys.Audit, VM.Audit",
        "user drs@pve",
        "token drs@pve!t1",
        "user drs@pve is DRS on /",
        "token drs@pve!t1 is DRS on /",
    ]
    as_user = found.with_token("drs@pve!t1", is_separate=False)
    assert "token drs@pve!t1, with all privileges of its user" in described(as_user, wish("report"))
    only_user = after(found, steps_to_remove(found, wish())[:1])
    assert "token" not in described(only_user, wish("report"))
