# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The option `pools` -> pools; every complaint names the pool."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from math import inf, isfinite
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.pools import (
    BY_COUNT,
    BY_SHARES,
    CPU,
    FIXED,
    LEVELS,
    MEMORY,
    NOBODY,
    Pool,
    Terms,
)
from ansible_collections.pve.drs.plugins.module_utils.core.pools.declared import mistakes
from ansible_collections.pve.drs.plugins.module_utils.glue.rule_options import selector_from, truth_from

Given = Mapping[str, Any]
AMOUNT = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*(?:([KMGT])(?:i?B)?)?\s*", re.IGNORECASE)
UNITS = {"K": 2.0**10, "M": 2.0**20, "G": 2.0**30, "T": 2.0**40}
GUEST_TERMS = ("shares", "reservation", "limit")
POOL_TERMS = (*GUEST_TERMS, "expandable", "scalable")
# What may be given once for both resources.
SHARED_TERMS = ("shares", "expandable", "scalable")
POOL_KEYS = ("name", "parent", "children", "members", "guests", CPU, MEMORY, *SHARED_TERMS)
GUEST_KEYS = ("vmid", CPU, MEMORY, "shares")
VMIDS = range(100, 1_000_000_000)


def pools_from(given: Sequence[Given]) -> tuple[Pool, ...]:
    """Raises BadPolicy with everything that makes no sense, whatever the cluster looks like."""
    pools = tuple(_pools(given, None))
    wrong = tuple(dict.fromkeys(mistakes(pools)))
    if wrong:
        raise BadPolicy(f"pools: {'; '.join(wrong)}")
    return pools


def _pools(given: object, parent: str | None) -> Iterator[Pool]:
    """Children right after the pool that they are in."""
    where = f"pool {parent}: children" if parent else "pools"
    for place, entry in enumerate(_list(given, where), start=1):
        if not isinstance(entry, Mapping):
            raise BadPolicy(
                f"{where}: entry number {place} is {entry!r}, but must be a dictionary such as {{name: web}}"
            )
        name = _name(entry.get("name"), f"{where}: pool number {place}")
        yield _pool(entry, name, parent)
        yield from _pools(entry.get("children") or [], name)


def _name(given: object, where: str) -> str:
    """Names are not made of other things, as parents have to be named the same way."""
    if given is None or (isinstance(given, str) and not given.strip()):
        raise BadPolicy(f"{where} has no name")
    if not isinstance(given, str):
        raise BadPolicy(f"{where} has the name {given}, but a name must be a text; put quotes around it")
    return given


def _pool(given: Given, name: str, parent: str | None) -> Pool:
    where = f"pool {name}"
    _require_known(given, POOL_KEYS, where)
    named = given.get("parent")
    if parent is not None and named not in (None, parent):
        raise BadPolicy(f"{where}: is among the children of {parent}, and its parent is {named}")
    shared = {key: given[key] for key in SHARED_TERMS if given.get(key) is not None}
    return Pool(
        name=name,
        parent=parent if named is None else str(named),
        terms=_both_terms(given, shared, POOL_TERMS, where),
        members=selector_from(given["members"], where) if given.get("members") is not None else NOBODY,
        guests=_guests(given, where),
    )


def _guests(given: Given, where: str) -> dict[int, Mapping[str, Terms]]:
    found: dict[int, Mapping[str, Terms]] = {}
    for entry in _list(given.get("guests") or [], f"{where}: guests"):
        vmid, terms = _guest(entry, where)
        if vmid in found:
            raise BadPolicy(f"{where}: guests: guest {vmid} is given more than once")
        found[vmid] = terms
    return found


def _guest(given: object, where: str) -> tuple[int, Mapping[str, Terms]]:
    if not isinstance(given, Mapping):
        raise BadPolicy(
            f"{where}: guests: {given!r} must be a dictionary such as {{vmid: 101, cpu: {{reservation: 2}}}}"
        )
    _require_known(given, GUEST_KEYS, f"{where}: guests")
    text = str(given.get("vmid")).strip()
    if isinstance(given.get("vmid"), bool) or not text.isdecimal() or int(text) not in VMIDS:
        raise BadPolicy(f"{where}: guests: vmid is {given.get('vmid')}, but must be the number of a guest")
    shared = {"shares": given["shares"]} if given.get("shares") is not None else {}
    return int(text), _both_terms(given, shared, GUEST_TERMS, f"{where}: guest {text}")


def _both_terms(given: Given, shared: Given, keys: Sequence[str], where: str) -> dict[str, Terms]:
    return {
        part: _terms({**shared, **_dict(given.get(part), f"{where}: {part}", keys)}, part, where)
        for part in (CPU, MEMORY)
    }


def _terms(given: Given, resource: str, where: str) -> Terms:
    at = f"{where}: {resource}"
    return Terms(
        shares=_shares(given.get("shares", "normal"), f"{at}: shares"),
        reservation=_amount(given.get("reservation", 0), resource, f"{at}: reservation"),
        limit=inf if given.get("limit") is None else _amount(given["limit"], resource, f"{at}: limit"),
        expandable=truth_from(given.get("expandable", True), f"{at}: expandable"),
        scalable=_scalable(given.get("scalable", False), f"{at}: scalable"),
    )


def _shares(given: object, where: str) -> str | int:
    """A level, or a whole number, which templates may have made a text."""
    text = str(given).strip().lower()
    if text in LEVELS:
        return text
    if isinstance(given, bool) or not re.fullmatch(r"-?\d{1,20}", text):
        raise BadPolicy(f"{where} is {given}, but must be {', '.join(LEVELS)}, or a whole number")
    return int(text)


def _scalable(given: object, where: str) -> str:
    if str(given).lower() in (BY_SHARES, BY_COUNT):
        return str(given).lower()
    return BY_SHARES if truth_from(given, where) else FIXED


def _amount(given: object, resource: str, where: str) -> float:
    """Cores; or MiB, as in Proxmox VE, and texts such as 64G."""
    found = None if isinstance(given, bool) else AMOUNT.fullmatch(str(given))
    if found is None or (resource == CPU and found[2]) or not isfinite(float(found[1])):
        example = "cores, such as 2 or 0.5" if resource == CPU else "MiB, or a text such as 64G"
        raise BadPolicy(f"{where} is {given}, but must be a number of {example}")
    return float(found[1]) * (1.0 if resource == CPU else UNITS[(found[2] or "M").upper()])


def _dict(given: object, where: str, keys: Sequence[str]) -> Given:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise BadPolicy(f"{where} is {given!r}, but must be a dictionary of {', '.join(keys)}")
    _require_known(given, keys, where)
    return {key: value for key, value in given.items() if value is not None}


def _list(given: object, where: str) -> Sequence[Any]:
    if not isinstance(given, list | tuple):
        raise BadPolicy(f"{where} is {given!r}, but must be a list")
    return given


def _require_known(given: Given, keys: Sequence[str], where: str) -> None:
    unknown = [key for key in given if key not in keys]
    if unknown:
        raise BadPolicy(f"{where}: {unknown[0]} is not known here; known are {', '.join(keys)}")
