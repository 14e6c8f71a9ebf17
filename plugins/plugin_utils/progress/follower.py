# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Follow the streams of several hosts beside the play, and show what they tell."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.pve.drs.plugins.plugin_utils.progress.lines import Line, Narrator
from ansible_collections.pve.drs.plugins.plugin_utils.progress.streams import Streams

POLL_SECONDS = 0.2
Show = Callable[[Line], None]


@dataclass(frozen=True, slots=True)
class Followed:
    """One host: where its module writes, and who tells of it."""

    folder: Path
    streams: Streams
    narrator: Narrator


class Follower:
    """Shows lines from a thread of its own. When something goes wrong it says so once, by `complain`, and is silent."""

    def __init__(self, show: Show, complain: Callable[[str], None], heartbeat_seconds: float) -> None:
        self._show, self._complain = show, complain
        self._heartbeat = heartbeat_seconds
        self._hosts: dict[str, Followed] = {}
        self._lock = threading.Lock()
        self._wanted = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, host: str, parent: str | None = None) -> Path:
        """A new folder that only we may enter, for the module of this host to write to."""
        self.end(host)
        folder = Path(tempfile.mkdtemp(prefix="drs-progress-", dir=parent))
        with self._lock:
            self._hosts[host] = Followed(folder, Streams(folder), Narrator(host, told_at=time.time()))
        self._wanted.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._follow, name="pve.drs.progress", daemon=True)
            self._thread.start()
        return folder

    def end(self, host: str) -> None:
        """Shows what is left to be told, and removes the folder."""
        with self._lock:
            followed = self._hosts.pop(host, None)
            if followed:
                self._tell(followed)
            if not self._hosts:
                self._wanted.clear()
        if followed:
            shutil.rmtree(followed.folder, ignore_errors=True)  # a module that we no longer wait for may be writing

    def close(self) -> None:
        for host in tuple(self._hosts):
            self.end(host)

    def _follow(self) -> None:
        """For as long as the process lives; asleep while there is nobody to follow."""
        while self._wanted.wait():
            with self._lock:
                for followed in tuple(self._hosts.values()):
                    self._tell(followed)
            time.sleep(POLL_SECONDS)

    def _tell(self, followed: Followed) -> None:
        try:
            self._tell_new(followed)
        except Exception as error:  # noqa: BLE001 - the play goes on, whatever cannot be shown
            self._hosts.pop(followed.narrator.host, None)
            shutil.rmtree(followed.folder, ignore_errors=True)
            self._complain(f"pve.drs.progress shows nothing more of {followed.narrator.host}: {error}")

    def _tell_new(self, followed: Followed) -> None:
        now, narrator = time.time(), followed.narrator
        for event in followed.streams.new_events():
            for line in narrator.tell(event, now):
                self._show(line)
        if self._heartbeat:
            for line in narrator.remind(now, self._heartbeat):
                self._show(line)
