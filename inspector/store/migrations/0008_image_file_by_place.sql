-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Digests are random: in one tree over all of them each picture would be entered on another page, and an append would cost more with
-- every record there is. Within 65,536 records (`place`, see inspector/store/unique.py) the pages are few. Lookup only.
ALTER TABLE image_file RENAME TO image_file_before;

CREATE TABLE image_file (
    place  INTEGER NOT NULL,
    digest TEXT    NOT NULL,
    seq    INTEGER NOT NULL,
    PRIMARY KEY (place, digest, seq)
) STRICT, WITHOUT ROWID;

INSERT INTO image_file SELECT seq >> 16 AS place, digest, seq FROM image_file_before ORDER BY place, digest, seq;

DROP TABLE image_file_before;
