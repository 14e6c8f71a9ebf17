# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What the modules return, as reports get it."""

GIB = 2**30
SECRET = "hunter2-is-no-good-password"
HOSTILE = '<script>alert("x")</script> | @everyone #1 `rm` [a](b) \nnext'
BEGAN = 1795235212.0


def a_load(node, load, guests=10):
    return {"node": node, "load_percent": load, "cpu_percent": load / 2, "memory_percent": load, "guests": guests}


def an_assessment(loads, **more):
    """Loads by node."""
    highest, lowest = max(loads.values()), min(loads.values())
    return {
        "loads": [a_load(node, load) for node, load in loads.items()],
        "imbalance": {"delta_percent": round(highest - lowest, 2), "variation_percent": 12.5},
        "highest_load_percent": highest,
        "triggers": [],
        "quiet_triggers": [],
        "violations": [],
    } | more


def a_move(vmid=101, source="pve1", target="pve2", **more):
    return {
        "vmid": vmid,
        "name": f"web-{vmid}",
        "type": "qemu",
        "source": source,
        "target": target,
        "mode": "live",
        "category": "improvement",
        "reason": f"evens out memory in use: {source} 80.0 % -> 70.0 %, {target} 30.0 % -> 40.0 %",
        "gain_percent": 9.5,
        "estimated_seconds": 60.0,
        "estimated_downtime_seconds": 0.08,
        "estimated_bytes": 12 * GIB,
        "memory_bytes": 10 * GIB,
    } | more


def moved(move, *, began=BEGAN, status="done", **more):
    """What became of a move."""
    kept = {name: move[name] for name in ("vmid", "name", "source", "target")}
    ended = {"status": status, "reason": f"moved to {move['target']}", "node": move["target"], "began": began}
    return kept | ended | {"seconds": 45.0, "upid": None, "warnings": []} | more


def a_plan(steps=(), **more):
    """Steps of moves."""
    moves = [move for step in steps for move in step]
    return {
        "cluster": "lab",
        "policy": "balance",
        "method": "memory",
        "fingerprint": "3f2a9d6c1b7e0845",
        "before": an_assessment(
            {"pve1": 80.0, "pve2": 30.0},
            triggers=[{"name": "balanciness", "reason": "memory in use differs by 50.0 points, above the 10 allowed"}],
            quiet_triggers=[{"name": "cpu_capacity", "reason": "pve1 uses 6.0 cores, within its limit of 14.4 cores"}],
        ),
        "after": an_assessment({"pve1": 58.0, "pve2": 52.0}),
        "steps": [{"moves": list(step)} for step in steps],
        "move_count": len(moves),
        "estimated_seconds": 60.0 * len(steps),
        "recommended": [],
        "after_recommended": None,
        "refusals": [],
        "explained": [],
        "disabled_rules": [],
        "notices": [],
        "settings": {
            "method": "memory",
            "balanciness": 10.0,
            "memory_max": 90.0,
            "triggers": ["balanciness"],
            "trust_tags": False,
        },
        "rules": [],
    } | more


def an_outcome(entries, **more):
    statuses = [entry["status"] for entry in entries]
    counts = {status: statuses.count(status) for status in ("done", "failed", "skipped", "running")}
    return {"moves": list(entries), "interrupted_by": None, "warnings": [], "counts": counts} | more


def a_result(plan, outcome=None, **more):
    return {"changed": True, "failed": False, "plan": plan, "outcome": outcome, "report": "text"} | more


def a_rule(name="db-apart", **more):
    told = {"kind": "rule", "name": name, "type": "separate", "strength": "must", "enabled": True}
    return told | {"vmids": [101, 102], "nodes": [], "count": None, "level": ""} | more


def a_troubled_run():
    """Five moves in two steps: three done, one failed, one skipped; with everything that a report knows to show."""
    moves = [a_move(101), a_move(102, target="pve3"), a_move(103), a_move(104), a_move(105, mode="restart", type="lxc")]
    entries = [
        moved(moves[0]),
        moved(moves[1], began=BEGAN + 2, seconds=71.0),
        moved(moves[2], began=BEGAN + 90, warnings=["a disk was left behind on pve1"]),
        moved(moves[3], began=BEGAN + 90, status="failed", reason="migration aborted", node="pve1", seconds=12.0),
        moved(moves[4], began=None, status="skipped", reason="it was locked (backup)", node="pve1", seconds=0.0),
    ]
    broken = {
        "constraint": "memory_capacity",
        "node": "pve1",
        "reason": "pve1 uses 115.5 GiB, above its limit of 112.9 GiB",
    }
    plan = a_plan(
        [moves[:2], moves[2:]],
        before=an_assessment(
            {"pve1": 92.0, "pve2": 30.0, "pve3": 12.0},
            violations=[broken],
            triggers=[{"name": "memory_capacity", "reason": broken["reason"]}],
            quiet_triggers=[{"name": "cpu_capacity", "reason": "pve1 uses 6.0 cores, within its limit of 14.4 cores"}],
        ),
        after=an_assessment({"pve1": 58.0, "pve2": 50.0, "pve3": 34.0}),
        refusals=[
            {
                "vmid": 121,
                "name": "shop-db1",
                "target": None,
                "constraint": "pinned",
                "reason": "it is pinned to pve1 (tag drs-pin)",
            }
        ],
        explained=[
            {
                "vmid": 106,
                "name": "",
                "target": "pve2",
                "allowed": True,
                "constraint": None,
                "reason": None,
                "gain_percent": 2.1,
            },
            {
                "vmid": 121,
                "name": "",
                "target": "pve2",
                "allowed": False,
                "constraint": "pinned",
                "reason": "it is pinned",
                "gain_percent": 0.0,
            },
        ],
        recommended=[
            {
                "id": "5b1d0c77e3a9",
                "why": "automation is manual, as tag drs-manual says",
                "valid_seconds": 900,
                "moves": [a_move(107)],
            }
        ],
        rules=[
            a_rule(),
            a_rule("licensed", kind="HA rule", type="run_on", nodes=["pve1", "pve2"], vmids=list(range(101, 120))),
            a_rule("left", kind="HA group", type="run_on", strength="should", nodes=["pve1"]),
            a_rule("small", type="max_guests", vmids=[], nodes=["pve3"], count=20),
            a_rule("old", type="together", enabled=False),
        ],
        disabled_rules=[
            {
                "rule": "rule db-apart",
                "conflicts_with": ["HA rule licensed"],
                "reason": "no node is left for 101",
                "vmids": [101],
                "nodes": [],
                "demands": [],
            },
            {
                "rule": "tag drs-together-x",
                "conflicts_with": [],
                "reason": "it can never be kept",
                "vmids": [101, 102],
                "nodes": [],
                "demands": [],
            },
        ],
        notices=["2 more guests had to stay"],
    )
    past = [
        {
            "vmid": 9,
            "name": "old",
            "source": "pve2",
            "target": "pve1",
            "status": "done",
            "began": BEGAN - 86400,
            "seconds": 33.0,
            "reason": "evens out",
        },
        {
            "vmid": 8,
            "name": "new",
            "source": "pve3",
            "target": "pve1",
            "status": "failed",
            "began": BEGAN - 3600,
            "seconds": 5.0,
            "reason": "makes room",
        },
    ]
    failure = "2 of 5 moves did not end well; failed: guest 104 (web-104) pve1 -> pve2 is on pve1: migration aborted"
    return a_result(plan, an_outcome(entries), failed=True, msg=failure, last_migrations=past)


