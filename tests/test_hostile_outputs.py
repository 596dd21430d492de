"""A thousand hostile words through whatever makes text, tables, calendars and pictures of them.

Source: FAULTS G1-G4, F7, goal 16.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
import zipfile
from datetime import UTC, datetime

import pytest
from hostile import corpus
from icalendar import Calendar
from PIL import Image
from python_calamine import CalamineWorkbook

from bot import settings
from bot.i18n import Words, load_languages
from bot.lists import workbook_of, written
from bot.names import clean_name, visible
from bot.simulator import entities
from bot.views import calendar, certificates, posters
from bot.views.posters import Poster
from db.models import Meeting, MeetingState, Need, Venue

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WORDS = corpus(1000)
CONTROL = re.compile("[\x00-\x1f\ufffe]")
# Nobody's phone sends these: what is typed loses them at the door (tests/test_hostile_words.py).
SENT = [word.encode("utf-8", "replace").decode() for word in WORDS]


@pytest.fixture(scope="module")
def readers():
    words = Words(load_languages(settings.ROOT / "locales"), settings.load().places)
    return [words.reader(code, None) for code in words.languages]


def names_in(sentence):
    return set(re.findall(r"{(\w+)", sentence))


def test_g1_g2_every_sentence_says_every_word_as_it_is(readers):
    """Each word goes into three sentences and each sentence gets a few words, in both languages."""
    for reader in readers:
        sentences = [(name, forms) for name, forms in reader.language.sentences.items() if names_in(forms[0])]
        turns = itertools.cycle(sentences)
        assert 300 < len(sentences) < 3 * len(SENT)
        usual = {name: _kinds(reader, name, "mot")[1] for name, _ in sentences}
        for word in SENT:
            for name, _ in itertools.islice(turns, 3):
                text, kinds, links = _kinds(reader, name, word)
                assert _squeezed(word) in _squeezed(text), (name, word)
                assert kinds == usual[name] or not word.strip(), (name, word)
                assert not [link for link in links if "evil" in link], (name, word)


def _kinds(reader, name, word):
    """Return what a sentence says with this word in all its places, the kinds of its entities, and its links."""
    said = reader.say(name, **dict.fromkeys(names_in(reader.language.sentences[name][0]), word))
    text, found = entities.parse(said, "HTML", None)
    return text, [one["type"] for one in found], [one["url"] for one in found if one["type"] == "text_link"]


def _bare(text):
    """The calendar's library takes « \\N » that was typed for the end of a line."""
    return re.sub(r"[\\Nn]", "", _squeezed(text))


def _squeezed(text):
    return "".join(text.split())


def test_g3_no_cell_of_a_csv_is_a_formula():
    content = written([[word, "x", word] for word in WORDS])
    text = content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))

    assert content.startswith(b"\xef\xbb\xbf")
    assert len(rows) == len(WORDS)
    for row, word in zip(rows, WORDS, strict=True):
        assert row[1] == "x" and len(row) == 3
        assert not row[0].startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")), word
        assert row[0].removeprefix("'") in (word.encode("utf-8", "replace").decode(), word.removeprefix("'")), word


def test_g3_no_cell_of_a_workbook_is_a_formula_or_a_link():
    content = workbook_of({"Réponses [1]": [["Prénom", "Mot"], *([word, word] for word in WORDS)]})
    parts = zipfile.ZipFile(io.BytesIO(content))
    sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)

    assert "<f>" not in sheet and "<hyperlink" not in sheet
    assert not [name for name in parts.namelist() if "externalLink" in name or "vba" in name]
    assert len(rows) == len(WORDS) + 1
    for row, word in zip(rows[1:], WORDS, strict=True):
        assert isinstance(row[0], str), word
        # A control character is written as Excel writes it, which this reader leaves as it stands.
        assert _squeezed(row[0]) == _squeezed(word.encode("utf-8", "replace").decode()) or CONTROL.search(word), word


def test_g4_every_calendar_holds_one_event_and_the_word(readers):
    for number, word in enumerate(SENT):
        meeting = Meeting(id=7, kind="meeting", state=MeetingState.OPEN if number % 2 else MeetingState.CANCELLED,
                          titles={"fr": word}, starts_at=NOW, ends_at=None, changed_at=NOW, sequence=1)  # fmt: skip
        venue = Venue(name=word[:64], address=word[:128], directions={}, latitude=48.9, longitude=2.3)
        need = Need(id=3, starts_at=NOW, lasts_minutes=60, place=word[:64])
        for document in (
            calendar.file(meeting, venue, readers[number % 2], identity="enndam_bot", now=NOW),
            calendar.need_file(need, word, identity="enndam_bot", sequence=1, now=NOW),
        ):
            read = Calendar.from_ical(document.content)
            [event] = read.walk("VEVENT")
            assert _bare(visible(word)) in _bare(str(event["summary"])), word
            assert len(read.walk()) == 2
            assert len(re.findall(rb"(?m)^(BEGIN|END):", document.content)) == 4, word
            assert max(map(len, document.content.split(b"\r\n"))) <= 75, word
        assert "evil.example" not in calendar.link(meeting, venue, readers[0]).split("?")[0]


@pytest.mark.parametrize("words", [WORDS[:130:13], pytest.param(WORDS, marks=pytest.mark.drill)], ids=["some", "all"])
def test_g1_a_poster_and_a_certificate_are_drawn_whatever_is_on_them(words):
    for word in words:
        picture = posters.drawn(Poster(word, (word, word), f"https://t.me/enndam_bot?start={word}"[:200], word))
        page = certificates.drawn(certificates.Certificate(word, word, (word, word)))

        assert len(picture) <= posters.MAX_BYTES
        assert Image.open(io.BytesIO(picture)).size == (posters.WIDTH, posters.HEIGHT)
        assert Image.open(io.BytesIO(page.content)).size == (certificates.WIDTH, certificates.HEIGHT)


def test_g9_a_name_is_letters_or_nothing():
    for word in WORDS:
        name = clean_name(word)
        assert len(name) <= 64
        assert not set(name) & set("<>&=+@{}%\"\\/\x00\u202e\u200b\n\r\t"), word
        assert name == clean_name(name), word
