# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Many questions at once: what gets no answer does not lose the others."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.pve.ask import ask_all
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import AuthenticationFailed, NoHostAnswers, refusal
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven
from simulator.world.faults import Fault


def failing(error):
    def ask():
        raise error

    return ask


def test_answers_and_errors_by_key():
    with scene(uneven()) as found:
        calls = {"version": found.api.version, "gone": failing(refusal("GET /x", 595, ""))}
        replies = ask_all(found.api, calls)
    assert replies.found.keys() == {"version"}
    assert list(replies.complaints("no {key}")) == ["no gone: GET /x: 595 the node does not answer"]


def test_one_question_that_no_host_answers_is_a_gap_and_all_of_them_are_an_error():
    lost = failing(NoHostAnswers("lost"))
    with scene(uneven()) as found:
        assert ask_all(found.api, {1: found.api.version, 2: lost}).failed.keys() == {2}
        with pytest.raises(NoHostAnswers, match="lost"):
            ask_all(found.api, {1: lost, 2: lost})
        assert ask_all(found.api, {}).found == {}


def test_a_token_that_is_no_longer_known_ends_the_run():
    with scene(uneven()) as found, pytest.raises(AuthenticationFailed):
        ask_all(found.api, {1: found.api.version, 2: failing(AuthenticationFailed("no"))})


def test_a_node_that_hangs_is_a_gap_when_the_others_answer():
    with scene(uneven(), timeout_seconds=1.0) as found:
        found.world.faults.add(Fault("hang", seconds=5.0, path="/nodes/b/status"))
        replies = ask_all(found.api, {name: lambda name=name: found.api.node_status(name) for name in "abc"})
    assert replies.found.keys() == {"a", "c"}
    assert "gave no answer within 1 s" in next(replies.complaints("no status of {key}"))
