# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What facts tell of the health of a cluster, Ceph played by answers as it gives them."""

import json

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.glue.facts import facts_needs, facts_of
from ansible_collections.pve.drs.plugins.module_utils.pve.collect import collect
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven
from simulator.world.faults import Fault

HEALTH = ("health",)
PATH = "/cluster/ceph/status"
CHECKS = {
    "OSDMAP_FLAGS": {"severity": "HEALTH_WARN", "summary": {"message": "noout flag(s) set"}},
    "PG_DEGRADED": {"severity": "HEALTH_WARN"},
}


def health(found):
    cluster = collect(found.api, facts_needs(Policy(), HEALTH), found.clock)
    return facts_of(cluster, Policy(), HEALTH)["health"]


def told(text, status=200):
    return Fault(effect="answer", path=PATH, status=status, text=text)


CEPH = {
    "none": (told("binary not installed: /usr/bin/ceph-mon", 500), None, []),
    "never set up": (told("pveceph configuration not initialized", 500), None, []),
    "well": (told(json.dumps({"data": {"health": {"status": "HEALTH_OK", "checks": {}}}})), "HEALTH_OK", []),
    "warned": (
        told(json.dumps({"data": {"health": {"status": "HEALTH_WARN", "checks": CHECKS}}})),
        "HEALTH_WARN",
        ["Ceph is HEALTH_WARN (noout flag(s) set; PG_DEGRADED)"],
    ),
    "silent": (told("got timeout", 500), "unknown", ["Ceph is unknown (got timeout)"]),
    "strange": (told('{"data": {}}'), "unknown", ["Ceph is unknown (it tells nothing of its health)"]),
}


@pytest.mark.parametrize(("fault", "ceph", "expected"), CEPH.values(), ids=CEPH.keys())
def test_ceph(fault, ceph, expected):
    with scene(uneven()) as found:
        found.world.faults.add(fault)
        assert (health(found)["ceph"], health(found)["troubles"]) == (ceph, expected)


def test_nodes_and_ha():
    with scene(uneven(guest={"ha": "started"})) as found:
        found.sim.advance(60)
        well = health(found)
        assert (well["troubles"], well["ceph"], well["ha_master"] in ("a", "b", "c")) == ([], None, True)
        assert well["versions"] == dict.fromkeys("abc", found.api.version()["version"])
        found.sim.call(lambda: found.world.node_down("c"))
        found.sim.advance(200)
        later = health(found)
        assert "node c is offline" in later["troubles"]
        assert later["versions"]["c"] is None
