# SPDX-License-Identifier: AGPL-3.0-or-later
"""Importers: one module for each kind of source, each with one function of the type `incoming.Importer`."""
