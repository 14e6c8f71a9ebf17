# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""One method for each endpoint that we use (pve-api 2 to 10)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ApiError
from ansible_collections.pve.drs.plugins.module_utils.pve.client import Client
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import Unanswered
from ansible_collections.pve.drs.plugins.module_utils.pve.tasks import is_upid
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Json, Row, Rows, number, row_of, rows_of

Result = TypeVar("Result")


class Api:
    """Answers as PVE sends them; errors as `Client` raises them. What writes says so."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def fan_out(self, calls: Sequence[Callable[[], Result]]) -> list[Result]:
        return self.client.fan_out(calls)

    def version(self) -> Row:
        return self._row("/version")

    def permissions(self) -> Row:
        """Privileges of the asking user or token by path; the value tells whether they are inherited below."""
        return self._row("/access/permissions")

    def permissions_of(self, userid: str) -> Row:
        """The same of another user or token; needs Sys.Audit on /access."""
        return self._row("/access/permissions", userid=userid)

    def roles(self) -> Rows:
        """All roles with their privileges."""
        return self._rows("/access/roles")

    def users(self) -> Rows:
        """Users with their tokens; those that the asking user may see, and itself."""
        return self._rows("/access/users", full=1)

    def access_list(self) -> Rows:
        """Who holds which role on which path, as far as the asking user may change it."""
        return self._rows("/access/acl")

    def cluster_status(self) -> Rows:
        return self._rows("/cluster/status")

    def resources(self) -> Rows:
        """Nodes, guests, storages and more in one listing."""
        return self._rows("/cluster/resources")

    def guest_resources(self) -> Rows:
        return self._rows("/cluster/resources", type="vm")

    def storage_resources(self) -> Rows:
        return self._rows("/cluster/resources", type="storage")

    def cluster_tasks(self) -> Rows:
        """What runs on every node, and the latest of what ended."""
        return self._rows("/cluster/tasks")

    def options(self) -> Row:
        return self._row("/cluster/options")

    def ha_rules(self) -> Rows:
        """PVE 9 only."""
        return self._rows("/cluster/ha/rules")

    def ha_groups(self) -> Rows:
        """PVE 8 only."""
        return self._rows("/cluster/ha/groups")

    def ha_resources(self) -> Rows:
        return self._rows("/cluster/ha/resources")

    def ha_manager_status(self) -> Row:
        return self._row("/cluster/ha/status/manager_status")

    def ceph_status(self) -> Row:
        """Raises ApiRefusal where there is no Ceph, too."""
        return self._row("/cluster/ceph/status")

    def storages(self) -> Rows:
        """The storage configuration, not the figures."""
        return self._rows("/storage")

    def replication_jobs(self) -> Rows:
        """Jobs of the guests that the user may see."""
        return self._rows("/cluster/replication")

    def mappings(self, kind: str) -> Rows:
        """Mappings of devices, of kind pci or usb; those on which the user holds any privilege."""
        return self._rows(f"/cluster/mapping/{kind}")

    def migrate_conditions(self, node: str, kind: str, vmid: int) -> Row:
        """What PVE knows against moving a guest; for containers PVE 9 only. Needs VM.Migrate."""
        return self._row(f"/nodes/{node}/{kind}/{vmid}/migrate")

    def guest_status(self, node: str, kind: str, vmid: int) -> Row:
        """How a guest is doing at this moment; of machines with what QEMU says."""
        return self._row(f"/nodes/{node}/{kind}/{vmid}/status/current")

    def guest_config(self, node: str, kind: str, vmid: int) -> Row:
        return self._row(f"/nodes/{node}/{kind}/{vmid}/config")

    def guest_pending(self, node: str, kind: str, vmid: int) -> Rows:
        """Options of a guest with what they become when it is started the next time."""
        return self._rows(f"/nodes/{node}/{kind}/{vmid}/pending")

    def node_time(self, node: str) -> float:
        """Seconds since the epoch by the clock of a node. Raises ApiError."""
        path = f"/nodes/{node}/time"
        moment = number(self._row(path).get("time"))
        if moment is None:
            raise ApiError(f"GET {path}: the answer holds no time")
        return moment

    def node_status(self, node: str) -> Row:
        """How a node is doing, with its swap, merged pages and processors."""
        return self._row(f"/nodes/{node}/status")

    def node_history(self, node: str, timeframe: str, consolidation: str) -> Rows:
        """Recorded figures; any node answers for every other, also for one that is down (pve-api 4)."""
        return self._rows(f"/nodes/{node}/rrddata", timeframe=timeframe, cf=consolidation)

    def guest_history(self, node: str, kind: str, vmid: int, timeframe: str) -> Rows:
        """Recorded means of a guest, wherever it ran."""
        return self._rows(f"/nodes/{node}/{kind}/{vmid}/rrddata", timeframe=timeframe, cf="AVERAGE")

    def machines(self, node: str) -> Rows:
        """The virtual machines of a node, with pressure and balloons."""
        return self._rows(f"/nodes/{node}/qemu", full=1)

    def containers(self, node: str) -> Rows:
        """The containers of a node, with pressure."""
        return self._rows(f"/nodes/{node}/lxc")

    def volumes(self, node: str, storage: str) -> Rows:
        """What lies on a storage of a node."""
        return self._rows(f"/nodes/{node}/storage/{storage}/content")

    def node_tasks(self, node: str, kind: str, since: int) -> Rows:
        """Tasks of one kind that ended on a node and began since that moment (seconds since the epoch)."""
        return self._rows(f"/nodes/{node}/tasks", source="archive", typefilter=kind, since=since, limit=0)

    def migrate(self, node: str, kind: str, vmid: int, params: Row) -> str:
        """Writes: start a migration; gives the UPID of its task. Raises Unanswered too."""
        path = f"/nodes/{node}/{kind}/{vmid}/migrate"
        upid = str(self.client.post(path, **params))
        if not is_upid(upid):
            raise Unanswered(f"POST {path} was answered without a task; it may have been carried out")
        return upid

    def power(self, guest_path: str, action: str, params: Row) -> str:
        """Writes: start or shut down the guest with this path; gives the UPID of its task. Raises Unanswered too."""
        path = f"{guest_path}/status/{action}"
        upid = str(self.client.post(path, **params))
        if not is_upid(upid):
            raise Unanswered(f"POST {path} was answered without a task; it may have been carried out")
        return upid

    def create_token(self, path: str, params: Row) -> str:
        """Writes: make a token; gives its secret, which PVE never tells again. Raises Unanswered too."""
        answer = row_of(self.client.post(path, **params), path)
        return str(answer.get("value") or "")

    def create(self, path: str, params: Row) -> None:
        """Writes: add an entry to a configuration that is a list, such as /cluster/ha/rules. Raises Unanswered too."""
        self.client.post(path, **params)

    def change(self, path: str, params: Row) -> None:
        """Writes: change a configuration. Raises Unanswered too."""
        self.client.put(path, **params)

    def remove(self, path: str) -> None:
        """Writes: remove an entry of a configuration. Raises Unanswered too."""
        self.client.delete(path)

    def task_status(self, node: str, upid: str) -> Row:
        return self._row(f"/nodes/{node}/tasks/{upid}/status")

    def stop_task(self, node: str, upid: str) -> None:
        """Writes: tell a task of our own to end; harmless when it has (pve-api 7). Raises Unanswered too."""
        self.client.delete(f"/nodes/{node}/tasks/{upid}")

    def task_log(self, node: str, upid: str, *, limit: int) -> tuple[str, ...]:
        """The first lines of a task's log."""
        rows = self._rows(f"/nodes/{node}/tasks/{upid}/log", limit=limit)
        return tuple(str(row.get("t", "")) for row in rows)

    def guest_tasks(self, node: str, vmid: int) -> Rows:
        """Tasks of one guest on one node, running ones included, the newest first."""
        return self._rows(f"/nodes/{node}/tasks", source="all", vmid=vmid, limit=20)

    def _rows(self, path: str, **params: Json) -> Rows:
        return rows_of(self.client.get(path, **params), path)

    def _row(self, path: str, **params: Json) -> Row:
        return row_of(self.client.get(path, **params), path)
