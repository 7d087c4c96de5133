"""What do the codes of changes of policies mean?"""

from __future__ import annotations

from troth.cli.explanations.page import Page, page

PAGES: tuple[Page, ...] = (
    page(
        "change",
        "A change of policies cannot be taken on as asked.",
        "The message says why.",
        "'maybe' is no verdict. Give one of approved, rejected.",
        "Do what the message says.",
    ),
    page(
        "change.step",
        "This cannot be done to a change in the state that it is in.",
        "A change is written, checked, proposed, signed and published in this order; what was "
        "published, withdrawn or superseded is not changed any more.",
        "A change that is draft cannot be published.",
        "Do one of the steps that the message names, or write a new change.",
    ),
    page(
        "change.reason",
        "A change, or a verdict on it, has no words.",
        "Whoever signs it, and whoever reads it in a year, has only its title and reasons.",
        "The reason is empty.",
        "Say it in a sentence.",
    ),
    page(
        "change.empty",
        "There is nothing to change.",
        "What is written says what is in force already.",
        "`troth change draft` of a file that was published yesterday.",
        "Write what is to be different, or leave it.",
    ),
    page(
        "change.scope",
        "A policy is for a customer or a contract that is not there, or that you may not see.",
        "A policy for nobody would wait for somebody to appear; one for a hidden customer is for "
        "those who are named for them.",
        "There is no customer cus_1, or you may not see it.",
        "Correct the scope, or ask somebody who is named for the customer.",
    ),
    page(
        "change.conflicts",
        "A change whose policies are in conflict cannot be proposed.",
        "A rule that never decides, or an answer that a guardrail does not let stand, is not what "
        "its author means.",
        "masked: lead time for tier gold: rule 2 never decides.",
        "Mend each conflict as its case shows, edit the change and propose it again. Hints are no "
        "conflicts.",
    ),
    page(
        "change.base",
        "What the change would replace is in force no more.",
        "Somebody published a version of the same kind and scope after this change was written, so "
        "that what was read and signed would do something else now.",
        "Since this change was written, somebody published lead_time tier:gold.",
        "Edit the change, so that it stands on what is in force, and have it signed again.",
    ),
    page(
        "change.not-the-same",
        "Without these policies something would change for somebody.",
        "A consolidation ends policies that say what holds without them, and nothing else. The "
        "message names a case in which a value would be another one.",
        "`troth policy consolidate --propose` of a policy that gives one customer 30 minutes where "
        "its tier gives 60.",
        "Keep the policy. If the difference is meant to go, write it as a change of your own with "
        "`troth change draft`: it is checked, replayed and signed as every change.",
    ),
    page(
        "change.edited",
        "The change was edited after you read it.",
        "A sign-off is for exactly what was read; what is different was not seen.",
        "You read a change, its author edits it, you approve.",
        "Read it again, then sign.",
    ),
    page(
        "change.not-asked",
        "This sign-off is not needed, or was given already.",
        "A change is signed once for each function that it touches.",
        "This change needs no sign-off of legal.",
        "`troth change show ID` names the sign-offs that are still missing.",
    ),
    page(
        "change.signed-already",
        "You signed this change for another function.",
        "Two functions that one person signs for would be one opinion.",
        "You signed for finance: somebody else has to sign for legal.",
        "Ask one of the people whom `troth change show ID` names.",
    ),
    page(
        "change.sign-offs",
        "The change lacks a sign-off, so that it is not published.",
        "Each function that answers for what is changed has to agree to exactly what is published.",
        "The sign-off of finance is missing.",
        "Ask for what is missing; where the change needed none when it was proposed, edit it, so "
        "that it is routed again.",
    ),
)
