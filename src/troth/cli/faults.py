"""Which errors are raised for a person to read?"""

from __future__ import annotations

from troth.actions.access import AccessError
from troth.actions.accounts import AccountError
from troth.actions.assessments import AssessmentSignedError
from troth.actions.change_errors import ChangeError
from troth.actions.checkpoints import LogBrokenError
from troth.actions.delivering import NoSuchMessageError
from troth.actions.erasure_journal import DamagedJournalError
from troth.actions.evidence import BadRangeError
from troth.actions.freeze_gate import PolicyFrozenError
from troth.actions.freezes import FreezeError
from troth.actions.merge_errors import MergeError
from troth.actions.people import TokenError
from troth.actions.policies import PolicyFileError
from troth.actions.pulling import UnpublishedError
from troth.actions.questions import (
    BadVerdictError,
    NoSuchQuestionError,
    NoSuchVerdictError,
    ReasonMissingError,
)
from troth.actions.reconciling import DifferenceError
from troth.actions.replaying import ReplayError
from troth.actions.rollouts import NoSuchRolloutError, RolloutError
from troth.actions.running import NothingToRunError
from troth.actions.tier_previews import TierPreviewError
from troth.actions.webhooks import NoSuchEndpointError, UnknownEventTypeError
from troth.actions.witnessing import LogRefusedError, LogUnreadableError
from troth.analysis.capacity import CapacityDocumentError, CapacityUndecidedError
from troth.analysis.matching.errors import MatchingError
from troth.analysis.metrics import MetricError
from troth.analysis.segments.errors import TooFewCustomersError
from troth.analysis.value.errors import FitError
from troth.cli.explanations import code_of
from troth.cli.starting import RolesMissingError, SchemaBehindError
from troth.connectors.calendars import CalendarFileError
from troth.connectors.contracts.errors import ContractError, UnknownContractError
from troth.connectors.errors import MappingError, SourceError
from troth.connectors.workspace import WorkspaceError
from troth.core.calendars import CalendarError
from troth.core.consent.assessments import AssessmentError
from troth.core.consent.purposes import NoticeError, UnknownPurposeError
from troth.core.consent.states import ConsentEventError
from troth.core.decisions.inputs import DecisionInputError
from troth.core.dmn import DmnError
from troth.core.feel import FeelError
from troth.core.feel.patterns import PatternBudgetError, PatternError
from troth.core.identity import SurvivorshipError
from troth.core.ledger.notes import NoteError
from troth.core.policies.changes import StepError
from troth.core.policies.freezes import InvalidFreezeError
from troth.core.policies.recurrence import RecurrenceError
from troth.core.policies.rollouts import InvalidRolloutError
from troth.core.webhooks.destinations import DestinationError
from troth.core.work.reconciliation import TolerancesError
from troth.store.backups.errors import BackupError
from troth.store.facts.persons import UnknownSubjectError
from troth.store.facts.subjects import UnknownCustomerError
from troth.store.queries.lists import NotFoundError
from troth.store.queries.viewing import NotAllowedError
from troth.store.scrubbing import StillReadError
from troth.store.sealing import SealingError
from troth.store.server import ServerError
from troth.store.tables import TablesMissingError

__all__ = ["FOR_PEOPLE", "code_of"]

# One line an error: each message says where, what was expected, what to do.
FOR_PEOPLE: tuple[type[Exception], ...] = (
    AccountError,
    BackupError,
    BadRangeError,
    BadVerdictError,
    AccessError,
    AssessmentError,
    AssessmentSignedError,
    CalendarError,
    ConsentEventError,
    ContractError,
    UnknownContractError,
    NoticeError,
    UnknownPurposeError,
    CalendarFileError,
    CapacityDocumentError,
    CapacityUndecidedError,
    ChangeError,
    DamagedJournalError,
    DecisionInputError,
    DestinationError,
    DifferenceError,
    DmnError,
    FeelError,
    FitError,
    TooFewCustomersError,
    FreezeError,
    InvalidFreezeError,
    InvalidRolloutError,
    LogBrokenError,
    LogRefusedError,
    LogUnreadableError,
    MappingError,
    MatchingError,
    MergeError,
    MetricError,
    NoSuchEndpointError,
    NoSuchMessageError,
    NoSuchQuestionError,
    NoSuchVerdictError,
    NoSuchRolloutError,
    NotAllowedError,
    NotFoundError,
    NoteError,
    NothingToRunError,
    PatternBudgetError,
    PatternError,
    PolicyFileError,
    PolicyFrozenError,
    ReasonMissingError,
    RecurrenceError,
    ReplayError,
    RolesMissingError,
    RolloutError,
    SchemaBehindError,
    SealingError,
    ServerError,
    SourceError,
    StepError,
    TierPreviewError,
    StillReadError,
    SurvivorshipError,
    TablesMissingError,
    TolerancesError,
    TokenError,
    UnknownCustomerError,
    UnknownEventTypeError,
    UnknownSubjectError,
    UnpublishedError,
    WorkspaceError,
)
