# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What a configuration says about load and host."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.details import GuestConfig
from ansible_collections.pve.drs.plugins.module_utils.pve.configured import config_of, configured
from ansible_collections.pve.drs.tests.builders import a_guest

NUMA = {"numa": 1, "numa0": "cpus=0-1,hostnodes=0,memory=1024,policy=bind", "numa1": "cpus=2-3,memory=1024"}


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({}, {}),
        ({"cpulimit": "1.5"}, {"cpulimit": 1.5}),
        ({"cpulimit": 0}, {}),
        ({"hugepages": 1024}, {"hugepages": "1024"}),
        ({"hugepages": "any", "affinity": "0,5,8-11"}, {"hugepages": "any", "affinity": "0,5,8-11"}),
        (NUMA, {"hostnodes": {"numa0": "0"}}),
        ({"allow-ksm": 0}, {"allow_ksm": False}),
        ({"allow-ksm": "1"}, {}),
        ({"cpu": "host"}, {"cpu": "host"}),
        ({"cpu": "x86-64-v3,flags=+aes;-pcid"}, {"cpu": "x86-64-v3"}),
        ({"cpu": "flags=+aes,cputype=custom-ours"}, {"cpu": "custom-ours"}),
        ({"hostpci0": "mapping=gpu,pcie=1", "usb1": "mapping=key"}, {"mapped": ("pci/gpu", "usb/key")}),
        ({"hostpci0": "0000:3b:00.0", "usb0": "host=1-1", "hostpci1": "mapping=gpu,mdev=nvidia-63"}, {}),
        (
            {
                "scsi0": "ceph:vm-1-disk-0,size=8G",
                "ide2": "iso:iso/a.iso,media=cdrom",
                "hookscript": "local:snippets/x",
            },
            {"storages": ("ceph", "iso", "local")},
        ),
        ({"scsi1": "/dev/sdb", "ide2": "none,media=cdrom", "net0": "virtio=AA:BB"}, {}),
    ],
    ids=str,
)
def test_options_are_read_by_their_names(config, found):
    sets = {name: frozenset(found[name]) for name in found if name == "storages"}  # as ids of tests they have no order
    assert config_of(config) == GuestConfig(**{**found, **sets})


def test_a_guest_takes_over_what_is_configured():
    guest = configured(a_guest(size="4c/8G"), {"cores": 8, "sockets": 2, "allow-ksm": 0, "hugepages": "2"})
    assert guest.assigned.cpu == 16
    assert guest.has_hugepages
    assert not guest.merges_pages


def test_a_guest_that_was_not_asked_is_like_any_other():
    guest = a_guest()
    assert guest.merges_pages
    assert not guest.has_hugepages
