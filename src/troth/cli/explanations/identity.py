"""What do the codes of a merge or a verdict on who is who mean?"""

from __future__ import annotations

from troth.cli.explanations.page import Page, page

PAGES: tuple[Page, ...] = (
    page(
        "identity.merge",
        "Customers cannot be merged or parted as asked.",
        "The message says why.",
        "cus_1 and cus_2 are one customer already.",
        "Do what the message says.",
    ),
    page(
        "identity.merge.refused",
        "These two must not be made one as they stand.",
        "A merge shows what is known of both to whoever may see one of them, and a steward's word "
        "holds until it is taken back.",
        "cus_1 may be seen by named people alone, and not the same people as the other.",
        "Take away what stands between them, as the message says, then merge.",
    ),
    page(
        "identity.merge.reason",
        "A merge came without its reason.",
        "It outlives whoever did it; who undoes it has only the reason to judge by.",
        "A merge needs its reason.",
        "Say in a sentence how you know.",
    ),
    page(
        "identity.merge.none",
        "This customer was not merged into another.",
        "An alias is unmerged, not the customer that it stands for.",
        "cus_1 was not merged into another customer.",
        "Unmerge one of the aliases that the customer's page names.",
    ),
    page(
        "identity.survivorship",
        "A rule of survivorship cannot be followed.",
        "It says, one after the other, by what the value of a field is chosen.",
        "troth.toml: [survivorship] name: give at least one criterion, and none of them twice.",
        "Correct [survivorship]; docs/guides/settle-who-is-who.md shows one.",
    ),
    page(
        "tier.preview",
        "Such a move to another tier cannot be looked at.",
        "The policy in force knows no such tier, or the move would begin after what counts as now.",
        "No tier is called 'Golden'. Did you mean 'Gold'?",
        "Name a tier of the policy, and a day that is not in the future.",
    ),
    page(
        "identity.busy",
        "A run is working over all customers.",
        "It would not see who was merged meanwhile, and write what is no longer so.",
        "A run is working over all customers now.",
        "Try again when the run has ended; nothing was changed.",
    ),
    page(
        "identity.verdict",
        "A verdict on two source records cannot be given as asked.",
        "It is `same` or `apart`, of two different records, and one at a time.",
        "A steward said 'apart' of these two already (idv_1).",
        "Correct what the message names; take an earlier verdict back first.",
    ),
    page(
        "identity.verdict.unknown",
        "There is no verdict with this id that holds.",
        "It was taken back, or its id was mistyped.",
        "There is no verdict 'idv_1' that holds.",
        "Look it up on the page Stewardship or with `troth verdict list`.",
    ),
)
