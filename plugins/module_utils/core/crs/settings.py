# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What policy crs takes over from the cluster: how Proxmox's own balancer is set there (drs-model 6.12, proxmox-crs 7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.version import numbers_of
from ansible_collections.pve.drs.plugins.module_utils.core.crs.imbalance import NORMALISED, RAW
from ansible_collections.pve.drs.plugins.module_utils.core.crs.rounds import CRS_METHODS
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy

AUTO = "auto"
MODES, GENERATIONS = ("dynamic", "static"), (RAW, NORMALISED)
# By the field of the policy, how it is called to users.
TAKEN_OVER = {
    "crs_generation": "generation",
    "crs_mode": "mode",
    "crs_method": "method",
    "crs_threshold": "threshold",
    "crs_margin": "margin",
    "hold": "hold",
}
# The first release with the normalised imbalance, and options in percent of it.
NORMALISED_SINCE = (9, 2)
# A raw imbalance of so much takes more than a hundred nodes: options that are higher can only be in percent.
SURELY_PERCENT = 10.0


def with_fields(policy: Policy, fields: dict[str, Any]) -> Policy:
    """These fields instead. Whatever is given is not taken over from the cluster, unless it is `auto`."""
    given = {name: value for name, value in fields.items() if value != AUTO}
    auto = (policy.crs_auto - given.keys()) | (fields.keys() - given.keys())
    return replace(policy, **{"crs_auto": auto, **given})


def settled(policy: Policy, cluster: Cluster) -> Policy:
    """With what is taken over from the cluster; what it does not set is as the policy has it.

    Raises BadPolicy where Proxmox chooses by a method that is not known here.
    """
    fields = {name: value for name, value in _set(cluster).items() if name in policy.crs_auto and value is not None}
    method = fields.get("crs_method", policy.crs_method)
    if method not in CRS_METHODS:
        raise BadPolicy(f"crs ha-auto-rebalance-method is {method}; known are {', '.join(CRS_METHODS)}: set crs_method")
    return replace(policy, **fields)


def _set(cluster: Cluster) -> dict[str, Any]:
    """Fields of the policy; None is not set. A mode that balances nothing is none."""
    crs = cluster.crs
    hold = None if crs.hold_rounds is None else max(1, crs.hold_rounds)
    return {
        "crs_generation": _generation(cluster),
        "crs_mode": crs.mode if crs.mode in MODES else None,
        "crs_method": crs.method,
        "crs_threshold": _share(cluster, crs.threshold),
        "crs_margin": _share(cluster, crs.margin),
        "hold": hold,
    }


def _generation(cluster: Cluster) -> str | None:
    """By the version, and by options that only the newer one can have; None where the version is not known."""
    if not cluster.version:
        return None
    has_percent = max(cluster.crs.threshold or 0.0, cluster.crs.margin or 0.0) >= SURELY_PERCENT
    return NORMALISED if has_percent or numbers_of(cluster.version) >= NORMALISED_SINCE else RAW


def _share(cluster: Cluster, written: float | None) -> float | None:
    """A fraction of the imbalance, in whatever unit this version has it."""
    return None if written is None else written / (1.0 if _generation(cluster) == RAW else 100.0)


def settings_notices(policy: Policy, cluster: Cluster) -> Iterator[str]:
    """Which settings were read, and which of those that may be are not set."""
    read, wanted = _set(cluster), [name for name in TAKEN_OVER if name in policy.crs_auto]
    taken = ", ".join(_told(policy, name) for name in wanted if read[name] is not None)
    left = ", ".join(_told(policy, name) for name in wanted if read[name] is None)
    if taken:
        version = f" (Proxmox VE {cluster.version})" if cluster.version else ""
        yield f"as the cluster{version} has it for Proxmox's own balancer: {taken}"
    if left:
        yield f"not set in the cluster, and by the policy: {left}"


def _told(policy: Policy, field: str) -> str:
    value = getattr(policy, field)
    shown = f"{100 * value:g} %" if isinstance(value, float) else f"{value} runs" if field == "hold" else value
    return f"{TAKEN_OVER[field]} {shown}"
