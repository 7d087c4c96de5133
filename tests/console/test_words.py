"""Is every word of the console said in German too, and is the compiled form up to date?"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from gettext import GNUTranslations
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation

import troth.console
from troth.console.parts.words import LABELS, STATES
from troth.core.access.roles import Role

_CONSOLE = Path(troth.console.__file__).parent
_PO = _CONSOLE / "locale/de/LC_MESSAGES/django.po"
_IN_TEMPLATE = re.compile(r"""{%\s*trans\s+(?:"([^"]+)"|'([^']+)')|_\("([^"]+)"\)""")


def entries() -> Iterator[tuple[str, list[str]]]:
    """Each msgid with its translations."""
    for block in _PO.read_text("utf-8").split("\n\n")[1:]:
        lines = [line for line in block.splitlines() if line.startswith("msg")]
        texts = [(line.split(" ", 1)[0], ast.literal_eval(line.split(" ", 1)[1])) for line in lines]
        said = [text for name, text in texts if name.startswith("msgstr")]
        yield next(text for name, text in texts if name == "msgid"), said


def test_every_entry_is_translated_with_its_placeholders() -> None:
    for msgid, said in entries():
        for text in said:
            assert text, msgid
            placeholders = re.findall(r"%\(\w+\)s", msgid)
            assert sorted(re.findall(r"%\(\w+\)s", text)) == sorted(placeholders), msgid


def test_the_compiled_words_are_those_of_the_source() -> None:
    with _PO.with_suffix(".mo").open("rb") as file:
        compiled = GNUTranslations(file)
    for msgid, said in entries():
        if len(said) == 1:
            assert compiled.gettext(msgid) == said[0]


def test_every_word_of_a_template_has_an_entry() -> None:
    known = {msgid for msgid, _said in entries()}
    for template in sorted((_CONSOLE / "templates").rglob("*.html")):
        for groups in _IN_TEMPLATE.findall(template.read_text("utf-8")):
            words = next(text for text in groups if text)
            assert words in known, f"{template.name}: {words}"


def test_every_label_and_state_has_an_entry() -> None:
    known = {msgid for msgid, _said in entries()}
    with translation.override("en"):
        words = {str(text) for text in LABELS.values()}
        words |= {str(word.text) for word in STATES.values()}
    assert words <= known


@pytest.mark.parametrize("word", ["Heute", "Verspätete Zusagen", "Warum?", "vor 2 Tagen"])
def test_a_reader_who_chose_german_reads_german(
    company: None, reader: Callable[[Role], Client], word: str
) -> None:
    client = reader(Role.AGENT)
    client.post("/language", {"language": "de", "next": "/orders"})
    assert word in client.get("/").content.decode()


def test_the_account_s_language_holds_until_another_is_chosen(
    company: None, people: dict[Role, object], reader: Callable[[Role], Client]
) -> None:
    person = people[Role.AGENT]
    person.language = "de"  # type: ignore[attr-defined]
    person.save()  # type: ignore[attr-defined]
    client = reader(Role.AGENT)
    assert "Aufträge" in client.get("/").content.decode()
    client.post("/language", {"language": "en"})
    assert "Aufträge" not in client.get("/").content.decode()
