# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How an execution is asked to end."""

from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop


@dataclass
class Watch:
    moment: float = 100.0

    def now(self):
        return self.moment

    def sleep(self, seconds):
        self.moment += seconds


def test_the_first_reason_stays():
    stop = Stop(Watch())
    assert stop.requested is None
    stop.request("SIGINT")
    stop.request("SIGTERM")
    assert stop.requested == "SIGINT"


def test_a_time_limit_asks_by_itself():
    watch = Watch()
    stop = Stop(watch, time_limit_seconds=30)
    watch.sleep(29)
    assert stop.requested is None
    watch.sleep(1)
    assert stop.requested == "time limit of 30 s"
