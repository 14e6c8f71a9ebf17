# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A rolling update that cannot go on, and the one after it."""

import pytest

from ansible_collections.pve.drs.tests.unit.plugins.modules.rolling.conftest import due, moves, places


@pytest.mark.long
def test_a_reboot_that_never_happens_is_noticed_and_a_later_run_goes_on_from_there(cluster, folder, roll):
    due(folder, "reboot", "pve4")
    before = places(cluster)
    stopped = roll(drs_rolling_nodes=["pve4"], rolling_guarded="pve4")
    assert stopped.returncode == 2
    assert "node pve4 was told to reboot, and still runs by the same boot" in stopped.stdout
    assert "pve4" not in places(cluster).values()
    done = roll(drs_rolling_nodes=["pve4"])
    assert done.returncode == 0, done.stdout
    assert places(cluster) == before


@pytest.mark.long
def test_one_node_that_cannot_be_emptied_ends_the_run_before_it_begins(cluster, folder, roll):
    due(folder, "reboot", "pve2", "pve4")
    cluster.call(lambda: cluster.world.change_config(cluster.world.guests[112], {"tags": "drs-pin"}))
    done = roll(drs_rolling_nodes=["pve2", "pve4"])
    assert done.returncode == 2
    assert "nothing was touched: node pve2 cannot be emptied" in done.stdout
    assert "it is pinned to pve2 (tag drs-pin)" in done.stdout
    assert cluster.log.writing() == []


@pytest.mark.long
def test_guests_that_stay_keep_their_node_up(cluster, folder, roll):
    due(folder, "reboot", "pve4")
    cluster.call(lambda: cluster.world.change_config(cluster.world.guests[114], {"tags": "drs-ignore"}))
    done = roll(drs_rolling_nodes=["pve4"])
    assert done.returncode == 2
    assert "stopped, as guest 114 still runs on node pve4" in done.stdout
    assert (folder / "pve4.boot").read_text(encoding="utf-8") == "first boot of pve4"


@pytest.mark.long
def test_the_next_node_waits_for_the_one_before_it(cluster, folder, roll):
    due(folder, "reboot", "pve4", "pve5")
    done = roll(drs_rolling_nodes=["pve4", "pve5"], rolling_broken="pve5", drs_rolling_patience=3)
    assert done.returncode == 2
    assert "node pve5 is offline" in done.stdout
    assert moves(cluster) == []
