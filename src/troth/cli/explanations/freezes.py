"""What do the codes of freezes mean?"""

from __future__ import annotations

from troth.cli.explanations.page import Page, page

PAGES: tuple[Page, ...] = (
    page(
        "policy:frozen",
        "A freeze holds when the policy would change something for a customer of it.",
        "In their close, their season or their launch, customers are spared changes of ours.",
        "lead_time for tier Gold would come into force on 30 December, within the freeze “Close of "
        "the year”.",
        "Let it take effect when the freeze is over, or have somebody else override the freeze: "
        "docs/guides/freeze-changes.md.",
    ),
    page(
        "freeze",
        "A freeze cannot be changed like that.",
        "A freeze is a word that was given to a customer, so it is changed with care.",
        "The change that is to be let through has no name.",
        "Do what the message says.",
    ),
    page(
        "freeze.reason",
        "Ending or overriding a freeze takes a reason.",
        "Whoever reads the audit trail later should understand it.",
        "`troth freeze cancel frz_0011223344556677 --reason over`.",
        "Say why in a sentence of at least ten characters.",
    ),
    page(
        "freeze.over",
        "The freeze holds no more.",
        "It is over, or somebody ended it, so there is nothing to end and nothing to override.",
        "A freeze of last December, with no rule by which it returns.",
        "Nothing is in the way: publish the change.",
    ),
    page(
        "freeze.scope",
        "Nobody is in the scope that is to be frozen.",
        "A freeze that holds for nobody would be believed, and would protect nobody.",
        "tier:gold, where the tier is called Gold.",
        "Write it as the page Customers shows it; capitals count.",
    ),
    page(
        "freeze.window",
        "What was given is no freeze.",
        "Each field is checked before anything is kept.",
        "last_on: 2026-12-01 lies before the first day, 2026-12-28.",
        "Correct the field that the message names.",
    ),
    page(
        "freeze.calendar",
        "The file is no calendar that can be read.",
        "A calendar may come from anybody, so that its size, its lines and its depth are bounded.",
        "line 812: found 30,001 characters, expected at most 20,000 a line.",
        "Export the calendar again as iCalendar (.ics), with fewer events or a shorter time.",
    ),
    page(
        "freeze.calendar.faults",
        "Events of a calendar cannot be kept as freezes, so nothing of the calendar was.",
        "With one freeze missing, a customer would believe in protection that is not there.",
        "line 14: VEVENT “Close”, RRULE: it returns DAILY, and a freeze returns YEARLY or MONTHLY.",
        "Correct each event that is named, or leave it out, and import the file again.",
    ),
    page(
        "freeze.rule",
        "The rule by which a freeze returns cannot be kept.",
        "A customer's year is made of months; a rule that returns each day or second is a mistake.",
        "RRULE:FREQ=DAILY.",
        "Write FREQ=YEARLY or FREQ=MONTHLY, with BYMONTH, BYMONTHDAY, BYDAY, BYSETPOS, INTERVAL, "
        "COUNT or UNTIL.",
    ),
)
