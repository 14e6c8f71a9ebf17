# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Disks and mount points as guest configs name them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

QEMU_DRIVE = re.compile(r"^(?:(?:ide|sata|scsi|virtio|unused)\d+|efidisk0|tpmstate0)$")
LXC_DRIVE = re.compile(r"^(?:rootfs|mp\d+|unused\d+)$")
SIZE_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}


@dataclass(frozen=True)
class Drive:
    """One drive line; size in bytes or None when the line has none."""

    key: str
    volid: str
    options: Mapping[str, str]
    size: int | None

    @property
    def storage(self) -> str | None:
        """The storage that holds the volume; None for paths and empty drives."""
        if self.volid.startswith("/") or ":" not in self.volid:
            return None
        return self.volid.split(":", 1)[0]

    @property
    def is_cdrom(self) -> bool:
        return self.options.get("media") == "cdrom" or self.volid in ("none", "cdrom")

    @property
    def is_cloudinit(self) -> bool:
        return self.volid.endswith("-cloudinit") or "-cloudinit." in self.volid

    @property
    def is_unused(self) -> bool:
        return self.key.startswith("unused")

    @property
    def is_path(self) -> bool:
        """A bind mount or device of the host instead of a volume."""
        return self.volid.startswith("/")

    @property
    def is_bound(self) -> bool:
        """A file, device or CD drive of the node that the guest is on."""
        return self.volid == "cdrom" or (self.is_path and not self.is_shared_path)

    @property
    def is_shared_path(self) -> bool:
        return self.is_path and self.options.get("shared") == "1"


def parse_drives(kind: str, config: Mapping[str, object]) -> tuple[Drive, ...]:
    """All drives of a config, in the order of their keys."""
    pattern = QEMU_DRIVE if kind == "qemu" else LXC_DRIVE
    return tuple(parse_drive(key, str(config[key])) for key in sorted(config) if pattern.match(key))


def boot_size(kind: str, config: Mapping[str, object]) -> int:
    """Bytes of the disk that a guest starts from; 0 when it has none."""
    if kind == "lxc":
        return parse_drive("rootfs", str(config.get("rootfs", ""))).size or 0
    order = re.search(r"order=([\w;]+)", str(config.get("boot", "")))
    keys = order[1].split(";") if order else ["scsi0", "virtio0", "sata0", "ide0"]
    drives = (parse_drive(key, str(config[key])) for key in keys if QEMU_DRIVE.match(key) and key in config)
    return next((drive.size or 0 for drive in drives if not drive.is_cdrom), 0)


def parse_drive(key: str, text: str) -> Drive:
    """One drive line such as `tank:vm-100-disk-0,size=32G`."""
    head, *rest = text.split(",")
    options = dict(part.split("=", 1) for part in rest if "=" in part)
    volid = head.removeprefix("file=").removeprefix("volume=")
    return Drive(key, volid, options, parse_size(options.get("size")))


def parse_size(text: str | None) -> int | None:
    """Bytes of a size such as 32G; None when there is none."""
    if not text:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([KMGT]?)", text)
    return int(float(match[1]) * SIZE_UNITS[match[2]]) if match else None
