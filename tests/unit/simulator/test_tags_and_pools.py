# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Who may write tags and pools, and how they are kept."""

import pytest

from .asking import ACCESS, Asking, Refused
from .worlds import a_world

WEAK = "op@pve!some"
WORLD = f"""{ACCESS}
roles: {{Tagger: [VM.Audit, VM.Config.Options], Pooler: [Pool.Allocate, Pool.Audit]}}
acl:
  - {{path: /, user: drs@pve, role: Administrator}}
  - {{path: /vms/101, user: op@pve, role: Tagger}}
  - {{path: /pool/mine, user: op@pve, role: Pooler}}
pools: {{mine: {{}}, other: {{}}}}
guests:
  - {{vmid: 101, node: pve1, tags: [old]}}
  - {{vmid: 102, node: pve1, tags: [secret], pool: other}}
"""
CONFIG = "/nodes/pve1/qemu/101/config"


def asking(extra=""):
    world = a_world(WORLD + extra)
    return world, Asking(world), Asking(world, WEAK)


def refusal(ask, verb, path, **params):
    with pytest.raises(Refused) as caught:
        ask(verb, path, **params)
    return caught.value.status, caught.value.message


def test_tags_are_written_in_lower_case_sorted_and_once():
    world, _unused, weak = asking()
    weak("PUT", CONFIG, tags="Web, drs-pin;web")
    assert world.guests[101].tags == "drs-pin;web"
    weak("PUT", CONFIG, delete="tags")
    assert world.guests[101].tags == ""
    assert refusal(weak, "PUT", "/nodes/pve1/qemu/102/config", tags="web")[0] == 403


def test_the_style_may_keep_order_and_case():
    world, ask, _unused = asking("options: {tag-style: 'ordering=config,case-sensitive=1'}")
    ask("PUT", CONFIG, tags="Zeta;alpha")
    assert world.guests[101].tags == "Zeta;alpha"


def test_registered_tags_are_for_administrators():
    world, ask, weak = asking("options: {registered-tags: drs-pin;drs-ignore}")
    text = "Permission check failed (/, Sys.Modify for modifying tag 'drs-pin')"
    assert refusal(weak, "PUT", CONFIG, tags="old;drs-pin") == (403, text)
    ask("PUT", CONFIG, tags="old;drs-pin")
    weak("PUT", CONFIG, tags="old;drs-pin;web")
    assert refusal(weak, "PUT", CONFIG, delete="tags") == (403, text)
    assert world.guests[101].tags == "drs-pin;old;web"


@pytest.mark.parametrize(
    ("access", "good", "bad"),
    [
        ("user-allow=none,user-allow-list=web", None, "web"),
        ("user-allow=list,user-allow-list=web", "web", "new"),
        ("user-allow=existing", "old", "secret"),
    ],
)
def test_what_users_may_set_can_be_narrowed(access, good, bad):
    _unused, ask, weak = asking()
    ask("PUT", "/cluster/options", **{"user-tag-access": access})
    assert refusal(weak, "PUT", CONFIG, tags=f"old;{bad}")[0] == 403
    if good:
        weak("PUT", CONFIG, tags=f"old;{good}")
    assert weak("GET", "/cluster/options")["allowed-tags"] == ([good] if good else [])
    ask("PUT", CONFIG, tags=f"old;{bad}")


def test_members_of_a_pool_need_the_right_to_grant():
    world, ask, weak = asking()
    assert refusal(weak, "PUT", "/pools", poolid="mine", vms="101")[0] == 403
    ask("PUT", "/pools", poolid="mine", vms="101")
    again = "update pools failed: VM 101 is already a pool member"
    assert refusal(ask, "PUT", "/pools", poolid="mine", vms="101") == (500, again)
    taken = "update pools failed: VM 102 belongs already to pool 'other' and 'allow-move' is not set"
    assert refusal(ask, "PUT", "/pools", poolid="mine", vms="102") == (500, taken)
    ask("PUT", "/pools", **{"poolid": "mine", "vms": "102", "allow-move": 1})
    assert world.pools["mine"].vmids == {101, 102}
    full = "delete pool failed: pool 'mine' is not empty (contains VM 101)"
    assert refusal(ask, "DELETE", "/pools", poolid="mine") == (500, full)
    ask("PUT", "/pools", poolid="mine", vms="101,102", delete=1)
    ask("DELETE", "/pools", poolid="mine")
    assert refusal(ask, "PUT", "/pools", poolid="mine", vms="101") == (
        500,
        "update pools failed: pool 'mine' does not exist",
    )
    assert refusal(ask, "PUT", "/pools", poolid="other", vms="101", delete=1)[1].endswith("VM 101 is not a pool member")
