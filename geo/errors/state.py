"""There is no such thing, or its state forbids what was asked."""

from __future__ import annotations

from geo.errors.base import ConflictError, NotFoundError


class DivisionUnknownError(NotFoundError):
    """Facts: division (the code asked for)."""

    code = "division_unknown"


class DivisionNotThenError(NotFoundError):
    """Facts: division, at, known_from, valid_to (None while it lasts), successors."""

    code = "division_not_then"


class LineUnknownError(NotFoundError):
    """Facts: line."""

    code = "line_unknown"


class FacilityUnknownError(NotFoundError):
    """Facts: facility."""

    code = "facility_unknown"


class FacilityNotThenError(NotFoundError):
    """Facts: facility, at, known_from."""

    code = "facility_not_then"


class JobUnknownError(NotFoundError):
    """Facts: job."""

    code = "job_unknown"


class ImportUnknownError(NotFoundError):
    """Facts: what (the import id or the kind)."""

    code = "import_unknown"


class UserUnknownError(NotFoundError):
    """Facts: user."""

    code = "user_unknown"


class NetworkUnknownError(NotFoundError):
    """Facts: network (its id or name)."""

    code = "network_unknown"


class LayerUnknownError(NotFoundError):
    """Facts: layer, allowed."""

    code = "layer_unknown"


class PaperUnknownError(NotFoundError):
    """Facts: paper, allowed."""

    code = "paper_unknown"


class UserExistsError(ConflictError):
    """Facts: user."""

    code = "user_exists"


class JobEndedError(ConflictError):
    """Facts: job, state."""

    code = "job_ended"


class ImportEndedError(ConflictError):
    """Facts: state."""

    code = "import_ended"


class StoppedError(ConflictError):
    """Somebody cancelled what was running; nothing of it was kept."""

    code = "stopped"


class DatabaseOutsideError(ConflictError):
    """The database is an existing one; its administrators start and stop it."""

    code = "database_outside"


class DatabaseNotEmptyError(ConflictError):
    """Facts: what (what is in it)."""

    code = "database_not_empty"


class ApprovalMissingError(ConflictError):
    """Divisions and lines go public only by an approved depiction (审图号)."""

    code = "approval_missing"


class NetworkMissingError(ConflictError):
    """Facts: network (the name asked for)."""

    code = "network_missing"


class PopulationMissingError(ConflictError):
    """Facts: population (the name asked for)."""

    code = "population_missing"


class AreaWithoutPolygonError(ConflictError):
    """Facts: division, at."""

    code = "area_without_polygon"
