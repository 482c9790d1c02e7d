-- SPDX-License-Identifier: AGPL-3.0-or-later
-- For recalls and audits; lookup only. The writer fills these tables from the fields of each record in the record's own
-- transaction (inspector/store/index.py); this migration fills them from the stored bytes. About 20 bytes for each part.

-- What decided: each pair of model package and recipe that part records name.
CREATE TABLE rules (
    id     INTEGER PRIMARY KEY,
    model  TEXT,
    recipe TEXT
) STRICT;

CREATE TABLE part_index (
    seq       INTEGER PRIMARY KEY,  -- of the part record
    t_s       INTEGER NOT NULL,     -- its time, UTC, whole seconds
    verdict   INTEGER NOT NULL,     -- place in inspector.store.index.VERDICTS
    challenge INTEGER NOT NULL,     -- 1: a test part, no production
    rules     INTEGER NOT NULL,
    outcome   INTEGER NOT NULL      -- place in inspector.store.index.OUTCOMES; 0: none yet
) STRICT;

CREATE TABLE finding_class (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- Parts on which a class of defects was found, whatever the recipe made of it.
CREATE TABLE finding (
    class INTEGER NOT NULL,
    seq   INTEGER NOT NULL,
    PRIMARY KEY (class, seq)
) STRICT, WITHOUT ROWID;

-- Everything that happens seldom: shifts, challenges, bypasses, states, signatures, losses.
CREATE INDEX record_event ON record (type, seq) WHERE type NOT IN ('part', 'outcome', 'image-stored', 'receipt');
