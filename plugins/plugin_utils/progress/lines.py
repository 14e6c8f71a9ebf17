# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Events of an execution -> lines for people: plain text, one line each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ansible_collections.pve.drs.plugins.plugin_utils.progress.streams import Event
from ansible_collections.pve.drs.plugins.plugin_utils.report.words import counted, duration

BAR_WIDTH = 20
MOST_NAMED = 4
GOOD, BAD, ODD, PLAIN = "good", "bad", "odd", "plain"
TONES = {"done": GOOD, "failed": BAD, "skipped": ODD, "running": ODD}


@dataclass(frozen=True, slots=True)
class Line:
    """What is shown, and how it is meant: good, bad, odd or plain."""

    text: str
    tone: str = PLAIN


@dataclass(slots=True)
class Flight:
    """A move that is under way since `began`, in seconds of the epoch."""

    label: str
    began: float


@dataclass(slots=True)
class Narrator:
    """Tells of the executions of one host, one after the other."""

    host: str
    flights: dict[object, Flight] = field(default_factory=dict)
    last: Event = field(default_factory=dict)
    told_at: float = 0.0

    def tell(self, event: Event, now: float) -> Iterator[Line]:
        """A line for each start, each result, and what comes of it all; `now` is in seconds of the epoch."""
        self.last = event
        text = self._note(event)
        if text:
            self.told_at = now
            tone = TONES.get(str(event.get("event")), PLAIN)
            yield Line(clean(f"[{self.host}] {text}"), tone)

    def remind(self, now: float, after: float) -> Iterator[Line]:
        """Of what is under way, when nothing was told for so many seconds."""
        if self.flights and now - self.told_at >= after:
            self.told_at = now
            yield Line(clean(f"[{self.host}] {_count(self.last)} moving   {self._under_way(now)}"))

    def _note(self, event: Event) -> str:
        kind = event.get("event")
        if kind == "begins":
            self.flights.clear()
            moves, steps = counted(int(event["total"]), "move"), counted(int(event["steps"]), "step")
            return f"cluster {event['cluster']}: {moves} in {steps}{_left(event)}"
        if kind == "started":
            return self._started(event)
        if kind in TONES:
            return self._ended(event)
        return _end(event) if kind == "finished" else ""

    def _started(self, event: Event) -> str:
        self.flights[event["vmid"]] = Flight(_label(event), float(event["time"]))
        return f"{_count(event)} started  {_way(event)}, step {event['step']} of {event['steps']}{_left(event)}"

    def _ended(self, event: Event) -> str:
        self.flights.pop(event["vmid"], None)
        kind, took = event["event"], duration(float(event["seconds"]))
        if kind == "done":
            return f"{_count(event)} {kind:8} {_way(event)} after {took}{_left(event)}"
        return f"{_count(event)} {kind:8} {_way(event)}: {event['reason']}{_left(event)}"

    def _under_way(self, now: float) -> str:
        told = [_flown(flight, now) for flight in self.flights.values()]
        more = f" and {len(told) - MOST_NAMED} more" if len(told) > MOST_NAMED else ""
        return f"{', '.join(told[:MOST_NAMED])}{more}"


def clean(text: str) -> str:
    """Without anything that a terminal would obey."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _end(event: Event) -> str:
    counts = ", ".join(f"{count} {status}" for status, count in event["counts"].items() if count)
    why = event.get("interrupted_by")
    return f"{_count(event)} finished {counts}{f'; ended early: {why}' if why else ''}"


def _flown(flight: Flight, now: float) -> str:
    return f"{flight.label} for {duration(max(0.0, now - flight.began))}"


def _count(event: Event) -> str:
    """A bar, and how many of how many have a result."""
    done, total = int(event.get("done", 0)), int(event.get("total", 0))
    filled = BAR_WIDTH * done // total if total else 0
    width = len(str(total))
    return f"[{'#' * filled}{'.' * (BAR_WIDTH - filled)}] {done:{width}}/{total}"


def _way(event: Event) -> str:
    return f"{_label(event)} {event['source']} -> {event['target']}"


def _label(event: Event) -> str:
    return f"{event['vmid']} ({event['name']})" if event.get("name") else str(event["vmid"])


def _left(event: Event) -> str:
    left = float(event.get("left_seconds", 0.0))
    return f", about {duration(left)} left" if left >= 1 else ""
