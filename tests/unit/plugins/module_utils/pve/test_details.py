# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Details of nodes and guests, from what PVE answers."""

import json

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.details import Balloon, LocalStorage, total_bytes
from ansible_collections.pve.drs.plugins.module_utils.pve.details import (
    balloon_of,
    configured_cpus,
    details_of,
    local_storages,
    lost_storages,
    volumes_of,
)

GIB = 2.0**30


def test_the_status_of_a_genuine_node(shared):
    status = json.loads((shared / "data/captures/pve9.2-node-status.json").read_text(encoding="utf-8"))["data"]
    details = details_of(status, None)
    assert details.mhz == float(status["cpuinfo"]["mhz"])
    assert (details.sockets, details.cores) == (status["cpuinfo"]["sockets"], status["cpuinfo"]["cores"])
    assert (details.ksm_bytes, details.swap_total_bytes) == (status["ksm"]["shared"], status["swap"]["total"])


def test_a_status_that_says_nothing():
    details = details_of({"swap": None, "cpuinfo": []}, 5.0)
    assert (details.swap_used_bytes, details.mhz, details.cores, details.arc_bytes) == (None, None, None, 5.0)


def test_version_and_processor_of_a_node():
    cpuinfo = {"vendor": "AuthenticAMD", "model": "AMD EPYC 7302", "flags": "sse4_2 popcnt"}
    details = details_of({"pveversion": "pve-manager/9.2.11/4fc7a4bd", "cpuinfo": cpuinfo}, None)
    assert (details.version, details.cpu_vendor, details.cpu_model) == ("9.2.11", "AuthenticAMD", "AMD EPYC 7302")
    assert details.cpu_flags == {"sse4_2", "popcnt"}


@pytest.mark.parametrize(
    ("model", "vendor"),
    [("Intel(R) Xeon(R) Gold 6338", "GenuineIntel"), ("AMD EPYC 7302", "AuthenticAMD"), ("Loongson", None)],
)
def test_before_pve_9_the_model_tells_the_vendor(model, vendor):
    details = details_of({"cpuinfo": {"model": model}, "pveversion": ""}, None)
    assert (details.cpu_vendor, details.version) == (vendor, None)


def a_row(**changes):
    row = {"type": "storage", "node": "a", "storage": "local", "plugintype": "dir", "shared": 0, "status": "available"}
    return row | {"content": "images,iso", "disk": 1, "maxdisk": 10} | changes


LOCAL = {
    "local": ({}, True),
    "texts": ({"disk": "1", "maxdisk": "10", "shared": "0"}, True),
    "for containers": ({"content": "rootdir"}, True),
    "shared": ({"shared": 1}, False),
    "without volumes": ({"content": "iso,backup"}, False),
    "not available": ({"status": "unknown", "disk": None, "maxdisk": None}, False),
    "without size": ({"maxdisk": 0}, False),
    "a node": ({"type": "node"}, False),
}


@pytest.mark.parametrize(("changes", "counts"), LOCAL.values(), ids=LOCAL.keys())
def test_which_storages_are_local(changes, counts):
    assert ("a" in local_storages([a_row(**changes)])) == counts


def a_storage(name="one", used=5.0):
    return LocalStorage(id=name, plugintype="lvmthin", used_bytes=used, total_bytes=10.0)


def a_volume(storage, name, size, **changes):
    return {"volid": f"{storage}:{name}", "vmid": 101, "content": "images", "size": size} | changes


def sizes(lists):
    return {vmid: total_bytes(volumes) for vmid, volumes in volumes_of(lists).items()}


def test_volumes_are_summed_by_guest():
    rows = [a_volume("one", "x", 3), a_volume("one", "y", 4), a_volume("one", "z", "5", vmid="102", content="rootdir")]
    assert sizes([(a_storage(), rows)]) == {101: 7.0, 102: 5.0}


def test_only_what_is_allocated_counts_where_that_is_told():
    assert sizes([(a_storage(), [a_volume("one", "x", 30, used=3)])]) == {101: 3.0}


def test_other_content_does_not_count():
    rows = [a_volume("one", "x", 3, content="iso"), a_volume("one", "y", 3, vmid=None), a_volume("one", "z", None)]
    assert sizes([(a_storage(), rows)]) == {}


def test_two_storages_on_one_pool_count_once():
    rows = [[a_volume(name, "x", 3)] for name in ("one", "two")]
    assert sizes([(a_storage("one"), rows[0]), (a_storage("two"), rows[1])]) == {101: 3.0}
    assert sizes([(a_storage("one"), rows[0]), (a_storage("two", used=6.0), rows[1])]) == {101: 6.0}


CPUS = {
    "sockets and cores": ("qemu", {"sockets": 2, "cores": 24}, 48.0),
    "hot-plugged": ("qemu", {"sockets": 2, "cores": 24, "vcpus": 30}, 30.0),
    "defaults": ("qemu", {}, 1.0),
    "container": ("lxc", {"cores": "64"}, 64.0),
    "container with a limit": ("lxc", {"cpulimit": "2.5"}, 2.5),
    "container with all of its node": ("lxc", {}, None),
}


@pytest.mark.parametrize(("kind", "config", "cpus"), CPUS.values(), ids=CPUS.keys())
def test_cpus_as_configured(kind, config, cpus):
    assert configured_cpus(kind, config) == cpus


def test_a_balloon_needs_a_minimum():
    assert balloon_of({"balloon": 4 * GIB, "balloon_min": 2 * GIB, "shares": 0}) == Balloon(
        bytes=4 * GIB, least_bytes=2 * GIB, shares=0.0
    )
    assert balloon_of({"balloon": 4 * GIB}) is None


def test_storages_that_do_not_answer():
    rows = [a_row(), a_row(storage="nfs", status="unknown", shared=1), a_row(storage="nfs", node="b"), {"type": "node"}]
    assert lost_storages(rows) == {"a": {"nfs"}}