def a_large_run():
    """48 nodes, 10,000 guests of which each moves, and as much as there can be of everything else."""
    nodes = [f"pve{number:02}" for number in range(48)]
    moves = [
        a_move(1000 + n, nodes[n % 48], nodes[(n + 1) % 48], name=f"a-guest-with-a-rather-long-name-{n}")
        for n in range(10_000)
    ]
    entries = [moved(move, began=BEGAN + n, status="failed" if n == 9_999 else "done") for n, move in enumerate(moves)]
    loads = {node: 50.0 + number for number, node in enumerate(nodes)}
    refusal = {
        "name": "a-guest",
        "target": None,
        "constraint": "pinned",
        "reason": "it is pinned to pve01 (tag drs-pin)",
    }
    plan = a_plan(
        [moves[first : first + 100] for first in range(0, 10_000, 100)],
        before=an_assessment(loads),
        after=an_assessment(loads),
        refusals=[refusal | {"vmid": vmid} for vmid in range(10_000)],
        rules=[a_rule(f"rule-{number}", vmids=list(range(1000, 11_000))) for number in range(500)],
        notices=["a notice of some length about one of very many guests"] * 5_000,
    )
    return a_result(plan, an_outcome(entries))


def a_hostile_run():
    """Every name and every reason is an attack; secrets lie about where nobody looks."""
    move = a_move(name=HOSTILE, reason=HOSTILE, source=HOSTILE, mode=HOSTILE, password=SECRET)
    plan = a_plan(
        [[move]],
        cluster=HOSTILE,
        before=an_assessment({HOSTILE: 80.0}, triggers=[{"name": HOSTILE, "reason": HOSTILE}]),
        refusals=[{"vmid": 1, "name": HOSTILE, "target": HOSTILE, "constraint": HOSTILE, "reason": HOSTILE}],
        rules=[a_rule(HOSTILE, nodes=[HOSTILE])],
        notices=[HOSTILE],
        settings={HOSTILE: HOSTILE},
    )
    args = {"api_password": SECRET, "api_token_secret": SECRET}
    outcome = an_outcome([moved(move, reason=HOSTILE, warnings=[HOSTILE], status="failed")])
    return a_result(plan, outcome, invocation={"module_args": args}, api_password=SECRET, module_args=args)


def an_evacuation():
    """One node that could not be emptied."""
    move = a_move(101, category="mandatory", reason="pve1 is evacuated")
    pinned = {"target": None, "constraint": "pinned", "reason": "it is pinned to pve1 (tag drs-pin)"}
    refusals = [
        {"target": f"pve{number}", "constraint": "memory_capacity", "reason": "no room"} for number in range(2, 7)
    ]
    stays = {"name": "gw", "node": "pve1", "reasons": [pinned]}
    loss = {"node": "pve3", "guests_without_room": 2, "memory_bytes": 4 * GIB, "cpu_cores": 1.0}
    room = {"cpu_cores": 10.5, "memory_bytes": 32 * GIB}
    return a_result(
        a_plan([[move]]),
        an_outcome([moved(move)]),
        nodes=[
            {"node": "pve1", "in_maintenance": True, "guests": 2, "running": 1, "is_empty": False, "is_drained": False},
            {"node": "pve7", "in_maintenance": False, "guests": 0, "running": 0, "is_empty": True, "is_drained": True},
        ],
        blocked=[
            stays | {"vmid": 121, "kind": "blocked"},
            stays | {"vmid": 122, "kind": "blocked", "reasons": refusals},
        ],
        left=[stays | {"vmid": 123, "kind": "shut_down", "reasons": []}],
        homes=[],
        headroom=room | {"nodes": [room | {"node": "pve2"}], "can_lose_one_more": False, "worst_loss": loss},
        shut_down=[123],
        started=[],
    )
