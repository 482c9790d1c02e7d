# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one tree of errors, and the table that says what each of them does to the line.

Every error says what happened, where, and what to do next. No error maps to PASS: the gentlest reaction is a
warning beside an inspection that goes on.
"""

from __future__ import annotations

from enum import Enum


class Reaction(Enum):
    """What the station does when an error reaches it."""

    REJECT_PART = "reject part"
    STOP_LINE = "stop line"
    WARN = "warn"


class InspectorError(Exception):
    """Base of all errors of this product.

    Args:
        message: What happened, and where (file, device, part).
        advice: What the reader should do next, in the imperative.
    """

    code = "INSPECTOR"
    reaction = Reaction.STOP_LINE

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message}. {self.advice}" if self.advice else self.message


class ConfigError(InspectorError):
    """Settings that cannot be read, or that name something which does not exist."""

    code = "CONFIG"


class AlreadyRunning(InspectorError):
    """A second supervisor on the same station directory."""

    code = "ALREADY_RUNNING"


class ChannelError(InspectorError):
    """A local socket between two processes failed, was refused or spoke garbage."""

    code = "CHANNEL"


class DeviceError(InspectorError):
    """Base of what goes wrong with cameras and line I/O."""

    code = "DEVICE"


class CameraLost(DeviceError):
    """The camera does not answer: cable, power, or taken by another program."""

    code = "CAMERA_LOST"


class CameraNotFound(DeviceError):
    """No producer lists a camera that fits the settings."""

    code = "CAMERA_NOT_FOUND"


class FeatureError(DeviceError):
    """A camera feature is unknown, read-only, or did not keep the value that was written."""

    code = "FEATURE"


class PixelFormatRefused(DeviceError):
    """The camera delivers a pixel format that the station does not judge."""

    code = "PIXEL_FORMAT"


class FrameBad(DeviceError):
    """A frame that must never be judged good: incomplete, duplicate, frozen, wrong size, dark."""

    code = "FRAME_BAD"
    reaction = Reaction.REJECT_PART


class LineLost(DeviceError):
    """The line process or the plant's I/O does not answer."""

    code = "LINE_LOST"


class LineRefused(LineLost):
    """The plant's I/O answers, and refuses what it was asked.

    Args:
        message: What happened, and where.
        advice: What to do.
        exception: Modbus exception code of the answer, from 1; 0: the answer was not one to the question.
    """

    code = "LINE_REFUSED"

    def __init__(self, message: str, advice: str = "", exception: int = 0) -> None:
        super().__init__(message, advice)
        self.exception = exception


class DetectorError(InspectorError):
    """Base of what goes wrong between pixels and detections."""

    code = "DETECTOR"


class ModelRefused(DetectorError):
    """A model package that is incomplete, damaged, or does not fit the runtime."""

    code = "MODEL_REFUSED"


class ReleaseRefused(DetectorError):
    """A release that is damaged, not signed by two people whom the station trusts, or not of this product."""

    code = "RELEASE_REFUSED"


class InferenceFailed(DetectorError):
    """The runtime failed on one image."""

    code = "INFERENCE_FAILED"
    reaction = Reaction.REJECT_PART


class RecipeError(DetectorError):
    """A recipe that does not fit the model or the image."""

    code = "RECIPE"


class DeadlineError(InspectorError):
    """A verdict came too late for its part."""

    code = "LATE"
    reaction = Reaction.REJECT_PART


class StoreError(InspectorError):
    """Base of what goes wrong with the record store."""

    code = "STORE"


class CommitFailed(StoreError):
    """A record could not be made durable."""

    code = "COMMIT_FAILED"


class DiskFull(StoreError):
    """No space for a record or an image."""

    code = "DISK_FULL"


class BackupDamaged(StoreError):
    """A backup that is not complete, or whose files are not those of its list."""

    code = "BACKUP_DAMAGED"


