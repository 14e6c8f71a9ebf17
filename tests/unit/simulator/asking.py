# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Requests to the API of a small world, without sockets."""

import json

from simulator.api import Request
from simulator.stage import Settings, make_stage

ADMIN = "drs@pve!all"
ACCESS = """
users: {root@pam: {}, drs@pve: {}, op@pve: {}}
tokens:
  drs@pve!all: {secret: 00000000-0000-4000-8000-000000000001, privsep: false}
  op@pve!some: {secret: 00000000-0000-4000-8000-000000000002, privsep: false}
"""


class Refused(Exception):
    """An answer other than 200: status, message and errors by parameter."""

    def __init__(self, status, body):
        self.status = status
        self.message = (body.get("message") or "").rstrip("\n")
        self.errors = body.get("errors")
        super().__init__(f"{status} {self.message} {self.errors or ''}")


class Asking:
    """Asks as a token of the world; the answer is `data`."""

    def __init__(self, world, token=ADMIN):
        self._stage = make_stage(world, Settings(speed=0))
        secret = next(t.secret for t in world.access.tokens if f"{t.userid}!{t.tokenid}" == token)
        self._headers = {"Authorization": f"PVEAPIToken={token}={secret}"}

    def __call__(self, verb, path, /, **params):
        return self.at("pve1", verb, path, **params)

    def at(self, node_asked, verb, path, /, **params):
        """Ask one node."""
        answer = self._stage.api.answer(Request(verb, path, node_asked, params, self._headers))
        body = json.loads(answer.body) if answer.body else {}
        if answer.status != 200:
            raise Refused(answer.status, body)
        return body["data"]
