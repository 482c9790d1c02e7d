-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What a plant root says of the station's keys; few among millions of records, lookup only.
CREATE INDEX record_key_statement ON record (seq) WHERE type = 'key-statement';
