# SPDX-License-Identifier: AGPL-3.0-or-later
"""The line process: edges, deadlines, the commanded action, and the journal that makes each of them count once."""
