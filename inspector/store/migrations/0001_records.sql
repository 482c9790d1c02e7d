-- SPDX-License-Identifier: AGPL-3.0-or-later
-- The triggers stop accidents and other programs of good will. Whoever owns the file can drop them: what they
-- changed then shows in the chain, the seals and the ledger.

CREATE TABLE record (
    seq   INTEGER PRIMARY KEY,
    type  TEXT    NOT NULL,
    shift INTEGER NOT NULL CHECK (shift >= 1),
    bytes BLOB    NOT NULL,
    hash  BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- Also stops INSERT OR REPLACE, which skips the delete trigger on connections without recursive_triggers.
CREATE TRIGGER record_in_order BEFORE INSERT ON record
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM record)
BEGIN
    SELECT RAISE(ABORT, 'record: numbers go on without a gap');
END;

CREATE TRIGGER record_no_update BEFORE UPDATE ON record
BEGIN
    SELECT RAISE(ABORT, 'record: append only');
END;

CREATE TRIGGER record_no_delete BEFORE DELETE ON record
BEGIN
    SELECT RAISE(ABORT, 'record: append only');
END;

-- One record per key: what makes a resent trigger, outcome, gap or receipt count once.
CREATE TABLE part_key (
    line_boot TEXT    NOT NULL,
    part_seq  INTEGER NOT NULL,
    seq       INTEGER NOT NULL REFERENCES record (seq),
    PRIMARY KEY (line_boot, part_seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE outcome_key (
    line_boot TEXT    NOT NULL,
    part_seq  INTEGER NOT NULL,
    seq       INTEGER NOT NULL REFERENCES record (seq),
    PRIMARY KEY (line_boot, part_seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE gap_key (
    line_boot TEXT    NOT NULL,
    part_seq  INTEGER NOT NULL,
    seq       INTEGER NOT NULL REFERENCES record (seq),
    PRIMARY KEY (line_boot, part_seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE receipt_key (
    document TEXT    NOT NULL,
    ledger   TEXT    NOT NULL,
    seq      INTEGER NOT NULL REFERENCES record (seq),
    PRIMARY KEY (document, ledger)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER part_key_once BEFORE INSERT ON part_key
WHEN EXISTS (SELECT 1 FROM part_key WHERE line_boot = NEW.line_boot AND part_seq = NEW.part_seq)
BEGIN
    SELECT RAISE(ABORT, 'part_key: this part has a record');
END;

CREATE TRIGGER outcome_key_once BEFORE INSERT ON outcome_key
WHEN EXISTS (SELECT 1 FROM outcome_key WHERE line_boot = NEW.line_boot AND part_seq = NEW.part_seq)
BEGIN
    SELECT RAISE(ABORT, 'outcome_key: this part has an outcome');
END;

CREATE TRIGGER gap_key_once BEFORE INSERT ON gap_key
WHEN EXISTS (SELECT 1 FROM gap_key WHERE line_boot = NEW.line_boot AND part_seq = NEW.part_seq)
BEGIN
    SELECT RAISE(ABORT, 'gap_key: this gap has a record');
END;

CREATE TRIGGER receipt_key_once BEFORE INSERT ON receipt_key
WHEN EXISTS (SELECT 1 FROM receipt_key WHERE document = NEW.document AND ledger = NEW.ledger)
BEGIN
    SELECT RAISE(ABORT, 'receipt_key: this document has a receipt of this ledger');
END;

CREATE TRIGGER part_key_no_update BEFORE UPDATE ON part_key
BEGIN
    SELECT RAISE(ABORT, 'part_key: append only');
END;

CREATE TRIGGER part_key_no_delete BEFORE DELETE ON part_key
BEGIN
    SELECT RAISE(ABORT, 'part_key: append only');
END;

CREATE TRIGGER outcome_key_no_update BEFORE UPDATE ON outcome_key
BEGIN
    SELECT RAISE(ABORT, 'outcome_key: append only');
END;

CREATE TRIGGER outcome_key_no_delete BEFORE DELETE ON outcome_key
BEGIN
    SELECT RAISE(ABORT, 'outcome_key: append only');
END;

CREATE TRIGGER gap_key_no_update BEFORE UPDATE ON gap_key
BEGIN
    SELECT RAISE(ABORT, 'gap_key: append only');
END;

CREATE TRIGGER gap_key_no_delete BEFORE DELETE ON gap_key
BEGIN
    SELECT RAISE(ABORT, 'gap_key: append only');
END;

CREATE TRIGGER receipt_key_no_update BEFORE UPDATE ON receipt_key
BEGIN
    SELECT RAISE(ABORT, 'receipt_key: append only');
END;

CREATE TRIGGER receipt_key_no_delete BEFORE DELETE ON receipt_key
BEGIN
    SELECT RAISE(ABORT, 'receipt_key: append only');
END;

-- Lookup only; can be rebuilt from the records at any time.
CREATE TABLE serial (
    text TEXT    NOT NULL,
    seq  INTEGER NOT NULL REFERENCES record (seq),
    PRIMARY KEY (text, seq)
) STRICT, WITHOUT ROWID;

-- A shift that was closed while the key was locked. Its row stays; the same bytes go to `seal` with a signature.
CREATE TABLE seal_unsigned (
    shift INTEGER PRIMARY KEY,
    bytes BLOB    NOT NULL
) STRICT;

CREATE TABLE seal (
    shift     INTEGER PRIMARY KEY,
    bytes     BLOB    NOT NULL,
    signature BLOB    NOT NULL CHECK (length(signature) = 64)
) STRICT;

CREATE TABLE head (
    shift     INTEGER NOT NULL,
    count     INTEGER NOT NULL,
    bytes     BLOB    NOT NULL,
    signature BLOB    NOT NULL CHECK (length(signature) = 64),
    PRIMARY KEY (shift, count)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER seal_unsigned_in_order BEFORE INSERT ON seal_unsigned
WHEN NEW.shift <= (SELECT coalesce(max(shift), 0) FROM seal_unsigned)
    OR NEW.shift <= (SELECT coalesce(max(shift), 0) FROM seal)
BEGIN
    SELECT RAISE(ABORT, 'seal_unsigned: shifts go on');
END;

CREATE TRIGGER seal_in_order BEFORE INSERT ON seal
WHEN NEW.shift IS NOT (SELECT coalesce(max(shift), 0) + 1 FROM seal)
BEGIN
    SELECT RAISE(ABORT, 'seal: shifts go on without a gap');
END;

CREATE TRIGGER seal_as_built BEFORE INSERT ON seal
WHEN EXISTS (SELECT 1 FROM seal_unsigned WHERE shift = NEW.shift AND bytes IS NOT NEW.bytes)
BEGIN
    SELECT RAISE(ABORT, 'seal: differs from the bytes that wait for their signature');
END;

CREATE TRIGGER head_in_order BEFORE INSERT ON head
WHEN EXISTS (SELECT 1 FROM head WHERE (shift, count) >= (NEW.shift, NEW.count))
BEGIN
    SELECT RAISE(ABORT, 'head: counts grow');
END;

CREATE TRIGGER seal_unsigned_no_update BEFORE UPDATE ON seal_unsigned
BEGIN
    SELECT RAISE(ABORT, 'seal_unsigned: append only');
END;

CREATE TRIGGER seal_unsigned_no_delete BEFORE DELETE ON seal_unsigned
BEGIN
    SELECT RAISE(ABORT, 'seal_unsigned: append only');
END;

CREATE TRIGGER seal_no_update BEFORE UPDATE ON seal
BEGIN
    SELECT RAISE(ABORT, 'seal: append only');
END;

CREATE TRIGGER seal_no_delete BEFORE DELETE ON seal
BEGIN
    SELECT RAISE(ABORT, 'seal: append only');
END;

CREATE TRIGGER head_no_update BEFORE UPDATE ON head
BEGIN
    SELECT RAISE(ABORT, 'head: append only');
END;

CREATE TRIGGER head_no_delete BEFORE DELETE ON head
BEGIN
    SELECT RAISE(ABORT, 'head: append only');
END;

-- The opening of the commitments in records. Erasable: without its row a commitment leads to nobody.
CREATE TABLE operator (
    commitment TEXT PRIMARY KEY CHECK (length(commitment) = 64),
    salt       BLOB NOT NULL CHECK (length(salt) = 16),
    staff_id   TEXT NOT NULL
) STRICT;

CREATE TRIGGER operator_no_update BEFORE UPDATE ON operator
BEGIN
    SELECT RAISE(ABORT, 'operator: rows are added and erased, never changed');
END;
