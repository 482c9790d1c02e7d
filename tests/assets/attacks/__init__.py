# SPDX-License-Identifier: Apache-2.0
"""One audit bundle per attack, each with the rule that refuses it; see `build`."""
