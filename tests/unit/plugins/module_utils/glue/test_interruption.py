# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Signals, time limit, and a reader that went away."""

import os
import signal

import pytest

from ansible_collections.pve.drs.plugins.module_utils.glue import interruption


@pytest.fixture
def handlers():
    """Put the handlers back that pytest relies on."""
    before = {number: signal.getsignal(number) for number in interruption.SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", interruption.SIGNALS, ids=lambda number: number.name)
def test_a_signal_is_noted_and_the_first_one_stays(number, handlers):
    stop = interruption.stop_of_process(None)
    signal.raise_signal(number)
    signal.raise_signal(signal.SIGTERM)
    assert stop.requested == f"signal {number.name}"


def test_the_time_limit_ends_it(handlers):
    assert "time limit of 0 s" in interruption.stop_of_process(0).requested


def test_a_pipe_without_reader_is_noticed():
    reading, writing = os.pipe()
    assert not interruption.has_no_reader(writing)
    os.close(reading)
    assert interruption.has_no_reader(writing)
    os.close(writing)


def test_a_file_needs_no_reader(tmp_path):
    with (tmp_path / "output").open("w") as file:
        assert not interruption.has_no_reader(file.fileno())
