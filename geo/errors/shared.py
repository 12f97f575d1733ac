"""What two governments share cannot be changed this way, or not by one of them alone."""

from __future__ import annotations

from geo.errors.base import ConflictError, InputError, NotFoundError, YutuError


class ChangedMeanwhileError(YutuError):
    """Facts: given, revision, told (each change in words), changes (the same by its parts)."""

    code = "changed_meanwhile"


class RevisionMissingError(YutuError):
    """Facts: revision (the present one)."""

    code = "revision_missing"


class MarkerUnknownError(NotFoundError):
    """Facts: marker."""

    code = "marker_unknown"


class MarkerNotThenError(NotFoundError):
    """Facts: marker, at, known_from, valid_to."""

    code = "marker_not_then"


class FileUnknownError(NotFoundError):
    """Facts: attachment."""

    code = "file_unknown"


class ProposalUnknownError(NotFoundError):
    """Facts: proposal."""

    code = "proposal_unknown"


class FitRefusedError(InputError):
    """Facts: fit, reason. Its points give no fit, or it may not be used for this."""

    code = "fit_refused"


class FitExistsError(ConflictError):
    """Facts: fit. A fit is never changed, for rows name it; a better one has another name."""

    code = "fit_exists"


class FitUnknownError(NotFoundError):
    """Facts: fit."""

    code = "fit_unknown"


class NeighbourAbsentError(ConflictError):
    """Facts: kind, absent (the sides nobody was present of)."""

    code = "neighbour_absent"


class StepRefusedError(ConflictError):
    """Facts: kind, state, allowed (kinds that are possible from here)."""

    code = "step_refused"


class ProposalNeededError(ConflictError):
    """Facts: kind. The step needs the consent of every side and approval from above."""

    code = "proposal_needed"


class ProposalEndedError(ConflictError):
    """Facts: proposal, state."""

    code = "proposal_ended"


class NumberTakenError(ConflictError):
    """Facts: number, member, line."""

    code = "number_taken"


class MarkerInvalidError(InputError):
    """Facts: findings. What is said of a marker cannot stand in the register."""

    code = "marker_invalid"


class LineInvalidError(InputError):
    """Facts: findings. What is said of a line cannot stand in the register."""

    code = "line_invalid"


class NothingChangedError(InputError):
    """What was said is what the register says already: no version is made of it."""

    code = "nothing_changed"


class LineNotThenError(NotFoundError):
    """Facts: line, at."""

    code = "line_not_then"


class SectionInvalidError(InputError):
    """Facts: section (its place in the list), reason."""

    code = "section_invalid"


class SectionUnknownError(NotFoundError):
    """Facts: section."""

    code = "section_unknown"


class PlatformUnknownError(NotFoundError):
    """Facts: platform, allowed."""

    code = "platform_unknown"


class PackageUnknownError(NotFoundError):
    """Facts: package."""

    code = "package_unknown"


class ReceiptRefusedError(ConflictError):
    """Facts: package, reason. The receipt does not fit the package, or it has one already."""

    code = "receipt_refused"
