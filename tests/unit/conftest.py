# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Laws are tried on the same examples in every run; HYPOTHESIS_PROFILE=thorough tries many more, new ones each time.

Profile `few` is for a second run with another Python: what it would find is about Python, not about clusters.
"""

import os

from hypothesis import HealthCheck, settings

QUICK = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("quick", QUICK)
settings.register_profile("few", QUICK, max_examples=10)
settings.register_profile("thorough", QUICK, derandomize=False, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
