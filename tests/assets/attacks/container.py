# SPDX-License-Identifier: Apache-2.0
"""Zip files that two readers could read in two ways, or that aim at the reader."""

from __future__ import annotations

import struct
from collections.abc import Callable

from tests.assets.attacks.bundle import Member, zip_of
from tests.assets.attacks.table import attack, honest


def members() -> list[Member]:
    """The honest ones."""
    return [Member(*given) for given in honest().members()]


def with_one(name: str, change: Callable[[Member], object]) -> bytes:
    """One member is different."""
    all_of_them = members()
    change(next(one for one in all_of_them if one.name == name))
    return zip_of(all_of_them)


@attack("BUNDLE-01")
def zip_second_records() -> bytes:
    """There are two members `records.jsonl`; which of them counts depends on the reader."""
    there = members()
    return zip_of([*there[:2], Member("records.jsonl", there[1].data.replace(b'"FAIL"', b'"PASS"')), *there[2:]])


@attack("BUNDLE-01")
def zip_other_local_name() -> bytes:
    """The local header of the records has another name than the directory."""
    return with_one("records.jsonl", lambda one: setattr(one, "local_name", "rec0rds.jsonl"))


@attack("BUNDLE-01")
def zip_bytes_in_front() -> bytes:
    """A program stands in front of the first member."""
    return zip_of(members(), prefix=b"PK or not: #!/bin/sh\n")


@attack("BUNDLE-01")
def zip_bytes_between() -> bytes:
    """A local header and records that the directory does not know lie between two members."""
    hidden = zip_of([Member("records.jsonl", b"{}\n")])[:46]
    return with_one("seals.txt", lambda one: setattr(one, "before", hidden))


@attack("BUNDLE-01")
def zip_bytes_behind() -> bytes:
    """There are bytes behind the end record."""
    return zip_of(members(), suffix=b"\0" * 7)


@attack("BUNDLE-01")
def zip_comment() -> bytes:
    """The file has a comment, in which another zip file could lie."""
    return zip_of(members(), comment=zip_of([Member("bundle.json", b"{}")]))


@attack("BUNDLE-01")
def zip_bytes_before_the_end() -> bytes:
    """There are bytes between directory and end record."""
    return zip_of(members(), gap=b"gap")


@attack("BUNDLE-01")
def zip_compressed() -> bytes:
    """The records are compressed, as a bomb would be."""
    return with_one("records.jsonl", lambda one: setattr(one, "method", 8))


@attack("BUNDLE-01")
def zip_encrypted_flag() -> bytes:
    """A member says that it is encrypted: some readers skip it."""
    return with_one("seals.txt", lambda one: setattr(one, "flags", 1))


@attack("BUNDLE-01")
def zip_link() -> bytes:
    """A member is marked as a symbolic link."""
    return with_one("keys/station.pub", lambda one: setattr(one, "attributes", 0xA1FF0000))


@attack("BUNDLE-01")
def zip_extra_field() -> bytes:
    """An extra field gives another name in Unicode (0x7075)."""
    extra = struct.pack("<HHBI", 0x7075, 9, 1, 0) + b"abcd"
    return with_one("heads.txt", lambda one: setattr(one, "extra", extra))


@attack("BUNDLE-01")
def zip_member_comment() -> bytes:
    """A member has a comment."""
    return with_one("heads.txt", lambda one: setattr(one, "comment", b"seen by nobody"))


@attack("BUNDLE-01")
def zip_path_out() -> bytes:
    """A document would be unpacked outside of the folder."""
    return zip_of([*members()[:7], Member("documents/../../../etc/passwd", b"root::0:0::/:/bin/sh\n"), *members()[7:]])


@attack("BUNDLE-01")
def zip_look_alike_name() -> bytes:
    """A second file of records has a Cyrillic letter in its name."""
    return zip_of([*members(), Member("r\u0435cords.jsonl", members()[1].data)])


@attack("BUNDLE-02")
def zip_stranger() -> bytes:
    """A member that has no place in a bundle: a verifier of the forger's own."""
    return zip_of([*members(), Member("verify.py", b"print('VERIFIED')\n")])


@attack("BUNDLE-01")
def zip_other_order() -> bytes:
    """Seals and heads stand in the other order."""
    there = members()
    return zip_of([*there[:2], there[3], there[2], *there[4:]])


@attack("BUNDLE-02")
def zip_without_heads() -> bytes:
    """The member with the heads is missing."""
    return zip_of([one for one in members() if one.name != "heads.txt"])


@attack("BUNDLE-01")
def zip_wrong_checksum() -> bytes:
    """The checksum of a key file is not that of its bytes."""
    return with_one("keys/station.pub", lambda one: setattr(one, "crc", 0x12345678))


@attack("BUNDLE-01")
def zip_size_that_lies() -> bytes:
    """The records claim to be longer than they are stored."""
    return with_one("records.jsonl", lambda one: setattr(one, "size", len(one.data) + 500))


@attack("BUNDLE-01")
def zip_date() -> bytes:
    """A member has a date: bits that say nothing could carry something."""
    return with_one("bundle.json", lambda one: setattr(one, "date", 34))


@attack("BUNDLE-01")
def zip_cut_off() -> bytes:
    """The second half of the file is gone."""
    whole = zip_of(members())
    return whole[: len(whole) // 2]
