# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station itself: its name, records, images, key, challenges, bypass, and the rules that stop the line."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from inspector.config.base import Name, Settings


class StationSettings(Settings):
    """`[station]`.

    Attributes:
        name: Identity of the station in every record.
    """

    name: Name


class StopSettings(Settings):
    """`[stops]`: what stops the line until a person resets it. Counts are of the open shift, since the last reset.

    Attributes:
        rejects_in_row: So many rejected parts in a row; 3 to 10 is usual.
        rejects: So many rejected parts among the last `rejects_window`.
        rejects_window: See `rejects`.
        late_parts: So many verdicts after the deadline among the last `late_window`; 1 stops at once.
        late_window: See `late_parts`.
        missing_images: So many parts in a row without a usable picture; 1 stops at once.
        frozen_images: So many frames in a row that repeat the picture or the frame number before.
        gate_failures: So many pictures in a row that fail the image gate or are dark; 0 never stops, because all of
            them are rejected for a check by hand.
        unconfirmed_rejects: So many rejected parts in a row that are seen in the good lane or in no lane.
    """

    rejects_in_row: Annotated[int, Field(ge=2, le=1_000)] = 5
    rejects: Annotated[int, Field(ge=1, le=10_000)] = 10
    rejects_window: Annotated[int, Field(ge=10, le=10_000)] = 100
    late_parts: Annotated[int, Field(ge=1, le=10_000)] = 3
    late_window: Annotated[int, Field(ge=10, le=10_000)] = 100
    missing_images: Annotated[int, Field(ge=1, le=1_000)] = 2
    frozen_images: Annotated[int, Field(ge=1, le=1_000)] = 1
    gate_failures: Annotated[int, Field(ge=0, le=1_000)] = 3
    unconfirmed_rejects: Annotated[int, Field(ge=1, le=1_000)] = 1


class ManualSettings(Settings):
    """`[manual]`: forced outputs of the line; only between shifts.

    Attributes:
        force_at_most_s: An output is forced for no longer at a time.
        idle_min: Manual mode that nobody uses ends after this.
    """

    force_at_most_s: Annotated[int, Field(ge=1, le=60)] = 10
    idle_min: Annotated[int, Field(ge=1, le=60)] = 10


class RecordSettings(Settings):
    """`[records]`.

    Attributes:
        head_every_parts: A signed head after this many part records.
        head_every_s: A signed head at least this often while a shift is open.
        reserve_mb: Size of the reserve file that is released to write the last records on a full disk.
        stop_below_mb: Ready drops when the disk has less free space than this.
        stop_below_percent: The same, as a part of the disk.
        stop_below_min: The same, in minutes until it is full at the rate of the last ten minutes; 0 never.
        warn_below_percent: The status warns when less of the disk is free than this.
    """

    head_every_parts: Annotated[int, Field(ge=1, le=100_000)] = 100
    head_every_s: Annotated[int, Field(ge=1, le=86_400)] = 60
    reserve_mb: Annotated[int, Field(ge=0, le=1_024)] = 64
    stop_below_mb: Annotated[int, Field(ge=0, le=1_000_000)] = 256
    stop_below_percent: Annotated[int, Field(ge=0, le=50)] = 2
    stop_below_min: Annotated[int, Field(ge=0, le=10_080)] = 10
    warn_below_percent: Annotated[int, Field(ge=0, le=90)] = 15


class ImageSettings(Settings):
    """`[images]`.

    Attributes:
        keep: "all" stores every judged image losslessly.
        queue_mb: Images that may wait for the encoder; Ready drops above it.
        encoders: Encoder threads.
        png_level: 0 (fast, large) to 9 (slow, small).
    """

    keep: Literal["all"] = "all"
    queue_mb: Annotated[int, Field(ge=8, le=16_384)] = 128
    encoders: Annotated[int, Field(ge=1, le=8)] = 1
    png_level: Annotated[int, Field(ge=0, le=9)] = 1


class KeySettings(Settings):
    """`[key]`.

    Attributes:
        backend: "file" for an encrypted file, "pkcs11" for a token.
        file: Encrypted private key (PKCS#8, scrypt), relative to the station directory. Its public half is beside it
            with the ending `.pub`, also that of a key in a token.
        module: The vendor's PKCS#11 library; only for a token.
        token: Label of the token.
        label: Label of the station's keys in the token.
        answer_within_ms: A token that takes longer counts as locked: heads and seals wait.
        passphrase_file: A service credential with the passphrase, of a token the user PIN; empty asks at the prompt. A
            credential that lies beside the key protects backups only.
        root: File of the plant root's public key, relative to the station directory; empty: the station takes no
            statements about its keys.
    """

    backend: Literal["file", "pkcs11"] = "file"
    file: str = "keys/station.key"
    module: str = ""
    token: str = ""
    label: Annotated[str, Field(min_length=1, max_length=32)] = "inspector"
    answer_within_ms: Annotated[int, Field(ge=100, le=60_000)] = 3_000
    passphrase_file: str = ""
    root: str = ""


