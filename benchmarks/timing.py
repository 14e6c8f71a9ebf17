# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""How long something takes: cpu seconds of this process, which others on the machine add little to, and by the clock."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Seconds:
    """Of some runs: the median and the least cpu time, and the median by the clock."""

    cpu: float
    least: float
    clock: float


def timed(work: Callable[[], object], repetitions: int = 5) -> Seconds:
    """Run it so many times; what earlier runs left behind is collected before each, not while it runs."""
    cpu, clock = [], []
    for _unused in range(repetitions):
        gc.collect()
        started, began = time.process_time(), time.perf_counter()
        work()
        cpu.append(time.process_time() - started)
        clock.append(time.perf_counter() - began)
    return Seconds(median(cpu), min(cpu), median(clock))
