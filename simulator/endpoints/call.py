# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What a handler gets to see of a request, and the forms of its answer."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.access import Access
from simulator.answers import failure
from simulator.login import Login
from simulator.world.tasks import Caller

if TYPE_CHECKING:
    from simulator.world.world import World

Row = dict[str, Any]


@dataclass(frozen=True)
class Counted:
    """A list with the number of entries there would be without paging (`total` in the envelope)."""

    rows: list[Row]
    total: int


@dataclass(frozen=True)
class Call:
    """One request on its way to a handler; `node` is the node that answers."""

    world: World
    access: Access
    login: Login
    caller: Caller
    node: str
    params: dict[str, Any]
    order: random.Random
    fingerprint: str = ""

    @property
    def profile(self) -> str:
        """The PVE generation that the answering node runs."""
        return self.world.profile_of(self.node)

    @property
    def is_nine(self) -> bool:
        """PVE 9.0 or later."""
        return self.profile != "8.4"

    @property
    def subject(self) -> str:
        """User or full token id, as the access control list names it."""
        return self.caller.full

    def may(self, path: str, privilege: str) -> bool:
        """Say whether the caller holds a privilege on a path."""
        return self.access.has(self.subject, path, privilege)

    def param(self, name: str, otherwise: Any = None) -> Any:
        """Give a parameter, or something else when it was not sent."""
        return self.params.get(name, otherwise)

    def shuffled(self, items: Iterable[Any]) -> list[Any]:
        """List things in the random order in which the real daemons answer hashes."""
        result = list(items)
        self.order.shuffle(result)
        return result


Handler = Callable[[Call], Any]


def require_lock(call: Call, what: str) -> None:
    """Writing users, roles, pools and permissions needs the lock of the file that holds them."""
    if not call.world.is_quorate(call.node):
        raise failure(f"{what}: cfs-lock 'file-user_cfg' error: no quorum!")


def present(**fields: Any) -> Row:
    """Build a row without the fields that are None (absent in the real answers)."""
    return {name: value for name, value in fields.items() if value is not None}


def digest_of(content: Any) -> str:
    """Give the digest of a configuration: the same content, the same forty digits."""
    return hashlib.sha1(json.dumps(content, sort_keys=True, default=str).encode(), usedforsecurity=False).hexdigest()
