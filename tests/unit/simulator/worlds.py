# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Small worlds for tests, written as scenario files are."""

from pathlib import Path

import yaml

from simulator.scenario import read_scenario
from simulator.world.migration import Where
from simulator.world.move import MigrateRequest
from simulator.world.tasks import Caller
from simulator.world.world import World

ME = Caller("drs@pve")

BASE = """
why: a test
cluster: {name: test, profile: "9.2", seed: 1, start: 2026-03-02 09:00}
defaults:
  node: {cores: 16, memory: 64G, overhead: {cpu: 0, memory: 0}, link: 8G}
  guest: {cores: 4, memory: 8G, load: {cpu: 2, memory: 4G}}
nodes: {pve1: {}, pve2: {}, pve3: {}}
storages:
  ceph: {type: rbd, size: 10T}
  zfs: {type: zfspool, size: 1T}
"""


def a_world(text="", profile=None):
    """A world of three nodes of 16 cores and 64 GiB with links of 1 GB/s, and what the text adds or replaces."""
    data = yaml.safe_load(BASE) | (yaml.safe_load(text) or {})
    return World(read_scenario(data, Path(__file__).parent, profile))


def move(world, vmid, target, **options):
    """Ask for a migration of a guest as drs@pve; gives the task."""
    guest = world.guests[vmid]
    upid = world.migrate(Where(guest.node, guest.type, vmid), MigrateRequest(target, **options), ME)
    return world.tasks.get(upid)


def until(world, condition, limit=1000):
    """Seconds until the condition holds, watched once a second."""
    for passed in range(limit):
        if condition():
            return passed
        world.clock.advance(1)
    raise AssertionError(f"did not happen within {limit} seconds")


def log_of(task):
    """The log without the time before each line."""
    return [line[20:] if line[:2] == "20" else line for line in task.log]
