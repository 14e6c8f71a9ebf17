# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Changes of a config that wait until the guest is started again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

GRACEFUL, FORCED = 1, 2


@dataclass(slots=True)
class Pending:
    """New values by option, and options that will be taken away, each GRACEFUL or FORCED."""

    values: dict[str, object] = field(default_factory=dict)
    removals: dict[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.values or self.removals)

    def want(self, option: str, value: object) -> None:
        """An option shall have this value."""
        self.values[option] = value
        self.removals.pop(option, None)

    def drop(self, option: str, how: int) -> None:
        """An option shall be taken away."""
        self.values.pop(option, None)
        self.removals[option] = how

    def forget(self, options: Iterable[str]) -> None:
        """These options stay as they are, or have become what was wanted."""
        for option in options:
            self.values.pop(option, None)
            self.removals.pop(option, None)

    def tidy(self, config: Mapping[str, object]) -> None:
        """Forget what is so already."""
        same = [key for key, value in self.values.items() if key in config and str(config[key]) == str(value)]
        self.forget([*same, *(key for key in self.removals if key not in config)])

    def merged(self, config: Mapping[str, object]) -> dict[str, object]:
        """The config as it will be after the next start."""
        return {key: value for key, value in {**config, **self.values}.items() if key not in self.removals}
