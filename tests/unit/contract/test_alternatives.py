# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What else could be done is asked about like the plan itself, and never carried out."""

from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven

# The third of the guests on a has its disk on a storage of the node.
LOCAL_DISK = uneven(
    guests=[
        {"vmid": 101, "count": 2, "node": "a"},
        {"vmid": 103, "node": "a", "disks": ["disk:8G"]},
        {"vmid": 104, "node": "a"},
        {"vmid": 201, "node": "b"},
        {"vmid": 301, "node": "c"},
    ],
)


def test_guests_that_cannot_move_are_no_alternative():
    with scene(LOCAL_DISK, Policy(alternatives=9)) as found:
        plan = found.decide()
        asked = {entry.path.split("/")[4] for entry in found.sim.log.entries() if entry.path.endswith("/migrate")}
        told = {planned.move.vmid for others in plan.alternatives for moves in others.ranked for planned in moves}
        moved = {planned.move.vmid for planned in plan.moves}
        assert found.writes() == []
        found.execute(plan)
        assert {vmid for vmid in (101, 102, 103, 104) if found.node_of(vmid) != "a"} == moved
    assert "103" in asked
    assert told == {101, 102, 104}
