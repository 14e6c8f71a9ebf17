# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The simulator on the wire: status lines, bodies, connections, logins, listeners, control plane."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import json
import ssl
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import pytest

pytest.importorskip("aiohttp", reason="the simulator needs aiohttp")

from simulator.scenario import load_world
from simulator.server import Running, running
from simulator.stage import Settings
from simulator.world.tasks import ROOT

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Reply:
    status: int
    reason: str
    headers: http.client.HTTPMessage
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


class Wire:
    """A client without any mercy: plain HTTP requests, nothing added."""

    def __init__(self, sim: Running) -> None:
        self.sim = sim
        self.tls = ssl.create_default_context(cafile=sim.connection["ca_path"])
        token, secret = next(iter(sim.connection["tokens"].items()))
        self.token = {"Authorization": f"PVEAPIToken={token}={secret}"}

    def send(self, verb, path, body=None, **how):
        """Send to node pve1 with a token, unless `node`, `headers` or `style` say otherwise."""
        node, style, headers = how.get("node", "pve1"), how.get("style", "json"), how.get("headers")
        address = self.sim.connection["nodes"][node]
        connection = http.client.HTTPSConnection(address["host"], address["port"], context=self.tls, timeout=10)
        given = self.token if headers is None else headers
        if isinstance(body, dict):
            body, given = urlencode(body), given | {"Content-Type": FORM}
        connection.request(verb, f"/api2/{style}{path}", body=body, headers=given)
        response = connection.getresponse()
        reply = Reply(response.status, response.reason, response.headers, response.read())
        connection.close()
        return reply

    def control(self, verb, path, arguments=None):
        address = self.sim.connection["nodes"]["pve1"]
        connection = http.client.HTTPSConnection(address["host"], address["port"], context=self.tls, timeout=10)
        connection.request(verb, path, body=json.dumps(arguments) if arguments else None)
        response = connection.getresponse()
        content = json.loads(response.read())
        connection.close()
        return response.status, content


@pytest.fixture
def wire():
    with running(load_world("demo"), rebuild=lambda: load_world("demo")) as sim:
        yield Wire(sim)


def log_in(wire, **form):
    return wire.send("POST", "/access/ticket", form, headers={})


def credentials(reply):
    data = reply.body["data"]
    cookie = {"Cookie": f"PVEAuthCookie={quote(data['ticket'])}"}
    return cookie, cookie | {"CSRFPreventionToken": data["CSRFPreventionToken"]}


def test_success_and_error_bodies(wire):
    good = wire.send("GET", "/version")
    assert (good.status, good.reason, list(good.body)) == (200, "OK", ["data"])
    bad = wire.send("GET", "/cluster/resources?type=qemu")
    assert (bad.status, bad.reason) == (400, "Parameter verification failed.")
    assert bad.body["data"] is None
    assert list(bad.body["errors"]) == ["type"]
    assert bad.headers["Connection"] == "close"
    assert good.headers.get("Connection") is None


def test_extjs_always_says_200(wire):
    good, bad = (wire.send("GET", path, style="extjs") for path in ("/version", "/nodes/nope/status"))
    assert (good.status, good.body["success"]) == (200, 1)
    assert (bad.status, bad.body["success"], bad.body["status"]) == (200, 0, 500)


def test_gzip_only_when_asked_and_worth_it(wire):
    asking = wire.token | {"Accept-Encoding": "gzip"}
    packed = wire.send("GET", "/cluster/resources", headers=asking)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed.raw))["data"]
    assert wire.send("GET", "/cluster/resources").headers["Content-Encoding"] is None
    assert wire.send("GET", "/version", headers=asking).headers["Content-Encoding"] is None


def test_parameters_come_as_form_json_or_query(wire):
    path = "/nodes/pve1/qemu/101/migrate"
    as_json = wire.send("POST", path, json.dumps({"target": "pve1", "online": True}),
                        headers=wire.token | {"Content-Type": "application/json"})  # fmt: skip
    in_query = wire.send("POST", f"{path}?target=pve1", {"online": "1"})
    assert as_json.body["errors"] == in_query.body["errors"] == {"target": "target is local node."}
    clash = wire.send("POST", path, {"node": "pve2", "target": "pve3"})
    assert clash.body["errors"] == {"node": "duplicate parameter (already defined in URI) with conflicting values!"}


def test_a_body_where_none_belongs_is_refused(wire):
    reply = wire.send("DELETE", "/cluster/ha/rules/r1", "a=1")
    assert (reply.status, reply.reason) == (501, "Unexpected content for method 'DELETE'")


def test_unknown_paths_are_not_implemented(wire):
    reply = wire.send("GET", "/nodes/pve1/nosuch")
    assert (reply.status, reply.body["message"]) == (501, "Method 'GET /nodes/pve1/nosuch' not implemented")


def test_without_credentials_nothing_is_said(wire):
    reply = wire.send("GET", "/nodes", headers={})
    assert (reply.status, reply.reason, reply.raw) == (401, "No ticket", b"")


