# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What policy crs takes over from the cluster, and what it does not (drs-model 6.12, proxmox-crs 7)."""

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import POLICIES
from ansible_collections.pve.drs.plugins.module_utils.core.crs.settings import settings_notices, settled, with_fields
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import CrsOptions
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.core.policies.naming import named_policy
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest

CRS = named_policy(POLICIES, "crs")
SET = CrsOptions(mode="static", method="topsis", threshold=20.0, margin=5.0, hold_rounds=4)


def shown(policy):
    return (
        policy.crs_mode,
        policy.crs_method,
        policy.crs_generation,
        policy.crs_threshold,
        policy.crs_margin,
        policy.hold,
    )


def known(version="9.2.1", **options):
    return Cluster(version=version, crs=CrsOptions(**options))


def test_what_the_cluster_sets_is_taken_over():
    found = settled(CRS, Cluster(version="9.2.1", crs=SET))
    assert shown(found) == ("static", "topsis", "normalised", 0.2, 0.05, 4)


def test_what_is_not_set_is_as_the_policy_has_it():
    assert shown(settled(CRS, known())) == ("dynamic", "bruteforce", "normalised", 0.3, 0.1, 3)
    assert settled(CRS, Cluster()) == CRS


@pytest.mark.parametrize(
    ("version", "options", "expected"),
    [
        ("8.4.1", {}, ("raw", 0.3, 0.1)),
        ("9.1.4", {"threshold": 0.7, "margin": 0.2}, ("raw", 0.7, 0.2)),
        ("9.1.20", {"threshold": 0.7, "margin": 10.0}, ("normalised", 0.007, 0.1)),
        ("9.1.20", {"threshold": 40.0}, ("normalised", 0.4, 0.1)),
        ("9.2.0~3", {"threshold": 0.7, "margin": 0.2}, ("normalised", 0.007, 0.002)),
        ("10.0.1", {"threshold": 40.0}, ("normalised", 0.4, 0.1)),
        ("", {"threshold": 40.0}, ("normalised", 0.4, 0.1)),
    ],
)
def test_the_generation_is_by_the_version_or_by_options_that_can_only_be_percent(version, options, expected):
    found = settled(CRS, known(version, **options))
    told = (found.crs_generation, found.crs_threshold, found.crs_margin)
    assert told == (expected[0], pytest.approx(expected[1]), pytest.approx(expected[2]))


def test_a_mode_that_balances_nothing_is_none():
    assert settled(CRS, known(mode="basic")).crs_mode == "dynamic"


def test_proxmox_counts_no_rounds_as_one():
    assert settled(CRS, known(hold_rounds=0)).hold == 1


def test_own_settings_count_more():
    own = with_fields(CRS, {"crs_mode": "dynamic", "crs_threshold": 0.5, "hold": 2})
    assert shown(settled(own, Cluster(version="9.2.1", crs=SET))) == (
        "dynamic", "topsis", "normalised", 0.5, 0.05, 2,
    )  # fmt: skip
    again = with_fields(own, {"crs_mode": "auto"})
    assert settled(again, Cluster(version="9.2.1", crs=SET)).crs_mode == "static"


def test_an_own_generation_reads_the_options_in_the_unit_that_they_are_written_in():
    own = with_fields(CRS, {"crs_generation": "raw"})
    found = settled(own, known(threshold=25.0))
    assert (found.crs_generation, found.crs_threshold) == ("raw", 0.25)


def test_a_sensitivity_says_for_how_long_to_hold():
    assert settled(named_policy(POLICIES, "crs", 4), known(hold_rounds=9)).hold == 2


def test_other_policies_take_nothing_over():
    assert settled(Policy(), Cluster(version="8.4.1", crs=SET)) == Policy()


def test_a_method_that_nobody_knows_is_an_error():
    with pytest.raises(BadPolicy, match=r"^crs ha-auto-rebalance-method is dice; known are bruteforce, topsis"):
        settled(CRS, known(method="dice"))
    assert settled(with_fields(CRS, {"crs_method": "topsis"}), known(method="dice")).crs_method == "topsis"


@pytest.mark.parametrize(
    ("cluster", "expected"),
    [
        (
            Cluster(version="9.2.1", crs=SET),
            [
                (
                    "as the cluster (Proxmox VE 9.2.1) has it for Proxmox's own balancer: generation normalised, "
                    "mode static, method topsis, threshold 20 %, margin 5 %, hold 4 runs"
                )
            ],
        ),
        (
            known("9.0.3", mode="dynamic", threshold=0.7),
            [
                (
                    "as the cluster (Proxmox VE 9.0.3) has it for Proxmox's own balancer: generation raw, mode dynamic, "
                    "threshold 70 %"
                ),
                "not set in the cluster, and by the policy: method bruteforce, margin 10 %, hold 3 runs",
            ],
        ),
        (
            known("", threshold=20.0),
            [
                "as the cluster has it for Proxmox's own balancer: threshold 20 %",
                (
                    "not set in the cluster, and by the policy: generation normalised, mode dynamic, method bruteforce, "
                    "margin 10 %, hold 3 runs"
                ),
            ],
        ),
        (
            Cluster(),
            [
                (
                    "not set in the cluster, and by the policy: generation normalised, mode dynamic, method bruteforce, "
                    "threshold 30 %, margin 10 %, hold 3 runs"
                )
            ],
        ),
    ],
    ids=["all", "some", "no version", "nothing"],
)
def test_notices_tell_what_was_read(cluster, expected):
    assert list(settings_notices(settled(CRS, cluster), cluster)) == expected


def test_a_plan_is_made_by_what_was_taken_over():
    """The loads are uneven as measured, but not by sizes, which are what static mode looks at."""
    guests = [
        a_guest(n, "ab"[n % 2], f"{n % 2}c/{n % 2 * 8}G", size="2c/8G", hastate="started") for n in range(100, 106)
    ]
    cluster = replace(a_cluster(dict.fromkeys("ab", "8c/64G"), guests), version="9.2.1")
    dynamic = make_plan(cluster, with_fields(CRS, {"hold": 1}))
    assert [trigger.name for trigger in dynamic.before.triggers] == ["crs"]
    static = make_plan(replace(cluster, crs=replace(SET, hold_rounds=1)), CRS)
    assert (static.policy.crs_mode, static.moves) == ("static", ())
    assert static.before.quiet[-1].reason == (
        "what guests are configured with has an imbalance of 0.00 by Proxmox's own measure, within the 0.2 allowed"
    )
    assert "mode static" in static.notices[0]


def test_it_waits_for_as_many_runs_as_the_cluster_sets():
    guests = [a_guest(n, "a", "1c/8G", hastate="started") for n in range(100, 104)]
    cluster = replace(a_cluster(dict.fromkeys("ab", "8c/64G"), guests), crs=CrsOptions(hold_rounds=7))
    assert "nothing is done about crs yet: it was so in 1 of 7 runs in a row" in make_plan(cluster, CRS).notices
