# SPDX-License-Identifier: AGPL-3.0-or-later
"""A candidate model beside the released one, on the parts of a station: a process of its own that only reads its store.

The station knows nothing of it and never waits for it (docs/qa-engineer.md, "Shadow run").
"""
