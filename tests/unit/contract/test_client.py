# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The client before a real HTTPS server: errors a user can act on, fail-over, and no secret in any text."""

import contextlib
import http.server
import socket
import ssl
import subprocess
import sys
import threading
import traceback
from pathlib import Path

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ApiError, BadPolicy, PermissionMissing
from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.pve.client import Client
from ansible_collections.pve.drs.plugins.module_utils.pve.connection import Connection
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import (
    ApiRefusal,
    AuthenticationFailed,
    NodeUnreachable,
    NoHostAnswers,
    Unanswered,
)
from ansible_collections.pve.drs.tests.unit.simulated import SECRET, connect, scene, uneven
from simulator.world.events import act
from simulator.world.faults import Fault

PASSWORD = "password-of-drs"
BY_PASSWORD = {"token_id": None, "token_secret": None, "password": PASSWORD}
NOBODY = "0000dead-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def lab():
    with scene(uneven()) as found:
        yield found


@pytest.fixture
def faults(lab):
    """Faults for one test."""
    yield lambda *found: lab.sim.call(lambda: [lab.world.faults.add(fault) for fault in found])
    lab.sim.call(lab.world.faults.clear)


@pytest.fixture
def client(lab):
    """Build clients, and close them afterwards."""
    with contextlib.ExitStack() as stack:
        yield lambda **changes: stack.enter_context(Client(connect(lab.sim, **changes)))


def whole(error):
    """All that a user could ever see of an error."""
    return "".join(traceback.format_exception(error)) + repr(error)


@pytest.mark.parametrize("credentials", [{}, BY_PASSWORD], ids=["token", "password"])
def test_both_ways_to_log_in_read_and_write(client, credentials):
    asked = client(**credentials)
    assert asked.get("/version")["release"] == "9.2"
    with pytest.raises(ApiRefusal, match="no such cluster node 'nowhere'"):
        asked.post("/nodes/a/qemu/101/migrate", target="nowhere", online=1)
    assert (asked.reads, asked.writes, asked.logins) == (1, 1, 1 if credentials else 0)


def test_a_login_is_shared_by_all_threads(client):
    asked = client(**BY_PASSWORD)
    answers = asked.fan_out([lambda: asked.get("/version")["release"]] * 20)
    assert answers == ["9.2"] * 20
    assert (asked.reads, asked.logins) == (20, 1)


def test_when_a_ticket_is_worth_nothing_any_more_we_log_in_again(lab, client):
    asked = client(**BY_PASSWORD)
    asked.get("/version")
    for count in (2, 3):
        lab.sim.call(lambda: act(lab.world, "expire_tickets", {}))
        assert asked.get("/version")["release"]
        assert asked.logins == count
    lab.sim.call(lambda: act(lab.world, "expire_tickets", {}))
    asked.fan_out([lambda: asked.get("/version")] * 20)
    assert asked.logins == 4, "all threads found the same ticket refused"


def test_a_write_is_repeated_after_its_ticket_was_refused(lab, client):
    asked = client(**BY_PASSWORD)
    asked.get("/version")
    lab.sim.call(lambda: act(lab.world, "expire_tickets", {}))
    before = len(lab.writes())
    with pytest.raises(ApiRefusal, match="target is local node"):
        asked.post("/nodes/a/qemu/101/migrate", target="a")
    assert len([one for one in lab.writes()[before:] if one.endswith("/migrate")]) == 2
    assert asked.logins == 2


def test_a_password_that_is_refused_meanwhile_is_not_tried_again_and_again(lab, client):
    asked = client(**BY_PASSWORD)
    asked.get("/version")
    refusal = Fault("answer", status=401, text="authentication failure", path="/access/ticket")
    lab.sim.call(lambda: (act(lab.world, "expire_tickets", {}), lab.world.faults.add(refusal)))
    with pytest.raises(AuthenticationFailed):
        asked.get("/version")
    assert refusal.used == 1
    lab.sim.call(lab.world.faults.clear)


WRONG = {
    "secret of a token": ({"token_secret": NOBODY}, "secret of API token drs@pve!test"),
    "name of a token": ({"token_id": "other"}, "secret of API token drs@pve!other"),
    "password": (BY_PASSWORD | {"password": NOBODY}, "password of user drs@pve"),
}


