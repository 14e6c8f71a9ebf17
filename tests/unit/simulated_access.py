# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A simulated cluster whose administrator makes tokens with drs_access."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.access import keep_access
from ansible_collections.pve.drs.plugins.module_utils.glue.access_options import granting
from ansible_collections.pve.drs.plugins.module_utils.glue.result import Result
from ansible_collections.pve.drs.plugins.module_utils.pve.client import Client
from ansible_collections.pve.drs.tests.unit.simulated import BY_HAND, Scene, VirtualClock, connect, uneven
from simulator.access import Access
from simulator.scenario import read_scenario
from simulator.server import Running, running
from simulator.world.world import World

ROOT, PASSWORD = "root@pam", "password-of-root"
TOKEN = "new@pve!balance"
USER = TOKEN.partition("!")[0]
SPEC = arguments.connection() | granting()
DEFAULTS = {name: option.get("default") for name, option in SPEC.items()}


def with_root(scenario: dict[str, Any]) -> dict[str, Any]:
    """The scenario with somebody who may do everything."""
    scenario = copy.deepcopy(scenario)
    scenario["users"] = {**scenario.get("users", {}), ROOT: {"password": PASSWORD}}
    return scenario


def login_of(sim: Running) -> dict[str, Any]:
    """Options with which root gets in."""
    reached = connect(sim, user=ROOT, password=PASSWORD, token_id=None, token_secret=None)
    return {
        "api_host": list(reached.hosts),
        "api_port": reached.port,
        "api_user": ROOT,
        "api_password": PASSWORD,
        "ca_path": reached.ca_path,
    }


class Office:
    """An administrator of a cluster, with a folder for secrets."""

    def __init__(self, sim: Running, folder: Path) -> None:
        self.sim = sim
        self.secret_file = folder / "new.secret"

    def keep(self, *uses: str, check: bool = False, **params: Any) -> Result:
        """Call the module drs_access as root."""
        mine = {"token": TOKEN, "uses": list(uses), "secret_file": str(self.secret_file)}
        return keep_access({**DEFAULTS, **login_of(self.sim), **mine, **params}, check_mode=check)

    @property
    def access(self) -> Access:
        """Who may do what, in truth."""
        return self.sim.server.stage.access

    @property
    def secret(self) -> str:
        return self.secret_file.read_text(encoding="utf-8").strip()

    @contextmanager
    def entering(self, **changes: Any) -> Iterator[Scene]:
        """The cluster as the new token sees it."""
        given = {"user": TOKEN.partition("!")[0], "token_id": TOKEN.partition("!")[2], "token_secret": self.secret}
        with Client(connect(self.sim, **{**given, **changes})) as client:
            yield Scene(self.sim, client, VirtualClock(self.sim))


@contextmanager
def office(folder: Path, scenario: dict[str, Any] | None = None, profile: str | None = None) -> Iterator[Office]:
    """Serve a scenario to an administrator."""
    world = World(read_scenario(with_root(scenario or uneven()), Path(), profile))
    with running(world, BY_HAND) as sim:
        yield Office(sim, folder)
