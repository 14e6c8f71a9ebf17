# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What the configuration of a container means for moving it."""

import json
import math

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Obstacle, Precondition
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.pve.containers import (
    container_precondition,
    container_volumes,
    with_ha_reasons,
)

GIB = 2**30
STORAGES = [
    {"storage": "ceph", "type": "rbd", "shared": 1},
    {"storage": "nfs", "type": "nfs", "shared": "1", "nodes": "a,b"},
    {"storage": "old", "type": "nfs", "shared": 1, "disable": 1},
    {"storage": "zfs", "type": "zfspool"},
    {"storage": "lvm", "type": "lvmthin", "shared": 0},
]
LOCAL = Policy(with_local_disks=True)


def judged(config, policy=None):
    return container_precondition(config, STORAGES, policy or Policy(), ["a", "b", "c"])


ANYWHERE = {
    "shared volumes": ({"rootfs": "ceph:vm-1-disk-0,size=8G", "mp0": "volume=ceph:vm-1-disk-1,mp=/srv"}, None),
    "local volume": ({"rootfs": "lvm:vm-1-disk-0,size=8G"}, "it has local volumes rootfs (with_local_disks is off)"),
    "unused local volume": ({"unused0": "lvm:vm-1-disk-1"}, "it has local volumes unused0 (with_local_disks is off)"),
    "bind mount": (
        {"rootfs": "ceph:x", "mp0": "/srv,mp=/srv", "mp1": "/dev/sdb,mp=/b"},
        "mp0, mp1 is a path of its node",
    ),
    "bind mount that is everywhere": ({"rootfs": "ceph:x", "mp0": "/mnt/nfs,mp=/srv,shared=1"}, None),
    "device": ({"rootfs": "ceph:x", "dev0": "/dev/dri/card0"}, "it uses dev0 of its node"),
    "unseen storage": ({"rootfs": "secret:x"}, "storage secret cannot be seen; is Datastore.Audit granted on it?"),
}


@pytest.mark.parametrize(("config", "expected"), ANYWHERE.values(), ids=ANYWHERE.keys())
def test_reasons_that_hold_everywhere(config, expected):
    assert judged(config).keeps_it == expected


def test_local_volumes_when_the_policy_wants_them():
    assert judged({"rootfs": "lvm:x"}, LOCAL).keeps_it is None
    assert judged({"rootfs": "zfs:x", "parent": "snap"}, LOCAL).keeps_it is None
    frozen = judged({"rootfs": "lvm:x", "parent": "snap"}, LOCAL).keeps_it
    assert frozen == "local volume rootfs has snapshots and cannot be copied"


def test_storages_restrict_the_nodes():
    assert judged({"rootfs": "nfs:x"}).storage.by_node == {"c": "storage nfs is not available there"}
    assert set(judged({"rootfs": "old:x"}).storage.by_node) == {"a", "b", "c"}


def test_a_real_configuration(shared):
    config = json.loads((shared / "data" / "captures" / "pve9.2-lxc-config.json").read_text())["data"]
    storages = [{"storage": "local-lvm", "type": "lvmthin"}]
    assert list(container_volumes(config, storages)) == [("local-lvm", 8 * GIB)]
    found = container_precondition(config, storages, Policy(), ["a"])
    assert found == Precondition(
        storage=Obstacle(anywhere="it has local volumes rootfs (with_local_disks is off)"),
        copied={"local-lvm": 8 * GIB},
    )


def test_volumes_that_are_copied():
    config = {"rootfs": "lvm:x,size=512M", "mp0": "ceph:y,size=1G", "mp1": "zfs:z,mp=/z", "mp2": "/srv,mp=/srv"}
    assert list(container_volumes(config, STORAGES)) == [("zfs", None), ("lvm", 512 * 2**20)]
    assert judged(config).copied == {"zfs": math.inf, "lvm": 512 * 2**20}


def test_ha_reasons_are_added():
    answer = {
        "running": 1,
        "allowed-nodes": ["b"],
        "not-allowed-nodes": {"c": {"blocking-ha-resources": [{"sid": "ct:2"}]}},
    }
    lacking = Obstacle(by_node={"b": "no storage"})
    found = with_ha_reasons(Precondition(storage=lacking), answer)
    assert found == Precondition(storage=lacking, ha=Obstacle(by_node={"c": "HA keeps it apart from ct:2"}))
    along = with_ha_reasons(Precondition(), {"dependent-ha-resources": ["vm:3"]})
    assert along.dragged == {3}