@pytest.mark.parametrize(("changes", "named"), WRONG.values(), ids=WRONG.keys())
def test_wrong_credentials_are_tried_once_and_named(lab, client, changes, named):
    """A refusal takes three seconds at the real API, and other hosts know no other users."""
    lab.sim.call(lab.sim.log.clear)
    with pytest.raises(AuthenticationFailed, match=named) as caught:
        client(**changes).get("/version")
    assert len(lab.sim.log.entries()) == 1
    assert NOBODY not in whole(caught.value)


def test_a_missing_privilege_is_named_with_its_path():
    scenario = uneven(roles={"DRS": ["VM.Audit"]})
    with scene(scenario) as found, pytest.raises(PermissionMissing, match=r"\(/, Sys\.Audit\)"):
        found.client.get("/cluster/status")


def test_a_refusal_keeps_every_line_and_every_parameter(lab, client, faults):
    faults(Fault("answer", status=500, text="first line\nsecond line", path="/version"))
    with pytest.raises(ApiRefusal, match="first line second line") as caught:
        client().get("/version")
    assert caught.value.message == "first line\nsecond line"
    with pytest.raises(ApiRefusal, match=r"Parameter verification failed.; online: type check") as caught:
        client().post("/nodes/a/qemu/101/migrate", target="b", online="maybe")
    assert (caught.value.status, set(caught.value.fields)) == (400, {"online"})


def test_a_node_that_does_not_answer_is_no_lost_host(client, faults):
    faults(Fault("answer", status=595, text="No route to host", path="/nodes/b/*"))
    with pytest.raises(NodeUnreachable, match="GET /nodes/b/status: 595 No route to host"):
        client().get("/nodes/b/status")


UNREACHABLE = {
    "a name that nobody knows": ({"hosts": ("nowhere.invalid",)}, r"nowhere\.invalid:\d+: no such host name"),
    "a port where nothing listens": ({"port": 9}, r"127\.0\.0\.1:9 refuses the connection; is the port right"),
    "an unknown CA": ({"ca_path": None}, r"certificate is not trusted .*ca_path .*validate_certs"),
    "a CA file that is none": ({"ca_path": __file__}, "is ca_path a certificate in PEM form"),
}


@pytest.mark.parametrize(("changes", "says"), UNREACHABLE.values(), ids=UNREACHABLE.keys())
def test_an_unreachable_api_says_why_and_what_to_do(client, changes, says):
    with pytest.raises(NoHostAnswers, match=says) as caught:
        client(**changes).get("/version")
    assert SECRET not in whole(caught.value)


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
@pytest.mark.parametrize("changes", [{}, {"ca_path": None, "validate_certs": False}], ids=["ca_path", "validate_certs"])
@pytest.mark.parametrize("credentials", [{}, BY_PASSWORD], ids=["token", "password"])
def test_the_environment_does_not_override_what_is_trusted(client, monkeypatch, variable, changes, credentials):
    monkeypatch.setenv(variable, "/etc/hostname")
    assert client(**changes, **credentials).get("/version")


def test_a_host_that_hangs_is_given_up_on(client, faults):
    faults(Fault("hang", path="/version"))
    with pytest.raises(NoHostAnswers, match=r"gave no answer within 0.3 s"):
        client(timeout_seconds=0.3, hosts=("127.0.0.1",)).get("/version")


def test_a_host_that_hangs_before_it_speaks_tls_is_passed_over(lab, client):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        hosts = (f"127.0.0.1:{deaf.getsockname()[1]}", *connect(lab.sim).hosts)
        asked = client(hosts=hosts, timeout_seconds=1.0)
        assert asked.get("/version")["release"]
    assert "went on with 127.0.0.1" in asked.warnings[0]


def test_we_are_more_patient_than_the_proxies_of_proxmox():
    """They give up on a node after 30 seconds, and say so."""
    assert Connection(hosts=("h",), user="a@b", password="p").timeout_seconds > 30
    assert arguments.connection()["api_timeout"]["default"] > 30


