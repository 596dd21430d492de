"""Meetings: prepared in eight taps or one sentence, answered with one, moved, called off, remembered, looked back on."""

from __future__ import annotations

import asyncio
import io
import re
import time
from datetime import UTC, datetime, timedelta

import pytest
import zxingcpp
from icalendar import Calendar
from PIL import Image
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from bot import callbacks, jobs, scheduler
from bot.domain import meetings, members
from db.models import Delivery, Meeting, MeetingState, Occurrence, Rsvp, Venue
from tests.conftest import HERE, let_in, until

both_languages = pytest.mark.parametrize("language", ["fr", "bm"])
SENTENCE = "Assemblée générale, samedi 5/12 15h, salle des fêtes"
PARIS, BAMAKO = "samedi 5 décembre 2026 à 15:00 (Bamako 14:00)", "samedi 5 décembre 2026 à 14:00 (Paris 15:00)"
BAMBARA = "sibiridon, desanburukalo tile 5, san 2026, 15:00 (Bamakɔ 14:00)"
SIGNED = "\n\n🛡 Enndam Diombuxu"
CARD = f"📅 Assemblée générale\n🗓 {PARIS}\n📍 salle des fêtes"


@pytest.fixture
def locales_dir(fewer_phrasings):
    """Fewer phrasings: answers are not what is tested here."""
    return fewer_phrasings


async def begins(house, sentence=SENTENCE):
    """Prepare a meeting by one sentence, up to its board."""
    aminata = house.phone("Aminata")
    await aminata.types("/agenda")
    await aminata.presses("➕ Nouvelle réunion")
    await aminata.types(sentence)
    return aminata


async def invites(house, sentence=SENTENCE, *, undo_is_over=True):
    """Prepare a meeting and publish it; the thirty seconds pass."""
    aminata = await begins(house, sentence)
    await aminata.presses("👀 Voir avant d'envoyer")
    await aminata.presses("✅ Inviter")
    if undo_is_over:
        await house.passes(seconds=31)
    await look_all(house)
    return aminata


async def look_all(house):
    """Everybody looks at their screen."""
    for phone in house.phones.values():
        await phone.look()


async def stored(house):
    """Return the only meeting."""
    return await house.database.read(lambda session: session.scalars(select(Meeting).order_by(Meeting.id)).first())


def cards(phone, start="📅"):
    """Return the cards somebody has."""
    return [message for message in phone.bot_messages if message.get("text", "").startswith(start)]


async def opens_board(house):
    """The coordinator opens the board of the meeting."""
    aminata = house.phone("Aminata")
    await aminata.types("/agenda")
    await aminata.presses_data(callbacks.BoardMeeting((await stored(house)).id).pack())
    return aminata


async def moves(house, typed):
    """The coordinator moves it and tells everybody."""
    aminata = await opens_board(house)
    await aminata.presses("🗓 Quand")
    await aminata.types(typed)
    shown = aminata.text
    await aminata.presses("✅ Prévenir")
    await house.passes(seconds=31)
    await look_all(house)
    return shown


# ---- prepared
async def test_row_49_eight_taps_and_both_titles(people):
    aminata = people.phone("Aminata")
    await aminata.presses("🗓 Agenda")
    await aminata.presses("➕ Nouvelle réunion")
    await aminata.presses("Assemblée générale")
    await aminata.presses("sam. 28/11")
    await aminata.presses("15:00")
    await aminata.types("Salle des fêtes, 1 rue de la Paix")  # a place is named once, then it is a tap
    await aminata.presses("👀 Voir avant d'envoyer")
    shown = [message["text"] for message in aminata.bot_messages[-3:]]
    await aminata.presses("✅ Inviter")
    await people.passes(seconds=31)
    await look_all(people)

    french = "📅 Assemblée générale\n🗓 samedi 28 novembre 2026 à 15:00 (Bamako 14:00)\n📍 Salle des fêtes, 1 rue de la Paix"
    bambara = (
        "📅 Lajɛba\n🗓 sibiridon, nowanburukalo tile 28, san 2026, 15:00 (Bamakɔ 14:00)\n"
        "📍 Salle des fêtes, 1 rue de la Paix"
    )
    assert shown == [french + SIGNED, bambara + SIGNED, "👀 Ils verront cela.\n👥 3 personnes"]
    assert people.phone("Moussa").text == bambara + SIGNED
    assert cards(people.phone("Demba")) == []


@pytest.mark.parametrize(
    ("sentence", "board"),
    [
        (SENTENCE, f"✏️ Assemblée générale (brouillon)\n🗓 {PARIS}\n📍 salle des fêtes\n👥 3 personnes"),
        (
            "Fête du village le samedi 5 décembre à 15h à Villetaneuse",
            f"✏️ Fête du village (brouillon)\n🗓 {PARIS}\n📍 Villetaneuse\n👥 3 personnes\n➕ Titre à écrire : Bamanankan",
        ),
        (
            "Rencontre des jeunes",
            "✏️ Rencontre des jeunes (brouillon)\n🗓 jour à venir\n📍 …\n👥 3 personnes\n➕ Titre à écrire : Bamanankan",
        ),
    ],
)
async def test_row_49_one_sentence_says_it_all(people, sentence, board):
    aminata = await begins(people, sentence)

    assert aminata.text == board


@pytest.mark.parametrize(
    ("sentence", "when", "where"),
    [
        ("Réunion samedi 5/12 de 15h à 18h, salle des fêtes", f"{PARIS} – 18:00 (Bamako 17:00)", "salle des fêtes"),
        ("Réunion samedi 5/12 15h-18h, foyer", f"{PARIS} – 18:00 (Bamako 17:00)", "foyer"),
        (
            "Fête samedi 5/12 15h jusqu'à minuit, foyer",
            f"{PARIS} – dimanche 6 décembre 2026 à 00:00 (Bamako samedi 5 décembre 2026 23:00)", "foyer",
        ),
        ("Réunion samedi 5/12 15h, https://visio.example/j/1?pwd=abc,", PARIS, "https://visio.example/j/1?pwd=abc"),
        ("Réunion samedi 5/12 15h en ligne", PARIS, "…"),
    ],
)  # fmt: skip
async def test_row_49_a_sentence_may_say_until_when_and_where_online(people, sentence, when, where):
    aminata = await begins(people, sentence)

    assert aminata.text.splitlines()[1:3] == [f"🗓 {when}", f"📍 {where}"]


async def test_row_49_more_than_a_sentence_is_asked_again_and_nothing_is_left_out(people):
    aminata = await begins(people, "Réunion " + "très " * 40 + "longue samedi 5/12 15h")

    assert aminata.labels[0] == "Réunion"
    assert await stored(people) is None


async def test_a_link_is_found_in_what_is_typed_and_kept_whole(people):
    link = "https://teams.example/l/meetup-join/" + "x" * 300
    aminata = await begins(people, "Réunion samedi 5/12 15h, foyer")
    await aminata.presses("📍 Où")
    await aminata.types(f"Teams : {link} (code 1234)")
    online = aminata.text
    await aminata.presses("📍 Où")
    await aminata.types(link + "y" * 1000)

    assert online.splitlines()[2] == f"📍 {link}"
    assert aminata.text == "✏️ C'est trop long : 1024 lettres au plus."


async def test_row_50_an_end_bears_both_clocks_and_its_day(people):
    """An exhibition of a week does not end on its first evening; an hour alone is the next one after the start."""
    await let_in(people, "Moussa", role="committee")
    aminata = await begins(people)
    number = (await stored(people)).id
    shown = []
    for typed in ("18h", "1h", "12/12 18h"):
        await aminata.presses_data(callbacks.EditMeeting(number, "end", "").pack())
        await aminata.types(typed)
        shown.append(aminata.text.splitlines()[1].partition(" – ")[2])
    moussa = people.phone("Moussa")
    await moussa.presses_data(callbacks.BoardMeeting(number).pack())

    assert shown == [
        "18:00 (Bamako 17:00)",
        "dimanche 6 décembre 2026 à 01:00 (Bamako 00:00)",
        "samedi 12 décembre 2026 à 18:00 (Bamako 17:00)",
    ]
    assert moussa.text.splitlines()[1] == f"🗓 {BAMBARA} – sibiridon, desanburukalo tile 12, san 2026, 18:00 (Bamakɔ 17:00)"


async def test_row_49_the_second_title_may_wait_and_is_listed(people):
    aminata = await begins(people, "Rencontre des jeunes, samedi 5/12 15h, foyer")
    await aminata.types("/agenda")
    await aminata.presses("✏️ Préparer")
    listed = aminata.text
    await aminata.presses("✏️ sam. 5/12 · Rencontre des jeunes")
    await aminata.presses("➕ Bamanankan")
    await aminata.types("Denmisɛnw ka ɲɔgɔnye")
    await aminata.types("/agenda")
    await aminata.presses("✏️ Préparer")

    assert listed == "✏️ En préparation\n➕ 1 réunion n'a pas ses deux titres."
    assert aminata.text == "✏️ En préparation"


