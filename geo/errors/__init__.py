"""What can go wrong, as a tree; the code and the facts are here, the texts in the catalogue.

::

    YutuError
    ├── InputError              the caller gave something unusable            (HTTP 422, exit 1)
    │   ├── FileUnreadableError     not the format it claims, cut, encrypted
    │   ├── FileRefusedError        archive too large, too deep, a driver we do not open
    │   ├── ColumnMissingError      a column that was named or is needed is not there
    │   ├── OptionInvalidError      an option with a value that is not allowed
    │   ├── PasswordWeakError       too short, or the user's name
    │   ├── PrivateHomeError        it stands in people's homes: a count, never a point
    │   ├── CrsRefusedError         a coordinate system nobody can transform honestly
    │   ├── NetworkEmptyError       no street in it that one may walk on
    │   ├── AgeUnknownError         an age group that the population does not give
    │   ├── FitRefusedError         its common points give no fit, or it is retired
    │   ├── LineInvalidError        what was said of a line cannot stand in the register
    │   ├── SectionInvalidError     a section of a line that cannot stand
    │   ├── NothingChangedError     what was said is what the register says already
    │   ├── MarkerInvalidError      what was said of a marker cannot stand in the register
    │   ├── SignatureRefusedError   a signature or seal that cannot be taken like this
    │   ├── ArchiveInvalidError     an archive of an inspection that does not verify
    │   ├── InspectionInvalidError  an inspection that cannot be opened like this
    │   ├── PastRoundInvalidError   a completed round of a line that cannot stand
    │   ├── PlanInvalidError        a yearly plan with lines that cannot be planned so
    │   ├── RecordRefusedError      a record of an inspection that cannot stand
    │   ├── PhotoCutError           not all of a photo came; what came is kept
    │   ├── PhotoDiffersError       a photo whose content is not what its address says
    │   ├── ReturnRefusedError      a return file that is none, or another side's
    │   ├── ReturnHasErrorsError    findings in a return file, nothing of it taken
    │   └── ImportHasErrorsError    findings of severity error, nothing applied
    ├── UnauthenticatedError    who are you?                                  (401)
    │   ├── LoginFailedError
    │   ├── TokenInvalidError
    │   └── NotPublishedError       exists, but is not public
    ├── RefusedError            you may not, and why                          (403)
    │   ├── OutsideJurisdictionError
    │   ├── RoleMissingError
    │   ├── SigningLockedError      the token does not open the signing key: give the password
    │   ├── NotPartyError           of no side of the inspection, or of another one
    │   ├── GuestRefusedError       invited for less than this, or no longer
    │   ├── PartyHasAccountsError   the side says itself how it takes part
    │   └── RequestForgedError      a page form without its token
    ├── NotFoundError           no such thing                                 (404)
    │   ├── DivisionUnknownError
    │   ├── DivisionNotThenError    known, but not valid at that date
    │   ├── LineUnknownError
    │   ├── LineNotThenError        known, but has no such version at that date
    │   ├── FacilityUnknownError
    │   ├── FacilityNotThenError    known, but not valid at that date
    │   ├── JobUnknownError
    │   ├── ImportUnknownError
    │   ├── UserUnknownError
    │   ├── NetworkUnknownError
    │   ├── PaperUnknownError
    │   ├── MarkerUnknownError
    │   ├── MarkerNotThenError      known, but not valid at that date
    │   ├── ProposalUnknownError
    │   ├── FitUnknownError
    │   ├── FileUnknownError        no such file on that object
    │   ├── SectionUnknownError
    │   ├── PlatformUnknownError    no platform of that name is described
    │   ├── PackageUnknownError
    │   ├── ArchiveUnknownError
    │   ├── InspectionUnknownError
    │   ├── PastRoundUnknownError
    │   ├── RecordUnknownError
    │   ├── PhotoUnknownError
    │   ├── GuestUnknownError
    │   ├── OrderUnknownError
    │   └── LayerUnknownError
    ├── ConflictError           the state of things forbids it                (409)
    │   ├── UserExistsError
    │   ├── JobEndedError
    │   ├── ImportEndedError
    │   ├── StoppedError            somebody cancelled what was running
    │   ├── DatabaseOutsideError    not ours to start and stop
    │   ├── DatabaseNotEmptyError   a backup is restored into an empty database only
    │   ├── ApprovalMissingError    publishing without an approved depiction
    │   ├── NetworkMissingError     no streets to walk on were imported
    │   ├── PopulationMissingError  no people to ask about were imported
    │   ├── AreaWithoutPolygonError nobody can say what lies in the division
    │   ├── NeighbourAbsentError    a repair without the other side (Order 353 art. 16)
    │   ├── StepRefusedError        the marker's state does not allow the step
    │   ├── ProposalNeededError     every side's consent and approval from above are needed
    │   ├── ProposalEndedError
    │   ├── FitExistsError          a fit of that name
    │   ├── ReceiptRefusedError     it does not fit the package, or that has one
    │   ├── SealDiffersError        a page was sealed that is not the content of now
    │   ├── InspectionExistsError   the line has one of that round
    │   ├── GuardBlockedError       something still lacks: it is listed
    │   ├── CountsDisagreeError     numbers of a report that do not add up
    │   ├── ActionNotNowError       the inspection's state does not allow the action
    │   ├── RecordsClosedError      its state takes no records
    │   ├── FindingRefusedError     it cannot be the common finding now
    │   ├── RecordTakenError        the id is that of another record
    │   ├── PhotoGapError           a piece that does not begin where the last one ended
    │   ├── PhotoWithdrawnError     it was taken off; a late copy does not bring it back
    │   ├── DeliveryRefusedError    nothing of a contractor to accept or return there
    │   ├── OrderTakenError         the id is that of another work order
    │   ├── OrderEndedError
    │   └── NumberTakenError        the line has a marker of this number
    ├── ChangedMeanwhileError   somebody else changed the shared object       (412)
    ├── RevisionMissingError    a shared object is changed with If-Match only (428)
    ├── TooLargeError           the body is over the limit                    (413)
    ├── ThrottledError          too many tries, wait                          (429)
    ├── UnavailableError        the database does not answer, the disk is full (503)
    │   ├── DatabaseGoneError
    │   ├── JobLostError            its worker died under it, time and again
    │   ├── BusyError               more requests at once than there are connections
    │   ├── TooSlowError            a statement over its time limit
    │   ├── SchemaBehindError       the database is of another release
    │   └── DiskFullError
    └── SetupError              the machine or its settings are not right     (500, exit 3)
        ├── PostgresMissingError
        ├── PostgisMissingError
        ├── LocaleError             locale C gives no trigrams for Chinese
        ├── ClusterVersionError     the data folder is of another major version
        ├── ClusterOwnerError       the cluster belongs to another user of the system
        ├── ClusterStartError
        ├── HomeInUseError          another instance runs on the same data folder
        ├── MigrationError
        ├── OwnerUnknownError       an existing database, and nobody named its owner
        ├── ProgramFailedError      a program of PostgreSQL's did not do its work
        ├── PortInUseError          another program listens there
        ├── ChildFailedError        the web process or the worker does not start
        ├── CertificateError        no certificate to serve HTTPS with, or not a usable one
        ├── OfficeMissingError      no LibreOffice to make a PDF with
        ├── FontMissingError        a character that no font here has would print as a box
        ├── PaperTemplateError      the office's own template of a paper is broken
        ├── InstanceKeyError        the file of the key that signs archives is no key
        ├── PlatformInvalidError    the file that describes a platform does not hold together
        └── InsecureHostError       beyond loopback without TLS
"""

