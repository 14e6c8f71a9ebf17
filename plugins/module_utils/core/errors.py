# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Errors that end a run. Each says what happened, where, and what to do."""

from __future__ import annotations


class DrsError(Exception):
    """A reason to stop that the user can read."""


class BadPolicy(DrsError):
    """An option or rule that makes no sense, alone or together with another."""


class BadPlan(DrsError):
    """A plan from a file that is none, was edited, or is too old."""


class InconsistentInventory(DrsError):
    """The cluster's own listing contradicts itself."""


class NoMeasurement(DrsError):
    """A node lacks the figures that the method needs; nothing else is put in their place."""


class ApiError(DrsError):
    """The API did not answer, or answered with an error."""


class ClusterChanged(DrsError):
    """The cluster is no longer the one that the plan was made for."""


class NodeNotReady(DrsError):
    """A node that is to get its guests back is not well, or not for long enough."""


class NoQuorum(DrsError):
    """The cluster has no quorum, so nothing may be written."""


class PermissionMissing(ApiError):
    """The user lacks a privilege; the text names it and the path."""


class StateUnusable(DrsError):
    """The state file cannot be read or written, or is none of ours."""


class Interrupted(DrsError):
    """Somebody asked to stop before anything was started."""


class ClusterLocked(DrsError):
    """Another run is at work on the cluster; nothing was planned or started."""


class LockUnusable(DrsError):
    """Nobody can tell whether another run is at work; nothing was planned or started."""
