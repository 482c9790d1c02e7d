# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every screen is made of: colours, sizes, fields and keys, pictures, shapes of verdicts."""
