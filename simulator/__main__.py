# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""`python -m simulator SCENARIO`: a Proxmox VE cluster to try things on, over HTTPS on loopback."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
from functools import partial
from pathlib import Path

from .packages import OWN, advice

try:
    from . import ha_manager
    from .scenario import ScenarioError, load_world
    from .server import Server
    from .stage import Settings
    from .table.types import PROFILES
except ModuleNotFoundError as error:
    sys.exit(f"simulator: {advice(OWN) or error}")

BAD_USE = 2


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("scenario", help="path of a scenario file, or the name of one that comes with the simulator")
    parser.add_argument("--port", type=int, default=8006, help="port of every node listener (default 8006, 0: any)")
    parser.add_argument("--control-port", type=int, default=0, help="port of the control plane (default: any free one)")
    parser.add_argument("--speed", type=float, default=1.0, help="virtual seconds per real second; 0: by hand only")
    parser.add_argument(
        "--auto-advance",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="with --speed 0: virtual seconds that pass with each poll of a running task",
    )
    parser.add_argument(
        "--login-delay",
        type=float,
        default=3.0,
        metavar="SECONDS",
        help="virtual delay of refused logins (none with --speed 0)",
    )
    parser.add_argument("--profile", choices=PROFILES, help="PVE generation to play (default: that of the scenario)")
    parser.add_argument("--run-dir", type=Path, help="where ca.pem and connection.json go (default: a private folder)")
    return parser.parse_args(arguments)  # fmt: skip


def settings_from(options: argparse.Namespace) -> Settings:
    """Turn the command line into settings; ValueError for a speed that cannot be."""
    if options.speed < 0 or options.auto_advance < 0 or options.login_delay < 0:
        raise ValueError("--speed, --auto-advance and --login-delay cannot be negative")
    return Settings(options.port, options.control_port, options.speed, options.auto_advance, options.login_delay)


async def serve(server: Server, scenario: str) -> None:
    """Serve until SIGINT or SIGTERM."""
    done = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, done.set)
    await server.start()
    try:
        print(ready_line(server, scenario), flush=True)
        await done.wait()
    finally:
        await server.stop()


def ready_line(server: Server, scenario: str) -> str:
    """Say what is served where."""
    world, first = server.stage.world, next(iter(server.listeners.values())).address
    return (
        f"ready: {scenario} on https://{first.host}:{first.port}, PVE {world.profile}, {len(world.nodes)} nodes, "
        f"{len(world.guests)} guests, speed {server.settings.speed:g}, connection data in {server.run_dir}"
    )


def run(options: argparse.Namespace, run_dir: Path) -> None:
    """Build the world and serve it."""
    build = partial(load_world, options.scenario, options.profile)
    server = Server(build(), settings_from(options), run_dir, build)
    asyncio.run(serve(server, options.scenario))


def main() -> int:
    """Run the command; problems of the user's making end with one line and status 2."""
    if sys.argv[1:2] == ["ha-manager"]:
        return ha_manager.main(sys.argv[2:])
    options = parse(sys.argv[1:])
    try:
        if options.run_dir is not None:
            options.run_dir.mkdir(parents=True, exist_ok=True)
            run(options, options.run_dir)
        else:
            with tempfile.TemporaryDirectory(prefix="pve-drs-simulator-") as directory:
                run(options, Path(directory))
    except (ScenarioError, ValueError, OSError) as error:
        print(f"simulator: {error}", file=sys.stderr)
        return BAD_USE
    return 0


if __name__ == "__main__":
    sys.exit(main())
