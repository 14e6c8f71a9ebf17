# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Checks of the technical guards for the judge (drs-model 3.3), with arithmetic of their own."""

from collections import Counter
from collections.abc import Callable, Iterator

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Step
from ansible_collections.pve.drs.tests.unit.ledger import GIB, SLACK, Case, Ledger, is_running, steps_of

LEVEL_TWO = {"popcnt", "pni", "sse4_1", "sse4_2", "ssse3"}
LEVELS = {
    "x86-64-v2": LEVEL_TWO,
    "x86-64-v2-AES": LEVEL_TWO | {"aes"},
    "x86-64-v3": LEVEL_TWO | {"aes", "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"},
}


def nothing_works_on_moved_guests(case: Case) -> Iterator[str]:
    yield from (
        f"{p.move}: {case.cluster.tasks[p.move.vmid]}" for p in case.plan.moves if p.move.vmid in case.cluster.tasks
    )


def obstacles_are_respected(case: Case) -> Iterator[str]:
    for planned in case.plan.moves:
        known = case.cluster.preconditions.get(planned.move.vmid)
        parts = (known.storage, known.devices, known.replication, known.ha) if known else ()
        if any(part.anywhere or planned.move.target in part.by_node for part in parts):
            yield f"{planned.move}: {known}"


def needed_storages_answer(case: Case) -> Iterator[str]:
    for planned, guest, _source, target in _ends(case):
        if guest.config and guest.config.storages & target.lost_storages:
            yield f"{planned.move}: {target.lost_storages} is lost"


def processors_fit(case: Case) -> Iterator[str]:
    for planned, guest, source, target in _ends(case):
        kind = guest.config.cpu if guest.config and guest.type == "qemu" else None
        labels = case.policy.cpu_classes
        label = labels.get(source.name)
        if kind in {None, "kvm64"} or (label and label == labels.get(target.name)):
            continue
        if not _fits(str(kind), source, target, labels):
            yield f"{planned.move}: {kind}"


def _fits(kind: str, source: Node, target: Node, labels: dict[str, str]) -> bool:
    """As far as both nodes tell."""
    here, there = source.details, target.details
    if kind == "host" or kind.startswith("custom"):
        classes = [labels.get(n.name) or (n.details and n.details.cpu_model) for n in (source, target)]
        return not all(classes) or classes[0] == classes[1]
    if here is None or there is None:
        return True
    needed = LEVELS.get(kind)
    if needed and needed <= here.cpu_flags and there.cpu_flags:
        return needed <= there.cpu_flags
    return not (here.cpu_vendor and there.cpu_vendor) or here.cpu_vendor == there.cpu_vendor


def versions_never_go_back(case: Case) -> Iterator[str]:
    for planned, _guest, source, target in _ends(case):
        told = [node.details.version for node in (source, target) if node.details and node.details.version]
        if len(told) == 2 and [int(n) for n in told[0].split(".")] > [int(n) for n in told[1].split(".")]:
            yield f"{planned.move}: from {told[0]} to {told[1]}"


def bound_guests_keep_their_layout(case: Case) -> Iterator[str]:
    labels = case.policy.host_layouts
    for planned, guest, source, target in _ends(case):
        config = guest.config
        is_bound = config and (config.hugepages or config.affinity or config.hostnodes)
        if is_bound and (source.name not in labels or labels[source.name] != labels.get(target.name)):
            yield f"{planned.move}: {target.name} is not like {source.name}"


def _ends(case: Case) -> Iterator[tuple]:
    nodes = case.cluster.node_by_name
    for planned in case.plan.moves:
        yield (
            planned,
            case.cluster.guest_by_vmid[planned.move.vmid],
            nodes[planned.move.source],
            nodes[planned.move.target],
        )


# --- what several guests share ----------------------------------------------------------------------------------------