class JournalFailed(StoreError):
    """The line's journal could not be written: no trigger, no grant, not Ready until it can."""

    code = "JOURNAL_FAILED"


class JournalDamaged(StoreError):
    """The line's journal is not readable, or is not a journal."""

    code = "JOURNAL_DAMAGED"


class ImageWriteFailed(StoreError):
    """An image could not be written; its part record stays and names the loss."""

    code = "IMAGE_WRITE_FAILED"


class ShiftError(InspectorError):
    """A shift command that does not fit the present state."""

    code = "SHIFT"
    reaction = Reaction.WARN


class BypassRefused(ShiftError):
    """A bypass that this station does not begin: no key, no permit, not now, not here, or not again."""

    code = "BYPASS_REFUSED"


class StatementRefused(ShiftError):
    """A statement about a key that this station does not take: no known root, not by it, or not about its keys."""

    code = "STATEMENT_REFUSED"


class RecordsOld(ShiftError):
    """The records are older than what the ledger, or the station's former disk, knows: they come from an old backup."""

    code = "RECORDS_OLD"


class HoldRefused(ShiftError):
    """A legal hold that cannot begin or end: something is not said, or one of this name is in force, or none is."""

    code = "HOLD_REFUSED"


class ReviewRefused(ShiftError):
    """A review of a part that is not taken: nobody is named, no such finding, or it is a challenge part."""

    code = "REVIEW_REFUSED"


class SettingRefused(ShiftError):
    """A setting that is not changed: no such one, not this value, not this way, not now, or nobody is named."""

    code = "SETTING_REFUSED"


class ManualRefused(ShiftError):
    """Manual mode, or an output in it, that is not for now: a shift is open, it is somebody else's, or it is not on."""

    code = "MANUAL_REFUSED"


class RetentionRefused(ShiftError):
    """Images that are not erased now: no retention file, another request is under way, a backup is being made."""

    code = "RETENTION_REFUSED"


class CountsDiffer(ShiftError):
    """Independent counts differ from the records, and nobody has explained it yet: the shift is not closed."""

    code = "COUNTS_DIFFER"


class TakeOverNeeded(ShiftError):
    """Who comes has to sign for the shift before, and has not: no shift opens."""

    code = "TAKE_OVER_NEEDED"


class EvidenceError(InspectorError):
    """Base of malformed or contradicting evidence."""

    code = "EVIDENCE"


class FormatInvalid(EvidenceError):
    """Bytes that are not a well-formed record, seal, note, or proof."""

    code = "FORMAT_INVALID"


class SignatureInvalid(EvidenceError):
    """A signature that does not verify under the key it names."""

    code = "SIGNATURE_INVALID"


class ProofInvalid(EvidenceError):
    """A proof that does not show what it claims: a Merkle path to another root, a time stamp of something else."""

    code = "PROOF_INVALID"


class KeyLocked(EvidenceError):
    """The signing key is locked: inspection goes on, heads and seals queue unsigned."""

    code = "KEY_LOCKED"
    reaction = Reaction.WARN


class PassphraseWrong(EvidenceError):
    """The passphrase does not open the key file."""

    code = "PASSPHRASE_WRONG"
    reaction = Reaction.WARN


class RulesGone(EvidenceError):
    """A part cannot be judged again: its model package, recipe or runtime is not here any more."""

    code = "RULES_GONE"
    reaction = Reaction.WARN


class LedgerError(InspectorError):
    """Base of what goes wrong with a ledger; it never stands in the way of inspection."""

    code = "LEDGER"
    reaction = Reaction.WARN


class LedgerUnreachable(LedgerError):
    """The ledger does not answer; the document stays queued."""

    code = "LEDGER_UNREACHABLE"


