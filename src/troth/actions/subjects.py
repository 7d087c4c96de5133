"""Whom may somebody erase, or export?"""

from __future__ import annotations

from troth.core.access.roles import Right
from troth.store.facts.persons import Subject, UnknownSubjectError, subject_of
from troth.store.models import User
from troth.store.queries.viewing import as_the_program, viewer_of, viewing
from troth.store.queries.visibility import seen_among


def subject_for(name: str, right: Right, *, acting_user: User) -> Subject:
    """The subject of this name, where `acting_user` has `right` over them.

    The right comes before the search, so that nobody without it learns who is known; the search is
    the program's, because a subject is all of their records. A customer whom this person may not
    see is unknown to them. Raises NotAllowedError, UnknownSubjectError.
    """
    viewer = viewer_of(acting_user)
    viewer.require(right)
    with as_the_program():
        subject = subject_of(name)
    if subject.customer_id:
        with viewing(viewer, right) as sight:
            if not seen_among(sight, [subject.customer_id]):
                raise UnknownSubjectError(name)
    return subject
