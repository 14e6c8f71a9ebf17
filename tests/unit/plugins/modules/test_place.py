# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The playbook pve.drs.place, called as users call it, and its documentation."""

import ast
import json

import pytest
import yaml

from ansible_collections.pve.drs.tests.unit.placing import SPEC
from simulator.scenario import load_world
from simulator.server import Settings, running

EIGHT = {"drs_guests": {"pool": "nightly"}}


@pytest.fixture
def cluster():
    """Serve the eight that are to start; a minute of theirs passes in a second."""
    with running(load_world("starts"), Settings(port=0, speed=60.0)) as simulator:
        simulator.advance(60)
        yield simulator


def test_guests_are_proposed_nodes_for_and_then_started_there(cluster, reach, ansible_playbook, tmp_path):
    variables = {f"drs_{option}": value for option, value in reach(cluster.connection).items()} | EIGHT
    done = ansible_playbook("pve.drs.place", "-e", json.dumps(variables))
    assert done.returncode == 0, done.stdout
    assert "Guests: 8 of 8 have a node, ranked by imbalance" in done.stdout
    assert cluster.log.writing() == []
    more = {"drs_state": "started", "drs_state_path": str(tmp_path / "state.sqlite")}
    done = ansible_playbook("pve.drs.place", "--diff", "-e", json.dumps(variables | more))
    assert done.returncode == 0, done.stdout
    assert "done: started on pve" in done.stdout
    assert all(guest.is_running for guest in cluster.world.guests.values())


def test_the_playbook_passes_every_option_on(root):
    [block] = yaml.safe_load((root / "playbooks/tasks/place.yml").read_text(encoding="utf-8"))
    given = block["block"][0]["pve.drs.drs_place"]
    assert given == {option: f"{{{{ drs_{option} | default(omit) }}}}" for option in SPEC}


def test_every_option_of_its_own_is_documented_as_it_is(root):
    """What comes from fragments is compared by ansible-test."""
    tree = ast.parse((root / "plugins/modules/drs_place.py").read_text(encoding="utf-8"))
    texts = {each.targets[0].id: each.value.value for each in tree.body if isinstance(each, ast.Assign)}
    options = yaml.safe_load(texts["DOCUMENTATION"])["options"]
    assert _differing(options, SPEC) == []
    assert _differing(options["new"]["suboptions"], SPEC["new"]["options"]) == []
    assert options["new"]["suboptions"].keys() == SPEC["new"]["options"].keys()


def _differing(documented, spec):
    keys = ("type", "elements", "default", "choices", "required")
    return [name for name, said in documented.items() if any(said.get(key) != spec[name].get(key) for key in keys)]
