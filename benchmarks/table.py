# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The table that a run prints: one line for each figure."""

from benchmarks.figure import Figure

NAME = 58
HEAD = (
    "Times are seconds of cpu: the median and the least of the runs; beside them the median by the clock, which a busy\n"
    "machine makes longer. Ratio is what another needs by what ours needs; last is the value of the last run here.\n\n"
    f"{'':<{NAME}} {'median':>9} {'unit':<7} {'least':>8} {'clock':>8} {'at most':>8} {'ratio':>7} {'last':>9}"
)


def line(figure: Figure, before: float | None) -> str:
    numbers = (
        f"{_number(figure.value):>9} {figure.unit:<7} {_number(figure.least):>8} {_number(figure.clock):>8} "
        f"{_number(figure.at_most):>8} {_number(figure.ratio):>7} {_number(before):>9}"
    )
    verdict = "" if figure.keeps_its_promise else "  BROKEN"
    return f"  {figure.name:<{NAME - 2}} {numbers}{verdict}".rstrip()


def _number(value: float | None) -> str:
    """Three digits that count; nothing where there is nothing to tell."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