class NotTheApi(http.server.BaseHTTPRequestHandler):
    """Some web server."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<h1>It works!</h1>")

    def log_message(self, *arguments):
        """Say nothing."""


@pytest.fixture(params=["plain", "TLS"])
def web_server(request, lab):
    with http.server.HTTPServer(("127.0.0.1", 0), NotTheApi) as server:
        if request.param == "TLS":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(Path(lab.sim.connection["ca_path"]).with_name("leaf.pem"))
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_another_kind_of_server_is_told_apart(client, web_server):
    says = "is this the port of the Proxmox VE API|not as a Proxmox VE API does; check api_host and api_port"
    with pytest.raises(ApiError, match=says):
        client(port=web_server.server_port, hosts=("127.0.0.1",)).get("/version")


def test_reads_and_writes_go_on_with_the_next_host(client):
    asked = client(hosts=("127.0.0.99", "127.0.0.1"))
    with pytest.raises(ApiRefusal, match="no such cluster node"):
        asked.post("/nodes/a/qemu/101/migrate", target="nowhere", online=1)
    assert asked.get("/version")
    assert len(asked.warnings) == 1
    assert "127.0.0.99" in asked.warnings[0]
    assert "went on with 127.0.0.1" in asked.warnings[0]


def test_a_read_is_repeated_when_the_connection_breaks(lab, client, faults):
    faults(Fault("reset", path="/version", count=1))
    assert client(hosts=("127.0.0.1",)).get("/version")


def test_a_write_is_never_repeated_when_its_answer_is_lost(lab, client, faults):
    broken = Fault("reset", method="POST", path="/nodes/*/migrate")
    faults(broken)
    with pytest.raises(Unanswered, match="may have been carried out"):
        client().post("/nodes/a/qemu/101/migrate", target="b", online=1)
    assert broken.used == 1


def test_secrets_are_in_no_representation(lab):
    assert SECRET not in repr(connect(lab.sim))
    assert PASSWORD not in repr(connect(lab.sim, **BY_PASSWORD))


BAD = {
    "no host": ({"hosts": ()}, "api_host names no host"),
    "no credentials": ({"token_secret": None}, "give either api_password, or api_token_id and api_token_secret"),
    "both credentials": ({"password": PASSWORD}, "give either"),
    "no token name": ({"token_id": None}, "api_token_secret needs api_token_id"),
    "no realm": ({"user": "drs"}, "'drs' names no realm"),
    "a line end in the secret": ({"token_secret": SECRET + "\n"}, "holds blanks"),
    "no such port": ({"port": 80060}, "api_port 80060 is no port"),
    "no time": ({"timeout_seconds": 0}, "api_timeout 0 must be more"),
    "a missing CA file": ({"ca_path": "/no/such/ca.pem"}, "ca_path /no/such/ca.pem does not exist"),
    "a CA that is not used": ({"validate_certs": False}, "ca_path has no effect"),
}


@pytest.mark.parametrize(("changes", "says"), BAD.values(), ids=BAD.keys())
def test_a_connection_that_makes_no_sense_is_refused(lab, changes, says):
    with pytest.raises(BadPolicy, match=says) as caught:
        connect(lab.sim, **changes)
    assert SECRET not in whole(caught.value)


@pytest.mark.parametrize(
    ("user", "token_id"),
    [("drs@pve", "test"), ("drs@pve", "drs@pve!test"), ("drs@pve!test", None)],
    ids=["short", "full", "in the user"],
)
def test_a_token_may_be_written_in_several_ways(user, token_id):
    connection = Connection(hosts=("pve1",), user=user, token_id=token_id, token_secret=SECRET)
    assert (connection.user_name, connection.token_name, connection.who) == ("drs@pve", "test", "drs@pve!test")


def test_a_missing_library_is_told_instead_of_failing_to_load(root):
    """In a Python without proxmoxer the module can still be imported, and says what to install."""
    script = (
        "import sys, types\n"
        f"sys.modules['requests'] = None\nsys.path.insert(0, {str(root)!r})\n"
        "for name, path in (('ansible_collections', []), ('ansible_collections.pve', []), "
        f"('ansible_collections.pve.drs', [{str(root)!r}])):\n"
        "    sys.modules[name] = types.ModuleType(name); sys.modules[name].__path__ = path\n"
        "from ansible_collections.pve.drs.plugins.module_utils.pve import client, connection\n"
        "print(bool(client.PROXMOXER_IMPORT_ERROR))\n"
        "client.Client(connection.Connection(hosts=('h',), user='a@b', password='p'))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout == "True\n"
    assert "the Python library proxmoxer (2.2 or newer) is missing" in done.stderr
