# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Sends recorded requests to the simulator, in their order, and judges the answers."""

from __future__ import annotations

import http.client
import json
import re
import ssl
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from simulator.server import Running
from tests.conformance.compare import differences, log_differences
from tests.conformance.directions import DIRECTIONS, WATCHED_SECONDS
from tests.conformance.situation import PASSWORDS, SECRETS

UPID = re.compile(r"UPID:[^\"' ]+:")
TICKET_RENEWED_AFTER_SECONDS = 3600
SPECIAL_HEADERS = {
    "bad token": {"Authorization": "PVEAPIToken=drs@pve!full=00000000-0000-0000-0000-000000000000"},
    "malformed token": {"Authorization": "PVEAPIToken=nonsense"},
    "bad cookie": {"Cookie": "PVEAuthCookie=PVE:drs@pve:6B006F6D::bm9uc2Vuc2U="},
    "expired ticket": {"Cookie": "PVEAuthCookie=PVE:drs@pve:6B0049F4::bm9uc2Vuc2U="},
}
WITHOUT_CSRF = ("write without csrf",)
PATIENCE_SECONDS = 90
# Managers look every ten seconds, each in its own rhythm: a chain of three steps may take so much longer.
ROUNDS_SECONDS = 20.0


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    reason: str
    body: Any


@dataclass
class Verdict:
    """One observation and in what the simulator differed."""

    name: str
    request: str
    problems: list[str] = field(default_factory=list)
    is_served: bool = True


