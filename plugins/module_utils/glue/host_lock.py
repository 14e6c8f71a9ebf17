# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""At most one run at work on each cluster from this host, also without a state file.

A socket with an abstract name leaves no file behind, and the kernel takes it away with the process that holds it.
"""

from __future__ import annotations

import errno
import hashlib
import socket
import struct
import sys

from ansible_collections.pve.drs.plugins.module_utils.core.errors import LockUnusable

CREDENTIALS = struct.Struct("3i")
WAITING = 64


class HostLock:
    """Free again once it is closed, or the process is gone. Other systems than Linux have no such sockets."""

    def __init__(self, address: str) -> None:
        self._name = b"\0pve.drs/" + hashlib.sha256(address.encode()).hexdigest().encode()
        self._socket: socket.socket | None = None

    def take(self) -> bool:
        """False while another process of this host has it. Raises LockUnusable when nobody can tell."""
        if not sys.platform.startswith("linux"):
            return True
        try:
            self._socket = _listening(self._name)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise LockUnusable(
                f"whether another run of this host is at work cannot be told: {error.strerror or error}; nothing was "
                "started here, let this process open sockets of the kind AF_UNIX"
            ) from error
        return True

    def release(self) -> None:
        """Does nothing where it was not taken."""
        if self._socket:
            self._socket.close()
        self._socket = None

    def holder(self) -> str:
        """Who has it, as far as the kernel tells."""
        try:
            number, user, _group = CREDENTIALS.unpack(_credentials(self._name))
        except OSError:
            return "another process of this host"
        return f"process {number} of this host, user id {user}"


def _listening(name: bytes) -> socket.socket:
    """Raises OSError, with EADDRINUSE where somebody else listens."""
    mine = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        mine.bind(name)
        mine.listen(WAITING)
    except OSError:
        mine.close()
        raise
    return mine


def _credentials(name: bytes) -> bytes:
    """Of who listens. Raises OSError when nobody does any more, or it cannot be asked."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.setblocking(False)  # noqa: FBT003 - the name of the method says what it means
        asking.connect(name)
        return asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
