# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Facts as metrics, and the file that they are written to."""

import re
import stat

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.glue.facts import ALL, facts_of
from ansible_collections.pve.drs.plugins.module_utils.glue.prometheus import prometheus_text
from ansible_collections.pve.drs.plugins.module_utils.glue.text_file import write_text
from ansible_collections.pve.drs.tests.builders import GIB, a_cluster, a_guest

CLUSTER = a_cluster(
    {"a": "8c/100G", "b": "8c/100G", "c": {"status": "offline"}},
    [a_guest(101, name="web", demand="8c/50G"), a_guest(900, name="image", is_template=True, status="stopped")],
    name='the "lab"',
)
LABEL = r'[a-z]+="(?:[^"\\\n]|\\.)*"'
SAMPLE = re.compile(rf"pve_drs_[a-z_]+\{{{LABEL}(?:,{LABEL})*\}} [0-9.e+-]+")


def text(*subsets):
    return prometheus_text(facts_of(CLUSTER, Policy(), subsets or [ALL]))


def value(metric, labels=()):
    """Return the value of one sample."""
    shown = ",".join(f'{label}="{words}"' for label, words in {"cluster": r"the \"lab\"", **dict(labels)}.items())
    [line] = [line for line in text().splitlines() if line.startswith(f"pve_drs_{metric}{{{shown}}} ")]
    return float(line.rpartition(" ")[2])


def test_metrics_have_the_values_of_the_facts():
    assert value("node_load_ratio", {"method": "memory", "node": "a"}) == 0.5
    assert value("imbalance_ratio", {"method": "cpu", "metric": "delta"}) == 1.0
    assert value("node_used_memory_bytes", {"node": "a"}) == 50 * GIB
    assert value("node_online", {"node": "c"}) == 0
    assert value("node_guests", {"node": "a"}) == 2
    assert value("guest_demand_cores", {"vmid": "101", "name": "web", "node": "a"}) == 8
    assert value("guest_score_ratio", {"vmid": "101"}) == 0.7
    assert value("score_guests", {"from": "0.6", "to": "0.8"}) == 1
    assert value("quorate") == 1


def test_what_is_not_known_is_left_out():
    assert 'node_used_cores{cluster="the \\"lab\\"",node="c"}' not in text()
    assert 'vmid="900"' not in text()


def test_only_gathered_subsets_are_told():
    assert "node_load_ratio" not in text("nodes")
    assert "node_online" not in text("load")


def test_every_line_is_a_comment_or_a_sample():
    lines = text().splitlines()
    assert [line for line in lines if not line.startswith("# ") and not SAMPLE.fullmatch(line)] == []
    described = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(described) == len(set(described))
    assert text().endswith("\n")


def test_a_file_is_replaced_whole_and_readable_by_all(tmp_path):
    file = tmp_path / "drs.prom"
    assert write_text(str(file), "a 1\n", "prometheus_file", pretend=False)
    assert not write_text(str(file), "a 1\n", "prometheus_file", pretend=False)
    assert write_text(str(file), "a 2\n", "prometheus_file", pretend=False)
    assert file.read_text(encoding="utf-8") == "a 2\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [file]


def test_to_pretend_writes_nothing(tmp_path):
    assert write_text(str(tmp_path / "drs.prom"), "a 1\n", "prometheus_file", pretend=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["missing/drs.prom", "."], ids=["no such folder", "a folder"])
def test_a_file_that_cannot_be_written_is_an_error(place, tmp_path):
    with pytest.raises(BadPolicy, match=r"^prometheus_file: .* cannot be written \("):
        write_text(str(tmp_path / place), "a 1\n", "prometheus_file", pretend=False)
    assert list(tmp_path.iterdir()) == []
