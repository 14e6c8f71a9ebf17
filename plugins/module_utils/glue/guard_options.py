# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Options that close targets for technical reasons: how full they may become, and which nodes are alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy

Params = Mapping[str, Any]


def guards(params: Params) -> dict[str, Any]:
    """Fields of the policy. Raises BadPolicy."""
    return {
        "max_disk_usage": params["max_disk_usage"] / 100,
        "memory_overcommit": params["memory_overcommit"],
        "cpu_overcommit": params["cpu_overcommit"],
        "cpu_classes": _labels(params, "cpu_classes"),
        "host_layouts": _labels(params, "host_layouts"),
    }


def require_labelled_nodes(policy: Policy, cluster: Cluster) -> None:
    """Raises BadPolicy where a node is labelled that the cluster does not have."""
    for option, labels in (("cpu_classes", policy.cpu_classes), ("host_layouts", policy.host_layouts)):
        unknown = ", ".join(sorted(labels.keys() - cluster.node_by_name.keys()))
        if unknown:
            known = ", ".join(cluster.node_by_name)
            raise BadPolicy(f"{option} names {unknown}, but cluster {cluster.name} has only {known}")


def _labels(params: Params, option: str) -> dict[str, str]:
    """By node; numbers may be labels, nothing may not."""
    wrong = sorted(str(node) for node, label in params[option].items() if not _is_label(label))
    if wrong:
        raise BadPolicy(f"{option}: {', '.join(wrong)} must have a label, such as {{pve1: rome, pve2: rome}}")
    return {str(node): str(label) for node, label in params[option].items()}


def _is_label(value: object) -> bool:
    return isinstance(value, str | int | float) and bool(str(value).strip())
