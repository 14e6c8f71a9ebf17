# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What to want: a policy is named data that chooses method, triggers, planners and limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ansible_collections.pve.drs.plugins.module_utils.core.model.hours import ALWAYS, Hours
from ansible_collections.pve.drs.plugins.module_utils.core.model.pools import Pool
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import FULL, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much may be done: moves per plan, moves under way at once in all and for each node; how long to search.

    Of those at a node so many may leave it, and so many come to it, where that is limited too. Guests that do not
    run count apart, for all nodes together, where `max_parallel_offline` says how many of them.
    """

    max_moves: int = 8
    max_parallel: int = 4
    max_parallel_per_node: int = 2
    max_parallel_per_source: int | None = None
    max_parallel_per_target: int | None = None
    max_parallel_offline: int | None = None
    planning_seconds: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PressureLimits:
    """Percent above which a node is hot (drs-model 2.7.2); None switches a comparison off.

    `some` and `full` are means over an hour, `spike` is the highest value of `some` within it.
    """

    some: float | None = None
    full: float | None = None
    spike: float | None = None


PRESSURE_LIMITS: Mapping[str, PressureLimits] = MappingProxyType(
    {
        "cpu": PressureLimits(some=20.0, spike=60.0),  # "full" is not defined for the cpu of a whole host
        "memory": PressureLimits(some=5.0, full=1.0, spike=20.0),
        "io": PressureLimits(some=20.0, full=5.0, spike=60.0),
    }
)
NO_NUMBERS: Mapping[str, float] = MappingProxyType({})
NO_LABELS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`triggers` say when uneven loads are a reason to act; then they are evened out until `balanciness` is kept.

    Shares are fractions of capacity (drs-model 3.3, 4.1), memory_reserve_share is kept for the host.

    What guests are configured with may be so many times what a node has by the overcommits, and a storage that
    receives volumes becomes as full as max_disk_usage; 0 sets no limit. `cpu_classes` and `host_layouts` are labels
    by node: nodes with the same one have the same processors, or the same layout of cpus, NUMA nodes and huge pages.

    `excluded_nodes` may lose guests but never gain any; `evacuated_nodes` are to be empty, which is worth a move of
    templates with `moves_templates` alone. `link_bytes` is the speed of the migration
    network in bytes per second, `bandwidth_bytes` what a single migration may take of it, 0 where that is all.

    `node_link_bytes` is the speed of a node's network in bytes per second, 0 where nobody told; `node_links` are those
    of single nodes.

    `auto_rebalance` is refuse or coexist: what to do beside Proxmox's own balancer (3.10).

    `rules_scope` says which guests take part in `rules`, running or all; `trust_tags` makes the rules that
    tags with `tag_prefix` stand for binding.

    `pools` say which guests are entitled to what (5).

    `automation` is what is done without asking (6.13): nothing when manual, nor when partial, unless `partial_mandatory`
    is apply, for moves that are mandatory. `approved` are ids of recommendations that are carried out all the same.

    `method_weights` are for method weighted, by method; `assigned_scope` says which guests count as assigned,
    running or all; of local storages the included ones count, or all, less the excluded ones; `cpu_speeds` are
    relative, by node, or as the clock rates with `speed_by_clock`; `smt_share` is what a second thread of a core
    counts; `reclaim_arc` counts the cache of ZFS as free memory; `count_merged` wants room for pages that arrive
    unmerged.

    Moves are of the `categories` of 6.2; a trigger counts once it fired in `hold` runs in a row, which are about
    `cycle_seconds` apart; a guest that was moved stays for `cooldown_seconds` (6.8). What is evened out has to
    become better by the share `least_improvement`, and each move give `benefit_ratio` times what it takes (6.6).
    Guests below `score_min` are served badly (6.2). Options that begin with crs are those of policy crs (6.12);
    `crs_auto` are the fields for which the cluster's own setting, where it has one, is taken instead.

    Outside of `hours` only moves of the categories `outside_windows` are made. Moves of guests that run are only recommended
    without `moves_running`. While a backup runs, `backup_scope` is left alone by all but mandatory moves: its guest,
    a node with a job of several guests, or the cluster.

    `maintenance_nodes` are treated like nodes in maintenance. Nodes that are not `enabled_nodes`, where there are any, and
    `disabled_nodes` take no part: guests neither leave them nor come to them.

    Of policy conservative (6.11): how far above the mean is too far, as a factor or, where set, in points; what
    stays free below each limit; and the seed of a random choice among the guests that may move.
    """

    name: str = "balance"
    method: str = "memory"
    estimator: str = "snapshot"
    planners: tuple[str, ...] = ("repair", "prefer", "serve", "improve", "distribute")
    triggers: tuple[str, ...] = ("balanciness",)
    balanciness: float = 0.10
    variation_max: float = 0.30
    memory_max: float = 0.90
    cpu_max: float = 0.90
    memory_overcommit: float = 1.0
    cpu_overcommit: float = 4.0
    max_disk_usage: float = 0.0
    cpu_classes: Mapping[str, str] = field(default_factory=lambda: NO_LABELS)
    host_layouts: Mapping[str, str] = field(default_factory=lambda: NO_LABELS)
    excluded_nodes: frozenset[str] = frozenset()
    maintenance_nodes: frozenset[str] = frozenset()
    enabled_nodes: frozenset[str] = frozenset()
    disabled_nodes: frozenset[str] = frozenset()
    evacuated_nodes: frozenset[str] = frozenset()
    moves_templates: bool = False
    auto_rebalance: str = "refuse"
    restart_containers: bool = False
    with_local_disks: bool = False
    rules: tuple[Rule, ...] = ()
    rules_scope: str = "running"
    pools: tuple[Pool, ...] = ()
    tag_prefix: str = "drs"
    trust_tags: bool = False
    limits: Limits = Limits()
    automation: str = FULL
    partial_mandatory: str = "recommend"
    approved: tuple[str, ...] = ()
    moves_running: bool = True
    hours: Hours = ALWAYS
    outside_windows: frozenset[str] = frozenset({"mandatory"})
    backup_scope: str = "node"
    link_bytes: float = 1.25e9
    bandwidth_bytes: float = 0.0
    explain: tuple[int, ...] = ()
    alternatives: int = 0
    node_link_bytes: float = 0.0
    node_links: Mapping[str, float] = field(default_factory=lambda: NO_NUMBERS)
    method_weights: Mapping[str, float] = field(default_factory=lambda: NO_NUMBERS)
    assigned_scope: str = "running"
    included_storages: frozenset[str] = frozenset()
    excluded_storages: frozenset[str] = frozenset()
    cpu_speeds: Mapping[str, float] = field(default_factory=lambda: NO_NUMBERS)
    speed_by_clock: bool = False
    smt_share: float = 1.0
    reclaim_arc: bool = False
    count_merged: bool = False
    pressure_limits: Mapping[str, PressureLimits] = field(default_factory=lambda: PRESSURE_LIMITS)
    categories: tuple[str, ...] = ("mandatory", "contention", "improvement")
    hold: int = 1
    cycle_seconds: float = 300.0
    cooldown_seconds: float = 0.0
    least_improvement: float = 0.0
    benefit_ratio: float = 0.0
    score_min: float = 0.6
    crs_mode: str = "dynamic"
    crs_method: str = "bruteforce"
    crs_generation: str = "normalised"
    crs_threshold: float = 0.3
    crs_margin: float = 0.1
    crs_scope: str = "ha"
    crs_auto: frozenset[str] = frozenset()
    proactive_factor: float = 1.2
    proactive_points: float = 0.0
    safety_margin: float = 0.02
    selection_seed: int | None = None

    def leaves_alone(self, node: str) -> bool:
        """Whether a node of that name takes no part."""
        return node in self.disabled_nodes or bool(self.enabled_nodes and node not in self.enabled_nodes)
