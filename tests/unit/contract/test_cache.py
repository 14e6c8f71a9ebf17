# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Memory that ZFS holds as its cache."""

from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven

CACHE = {"nodes": {"a": {"arc": "8G"}, "b": {}, "c": {}}, "cluster": {"history": "2h"}}


def loads_of(scenario, policy):
    with scene(scenario, policy) as found:
        return {load.node: load.load for load in found.decide().before.loads}


def test_the_cache_of_zfs_is_memory_in_use():
    with_cache, without = loads_of(uneven(**CACHE), Policy()), loads_of(uneven(), Policy())
    assert with_cache["a"] - without["a"] == 8 / 64
    assert (with_cache["b"], with_cache["c"]) == (without["b"], without["c"])