def test_tickets_need_csrf_for_writing_and_last_two_hours(wire):
    reading, writing = credentials(log_in(wire, username="drs@pve", password=secret_of(wire)))
    assert wire.send("GET", "/nodes", headers=reading).status == 200
    refused = wire.send("PUT", "/cluster/options", {"description": "x"}, headers=reading)
    assert (refused.status, refused.reason) == (401, "Permission denied - invalid csrf token")
    wire.sim.advance(7100)
    assert wire.send("GET", "/nodes", headers=writing).status == 200
    wire.sim.advance(200)
    assert wire.send("GET", "/nodes", headers=writing).reason == "Authentication failed!"


def secret_of(wire):
    password = wire.sim.server.stage.access.users["drs@pve"].password
    assert password
    return password


def test_a_ticket_can_be_renewed_as_password(wire):
    first = log_in(wire, username="drs@pve", password=secret_of(wire))
    again = log_in(wire, username="drs@pve", password=first.body["data"]["ticket"])
    assert again.status == 200
    wrong = log_in(wire, username="drs@pve", password="wrong")
    assert (wrong.status, wrong.reason) == (401, "authentication failure")


def test_a_dead_node_refuses_and_is_not_reached_through_others(wire):
    wire.sim.call(lambda: wire.sim.world.node_down("pve3"))
    with pytest.raises(ConnectionRefusedError):
        wire.send("GET", "/version", node="pve3")
    through = wire.send("GET", "/nodes/pve3/status")
    assert (through.status, through.reason, through.raw) == (595, "No route to host", b"")
    assert wire.send("GET", "/nodes/pve3/rrddata?timeframe=hour").status == 200
    wire.sim.call(lambda: wire.sim.world.node_up("pve3"))
    wire.sim.advance(120)
    assert wire.send("GET", "/version", node="pve3").status == 200


def test_a_dead_daemon_looks_different(wire):
    wire.sim.call(lambda: wire.sim.world.daemon_down("pve3"))
    assert wire.send("GET", "/nodes/pve3/status").reason == "Connection refused"
    row = next(r for r in wire.send("GET", "/nodes").body["data"] if r["node"] == "pve3")
    assert row["status"] == "online"


def test_polling_a_task_lets_time_pass(wire):
    upid = wire.send("POST", "/nodes/pve1/qemu/101/migrate", {"target": "pve3", "online": "1"}).body["data"]
    path = f"/nodes/pve1/tasks/{upid}/status"
    for _unused in range(120):
        if wire.send("GET", path).body["data"]["status"] == "stopped":
            break
    assert wire.send("GET", path).body["data"]["exitstatus"] == "OK"
    assert wire.send("GET", "/nodes/pve3/qemu/101/status/current").status == 200
    log = wire.send("GET", f"/nodes/pve1/tasks/{upid}/log?limit=2").body
    assert (len(log["data"]), log["total"] > 5) == (2, True)


def test_looking_for_a_guest_that_has_been_started_lets_time_pass(wire):
    def status():
        rows = wire.send("GET", "/cluster/resources?type=vm").body["data"]
        return next(row["status"] for row in rows if row["vmid"] == 421)

    begin = wire.sim.world.clock.now
    assert (status(), wire.sim.world.clock.now) == ("stopped", begin)
    wire.sim.call(lambda: wire.sim.world.power(wire.sim.world.guests[421], "start", ROOT))
    seen = [status() for _unused in range(30)]
    assert seen[-1] == "running"
    assert 20 <= wire.sim.world.clock.now - begin <= 21


def test_the_request_log_tells_what_was_written(wire):
    wire.send("GET", "/nodes")
    assert wire.control("GET", "/sim/requests")[1]["writing"] == 0
    wire.send("PUT", "/cluster/options", {"description": "x"})
    summary = wire.control("GET", "/sim/requests")[1]
    assert (summary["by_method"], summary["writing"]) == ({"GET": 1, "PUT": 1}, 1)
    assert summary["requests"][1]["user"].startswith("drs@pve!")
    wire.control("DELETE", "/sim/requests")
    assert wire.control("GET", "/sim/requests")[1]["total"] == 0


def test_the_control_plane_steers_the_world(wire):
    before = wire.control("GET", "/sim/world")[1]["time"]
    assert wire.control("POST", "/sim/advance", {"seconds": 60})[1]["time"] == before + 60
    assert wire.control("POST", "/sim/load", {"vmid": 101, "cpu": 2, "memory": "3G"})[0] == 200
    assert wire.sim.world.guests[101].load.at(before + 61) == (2.0, 3 * 1024**3)
    assert wire.control("POST", "/sim/act", {"action": "daemon_down", "node": "pve2"})[0] == 200
    assert not wire.sim.world.nodes["pve2"].daemon_up
    assert wire.control("POST", "/sim/reset")[0] == 200
    assert wire.control("GET", "/sim/world")[1]["time"] == before
    status, answer = wire.control("POST", "/sim/act", {"action": "nope"})
    assert (status, "unknown action 'nope'" in answer["error"]) == (400, True)


