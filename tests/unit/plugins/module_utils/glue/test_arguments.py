# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Argument specifications and the fragments that describe them."""

import importlib

import pytest
import yaml

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import ESTIMATORS, METHODS, TRIGGERS
from ansible_collections.pve.drs.plugins.module_utils.glue import arguments

FRAGMENTS = "ansible_collections.pve.drs.plugins.doc_fragments"
PAIRS = {
    "connection": ("api",),
    "judging": ("policy", "measuring", "deciding", "rules"),
    "moving": ("policy.moving", "guarding"),
    "timing": ("timing",),
}


def documented(fragment):
    name, _dot, part = fragment.partition(".")
    module = importlib.import_module(f"{FRAGMENTS}.{name}")
    return yaml.safe_load(getattr(module.ModuleDocFragment, part.upper() or "DOCUMENTATION"))["options"]


@pytest.mark.parametrize("group", PAIRS)
def test_a_group_is_documented_as_it_is(group):
    spec, fragments = getattr(arguments, group)(), [documented(fragment) for fragment in PAIRS[group]]
    options = {name: option for fragment in fragments for name, option in fragment.items()}
    assert sorted(spec) == sorted(name for fragment in fragments for name in fragment)
    for name, option in spec.items():
        for key in ("type", "elements", "default", "choices", "required"):
            assert options[name].get(key) == option.get(key), (name, key)


def test_secrets_are_kept_out_of_logs():
    secret = {name for name, option in arguments.connection().items() if option.get("no_log")}
    assert secret == {"api_password", "api_token_secret"}


def test_the_environment_stands_in():
    variables = {name: option["fallback"][1] for name, option in arguments.connection().items() if "fallback" in option}
    assert variables == {
        "api_host": ["PROXMOX_HOST"],
        "api_port": ["PROXMOX_PORT"],
        "api_user": ["PROXMOX_USER"],
        "api_password": ["PROXMOX_PASSWORD"],
        "api_token_id": ["PROXMOX_TOKEN_ID"],
        "api_token_secret": ["PROXMOX_TOKEN_SECRET"],
        "validate_certs": ["PROXMOX_VALIDATE_CERTS"],
    }


def test_every_trigger_can_be_chosen():
    assert arguments.judging()["triggers"]["choices"] == list(TRIGGERS)


def test_every_method_can_be_chosen():
    assert arguments.judging()["method"]["choices"] == list(METHODS)


def test_every_estimator_can_be_chosen():
    assert arguments.judging()["estimator"]["choices"] == list(ESTIMATORS)
