"""What do the codes of policies that are tried out mean?"""

from __future__ import annotations

from troth.cli.explanations.page import Page, page

PAGES: tuple[Page, ...] = (
    page(
        "policy:rollout",
        "A roll-out cannot do this now.",
        "One kind and scope is rolled out once at a time, stages follow each other, and only what "
        "is in force can be undone.",
        "lead_time for company is being rolled out already, by rol_7f3a90b1d4e8563f.",
        "Follow the message. `troth rollout show ID` says how far it is.",
    ),
    page(
        "policy:rollout:invalid",
        "This is no roll-out.",
        "It has one policy, stages that only widen, guardrails over known measures, and a reason.",
        "stages[1]: found 5 % of customers, expected everybody of the stage before, 10 %.",
        "Correct what each fault names. docs/guides/roll-out-in-stages.md shows one.",
    ),
    page(
        "policy:rollout:unknown",
        "There is no such roll-out or version.",
        "The id of a roll-out begins with rol_, that of a version with pol_.",
        "There is no roll-out 'rol_7'.",
        "`troth rollout list --state all` and `troth policy list` show all there are.",
    ),
    page(
        "policy:replay",
        "A proposed policy cannot be replayed.",
        "A replay makes past decisions again, under what is in force and under what is proposed.",
        "No recorded decision obeys communication, so that there is nothing to replay.",
        "Follow the message. `troth policy plan FILE` says what a file proposes.",
    ),
    page(
        "policy:replay:not-reproduced",
        "The policies in force do not give the recorded decisions.",
        "Only where they do to the byte is a comparison with them worth anything.",
        "3 of 500 decisions are not what is recorded; the first is the promise of erp:SO-7.",
        "`troth run` decides what has changed since; then replay again. If it stays, "
        "`troth receipts verify` says which receipt was changed.",
    ),
    page(
        "policy:pull:unpublished",
        "A file holds what is not published, so nothing was pulled.",
        "Pulling writes what is published over what was pulled before, and would lose the edit.",
        "policies/lead_time.tier.yaml: not published: lead time for tier Gold: history: 120 → 60.",
        "Publish it with `troth policy apply`, move the file away, or pull into another folder.",
    ),
    page(
        "policy:capacity:document",
        "A question of capacity cannot be read.",
        "The file does not say which resources, commitments, stock or claims there are, as it "
        "should.",
        "commitments[0].window: found '9-8'; expected a span of the day, as 08:00-16:30.",
        "Correct what is named. docs/guides/commit-what-can-be-met.md shows a file.",
    ),
    page(
        "policy:capacity:undecided",
        "Whether all commitments can be met was not found.",
        "The solver used up its effort, and Troth does not guess.",
        "docks: whether 400 commitments fit was not found within the effort that is allowed.",
        "Ask for fewer commitments at once: those of one shift, or of the busiest hours.",
    ),
)