@both_languages
async def test_row_49_somebody_prepares_in_their_own_language(people, language):
    """A committee member may prepare too, in Bambara as in French."""
    await let_in(people, "Moussa", role="committee")
    moussa = people.phone("Moussa")
    if language == "fr":
        await moussa.types("/langue")
        await moussa.presses("Français")
    await moussa.types("/agenda")
    await moussa.presses("➕ Nouvelle réunion" if language == "fr" else "➕ Ɲɔgɔnye kura")
    await moussa.types("Réunion, samedi 5/12 15h, foyer" if language == "fr" else "Ɲɔgɔnye, sibiri 5/12 15h, foyer")

    assert moussa.text == {
        "fr": f"✏️ Réunion (brouillon)\n🗓 {PARIS}\n📍 foyer\n👥 3 personnes",
        "bm": f"✏️ Ɲɔgɔnye (labɛnni na)\n🗓 {BAMBARA}\n📍 foyer\n👥 Mɔgɔ 3",
    }[language]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Réunion 31/06 15h, foyer", "dates.no_such_day"),
        ("Réunion samedi 25:00, foyer", "dates.no_such_hour"),
        ("Réunion dimanche 28/03 2h30, foyer", "dates.gap"),
        ("Réunion hier 15h, foyer", None),
    ],
)
async def test_d11_a_day_that_cannot_be_is_explained(people, typed, said):
    aminata = await begins(people, typed)
    reader = people.machine.words.reader("fr", "ile_de_france")

    if said:
        assert aminata.text == re.sub(r"<[^>]+>", "", reader.say(said))
    else:
        assert "jour à venir" in aminata.text
    assert said is None or await stored(people) is None


async def test_sunday_typed_on_a_sunday_is_todays_while_its_hour_is_to_come(people):
    people.simulator.clock.set(datetime(2026, 11, 29, 9, 0, tzinfo=UTC))
    today = await begins(people, "Réunion dimanche 18h, foyer")
    first = today.text
    people.simulator.clock.set(datetime(2026, 11, 29, 18, 0, tzinfo=UTC))
    later = await begins(people, "Réunion dimanche 18h, foyer")

    assert "dimanche 29 novembre 2026 à 18:00" in first
    assert "dimanche 6 décembre 2026 à 18:00" in later.text


async def test_an_end_before_the_start_and_a_title_without_end_are_refused(people):
    aminata = await begins(people)
    await aminata.presses("⚙️ Options")
    await aminata.presses("🕘 Fin")
    await aminata.types("4/12 18h")
    too_early = aminata.text
    await aminata.types("18h")
    ended = aminata.text
    await aminata.presses("➕ Français")
    await aminata.types("🎉" * 500)

    assert too_early == "🕘 La fin doit venir après le début."
    assert ended.splitlines()[1] == f"🗓 {PARIS} – 18:00 (Bamako 17:00)"
    assert aminata.text == "✏️ C'est trop long : 80 lettres au plus."


async def test_g1_names_and_titles_are_shown_as_they_are_typed(people):
    aminata = await begins(people, '<b>Fête</b> & "amis" {0.__class__} %s, samedi 5/12 15h, <i>Foyer</i>')
    await aminata.presses("👀 Voir avant d'envoyer")
    await aminata.presses("✅ Inviter")
    await people.passes(seconds=31)
    fanta = people.phone("Fanta")
    await fanta.look()

    title = '<b>Fête</b> & "amis" {0.__class__} %s'
    assert fanta.text == f"📅 {title}\n🗓 {BAMAKO}\n📍 <i>Foyer</i>" + SIGNED
    assert [entity["type"] for entity in fanta.screen["entities"]] == ["bold", "date_time"]


async def test_sent_once_however_often_it_is_pressed_and_taken_back_in_thirty_seconds(people):
    aminata = await invites(people, undo_is_over=False)
    publish = callbacks.ActMeeting((await stored(people)).id, 1, "publish").pack()
    await asyncio.gather(*(aminata.presses_data(publish) for _ in range(3)))
    await aminata.presses("↩️ Reprendre")
    await people.passes(seconds=60)
    await people.phone("Fanta").look()
    taken_back = cards(people.phone("Fanta"))
    await aminata.presses_data(publish)
    for _ in range(3):
        await aminata.presses_data(publish)
    await people.passes(seconds=31)
    await people.phone("Fanta").look()

    assert taken_back == []
    assert [card["text"] for card in cards(people.phone("Fanta"))] == [CARD.replace(PARIS, BAMAKO) + SIGNED]


async def test_invitations_go_out_at_their_hour(people):
    aminata = await begins(people)
    await aminata.presses("👀 Voir avant d'envoyer")
    await aminata.presses("🕐 Quand")
    await aminata.types("demain 9h")
    await aminata.presses("✅ Inviter")
    planned = aminata.text
    await people.passes(hours=22)
    await people.phone("Fanta").look()
    before = cards(people.phone("Fanta"))
    await people.passes(hours=2)
    await people.phone("Fanta").look()

    assert planned == (
        "🕐 Assemblée générale\nLes invitations partiront : mardi 24 novembre 2026 à 09:00 (Bamako 08:00)"
    )
    assert before == []
    assert len(cards(people.phone("Fanta"))) == 1


async def test_an_hour_of_the_invitations_is_tapped_and_taken_back(people):
    aminata = await begins(people)
    await aminata.presses("👀 Voir avant d'envoyer")
    await aminata.presses("🕐 Quand")
    offered = aminata.labels
    await aminata.presses("🌅 Demain 09:00")
    tomorrow = aminata.text
    await aminata.presses("🕐 Quand")
    await aminata.presses("⚡ Tout de suite")
    at_once = aminata.text
    await aminata.presses("✅ Inviter")
    await people.passes(seconds=31)
    await look_all(people)

    assert offered == ["⚡ Tout de suite", "🌆 Ce soir 19:00", "🌅 Demain 09:00", "⬅️ Retour"]
    assert tomorrow.splitlines()[2] == "🕐 mardi 24 novembre 2026 à 09:00 (Bamako 08:00)"
    assert len(at_once.splitlines()) == 2
    assert len(cards(people.phone("Moussa"))) == 1


async def test_every_draft_is_reached_page_by_page(people):
    for number in range(1, 8):
        aminata = await begins(people, f"Sujet {number}, samedi 5/12 15h, foyer")
    await aminata.types("/agenda")
    await aminata.presses("✏️ Préparer")
    first = [label for label in aminata.labels if "Sujet" in label]
    await aminata.presses("➡️ La suite")
    second = [label for label in aminata.labels if "Sujet" in label]

    assert [len(first), len(second), len({*first, *second})] == [5, 2, 7]


@both_languages
async def test_who_comes_in_later_is_invited_too_and_nobody_twice(people, language):
    await invites(people)
    await let_in(people, "Demba")
    demba = people.phone("Demba")
    if language == "bm":
        await demba.types("/langue")
        await demba.presses("Bamanankan")
    for _ in range(2):
        await jobs.housekeeping(people.machine)
        await people.passes(seconds=1)
    await look_all(people)

    title = {"fr": "📅 Assemblée générale", "bm": "📅 Lajɛba"}[language]
    assert [card["text"].splitlines()[0] for card in cards(demba)] == [title]
    assert len(cards(people.phone("Fanta"))) == 1


# ---- both clocks, the card
@pytest.mark.parametrize(
    ("typed", "paris", "bamako", "bambara"),
    [
        (
            "27/03/2027 15h", "samedi 27 mars 2027 à 15:00 (Bamako 14:00)", "samedi 27 mars 2027 à 14:00 (Paris 15:00)",
            "sibiridon, marisikalo tile 27, san 2027, 15:00 (Bamakɔ 14:00)",
        ),
        (
            "28/03/2027 15h", "dimanche 28 mars 2027 à 15:00 (Bamako 13:00)", "dimanche 28 mars 2027 à 13:00 (Paris 15:00)",
            "karidon, marisikalo tile 28, san 2027, 15:00 (Bamakɔ 13:00)",
        ),
        (
            "30/10/2027 15h", "samedi 30 octobre 2027 à 15:00 (Bamako 13:00)", "samedi 30 octobre 2027 à 13:00 (Paris 15:00)",
            "sibiridon, ɔkutɔburukalo tile 30, san 2027, 15:00 (Bamakɔ 13:00)",
        ),
        (
            "31/10/2027 15h", "dimanche 31 octobre 2027 à 15:00 (Bamako 14:00)",
            "dimanche 31 octobre 2027 à 14:00 (Paris 15:00)", "karidon, ɔkutɔburukalo tile 31, san 2027, 15:00 (Bamakɔ 14:00)",
        ),
    ],
)  # fmt: skip
async def test_row_50_d10_both_clocks_on_each_side_of_the_changes(people, typed, paris, bamako, bambara):
    aminata = await invites(people, f"Réunion, {typed}, foyer")
    await aminata.types("/agenda")
    await aminata.presses(aminata.labels[0])

    assert aminata.text.splitlines()[1] == f"🗓 {paris}"
    assert people.phone("Fanta").text.splitlines()[1] == f"🗓 {bamako}"
    assert people.phone("Moussa").text.splitlines()[1] == f"🗓 {bambara}"


