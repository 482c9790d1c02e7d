# SPDX-License-Identifier: AGPL-3.0-or-later
"""Less labelling: a model proposes labels, and says which pictures are most worth a person's time.

Models run as the station runs them (`inspector.detect`): no trainer is needed, and scores are the station's.
"""
