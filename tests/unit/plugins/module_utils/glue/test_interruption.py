# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Signals, time limit, and a reader that went away."""

import os
import signal
import threading

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import Interrupted
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


def test_a_signal_wakes_a_sleeper(handlers):
    stop = interruption.stop_of_process(None)
    clock = interruption.InterruptibleClock(stop)
    clock.sleep(0.01)
    threading.Timer(0.1, signal.raise_signal, [signal.SIGTERM]).start()
    began = clock.now()
    with pytest.raises(Interrupted, match=r"the run ended early \(signal SIGTERM\): nothing was started"):
        clock.sleep(30.0)
    assert clock.now() - began < 1.0


def test_a_time_limit_wakes_nobody(handlers):
    interruption.InterruptibleClock(interruption.stop_of_process(0)).sleep(0.01)


def test_without_a_reader_nobody_sleeps(handlers, monkeypatch):
    reading, writing = os.pipe()
    os.close(reading)
    monkeypatch.setattr(interruption, "STDOUT", writing)
    with pytest.raises(Interrupted, match="Ansible no longer waits"):
        interruption.InterruptibleClock(interruption.stop_of_process(None)).sleep(30.0)
    os.close(writing)
