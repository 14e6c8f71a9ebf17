# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What somebody may do with a cluster, and what is missing for the rest."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.access.standing import (
    access_report,
    bootstrap_command,
    command_for,
    standings,
)
from ansible_collections.pve.drs.plugins.module_utils.core.access.uses import OWN_NEEDS, USES, needs_of_uses
from ansible_collections.pve.drs.plugins.module_utils.core.model.access import Access

AUDITS = ("Sys.Audit", "VM.Audit", "Datastore.Audit", "Pool.Audit", "Mapping.Audit")


def access(*privileges, **paths):
    """Somebody who holds these everywhere, and more on further paths."""
    below = {path.replace("_", "/"): dict.fromkeys(held, True) for path, held in paths.items()}
    return Access(who="me", paths={"/": dict.fromkeys(privileges, True), **below})


def granted(held, vmids=(101, 102)):
    return {standing.use: standing.granted for standing in standings(held, vmids)}


def of(held, use, vmids=(101, 102)):
    return next(standing for standing in standings(held, vmids) if standing.use == use)


def test_who_holds_all_may_do_all_and_who_holds_nothing_may_do_nothing():
    everything = {need.privilege for need in needs_of_uses(USES)}
    assert set(granted(access(*everything)).values()) == {"full"}
    assert set(granted(Access()).values()) == {"none"}


def test_an_auditor_reports_and_does_no_more():
    found = granted(access(*AUDITS))
    assert found.pop("report") == "full"
    assert set(found.values()) == {"none"}


def test_what_is_not_indispensable_leaves_a_part():
    found = of(access("Sys.Audit", "VM.Audit"), "report")
    assert found.granted == "partial"
    assert [lack.need.privilege for lack in found.lacks] == ["Datastore.Audit", "Pool.Audit"]


def test_some_guests_are_a_part():
    found = of(access(*AUDITS, _vms_101=[*AUDITS, "VM.Migrate"]), "balance")
    assert found.granted == "partial"
    assert [(lack.need.privilege, lack.vmids) for lack in found.lacks] == [("VM.Migrate", (102,))]
    all_of_them = access(*AUDITS, _vms_101=[*AUDITS, "VM.Migrate"], _vms_102=[*AUDITS, "VM.Migrate"])
    assert of(all_of_them, "balance").granted == "full"
    assert of(access(*AUDITS), "balance").lacks[0].vmids == ()


def test_without_guests_the_path_of_all_guests_counts():
    assert of(access(*AUDITS), "balance", ()).granted == "none"
    assert of(access(*AUDITS, "VM.Migrate"), "balance", ()).granted == "full"


def test_what_is_not_passed_on_does_not_count_below():
    here = Access(paths={"/": dict.fromkeys(AUDITS, False)})
    assert here.holds("Sys.Audit", "/")
    assert not here.holds("Sys.Audit", "/nodes")
    assert of(here, "report").granted == "none"


def test_the_command_keeps_what_is_granted_already():
    command = (
        """ansible-playbook pve.drs.bootstrap -e '{"drs_bootstrap_for": ["report", "balance", "evacuate", "rules"]}'"""
    )
    assert command_for(access(*AUDITS, "VM.Migrate"), "rules") == command
    without_pools = access("Sys.Audit", "VM.Audit", "VM.Migrate")
    assert command_for(without_pools, "report").endswith("""["report", "balance", "evacuate"]}'""")
    assert bootstrap_command(["rules", "report"]).endswith("""["report", "rules"]}'""")


def test_the_report_names_what_is_missing_where_and_what_for():
    found = access_report(access(*AUDITS, "VM.Migrate"), [101])
    assert found["user"] == "me"
    assert found["uses"]["balance"] == {"granted": "full", "missing": [], "mend": None}
    rules = found["uses"]["rules"]
    assert [(lack["privilege"], lack["path"], lack["vmids"]) for lack in rules["missing"]] == [
        ("Sys.Console", "/", []), ("VM.Config.Options", "/vms", []),
    ]  # fmt: skip
    assert "pve.drs.bootstrap" in rules["mend"]


@pytest.mark.parametrize("use", USES)
def test_every_use_looks_first_and_names_nothing_twice(use):
    needs = needs_of_uses([use])
    assert set(needs_of_uses(["report"])) <= set(needs)
    assert set(OWN_NEEDS[use]) <= set(needs)
    assert len(set(needs)) == len(needs)
