# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The processors of the target can be what the guest takes them for (drs-model 3.3)."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.per_pair import PairConstraint
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.details import NodeDetails

# They promise the guest what every processor of 64 bits has; who has no type gets kvm64.
PLAIN_TYPES: frozenset[str | None] = frozenset({None, "kvm64", "qemu64", "kvm32", "qemu32"})
# Flags by the names of Linux, beyond those that every processor of 64 bits has (System V ABI for x86-64).
_SECOND = frozenset({"popcnt", "pni", "sse4_1", "sse4_2", "ssse3"})
_THIRD = _SECOND | {"aes", "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"}
FLAGS: Mapping[str, frozenset[str]] = {
    "x86-64-v2": _SECOND,
    "x86-64-v2-AES": _SECOND | {"aes"},
    "x86-64-v3": _THIRD,
    "x86-64-v4": _THIRD | {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"},
}


def build(given: Given) -> PairConstraint:
    """Processors are known of nodes that were asked, which are both ends of every move that is made (pve-api 3.5)."""
    known = {node.name: node.details for node in given.cluster.nodes if node.details}
    labels = given.policy.cpu_classes

    def reason(guest: Guest, source: str, target: str) -> str | None:
        kind = str(guest.config and guest.config.cpu)
        if source in labels and labels[source] == labels.get(target):
            return None
        if _is_bound(kind):
            return _other_class(kind, source, target, labels, known)
        here, there = known.get(source), known.get(target)
        return _missing(kind, target, here, there) if here and there else None

    return PairConstraint(name="cpu_type", concerns=_is_asked, reason=reason)


def _is_asked(guest: Guest) -> bool:
    return guest.type == "qemu" and guest.config is not None and guest.config.cpu not in PLAIN_TYPES


def _is_bound(kind: str) -> bool:
    """It shows the guest the processor of its host; what a custom type shows only its file tells."""
    return kind in ("host", "max") or kind.startswith("custom-")


def _other_class(
    kind: str, source: str, target: str, labels: Mapping[str, str], known: Mapping[str, NodeDetails]
) -> str | None:
    """A label replaces what a node says of itself."""
    here, there = (_class_of(name, labels, known) for name in (source, target))
    if here is None or there is None or here == there:
        return None
    return f"its cpu type {kind} needs processors like those of {source} ({here}), {target} has others ({there})"


def _class_of(node: str, labels: Mapping[str, str], known: Mapping[str, NodeDetails]) -> str | None:
    if node in labels:
        return labels[node]
    details = known.get(node)
    return " ".join(filter(None, (details.cpu_vendor, details.cpu_model))) or None if details else None


def _missing(kind: str, target: str, here: NodeDetails, there: NodeDetails) -> str | None:
    """A node whose own flags do not explain why the guest runs there does not tell all of them."""
    needed = FLAGS.get(kind)
    if needed is not None and needed <= here.cpu_flags and there.cpu_flags:
        missing = ", ".join(sorted(needed - there.cpu_flags))
        return f"its cpu type {kind} needs {missing}, which {target} does not have" if missing else None
    vendors = here.cpu_vendor, there.cpu_vendor
    if None in vendors or vendors[0] == vendors[1]:
        return None
    return f"its cpu type {kind} stays with processors of {vendors[0]}, those of {target} are of {vendors[1]}"
