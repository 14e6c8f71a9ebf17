# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Processors: what nodes have, what guests ask for, and what a node lacks for a guest."""

from __future__ import annotations

import re

from .model import Guest, Node

INTEL, AMD = "GenuineIntel", "AuthenticAMD"
FAMILIES = {INTEL: "6", AMD: "25"}
# What each level of x86-64 adds, as /proc/cpuinfo spells it.
LEVELS = (
    "fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat clflush mmx fxsr sse sse2 ht syscall nx lm",
    "rdtscp pdpe1gb pni ssse3 cx16 sse4_1 sse4_2 popcnt lahf_lm x2apic pclmulqdq aes",
    "avx f16c fma avx2 bmi1 bmi2 abm movbe xsave fsgsbase rdrand",
    "avx512f avx512dq avx512cd avx512bw avx512vl",
)
OWN = {INTEL: "vmx ss pcid", AMD: "svm sse4a"}
# Processor types named after a family of one vendor: its vendor and its level of x86-64.
FAMILY_TYPES = (
    (r"EPYC-(?:Genoa|Turin)", AMD, 4), (r"EPYC", AMD, 3), (r"Opteron_G[45]|Opteron", AMD, 2), (r"athlon|phenom", AMD, 1),
    (r"Skylake-Client|Haswell|Broadwell", INTEL, 3),
    (r"Skylake-Server|Cascadelake|Cooperlake|Icelake|SapphireRapids|GraniteRapids", INTEL, 4),
    (r"SierraForest|ClearwaterForest", INTEL, 3), (r"Nehalem|Westmere|SandyBridge|IvyBridge", INTEL, 2),
    (r"Conroe|Penryn|core2duo|coreduo", INTEL, 1),
)  # fmt: skip
MARKERS = {INTEL: {"pcid"}, AMD: {"sse4a"}}
# Common where a level is, but not part of it.
COMPANIONS = {"pclmulqdq", "pdpe1gb", "rdtscp", "x2apic", "rdrand", "fsgsbase", "ht"}
DEFAULT_TYPE = "kvm64"


def flags(node: Node) -> tuple[str, ...]:
    """All flags of a node's processors."""
    words = " ".join(LEVELS[: node.cpu_level]) + f" {OWN[node.cpu_vendor]}"
    return (*words.split(), *node.cpu_flags)


def cpu_type(guest: Guest) -> str:
    """The processor type that a guest's config asks for: host, x86-64-v3, EPYC, custom-name, ..."""
    text = str(guest.config.get("cpu") or DEFAULT_TYPE)
    named = re.search(r"(?:^|,)cputype=([^,]+)", text)
    return named[1] if named else text.split(",", maxsplit=1)[0]


def is_host_type(guest: Guest) -> bool:
    """Whether the guest sees the processor of its node rather than a defined one."""
    kind = cpu_type(guest)
    return kind in ("host", "max") or kind.startswith("custom-")


def missing_flags(guest: Guest, node: Node) -> list[str]:
    """Flags that the guest's processor type demands and the node does not have."""
    return sorted((_of_type(cpu_type(guest)) | _asked_for(guest)) - set(flags(node)))


def differs(guest: Guest, source: Node, target: Node) -> bool:
    """Whether a guest that sees its node's processor would lose something, or meet another vendor, on the target."""
    if not is_host_type(guest):
        return False
    return source.cpu_vendor != target.cpu_vendor or not set(flags(source)) <= set(flags(target))


def _of_type(kind: str) -> set[str]:
    if level := re.fullmatch(r"x86-64-v([1-4])(-AES)?", kind):
        has_aes = level[2] or int(level[1]) > 2
        return _level(int(level[1])) - (set() if has_aes else {"aes"})
    for pattern, vendor, step in FAMILY_TYPES:
        if re.match(pattern, kind):
            return (_level(step) - {"aes"}) | MARKERS[vendor]
    return set()


def _level(number: int) -> set[str]:
    return set(" ".join(LEVELS[:number]).split()) - COMPANIONS


def _asked_for(guest: Guest) -> set[str]:
    """Flags that the config switches on by name, as far as processors have them."""
    found = re.search(r"flags=([^,]+)", str(guest.config.get("cpu") or ""))
    known = set(" ".join((*LEVELS, *OWN.values())).split())
    return {flag[1:] for flag in found[1].split(";") if flag[:1] == "+" and flag[1:] in known} if found else set()
