-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Bypasses are few among millions of parts; lookup only.
CREATE INDEX record_bypass ON record (seq) WHERE type IN ('bypass-start', 'bypass-end');
