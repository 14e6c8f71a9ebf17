# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""From a request to its answer: finds the method, checks who asks for what, runs the handler. Knows no sockets."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .access import Access
from .answers import ApiError, UnauthenticatedError, UnreachableError, bad_parameters, failure, forbidden
from .authorise import authorise
from .endpoints.call import Call, Counted
from .endpoints.catalog import HANDLERS
from .login import Login
from .table.catalog import Match, find
from .table.types import Method
from .validate import as_text, checked
from .world.errors import WorldError
from .world.tasks import Caller

if TYPE_CHECKING:
    from .world.world import World

CONTENT_TYPE = "application/json;charset=UTF-8"
LOOKUP_FAILED = (
    "hostname lookup '{0}' failed - failed to get address info for: {0}: Temporary failure in name resolution"
)
CONFLICT = "duplicate parameter (already defined in URI) with conflicting values!"
FIRST_PSEUDO_STATUS = 595
NOBODY = Caller("nobody@anonymous")


@dataclass(frozen=True)
class Request:
    """One request as it arrived on the listener of a node."""

    verb: str
    path: str
    node: str
    params: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    style: str = "json"


@dataclass(frozen=True)
class Answer:
    """Status line and body; `user` is who was recognised, for the request log."""

    status: int
    reason: str
    body: bytes
    user: str = ""
    is_json: bool = True


class Api:
    """Answers requests for one world."""

    def __init__(self, world: World, access: Access, login: Login, seed: int = 0) -> None:
        self.world = world
        self.access = access
        self.login = login
        self.fingerprint = ""
        self._order = random.Random(seed)

    def answer(self, request: Request) -> Answer:
        """Answer one request."""
        recognised = NOBODY
        try:
            recognised = self._recognise(request)
            data = self._run(request, recognised)
        except WorldError as error:
            return _failed(request, _translated(error), recognised)
        except ApiError as error:
            return _failed(request, error, recognised)
        return Answer(200, "OK", self._body(request, data), recognised.full)

    def _recognise(self, request: Request) -> Caller:
        """Find out who asks; only the login itself is open to the world."""
        match = find(request.verb, request.path, self.world.profile_of(request.node))
        if match and match.method.permission.kind == "world":
            return NOBODY
        return self.login.caller(request.verb, request.headers)

    def _run(self, request: Request, caller: Caller) -> Any:
        match = self._found(request, request.node)
        given = _merged(match, request.params)
        self._authorise(match.method, given, caller, request)
        node = self._answering_node(match.method, given, request.node)
        match = self._found(request, node)
        params = checked(match.method, given, self.world.profile_of(node))
        if match.method.proxied:
            params["node"] = node  # which may have been called localhost
        call = Call(self.world, self.access, self.login, caller, node, params, self._order, self.fingerprint)
        return HANDLERS[match.method.key](call)

    def _found(self, request: Request, node: str) -> Match:
        """Find the method as a node knows it; during an upgrade the nodes do not know the same ones."""
        match = find(request.verb, request.path, self.world.profile_of(node))
        if match is None:
            raise ApiError(501, f"Method '{request.verb} {request.path}' not implemented")
        return match

    def _authorise(self, method: Method, given: Mapping[str, Any], caller: Caller, request: Request) -> None:
        if caller.token and not method.allows_token:
            raise forbidden(f"URI '{request.path}' not available with API token, need proper ticket.")
        authorise(self.access, caller.full, method.permission, given)

    def _answering_node(self, method: Method, given: Mapping[str, Any], contacted: str) -> str:
        """Find the node that runs the handler; raise 595 when it cannot be reached from here."""
        if not method.proxied:
            return contacted
        target = as_text(given["node"])
        if target in (contacted, "localhost"):
            return contacted
        if target not in self.world.nodes:
            raise failure(LOOKUP_FAILED.format(target))
        if not self.world.can_reach(contacted, target):
            raise UnreachableError("Connection refused" if self._has_route(contacted, target) else "No route to host")
        return target

    def _has_route(self, contacted: str, target: str) -> bool:
        """A daemon that is down refuses; a node that is down or cut off cannot be found."""
        return self.world.nodes[contacted].online and self.world.nodes[target].online

    def _body(self, request: Request, data: Any) -> bytes:
        """Wrap data in its envelope; bytes are an already serialised `data`."""
        success = b'"success":1,' if request.style == "extjs" else b""
        if isinstance(data, bytes):
            return b"{" + success + b'"data":' + data + b"}"
        total = b""
        if isinstance(data, Counted):
            data, total = data.rows, f',"total":{data.total}'.encode()
        return b"{" + success + b'"data":' + json.dumps(self._mixed(data)).encode() + total + b"}"

    def _mixed(self, data: Any) -> Any:
        """Put keys in a random order, as the real daemons do."""
        if isinstance(data, dict):
            keys = list(data)
            self._order.shuffle(keys)
            return {key: self._mixed(data[key]) for key in keys}
        return [self._mixed(item) for item in data] if isinstance(data, list) else data


def _merged(match: Match, params: Mapping[str, Any]) -> dict[str, Any]:
    """Join what stands in the path with what was sent beside it."""
    clashes = {
        name: CONFLICT for name, value in match.path_params.items() if name in params and as_text(params[name]) != value
    }
    if clashes:
        raise bad_parameters(clashes)
    return {**params, **match.path_params}


def _translated(error: WorldError) -> ApiError:
    """Turn a refusal of the world into an answer; only 501 has no line end."""
    if 595 <= error.status <= 599:
        return UnreachableError(error.text, error.status)
    return ApiError(error.status, error.text.rstrip("\n") + "\n", error.errors)


def _failed(request: Request, error: ApiError, caller: Caller) -> Answer:
    """Give an error its status line and body, in the style that was asked for."""
    user = "" if caller is NOBODY else caller.full
    plain = refusal(error, user)
    if request.style != "extjs" or not plain.body:
        return plain
    body = {**json.loads(plain.body), "success": 0, "status": error.status}
    return Answer(200, "OK", json.dumps(body).encode(), user)


def refusal(error: ApiError, user: str = "") -> Answer:
    """Give an error its status line and JSON body; unauthenticated and unreachable ones have none."""
    reason = error.message.split("\n", 1)[0]
    if isinstance(error, UnauthenticatedError | UnreachableError) or error.status >= FIRST_PSEUDO_STATUS:
        return Answer(error.status, reason, b"", user, is_json=False)
    body: dict[str, Any] = {"data": None, "message": error.message}
    if error.errors:
        body["errors"] = error.errors
    return Answer(error.status, reason, json.dumps(body).encode(), user)
