# SPDX-License-Identifier: AGPL-3.0-or-later
"""All that knows asyncua: the tables as an address space, and a server that lets in only whom it should."""