from __future__ import annotations

from geo.errors import inspections
from geo.errors.base import (
    ConflictError,
    InputError,
    NotFoundError,
    RefusedError,
    SetupError,
    ThrottledError,
    TooLargeError,
    UnauthenticatedError,
    UnavailableError,
    YutuError,
)
from geo.errors.fieldwork import (
    DeliveryRefusedError,
    GuestUnknownError,
    OrderEndedError,
    OrderTakenError,
    OrderUnknownError,
    PartyHasAccountsError,
    PhotoCutError,
    PhotoDiffersError,
    PhotoGapError,
    PhotoUnknownError,
    PhotoWithdrawnError,
    ReturnHasErrorsError,
    ReturnRefusedError,
)
from geo.errors.given import (
    AgeUnknownError,
    ColumnMissingError,
    CrsRefusedError,
    FileRefusedError,
    FileUnreadableError,
    ImportHasErrorsError,
    NetworkEmptyError,
    OptionInvalidError,
    PasswordWeakError,
    PrivateHomeError,
)
from geo.errors.inspections import *  # noqa: F403 - what it names in its own __all__
from geo.errors.machine import (
    BusyError,
    CertificateError,
    ChildFailedError,
    ClusterOwnerError,
    ClusterStartError,
    ClusterVersionError,
    DatabaseGoneError,
    DiskFullError,
    FontMissingError,
    HomeInUseError,
    InsecureHostError,
    JobLostError,
    LocaleError,
    MigrationError,
    OfficeMissingError,
    OwnerUnknownError,
    PaperTemplateError,
    PlatformInvalidError,
    PortInUseError,
    PostgisMissingError,
    PostgresMissingError,
    ProgramFailedError,
    SchemaBehindError,
    TooSlowError,
)
from geo.errors.people import (
    LoginFailedError,
    NotPublishedError,
    OutsideJurisdictionError,
    RequestForgedError,
    RoleMissingError,
    TokenInvalidError,
)
from geo.errors.shared import (
    ChangedMeanwhileError,
    FileUnknownError,
    FitExistsError,
    FitRefusedError,
    FitUnknownError,
    LineInvalidError,
    LineNotThenError,
    MarkerInvalidError,
    MarkerNotThenError,
    MarkerUnknownError,
    NeighbourAbsentError,
    NothingChangedError,
    NumberTakenError,
    PackageUnknownError,
    PlatformUnknownError,
    ProposalEndedError,
    ProposalNeededError,
    ProposalUnknownError,
    ReceiptRefusedError,
    RevisionMissingError,
    SectionInvalidError,
    SectionUnknownError,
    StepRefusedError,
)
from geo.errors.state import (
    ApprovalMissingError,
    AreaWithoutPolygonError,
    DatabaseNotEmptyError,
    DatabaseOutsideError,
    DivisionNotThenError,
    DivisionUnknownError,
    FacilityNotThenError,
    FacilityUnknownError,
    ImportEndedError,
    ImportUnknownError,
    JobEndedError,
    JobUnknownError,
    LayerUnknownError,
    LineUnknownError,
    NetworkMissingError,
    NetworkUnknownError,
    PaperUnknownError,
    PopulationMissingError,
    StoppedError,
    UserExistsError,
    UserUnknownError,
)

