"""What an inspection of two governments does not allow, and why."""

from __future__ import annotations

from geo.errors.base import (
    ConflictError,
    InputError,
    NotFoundError,
    RefusedError,
    SetupError,
)

__all__ = [
    "ActionNotNowError",
    "ArchiveInvalidError",
    "ArchiveUnknownError",
    "CountsDisagreeError",
    "FindingRefusedError",
    "GuardBlockedError",
    "GuestRefusedError",
    "InspectionExistsError",
    "InspectionInvalidError",
    "InspectionUnknownError",
    "InstanceKeyError",
    "NotPartyError",
    "PastRoundInvalidError",
    "PastRoundUnknownError",
    "PlanInvalidError",
    "RecordRefusedError",
    "RecordTakenError",
    "RecordUnknownError",
    "RecordsClosedError",
    "SealDiffersError",
    "SignatureRefusedError",
    "SigningLockedError",
]


class InspectionUnknownError(NotFoundError):
    """Facts: inspection."""

    code = "inspection_unknown"


class CountsDisagreeError(ConflictError):
    """Facts: what (marker or section), expected, found, by_state, lacking (labels)."""

    code = "counts_disagree"


class RecordUnknownError(NotFoundError):
    """Facts: record."""

    code = "record_unknown"


class InspectionExistsError(ConflictError):
    """Facts: line, round, inspection (that which is there), state."""

    code = "inspection_exists"


class GuardBlockedError(ConflictError):
    """Facts: action, count, missing (each thing that lacks: what, subject, party, in words)."""

    code = "guard_blocked"


class ActionNotNowError(ConflictError):
    """Facts: action, state, allowed (actions from this state), missing (empty)."""

    code = "action_not_now"


class RecordsClosedError(ConflictError):
    """Facts: state, allowed (the states in which records are taken)."""

    code = "records_closed"


class RecordTakenError(ConflictError):
    """Facts: record. The id is that of another side's record, or of another subject."""

    code = "record_taken"


class NotPartyError(RefusedError):
    """Facts: what, parties (the sides), grants (where the account has a role)."""

    code = "not_party"


class GuestRefusedError(RefusedError):
    """Facts: reason. An invited person or contractor may not do this, or not any more."""

    code = "guest_refused"


class InspectionInvalidError(InputError):
    """Facts: field, value, reason. An inspection that cannot be opened like this."""

    code = "inspection_invalid"


class RecordRefusedError(InputError):
    """Facts: field, value, reason. A record that cannot stand."""

    code = "record_refused"


class PastRoundInvalidError(InputError):
    """Facts: line, findings. A completed round that cannot stand in the register."""

    code = "past_round_invalid"


class PlanInvalidError(InputError):
    """Facts: year, count (of its faults), findings (by the row of the plan)."""

    code = "plan_invalid"


class PastRoundUnknownError(NotFoundError):
    """Facts: past_round."""

    code = "past_round_unknown"


class FindingRefusedError(ConflictError):
    """Facts: reason. What a side says of a subject cannot be its common finding now."""

    code = "finding_refused"


class SignatureRefusedError(InputError):
    """Facts: field, value, reason. A signature or seal that cannot be taken like this."""

    code = "signature_refused"


class SealDiffersError(ConflictError):
    """Facts: printed, present (hashes), differs (what changed since, in words)."""

    code = "seal_differs"


class SigningLockedError(RefusedError):
    """The token does not open the account's signing key, and no password came with the request."""

    code = "signing_locked"


class ArchiveUnknownError(NotFoundError):
    """Facts: archive."""

    code = "archive_unknown"


class ArchiveInvalidError(InputError):
    """Facts: file, problems (in words). An archive that does not verify is not taken in."""

    code = "archive_invalid"


class InstanceKeyError(SetupError):
    """Facts: file. The file of the instance's key is no key."""

    code = "instance_key_broken"
