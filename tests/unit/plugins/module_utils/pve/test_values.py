# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Texts and numbers as PVE sends them."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ApiError
from ansible_collections.pve.drs.plugins.module_utils.pve.values import flag, items, row_of, rows_of, settings, whole


@pytest.mark.parametrize(
    ("value", "expected"), [(1, True), ("1", True), (0, False), ("0", False), (None, False), (True, True), ("", False)]
)
def test_flags(value, expected):
    assert flag(value) is expected


@pytest.mark.parametrize(
    ("value", "expected"), [("7", 7), (7.9, 7), ("x", None), (None, None), (-1, None), (float("nan"), None)]
)
def test_whole_numbers(value, expected):
    assert whole(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("a,b;c d", ("a", "b", "c", "d")), (["a", "b"], ("a", "b")), ("", ()), (None, ())]
)
def test_lists_and_list_texts(value, expected):
    assert items(value) == expected


@pytest.mark.parametrize(
    "value", ["ha=static,ha-rebalance-on-start=1", {"ha": "static", "ha-rebalance-on-start": 1}], ids=["text", "object"]
)
def test_settings_come_as_text_or_object(value):
    assert settings(value) == {"ha": "static", "ha-rebalance-on-start": "1"}


def test_settings_may_be_absent():
    assert settings(None) == {}


@pytest.mark.parametrize("value", [{}, "x", None, [1]])
def test_a_listing_is_a_list_of_objects(value):
    with pytest.raises(ApiError, match="GET /nodes: the API answered with something else than a list"):
        rows_of(value, "/nodes")


def test_an_object_may_be_empty_but_nothing_else():
    assert row_of(None, "/x") == row_of([], "/x") == {}
    with pytest.raises(ApiError, match="something else than an object"):
        row_of("text", "/x")