@both_languages
async def test_row_51_one_tap_with_family_changed_until_the_start(people, language):
    await invites(people)
    phone = people.phone("Fanta" if language == "fr" else "Moussa")
    french, bambara = ("✅ Je viens", "➕ Un de plus", "❌ Non"), ("✅ N bɛ na", "➕ Kelen fara a kan", "❌ N tɛ na")
    yes, more, no = french if language == "fr" else bambara
    await phone.presses(yes)
    await phone.presses(more)
    family = phone.text
    await phone.presses(no)
    changed = phone.text
    card = phone.screen["message_id"]
    people.simulator.clock.set(datetime(2026, 12, 5, 14, 0, 1, tzinfo=UTC))
    await phone.presses_data(callbacks.AnswerMeeting((await stored(people)).id, 1, 0, "yes").pack(), card)

    assert family.splitlines()[3:6] == {
        "fr": ["👥 2 viennent", "", "✅ Vous venez à 2."],
        "bm": ["👥 Mɔgɔ 2 bɛ na", "", "✅ I bɛ na: mɔgɔ 2."],
    }[language]
    assert changed.splitlines()[3:5] == ["", {"fr": "❌ Tu ne viens pas.", "bm": "❌ I tɛ na."}[language]]
    assert phone.text == {
        "fr": "🕘 Cette réunion a déjà commencé.", "bm": "🕘 O ɲɔgɔnye daminɛna kaban.",
    }[language]  # fmt: skip


async def test_row_52_one_card_kept_true_on_every_phone(people):
    await invites(people)
    moussa, fanta = people.phone("Moussa"), people.phone("Fanta")
    await moussa.presses("✅ N bɛ na")
    await moussa.presses("➕ Kelen fara a kan")
    await fanta.presses("🤔 Peut-être")
    await people.passes(seconds=10)
    await look_all(people)

    assert fanta.text.splitlines()[3] == "👥 2 viennent · 🤔 1 peut-être"
    assert moussa.text.splitlines()[3] == "👥 Mɔgɔ 2 bɛ na · 🤔 N'a sɔrɔla mɔgɔ 1"
    assert people.phone("Aminata").bot_messages[-1]["text"].splitlines()[3] == "👥 2 viennent · 🤔 1 peut-être"
    assert [len(cards(phone)) for phone in (moussa, fanta)] == [1, 1]


async def test_row_52_while_nothing_changes_no_card_is_edited(people):
    await invites(people)
    before = len(people.calls("editMessageText"))
    for _ in range(5):
        await people.passes(seconds=10)

    assert len(people.calls("editMessageText")) == before


async def test_who_comes_names_for_members_counts_for_others(people):
    aminata = await begins(people)
    await aminata.presses("⚙️ Options")
    await aminata.presses("▫️ Ouverte à tous")
    await aminata.presses("⬅️ Retour")
    await aminata.presses("👀 Voir avant d'envoyer")
    await aminata.presses("✅ Inviter")
    await people.passes(seconds=31)
    await look_all(people)
    await people.phone("Moussa").presses("✅ N bɛ na")
    fanta, demba = people.phone("Fanta"), people.phone("Demba")
    await fanta.presses("➕ En savoir plus")
    await fanta.presses("👥 Qui vient")
    await demba.types("/agenda")
    await demba.presses("📅 sam. 5/12 · Assemblée générale")
    await demba.presses("➕ En savoir plus")
    await demba.presses("👥 Qui vient")

    assert fanta.text == "👥 1 vient\n• Moussa"
    assert demba.text == "👥 1 vient"


async def test_what_is_not_for_somebody_is_not_found(people):
    aminata = await begins(people)
    await aminata.presses("👥 Pour qui")
    await aminata.presses("📍 Lieux")
    await aminata.presses("🌉 Bamako")
    await aminata.presses("⬅️ Retour")
    await aminata.presses("⬅️ Retour")
    await aminata.presses("👀 Voir avant d'envoyer")
    await aminata.presses("✅ Inviter")
    await people.passes(seconds=31)
    await look_all(people)
    number = (await stored(people)).id
    moussa, demba = people.phone("Moussa"), people.phone("Demba")
    for phone in (moussa, demba):
        await phone.presses_data(callbacks.AnswerMeeting(number, 1, 0, "yes").pack(), phone.screen["message_id"])

    assert len(cards(people.phone("Fanta"))) == 1
    assert moussa.text == "🤷 O ɲɔgɔnye tɛ yen tugun."
    assert demba.text == "🤷 Cette réunion n'existe plus."
    assert await people.database.read(lambda session: session.scalar(select(func.count()).select_from(Rsvp))) == 0


# ---- seats
async def with_seats(people, capacity):
    """A meeting with so many seats."""
    aminata = await begins(people)
    await aminata.presses("⚙️ Options")
    await aminata.presses("💺 Places")
    await aminata.types(str(capacity))
    await aminata.presses("⬅️ Retour")
    await aminata.presses("👀 Voir avant d'envoyer")
    await aminata.presses("✅ Inviter")
    await people.passes(seconds=31)
    await look_all(people)
    return aminata


@both_languages
async def test_row_53_a_family_of_three_is_offered_one_seat_as_a_choice(people, language):
    await with_seats(people, 2)
    number = (await stored(people)).id
    fanta, moussa = people.phone("Fanta"), people.phone("Moussa")
    if language == "fr":
        await moussa.types("/langue")
        await moussa.presses("Français")
    await fanta.presses("✅ Je viens")
    await moussa.presses_data(callbacks.AnswerMeeting(number, 3, 0, "yes").pack(), cards(moussa)[0]["message_id"])
    offered, choices = moussa.text, moussa.labels
    undecided = await people.database.read(lambda session: session.scalar(select(func.count()).select_from(Rsvp)))
    await moussa.presses(choices[1])
    await people.phone("Aminata").presses("✅ Je viens")  # alone: the seat that three could not use
    await people.passes(seconds=10)
    await moussa.look()

    assert offered == {"fr": "💺 Il reste 1 place.\nTu choisis ?", "bm": "💺 Yɔrɔ 1 tora.\nI bɛ mun sugandi?"}[language]
    assert choices == {
        "fr": ["✅ Venir à 1", "⏳ Attendre une place", "⬅️ Retour"],
        "bm": ["✅ Mɔgɔ 1 dɔrɔn bɛ na", "⏳ Yɔrɔ makɔnɔ", "⬅️ Segin kɔ"],
    }[language]
    assert undecided == 1
    assert cards(moussa)[0]["text"].splitlines()[-3] == {
        "fr": "⏳ Tu es n° 1 sur la liste. Il n'y a pas encore 3 places ensemble.",
        "bm": "⏳ I bɛ makɔnɔni tɔgɔsɛbɛn na, nimɔrɔ 1. Yɔrɔ 3 ma sɔrɔ ɲɔgɔn fɛ fɔlɔ.",
    }[language]


async def test_row_53_the_freed_seat_goes_to_who_fits_and_the_family_is_told_why(people):
    oumar = await people.new_phone("Oumar", person_id=1200)
    await oumar.settles_in("Français", HERE)
    await let_in(people, "Oumar")
    await with_seats(people, 1)
    number = (await stored(people)).id
    fanta, moussa = people.phone("Fanta"), people.phone("Moussa")
    await fanta.presses("✅ Je viens")
    await moussa.presses_data(callbacks.AnswerMeeting(number, 3, 1, "yes").pack(), cards(moussa)[0]["message_id"])
    await oumar.presses_data(callbacks.AnswerMeeting(number, 1, 1, "yes").pack(), cards(oumar)[0]["message_id"])
    second = oumar.text.splitlines()[-3]
    await fanta.presses("❌ Non")
    await people.passes(seconds=10)
    await look_all(people)

    assert second == "⏳ Tu es n° 2 sur la liste d'attente."
    assert oumar.text == f"💺 Assemblée générale\nUne place s'est libérée : elle est à toi.\n🗓 {PARIS}"
    assert cards(moussa)[0]["text"].splitlines()[-3] == "⏳ I bɛ makɔnɔni tɔgɔsɛbɛn na, nimɔrɔ 1. Yɔrɔ 3 ma sɔrɔ ɲɔgɔn fɛ fɔlɔ."