def storages_hold_what_comes(case: Case) -> Iterator[str]:
    """All that the plan has brought so far; nothing is credited for what has left."""
    come: Counter[tuple[str, str]] = Counter()
    visible = {storage.id for node in case.cluster.nodes for storage in node.local_storages or ()}
    for planned in case.plan.moves:
        known = case.cluster.preconditions.get(planned.move.vmid)
        for name, size in known.copied.items() if known else ():
            if name in visible:
                come[planned.move.target, name] += size
    for (node, name), size in come.items():
        storages = {s.id: s for s in case.cluster.node_by_name[node].local_storages or ()}
        if name not in storages or 1.05 * size > storages[name].total_bytes - storages[name].used_bytes + SLACK:
            yield f"{name} of {node} has no room for {size / GIB:.1f} GiB"
        elif (
            case.policy.max_disk_usage
            and size + storages[name].used_bytes > case.policy.max_disk_usage * storages[name].total_bytes + GIB / 2**20
        ):
            yield f"{name} of {node} is filled beyond {case.policy.max_disk_usage}"


def devices_are_free(case: Case) -> Iterator[str]:
    for node, guests, movers in _crowds(case):
        users = Counter(name for guest in guests if guest.config for name in guest.config.mapped)
        wanted = {name for guest in movers if guest.config for name in guest.config.mapped}
        for name in wanted & case.cluster.mapped_devices.keys():
            if users[name] > case.cluster.mapped_devices[name].get(node.name, 0):
                yield f"{users[name]} guests want {name} on {node.name}"


def promises_are_bounded(case: Case) -> Iterator[str]:
    for node, guests, movers in _crowds(case):
        if not movers or node.capacity is None:
            continue
        policy, threads = case.policy, node.capacity.cpu / (node.speed * node.thread_share)
        vcpus = sum(guest.size.cpu if guest.vcpus is None else guest.vcpus for guest in guests)
        if policy.cpu_overcommit and vcpus > policy.cpu_overcommit * threads + SLACK:
            yield f"{node.name} has {vcpus} vCPUs on {threads} threads"
        size, merged = node.capacity.memory, node.details.ksm_bytes if node.details else 0.0
        room = policy.memory_overcommit * (size - max(GIB, 0.02 * size)) + (merged or 0.0)
        promised = sum(map(_kept, guests))
        if policy.memory_overcommit and node.tells_balloons and promised > room * (1 + SLACK):
            yield f"{node.name} has promised {promised / GIB:.1f} GiB of {room / GIB:.1f}"


def _kept(guest: Guest) -> float:
    """What ballooning does not take back."""
    balloon = guest.balloon
    works = balloon is not None and balloon.shares and 0 < balloon.least_bytes < guest.size.memory
    return balloon.least_bytes if works else guest.size.memory


def _crowds(case: Case) -> Iterator[tuple[Node, list[Guest], list[Guest]]]:
    """Each target of a step: who runs or arrives there while the step runs, and who of them the step brings."""
    for step, before, _unused in steps_of(case):
        for name in {planned.move.target for planned in step.moves}:
            here = _present(case, step, before, name)
            running = [guest for vmid in sorted(here) if is_running(guest := case.cluster.guest_by_vmid[vmid])]
            coming = {planned.move.vmid for planned in step.moves if planned.move.target == name}
            yield case.cluster.node_by_name[name], running, [guest for guest in running if guest.vmid in coming]


def _present(case: Case, step: Step, before: Ledger, name: str) -> set[int]:
    """Guests there, on their way there, or on their way to nobody knows where."""
    here = {vmid for vmid, node in before.where.items() if node == name}
    coming = {planned.move.vmid for planned in step.moves if planned.move.target == name}
    lost = {m.vmid for m in case.cluster.migrations if m.target == name or m.target not in case.cluster.node_by_name}
    return here | coming | (lost & case.cluster.guest_by_vmid.keys())


GUARD_CHECKS: dict[str, Callable[[Case], Iterator[str]]] = {
    check.__name__: check
    for check in (
        nothing_works_on_moved_guests,
        obstacles_are_respected,
        needed_storages_answer,
        processors_fit,
        versions_never_go_back,
        bound_guests_keep_their_layout,
        storages_hold_what_comes,
        devices_are_free,
        promises_are_bounded,
    )
}
