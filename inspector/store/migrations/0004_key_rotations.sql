-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Rotations of the station's key are few among millions of records; lookup only.
CREATE INDEX record_key_rotation ON record (seq) WHERE type = 'key-rotate';
