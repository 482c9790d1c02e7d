-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Challenges are few among millions of parts; lookup only.
CREATE INDEX record_challenge ON record (seq) WHERE type IN ('challenge-start', 'challenge');
