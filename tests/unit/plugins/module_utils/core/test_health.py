# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What is wrong with a cluster, before one of its nodes is taken away."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.health import troubles
from ansible_collections.pve.drs.plugins.module_utils.core.model.health import Health
from ansible_collections.pve.drs.tests.builders import a_cluster

NODE = "8c/100G"
LED = {"ha_master": "a", "services": {"vm:101": "started"}}


def lab(*, node=None, quorate=True, **health):
    return a_cluster({"a": NODE, "b": node or NODE}, is_quorate=quorate, health=Health(**health))


TROUBLES = {
    "nothing": (lab(**LED, ceph="HEALTH_OK"), []),
    "no HA and no Ceph": (lab(), []),
    "not asked for": (a_cluster({"a": NODE}), []),
    "maintenance": (lab(node={"capacity": NODE, "hastate": "maintenance"}), []),
    "quorum": (lab(quorate=False), ["the cluster has no quorum"]),
    "node down": (lab(node={"status": "offline"}), ["node b is offline"]),
    "fence": (lab(node={"capacity": NODE, "hastate": "fence"}), ["node b is fence to the HA manager"]),
    "nobody leads": (lab(services={"vm:101": "started"}), ["no node leads the HA manager"]),
    "a dead one leads": (
        lab(node={"status": "offline"}, ha_master="b"),
        ["node b is offline", "node b, which leads the HA manager, is not online"],
    ),
    "a stranger leads": (lab(ha_master="x"), ["node x, which leads the HA manager, is not online"]),
    "services": (
        lab(ha_master="a", services={"vm:102": "error", "vm:101": "recovery", "vm:103": "migrate"}),
        ["HA service vm:101 is in state recovery", "HA service vm:102 is in state error"],
    ),
    "Ceph": (
        lab(ceph="HEALTH_WARN", ceph_reasons=("noout flag(s) set", "1 osds down")),
        ["Ceph is HEALTH_WARN (noout flag(s) set; 1 osds down)"],
    ),
    "Ceph in a word": (lab(ceph="HEALTH_ERR"), ["Ceph is HEALTH_ERR"]),
}


@pytest.mark.parametrize(("cluster", "expected"), TROUBLES.values(), ids=TROUBLES.keys())
def test_troubles(cluster, expected):
    assert list(troubles(cluster)) == expected
