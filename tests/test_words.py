"""Words: every sentence in both languages, whole grammar, dates and both clocks as people say them."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from bot import catalogues, i18n, settings
from bot.i18n import Html

LOCALES = settings.ROOT / "locales"
FIRST_SCREEN = ["Français", "Bamanankan", "Sooninkanxanne"]


@pytest.fixture(scope="module")
def words():
    return i18n.Words(i18n.load_languages(LOCALES), settings.load().places)


def bare(text):
    return re.sub(r"<[^>]+>", "", text)


WINTER, SUMMER = datetime(2026, 12, 5, 14, 0, tzinfo=UTC), datetime(2026, 7, 4, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "place", "instant", "said"),
    [
        ("fr", "ile_de_france", WINTER, "samedi 5 décembre 2026 à 15:00 (Bamako 14:00)"),
        ("fr", "bamako", WINTER, "samedi 5 décembre 2026 à 14:00 (Paris 15:00)"),
        ("bm", "ile_de_france", WINTER, "sibiridon, desanburukalo tile 5, san 2026, 15:00 (Bamakɔ 14:00)"),
        ("bm", "koniakary", WINTER, "sibiridon, desanburukalo tile 5, san 2026, 14:00 (Pari 15:00)"),
        # midnight lies between the two shores: the other day is said as well
        ("fr", "ile_de_france", SUMMER, "dimanche 5 juillet 2026 à 00:30 (Bamako samedi 4 juillet 2026 22:30)"),
        (
            "bm",
            "bamako",
            SUMMER,
            "sibiridon, zuluyekalo tile 4, san 2026, 22:30 (Pari karidon, zuluyekalo tile 5, san 2026 00:30)",
        ),
    ],
)
def test_a_moment_is_said_on_both_clocks(words, language, place, instant, said):
    assert bare(words.reader(language, place).moment(instant)) == said


@pytest.mark.parametrize(
    ("instant", "hour"),
    [
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "01:59"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "03:00"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "02:30"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "02:30"),
    ],
)
def test_clock_changes_are_followed(words, instant, hour):
    assert f"à {hour}" in words.reader("fr", "ile_de_france").moment(instant)


def summer_in_paris(at):
    """Tell it by the rule alone: from the last Sunday of March to that of October, both at 01:00 UTC."""
    turns = [datetime(at.year, month, 31, 1, tzinfo=UTC) for month in (3, 10)]
    begins, ends = (turn - timedelta(days=turn.isoweekday() % 7) for turn in turns)
    return begins <= at < ends


@pytest.mark.parametrize("year", range(2026, 2038))
def test_d10_six_in_bamako_is_said_with_the_hour_of_paris_on_every_day_to_2037(words, year):
    """Bamako is at UTC all the year; Paris an hour ahead, or two."""
    paris, bamako = words.reader("fr", "ile_de_france"), words.reader("fr", "bamako")
    day = datetime(year, 1, 1, 18, tzinfo=UTC)
    while day.year == year:
        there = "20:00" if summer_in_paris(day) else "19:00"
        assert bare(paris.moment(day)).endswith(f" à {there} (Bamako 18:00)"), day
        assert bare(bamako.moment(day)).endswith(f" à 18:00 (Paris {there})"), day
        day += timedelta(days=1)


def test_a_moment_carries_the_phones_own_time(words):
    assert words.reader("fr", "bamako").moment(WINTER).startswith('<tg-time unix="1796479200"')


@pytest.mark.parametrize(
    ("language", "number", "said"),
    [
        ("fr", 0, "0 question attend une réponse."),
        ("fr", 1, "1 question attend une réponse."),
        ("fr", 2, "2 questions attendent une réponse."),
        ("fr", 12500, "12\u202f500 questions attendent une réponse."),
    ],
)
def test_a_count_takes_the_right_form(words, language, number, said):
    assert words.reader(language, None).say_n("questions.waiting", number) == said


def test_bambara_has_one_form(words):
    forms = {words.reader("bm", None).say_n("questions.waiting", n).replace(str(n), "#") for n in (0, 1, 2, 5)}

    assert len(forms) == 1


def test_every_value_is_escaped_and_markup_is_not(words):
    reader = words.reader("fr", None)

    assert "&lt;b&gt;" in reader.say("members.me", language="<b>", place="x", name="y", role="z")
    assert "<i>x</i>" in reader.say("members.me", language=Html("<i>x</i>"), place="x", name="y", role="z")


def test_a_sentence_cannot_reach_into_its_values(words):
    from bot.i18n import SafeFormatter

    with pytest.raises(KeyError):
        SafeFormatter().vformat("{a.__class__}", (), {"a": "x"})


def test_an_unknown_language_or_place_gets_the_first(words):
    reader = words.reader("xx", "atlantis")

    assert (reader.language.code, reader.place.name) == ("fr", "ile_de_france")


def test_both_languages_say_everything():
    for report in catalogues.check(catalogues.read(LOCALES)):
        assert (report.missing, report.stale, report.broken) == ([], [], []), report.code


# ---- the translators' command
@pytest.fixture
def copied(tmp_path, fewer_phrasings):
    """A copy of the words, to be spoilt."""
    shutil.copytree(fewer_phrasings, tmp_path / "locales")
    return tmp_path / "locales"


def changed(folder, code, old, new):
    path = folder / code / "LC_MESSAGES" / "bot.po"
    content = path.read_text("utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), "utf-8")


def report_of(folder, code):
    return next(report for report in catalogues.check(catalogues.read(folder)) if report.code == code)


def test_a_sentence_whose_french_changed_is_stale(copied):
    changed(copied, "fr", "Choisis ta langue.", "Quelle langue ?")

    assert report_of(copied, "bm").stale == ["language.ask"]
    catalogues.update(copied)
    assert report_of(copied, "bm").stale == ["language.ask"]


def test_k12_a_sentence_that_is_missing_is_named_and_falls_back(copied):
    changed(copied, "bm", 'msgstr "Kan sugandi."', 'msgstr ""')

    assert report_of(copied, "bm").missing == ["language.ask"]
    words = i18n.Words(i18n.load_languages(copied), settings.load().places)
    assert words.reader("bm", None).say("language.ask") == "Choisis ta langue."


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("🗣 Kan: {language}", "🗣 Kan: {langue}", "members.me: unknown placeholder {langue}"),
        ("🗣 Kan: {language}", "🗣 Kan: {language", "members.me: braces do not pair"),
        ("👤 <b>Ne</b>", "👤 <b>Ne", "members.me: <b> is not closed"),
        ("👤 <b>Ne</b>", "👤 <h1>Ne</h1>", "members.me: <h1> is not markup Telegram knows"),
        ("👤 <b>Ne</b>", "👤 Ne & ne", "members.me: write & as &amp;"),
    ],
)
def test_k12_broken_sentences_are_refused(copied, old, new, fault):
    changed(copied, "bm", old, new)

    assert fault in report_of(copied, "bm").broken


SONINKE = """
msgid ""
msgstr ""
"Language: snk\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

msgid "language.name"
msgstr "Sooninkanxanne"

msgid "home.button.questions"
msgstr "❓ Tirinde"
"""


@pytest.fixture
def with_soninke(copied):
    folder = copied / "snk" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "bot.po").write_text(SONINKE, "utf-8")


@pytest.fixture
def locales_dir(copied):
    """The house reads the copy."""
    return copied


async def test_row_8_a_folder_of_sentences_makes_a_third_button(with_soninke, house):
    demba = house.phone("Demba")

    await demba.types("/start")
    first = demba.labels
    await demba.presses("Sooninkanxanne")
    await demba.presses("🗼 Île-de-France")

    assert first == FIRST_SCREEN
    assert demba.text == "🏠 Accueil\nÉcris ou dis ta question.\nOu choisis :"
    await demba.types("C'est quoi, la coopération ?")
    assert demba.text.startswith("C'est une coopération décentralisée")