class Replay:
    """One recorded cluster and the simulator in its place."""

    def __init__(self, simulator: Running) -> None:
        self.simulator = simulator
        node = simulator.connection["nodes"]["pve1"]
        self._address = (node["host"], node["port"])
        self._tls = ssl.create_default_context(cafile=simulator.connection["ca_path"])
        self._tickets: dict[str, tuple[float, dict[str, str]]] = {}
        self._upids: dict[str, str] = {}
        self._seen: Counter[str] = Counter()

    def run(self, observation: dict[str, Any]) -> Verdict:
        """Bring the cluster into the situation, send the request and compare the answers."""
        self._prepare(observation)
        request = observation.get("request")
        if request is None:
            return Verdict(observation["name"], "watch", list(self._watch(observation)))
        verdict = Verdict(observation["name"], f"{request['method']} {request['path']}")
        answer = self._send(observation)
        unserved = answer.status == 501 and observation["status"] != 501
        verdict.is_served = not unserved
        verdict.problems += self._judge(observation, answer)
        self._learn_upid(observation["body"], answer.body)
        return verdict

    def _prepare(self, observation: dict[str, Any]) -> None:
        name = observation["name"]
        self._seen[name] += 1
        for direction in DIRECTIONS.get(f"{name}#{self._seen[name]}", DIRECTIONS.get(name, ())):
            self.simulator.call(lambda direction=direction: direction(self.simulator.world))
        data = observation["body"].get("data") if isinstance(observation.get("body"), dict) else None
        if isinstance(data, dict) and data.get("status") == "stopped" and "upid" in data:
            self._await_end(self._upids.get(data["upid"], ""))

    def _await_end(self, upid: str) -> None:
        task = self.simulator.world.tasks.get(upid)
        for _unused in range(PATIENCE_SECONDS):
            if task is None or not task.is_running:
                return
            self.simulator.advance(1.0)

    def _send(self, observation: dict[str, Any]) -> Answer:
        request = observation["request"]
        verb, params = request["method"], request["params"]
        path = quote("/api2/json" + self._translated(request["path"]), safe="/:!@")
        form = urlencode(params)
        in_query = verb in ("GET", "DELETE")
        headers = self._headers(observation)
        if form and not in_query:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return self._exchange(verb, f"{path}?{form}" if form and in_query else path,
                              None if in_query else form, headers)  # fmt: skip

    def _exchange(self, verb: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        connection = http.client.HTTPSConnection(*self._address, context=self._tls, timeout=30)
        try:
            connection.request(verb, path, body=body, headers=headers)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        return Answer(response.status, response.reason, _parsed(content))

    def _translated(self, text: str) -> str:
        """Put our task names in place of the recorded ones."""
        return UPID.sub(lambda found: self._upids.get(found[0], found[0]), text)

    def _headers(self, observation: dict[str, Any]) -> dict[str, str]:
        name, login = observation["name"], observation["request"]["login"]
        if name in SPECIAL_HEADERS:
            return dict(SPECIAL_HEADERS[name])
        if login in SECRETS:
            return {"Authorization": f"PVEAPIToken={login}={SECRETS[login]}"}
        if login not in PASSWORDS:
            return {}
        headers = dict(self._ticket(login))
        if name in WITHOUT_CSRF:
            del headers["CSRFPreventionToken"]
        return headers

    def _ticket(self, user: str) -> dict[str, str]:
        now = self.simulator.world.clock.now
        made, headers = self._tickets.get(user, (0.0, {}))
        if now - made > TICKET_RENEWED_AFTER_SECONDS:
            form = urlencode({"username": user, "password": PASSWORDS[user]})
            answer = self._exchange("POST", "/api2/json/access/ticket", form, {})
            data = answer.body["data"]
            headers = {"Cookie": f"PVEAuthCookie={quote(data['ticket'])}"}
            headers["CSRFPreventionToken"] = data["CSRFPreventionToken"]
            self._tickets[user] = (now, headers)
        return headers

    def _judge(self, observation: dict[str, Any], answer: Answer) -> Iterator[str]:
        if (observation["status"], _plain(observation["reason"])) != (answer.status, _plain(answer.reason)):
            recorded = f"{observation['status']} {observation['reason']}"
            yield f"status line: {recorded!r} expected, got {answer.status} {answer.reason!r}"
            return
        expected = observation["body"]
        yield from differences(expected, answer.body)
        if observation["status"] >= 400 and isinstance(expected, dict):
            yield from _texts(expected, answer.body)
        elif observation["request"]["path"].endswith("/log") and not observation["request"]["params"]:
            yield from log_differences(expected["data"], answer.body["data"])

    def _learn_upid(self, recorded: Any, ours: Any) -> None:
        pair = [body.get("data") for body in (recorded, ours) if isinstance(body, dict)]
        if len(pair) == 2 and all(isinstance(upid, str) and UPID.fullmatch(upid) for upid in pair):
            self._upids[pair[0]] = pair[1]

    def _watch(self, observation: dict[str, Any]) -> Iterator[str]:
        """Let the recorded time pass (and some rounds more); every guest must end where and as it did."""
        duration, final = observation["timeline"][-1]
        self.simulator.advance(WATCHED_SECONDS.get(observation["name"], max(duration, 20.0) + ROUNDS_SECONDS))
        world = self.simulator.world
        for vmid, expected in final.items():
            guest, figures = world.guests[int(vmid)], world.statistics.guest(int(vmid))
            mine = [guest.node, figures.status if figures else "unknown", world.ha.hastate(guest.sid)]
            if mine != expected:
                yield f"guest {vmid}: {expected} expected, got {mine}"


def _parsed(content: bytes) -> Any:
    """Read JSON; what is none stays text and will differ."""
    try:
        return json.loads(content) if content else ""
    except ValueError:
        return content.decode("utf-8", "replace")


def _plain(text: str) -> str:
    """Numbers of processes are made up."""
    return re.sub(r"\.tmp\.\d+", ".tmp.#", text)


def _texts(expected: dict[str, Any], actual: dict[str, Any]) -> Iterator[str]:
    """Compare the words of an error."""
    if _plain(expected.get("message", "")) != _plain(actual.get("message", "")):
        yield f"message: {expected.get('message')!r} expected, got {actual.get('message')!r}"
    for name, text in expected.get("errors", {}).items():
        mine = actual.get("errors", {}).get(name)
        if text != mine:
            yield f"errors.{name}: {text!r} expected, got {mine!r}"
