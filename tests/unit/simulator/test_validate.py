# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Parameters are judged in the words of the real daemons."""

from __future__ import annotations

import pytest

from simulator.answers import ApiError
from simulator.table.catalog import METHODS, find
from simulator.validate import MISSING, UNKNOWN, checked

BY_KEY = {method.key: method for method in METHODS}
MIGRATE = BY_KEY["POST /nodes/{node}/qemu/{vmid}/migrate"]
RULES = BY_KEY["POST /cluster/ha/rules"]
OPTIONS = BY_KEY["PUT /cluster/options"]
GUEST = {"node": "pve1", "vmid": "100"}


def errors_of(method, given, profile="9.2"):
    with pytest.raises(ApiError) as caught:
        checked(method, given, profile)
    assert caught.value.status == 400
    return caught.value.errors


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({}, {"target": MISSING}),
        ({"target": "pve2", "foo": "1"}, {"foo": UNKNOWN}),
        ({"target": "pve2", "online": "True"}, {"online": "type check ('boolean') failed - got 'True'"}),
        ({"target": "pve2", "online": ["1", "1"]}, {"online": "type check ('boolean') failed - got ARRAY"}),
        ({"target": "pve2", "bwlimit": "fast"}, {"bwlimit": "type check ('integer') failed - got 'fast'"}),
        ({"target": "pve2", "bwlimit": "-1"}, {"bwlimit": "value must have a minimum value of 0"}),
        ({"target": "a b"}, {"target": "invalid format - value does not look like a valid node name\n"}),
        ({"target": "pve2", "migration_type": "x"},
         {"migration_type": "value 'x' does not have a value in the enumeration 'secure, insecure'"}),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else None,
)  # fmt: skip
def test_complaints(given, errors):
    assert errors_of(MIGRATE, GUEST | given) == errors


def test_values_get_their_types():
    values = checked(MIGRATE, GUEST | {"target": "pve2", "online": True, "bwlimit": "5"}, "9.2")
    assert values == {"node": "pve1", "vmid": 100, "target": "pve2", "online": 1, "bwlimit": 5}


def test_a_parameter_of_a_later_version_is_unknown_before():
    given = GUEST | {"target": "pve2", "with-conntrack-state": "1"}
    assert checked(MIGRATE, given, "9.0")["with-conntrack-state"] == 1
    assert errors_of(MIGRATE, given, "8.4") == {"with-conntrack-state": UNKNOWN}


def test_rules_name_the_branch_of_their_type():
    given = {"rule": "r1", "type": "resource-affinity", "affinity": "positive"}
    assert errors_of(RULES, given) == {"oneOf[resource-affinity].resources": MISSING}
    assert errors_of(RULES, {"rule": "r1", "comment": "x"}) == {"comment": UNKNOWN, "type": MISSING}


def test_property_strings_are_judged_key_by_key():
    assert checked(OPTIONS, {"crs": "ha=dynamic"}, "9.2") == {"crs": "ha=dynamic"}
    text = "invalid format - format error\ncrs.ha: value 'dynamic' does not have a value in the enumeration 'basic, static'\n"
    assert errors_of(OPTIONS, {"crs": "ha=dynamic"}, "9.0") == {"crs": text}


@pytest.mark.parametrize("profile", ["8.4", "9.0", "9.2"])
def test_profiles_serve_what_they_had(profile):
    is_nine = profile != "8.4"
    assert (find("GET", "/cluster/ha/rules", profile) is not None) == is_nine
    assert (find("GET", "/nodes/pve1/lxc/100/migrate", profile) is not None) == is_nine
    assert find("GET", "/nodes/pve1/nosuch", profile) is None
    assert find("DELETE", "/nodes", profile) is None


def test_exact_words_win_over_braces():
    found = find("GET", "/cluster/ha/status/current", "9.2")
    assert found is not None
    assert found.method.path == "/cluster/ha/status/current"
