"""How does a steward settle who is who, where records would join two settled customers?

Keeping them apart is a verdict that outlives every later run: the question is not asked again.
Joining them is a merge, which has to show its consequences first; until it can, the question
stays open.
"""

from __future__ import annotations

from django.utils import timezone

from troth.actions.outbox import Audience, Event
from troth.actions.recording import recorded
from troth.core.access.roles import Right
from troth.store.models import ResolutionQuestion, User


class NoSuchQuestionError(LookupError):
    """There is no open question with this id. The page Identity questions lists the open ones."""


class ReasonMissingError(ValueError):
    """A verdict needs its reason. Say in a sentence how you know."""


def keep_apart(*, question_id: str, reason: str, acting_user: User) -> None:
    """Settle that the customers are not one. Raises NoSuchQuestionError, ReasonMissingError."""
    if not reason.strip():
        raise ReasonMissingError("A verdict needs its reason: say in a sentence how you know.")
    with recorded(
        acting_user=acting_user,
        action="customer:identity:kept_apart",
        right=Right.SETTLE_IDENTITY,
        subject=question_id,
        reason=reason.strip(),
    ) as entry:
        question = (
            ResolutionQuestion.objects.select_for_update()
            .filter(pk=question_id, settled_at=None)
            .first()
        )
        if question is None:
            raise NoSuchQuestionError(
                f"There is no open question {question_id!r}. "
                "The page Identity questions and `troth question list` show the open ones."
            )
        question.settled_at, question.verdict = timezone.now(), "apart"
        question.save(update_fields=["settled_at", "verdict"])
        entry.wrote(question)
        settled = Event(
            type="identity.question_settled",
            data={"question_id": question.pk, "verdict": question.verdict},
            customers=tuple(question.customers),
        )
        Audience.load().tell([settled])