async def test_row_53_more_seats_promote_and_fewer_drop_nobody(people):
    aminata = await with_seats(people, 1)
    number = (await stored(people)).id
    moussa, fanta = people.phone("Moussa"), people.phone("Fanta")
    await moussa.presses("✅ N bɛ na")
    await fanta.presses_data(callbacks.AnswerMeeting(number, 1, 1, "yes").pack(), cards(fanta)[0]["message_id"])
    await aminata.presses_data(callbacks.EditMeeting(number, "capacity", "2").pack())
    await people.settled()
    await fanta.look()
    promoted = fanta.text
    await aminata.presses_data(callbacks.EditMeeting(number, "capacity", "1").pack())
    counted = await people.database.read(lambda session: session.scalars(select(Rsvp.waiting_since)).all())

    assert promoted.startswith("💺 Assemblée générale\nUne place s'est libérée")
    assert counted == [None, None]


@pytest.mark.parametrize("number", ["0,5", "-1", "1000000000", "99999999999999", "beaucoup"])
async def test_a_number_that_is_none_is_asked_again(people, number):
    aminata = await begins(people)
    await aminata.presses("⚙️ Options")
    await aminata.presses("💺 Places")
    await aminata.types(number)

    assert aminata.text == "🔢 Écris un nombre de 1 à 5000."
    assert (await stored(people)).capacity is None


@both_languages
async def test_another_end_is_shown_first_and_told_anew(people, language):
    await invites(people)
    phone = people.phone("Fanta" if language == "fr" else "Moussa")
    aminata = await opens_board(people)
    await aminata.presses_data(callbacks.EditMeeting((await stored(people)).id, "end", "").pack())
    await aminata.types("18h")
    await aminata.presses("✅ Prévenir")
    await people.passes(seconds=31)
    await phone.look()

    assert phone.text.splitlines()[1:] == {
        "fr": [f"🗓 Avant : {BAMAKO}", f"🗓 Maintenant : {BAMAKO} – 17:00 (Paris 18:00)"],
        "bm": [f"🗓 Fɔlɔ: {BAMBARA}", f"🗓 Sisan: {BAMBARA} – 18:00 (Bamakɔ 17:00)"],
    }[language]


async def test_what_other_means_is_said_by_a_title(people):
    aminata = people.phone("Aminata")
    await aminata.types("/agenda")
    await aminata.presses("➕ Nouvelle réunion")
    await aminata.presses("Autre")
    await aminata.types("samedi 5/12 15h")
    await aminata.types("Foyer")
    await aminata.presses("👀 Voir avant d'envoyer")
    await aminata.presses("✅ Inviter")
    refused = aminata.text
    await opens_board(people)
    await aminata.presses("⚙️ Options")
    await aminata.presses("🏷 Genre")
    await aminata.presses("Fête")

    assert refused == "✏️ Il manque le titre."
    assert aminata.text.splitlines()[0] == "✏️ Fête (brouillon)"


async def test_a_cancelled_board_offers_nothing_that_changes_nothing(people):
    await invites(people)
    aminata = await opens_board(people)
    await aminata.presses("❌ Annuler la réunion")
    await aminata.presses("❌ Annuler la réunion")
    await opens_board(people)

    assert aminata.labels == ["👀 La carte", "🏠 Accueil"]


async def test_a_place_is_known_again_whatever_its_capitals(people):
    aminata = await begins(people, "Réunion, samedi 5/12 15h, École Paul")
    await aminata.presses("📍 Où")
    await aminata.types("école PAUL")
    venues = await people.database.read(lambda session: session.scalars(select(Venue)).all())

    assert [(one.name, one.address) for one in venues] == [("École Paul", "")]


async def test_here_is_where_it_takes_place(people):
    """A meeting in Bamako for everybody is not « chez moi » for who lives near Paris, once the place says where it is."""
    aminata = await begins(people, "Réunion, samedi 5/12 15h, siège")
    await aminata.presses("⚙️ Options")
    await aminata.presses("🗺 C'est où")
    await aminata.presses("🌉 Bamako")
    await aminata.presses("⬅️ Retour")
    await aminata.presses("👀 Voir avant d'envoyer")
    await aminata.presses("✅ Inviter")
    await people.passes(seconds=31)
    found = {}
    for name in ("Moussa", "Fanta"):
        phone = people.phone(name)
        await phone.types("/agenda")
        await phone.presses_data(callbacks.Agenda("here", 0).pack())
        found[name] = [label for label in phone.labels if label.startswith("📅")]

    assert (found["Moussa"], len(found["Fanta"])) == ([], 1)


# ---- reminders
async def at(people, *moment):
    """Let it be this instant (UTC), and everybody look."""
    people.simulator.clock.set(datetime(*moment, tzinfo=UTC))
    await people.passes(seconds=1)
    await look_all(people)


def reminded(phone):
    """Return the reminders somebody has, by their first line."""
    return [message["text"].splitlines()[0] for message in phone.bot_messages if message.get("text", "").startswith("🔔")]


async def test_row_54_a_week_before_the_day_before_three_hours_before(people):
    await invites(people, "Assemblée générale, samedi 12/12 15h, salle des fêtes")
    aminata, moussa, fanta = (people.phone(name) for name in ("Aminata", "Moussa", "Fanta"))
    await fanta.presses("❌ Non")
    await moussa.presses("✅ N bɛ na")
    told = []
    for moment in (
        (2026, 12, 5, 16, 59), (2026, 12, 5, 17, 0, 1), (2026, 12, 11, 16, 59), (2026, 12, 11, 17, 0, 1),
        (2026, 12, 12, 10, 59), (2026, 12, 12, 11, 0, 1), (2026, 12, 12, 14, 0, 1), (2026, 12, 13, 17, 0, 1),
    ):  # fmt: skip
        await at(people, *moment)
        told.append((len(reminded(aminata)), len(reminded(moussa)), len(reminded(fanta))))

    assert told == [(0, 0, 0), (1, 0, 0), (1, 0, 0), (2, 1, 0), (2, 1, 0), (3, 2, 0), (3, 2, 0), (3, 2, 0)]
    assert reminded(aminata) == ["🔔 C'est dans une semaine. Tu viens ?", "🔔 C'est demain.", "🔔 C'est bientôt."]
    assert reminded(moussa) == ["🔔 Sini don.", "🔔 A surunyara."]


async def test_row_54_each_at_six_in_the_evening_of_their_own_clock_in_the_language_of_then(people):
    await invites(people)
    moussa, fanta = people.phone("Moussa"), people.phone("Fanta")
    await moussa.types("/langue")
    await moussa.presses("Français")
    await moussa.presses_data(callbacks.AnswerMeeting(1, 1, 0, "yes").pack(), cards(moussa)[0]["message_id"])
    await fanta.presses("✅ Je viens")
    await at(people, 2026, 12, 4, 17, 0, 1)
    paris = (reminded(moussa), reminded(fanta))
    await at(people, 2026, 12, 4, 18, 0, 1)

    assert paris == (["🔔 C'est demain."], [])
    assert reminded(fanta) == ["🔔 C'est demain."]
    assert fanta.text.splitlines()[1:3] == ["📅 Assemblée générale", f"🗓 {BAMAKO}"]


async def test_row_54_three_hours_before_the_map_comes_with_it(people):
    aminata = await begins(people)
    await aminata.presses("⚙️ Options")
    await aminata.presses("🗺 Carte")
    await aminata.sends(location={"latitude": 48.957, "longitude": 2.343})
    await aminata.presses("⬅️ Retour")
    await aminata.presses("👀 Voir avant d'envoyer")
    await aminata.presses("✅ Inviter")
    await people.passes(seconds=31)
    fanta = people.phone("Fanta")
    await fanta.look()
    await fanta.presses("✅ Je viens")
    await at(people, 2026, 12, 5, 11, 0, 1)
    told = [message for message in fanta.bot_messages if "venue" in message or message.get("text", "").startswith("🔔")]

    assert ["venue" in message for message in told] == [True, False]
    assert told[0]["venue"]["location"] == {"latitude": 48.957, "longitude": 2.343}


