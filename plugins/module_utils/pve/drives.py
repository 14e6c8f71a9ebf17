# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Volumes that a guest's configuration names (pve-api 10). No input or output."""

from __future__ import annotations

import re
from collections.abc import Collection

from ansible_collections.pve.drs.plugins.module_utils.core.model.details import LocalVolume
from ansible_collections.pve.drs.plugins.module_utils.pve.containers import size_of, source_of
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Row

VOLUME = re.compile(r"(ide|sata|scsi|virtio|mp|unused)\d+|efidisk0|tpmstate0|rootfs")


def configured_volumes(config: Row, storages: Collection[str]) -> tuple[LocalVolume, ...] | None:
    """A guest's volumes on these storages; None where the configuration does not tell a size."""
    lines = [str(value) for key, value in config.items() if VOLUME.fullmatch(key) and _is_on(str(value), storages)]
    sizes = [size_of(line) for line in lines]
    known = [size for size in sizes if size is not None]
    if len(known) < len(sizes):
        return None
    return tuple(_volume(source_of(line), size) for line, size in zip(lines, known, strict=True))


def _volume(source: str, size: float) -> LocalVolume:
    """A configuration names each volume once, so that its storage may stand for the pool."""
    storage, _unused, name = source.partition(":")
    return LocalVolume(storage=storage, pool=storage, name=name, bytes=size)


def storages_of(config: Row) -> frozenset[str]:
    """All that hold something that the guest names: volumes, CD images and its hook script."""
    sources = [source_of(value) for key, value in config.items() if VOLUME.fullmatch(key) or key == "hookscript"]
    return frozenset(source.partition(":")[0] for source in sources if ":" in source and not source.startswith("/"))


def _is_on(line: str, storages: Collection[str]) -> bool:
    """A CD image is no volume of the guest; a cloud-init drive is."""
    source = source_of(line)
    is_image = "media=cdrom" in line.split(",") and "cloudinit" not in source
    return not is_image and source.partition(":")[0] in storages
