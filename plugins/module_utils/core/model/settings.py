# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Options of a guest's configuration that pools stand behind, as they are, were and are to be (drs-model 5.9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

CPUUNITS, CPULIMIT, BALLOON, SHARES = "cpuunits", "cpulimit", "balloon", "shares"
OPTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"qemu": (CPUUNITS, CPULIMIT, BALLOON, SHARES), "lxc": (CPUUNITS, CPULIMIT)}
)
# Read to know how large a container is, and never written.
CORES = "cores"
CPU_OPTIONS = frozenset({CPUUNITS, CPULIMIT})
# Texts by option, as Proxmox VE tells them; an option that is not set is left out.
Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Kept:
    """What was in an option `before` we wrote to it, None where it was not set, and what was `written`, at `time`.

    `earlier` is what we wrote before that, as long as it is not sure that it was replaced; `declaration` stands for the
    pools that it was written for.
    """

    vmid: int
    option: str
    before: str | None
    written: str
    earlier: str | None = None
    time: float = 0.0
    declaration: str = ""

    def is_in(self, found: str | None) -> bool:
        """Whether what is found in the option comes from us."""
        return found is not None and found in (self.written, self.earlier)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """From what an option was found at to what it is to be, None for not set; `former` is what is not ours."""

    vmid: int
    option: str
    found: str | None
    value: str | None
    former: str | None

    @property
    def restores(self) -> bool:
        """Nothing of ours is left in the option then."""
        return self.value == self.former
