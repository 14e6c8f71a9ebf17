# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What it costs to bring all nodes below their limits at once, beside the exact optimum: gaps in percent."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from statistics import fmean
from types import ModuleType

from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from benchmarks.baselines.cheapest_first import cheapest_first
from benchmarks.baselines.optimum import least_effort
from benchmarks.figure import Figure, time_figure
from benchmarks.relief import Relief, invented, recorded
from benchmarks.timing import timed

AT_MOST = 5.0


def measure_invented() -> Iterator[Figure]:
    """Yield the figures of seeded clusters."""
    yield from _gaps(invented())


def measure_recorded() -> Iterator[Figure]:
    """Yield the figures of moments of recorded load."""
    found = list(recorded())
    if not found:
        print("  skipped: no folder `shared` with traces and eval beside the checkout, nor in PVE_DRS_SHARED")
    yield from _gaps(found)


def _gaps(instances: Iterable[tuple[str, Relief]]) -> Iterator[Figure]:
    highspy = _library()
    if highspy is None:
        return
    by_shape: dict[str, list[Relief]] = defaultdict(list)
    for shape, relief in instances:
        by_shape[shape].append(relief)
    for shape, reliefs in by_shape.items():
        least = [least_effort(relief, highspy) for relief in reliefs]
        ours = [_gap(_ours(relief), best) for relief, best in zip(reliefs, least, strict=True)]
        others = [_gap(_theirs(relief), best) for relief, best in zip(reliefs, least, strict=True)]
        yield Figure(f"{shape}: gap to the optimum, mean of {len(ours)}", fmean(ours), "%", at_most=AT_MOST)
        yield Figure(f"{shape}: gap, worst", max(ours), "%")
        yield Figure(f"{shape}, cheapest first: gap, mean", fmean(others), "%")
        yield time_figure(f"{shape}: plan", timed(partial(make_plan, reliefs[0].cluster, reliefs[0].policy), 3))


def _library() -> ModuleType | None:
    try:
        import highspy  # noqa: PLC0415 - all other cases do without
    except ImportError:
        print("  skipped: the optimum needs highspy (pip install highspy)")
        return None
    return highspy


def _gap(effort: float, best: float) -> float:
    return 100.0 * (effort / best - 1.0) if best else 0.0


def _ours(relief: Relief) -> float:
    plan = make_plan(relief.cluster, relief.policy)
    if plan.after.violations:
        raise AssertionError(f"not relieved: {plan.after.violations[0].reason}")
    return relief.effort(planned.move.vmid for planned in plan.moves)


def _theirs(relief: Relief) -> float:
    """Infinite where they get stuck."""
    moved = cheapest_first(relief)
    return float("inf") if moved is None else relief.effort(moved)
