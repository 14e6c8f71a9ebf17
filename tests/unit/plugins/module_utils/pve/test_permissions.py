# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Privileges by path, and what follows from missing ones."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import PermissionMissing
from ansible_collections.pve.drs.plugins.module_utils.pve.permissions import (
    audit_warnings,
    holds,
    require_audit,
    require_migrate,
)

AUDITOR = {"/": dict.fromkeys(["Sys.Audit", "VM.Audit", "Datastore.Audit", "Pool.Audit"], 1)}
HELD = {
    "on the path": ({"/vms/1": {"VM.Migrate": 0}}, "/vms/1", True),
    "inherited": ({"/": {"VM.Migrate": 1}}, "/vms/1", True),
    "inherited as text": ({"/vms": {"VM.Migrate": "1"}}, "/vms/1", True),
    "above, but not passed on": ({"/": {"VM.Migrate": 0}}, "/vms/1", False),
    "on the root itself": ({"/": {"VM.Migrate": 0}}, "/", True),
    "replaced below": ({"/": {"VM.Migrate": 1}, "/vms/1": {"VM.Audit": 1}}, "/vms/1", False),
    "on another guest": ({"/vms/2": {"VM.Migrate": 1}}, "/vms/1", False),
    "nowhere": ({}, "/vms/1", False),
}


@pytest.mark.parametrize(("permissions", "path", "expected"), HELD.values(), ids=HELD.keys())
def test_who_holds_what(permissions, path, expected):
    assert holds(permissions, "VM.Migrate", path) is expected


def test_an_auditor_sees_everything():
    require_audit(AUDITOR, "me")
    assert audit_warnings(AUDITOR, "me") == ()


def test_rights_somewhere_in_the_tree_are_not_rights_everywhere():
    """A token that is limited to one pool sees a part of the cluster only."""
    with pytest.raises(PermissionMissing, match=r"me lacks Sys\.Audit on /, Sys\.Audit on /nodes, VM\.Audit on /vms"):
        require_audit({"/pool/shop": AUDITOR["/"], "/vms/100": AUDITOR["/"]}, "me")


def test_moving_needs_the_right_on_every_guest():
    require_migrate({"/vms": {"VM.Migrate": 1}}, [1, 2], "me")
    with pytest.raises(PermissionMissing, match=r"me lacks VM\.Migrate on /vms/2; .* nothing was moved"):
        require_migrate({"/vms/1": {"VM.Migrate": 1}}, [1, 2], "me")