@both_languages
async def test_row_54_what_waits_for_the_morning_becomes_one_message(people, language):
    """Away from the eve until the night: at eight the nearer word alone is true, and it is said once."""
    await invites(people, "Réunion, samedi 5/12 10h, foyer")
    phone = people.phone("Fanta" if language == "fr" else "Moussa")
    await phone.presses("✅ Je viens" if language == "fr" else "✅ N bɛ na")
    await at(people, 2026, 12, 4, 21, 30)
    for minutes in range(0, 11 * 60, 20):
        await at(people, 2026, 12, 4 + (21 * 60 + 30 + minutes) // 1440, (21 * 60 + 30 + minutes) // 60 % 24, minutes % 60, 2)

    assert reminded(phone) == [{"fr": "🔔 C'est bientôt.", "bm": "🔔 A surunyara."}[language]]


async def test_row_54_d6_late_ones_become_one_truthful_message(people):
    """Away from Monday to the day itself: the eve's reminder of two meetings is over, that of the second is still useful."""
    await invites(people, "Réunion, samedi 5/12 15h, foyer")
    await people.passes(days=1)
    await invites(people, "Fête, samedi 5/12 18h, salle des fêtes")
    fanta = people.phone("Fanta")
    await at(people, 2026, 12, 4, 23, 30)
    night = reminded(fanta)
    await at(people, 2026, 12, 5, 8, 0, 1)

    assert night == []
    assert [text for text in (message.get("text", "") for message in fanta.bot_messages) if text.startswith("🔔")] == [
        "🔔 C'est bientôt\n\n📅 Réunion\n🗓 samedi 5 décembre 2026 à 14:00 (Paris 15:00)\n📍 foyer\n\n"
        "📅 Fête\n🗓 samedi 5 décembre 2026 à 17:00 (Paris 18:00)\n📍 salle des fêtes"
    ]


async def test_d6_after_the_start_nothing_is_sent_and_that_is_written_down(people):
    await invites(people)
    await people.phone("Fanta").presses("✅ Je viens")
    await at(people, 2026, 12, 5, 14, 0, 1)
    late = await people.database.read(lambda session: session.scalar(select(func.count()).select_from(Occurrence)))

    assert reminded(people.phone("Fanta")) == []
    assert late == 0  # over before anybody looked: nothing was due any more


@pytest.mark.parametrize(
    ("eve", "sentence", "eve_paris", "before"),
    [
        (datetime(2027, 3, 27, tzinfo=UTC), "Réunion, dimanche 28/03 15h, foyer", 17, 24 + 10),
        (datetime(2027, 10, 30, tzinfo=UTC), "Réunion, dimanche 31/10 15h, foyer", 16, 24 + 11),
    ],
    ids=["spring", "autumn"],
)
async def test_d1_d2_through_the_night_of_the_change_each_is_reminded_once(people, eve, sentence, eve_paris, before):
    """A look every quarter of an hour: on the eve at six by their own clock, three hours before by the hall's."""
    people.simulator.clock.set(eve - timedelta(days=1) + timedelta(hours=9))
    await invites(people, sentence)
    moussa, fanta = people.phone("Moussa"), people.phone("Fanta")
    await moussa.presses("✅ N bɛ na")
    await fanta.presses("✅ Je viens")
    people.simulator.clock.set(eve + timedelta(hours=15))
    first_seen = {}
    for quarter in range(1, 24 * 4):
        await people.passes(minutes=15)
        await look_all(people)
        for words in reminded(moussa) + reminded(fanta):
            first_seen.setdefault(words, 15 + quarter / 4)

    assert reminded(moussa) == ["🔔 Sini don.", "🔔 A surunyara."]
    assert reminded(fanta) == ["🔔 C'est demain.", "🔔 C'est bientôt."]
    assert first_seen == {
        "🔔 Sini don.": eve_paris, "🔔 C'est demain.": 18, "🔔 A surunyara.": before, "🔔 C'est bientôt.": before,
    }  # fmt: skip


async def test_d13_a_reminder_of_what_was_moved_or_called_off_is_never_sent(people):
    await invites(people)
    fanta = people.phone("Fanta")
    await fanta.presses("✅ Je viens")
    people.simulator.clock.set(datetime(2026, 12, 4, 22, 0, tzinfo=UTC))  # due, and queued for the morning
    await people.passes(seconds=1)
    aminata = await opens_board(people)
    await aminata.presses("❌ Annuler la réunion")
    await aminata.presses("❌ Annuler la réunion")
    await at(people, 2026, 12, 5, 8, 30)

    assert reminded(fanta) == []
    assert fanta.text == f"❌ Assemblée générale est annulée.\n🗓 C'était prévu : {BAMAKO}"


async def test_d4_a_clock_that_is_put_back_reminds_nobody_twice(people):
    await invites(people)
    await at(people, 2026, 12, 4, 18, 0, 1)
    await at(people, 2026, 12, 4, 16, 0, 1)
    await at(people, 2026, 12, 4, 18, 0, 2)

    assert reminded(people.phone("Fanta")) == ["🔔 C'est demain."]


async def test_d12_a_reminder_due_while_the_program_stands_still_goes_out(people, monkeypatch):
    """Nothing runs for longer than several knocks of the scheduler, over the moment it is due; nobody helps it on."""
    await invites(people)
    fanta = people.phone("Fanta")
    await fanta.presses("✅ Je viens")
    await people.close()
    monkeypatch.setattr(scheduler, "TICK_SECONDS", 0.5)
    await people.open()
    people.simulator.clock.set(datetime(2026, 12, 4, 17, 59, 58, tzinfo=UTC))
    time.sleep(5)  # noqa: ASYNC251 - this is what stands still

    async def is_reminded():
        await fanta.look()
        return reminded(fanta)

    await until(is_reminded, "the reminder")
    assert reminded(fanta) == ["🔔 C'est demain."]


# ---- changed, postponed, called off
@both_languages
async def test_row_55_another_day_is_told_old_and_new_and_asked_again(people, language):
    await invites(people)
    phone = people.phone("Fanta" if language == "fr" else "Moussa")
    await phone.presses("✅ Je viens" if language == "fr" else "✅ N bɛ na")
    shown = await moves(people, "dimanche 6/12 16h")
    told, asked = phone.text, phone.labels
    board = (await opens_board(people)).text
    await phone.presses(asked[0])
    after = (await opens_board(people)).text

    assert shown == (
        f"🔄 Assemblée générale : prévenir 3 personnes ?\n🗓 Avant : {PARIS}\n"
        "🗓 Maintenant : dimanche 6 décembre 2026 à 16:00 (Bamako 15:00)"
    )
    assert told == {
        "fr": f"🔄 Assemblée générale change.\n🗓 Avant : {BAMAKO}\n"
        "🗓 Maintenant : dimanche 6 décembre 2026 à 15:00 (Paris 16:00)\n❓ Le jour a changé. Tu viens toujours ?",
        "bm": f"🔄 Lajɛba yɛlɛmana.\n🗓 Fɔlɔ: {BAMBARA}\n"
        "🗓 Sisan: karidon, desanburukalo tile 6, san 2026, 16:00 (Bamakɔ 15:00)\n❓ Don yɛlɛmana. I bɛ na hali bi wa?",
    }[language]
    assert asked == {
        "fr": ["✅ Toujours", "❌ Non", "👀 Voir la réunion"], "bm": ["✅ N bɛ na", "❌ N tɛ na", "👀 Ɲɔgɔnye lajɛ"],
    }[language]  # fmt: skip
    assert board.splitlines()[-2:] == ["✅ 1 · 🤔 0 · ❌ 0 · ⏳ 0", "❓ 1 à confirmer"]
    assert after.splitlines()[-1] == "✅ 1 · 🤔 0 · ❌ 0 · ⏳ 0"


async def test_row_55_another_hour_of_the_same_day_asks_nobody_again(people):
    await invites(people)
    fanta = people.phone("Fanta")
    await fanta.presses("✅ Je viens")
    await moves(people, "samedi 5/12 16h")

    assert fanta.labels == ["👀 Voir la réunion"]
    assert cards(fanta)[0]["text"].splitlines()[1] == "🗓 samedi 5 décembre 2026 à 15:00 (Paris 16:00)"


async def test_two_changes_within_thirty_seconds_are_one_message(people):
    await invites(people)
    aminata = await opens_board(people)
    for typed in ("dimanche 6/12 16h", "dimanche 6/12 17h"):
        await aminata.presses("🗓 Quand")
        await aminata.types(typed)
        await aminata.presses("✅ Prévenir")
    await people.passes(seconds=31)
    fanta = people.phone("Fanta")
    await fanta.look()

    assert fanta.all_texts("🔄") == [
        f"🔄 Assemblée générale change.\n🗓 Avant : {BAMAKO}\n🗓 Maintenant : dimanche 6 décembre 2026 à 16:00 (Paris 17:00)"
    ]


async def test_a_new_place_is_told_too(people):
    await invites(people)
    aminata = await opens_board(people)
    await aminata.presses("📍 Où")
    await aminata.types("Foyer Pierre, 3 rue Neuve")
    await aminata.presses("📍 Foyer Pierre, 3 rue Neuve")
    await aminata.presses("✅ Prévenir")
    await people.passes(seconds=31)
    fanta = people.phone("Fanta")
    await fanta.look()

    assert fanta.text == (
        "🔄 Assemblée générale change.\n📍 Avant : salle des fêtes\n📍 Maintenant : Foyer Pierre, 3 rue Neuve"
    )


@both_languages
async def test_row_56_postponed_then_a_new_day(people, language):
    await invites(people)
    phone = people.phone("Fanta" if language == "fr" else "Moussa")
    await phone.presses("✅ Je viens" if language == "fr" else "✅ N bɛ na")
    aminata = await opens_board(people)
    await aminata.presses("⏸ Reporter")
    await aminata.presses("⏸ Reporter")
    await people.passes(seconds=31)
    await phone.look()
    told, card = phone.text, cards(phone, "⏸")[0]["text"].splitlines()[:2]
    await phone.presses({"fr": "📅 L'ôter du calendrier", "bm": "📅 Don bɔ telefɔni na"}[language])
    event = Calendar.from_ical(people.world.files[phone.screen["document"]["file_id"]].content)
    await at(people, 2026, 12, 4, 18, 0, 1)
    silent = reminded(phone)
    await moves(people, "samedi 12/12 15h")

    assert (event["method"], event.events[0]["status"]) == ("CANCEL", "CANCELLED")
    assert event.events[0]["dtstart"].dt == datetime(2026, 12, 5, 14, tzinfo=UTC)
    assert told.splitlines()[2] == {"fr": "🗓 Maintenant : jour à venir", "bm": "🗓 Sisan: don bɛna fɔ"}[language]
    assert card == {
        "fr": ["⏸ Assemblée générale", "Reportée : le nouveau jour viendra."],
        "bm": ["⏸ Lajɛba", "A bilala don wɛrɛ la. O don bɛna fɔ."],
    }[language]
    assert silent == []
    assert phone.labels[0] == {"fr": "✅ Toujours", "bm": "✅ N bɛ na"}[language]


@both_languages
async def test_row_56_called_off_says_so_everywhere(people, language):
    await invites(people)
    phone = people.phone("Fanta" if language == "fr" else "Moussa")
    card = cards(phone)[0]["message_id"]
    await phone.presses("✅ Je viens" if language == "fr" else "✅ N bɛ na")
    aminata = await opens_board(people)
    await aminata.presses("❌ Annuler la réunion")
    asked = aminata.text
    await aminata.presses("❌ Annuler la réunion")
    await people.passes(seconds=31)
    await phone.look()
    told = phone.text
    await phone.presses(phone.labels[0])
    event = Calendar.from_ical(people.world.files[phone.screen["document"]["file_id"]].content)
    await phone.presses_data(callbacks.AnswerMeeting((await stored(people)).id, 1, 0, "yes").pack(), card)

    assert asked == "❌ Annuler Assemblée générale ?\n3 personnes l'apprendront."
    assert told == {
        "fr": f"❌ Assemblée générale est annulée.\n🗓 C'était prévu : {BAMAKO}",
        "bm": f"❌ Lajɛba tɛ kɛ tugun.\n🗓 A tun ka kan ka kɛ: {BAMBARA}",
    }[language]
    assert (event["method"], event.events[0]["status"], event.events[0]["sequence"]) == ("CANCEL", "CANCELLED", 1)
    assert phone.text == {"fr": "❌ Cette réunion est annulée.", "bm": "❌ O ɲɔgɔnye tɛ kɛ tugun."}[language]
    assert cards(phone, "❌")[0]["text"].splitlines()[:2] == {
        "fr": ["❌ Assemblée générale", "Annulée."], "bm": ["❌ Lajɛba", "A tɛ kɛ tugun."],
    }[language]  # fmt: skip


# ---- calendar, passing on
@both_languages
async def test_row_57_three_ways_into_a_calendar(people, language):
    french = ("➕ En savoir plus", "📅 Calendrier", "📎 Fichier", "👀 Voir la réunion")
    bambara = ("➕ Kunnafoni wɛrɛw", "📅 Don mara", "📎 Sɛbɛn", "👀 Ɲɔgɔnye lajɛ")
    more, calendar, file, see = french if language == "fr" else bambara
    await invites(people)
    phone = people.phone("Fanta" if language == "fr" else "Moussa")
    stamp = next(entity for entity in phone.screen["entities"] if entity["type"] == "date_time")
    await phone.presses(more)
    await phone.presses(calendar)
    google = phone.screen["reply_markup"]["inline_keyboard"][0][0]["url"]
    await phone.presses(file)
    first = Calendar.from_ical(people.world.files[phone.screen["document"]["file_id"]].content).events[0]
    await moves(people, "dimanche 6/12 16h")
    await phone.presses(see)
    await phone.presses(more)
    await phone.presses(calendar)
    await phone.presses(file)
    second = Calendar.from_ical(people.world.files[phone.screen["document"]["file_id"]].content).events[0]
    title = {"fr": "Assembl%C3%A9e+g%C3%A9n%C3%A9rale", "bm": "Laj%C9%9Bba"}[language]

    assert stamp["unix_time"] == int(datetime(2026, 12, 5, 14, 0, tzinfo=UTC).timestamp())
    assert google.startswith(f"https://calendar.google.com/calendar/render?action=TEMPLATE&text={title}&")
    assert "dates=20261205T140000Z%2F20261205T170000Z" in google
    assert first["uid"] == second["uid"]
    assert (first["sequence"], second["sequence"]) == (0, 1)
    assert first["dtstart"].dt == datetime(2026, 12, 5, 14, 0, tzinfo=UTC)
    assert second["dtstart"].dt == datetime(2026, 12, 6, 15, 0, tzinfo=UTC)


async def test_g4_a_title_cannot_break_out_of_the_calendar_file(people):
    await invites(people, "Fin END:VEVENT;x,y:z\\n, samedi 5/12 15h, foyer")
    fanta = people.phone("Fanta")
    await fanta.presses("➕ En savoir plus")
    await fanta.presses("📅 Calendrier")
    await fanta.presses("📎 Fichier")
    read = Calendar.from_ical(people.world.files[fanta.screen["document"]["file_id"]].content)

    assert len(read.events) == 1


@both_languages
async def test_a_meeting_is_retold_by_text_and_by_a_poster_that_tells_the_truth(people, language):
    await invites(people)
    phone = people.phone("Fanta" if language == "fr" else "Moussa")
    await phone.presses("➕ En savoir plus" if language == "fr" else "➕ Kunnafoni wɛrɛw")
    await phone.presses("📤 WhatsApp")
    url = phone.screen["reply_markup"]["inline_keyboard"][0][0]["url"]
    await phone.presses("🖼 Français" if language == "fr" else "🖼 Bamanankan")
    picture = people.world.files[phone.screen["photo"][-1]["file_id"]].content
    small = io.BytesIO()
    image = Image.open(io.BytesIO(picture))
    image.resize((720, 900)).convert("RGB").save(small, "JPEG", quality=40)
    address = zxingcpp.read_barcodes(Image.open(small))[0].text
    await moves(people, "dimanche 6/12 16h")
    await phone.types(f"/start {address.partition('start=')[2]}")

    assert url.startswith("https://wa.me/?text=%F0%9F%93%85")
    assert len(picture) <= 150_000
    assert phone.text.splitlines()[1] == {
        "fr": "🗓 dimanche 6 décembre 2026 à 15:00 (Paris 16:00)",
        "bm": "🗓 karidon, desanburukalo tile 6, san 2026, 16:00 (Bamakɔ 15:00)",
    }[language]


async def test_the_way_is_told_in_words_and_on_the_map(people):
    aminata = await begins(people)
    await aminata.presses("⚙️ Options")
    await aminata.presses("🚌 Y aller")
    await aminata.types("Bus 361, arrêt Mairie")
    await aminata.presses("🗺 Carte")
    await aminata.sends(location={"latitude": 48.957, "longitude": 2.343})
    await aminata.presses("⬅️ Retour")
    await aminata.presses("👀 Voir avant d'envoyer")
    await aminata.presses("✅ Inviter")
    await people.passes(seconds=31)
    fanta = people.phone("Fanta")
    await fanta.look()
    await fanta.presses("➕ En savoir plus")
    await fanta.presses("🚌 Y aller")

    assert fanta.text == "📍 salle des fêtes\n🚌 Bus 361, arrêt Mairie"
    assert "venue" in fanta.bot_messages[-2]


async def test_a_question_about_a_meeting_says_which(people):
    await invites(people)
    fanta = people.phone("Fanta")
    await fanta.presses("➕ En savoir plus")
    await fanta.presses("❓ Question")
    await fanta.types("Il y a à manger ?")
    await people.settled()
    aminata = people.phone("Aminata")
    await aminata.look()

    assert "Assemblée générale (Français)" in "".join(message.get("text", "") for message in aminata.bot_messages[-3:])


# ---- again and again
SERIES = {
    "fr": {"member": "Aminata", "new": "➕ Nouvelle réunion", "typed": "Réunion, samedi 5/12 15h, foyer", "again": "🔁 Répéter",
           "rule": "Premier samedi du mois", "look": "👀 Voir avant d'envoyer", "invite": "✅ Inviter",
           "more": "➕ En savoir plus", "prepare": "✏️ Préparer", "when": "🗓 Quand", "moved": "samedi 9/1 17h",
           "away": "🗑 Jeter", "january": "📅 sam. 2/01 · Réunion", "second": "📅 sam. 9/01 · Réunion",
           "february": "📅 sam. 6/02 · Réunion"},
    "bm": {"member": "Moussa", "new": "➕ Ɲɔgɔnye kura", "typed": "Ɲɔgɔnye, sibiri 5/12 15h, foyer", "again": "🔁 Segin a kan",
           "rule": "Kalo o kalo, sibiri fɔlɔ", "look": "👀 A lajɛ fɔlɔ", "invite": "✅ Weleliw ci",
           "more": "➕ Kunnafoni wɛrɛw", "prepare": "✏️ Labɛn", "when": "🗓 Tuma jumɛn", "moved": "sibiri 9/1 17h",
           "away": "🗑 A bɔ yen", "january": "📅 sib. 2/01 · Ɲɔgɔnye", "second": "📅 sib. 9/01 · Ɲɔgɔnye",
           "february": "📅 sib. 6/02 · Ɲɔgɔnye"},
}  # fmt: skip


@both_languages
async def test_row_58_first_saturdays_with_one_moved_and_one_called_off(people, language):
    """By buttons alone, before the others are announced; the others stay, at the hour on the wall, summer and winter."""
    words = SERIES[language]
    phone = people.phone(words["member"])
    if language == "bm":
        await let_in(people, words["member"], role="committee")

    async def coming():
        await phone.types("/agenda")
        return [label for label in phone.labels if label.startswith("📅")]

    async def prepares(occurrence):
        await coming()
        for label in (words[occurrence], words["more"], words["prepare"]):
            await phone.presses(label)

    await phone.types("/agenda")
    await phone.presses(words["new"])
    await phone.types(words["typed"])
    for step in ("again", "rule", "look", "invite"):
        await phone.presses(words[step])
    await people.passes(seconds=31)
    await prepares("january")
    await phone.presses(words["when"])
    await phone.types(words["moved"])
    await people.passes(days=31)
    before = await coming()
    await prepares("february")
    await phone.presses(words["away"])
    await phone.presses(words["away"])
    for _ in range(3):
        await people.passes(days=1)
    after = await coming()
    for _ in range(4):
        await people.passes(days=31)
    planned = await people.database.read(lambda session: session.scalars(select(Meeting).order_by(Meeting.starts_at)).all())

    assert before == [words["second"], words["february"]]
    assert after == [words["second"]]
    assert [(one.wall, one.starts_at.hour) for one in planned if one.state != MeetingState.CANCELLED] == [
        ("2026-12-05T15:00", 14), ("2027-01-09T17:00", 16), ("2027-03-06T15:00", 14), ("2027-04-03T15:00", 13),
        ("2027-05-01T15:00", 13), ("2027-06-05T15:00", 13),
    ]  # fmt: skip


async def test_row_58_a_planned_one_taken_up_again_keeps_its_place_in_the_series(people):
    """Another day for one of them does not bring its old day back; once it is over the board says so no more."""
    aminata = await begins(people)
    await aminata.presses("🔁 Répéter")
    await aminata.presses("Premier samedi du mois")
    await aminata.presses_data(callbacks.ActMeeting((await stored(people)).id, 1, "publish").pack())
    await people.passes(seconds=31)
    planned = await people.database.read(lambda session: session.scalars(select(Meeting).order_by(Meeting.starts_at)).all())
    number = planned[1].id
    await aminata.presses_data(callbacks.ActMeeting(number, 1, "undo").pack())
    await aminata.presses_data(callbacks.EditMeeting(number, "at", "2027-01-03T15:00").pack())
    await people.passes(seconds=1)
    days = await people.database.read(lambda session: [one.wall[:10] for one in session.scalars(select(Meeting))])
    await aminata.presses("⚙️ Options")
    await aminata.presses("⏹ Ne plus répéter")
    await aminata.presses("⏹ Ne plus répéter")

    assert sorted(days)[:2] == ["2026-12-05", "2027-01-03"]
    assert not any("Premier samedi" in line for line in aminata.text.splitlines())


# ---- points, the door, minutes
@both_languages
async def test_row_59_a_point_is_proposed_accepted_and_stands_on_the_card(people, language):
    await invites(people)
    phone = people.phone("Fanta" if language == "fr" else "Moussa")
    await phone.presses("➕ En savoir plus" if language == "fr" else "➕ Kunnafoni wɛrɛw")
    await phone.presses("📋 Programme" if language == "fr" else "📋 Porogaramu")
    await phone.presses("✋ Proposer un point" if language == "fr" else "✋ Ko dɔ fɔ")
    await phone.types("Le forage de l'école")
    aminata = people.phone("Aminata")
    await people.settled()
    await aminata.look()
    proposed = aminata.text
    await aminata.presses("✅ Au programme")
    await people.passes(seconds=10)
    await phone.look()

    name = "Fanta" if language == "fr" else "Moussa"
    assert proposed == f"✋ {name} veut parler de ceci (Assemblée générale) :\nLe forage de l'école"
    assert phone.text == {
        "fr": "✅ Ton point est au programme : Assemblée générale", "bm": "✅ I ka ko bɛ porogaramu la: Lajɛba",
    }[language]  # fmt: skip
    assert cards(phone)[0]["text"].splitlines()[3] == "▪️ Le forage de l'école"


async def test_row_59_by_voice_until_two_days_before(people):
    await invites(people)
    fanta, aminata, number = people.phone("Fanta"), people.phone("Aminata"), (await stored(people)).id
    propose = callbacks.MoreMeeting(number, "propose").pack()
    await fanta.presses_data(propose)
    voice = people.world.store_file("voice", b"opus", "point.ogg", "audio/ogg").file_id
    await fanta.sends(voice={"file_id": voice, "file_unique_id": "v", "duration": 7})
    await people.settled()
    await aminata.look()
    heard = ["voice" in message for message in aminata.bot_messages[-2:]]
    await aminata.presses("✅ Au programme")
    moussa = people.phone("Moussa")
    await moussa.presses_data(callbacks.MoreMeeting(number, "agenda").pack(), moussa.bot_messages[-1]["message_id"])
    accepted = ["voice" in message for message in moussa.bot_messages[-2:]]
    people.simulator.clock.set(datetime(2026, 12, 3, 14, 0, 1, tzinfo=UTC))
    await fanta.presses_data(propose, fanta.bot_messages[0]["message_id"])
    await fanta.types("Trop tard ?")

    assert heard == [True, False]
    assert accepted == [True, False]
    assert fanta.text == "✋ C'est trop tard : on propose jusqu'à deux jours avant."


async def test_row_61_the_door_by_name_by_walk_in_and_by_number(people):
    await invites(people)
    await people.phone("Fanta").presses("❌ Non")
    await people.phone("Moussa").presses("✅ N bɛ na")
    await people.phone("Moussa").presses("➕ Kelen fara a kan")
    people.simulator.clock.set(datetime(2026, 12, 5, 14, 30, tzinfo=UTC))
    aminata = await opens_board(people)
    await aminata.presses("📝 Présence et suite")
    by_place = aminata.text.splitlines()[1:]
    await aminata.presses("🚪 Qui est là")
    expected = aminata.labels
    await aminata.presses("🙋 Moussa +1")
    await aminata.presses("▫️ Fanta")
    await aminata.presses("➕ Hors liste")
    counted = aminata.text
    await aminata.presses("✅ Fanta")
    await aminata.presses("🔢 Un nombre")
    await aminata.types("40")

    assert by_place == ["✅ 2 · 🤔 0 · ❌ 1 · ⏳ 0", "Bamako : ✅ 0 · 🤔 0 · ❌ 1 · ⏳ 0",
                        "Île-de-France : ✅ 2 · 🤔 0 · ❌ 0 · ⏳ 0"]  # fmt: skip
    assert expected == ["🙋 Moussa +1", "▫️ Aminata", "▫️ Fanta", "➕ Hors liste", "🔢 Un nombre", "⬅️ Retour"]
    assert counted.splitlines()[1] == "Présents : 4 (hors liste : 1)"
    assert aminata.text.splitlines()[1] == "Présents : 42 (hors liste : 40)"


@both_languages
async def test_row_61_who_came_is_thanked_once(people, language):
    await invites(people)
    number = (await stored(people)).id
    people.simulator.clock.set(datetime(2026, 12, 5, 16, 30, tzinfo=UTC))
    aminata, guest = people.phone("Aminata"), people.phone({"fr": "Fanta", "bm": "Moussa"}[language])
    await aminata.presses_data(callbacks.ThankGuests(number).pack())
    refused = aminata.text
    member = await people.database.read(lambda session: members.by_telegram_id(session, guest.id).id)
    await aminata.presses_data(callbacks.CheckIn(number, member, 1, 0).pack())
    await opens_board(people)
    await aminata.presses("📝 Présence et suite")
    for _ in range(2):
        await aminata.presses("🙏 Remercier")
    await people.settled()
    await look_all(people)

    assert refused == "🙏 Personne d'autre à remercier. Touche d'abord les noms de ceux qui sont venus."
    assert aminata.all_texts("🙏") == ["🙏 Merci envoyé à une personne", refused]
    assert [phone for phone in people.phones.values() if phone.all_texts("🙏 Assemblée générale\nMerci")
            or phone.all_texts("🙏 Lajɛba\nI nana")] == [guest]  # fmt: skip
    assert guest.all_texts("🙏") == {
        "fr": ["🙏 Assemblée générale\nMerci d'être venu nous rejoindre !"], "bm": ["🙏 Lajɛba\nI nana, i ni ce!"],
    }[language]  # fmt: skip


async def test_row_61_a_hundred_people_and_one_thumb(people):
    await people.database.transaction(_crowd(people, 100))
    await invites(people)
    aminata = await opens_board(people)
    await aminata.presses("📝 Présence et suite")
    await aminata.presses("🚪 Qui est là")
    first = aminata.labels
    await aminata.presses(first[15])

    assert len(first) == 14 + 2 + 2 + 1
    assert re.fullmatch(r"➡️ .{1,3}–.{1,3}", first[15])
    assert aminata.labels[0] != first[0]


def _crowd(people, count):
    from db.models import Member

    now = people.simulator.clock.now()

    def gather(session):
        session.add_all(
            Member(telegram_id=70_000 + n, first_name=f"P{n:03}", role="member", language="fr", place="ile_de_france",
                   agreed_at=now, joined_at=now, seen_at=now, is_reachable=False)
            for n in range(count)
        )  # fmt: skip

    return gather


async def test_answers_and_the_year_as_files_that_french_excel_opens(people):
    await people.database.transaction(lambda session: _named(session, people.phone("Fanta").id, "=cmd()"))
    await invites(people)
    await people.phone("Fanta").presses("✅ Je viens")
    number = (await stored(people)).id
    people.simulator.clock.set(datetime(2026, 12, 5, 20, 0, tzinfo=UTC))
    aminata = await opens_board(people)
    await aminata.presses_data(callbacks.CheckIn(number, 3, 1, 0).pack())
    await aminata.presses_data(callbacks.ExportMeeting(number, "csv").pack())
    csv = people.world.files[aminata.screen["document"]["file_id"]].content.decode("utf-8-sig").splitlines()
    await aminata.types("/agenda")
    await aminata.presses("✏️ Préparer")
    await aminata.presses("📊 L'année")
    bars = aminata.text.splitlines()
    await aminata.presses("📊 Excel")
    book = CalamineWorkbook.from_filelike(io.BytesIO(people.world.files[aminata.screen["document"]["file_id"]].content))
    await aminata.types("/agenda")
    await aminata.presses("✏️ Préparer")
    await aminata.presses("📊 L'année")
    await aminata.presses("🖼 En image")

    assert csv[0] == "Prénom;Lieu;Réponse;Personnes;Présents"
    assert csv[1].startswith("'=cmd();Bamako;vient;1;")
    assert bars[:1] == ["📊 L'année"]
    assert book.get_sheet_by_index(0).to_python() == [
        ["Réunion", "Avaient dit oui", "Présents"], ["sam. 5/12 · Assemblée générale", 1.0, 1.0],
    ]  # fmt: skip
    assert aminata.screen["photo"]


def _named(session, telegram_id, name):
    member = members.by_telegram_id(session, telegram_id)
    member.first_name, member.is_name_chosen = name, True


async def test_the_agenda_in_a_group_says_no_name_and_leads_to_private(people):
    """What is for everybody inside is told in their groups; what is for some, only where it was announced."""
    aminata = await begins(people, "Réunion des jeunes, dimanche 6/12 15h, foyer")
    await aminata.presses("👥 Pour qui")
    await aminata.presses("📍 Lieux")
    await aminata.presses("🌉 Bamako")
    await aminata.presses_data(callbacks.ActMeeting((await stored(people)).id, 1, "publish").pack())
    await begins(people)
    await aminata.presses("👀 Voir avant d'envoyer")
    await aminata.presses("✅ Inviter")
    await people.passes(seconds=31)
    await look_all(people)
    await people.phone("Fanta").presses("✅ Je viens")
    group = await people.new_group("Foyer", "Fanta", "Aminata")
    await people.adds_bot(group, "Aminata")
    await aminata.presses_data(callbacks.LinkChat(group, "fr").pack())
    await people.phone("Fanta").types("/agenda@enndam_test_bot", chat_id=group)
    await people.phone("Fanta").look(group)
    shown = people.phone("Fanta").screen

    assert shown["text"] == f"🗓 Ce qui vient\n\n{CARD}"
    assert shown["reply_markup"]["inline_keyboard"][0][0]["url"].endswith("?start=s-agenda")


async def test_a_groups_card_shows_live_counts_and_no_name(people):
    aminata = await begins(people)
    group = await people.new_group("Foyer", "Fanta", "Aminata")
    await people.adds_bot(group, "Aminata")
    await aminata.presses_data(callbacks.LinkChat(group, "fr").pack())
    number = (await stored(people)).id
    await aminata.presses_data(callbacks.AimMeeting(number, 1, "groups", str(group)).pack())
    await aminata.presses_data(callbacks.ActMeeting(number, 1, "publish").pack())
    await people.passes(seconds=31)
    await look_all(people)
    fanta = people.phone("Fanta")
    await fanta.presses("✅ Je viens")
    await people.passes(seconds=10)
    await fanta.look(group)
    card = fanta.screen

    assert card["text"] == f"{CARD}\n👥 1 vient" + SIGNED
    assert card["reply_markup"]["inline_keyboard"][0][0]["url"].endswith(f"?start=s-m{number}")


async def test_f14_the_state_of_a_meeting_survives_a_restart(people):
    await begins(people)
    await people.close()
    await people.open()
    aminata = people.phone("Aminata")
    await aminata.presses("🗓 Quand")
    await people.close()
    await people.open()
    await aminata.types("dimanche 6/12 16h")

    assert aminata.text.splitlines()[1] == "🗓 dimanche 6 décembre 2026 à 16:00 (Bamako 15:00)"


async def test_an_erased_person_frees_their_seat(people):
    await with_seats(people, 1)
    number = (await stored(people)).id
    moussa, fanta = people.phone("Moussa"), people.phone("Fanta")
    await moussa.presses("✅ N bɛ na")
    await fanta.presses_data(callbacks.AnswerMeeting(number, 1, 1, "yes").pack(), cards(fanta)[0]["message_id"])
    await moussa.types("/effacer")
    await moussa.presses(moussa.labels[0])
    await people.settled()
    await fanta.look()

    assert fanta.text.startswith("💺 Assemblée générale\nUne place s'est libérée")


async def test_meetings_that_nobody_was_told_of_are_thrown_away(people):
    aminata = await begins(people)
    await aminata.presses("🗑 Jeter")
    await aminata.presses("🗑 Jeter")

    assert aminata.text == "🗑 C'est jeté."
    assert await stored(people) is None


async def test_a_week_of_the_simulators_clock_in_both_languages(people):
    """From the invitation to the minutes, step by step through the days."""
    await invites(people, "Assemblée générale, lundi 30/11 18h, salle des fêtes")
    moussa, fanta = people.phone("Moussa"), people.phone("Fanta")
    await moussa.presses("✅ N bɛ na")
    for _ in range(8 * 24):
        await people.passes(hours=1)
    await look_all(people)
    number = (await stored(people)).id
    deliveries = await people.database.read(
        lambda session: session.execute(
            select(Delivery.view, func.count()).where(Delivery.view.like("meetings.%")).group_by(Delivery.view)
        ).all()
    )

    assert reminded(moussa) == ["🔔 Sini don.", "🔔 A surunyara."]
    assert reminded(fanta) == ["🔔 C'est demain.", "🔔 C'est bientôt."]
    assert dict(deliveries)[meetings.CARD] == 3
    assert (await stored(people)).state == MeetingState.OPEN
    assert number == 1
