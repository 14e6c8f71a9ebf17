# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Bytes of volumes, by configuration."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.details import total_bytes
from ansible_collections.pve.drs.plugins.module_utils.pve.drives import configured_volumes

GIB = 2.0**30
CONFIGS = {
    "one disk": ({"scsi0": "local:vm-1-disk-0,size=8G"}, 8 * GIB),
    "another storage": ({"scsi0": "ceph:vm-1-disk-0,size=8G"}, 0.0),
    "several": (
        {"scsi0": "local:x,size=8G", "efidisk0": "local:y,size=4M", "tpmstate0": "ceph:z,size=4M"},
        8 * GIB + 2**22,
    ),
    "container": ({"rootfs": "local:x,size=2G", "mp0": "volume=local:y,mp=/y,size=1G", "mp1": "/srv,mp=/z"}, 3 * GIB),
    "CD image": ({"ide2": "local:iso/a.iso,media=cdrom,size=1G"}, 0.0),
    "no CD": ({"ide2": "none,media=cdrom"}, 0.0),
    "cloud-init": ({"ide2": "local:vm-1-cloudinit,media=cdrom,size=4M"}, 2.0**22),
    "unknown size": ({"scsi0": "local:x,size=8G", "unused0": "local:y"}, None),
    "other keys": ({"scsihw": "virtio-scsi-single", "net0": "virtio=local:1", "cores": 2}, 0.0),
}


def sizes(volumes):
    return None if volumes is None else total_bytes(volumes)


def test_volumes_are_known_by_name_and_storage():
    (volume,) = configured_volumes({"scsi0": "local:vm-1-disk-0,size=8G"}, {"local"})
    assert (volume.storage, volume.name) == ("local", "vm-1-disk-0")


@pytest.mark.parametrize(("config", "size"), CONFIGS.values(), ids=CONFIGS.keys())
def test_volumes_by_configuration(config, size):
    assert sizes(configured_volumes(config, {"local"})) == size
