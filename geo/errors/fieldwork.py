"""What goes wrong on the way from the field into an inspection, and with who helps there."""

from __future__ import annotations

from geo.errors.base import ConflictError, InputError, NotFoundError, RefusedError


class PhotoUnknownError(NotFoundError):
    """Facts: photo (its SHA-256), record."""

    code = "photo_unknown"


class PhotoGapError(ConflictError):
    """Facts: start, received, total. A piece does not begin where the last one ended."""

    code = "photo_gap"


class PhotoWithdrawnError(ConflictError):
    """Facts: photo. It was taken off; a copy that arrives late does not put it back."""

    code = "photo_withdrawn"


class PhotoCutError(InputError):
    """Facts: received, expected. What came is kept, the rest may follow."""

    code = "photo_cut"


class PhotoDiffersError(InputError):
    """Facts: expected, found (SHA-256). The content is not what its address says."""

    code = "photo_differs"


class GuestUnknownError(NotFoundError):
    """Facts: guest."""

    code = "guest_unknown"


class DeliveryRefusedError(ConflictError):
    """Facts: record, reason. There is nothing of a contractor to accept or return there."""

    code = "delivery_refused"


class PartyHasAccountsError(RefusedError):
    """Facts: party. It has accounts of its own, so it says itself how it takes part."""

    code = "party_has_accounts"


class ReturnRefusedError(InputError):
    """Facts: file, reason. A return file that is none, or another's."""

    code = "return_refused"


class ReturnHasErrorsError(InputError):
    """Facts: errors (how many), findings. Nothing of the file was taken."""

    code = "return_has_errors"


class OrderUnknownError(NotFoundError):
    """Facts: order."""

    code = "order_unknown"


class OrderTakenError(ConflictError):
    """Facts: order. The id is that of an order that says something else."""

    code = "order_taken"


class OrderEndedError(ConflictError):
    """Facts: order, state."""

    code = "order_ended"
