# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What runs of the module leave behind about their migrations makes the estimates of later runs."""

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.learned import Transfer
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.transfers import recall_transfers, record_transfers
from ansible_collections.pve.drs.tests.unit.plugins.modules.conftest import a_world, guests_on
from simulator.server import Settings, running

SETTINGS = Settings(port=0, speed=60.0, login_delay_seconds=0.0)
SLOW = Transfer(
    run="r", number=1, vmid=999, source="x", target="y", began=0.0, memory=8e9, bytes=8e9, seconds=80.0, streams=1.0
)


@pytest.fixture
def world():
    """Serve two nodes with all guests on the first."""
    guests = guests_on("pve1", 4, memory="4G", load={"cpu": 0.2, "memory": "3G"})
    with running(a_world(guests), SETTINGS) as simulator:
        yield simulator


@pytest.mark.long
def test_later_runs_estimate_by_what_earlier_ones_took(world, reach, run_module, tmp_path):
    state = StateFile(path=tmp_path / "state.db", is_read_only=False)
    connection = reach(world.connection) | {"settle": 1}

    def run(*, check_mode, **options):
        result = run_module("drs_balance", connection | options, check_mode=check_mode)
        assert not result.get("failed"), result
        return result

    past = {"state_path": str(state.path)}
    plain = run(check_mode=True)
    cluster, known = plain["plan"]["cluster"], [replace(SLOW, number=number) for number in range(3)]
    record_transfers(state, cluster, known, 0.0)
    slow = run(check_mode=True, **past)
    assert slow["plan"]["estimated_seconds"] > 5 * plain["plan"]["estimated_seconds"]
    assert len(recall_transfers(state, cluster)) == len(known)
    done = run(check_mode=False, **past)
    assert done["changed"]
    moved = {move["vmid"] for move in done["plan"]["steps"][0]["moves"]}
    assert moved <= {one.vmid for one in recall_transfers(state, cluster)}
