# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Input that cannot work, over HTTPS: one clear error, or an empty plan with its reason."""

import re
from dataclasses import dataclass, field
from typing import Any

import pytest

WRONG_SECRET = "00000000-1111-2222-3333-444444444444"
TOKEN_OPTIONS = ("api_token_id", "api_token_secret")


@dataclass(frozen=True)
class Case:
    """What is asked of which cluster, and the words that the error or the notice must hold."""

    words: str
    cluster: str = "demo"
    options: dict[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    token: str = "drs@pve!demo"
    module: str = "drs_balance"
    check_mode: bool = True


ERRORS = {
    "unreachable host": Case(r"127\.0\.0\.1:1 refuses the connection", options={"api_port": 1}),
    "wrong host name": Case(r"no-such-host\.invalid.*no such host name", options={"api_host": "no-such-host.invalid"}),
    "not an API": Case(
        r"is no address of a Proxmox VE API|not as a Proxmox VE API does", options={"api_port": "CONTROL"}
    ),
    "wrong token": Case(
        r"does not accept the secret of API token drs@pve!demo", options={"api_token_secret": WRONG_SECRET}
    ),
    "unknown token": Case(r"does not accept .*drs@pve!nobody", options={"api_token_id": "drs@pve!nobody"}),
    "wrong password": Case(
        r"does not accept the password of user drs@pve",
        options={"api_user": "drs@pve", "api_password": WRONG_SECRET},
        without=TOKEN_OPTIONS,
    ),
    "no privilege at all": Case(r"drs@pve!weak lacks Sys\.Audit on /, .*VM\.Audit on /vms", token="drs@pve!weak"),
    "facts without privilege": Case(r"lacks Sys\.Audit on /", token="drs@pve!weak", module="drs_facts"),
    "may not migrate": Case(
        r"viewer@pve!read lacks VM\.Migrate on /vms/\d+", token="viewer@pve!read", check_mode=False
    ),
    "certificate not trusted": Case(r"certificate is not trusted .*ca_path", without=("ca_path",)),
    "ca_path does not exist": Case(r"ca_path /no/such/ca\.pem does not exist", options={"ca_path": "/no/such/ca.pem"}),
    "unknown method": Case(r"method must be one of: memory, cpu, .*got: magic", options={"method": "magic"}),
    "unknown option": Case(r"Unsupported parameters.*balancines\b", options={"balancines": 5}),
    "state nowhere": Case(
        r"state_path /no/such/state\.db cannot be created: /no/such is missing",
        options={"estimator": "ema", "state_path": "/no/such/state.db"},
        check_mode=False,
    ),
    "not a number": Case(r"balanciness.*float", options={"balanciness": "a lot"}),
    "out of range": Case(r"memory_max is 150, but must be between 1 and 100 percent", options={"memory_max": 150}),
    "password and token": Case(r"both a password and a token are given", options={"api_password": WRONG_SECRET}),
    "no credentials": Case(
        r"no credentials: give api_password, or", without=TOKEN_OPTIONS, options={"api_user": "a@pve"}
    ),
    "certificates on and off": Case(r"ca_path has no effect with validate_certs", options={"validate_certs": False}),
    "unknown rule type": Case(
        r"rule db: type is apart; known are together, separate, .*",
        options={"rules": [{"name": "db", "type": "apart", "guests": [101]}]},
    ),
    "rule without guests": Case(
        r"rule db \(pin\): guests is missing", options={"rules": [{"name": "db", "type": "pin"}]}
    ),
    "max_guests without count": Case(
        r"rule few \(max_guests\): count is missing", options={"rules": [{"name": "few", "type": "max_guests"}]}
    ),
    "unknown node excluded": Case(r"excluded_nodes names pve9, but cluster demo", options={"excluded_nodes": ["pve9"]}),
    "unknown node in maintenance": Case(
        r"maintenance_nodes names pve9, but cluster demo", options={"maintenance_nodes": ["pve9"]}
    ),
    "window that never ends": Case(
        r"windows: night: from and to are the same time of the day",
        options={"windows": [{"name": "night", "from": "22:00", "to": "22:00"}]},
    ),
    "unknown time zone": Case(r"time_zone: Europe/Berln is not known", options={"time_zone": "Europe/Berln"}),
    "all nodes excluded": Case(
        r"excluded_nodes names every node", options={"excluded_nodes": ["pve1", "pve2", "pve3", "pve4"]}
    ),
    "unknown guest asked about": Case(r"explain: no guest 999 is visible", options={"explain": [999]}),
    "no quorum": Case(r"cluster small has no quorum", cluster="without_quorum", check_mode=False),
}

EMPTY_PLANS = {
    "empty cluster": Case(r"nothing to do: the cluster has no guests", cluster="empty", check_mode=False),
    "one node": Case(r"nothing to do: fewer than two nodes", cluster="one_node", check_mode=False),
    "all guests pinned": Case(r"no useful move: .*see what was refused", cluster="pinned", check_mode=False),
    "all guests pinned by a rule": Case(
        r"no useful move: .*see what was refused",
        cluster="unpinned",
        options={"rules": [{"name": "all", "type": "pin", "guests": {"tag": "any"}}]},
        check_mode=False,
    ),
    "rule without effect": Case(
        r"rule lost names guest 999, which no guest matches",
        cluster="empty",
        options={"rules": [{"name": "lost", "type": "pin", "guests": [999]}]},
    ),
}

CALM = {
    "facts without quorum": Case(r".", cluster="without_quorum", module="drs_facts"),
    "facts of an empty cluster": Case(r".", cluster="empty", module="drs_facts"),
    "facts of one node": Case(r".", cluster="one_node", module="drs_facts"),
}


@pytest.fixture(scope="module")
def ran(simulators, reach, run_cases):
    """Every case in one run of ansible-playbook: results by name, and all that was printed."""

    def written(case):
        connection = simulators[case.cluster].connection
        options = {**reach(connection, case.token), **case.options}
        if options["api_port"] == "CONTROL":
            options["api_port"] = int(connection["control"].rpartition(":")[2])
            options["api_host"] = ["127.0.0.1"]
        params = {name: value for name, value in options.items() if name not in case.without}
        return {"module": case.module, "check_mode": case.check_mode, "params": params}

    return run_cases({name: written(case) for name, case in (ERRORS | EMPTY_PLANS | CALM).items()})


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_one_clear_line(name, ran):
    result = ran[0][name]
    assert result.get("failed")
    assert re.search(ERRORS[name].words, result["msg"])
    assert "\n" not in result["msg"].strip()
    assert "Traceback" not in result.get("exception", "")
    assert not result.get("changed")


@pytest.mark.parametrize("name", EMPTY_PLANS)
def test_an_empty_plan_has_its_reason(name, ran):
    result = ran[0][name]
    assert not result.get("failed"), result["msg"]
    assert not result["changed"]
    assert result["plan"]["steps"] == []
    assert any(re.search(EMPTY_PLANS[name].words, notice) for notice in result["plan"]["notices"])
    assert re.search(EMPTY_PLANS[name].words, result["report"])


def test_pinned_guests_are_named_with_their_reason(ran):
    by_tag, by_rule = (
        ran[0][name]["plan"]["refusals"] for name in ("all guests pinned", "all guests pinned by a rule")
    )
    assert {refusal["reason"] for refusal in by_tag} == {"it is pinned to pve1 (tag drs-pin)"}
    assert {refusal["reason"] for refusal in by_rule} == {"it is pinned to pve1 (rule all)"}
    assert [refusal["vmid"] for refusal in by_tag] == [101, 102, 103, 104]


def test_facts_tell_what_there_is(ran):
    facts = {name: ran[0][name]["ansible_facts"]["drs"] for name in CALM}
    assert facts["facts without quorum"]["cluster"]["quorate"] is False
    assert facts["facts of an empty cluster"]["guests"] == {}
    assert list(facts["facts of one node"]["nodes"]) == ["pve1"]
    assert len(facts["facts of one node"]["guests"]) == 4


def test_no_secret_and_no_traceback_is_printed(ran, simulators):
    printed = ran[1]
    secrets = {secret for one in simulators.values() for secret in one.connection["tokens"].values()}
    assert len(secrets) > 2
    assert [secret for secret in {*secrets, WRONG_SECRET} if secret in printed] == []
    assert "Traceback" not in printed


def test_nothing_was_written_anywhere(ran, simulators):
    assert {name: one.log.writing() for name, one in simulators.items() if one.log.writing()} == {}


def test_a_failing_playbook_exits_with_2(ansible_playbook):
    variables = ("-e", "drs_api_host=127.0.0.1", "-e", "drs_api_port=1", "-e", "drs_api_user=a@pve")
    done = ansible_playbook("pve.drs.balance", *variables, PROXMOX_PASSWORD=WRONG_SECRET)
    assert done.returncode == 2
    assert "127.0.0.1:1 refuses the connection" in done.stdout
    assert WRONG_SECRET not in done.stdout + done.stderr