__all__ = [
    "AgeUnknownError",
    "ApprovalMissingError",
    "AreaWithoutPolygonError",
    "BusyError",
    "CertificateError",
    "ChangedMeanwhileError",
    "ChildFailedError",
    "ClusterOwnerError",
    "ClusterStartError",
    "ClusterVersionError",
    "ColumnMissingError",
    "ConflictError",
    "CrsRefusedError",
    "DatabaseGoneError",
    "DatabaseNotEmptyError",
    "DatabaseOutsideError",
    "DeliveryRefusedError",
    "DiskFullError",
    "DivisionNotThenError",
    "DivisionUnknownError",
    "FacilityNotThenError",
    "FacilityUnknownError",
    "FileRefusedError",
    "FileUnknownError",
    "FileUnreadableError",
    "FitExistsError",
    "FitRefusedError",
    "FitUnknownError",
    "FontMissingError",
    "GuestUnknownError",
    "HomeInUseError",
    "ImportEndedError",
    "ImportHasErrorsError",
    "ImportUnknownError",
    "InputError",
    "InsecureHostError",
    "JobEndedError",
    "JobLostError",
    "JobUnknownError",
    "LayerUnknownError",
    "LineInvalidError",
    "LineNotThenError",
    "LineUnknownError",
    "LocaleError",
    "LoginFailedError",
    "MarkerInvalidError",
    "MarkerNotThenError",
    "MarkerUnknownError",
    "MigrationError",
    "NeighbourAbsentError",
    "NetworkEmptyError",
    "NetworkMissingError",
    "NetworkUnknownError",
    "NotFoundError",
    "NotPublishedError",
    "NothingChangedError",
    "NumberTakenError",
    "OfficeMissingError",
    "OptionInvalidError",
    "OrderEndedError",
    "OrderTakenError",
    "OrderUnknownError",
    "OutsideJurisdictionError",
    "OwnerUnknownError",
    "PackageUnknownError",
    "PaperTemplateError",
    "PaperUnknownError",
    "PartyHasAccountsError",
    "PasswordWeakError",
    "PhotoCutError",
    "PhotoDiffersError",
    "PhotoGapError",
    "PhotoUnknownError",
    "PhotoWithdrawnError",
    "PlatformInvalidError",
    "PlatformUnknownError",
    "PopulationMissingError",
    "PortInUseError",
    "PostgisMissingError",
    "PostgresMissingError",
    "PrivateHomeError",
    "ProgramFailedError",
    "ProposalEndedError",
    "ProposalNeededError",
    "ProposalUnknownError",
    "ReceiptRefusedError",
    "RefusedError",
    "RequestForgedError",
    "ReturnHasErrorsError",
    "ReturnRefusedError",
    "RevisionMissingError",
    "RoleMissingError",
    "SchemaBehindError",
    "SectionInvalidError",
    "SectionUnknownError",
    "SetupError",
    "StepRefusedError",
    "StoppedError",
    "ThrottledError",
    "TokenInvalidError",
    "TooLargeError",
    "TooSlowError",
    "UnauthenticatedError",
    "UnavailableError",
    "UserExistsError",
    "UserUnknownError",
    "YutuError",
]
__all__ += inspections.__all__
