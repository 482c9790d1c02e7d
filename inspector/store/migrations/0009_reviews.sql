-- SPDX-License-Identifier: AGPL-3.0-or-later
-- For lists of rejects and what people said of them; lookup only. No record before this schema is a review.
CREATE TABLE review (
    part INTEGER NOT NULL,  -- number of the part record
    seq  INTEGER NOT NULL,  -- of the review
    PRIMARY KEY (part, seq)
) STRICT, WITHOUT ROWID;

-- Production parts that nothing let through, few among millions: the places of PASS and BYPASSED in inspector.store.index.VERDICTS.
CREATE INDEX part_rejected ON part_index (seq) WHERE challenge = 0 AND verdict NOT IN (0, 5);
