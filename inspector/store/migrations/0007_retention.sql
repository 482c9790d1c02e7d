-- SPDX-License-Identifier: AGPL-3.0-or-later
-- An image is erased once; a second try finds the first record.
CREATE TABLE erased_key (
    part   TEXT    NOT NULL,
    camera TEXT    NOT NULL,
    seq    INTEGER NOT NULL REFERENCES record (seq),
    PRIMARY KEY (part, camera)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER erased_key_once BEFORE INSERT ON erased_key
WHEN EXISTS (SELECT 1 FROM erased_key WHERE part = NEW.part AND camera = NEW.camera)
BEGIN
    SELECT RAISE(ABORT, 'erased_key: this image is erased');
END;

CREATE TRIGGER erased_key_no_update BEFORE UPDATE ON erased_key
BEGIN
    SELECT RAISE(ABORT, 'erased_key: append only');
END;

CREATE TRIGGER erased_key_no_delete BEFORE DELETE ON erased_key
BEGIN
    SELECT RAISE(ABORT, 'erased_key: append only');
END;

-- Which image-stored records share a file: the beginning of the digest is enough to find them. Lookup only.
CREATE TABLE image_file (
    digest TEXT    NOT NULL,
    seq    INTEGER NOT NULL,
    PRIMARY KEY (digest, seq)
) STRICT, WITHOUT ROWID;

INSERT INTO image_file
SELECT substr(json_extract(CAST(bytes AS TEXT), '$.image_digest'), 1, 16) AS digest, seq FROM record
WHERE type = 'image-stored'
    AND CASE WHEN json_valid(CAST(bytes AS TEXT)) -- a damaged record must not keep the station from its start
        THEN json_type(CAST(bytes AS TEXT), '$.image_digest') = 'text' ELSE 0 END
ORDER BY digest, seq;

-- Holds and erasures are few among millions of parts; lookup only.
CREATE INDEX record_hold ON record (seq) WHERE type IN ('hold', 'hold-end');
CREATE INDEX record_erased ON record (seq) WHERE type = 'image-erased';
