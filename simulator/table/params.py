# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Parameters that several methods share."""

from __future__ import annotations

from typing import Any

from .types import Param, optional

NODE = Param("node", format="pve-node")
VMID = Param("vmid", "integer", minimum=100, maximum=999999999, format="pve-vmid")
STORAGE = Param("storage", format="pve-storage-id")
UPID = Param("upid")
SID = Param("sid", format="pve-ha-resource-or-vm-id")
POOLID = Param("poolid", format="pve-poolid")
TARGET = Param("target", format="pve-node")

CF = Param("cf", optional=True, enum=("AVERAGE", "MAX"))
TIMEFRAME = Param("timeframe", enum=("hour", "day", "week", "month", "year"))
NODE_TIMEFRAMES = (
    Param("timeframe", enum=("hour", "day", "week", "month", "year"), until="8.4"),
    Param("timeframe", enum=("hour", "day", "week", "month", "year", "decade"), since="9.0"),
)

GUEST = (NODE, VMID)
MAYBE_VMID = optional(VMID)


def flag(name: str, default: int | None = None, **traits: Any) -> Param:
    """Declare an optional boolean."""
    return Param(name, "boolean", optional=True, default=default, **traits)


def text(name: str, **traits: Any) -> Param:
    """Declare an optional string."""
    return Param(name, optional=True, **traits)


def count(name: str, minimum: float | None = None, maximum: float | None = None, **traits: Any) -> Param:
    """Declare an optional integer."""
    return Param(name, "integer", optional=True, minimum=minimum, maximum=maximum, **traits)


def number(name: str, minimum: float | None = None, maximum: float | None = None, **traits: Any) -> Param:
    """Declare an optional number."""
    return Param(name, "number", optional=True, minimum=minimum, maximum=maximum, **traits)
