# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The options of guest configurations, as parameters of the calls that change them."""

from __future__ import annotations

from .params import count, flag, number, text
from .types import Param

KEYBOARDS = tuple(
    "de de-ch da en-gb en-us es fi fr fr-be fr-ca fr-ch hu is it ja lt mk nl no pl pt pt-br sv sl tr".split()
)
QEMU_LOCKS = tuple("backup clone create migrate rollback snapshot snapshot-delete suspending suspended".split())
LXC_LOCKS = tuple("backup create destroyed disk fstrim migrate mounted rollback snapshot snapshot-delete".split())
QEMU_OS = tuple("other wxp w2k w2k3 w2k8 wvista win7 win8 win10 win11 l24 l26 solaris".split())
LXC_OS = tuple("debian devuan ubuntu centos fedora opensuse archlinux alpine gentoo nixos unmanaged".split())
SCSI_CONTROLLERS = tuple("lsi lsi53c810 virtio-scsi-pci virtio-scsi-single megasas pvscsi".split())
MEMORY = Param("current", "integer", default=512, minimum=16)
VMGENID = r"(?:[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}|[01])"


def _flags(names: str) -> tuple[Param, ...]:
    return tuple(flag(name) for name in names.split())


def _texts(names: str) -> tuple[Param, ...]:
    return tuple(text(name) for name in names.split())


QEMU_OPTIONS: tuple[Param, ...] = (
    *_flags("acpi autostart ciupgrade freeze keephugepages kvm localtime numa onboot protection reboot tablet tdf"),
    *_flags("template"),
    flag("allow-ksm", since="9.0"),
    *_texts("affinity agent amd-sev args audio0 boot cdrom cicustom cipassword ciuser cpu efidisk0 hookscript"),
    *_texts("hostpci[n] hotplug ide[n] ipconfig[n] ivshmem machine nameserver net[n] numa[n] rng0 sata[n]"),
    *_texts("scsi[n] searchdomain spice_enhancements sshkeys startup tpmstate0 unused[n] usb[n] vga"),
    *_texts("virtio[n] virtiofs[n] watchdog"),
    text("intel-tdx", since="9.0"),
    text("memory", keys=(MEMORY,), default_key="current"),
    text("name", format="dns-name"),
    text("description", max_length=8192),
    text("smbios1", max_length=512),
    text("tags", format="pve-tag-list"),
    text("vmstatestorage", format="pve-storage-id"),
    text("vmgenid", pattern=VMGENID),
    text("bootdisk", pattern=r"(ide|sata|scsi|virtio)\d+"),
    text("parallel[n]", pattern=r"/dev/parport\d+|/dev/usb/lp\d+"),
    text("serial[n]", pattern=r"(/dev/.+|socket)", until="8.4"),
    text("serial[n]", pattern=r"(/dev/[^,]+|socket)", since="9.0"),
    text("startdate", pattern=r"(now|\d{4}-\d{1,2}-\d{1,2}(T\d{1,2}:\d{1,2}:\d{1,2})?)"),
    text("arch", enum=("x86_64", "aarch64")),
    text("bios", enum=("seabios", "ovmf")),
    text("citype", enum=("configdrive2", "nocloud", "opennebula")),
    text("hugepages", enum=("any", "2", "1024")),
    text("keyboard", enum=KEYBOARDS),
    text("lock", enum=QEMU_LOCKS),
    text("ostype", enum=QEMU_OS),
    text("scsihw", enum=SCSI_CONTROLLERS),
    count("balloon", 0),
    count("cores", 1),
    count("cpuunits", 1, 262144),
    count("migrate_speed", 0),
    count("shares", 0, 50000),
    count("smp", 1),
    count("sockets", 1),
    count("vcpus", 1),
    number("cpulimit", 0, 128),
    number("migrate_downtime", 0),
)

LXC_OPTIONS: tuple[Param, ...] = (
    *_flags("console debug onboot protection template unprivileged"),
    *_texts("dev[n] features hookscript mp[n] nameserver net[n] rootfs searchdomain startup timezone unused[n]"),
    text("entrypoint", since="9.0"),
    text("env", since="9.0"),
    text("description", max_length=8192),
    text("hostname", max_length=255),
    text("tags", format="pve-tag-list"),
    text("arch", enum=("amd64", "i386", "arm64", "armhf", "riscv32", "riscv64")),
    text("cmode", enum=("shell", "console", "tty")),
    text("lock", enum=LXC_LOCKS),
    text("ostype", enum=LXC_OS),
    count("cores", 1, 8192),
    count("cpuunits", 0, 500000),
    count("memory", 16),
    count("swap", 0),
    count("tty", 0, 6),
    number("cpulimit", 0, 8192),
)

CHANGES: tuple[Param, ...] = (
    text("delete", format="pve-configid-list"),
    text("digest", max_length=40),
    text("revert", format="pve-configid-list"),
)
QEMU_FORCE = flag("force", requires="delete")
