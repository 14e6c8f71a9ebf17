# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Measure (`make bench`): run the cases, compare with the last run on this machine, fail on a broken promise."""

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.cases import decision_speed, plan_speed, pools_speed, quality, relief_cost, rules_speed, simulator_large
from benchmarks.figure import Figure
from benchmarks.table import HEAD, line

RESULTS = Path(__file__).resolve().parent / "results" / "latest.json"

# one line for each case; a case yields figures
CASES: dict[str, Callable[[], Iterable[Figure]]] = {
    "decisions, 48 nodes and 9,999 guests": decision_speed.measure,
    "decisions, 12 nodes and 250 guests": decision_speed.measure_small,
    "decisions, growth on 48 nodes": decision_speed.measure_growth,
    "quality, 12 nodes and 250 guests": quality.measure_small,
    "quality, 16 nodes and 1,500 guests": quality.measure_middle,
    "quality, 48 nodes and 9,999 guests": quality.measure_large,
    "relief, seeded clusters": relief_cost.measure_invented,
    "relief, recorded load": relief_cost.measure_recorded,
    "plan, 16 nodes and 1,000 guests": plan_speed.measure_small,
    "plan, 48 nodes and 9,999 guests": plan_speed.measure_large,
    "rules, 48 nodes and 9,999 guests": rules_speed.measure,
    "pools, 10,000 guests in three levels": pools_speed.measure,
    "simulator, 48 nodes and 10,000 guests": simulator_large.measure,
}


def _last_run() -> dict[str, float]:
    figures: dict[str, float] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    return figures


def main(chosen: list[str]) -> int:
    """Run the cases whose name contains one of the words given (all without words)."""
    last = _last_run()
    now = dict(last)
    broken = 0
    print(HEAD)
    for case, measure in CASES.items():
        if chosen and not any(word in case for word in chosen):
            continue
        print(case, flush=True)
        for figure in measure():
            key = f"{case}: {figure.name}"
            print(line(figure, last.get(key)), flush=True)
            now[key] = figure.value
            broken += not figure.keeps_its_promise
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(now, indent=2) + "\n", encoding="utf-8")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
