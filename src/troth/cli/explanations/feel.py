"""What do the codes of expressions and decision models mean?"""

from __future__ import annotations

from troth.cli.explanations.page import Page, page

PAGES: tuple[Page, ...] = (
    page(
        "feel",
        "An expression cannot be read or evaluated.",
        "A policy is as good as its texts, so what is wrong with one is said with its place.",
        "line 1, column 5: found `)`, expected an expression.",
        "Do what the message says; `troth feel 'EXPRESSION'` tries one out.",
    ),
    page(
        "feel.syntax",
        "A text is no expression of FEEL.",
        "The standard's grammar has no reading of it; the message names line and column.",
        "`if a then b` has no `else`, which FEEL asks for.",
        "Mend the text at the place named. A name of several words has to be known in its scope.",
    ),
    page(
        "feel.budget",
        "An evaluation would take more steps, or make something larger, than it may.",
        "One rule must never hold up all others, and the same input must always end the same way.",
        "`for x in 1..1000, y in 1..1000, z in 1..1000 return x`.",
        "Filter before lists are joined, and give a function that calls itself an end.",
    ),
    page(
        "feel.value",
        "A value was handed in that FEEL has no type for.",
        "Numbers, texts, booleans, dates, times, durations, lists and contexts are all it knows.",
        "A set of bytes, or a number that is infinite.",
        "Convert the value first, or hand in None where there is none.",
    ),
    page(
        "feel.pattern",
        "A text is no regular expression of XPath.",
        "FEEL takes those of XPath 3.1, which differ from Python's and Java's in places.",
        "`[a-` is not closed; `(?=x)` looks ahead, which XPath does not.",
        "Mend the pattern at the character named.",
    ),
    page(
        "feel.pattern_budget",
        "A match would take more steps than an evaluation may.",
        "A pattern with a back-reference can take time that doubles with each character.",
        "`(a*)*\\1b` over a thousand letters a.",
        "Write the pattern without the back-reference, or match a shorter text.",
    ),
    page(
        "dmn",
        "A decision model cannot be read or asked.",
        "What it says would otherwise be guessed.",
        "The model has no decision 'Lead time'.",
        "Do what the message says.",
    ),
    page(
        "dmn.document",
        "A document is no decision model of DMN 1.1 to 1.5.",
        "It is read strictly, and without entities, which can name files or unfold without end.",
        "model.dmn, line 1: found <process>, expected <definitions> of DMN 1.1 to 1.5.",
        "Export the model as DMN from the tool that made it; put what it imports beside it.",
    ),
    page(
        "dmn.sheet",
        "A sheet is no decision table, or a cell of it says nothing that could be meant.",
        "A table that went to somebody and came back must say what they meant, cell for cell.",
        "B1: found 'UNIKE', expected UNIQUE, FIRST, PRIORITY, ANY, COLLECT or another one.",
        "Mend the cells that are named; `troth dmn export` makes a sheet that shows how it looks.",
    ),
    page(
        "dmn.unknown",
        "A model has no decision or service of that name.",
        "Names are taken as they are written.",
        "model.evaluate('Lead time', …), where the decision is called 'Lead Time'.",
        "Take one of the names that the message lists.",
    ),
)
