# SPDX-License-Identifier: AGPL-3.0-or-later
"""The run screen: everything that is needed while parts are inspected, readable from 3 m."""
