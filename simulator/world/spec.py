# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Everything a world is made from, as plain data: scenario files and builders end here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .faults import Fault
from .ha_data import NO_HA, HaSpec
from .model import DeviceMapping, Guest, Node, Pool, Storage
from .replication import ReplicationJob

PROFILES = ("8.4", "9.0", "9.2")


@dataclass(frozen=True)
class User:
    """An account `name@realm`; without a password it cannot log in. `expires` in seconds since the epoch, 0 is never."""

    userid: str
    password: str | None = None
    is_enabled: bool = True
    groups: tuple[str, ...] = ()
    comment: str = ""
    expires: int = 0
    particulars: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Token:
    """An API token of a user; `expires` in seconds since the epoch, 0 is never."""

    userid: str
    tokenid: str
    secret: str
    privilege_separation: bool = True
    comment: str = ""
    expires: int = 0


@dataclass(frozen=True)
class AclEntry:
    """A role for a user, group or token (`kind`) on a path."""

    path: str
    kind: str
    subject: str
    role: str
    propagate: bool = True


@dataclass(frozen=True)
class Access:
    """Users, groups, tokens, own roles (name -> privileges) and the access list."""

    users: tuple[User, ...] = ()
    groups: tuple[str, ...] = ()
    tokens: tuple[Token, ...] = ()
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    acl: tuple[AclEntry, ...] = ()


@dataclass(frozen=True)
class Event:
    """Something that happens by itself: `action` names a method of the world, called with `arguments`."""

    after_seconds: float
    action: str
    arguments: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class WorldSpec:
    """A cluster at its first moment (start: epoch seconds; history_seconds: recorded time before it)."""

    name: str
    profile: str
    seed: int
    start: float
    nodes: tuple[Node, ...]
    guests: tuple[Guest, ...] = ()
    storages: tuple[Storage, ...] = ()
    pools: tuple[Pool, ...] = ()
    mappings: tuple[DeviceMapping, ...] = ()
    replication: tuple[ReplicationJob, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)
    access: Access = Access()
    ha: HaSpec = NO_HA
    faults: tuple[Fault, ...] = ()
    events: tuple[Event, ...] = ()
    history_seconds: float = 0.0
    why: str = ""
