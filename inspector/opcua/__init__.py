# SPDX-License-Identifier: AGPL-3.0-or-later
"""An OPC UA server for plant systems, after OPC 40100-1 (Machine Vision): beside the inspection, not in front of it."""
