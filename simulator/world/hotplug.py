# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Which options of a running guest take effect at once, and which wait for its next start (pve-api.md 5.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model import Guest

DEFAULT_FEATURES = "network,disk,usb"
CLOUD_INIT = "cicustom cipassword citype ciupgrade ciuser nameserver searchdomain sshkeys".split()
# Read by the daemons only, or by the next boot of a cloud image: nothing has to be told to the process.
QUIET = {
    "qemu": {
        *"description hookscript lock migrate_downtime migrate_speed name onboot protection shares startup".split(),
        *"tags vmstatestorage".split(), *CLOUD_INIT,
    },
    "lxc": set("description onboot startup protection hostname hookscript cores tags lock".split()),
}  # fmt: skip
# Told to the control group of the process.
CGROUP = {"qemu": {"cpuunits", "cpulimit"}, "lxc": {"cpuunits", "cpulimit", "memory", "swap"}}


def is_quiet(kind: str, option: str) -> bool:
    """Whether nobody but the daemons reads an option of a guest of this type."""
    return option in QUIET[kind] or (kind == "qemu" and re.fullmatch(r"ipconfig\d+", option) is not None)


def takes_value(guest: Guest, option: str, value: object) -> bool:
    """Whether a running guest takes a new value of an option at once."""
    if is_quiet(guest.type, option) or option in CGROUP[guest.type]:
        return True
    if guest.type == "lxc":
        is_new = option not in guest.config and re.fullmatch(r"(mp|dev)\d+", option) is not None
        return is_new or re.fullmatch(r"net\d+", option) is not None
    return _vm_takes(guest.config, option, value)


def loses_option(guest: Guest, option: str) -> bool:
    """Whether an option of a running guest can be taken away at once."""
    if is_quiet(guest.type, option) or option in CGROUP[guest.type] - {"memory"}:
        return True
    if guest.type == "lxc":
        return re.fullmatch(r"(net|unused)\d+", option) is not None
    if option == "balloon":
        return int(str(guest.config["balloon"])) != 0
    if re.fullmatch(r"unused\d+", option):
        return True
    return not re.match(r"ide|sata", option) and _vm_takes(guest.config, option, "")


def _vm_takes(config: Mapping[str, object], option: str, value: object) -> bool:
    features = hotplug_features(config)
    if option == "balloon":
        # The device itself comes and goes with a start only.
        return _has_balloon(config.get("balloon")) == _has_balloon(value)
    if option == "hotplug":
        return not re.search("cpu|memory", f"{value},{config.get('hotplug', '')}")
    wanted = next((feature for pattern, feature in PLUGGED if re.fullmatch(pattern, option)), None)
    return wanted in features


# What can be plugged in, and the feature in `hotplug` that it takes.
PLUGGED = (
    (r"vcpus", "cpu"),
    (r"memory", "memory"),
    (r"net\d+", "network"),
    (r"(scsi|virtio|ide|sata)\d+", "disk"),
    (r"usb\d+|tablet", "usb"),
)


def hotplug_features(config: Mapping[str, object]) -> set[str]:
    """The features that the option `hotplug` of a VM switches on; 1 stands for the usual ones, 0 for none."""
    text = str(config.get("hotplug", "1"))
    return set() if text == "0" else set((DEFAULT_FEATURES if text == "1" else text).split(","))


def _has_balloon(value: object) -> bool:
    return value is None or int(str(value)) != 0