def test_faults_are_suffered_as_often_as_told(wire):
    wire.control("POST", "/sim/faults", {"effect": "answer", "status": 596, "text": "Connection timed out",
                                         "path": "/version", "count": 1})  # fmt: skip
    first, second = (wire.send("GET", "/version") for _unused in range(2))
    assert (first.status, first.reason, first.raw, second.status) == (596, "Connection timed out", b"", 200)
    wire.control("POST", "/sim/faults", {"effect": "reset", "path": "/nodes", "count": 1})
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected, ssl.SSLError)):
        wire.send("GET", "/nodes")
    assert wire.send("GET", "/nodes").status == 200


def test_a_refused_login_is_delayed_when_time_runs_by_itself():
    with running(load_world("demo"), Settings(port=0, speed=10.0)) as sim:
        began = time.monotonic()
        assert Wire(sim).send("GET", "/nodes", headers={}).status == 401
        assert 0.25 < time.monotonic() - began < 2.0


def test_rights_can_be_given_and_taken(wire):
    sim = wire.sim
    root = sim.server.stage.access.users["root@pam"].password
    _ticket, writing = credentials(log_in(wire, username="root@pam", password=root))
    weak = wire.token | {"Authorization": f"PVEAPIToken=drs@pve!weak={sim.connection['tokens']['drs@pve!weak']}"}
    grant = {"path": "/vms/101", "roles": "PVEAuditor", "tokens": "drs@pve!weak"}
    status = "/nodes/pve1/qemu/101/status/current"
    assert wire.send("GET", status, headers=weak).status == 403
    refused = wire.send("PUT", "/access/acl", grant)
    assert refused.reason == "Permission check failed (/vms/101, Permissions.Modify|VM.Allocate)"
    assert wire.send("PUT", "/access/acl", grant, headers=writing).status == 200
    assert wire.send("GET", status, headers=weak).status == 200
    assert [row["vmid"] for row in wire.send("GET", "/cluster/resources?type=vm", headers=weak).body["data"]] == [101]
    assert wire.send("PUT", "/access/acl", grant | {"delete": "1"}, headers=writing).status == 200
    assert wire.send("GET", status, headers=weak).status == 403


def test_a_request_is_carried_out_and_its_answer_is_lost(wire):
    wire.control("POST", "/sim/faults", {"effect": "reset", "method": "POST", "carried_out": True, "count": 1})
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        wire.send("POST", "/nodes/pve1/qemu/101/migrate", {"target": "pve2", "online": "1"})
    wire.sim.advance(60)
    assert wire.sim.world.guests[101].node == "pve2"


def test_something_happens_when_a_request_comes_in(wire):
    act = {"effect": "act", "action": "daemon_down", "arguments": {"node": "pve1"}, "path": "/version"}
    assert wire.control("POST", "/sim/faults", act)[0] == 200
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        wire.send("GET", "/version")
    assert wire.send("GET", "/nodes", node="pve2").status == 200
    with pytest.raises(ConnectionRefusedError):
        wire.send("GET", "/nodes")


def test_faults_of_the_control_plane_are_looked_at(wire):
    status, answer = wire.control("POST", "/sim/faults", {"effect": "act", "action": "sing"})
    assert (status, answer["error"].split(":")[0]) == (400, "unknown action 'sing'")
    status, answer = wire.control("POST", "/sim/faults", {"effect": "fail_task", "percent": 5, "phase": "phase1"})
    assert (status, answer["error"]) == (400, "give either phase or percent")


@pytest.mark.parametrize("authority", ["same", "other"])
def test_another_certificate_is_shown_from_a_moment_on(wire, authority):
    address = wire.sim.connection["nodes"]["pve1"]
    kept = http.client.HTTPSConnection(address["host"], address["port"], context=wire.tls, timeout=10)
    kept.request("GET", "/api2/json/version", headers=wire.token)
    kept.getresponse().read()
    before = fingerprint_of(wire)
    wire.sim.call(lambda: wire.sim.world.certificate_changes.append(authority))
    assert kept.sock.recv(1) == b"", "daemons that start again end the connections that were open"
    kept.close()
    assert fingerprint_of(wire) != before
    if authority == "same":
        shown = {row["ssl_fingerprint"] for row in wire.send("GET", "/nodes").body["data"]}
        assert shown == {fingerprint_of(wire)}
    else:
        with pytest.raises(ssl.SSLCertVerificationError):
            wire.send("GET", "/version")


def fingerprint_of(wire):
    address = wire.sim.connection["nodes"]["pve1"]
    pem = ssl.get_server_certificate((address["host"], address["port"]))
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).digest().hex(":").upper()


def test_tickets_expire_and_new_ones_are_given(wire):
    user = {"username": "drs@pve", "password": secret_of(wire)}
    old, _unused = credentials(log_in(wire, **user))
    assert wire.send("GET", "/version", headers=old).status == 200
    wire.control("POST", "/sim/act", {"action": "expire_tickets"})
    assert wire.send("GET", "/version", headers=old).status == 401
    new, _unused = credentials(log_in(wire, **user))
    assert wire.send("GET", "/version", headers=new).status == 200
