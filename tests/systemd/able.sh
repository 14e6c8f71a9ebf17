#!/bin/sh
# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

# Says why a systemd cannot be booted here (boot.sh), and exits with 1 then. Installs systemd-nspawn where that is allowed.

set -u
if [ "$(id -u)" -ne 0 ]; then
  echo "booting a systemd needs root"
  exit 1
fi
if ! command -v systemd-nspawn > /dev/null && command -v apt-get > /dev/null; then
  # two tests may want it at the same time
  flock /tmp/pve-drs-able.lock sh -c 'apt-get update && apt-get install --yes --no-install-recommends systemd-container' > /dev/null 2>&1
fi
if ! command -v systemd-nspawn > /dev/null; then
  echo "systemd-nspawn is missing, and could not be installed (Debian: systemd-container)"
  exit 1
fi
if ! unshare --mount --propagation private -- mount -t tmpfs tmpfs /mnt 2> /dev/null; then
  echo "this machine does not allow to mount anything"
  exit 1
fi
