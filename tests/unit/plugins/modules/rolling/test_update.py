# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A rolling update from its first node to its last, and where it should not begin."""

import json

import pytest

from ansible_collections.pve.drs.tests.unit.plugins.modules.rolling.conftest import NODES, due, moves, places
from simulator.world.faults import Fault

CEPH = Fault(
    effect="answer", path="/cluster/ceph/status", status=200, text='{"data": {"health": {"status": "HEALTH_OK"}}}'
)


@pytest.mark.long
def test_nodes_with_nothing_to_update_are_left_alone(cluster, roll):
    done = roll()
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("nothing was due") >= len(NODES)
    assert cluster.log.writing() == []


def test_check_mode_tells_what_is_due_and_touches_no_node(cluster, folder, roll):
    due(folder, "update", "pve1")
    due(folder, "reboot", "pve5")
    done = roll("--check", drs_rolling_nodes=["pve1", "pve4", "pve5"])
    assert done.returncode == 0, done.stdout
    assert '"pve1": "update due"' in done.stdout
    assert '"pve4": "nothing was due"' in done.stdout
    assert '"pve5": "reboot due"' in done.stdout
    assert cluster.log.writing() == []


REFUSALS = {
    "unknown node": ({"drs_rolling_nodes": ["pve1", "pve9"]}, None, "drs_rolling_nodes names pve9"),
    "not well": ({}, lambda world: world.node_down("pve5"), "the cluster is not well: node pve5 is offline"),
    "force": ({"drs_rolling_force": True}, None, "drs_rolling_force needs drs_rolling_path"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_nothing_is_touched_where_it_should_not_begin(cluster, folder, roll, case):
    variables, happens, expected = REFUSALS[case]
    due(folder, "reboot", *NODES)
    if happens:
        cluster.call(lambda: happens(cluster.world))
        cluster.advance(60)
    done = roll(**variables)
    assert done.returncode == 2
    assert expected in done.stdout
    assert cluster.log.writing() == []


@pytest.mark.long
def test_nodes_are_updated_one_after_the_other_and_guests_come_home(cluster, folder, roll):
    """The empty one first. While one reboots, Ceph keeps its data where it is."""
    due(folder, "update", "pve1", "pve5")
    before = places(cluster)
    cluster.call(lambda: cluster.world.faults.add(CEPH))
    done = roll(drs_rolling_nodes=["pve1", "pve2", "pve5"])
    assert done.returncode == 0, done.stdout
    assert '"pve1": "updated and rebooted"' in done.stdout
    assert '"pve2": "nothing was due"' in done.stdout
    assert (folder / "ceph.log").read_text(encoding="utf-8").splitlines() == ["osd set noout", "osd unset noout"] * 2
    first, second = (folder / f"{name}.boot" for name in ("pve5", "pve1"))
    assert first.stat().st_mtime < second.stat().st_mtime
    assert places(cluster) == before
    assert [name for name, node in cluster.world.nodes.items() if node.pve_version == "9.2.99"] == ["pve1", "pve5"]
    left = [vmid for node, vmid in moves(cluster) if node == "pve1"]
    assert sorted(left) == sorted(vmid for vmid, node in before.items() if node == "pve1")


@pytest.mark.long
def test_a_forced_run_goes_on_after_the_nodes_that_its_file_knows(cluster, folder, roll):
    """pve4 has not booted since it was done; tasks of one's own run before guests return."""
    finished, own = folder / "finished.json", folder / "own.yml"
    finished.write_text(json.dumps({"pve4": "first boot of pve4"}), encoding="utf-8")
    task = {
        "name": "Look after it",
        "ansible.builtin.copy": {"content": "{{ drs_rolling_node }}", "dest": f"{folder}/own"},
    }
    own.write_text(json.dumps([task]), encoding="utf-8")
    forced = {"drs_rolling_force": True, "drs_rolling_path": str(finished), "drs_rolling_own_tasks": str(own)}
    done = roll(drs_rolling_nodes=["pve4", "pve5"], **forced)
    assert done.returncode == 0, done.stdout
    assert '"pve4": "nothing was due"' in done.stdout
    assert '"pve5": "updated and rebooted"' in done.stdout
    assert (folder / "own").read_text(encoding="utf-8") == "pve5"
    assert not finished.exists()


@pytest.mark.long
def test_without_a_new_kernel_nobody_has_to_leave_where_only_reboots_empty_a_node(cluster, folder, roll):
    due(folder, "update", "pve1")
    done = roll(drs_rolling_nodes=["pve1"], drs_rolling_drain="reboot", rolling_left="nothing")
    assert done.returncode == 0, done.stdout
    assert '"pve1": "updated"' in done.stdout
    assert moves(cluster) == []