class TransactionRefused(LedgerUnreachable):
    """The node of a chain does not take a transaction; it is sent again later.

    Args:
        message: What happened.
        advice: What to do.
        reason: What the node says, in lower case.
    """

    code = "TRANSACTION_REFUSED"

    def __init__(self, message: str, advice: str = "", reason: str = "") -> None:
        super().__init__(message, advice)
        self.reason = reason


class LedgerRefused(LedgerError):
    """The ledger's admission rule refuses the document: a twin, a gap or a fork."""

    code = "LEDGER_REFUSED"


class LedgerInconsistent(LedgerError):
    """The ledger contradicts what it said before: it shrank, forked, or lost an entry."""

    code = "LEDGER_INCONSISTENT"


class PublishError(InspectorError):
    """Base of what goes wrong between the station and an MQTT broker; it never stands in the way of inspection."""

    code = "PUBLISH"
    reaction = Reaction.WARN


class BrokerAway(PublishError):
    """The MQTT broker does not answer or broke the connection off; the records wait for it."""

    code = "BROKER_AWAY"


class BrokerRefused(PublishError):
    """The MQTT broker refuses the station: user, password, client id or certificate; the records wait."""

    code = "BROKER_REFUSED"


class AccessDenied(InspectorError):
    """The caller has no token, or may not do this."""

    code = "ACCESS_DENIED"
    reaction = Reaction.WARN


class LoginNeeded(AccessDenied):
    """The station has users, and nobody is logged in here, or not any more."""

    code = "LOGIN_NEEDED"


class LoginRefused(AccessDenied):
    """Person and secret do not fit, or there were too many that did not."""

    code = "LOGIN_REFUSED"


class RoleRefused(AccessDenied):
    """The person is known, and may not do this: the role, or a rule that separates duties."""

    code = "ROLE_REFUSED"


class DatasetRefused(InspectorError):
    """A dataset, or pictures and labels for one, that cannot be used as they are."""

    code = "DATASET_REFUSED"
    reaction = Reaction.WARN


class DriftRefused(InspectorError):
    """Drift that cannot be told: no usable baseline, too few parts, or parts that another model judged."""

    code = "DRIFT_REFUSED"
    reaction = Reaction.WARN


class ShadowRefused(InspectorError):
    """A shadow run that cannot begin, or a result of one that cannot be used: no such parts, another format."""

    code = "SHADOW_REFUSED"
    reaction = Reaction.WARN


class TrainingFailed(InspectorError):
    """A training that could not go on: memory or disk is full, the weights fit nothing, nothing was learned."""

    code = "TRAINING_FAILED"
    reaction = Reaction.WARN


class ApiError(InspectorError):
    """Base of what goes wrong between a caller and the api; it never stands in the way of inspection."""

    code = "API"
    reaction = Reaction.WARN


class ApiAway(ApiError):
    """The api process does not answer: no station runs, or it is starting again."""

    code = "API_AWAY"


class StationAway(ApiError):
    """The api runs, but the station process behind it is not connected or does not answer."""

    code = "STATION_AWAY"


class StationTimeout(ApiError):
    """The station took a command and did not answer in time; whether it was done shows in the status."""

    code = "STATION_TIMEOUT"


class RequestInvalid(ApiError):
    """A request that is too large, malformed, or does not fit the published schema."""

    code = "REQUEST_INVALID"


class NotFound(ApiError):
    """There is no such path, part, image or picture."""

    code = "NOT_FOUND"


class Overloaded(ApiError):
    """More requests or listeners at once than the api takes."""

    code = "OVERLOADED"


class ForeignOrigin(AccessDenied):
    """A request from another web page, or under a name that was bent to this machine."""

    code = "FOREIGN_ORIGIN"


class Refused(ApiError):
    """An answer of the other side that this side has no class for; it keeps the code it came with.

    Args:
        code: The code of the original error.
        message: What happened.
        advice: What to do next.
    """

    code = "REFUSED"

    def __init__(self, code: str, message: str, advice: str = "") -> None:
        super().__init__(message, advice)
        self.code = code
