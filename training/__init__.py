# SPDX-License-Identifier: AGPL-3.0-or-later
"""Scripts of the QA engineer: synthetic parts, training, evaluation, model packages."""

import inspector  # noqa: F401  # before any runtime: it keeps them from reporting their use
