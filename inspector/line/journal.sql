-- SPDX-License-Identifier: AGPL-3.0-or-later
CREATE TABLE counter (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    plc_count INTEGER                 -- last count of the plant that is accounted for; null before the first contact
) STRICT;
INSERT INTO counter (id, plc_count) VALUES (1, NULL);

CREATE TABLE boot (
    boot INTEGER PRIMARY KEY,         -- order of the starts of the line process
    line_boot TEXT NOT NULL UNIQUE CHECK (length(line_boot) = 16),
    started_us INTEGER NOT NULL
) STRICT;

CREATE TABLE trigger (
    boot INTEGER NOT NULL REFERENCES boot,
    part_seq INTEGER NOT NULL,
    plc_count INTEGER NOT NULL,
    t_edge_ns INTEGER NOT NULL,
    t_edge_us INTEGER NOT NULL,
    decide_by_ns INTEGER NOT NULL,
    serial TEXT,                      -- as the plant's controller gave it
    granted_ns INTEGER,               -- set before the plant is told to accept
    acknowledged INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (boot, part_seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE gap (
    boot INTEGER NOT NULL REFERENCES boot,
    part_seq INTEGER NOT NULL,
    first_plc_count INTEGER NOT NULL,
    count INTEGER NOT NULL,
    source TEXT NOT NULL,
    reason TEXT NOT NULL,
    acknowledged INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (boot, part_seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE outcome (
    boot INTEGER NOT NULL,
    part_seq INTEGER NOT NULL,
    commanded TEXT NOT NULL CHECK (commanded IN ('accept', 'reject')),
    confirmed TEXT NOT NULL CHECK (confirmed IN ('good', 'reject', 'unknown')),
    reason TEXT NOT NULL,
    acknowledged INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (boot, part_seq),
    FOREIGN KEY (boot, part_seq) REFERENCES trigger
) STRICT, WITHOUT ROWID;