class ChallengeSettings(Settings):
    """`[challenge]`: known bad parts that show whether the station still finds them.

    Attributes:
        file: The registered challenge parts, relative to the station directory; empty: there are none, and nothing of
            this table applies.
        required: Nothing passes in a shift before a challenge was passed in it.
        interval_min: A challenge is due again this long after the last one passed, minutes; 0 never.
        grace_min: So long after it is due Ready drops, minutes; until then the status warns.
        time_limit_s: A challenge in which not all parts were shown within this time has failed.
        reaction_plan: What to do after a failed challenge, in the words of your reaction plan.
    """

    file: str = ""
    required: bool = True
    interval_min: Annotated[int, Field(ge=0, le=10_080)] = 0
    grace_min: Annotated[int, Field(ge=0, le=1_440)] = 15
    time_limit_s: Annotated[int, Field(ge=5, le=3_600)] = 300
    reaction_plan: Annotated[str, Field(min_length=1, max_length=500)] = (
        "hold everything since the last passed challenge, call quality, then repeat the challenge"
    )


class RetentionSettings(Settings):
    """`[retention]`: how long images are kept.

    Attributes:
        file: The retention file, relative to the station directory; empty: every image is kept for ever.
    """

    file: str = ""


class ClockSettings(Settings):
    """`[clock]`: whether the computer's clock has to be right; records carry its UTC.

    Attributes:
        synchronised: "warn": a clock that nothing keeps in time is a warning and stands in the record of each shift.
            "require": Ready drops, too. "ignore": it runs freely, and nobody asks.
        warn_ms: The status warns when the clock may be further off than this.
        alarm_ms: Ready drops above this, if `synchronised` is "require".
    """

    synchronised: Literal["warn", "require", "ignore"] = "warn"
    warn_ms: Annotated[int, Field(ge=1, le=60_000)] = 100
    alarm_ms: Annotated[int, Field(ge=1, le=60_000)] = 1_000


class BypassSettings(Settings):
    """`[bypass]`: parts pass without a PASS for a limited time, when quality has signed a permit for it.

    Attributes:
        authority: Files of the public keys that may sign a permit, relative to the station directory; empty: there is
            no bypass.
        max_minutes: A bypass ends after this long, also when its permit would allow more.
    """

    authority: list[str] = Field(default_factory=list)
    max_minutes: Annotated[int, Field(ge=1, le=480)] = 60


class ReleaseSettings(Settings):
    """`[release]`: models are put in force by releases that two people have signed.

    Attributes:
        authority: Files of the public keys of people who may propose and approve releases, relative to the station
            directory; empty: the station takes none.
    """

    authority: Annotated[list[str], Field(max_length=100)] = Field(default_factory=list)


class AccessSettings(Settings):
    """`[access]`: log-in, for a station that has users. None of it can be switched off.

    Attributes:
        idle_min: A session without a command ends after this long; inspection and screens go on.
        lock_after: So many wrong passwords or PINs in a row lock an account.
        lock_min: For so long.
        password_least: Characters that a new password needs.
        approve: Kinds of changes that quality has to approve before another shift is opened: "setting", "recipe",
            "threshold", "model", "program".
        sign_within_min: What is shown to be signed at the end of a shift is signed within this time, or the shift
            goes on.
        take_over: Whether who comes may sign that the shift before is taken over ("offered"), or has to before somebody
            else than who closed it opens the next one ("required").
    """

    idle_min: Annotated[int, Field(ge=1, le=60)] = 5
    lock_after: Annotated[int, Field(ge=3, le=10)] = 5
    lock_min: Annotated[int, Field(ge=1, le=1_440)] = 15
    password_least: Annotated[int, Field(ge=8, le=64)] = 10
    approve: list[Literal["setting", "recipe", "threshold", "model", "program"]] = Field(
        default=["recipe", "threshold", "model"]
    )
    sign_within_min: Annotated[int, Field(ge=1, le=60)] = 10
    take_over: Literal["offered", "required"] = "offered"
