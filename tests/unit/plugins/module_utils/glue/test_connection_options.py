# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Options -> connection: a password or a token, and hosts."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.glue import arguments
from ansible_collections.pve.drs.plugins.module_utils.glue.connection_options import connection_from

SECRET = "5ee7d0b7-4242-4c1b-9a52-aaaabbbbcccc"
TOKEN = {"api_user": "drs@pve", "api_token_id": "balance", "api_token_secret": SECRET}
PASSWORD = {"api_user": "root@pam", "api_password": "correct horse"}


def params(**changes):
    """Return the parameters of a module that was given a host and nothing else."""
    defaults = {name: option.get("default") for name, option in arguments.connection().items()}
    return defaults | {"api_host": ["pve1"]} | changes


def test_a_token():
    made = connection_from(params(**TOKEN))
    assert (made.hosts, made.port, made.who, made.token_secret) == (("pve1",), 8006, "drs@pve!balance", SECRET)


def test_the_full_id_of_a_token_names_its_user():
    by_parts = connection_from(params(**TOKEN))
    in_full = connection_from(params(api_token_id="drs@pve!balance", api_token_secret=SECRET))
    both = connection_from(params(api_user="drs@pve", api_token_id="drs@pve!balance", api_token_secret=SECRET))
    assert by_parts.who == in_full.who == both.who


def test_a_password():
    made = connection_from(params(**PASSWORD, api_host=["a:8007", " b ", "a:8007"], api_timeout=5))
    assert (made.hosts, made.user_name, made.password) == (("a:8007", "b"), "root@pam", "correct horse")
    assert made.timeout_seconds == 5


WRONG = {
    "nothing": ({}, "no credentials"),
    "password and token": (PASSWORD | TOKEN | {"api_user": "drs@pve"}, "both a password and a token"),
    "password and token id": (PASSWORD | {"api_token_id": "x"}, "both a password and a token"),
    "token without secret": ({"api_user": "drs@pve", "api_token_id": "x"}, "without api_token_secret"),
    "secret without token": ({"api_user": "drs@pve", "api_token_secret": SECRET}, "without api_token_id"),
    "no user": ({"api_token_id": "x", "api_token_secret": SECRET}, "api_user is missing"),
    "two users": (TOKEN | {"api_token_id": "you@pve!x"}, "api_user is drs@pve, but api_token_id belongs to you@pve"),
    "no realm": (TOKEN | {"api_user": "drs"}, "names no realm"),
    "no host": (TOKEN | {"api_host": [" "]}, "api_host is empty"),
    "address of a page": (TOKEN | {"api_host": ["https://pve1/"]}, "leave out https://"),
    "port": (TOKEN | {"api_port": 0}, "api_port is 0, but must be between 1 and 65535"),
    "time-out": (TOKEN | {"api_timeout": 0}, "api_timeout is 0, but must be between 1 and 3600 seconds"),
    "no such file": (TOKEN | {"ca_path": "/no/such/ca.pem"}, "ca_path /no/such/ca.pem does not exist"),
}


@pytest.mark.parametrize(("given", "text"), WRONG.values(), ids=WRONG)
def test_what_makes_no_sense_is_refused_without_telling_secrets(given, text):
    with pytest.raises(BadPolicy) as refused:
        connection_from(params(**given))
    assert text in str(refused.value)
    assert SECRET not in str(refused.value)
    assert "horse" not in str(refused.value)
