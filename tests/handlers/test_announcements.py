"""Announcing: written, looked at as they will see it, sent once, watched, corrected, withdrawn; read, heard, asked about."""

from __future__ import annotations

import asyncio
import io
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import delete, func, select, update

from bot import callbacks, jobs
from bot.domain import announced, announcements, members
from bot.pacer import FEWEST_IN_FLIGHT, Pacer
from db.models import Announcement, AnnouncementText, AuditEntry, Delivery, DeliveryState, Member, Pause
from tests.conftest import BAKARY, MORNING, let_in, until

FRENCH, BAMBARA = "Réunion samedi à 14:00 à Villetaneuse.", "Ɲɔgɔnye bɛ kɛ sibiri, 14:00, Villetaneuse."
SIGNED = "\n\n🛡 Enndam Diombuxu"
PHOTO = {"photo": [{"file_id": "", "file_unique_id": "p", "width": 800, "height": 600}]}
both_languages = pytest.mark.parametrize("language", ["fr", "bm"])


@pytest.fixture
def locales_dir(fewer_phrasings):
    """Fewer phrasings: answers are not what is tested here."""
    return fewer_phrasings


async def announces(house, french=FRENCH, bambara=BAMBARA, **fields):
    """Write an announcement in both languages, up to its board."""
    aminata = house.phone("Aminata")
    await aminata.types("/annonces")
    await aminata.presses("➕ Nouvelle annonce")
    await aminata.sends(**({"text": french} if french else {}), **fields)
    if bambara:
        await aminata.presses("➕ Bamanankan")
        await aminata.types(bambara)
    return aminata


async def sends(house, *, undo_is_over=True, language="fr"):
    """Look at it and send it; the thirty seconds pass."""
    aminata = house.phone("Aminata")
    await aminata.presses({"fr": "👀 Voir avant d'envoyer", "bm": "👀 A lajɛ fɔlɔ"}[language])
    await aminata.presses({"fr": "✅ Envoyer", "bm": "✅ A ci"}[language])
    if undo_is_over:
        await house.passes(seconds=31)
    for name in ("Aminata", "Moussa", "Fanta", "Demba"):
        await house.phone(name).look()
    return aminata


def said(phone):
    return [message.get("text") or message.get("caption") or "" for message in phone.bot_messages]


def utf16(text):
    return len(text.encode("utf-16-le")) // 2


def copies(phone, start):
    return [one for one in phone.bot_messages if (one.get("text") or one.get("caption") or "").startswith(start)]


def text_under(phone, message_id):
    """What a message of the bot says now."""
    return next(one["text"] for one in phone.bot_messages if one["message_id"] == message_id)


async def only_one(house):
    return await house.database.read(lambda session: session.scalars(select(Announcement)).one())


async def text_of(house, number, language):
    """What an announcement says in a language."""
    return await house.database.read(lambda session: session.get(AnnouncementText, (number, language)).text)


async def count_of(house, state):
    counted = select(func.count()).where(Delivery.view == announcements.COPY, Delivery.state == state)
    return await house.database.read(lambda session: session.scalar(counted))


# ---- sending
async def test_row_31_each_reads_it_in_their_language(people):
    await announces(people)
    await sends(people)

    assert said(people.phone("Moussa"))[-1] == BAMBARA + SIGNED
    assert said(people.phone("Fanta"))[-1] == FRENCH + SIGNED
    assert not copies(people.phone("Demba"), FRENCH)


async def test_row_31_without_a_translation_the_other_text_comes_with_a_mark(people):
    await announces(people, bambara=None)
    await sends(people)

    assert said(people.phone("Moussa"))[-1] == f"{FRENCH}\n\n⚠️ A ma kɛ Bamanankan na fɔlɔ.{SIGNED}"
    assert said(people.phone("Fanta"))[-1] == FRENCH + SIGNED


async def test_row_33_the_preview_is_what_is_delivered_byte_for_byte(people):
    await announces(people)
    aminata = await sends(people)

    def bare(message):
        return {key: message.get(key) for key in ("text", "entities", "reply_markup")}

    previews = [bare(copies(aminata, start)[0]) for start in (FRENCH, BAMBARA)]
    delivered = [bare(copies(people.phone("Fanta"), FRENCH)[0]), bare(copies(people.phone("Moussa"), BAMBARA)[0])]
    assert previews == delivered


@both_languages
async def test_row_33_what_the_others_will_read_is_shown_and_said(people, language):
    aminata = await announces(people, bambara=None)
    await speaks(aminata, language)
    await aminata.presses_data(callbacks.PreviewAnnouncement((await only_one(people)).id).pack())
    shown = said(aminata)[-3:]
    await aminata.presses({"fr": "✅ Envoyer", "bm": "✅ A ci"}[language])
    await people.passes(seconds=31)
    await people.phone("Moussa").look()

    assert shown[:2] == [FRENCH + SIGNED, said(people.phone("Moussa"))[-1]]
    assert shown[2].splitlines()[3] == {
        "fr": "⚠️ Pas de Bamanankan : 1 personne lira le texte en Français.",
        "bm": "⚠️ Bamanankan tɛ yen: mɔgɔ 2 bɛna Français kalan.",
    }[language]


@both_languages
async def test_row_33_sent_to_oneself_it_is_what_one_gets_and_nobody_else(people, language):
    aminata = await announces(people)
    await speaks(aminata, language)
    await aminata.presses_data(callbacks.PreviewAnnouncement((await only_one(people)).id).pack())
    await aminata.presses({"fr": "📲 À moi d'abord", "bm": "📲 A ci ne ma"}[language])
    mine = aminata.text
    await people.passes(seconds=31)
    await people.phone("Fanta").look()
    state, before = (await only_one(people)).state, copies(people.phone("Fanta"), FRENCH)
    await aminata.presses({"fr": "✅ Envoyer", "bm": "✅ A ci"}[language])
    await people.passes(seconds=31)
    await aminata.look()

    start = {"fr": FRENCH, "bm": BAMBARA}[language]
    assert (mine, state, before) == (start + SIGNED, "draft", [])
    assert copies(aminata, start)[-1]["text"] == mine


async def test_row_33_the_head_count_is_live(people):
    aminata = await announces(people)
    before = aminata.text
    moussa = people.phone("Moussa").id
    await people.database.transaction(
        lambda session: members.hear(session, members.by_telegram_id(session, moussa), "news", is_wanted=False, now=MORNING)
    )
    await aminata.presses("👀 Voir avant d'envoyer")

    assert "👥 3 personnes · Français 2 · Bamanankan 1" in before
    assert "👥 2 personnes · Français 2" in aminata.text


@both_languages
@pytest.mark.parametrize("why", ["night", "one a day", "nothing"])
async def test_the_preview_tells_how_many_wait_for_the_morning(people, language, why):
    if why == "one a day":
        await announces(people)
        await sends(people)
    elif why == "night":
        people.simulator.clock.set(people.simulator.clock.now().replace(hour=23))
    await announces(people, french="Autre chose", bambara="Ko wɛrɛ")
    aminata = people.phone("Aminata")
    await speaks(aminata, language)
    await aminata.types("/annonces")
    await aminata.presses("✏️ Autre chose" if language == "fr" else "✏️ Ko wɛrɛ")
    await aminata.presses({"fr": "👀 Voir avant d'envoyer", "bm": "👀 A lajɛ fɔlɔ"}[language])

    told = {"fr": "⏳ 3 personnes l'auront le matin : c'est la nuit, ou elles ont déjà eu un message.",
            "bm": "⏳ Mɔgɔ 3 bɛna a sɔrɔ sɔgɔma: su don, walima u ye cikan dɔ sɔrɔ kaban."}[language]  # fmt: skip
    assert (told in aminata.text) == (why != "nothing")


@both_languages
async def test_row_34_six_taps_at_most_and_the_place_is_chosen(people, language):
    aminata = people.phone("Aminata")
    await speaks(aminata, language)
    await aminata.types("/annonces")
    taps = {
        "fr": ["➕ Nouvelle annonce", "👥 Pour qui", "📍 Lieux", "🌉 Bamako", "👀 Voir avant d'envoyer", "✅ Envoyer"],
        "bm": ["➕ Laseli kura", "👥 Jɔn ye", "📍 Yɔrɔw", "🌉 Bamakɔ", "👀 A lajɛ fɔlɔ", "✅ A ci"],
    }[language]
    counted = []
    for at, tap in enumerate(taps):
        await aminata.presses(tap)
        counted.append(aminata.text.splitlines()[-1])
        if at == 0:
            await aminata.types(FRENCH)
    await people.passes(seconds=31)
    for name in ("Fanta", "Moussa"):
        await people.phone(name).look()

    assert counted[3] == {"fr": "👥 1 personne · Français 1", "bm": "👥 Mɔgɔ 1 · Français 1"}[language]
    assert len(taps) == 6
    assert copies(people.phone("Fanta"), FRENCH)
    assert not copies(people.phone("Moussa"), FRENCH)


@both_languages
async def test_row_34_a_group_is_a_tap_and_hears_it_too(people, language):
    group = await people.new_group("Foyer", "Moussa", "Aminata")
    await people.adds_bot(group, by="Aminata")
    await people.phone("Aminata").look()
    await people.phone("Aminata").presses("🗣 Toutes les langues")
    aminata = await announces(people)
    await speaks(aminata, language)
    await aminata.presses_data(callbacks.ShowAnnouncement((await only_one(people)).id).pack())
    for tap in {"fr": ("👥 Pour qui", "💬 Groupes", "Foyer"), "bm": ("👥 Jɔn ye", "💬 Kuluw", "Foyer")}[language]:
        await aminata.presses(tap)
    counted = aminata.text.splitlines()[-1]
    await sends(people, language=language)
    moussa = people.phone("Moussa")
    await moussa.look(group)

    assert counted == {
        "fr": "👥 3 personnes · Français 2 · Bamanankan 1 · 1 groupe", "bm": "👥 Mɔgɔ 3 · Français 1 · Bamanankan 2 · kulu 1"
    }[language]  # fmt: skip
    assert moussa.text == f"{FRENCH}\n\n{BAMBARA}{SIGNED}"
    assert moussa.text in said(aminata)


@both_languages
@pytest.mark.parametrize("asks", [callbacks.AimAnnouncement, callbacks.AimMeeting])
@pytest.mark.parametrize("count", [0, 9])
async def test_every_group_can_be_chosen_and_none_is_none(people, language, asks, count):
    for number in range(count):
        group = await people.new_group(f"Foyer {number}", "Aminata")
        await people.adds_bot(group, by="Aminata")
        await people.phone("Aminata").look()
        await people.phone("Aminata").presses("🗣 Toutes les langues")
    aminata = await announces(people)
    if asks is callbacks.AimMeeting:
        await aminata.types("/agenda")
        await aminata.presses("➕ Nouvelle réunion")
        await aminata.types("Réunion, samedi 5/12 15h, foyer")
    await speaks(aminata, language)
    await aminata.presses_data(asks(1, 0, "groups", "").pack())

    told = {
        ("fr", 0): "💬 Je ne parle encore dans aucun groupe.",
        ("bm", 0): "💬 N tɛ kuma kulu si kɔnɔ fɔlɔ.",
        ("fr", 9): "💬 Touche les groupes qui l'auront aussi. Rien : aucun.",
        ("bm", 9): "💬 Kulu minnu bɛna a sɔrɔ fana, olu digi. N'i ma foyi digi: kulu si.",
    }[language, count]
    assert aminata.text.splitlines()[0] == told
    assert sorted(label for label in aminata.labels if "Foyer" in label) == [f"Foyer {number}" for number in range(count)]
    await aminata.types("/groupes")
    assert len([label for label in aminata.labels if "Foyer" in label]) == count


async def upload(house, kind, content=b"\xff\xd8\xff", mime="image/jpeg"):
    return house.world.store_file(kind, content, f"x.{kind}", mime).file_id


async def test_row_30_a_photo_keeps_its_words_and_formatting(people):
    file_id = await upload(people, "photo")
    photo = [{"file_id": file_id, "file_unique_id": "p", "width": 800, "height": 600}]
    await announces(people, french=None, bambara=None, photo=photo, caption="Venez nombreux",
                    caption_entities=[{"type": "bold", "offset": 0, "length": 5}])  # fmt: skip
    await sends(people)

    got = people.phone("Fanta").bot_messages[-1]
    assert got["photo"][-1]["file_id"] == file_id
    assert got["caption"] == "Venez nombreux" + SIGNED
    assert got["caption_entities"][0] == {"type": "bold", "offset": 0, "length": 5}


async def test_row_30_an_album_arrives_whole_and_once(people):
    files = [await upload(people, "photo") for _ in range(3)]
    aminata = people.phone("Aminata")
    await aminata.types("/annonces")
    await aminata.presses("➕ Nouvelle annonce")
    await aminata.sends_many(*(
        {"photo": [{"file_id": one, "file_unique_id": one, "width": 8, "height": 6}], "media_group_id": "fete",
         **({"caption": "La fête"} if at == 0 else {})} for at, one in enumerate(files)
    ))  # fmt: skip
    boards = len(copies(aminata, "📣 Ton annonce"))
    await sends(people)

    fanta = people.phone("Fanta").bot_messages
    album = [message for message in fanta if "photo" in message]
    assert boards == 1
    assert [message["photo"][-1]["file_id"] for message in album] == files
    assert len({message["media_group_id"] for message in album}) == 1
    assert fanta[-1]["text"] == "La fête" + SIGNED


@both_languages
@pytest.mark.parametrize("album", ["fete", None])
async def test_row_30_words_that_follow_pictures_join_them(people, album, language):
    files = [await upload(people, "photo") for _ in range(2 if album else 1)]
    aminata = people.phone("Aminata")
    await begins(aminata, language)
    await aminata.sends_many(*(
        {"photo": [{"file_id": one, "file_unique_id": one, "width": 8, "height": 6}], "media_group_id": album} for one in files
    ))  # fmt: skip
    hint = aminata.text.splitlines()[-1]
    await aminata.types("La fête de samedi")
    await aminata.presses_data(callbacks.PreviewAnnouncement((await only_one(people)).id).pack())
    await aminata.presses({"fr": "✅ Envoyer", "bm": "✅ A ci"}[language])
    await aminata.types("depuis quand ?")
    answered = aminata.text
    await people.passes(seconds=31)
    fanta = people.phone("Fanta")
    await fanta.look()

    assert hint == {"fr": "✏️ Tu peux encore écrire le texte.", "bm": "✏️ I bɛ se ka sɛbɛn fara a kan."}[language]
    pictures = [message["photo"][-1]["file_id"] for message in fanta.bot_messages if "photo" in message]
    assert pictures == files
    assert said(fanta)[-1].startswith("La fête de samedi\n\n")
    assert "📣" not in answered


@both_languages
@pytest.mark.parametrize(("days", "is_kept"), [(3, True), (5, False)])
async def test_row_35_what_it_says_may_be_thought_about_for_three_days(people, days, is_kept, language):
    aminata = people.phone("Aminata")
    await begins(aminata, language)
    people.simulator.clock.set(people.simulator.clock.now() + timedelta(days=days))
    await jobs.housekeeping(people.machine)
    await aminata.types(FRENCH)

    assert aminata.text.startswith({"fr": "📣 Ton annonce", "bm": "📣 I ka laseli"}[language]) is is_kept


async def test_a_caption_too_long_for_a_photo_goes_below_it(people):
    file_id = await upload(people, "photo")
    photo = [{"file_id": file_id, "file_unique_id": "p", "width": 800, "height": 600}]
    await announces(people, french=None, bambara=None, photo=photo, caption="a" * 1030)
    await sends(people)

    fanta = people.phone("Fanta").bot_messages
    assert ("photo" in fanta[-2], fanta[-1]["text"]) == (True, "a" * 1030 + SIGNED)


@both_languages
async def test_row_32_a_long_text_asks_for_a_voice_and_listeners_hear_it_first(people, language):
    voice = await upload(people, "voice", b"OggS", "audio/ogg")
    listener, word = {"fr": (people.phone("Fanta"), "mot"), "bm": (people.phone("Moussa"), "kuma")}[language]
    await people.database.transaction(
        lambda session: setattr(members.by_telegram_id(session, listener.id), "listens_first", True)
    )
    aminata = await announces(people, **{{"fr": "french", "bm": "bambara"}[language]: " ".join([word] * 61)})
    await speaks(aminata, language)
    number = (await only_one(people)).id
    await aminata.presses_data(callbacks.ShowAnnouncement(number).pack())
    helps = aminata.text
    await aminata.presses_data(callbacks.SpeakAnnouncement(number, language).pack())
    await aminata.sends(voice={"file_id": voice, "file_unique_id": "v", "duration": 61})
    too_long = aminata.text
    await aminata.sends(voice={"file_id": voice, "file_unique_id": "v", "duration": 40})
    await sends(people, language=language)

    assert {"fr": "🎙 C'est long : ajoute ta voix.", "bm": "🎙 A ka jan: i kumakan fara a kan."}[language] in helps
    assert too_long == {
        "fr": "🎙 C'est trop long : 60 secondes au plus.", "bm": "🎙 A ka jan kojugu: segɔni 60 dɔrɔn."
    }[language]  # fmt: skip
    assert listener.bot_messages[-2]["voice"]["file_id"] == voice
    assert listener.bot_messages[-1]["text"].startswith(f"{word} {word}")


async def lends_voice(house, language):
    """A voice in this language is added to the announcement; returns its file."""
    file_id, aminata = await upload(house, "voice", b"OggS", "audio/ogg"), house.phone("Aminata")
    await aminata.presses_data(callbacks.SpeakAnnouncement((await only_one(house)).id, language).pack())
    await aminata.sends(voice={"file_id": file_id, "file_unique_id": "v", "duration": 40})
    return file_id


@pytest.mark.parametrize(
    ("language", "heard"), [("bm", "🔊 Bamanankan: lamɛn."), ("fr", "🔊 Français : écoute.")]
)  # fmt: skip
async def test_row_31_where_it_is_only_spoken_the_voice_comes_first_and_the_other_text_below(people, language, heard):
    words, phone = (FRENCH, people.phone("Moussa")) if language == "bm" else (BAMBARA, people.phone("Fanta"))
    if language == "bm":
        await announces(people, bambara=None)
    else:
        await announces(people, french=BAMBARA, bambara=None)
        await people.database.transaction(
            lambda session: setattr(session.scalars(select(AnnouncementText)).one(), "language", "bm")
        )
    voice = await lends_voice(people, language)
    await sends(people)

    assert phone.bot_messages[-2]["voice"]["file_id"] == voice
    assert phone.text == f"{words}\n\n{heard}{SIGNED}"
    await phone.presses({"bm": "🔊 Lamɛn", "fr": "🔊 Écouter"}[language])
    assert phone.screen["voice"]["file_id"] == voice


async def test_row_31_a_group_hears_what_is_not_written_in_its_language(people):
    group = await people.new_group("Foyer", "Moussa", "Aminata")
    await people.adds_bot(group, by="Aminata")
    await people.phone("Aminata").look()
    await people.phone("Aminata").presses("🗣 Bamanankan")
    aminata = await announces(people, bambara=None)
    voice = await lends_voice(people, "bm")
    await aminata.presses_data(callbacks.AimAnnouncement((await only_one(people)).id, 1, "groups", str(group)).pack())
    await aminata.presses_data(callbacks.ShowAnnouncement((await only_one(people)).id).pack())
    await sends(people)
    moussa = people.phone("Moussa")
    await moussa.look(group)

    assert moussa.bot_messages[-2]["voice"]["file_id"] == voice
    assert moussa.text == FRENCH + SIGNED


@both_languages
async def test_row_32_the_voice_of_the_other_language_is_heard_under_it(people, language):
    phone, other = {"fr": (people.phone("Fanta"), "bm"), "bm": (people.phone("Moussa"), "fr")}[language]
    await announces(people)
    voice = await lends_voice(people, other)
    await sends(people)
    await phone.presses({"fr": "🔁 Français", "bm": "🔁 Bamanankan"}[other])
    await phone.presses({"fr": "🔊 Écouter", "bm": "🔊 Lamɛn"}[language])

    assert phone.screen["voice"]["file_id"] == voice


async def test_a_button_to_listen_from_before_languages_were_named_still_speaks(people):
    await announces(people)
    voice = await lends_voice(people, "fr")
    await sends(people)
    await people.phone("Fanta").presses_data(f"1:anne:{(await only_one(people)).id}")

    assert people.phone("Fanta").screen["voice"]["file_id"] == voice


# ---- once, undone, stopped
async def test_row_36_thirty_seconds_to_take_it_back(people):
    await announces(people)
    aminata = await sends(people, undo_is_over=False)
    progress = aminata.text
    await aminata.presses("↩️ Annuler l'envoi")
    await people.passes(minutes=5)
    await people.phone("Fanta").look()

    pace, (*lines, undo) = people.settings.messages_per_second * 60, progress.splitlines()
    assert lines == ["📤 Réunion samedi à 14:00 à Vi…", "✅ 0 sur 3 · ⏳ 3", f"⏱ Encore 1 min · {pace} par minute"]
    assert re.fullmatch("↩️ Encore (30|2[0-9]) secondes pour annuler.", undo)  # the clock goes on while we tap
    assert (await only_one(people)).state == "draft"
    assert not copies(people.phone("Fanta"), FRENCH)


async def stands(house, *, since, sent, waiting, until=None):
    """Let so many copies have arrived, one a second since then, and so many wait."""

    def put(session):
        number, queue = session.scalar(select(Announcement.id)), {DeliveryState.SENT: sent, DeliveryState.QUEUED: waiting}
        session.execute(delete(Delivery).where(Delivery.view == announcements.COPY))
        session.get(Announcement, number).state = "sending"
        session.add_all(Pause(chat_id=9000 + n, until=since + timedelta(days=2)) for n in range(waiting))
        session.add_all(
            Delivery(
                chat_id=9000 + n, view=announcements.COPY, subject_id=number, lane=3, values={}, state=state, created_at=since,
                not_before=until if until and state == DeliveryState.QUEUED else since, message_id=n,
                settled_at=since + timedelta(seconds=n) if state == DeliveryState.SENT else None,
            )
            for state, count in queue.items()
            for n in range(count)
        )

    await house.database.transaction(put)


@both_languages
@pytest.mark.parametrize(("slept", "shown"), [
    (None, {"fr": "⏱ Encore 3 min · 60 par minute", "bm": "⏱ Miniti 3 tora · miniti kelen kɔnɔ 60"}),
    (10, {"fr": "⏱ Fini : dim. 29/11 00:04 (Bamako sam. 28/11 23:04)",
          "bm": "⏱ A bɛ ban: kar. 29/11 00:04 (Bamakɔ sib. 28/11 23:04)"}),
])  # fmt: skip
async def test_row_36_what_is_left_is_counted_from_the_first_copy_not_from_the_hour_it_was_confirmed(
    people, slept, shown, language
):
    aminata = await announces(people)
    await aminata.presses("🕐 Quand")
    await aminata.types("samedi 14h")
    await sends(people)
    people.simulator.clock.set(datetime(2026, 11, 28, 13, 0, 0, tzinfo=UTC))
    now = people.simulator.clock.now()
    await stands(people, since=now, sent=60, waiting=181, until=now + timedelta(hours=slept, minutes=1) if slept else None)
    people.simulator.clock.set(now + timedelta(seconds=60))
    await speaks(aminata, language)
    await aminata.presses_data(callbacks.ShowAnnouncement((await only_one(people)).id).pack())

    assert aminata.text.splitlines()[2] == shown[language]


@both_languages
async def test_row_36_what_has_left_cannot_be_taken_back_and_sent_twice(people, language):
    aminata = await announces(people)
    await aminata.presses("🕐 Quand")
    await aminata.types("samedi 14h")
    people.simulator.clock.set(datetime(2026, 11, 28, 12, 59, 50, tzinfo=UTC))
    await sends(people, undo_is_over=False)
    people.simulator.clock.set(datetime(2026, 11, 28, 13, 0, 2, tzinfo=UTC))
    await people.passes(seconds=1)
    await people.passes(seconds=1)
    await speaks(aminata, language)
    await aminata.presses_data(callbacks.UndoAnnouncement((await only_one(people)).id).pack())
    await people.phone("Fanta").look()

    assert aminata.text == {"fr": "✋ Trop tard : elle est partie.", "bm": "✋ A tɛmɛna: a cira kaban."}[language]
    assert await count_of(people, DeliveryState.SENT) == 3
    assert len(copies(people.phone("Fanta"), FRENCH)) == 1


async def test_row_36_progress_then_report_in_one_message(people):
    await announces(people)
    aminata = await sends(people)
    await people.passes(seconds=11)
    await aminata.look()

    assert aminata.all_texts("📣 Réunion")[-1].splitlines()[:2] == ["📣 Réunion samedi à 14:00 à Vi…", "✅ 3 reçues sur 3"]
    assert not aminata.all_texts("📤 Réunion")


async def test_row_36_paused_and_stopped_nothing_more_leaves(people):
    await announces(people)
    aminata = await sends(people, undo_is_over=False)
    number = (await only_one(people)).id
    await aminata.presses_data(callbacks.PauseAnnouncement(number, 1).pack())
    await people.passes(minutes=2)
    paused = await count_of(people, DeliveryState.HELD)
    await aminata.presses_data(callbacks.StopAnnouncement(number).pack())
    await people.passes(minutes=2)

    assert paused == 3
    assert await count_of(people, DeliveryState.CANCELLED) == 3
    assert "❌ Fanta : arrêtée avant" in aminata.text


def crowd(house, count):
    """So many members more, in Île-de-France; returns their chats."""
    now, chats = house.simulator.clock.now(), range(20_000, 20_000 + count)
    for chat in chats:
        house.world.add_person(chat, "P", "fr").has_started = True
    house.database.run(lambda session: session.add_all(
        Member(telegram_id=chat, role="member", language="fr", place="ile_de_france", joined_at=now, agreed_at=now, seen_at=now)
        for chat in chats
    ))  # fmt: skip
    return chats


async def test_row_36_a9_stopped_on_the_way_no_more_leaves_than_was_in_flight(people):
    """At Telegram's own pace. What was taken before we answered the press has left; the report counts both."""
    chats = crowd(people, 60)
    people.machine.pacer = Pacer(per_second=30, per_chat_second=1, per_group_minute=20)
    await announces(people)
    aminata = await sends(people, undo_is_over=False)
    number, calls = (await only_one(people)).id, people.world.calls

    def taken(some):
        return [call for call in some if call["method"] == "sendMessage" and int(call["values"]["chat_id"]) in chats]

    people.simulator.clock.set(people.simulator.clock.now() + timedelta(seconds=31))
    await until(lambda: len(taken(calls)) >= 20, "a third to have it")
    stop = {"message_id": aminata.screen["message_id"], "data": callbacks.StopAnnouncement(number).pack()}
    query = (await people.post(f"/sim/phones/{aminata.id}/press", stop))["query_id"]
    await people.settled()
    await people.passes(seconds=11)
    await aminata.look()
    answered = next(at for at, call in enumerate(calls) if call["values"].get("callback_query_id") == query)
    arrived, stopped = await count_of(people, DeliveryState.SENT), await count_of(people, DeliveryState.CANCELLED)

    assert len(taken(calls[answered:])) <= people.machine.pacer.in_flight == FEWEST_IN_FLIGHT
    assert arrived + stopped == 63
    assert stopped > 20
    assert any(f"✅ {arrived} reçues sur 63" in text for text in said(aminata))  # her own copy may stand below


async def test_a8_the_tap_that_sends_delivered_twice_and_after_a_restart_sends_once(people):
    aminata = await announces(people)
    await aminata.presses("👀 Voir avant d'envoyer")
    send = aminata.screen["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    whoever = {"id": aminata.id, "is_bot": False, "first_name": "Aminata"}
    press = {"id": "77", "from": whoever, "message": aminata.screen, "chat_instance": "1", "data": send}
    for _ in range(2):
        await people.post("/sim/updates", {"update_id": 900_000, "callback_query": press})
    await people.settled()
    await people.passes(seconds=31)
    await people.close()
    await people.open()
    await people.post("/sim/updates", {"update_id": 900_000, "callback_query": press})
    await people.settled()
    await people.passes(seconds=31)
    await people.phone("Fanta").look()

    assert len(copies(people.phone("Fanta"), FRENCH)) == 1
    assert (await only_one(people)).state == "sent"


async def test_row_37_a8_ten_taps_and_two_coordinators_send_it_once(people):
    bakary = await people.new_phone("Bakary", person_id=BAKARY)
    await bakary.settles_in("Français", "🌉 Bamako")
    aminata = await announces(people)
    await aminata.presses("👀 Voir avant d'envoyer")
    send = aminata.screen["reply_markup"]["inline_keyboard"][0][0]["callback_data"]

    await asyncio.gather(*(phone.presses_data(send) for phone in (aminata, bakary) for _ in range(5)))
    await people.passes(seconds=31)
    await people.phone("Fanta").look()

    assert len(copies(people.phone("Fanta"), FRENCH)) == 1
    assert (await only_one(people)).state in ("sending", "sent")


async def speaks(phone, language):
    """Somebody goes over to a language."""
    await phone.types("/langue")
    await phone.presses({"fr": "Français", "bm": "Bamanankan"}[language])


async def begins(phone, language):
    """Somebody begins an announcement in their language."""
    await speaks(phone, language)
    await phone.types("/annonces")
    await phone.presses({"fr": "➕ Nouvelle annonce", "bm": "➕ Laseli kura"}[language])


async def two_coordinators(people, language):
    """Bakary coordinates too; both of them speak this language."""
    bakary = await people.new_phone("Bakary", person_id=BAKARY)
    await bakary.settles_in("Français", "🌉 Bamako")
    aminata = await announces(people, bambara=None)
    for phone in (aminata, bakary):
        await speaks(phone, language)
    return aminata, bakary, (await only_one(people)).id


@both_languages
async def test_row_37_what_another_has_changed_since_is_shown_before_it_goes(people, language):
    aminata, bakary, number = await two_coordinators(people, language)
    await aminata.presses_data(callbacks.PreviewAnnouncement(number).pack())
    await bakary.presses_data(callbacks.WriteAnnouncement(number, "fr").pack())
    await bakary.types("Tout autre chose.")
    send = {"fr": "✅ Envoyer", "bm": "✅ A ci"}[language]
    await aminata.presses(send)
    await people.passes(seconds=31)
    shown, state = said(aminata)[-2:], (await only_one(people)).state
    await aminata.presses(send)
    await people.passes(seconds=31)
    await people.phone("Fanta").look()

    assert state == "draft"
    assert "Tout autre chose." in shown[0]
    changed = {"fr": "✋ Quelqu'un l'a changée. Regarde encore.", "bm": "✋ Mɔgɔ dɔ y'a yɛlɛma. A lajɛ tugun."}
    assert shown[1].splitlines()[0] == changed[language]
    assert said(people.phone("Fanta"))[-1] == "Tout autre chose." + SIGNED


@both_languages
async def test_row_37_what_another_writes_meanwhile_is_not_overwritten_unseen(people, language):
    aminata, bakary, number = await two_coordinators(people, language)
    await aminata.presses_data(callbacks.WriteAnnouncement(number, "fr").pack())
    await bakary.presses_data(callbacks.WriteAnnouncement(number, "fr").pack())
    await bakary.types("Tout autre chose.")
    await aminata.types("Le mien.")
    asked = aminata.text
    kept = await text_of(people, number, "fr")
    await aminata.types("Le mien.")

    assert asked.splitlines()[0] == {
        "fr": "✋ Quelqu'un vient d'écrire : « Tout autre chose. »", "bm": "✋ Mɔgɔ dɔ ye nin sɛbɛn sisan: «Tout autre chose.»",
    }[language]  # fmt: skip
    assert kept == "Tout autre chose."
    assert await text_of(people, number, "fr") == "Le mien."


async def test_row_37_the_same_words_again_are_asked_about_once(people):
    await announces(people)
    await sends(people)
    await announces(people)
    aminata = await sends(people)
    asked = aminata.text
    await aminata.presses("📤 Encore une fois")
    await people.passes(seconds=31)
    await people.phone("Fanta").look()

    assert asked == "✋ La même annonce est déjà partie.\nEncore une fois ?"
    assert await people.database.read(lambda session: session.scalar(select(func.count()).select_from(Announcement))) == 2


@pytest.mark.parametrize(
    ("language", "asked", "anyway"),
    [("Français", "✋ Un lien mène ailleurs qu'il n'en a l'air.", "📤 Envoyer quand même"),
     ("Bamanankan", "✋ Yɔrɔ dɔ sɛbɛnna, nka a bɛ taa yɔrɔ wɛrɛ.", "📤 A ci ten")],
)  # fmt: skip
async def test_g12_a_link_that_leads_elsewhere_is_shown_and_asked_about(people, language, asked, anyway):
    words = "Le programme est sur villetaneuse.fr"
    link = {"type": "text_link", "offset": 21, "length": 15, "url": "https://evil.example/x"}
    aminata = await announces(people, french=words, bambara=None, entities=[link])
    await aminata.presses("👀 Voir avant d'envoyer")
    shown, send = aminata.text, aminata.screen["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    await aminata.types("/langue")
    await aminata.presses(language)
    await aminata.presses_data(send)
    question = aminata.text
    await people.passes(seconds=31)
    await people.phone("Fanta").look()
    before = copies(people.phone("Fanta"), words)
    await aminata.presses(anyway)
    await people.passes(seconds=31)
    await people.phone("Fanta").look()

    assert "⚠️ « villetaneuse.fr » mène à evil.example" in shown.splitlines()
    assert question.splitlines()[0] == asked
    assert "evil.example" in question
    assert before == []
    assert len(copies(people.phone("Fanta"), words)) == 1


async def test_g12_a_text_about_paying_is_pointed_out(people):
    aminata = await announces(people, french="Envoyez 10 € par Western Union", bambara=None)
    await aminata.presses("👀 Voir avant d'envoyer")

    assert aminata.text.splitlines()[-1] == "💶 Ce texte parle de payer. Est-ce voulu ?"


# ---- when
async def test_row_35_an_hour_is_typed_and_echoed_with_both_clocks(people):
    aminata = await announces(people)
    await aminata.presses("🕐 Quand")
    await aminata.types("hier 9h")
    refused = aminata.text
    await aminata.types("dimanche 28/03 2h30")
    gap = aminata.text
    await aminata.types("samedi 14h")
    echoed = aminata.text
    await sends(people)
    early = copies(people.phone("Fanta"), FRENCH)
    people.simulator.clock.set(datetime(2026, 11, 28, 13, 0, 5, tzinfo=UTC))
    await people.passes(seconds=1)
    await people.phone("Fanta").look()

    assert refused.startswith("🕐 ")
    assert gap == "🕐 Cette heure n'existe pas ce jour-là.\nL'heure change. Choisis une autre."
    assert "🕐 samedi 28 novembre 2026 à 14:00 (Bamako 13:00)" in echoed
    assert early == []
    assert copies(people.phone("Fanta"), FRENCH)


async def test_h8_an_author_who_may_no_more_does_not_send_it(people):
    bakary = await people.new_phone("Bakary", person_id=BAKARY)
    await bakary.settles_in("Français", "🌉 Bamako")
    aminata = await announces(people)
    await aminata.presses("🕐 Quand")
    await aminata.presses("🌅 Demain 09:00")
    await sends(people)
    await bakary.types("/revoquer Aminata")
    await people.passes(days=2)
    await people.phone("Fanta").look()
    await bakary.look()

    assert (await only_one(people)).state == "held"
    assert not copies(people.phone("Fanta"), FRENCH)
    assert any(text.startswith("✋ Une annonce attend un responsable :") for text in said(bakary))


@pytest.mark.parametrize("moment", ["once shown", "once confirmed"])
async def test_h4_what_its_author_edits_later_is_not_what_they_looked_at(people, moment):
    """The message it was typed in is changed in the author's own chat: what was shown leaves, word for word."""
    aminata = await announces(people, bambara="")
    typed = next(message for message in people.world.chats[aminata.id].messages.values() if message.get("text") == FRENCH)
    await aminata.presses("👀 Voir avant d'envoyer")
    if moment == "once shown":
        await aminata.edits(typed["message_id"], "Réunion annulée.")
    await aminata.presses("✅ Envoyer")
    if moment == "once confirmed":
        await aminata.edits(typed["message_id"], "Réunion annulée.")
    await people.passes(seconds=31)
    await people.phone("Fanta").look()

    assert [one["text"] for one in copies(people.phone("Fanta"), "Réunion")] == [FRENCH + SIGNED]


@both_languages
async def test_row_47_nobody_is_woken_and_a_second_one_waits(people, language):
    who, new = {"fr": ("Fanta", "Une autre"), "bm": ("Moussa", "Kibaru wɛrɛ.")}[language]
    await announces(people)
    await sends(people)
    await announces(people, french="Une autre nouvelle.", bambara="Kibaru wɛrɛ.")
    await sends(people)
    same_day = copies(people.phone(who), new)
    people.simulator.clock.set(people.simulator.clock.now() + timedelta(days=1))
    await people.passes(seconds=1)
    await people.phone(who).look()

    assert same_day == []
    assert copies(people.phone(who), new)


@pytest.mark.parametrize("is_urgent", [False, True])
async def test_row_43_at_night_only_what_is_urgent_wakes(people, is_urgent):
    people.simulator.clock.set(people.simulator.clock.now().replace(hour=22))
    aminata = await announces(people)
    if is_urgent:
        await aminata.presses("👥 Pour qui")
        await aminata.presses("🚨 C'est urgent")
        await aminata.presses("⬅️ Retour")
    await aminata.presses("👀 Voir avant d'envoyer")
    await aminata.presses("✅ Envoyer")
    asked = aminata.text
    if is_urgent:
        await aminata.presses("🚨 Envoyer maintenant")
    await people.passes(seconds=31)
    await people.phone("Fanta").look()

    assert (asked == "🚨 Cela réveille : Aminata, Fanta, Moussa") is is_urgent
    assert bool(copies(people.phone("Fanta"), FRENCH)) is is_urgent


async def is_urgent(people, aminata):
    """Make it urgent."""
    number = await people.database.read(lambda session: session.scalar(select(func.max(Announcement.id))))
    await aminata.presses_data(callbacks.ClassAnnouncement(number, 1, "news").pack())
    return number


async def asked(aminata, number, language):
    """What « send » asks first."""
    await aminata.presses_data(callbacks.PreviewAnnouncement(number).pack())
    await aminata.presses({"fr": "✅ Envoyer", "bm": "✅ A ci"}[language])
    return aminata.text


@both_languages
@pytest.mark.parametrize(("hour", "sleep"), [("3h", True), ("12h", False)])
async def test_row_43_a_scheduled_one_names_those_who_sleep_at_its_hour(people, hour, sleep, language):
    aminata = await announces(people)
    number = await is_urgent(people, aminata)
    await aminata.presses_data(callbacks.TimeAnnouncement(number, "ask").pack())
    await aminata.types(f"demain {hour}")
    await speaks(aminata, language)

    assert await asked(aminata, number, language) == {
        ("fr", True): "🚨 Cela réveille : Aminata, Fanta, Moussa", ("fr", False): "🚨 Personne ne dort à cette heure-là.",
        ("bm", True): "🚨 A bɛna ninnu kunun: Aminata, Fanta, Moussa", ("bm", False): "🚨 Mɔgɔ si tɛ sunɔgɔ la o waati la.",
    }[language, sleep]  # fmt: skip


@both_languages
async def test_row_43_whoever_else_is_woken_is_counted(people, language):
    people.simulator.clock.set(people.simulator.clock.now().replace(hour=22))

    def nine_more(session):
        for n in range(9):
            one = members.arrive(session, 5000 + n, now=MORNING)
            one.first_name, one.role, one.place, one.agreed_at = f"Demba {n}", "member", "bamako", MORNING

    await people.database.transaction(nine_more)
    aminata = await announces(people)
    number = await is_urgent(people, aminata)
    await speaks(aminata, language)

    said_ = await asked(aminata, number, language)
    assert said_.endswith({"fr": "Demba 8 et 2 autres", "bm": "Demba 8 ani mɔgɔ 2 wɛrɛ"}[language])


@both_languages
async def test_row_43_one_that_was_held_wakes_nobody_on_one_tap(people, language):
    bakary = await people.new_phone("Bakary", person_id=BAKARY)
    await bakary.settles_in("Français", "🌉 Bamako")
    aminata = await announces(people)
    number = await is_urgent(people, aminata)
    await aminata.presses_data(callbacks.TimeAnnouncement(number, "ask").pack())
    await aminata.types("demain 9h")
    await asked(aminata, number, "fr")
    await aminata.presses("📤 Envoyer quand même")
    await bakary.types("/revoquer Aminata")
    people.simulator.clock.set(people.simulator.clock.now().replace(hour=23))
    await speaks(bakary, language)
    question = await asked(bakary, number, language)

    assert question.startswith({"fr": "🚨 Cela réveille : ", "bm": "🚨 A bɛna ninnu kunun: "}[language])
    assert (await only_one(people)).state == "held"


@both_languages
async def test_row_37_the_same_urgent_words_are_asked_about_as_well(people, language):
    for _ in range(2):
        aminata = await announces(people)
        number = await is_urgent(people, aminata)
        await speaks(aminata, language)
        question = await asked(aminata, number, language)
        await aminata.presses({"fr": "🚨 Envoyer maintenant", "bm": "🚨 A ci sisan"}[language])
        await people.passes(seconds=31)
        await speaks(aminata, "fr")

    assert question.splitlines()[1:] == {
        "fr": ["✋ La même annonce est déjà partie.", "Encore une fois ?"],
        "bm": ["✋ O laseli kelen cira kaban.", "A ka ci tugun wa?"],
    }[language]


# ---- afterwards
async def test_row_38_b12_the_report_names_who_was_not_reached(people):
    await people.phone("Moussa").blocks()
    await people.settled()
    await announces(people)
    aminata = await sends(people)
    await people.passes(seconds=11)
    await aminata.look()
    report = aminata.all_texts("📣 Réunion")[-1].splitlines()

    assert report[1:] == ["✅ 2 reçues sur 3", "Bamako 1 · Île-de-France 1", "Français 2", "👍 0 vues · ❓ 0 questions",
                          "❌ Moussa : ne veut plus mes messages"]  # fmt: skip


@both_languages
async def test_row_38_the_reasons_are_plain_and_the_sums_hold_with_a_group(people, language):
    group = await people.new_group("Foyer", "Moussa", "Aminata")
    await people.adds_bot(group, by="Aminata")
    aminata, fanta, moussa = (people.phone(name) for name in ("Aminata", "Fanta", "Moussa"))
    await aminata.look()
    await aminata.presses("🗣 Toutes les langues")
    people.simulator.clock.set(people.simulator.clock.now().replace(hour=22))
    await announces(people)
    number = (await only_one(people)).id
    await aminata.presses_data(callbacks.AimAnnouncement(number, 1, "groups", str(group)).pack())
    await sends(people)
    await fanta.types("stop")
    await people.post("/sim/faults", {
        "kind": "status", "code": 403, "method": "sendMessage", "chat_id": moussa.id,
        "description": "Forbidden: bot can't initiate conversation with a user",
    })  # fmt: skip
    await people.passes(hours=11)
    await people.passes(seconds=11)
    await speaks(aminata, language)
    await aminata.presses_data(callbacks.ShowAnnouncement(number).pack())

    assert aminata.text.splitlines()[1:] == {
        "fr": ["✅ 2 reçues sur 4", "Île-de-France 1 · 1 groupe", "Français 1 · 1 groupe", "👍 0 vues · ❓ 0 questions",
               "❌ Fanta : ne veut plus mes messages", "❌ Moussa : n'est pas encore venu"],
        "bm": ["✅ 4 la, 2 sera", "Île-de-France 1 · kulu 1", "Bamanankan 1 · kulu 1", "👍 0 y'a ye · ❓ ɲininkali 0",
               "❌ Fanta: a t'a fɛ n ka cikan ci a ma tugun", "❌ Moussa: a ma na fɔlɔ"],
    }[language]  # fmt: skip


async def missed_and_back(people):
    """Moussa had blocked the bot when it went out, and is back."""
    moussa = people.phone("Moussa")
    await moussa.blocks()
    await people.settled()
    await announces(people)
    aminata = await sends(people)
    await people.passes(seconds=11)
    await moussa.types("/start")
    return aminata, moussa


async def test_row_39_resent_to_those_it_did_not_reach_and_nobody_else(people):
    aminata, moussa = await missed_and_back(people)
    await aminata.look()

    await aminata.presses("📤 Renvoyer")
    await people.passes(seconds=1)
    for phone in (moussa, people.phone("Fanta")):
        await phone.look()

    assert (len(copies(moussa, BAMBARA)), len(copies(people.phone("Fanta"), FRENCH))) == (1, 1)


async def test_row_40_a10_a_correction_changes_every_copy_in_place(people):
    await announces(people)
    aminata = await sends(people)
    before = [copies(people.phone(name), start)[0]["message_id"] for name, start in (("Moussa", BAMBARA), ("Fanta", FRENCH))]
    number = (await only_one(people)).id
    await aminata.presses_data(callbacks.CorrectAnnouncement(number, "fr").pack())
    await aminata.types("Réunion dimanche à 15:00.")
    await people.settled()
    fanta, moussa = people.phone("Fanta"), people.phone("Moussa")
    await fanta.look()
    await moussa.look()

    now = next(message for message in fanta.bot_messages if message["message_id"] == before[1])
    assert now["text"] == "Réunion dimanche à 15:00.\n\n✏️ Corrigé : lundi 23 novembre 2026" + SIGNED
    assert next(m for m in moussa.bot_messages if m["message_id"] == before[0])["text"].startswith(BAMBARA)
    assert len(copies(fanta, "Réunion")) == 1


async def corrects(house, language, words, **fields):
    """Say something else in a language; everything has come to rest, and all have looked."""
    aminata, number = house.phone("Aminata"), (await only_one(house)).id
    await aminata.presses_data(callbacks.CorrectAnnouncement(number, language).pack())
    await (aminata.sends(**fields) if fields else aminata.types(words))
    for name in ("Moussa", "Fanta", "Aminata"):
        await house.phone(name).look()
    return aminata


@both_languages
async def test_row_40_one_language_is_corrected_and_the_other_asked_about(people, language):
    other = {"fr": "bm", "bm": "fr"}[language]
    await announces(people)
    await sends(people)
    await people.phone("Fanta").presses("👍 Vu")
    await people.phone("Moussa").presses("👍 N y'a ye")
    aminata = await corrects(people, language, "12:00.")
    asked, labels = aminata.text, aminata.labels
    await aminata.presses(labels[1])
    await aminata.types("13:00.")
    await people.settled()
    await people.phone("Moussa").look()
    both, name = aminata.text, {"fr": "Français", "bm": "Bamanankan"}
    told = aminata.labels
    await aminata.presses("🔔 Prévenir (2)")
    for phone in (people.phone("Moussa"), people.phone("Fanta")):
        await phone.look()

    said_now = {"fr": said(people.phone("Fanta"))[-1], "bm": said(people.phone("Moussa"))[-1]}
    assert asked == f"✏️ {name[language]} : c'est corrigé partout.\n🗣 Et en {name[other]} ?"
    assert labels == ["🔔 Prévenir (1)", f"✏️ {name[other]}", "⬅️ Retour"]
    assert both == f"✏️ {name[other]} : c'est corrigé partout."
    assert told == ["🔔 Prévenir (2)", "⬅️ Retour"]
    assert said_now[language].endswith("12:00.")
    assert said_now[other].endswith("13:00.")


@both_languages
async def test_row_40_who_reads_the_other_language_keeps_a_copy_without_a_mark_and_is_told_nothing(people, language):
    words = {"fr": FRENCH, "bm": BAMBARA}
    reader, other = (("Fanta", "Moussa") if language == "fr" else ("Moussa", "Fanta"))
    await announces(people)
    await sends(people)
    await people.phone("Fanta").presses("👍 Vu")
    await people.phone("Moussa").presses("👍 N y'a ye")
    aminata = await corrects(people, language, "12:00.")
    await aminata.presses("🔔 Prévenir (1)")
    await people.phone(reader).look()
    await people.phone(other).look()

    theirs = words[{"fr": "bm", "bm": "fr"}[language]]
    assert said(people.phone(other))[-1] == theirs + SIGNED
    assert words[language] in said(people.phone(reader))[-1]
    assert copies(people.phone(reader), "12:00.")


@pytest.mark.parametrize(("speaks", "too_long", "missing", "only_words"), [
    ("Français", "✂️ Trop long de {} lettres : Français.", "✏️ Il manque le texte. Envoie-le avec la photo.",
     "✏️ Ici, seul le texte peut changer."),
    ("Bamanankan", "✂️ Français: a ka jan kojugu. Siginiden {} bɔ a la.", "✏️ Sɛbɛn tɛ yen. A n'a ja ci ɲɔgɔn fɛ.",
     "✏️ Yan, sɛbɛn dɔrɔn bɛ se ka yɛlɛma."),
])  # fmt: skip
async def test_row_40_what_no_copy_could_take_is_refused_and_nothing_changes(people, speaks, too_long, missing, only_words):
    files = [await upload(people, "photo") for _ in range(2)]
    await announces(people, french=None, bambara=None, caption="Venez nombreux", **sent_file("photo", files[0]))
    await sends(people)
    await people.phone("Aminata").types("/langue")
    await people.phone("Aminata").presses(speaks)
    aminata = await corrects(people, "fr", "Nouveau texte " * 80)
    refused = aminata.text
    await aminata.sends(**sent_file("photo", files[1]))
    wordless = aminata.text
    await aminata.sends(caption="Autre", media_group_id="fete", **sent_file("photo", files[1]))
    several, before = aminata.text, said(people.phone("Fanta"))[-1]
    await aminata.sends(caption="Dimanche", **sent_file("photo", files[1]))
    await people.phone("Fanta").look()

    after = people.phone("Fanta").screen
    over = utf16("Nouveau texte " * 80 + "\n\n✏️ Corrigé : lundi 23 novembre 2026" + SIGNED) - 1024
    assert refused == too_long.format(over)
    assert (wordless, several, before) == (missing, only_words, "Venez nombreux" + SIGNED)
    assert (after["photo"][-1]["file_id"], after["caption"].splitlines()[0]) == (files[1], "Dimanche")


async def test_row_40_a_picture_that_comes_later_bears_its_words_or_is_refused(people):
    file_id = await upload(people, "photo")
    await announces(people, bambara=None)
    await sends(people)
    aminata = await corrects(people, "fr", "", caption="a" * 1020, **sent_file("photo", file_id))
    refused, before = aminata.text, people.phone("Fanta").screen
    await aminata.sends(caption="Dimanche", **sent_file("photo", file_id))
    await people.phone("Fanta").look()
    after = people.phone("Fanta").screen

    assert refused.startswith("✂️ Trop long de ")
    assert ("photo" in before, before["text"]) == (False, FRENCH + SIGNED)
    assert (after["photo"][-1]["file_id"], after["caption"].splitlines()[0]) == (file_id, "Dimanche")
    assert after["message_id"] == before["message_id"]


async def test_row_40_a_text_below_its_picture_is_corrected_where_it_stands(people):
    file_id = await upload(people, "photo")
    await announces(people, french=None, bambara=None, caption="a" * 1030, **sent_file("photo", file_id))
    await sends(people)
    await corrects(people, "fr", "Dimanche.")

    got = people.phone("Fanta").bot_messages[-2:]
    assert ["photo" in one for one in got] == [True, False]
    assert got[1]["text"].startswith("Dimanche.")


@pytest.mark.parametrize(
    ("speaks", "refused"),
    [("Français", "✂️ Trop long de 14 lettres : Français."),
     ("Bamanankan", "✂️ Français: a ka jan kojugu. Siginiden 14 bɔ a la.")],
)  # fmt: skip
async def test_a_text_too_long_with_its_signature_is_asked_for_again(people, speaks, refused):
    aminata = people.phone("Aminata")
    await aminata.types("/annonces")
    await aminata.presses("➕ Nouvelle annonce")
    await people.database.transaction(
        lambda session: setattr(members.by_telegram_id(session, aminata.id), "language", {"Français": "fr"}.get(speaks, "bm"))
    )
    await aminata.types("a" * 4090)
    told = aminata.text
    await aminata.types("a" * 4070)

    assert told == refused
    assert aminata.text.startswith({"Français": "📣 Ton annonce", "Bamanankan": "📣 I ka laseli"}[speaks])


async def test_two_languages_too_long_for_a_group_are_told_and_not_sent(people):
    group = await people.new_group("Foyer", "Moussa", "Aminata")
    await people.adds_bot(group, by="Aminata")
    await people.phone("Aminata").look()
    await people.phone("Aminata").presses("🗣 Toutes les langues")
    aminata = await announces(people, french="a" * 2500, bambara="ɛ" * 2500)
    number = (await only_one(people)).id
    fits = aminata.text
    await aminata.presses_data(callbacks.AimAnnouncement(number, 1, "groups", str(group)).pack())
    await aminata.presses_data(callbacks.ShowAnnouncement(number).pack())
    board = aminata.text.splitlines()[-1]
    await aminata.presses("👀 Voir avant d'envoyer")
    looked = aminata.text
    await aminata.presses_data(callbacks.SendAnnouncement(number, 0, "").pack())

    over = f"✂️ Trop long de {5000 + 2 + utf16(SIGNED) - 4096} lettres : Foyer."
    assert "✂️" not in fits
    assert (board, looked, aminata.text) == (over, over, over)
    assert (await only_one(people)).state == "draft"


async def test_a_caption_is_measured_as_telegram_does_and_said_to_go_below(people):
    file_id = await upload(people, "photo")
    await announces(people, french=None, bambara=None, caption="🎉" * 508, **sent_file("photo", file_id))
    board = people.phone("Aminata").text.splitlines()
    await sends(people)

    fanta = people.phone("Fanta")
    assert board[-1] == "📷 Le texte viendra sous la photo."
    assert ("photo" in fanta.bot_messages[-2], fanta.text) == (True, "🎉" * 508 + SIGNED)


@both_languages
async def test_row_40_a_corrected_text_loses_its_voice_until_it_is_said_anew(people, language):
    phone, name = {"fr": (people.phone("Fanta"), "Français"), "bm": (people.phone("Moussa"), "Bamanankan")}[language]
    listen = {"fr": "🔊 Écouter", "bm": "🔊 Lamɛn"}[language]
    await announces(people)
    await lends_voice(people, language)
    await sends(people)
    aminata = await corrects(people, language, "12:00.")
    asked, silent = aminata.text.splitlines()[1], phone.labels
    await aminata.presses(f"🎙 {name}")
    file_id = await upload(people, "voice", b"OggSnew", "audio/ogg")
    await aminata.sends(voice={"file_id": file_id, "file_unique_id": "w", "duration": 20})
    report = aminata.text
    await phone.look()
    spoken = phone.labels
    await phone.presses(listen)

    assert asked == "🎙 La voix disait l'ancien texte : redis-la."
    assert (listen in silent, listen in spoken) == (False, True)
    assert "✅ 3 sur 3" in report
    assert phone.screen["voice"]["file_id"] == file_id


async def test_the_board_after_a_correction_in_bambara(people):
    await announces(people)
    await lends_voice(people, "fr")
    await sends(people)
    await people.phone("Fanta").presses("👍 Vu")
    await people.phone("Aminata").types("/langue")
    await people.phone("Aminata").presses("Bamanankan")
    aminata = await corrects(people, "fr", "12:00.")

    assert aminata.text.splitlines() == [
        "✏️ Français: a latilenna yɔrɔ bɛɛ.", "🎙 Kumakan tun bɛ sɛbɛn kɔrɔ fɔ: a fɔ tugun.", "🗣 Ni Bamanankan fana?"
    ]  # fmt: skip
    assert aminata.labels == ["🔔 A fɔ u ye (1)", "🎙 Français", "✏️ Bamanankan", "⬅️ Segin kɔ"]


@both_languages
async def test_row_40_and_41_what_was_read_once_more_is_corrected_and_withdrawn_too(people, language):
    phone = people.phone({"fr": "Fanta", "bm": "Moussa"}[language])
    listed = {"fr": "📣 Réunion samedi à 14:00 à Vi…", "bm": "📣 Ɲɔgɔnye bɛ kɛ sibiri, 14:00…"}[language]
    other = {"fr": ("🔁 Bamanankan", BAMBARA), "bm": ("🔁 Français", FRENCH)}[language]
    await announces(people)
    await sends(people)
    number = (await only_one(people)).id
    await phone.presses(other[0])
    in_other = phone.text
    await phone.types("/annonces")
    await phone.presses(listed)
    await phone.types(f"/start s-a{number}")
    aminata = await corrects(people, language, "12:00.")
    corrected = copies(phone, "12:00.")
    old = copies(phone, other[1])
    await people.passes(days=3)
    await aminata.presses_data(callbacks.WithdrawAnnouncement(number, 1).pack())
    await people.settled()
    await phone.look()

    assert in_other == other[1] + SIGNED
    assert (len(corrected), len(old)) == (3, 1)
    gone = {"fr": "🗑 Annonce retirée.", "bm": "🗑 Laseli bɔra yen."}[language]
    assert len(copies(phone, gone)) == 4
    assert not copies(phone, "12:00.") + copies(phone, other[1])


async def test_once_withdrawn_nobody_is_reminded_or_told_anew(people):
    await announces(people)
    await sends(people)
    fanta, number = people.phone("Fanta"), (await only_one(people)).id
    await fanta.presses("👍 Vu")
    aminata = await corrects(people, "fr", "12:00.")
    tell = callbacks.TellAnew(number).pack()
    people.simulator.clock.set(people.simulator.clock.now().replace(hour=22))
    await aminata.presses_data(tell)
    await aminata.presses_data(callbacks.NudgeAnnouncement(number).pack())
    await aminata.presses_data(callbacks.WithdrawAnnouncement(number, 1).pack())
    await people.passes(hours=12)
    refused = []
    for press in (tell, callbacks.NudgeAnnouncement(number).pack()):
        await aminata.presses_data(press)
        refused.append(aminata.text)
    await people.passes(seconds=5)
    for name in ("Fanta", "Moussa"):
        await people.phone(name).look()

    heard = [text for name in ("Fanta", "Moussa") for text in said(people.phone(name)) if text.startswith(("🔔", "✏️"))]
    assert (heard, refused) == ([], ["✋ C'est fini."] * 2)


async def test_row_41_what_told_it_anew_says_that_it_was_withdrawn(people):
    await announces(people)
    await sends(people)
    fanta = people.phone("Fanta")
    await fanta.presses("👍 Vu")
    aminata = await corrects(people, "fr", "12:00.")
    await aminata.presses("🔔 Prévenir (1)")
    await fanta.look()
    told = copies(fanta, "✏️ Attention")
    await people.passes(days=3)
    await aminata.presses_data(callbacks.WithdrawAnnouncement((await only_one(people)).id, 1).pack())
    await people.settled()
    await fanta.look()

    assert (len(told), copies(fanta, "✏️ Attention"), len(copies(fanta, "🗑 Annonce retirée."))) == (1, [], 2)


async def test_row_42_two_long_texts_are_told_shortened(people):
    await announces(people, french="<é> " * 800, bambara=None)
    await sends(people)
    await people.phone("Fanta").presses("👍 Vu")
    aminata = await corrects(people, "fr", "à " * 1500)
    await aminata.presses("🔔 Prévenir (1)")
    await people.phone("Fanta").look()

    told = said(people.phone("Fanta"))[-1]
    assert told.startswith("✏️ Attention, cela change.\n\nAvant : <é> <é>")
    assert ("Maintenant : à à" in told, "…" in told, len(told) < 4096) == (True, True, True)


async def test_row_40_a10_what_is_still_queued_leaves_in_the_new_form_only(people):
    people.simulator.clock.set(people.simulator.clock.now().replace(hour=22))
    await announces(people)
    aminata = await sends(people)
    number = (await only_one(people)).id
    await aminata.presses_data(callbacks.CorrectAnnouncement(number, "fr").pack())
    await aminata.types("Réunion annulée.")
    await people.passes(hours=11)
    await people.phone("Fanta").look()

    assert [message["text"] for message in copies(people.phone("Fanta"), "Réunion")] == [
        "Réunion annulée.\n\n✏️ Corrigé : lundi 23 novembre 2026" + SIGNED
    ]


async def test_row_40_a10_corrected_half_way_those_who_have_it_see_it_change_and_the_others_get_the_new_one_alone(people):
    """Demba has it; Fanta's phone is silenced for five minutes, and her copy waits."""
    await let_in(people, "Demba")
    fanta, demba = people.phone("Fanta"), people.phone("Demba")
    await people.post("/sim/faults", {
        "kind": "status", "code": 429, "method": "sendMessage", "chat_id": fanta.id, "parameters": {"retry_after": 300},
    })  # fmt: skip
    await announces(people)
    aminata = await sends(people)
    await demba.look()
    had = [message["message_id"] for message in copies(demba, FRENCH)]
    await aminata.presses_data(callbacks.CorrectAnnouncement((await only_one(people)).id, "fr").pack())
    await aminata.types("Réunion dimanche à 15:00.")
    await people.passes(minutes=6)
    for phone in (fanta, demba):
        await phone.look()
    edits = [call for call in people.calls("editMessageText") if call["values"].get("message_id") in (had[0], str(had[0]))]

    new = "Réunion dimanche à 15:00.\n\n✏️ Corrigé : lundi 23 novembre 2026" + SIGNED
    assert [(one["message_id"], one["text"]) for one in copies(demba, "Réunion")] == [(had[0], new)]
    assert [one["text"] for one in copies(fanta, "Réunion")] == [new]
    assert len([call for call in edits if call["values"]["chat_id"] in (demba.id, str(demba.id))]) == 1
    assert not [call for call in people.calls("sendMessage") if FRENCH in call["values"]["text"] and "result" in call
                and call["values"]["chat_id"] in (fanta.id, str(fanta.id))]  # fmt: skip


async def months_pass(house, days):
    house.simulator.clock.set(house.simulator.clock.now() + timedelta(days=days))
    await jobs.housekeeping(house.machine)


async def test_row_40_and_41_months_later_it_is_still_listed_corrected_and_withdrawn(people):
    await announces(people)
    aminata = await sends(people)
    number, fanta, moussa = (await only_one(people)).id, people.phone("Fanta"), people.phone("Moussa")
    await months_pass(people, 200)
    await fanta.types("/annonces")
    await moussa.types("/annonces")
    listed = fanta.labels[0], moussa.labels[0]
    await aminata.presses_data(callbacks.CorrectAnnouncement(number, "fr").pack())
    await aminata.types("Réunion annulée.")
    await people.settled()
    await fanta.look()
    corrected = copies(fanta, "Réunion annulée.")
    await aminata.presses_data(callbacks.WithdrawAnnouncement(number, 1).pack())
    await people.settled()
    await fanta.look()

    assert listed == ("📣 Réunion samedi à 14:00 à Vi…", "📣 Ɲɔgɔnye bɛ kɛ sibiri, 14:00…")
    assert (len(corrected), copies(fanta, FRENCH)) == (1, [])
    assert "🗑 0 effacées, 3 marquées « retirée »." in said(aminata)
    assert len(copies(fanta, "🗑 Annonce retirée.")) == 1


async def test_who_got_an_announcement_is_forgotten_after_two_years(people):
    await announces(people)
    await sends(people)
    await months_pass(people, 729)
    kept = await count_of(people, DeliveryState.SENT)
    await months_pass(people, 2)

    assert (kept, await count_of(people, DeliveryState.SENT)) == (3, 0)


def sent_file(kind, file_id):
    fields = {"photo": {"width": 8, "height": 6}, "video": {"width": 1, "height": 1, "duration": 1}, "voice": {"duration": 5},
              "document": {"file_name": "x.pdf"}, "audio": {"duration": 5}}[kind]  # fmt: skip
    file = {"file_id": file_id, "file_unique_id": file_id, **fields}
    return {kind: [file] if kind == "photo" else file}


@both_languages
@pytest.mark.parametrize("kind", ["photo", "video", "document", "voice", "audio"])
async def test_row_41_an_old_copy_of_any_kind_says_that_it_was_withdrawn(people, kind, language):
    file_id = await upload(people, kind, mime={"photo": "image/jpeg", "voice": "audio/ogg"}.get(kind, "application/pdf"))
    await announces(people, french=None, bambara=None, caption="Venez nombreux", **sent_file(kind, file_id))
    aminata = await sends(people)
    people.simulator.clock.set(people.simulator.clock.now() + timedelta(days=3))
    await aminata.presses_data(callbacks.WithdrawAnnouncement((await only_one(people)).id, 1).pack())
    await people.settled()
    phone = people.phone({"fr": "Fanta", "bm": "Moussa"}[language])
    await phone.look()

    assert said(phone)[-1] == {"fr": "🗑 Annonce retirée.", "bm": "🗑 Laseli bɔra yen."}[language]
    assert "reply_markup" not in phone.screen
    assert not copies(phone, "Venez")


async def test_row_41_every_picture_of_an_old_album_says_that_it_was_withdrawn(people):
    files = [await upload(people, "photo") for _ in range(3)]
    aminata = people.phone("Aminata")
    await aminata.types("/annonces")
    await aminata.presses("➕ Nouvelle annonce")
    await aminata.sends_many(*({**sent_file("photo", one), "media_group_id": "fete"} for one in files))
    await sends(people)
    people.simulator.clock.set(people.simulator.clock.now() + timedelta(days=3))
    await aminata.presses_data(callbacks.WithdrawAnnouncement((await only_one(people)).id, 1).pack())
    await people.settled()
    fanta = people.phone("Fanta")
    await fanta.look()

    assert said(fanta)[-4:] == ["🗑 Annonce retirée."] * 4


@pytest.mark.parametrize(("days", "left"), [(0, 0), (3, 1)])
async def test_row_41_withdrawn_it_is_gone_or_says_so(people, days, left):
    await announces(people)
    aminata = await sends(people)
    people.simulator.clock.set(people.simulator.clock.now() + timedelta(days=days))
    announcement = await only_one(people)
    await aminata.presses_data(callbacks.WithdrawAnnouncement(announcement.id, 0).pack(), announcement.progress_message_id)
    await aminata.presses("🗑 Oui, retirer partout")
    await aminata.look()
    await people.phone("Fanta").look()

    assert not copies(people.phone("Fanta"), FRENCH)
    assert len(copies(people.phone("Fanta"), "🗑 Annonce retirée.")) == left
    assert f"🗑 {0 if days else 3} effacées, {3 if days else 0} marquées « retirée »." in said(aminata)


async def test_row_42_those_who_relied_on_it_are_told_anew(people):
    await announces(people)
    aminata = await sends(people)
    fanta = people.phone("Fanta")
    await fanta.presses("👍 Vu")
    number = (await only_one(people)).id
    await aminata.presses_data(callbacks.CorrectAnnouncement(number, "fr").pack())
    await aminata.types("Réunion dimanche.")
    await aminata.presses("🔔 Prévenir (1)")
    await people.settled()
    await fanta.look()
    await people.phone("Moussa").look()

    assert said(fanta)[-1] == f"✏️ Attention, cela change.\n\nAvant : {FRENCH}\n\nMaintenant : Réunion dimanche."
    assert not copies(people.phone("Moussa"), "✏️ ")


@both_languages
async def test_row_44_seen_is_counted_and_the_others_are_reminded_once(people, language):
    who, other = ("Fanta", "Moussa") if language == "fr" else ("Moussa", "Fanta")
    await announces(people)
    aminata = await sends(people)
    await people.phone(who).presses({"fr": "👍 Vu", "bm": "👍 N y'a ye"}[language])
    await people.phone(who).presses({"fr": "👍 Vu", "bm": "👍 N y'a ye"}[language])
    number = (await only_one(people)).id
    for _ in range(2):
        await aminata.presses_data(callbacks.NudgeAnnouncement(number).pack())
    await people.settled()
    for name in (who, other):
        await people.phone(name).look()

    nudges = [sum(text.startswith("🔔 ") for text in said(people.phone(name))) for name in (who, other)]
    assert nudges == [0, 1]
    found = await people.database.read(lambda session: announced.report(session, session.scalars(select(Announcement)).one()))
    assert found.seen == 1


def clock_at(house, **hour):
    house.simulator.clock.set(house.simulator.clock.now().replace(**hour))


async def copies_by_morning(house, phone, start):
    """Return how many copies somebody has at night, and once it is day."""
    await house.passes(seconds=40)
    await phone.look()
    by_night = len(copies(phone, start))
    await house.passes(hours=11)
    await phone.look()
    return by_night, len(copies(phone, start))


async def test_row_47_what_is_sent_again_by_night_waits_for_the_morning(people):
    aminata, moussa = await missed_and_back(people)
    clock_at(people, hour=23)
    await aminata.presses_data(callbacks.ResendAnnouncement((await only_one(people)).id).pack())

    assert await copies_by_morning(people, moussa, BAMBARA) == (0, 1)


@pytest.mark.parametrize(("is_urgent", "got"), [(False, (0, 1)), (True, (1, 1))])
async def test_row_47_what_goes_on_by_night_waits_for_the_morning(people, is_urgent, got):
    await announces(people)
    aminata = await sends(people, undo_is_over=False)
    number = (await only_one(people)).id
    await aminata.presses_data(callbacks.PauseAnnouncement(number, 1).pack())
    clock_at(people, hour=23)
    await people.database.transaction(lambda session: setattr(session.get(Announcement, number), "is_urgent", is_urgent))
    await aminata.presses_data(callbacks.PauseAnnouncement(number, 0).pack())

    assert await copies_by_morning(people, people.phone("Fanta"), FRENCH) == got


async def test_row_47_what_was_late_because_we_were_away_waits_for_the_morning(people):
    await announces(people)
    await sends(people, undo_is_over=False)
    await people.close()
    clock_at(people, hour=23)
    await people.open()
    await people.settled()

    assert await copies_by_morning(people, people.phone("Fanta"), FRENCH) == (0, 1)


@pytest.mark.parametrize("way", ["stop", "mute", "demotion"])
async def test_row_39_who_has_said_stop_or_left_since_is_not_sent_it_again(people, way):
    bakary = await people.new_phone("Bakary", person_id=BAKARY)
    await bakary.settles_in("Français", "🌉 Bamako")
    people.simulator.clock.set(people.simulator.clock.now().replace(hour=22))
    await announces(people)
    aminata = await sends(people)
    fanta, moussa = people.phone("Fanta"), people.phone("Moussa")
    number = (await only_one(people)).id
    if way == "stop":
        await fanta.types("stop")
    await aminata.presses_data(callbacks.StopAnnouncement(number).pack())
    await people.database.transaction(lambda session: _leaves(session, fanta.id, way))
    await people.passes(hours=11)
    await aminata.presses_data(callbacks.ResendAnnouncement(number).pack())
    await people.passes(seconds=5)
    for phone in (fanta, moussa):
        await phone.look()

    assert (len(copies(fanta, FRENCH)), len(copies(moussa, BAMBARA))) == (0, 1)


def _leaves(session, telegram_id, way):
    member = members.by_telegram_id(session, telegram_id)
    if way == "mute":
        members.hear(session, member, "news", is_wanted=False, now=MORNING)
    elif way == "demotion":
        member.role = "visitor"


async def test_j8_stop_drops_what_is_held_back(people):
    await announces(people)
    aminata = await sends(people, undo_is_over=False)
    number = (await only_one(people)).id
    await aminata.presses_data(callbacks.PauseAnnouncement(number, 1).pack())
    await people.phone("Fanta").types("stop")
    await aminata.presses_data(callbacks.PauseAnnouncement(number, 0).pack())
    await people.passes(seconds=40)
    for name in ("Fanta", "Moussa"):
        await people.phone(name).look()

    assert not copies(people.phone("Fanta"), FRENCH)
    assert copies(people.phone("Moussa"), BAMBARA)


async def test_row_39_what_perhaps_arrived_is_not_sent_again(people):
    await announces(people)
    aminata = await sends(people)
    await people.passes(seconds=11)
    fanta = people.phone("Fanta").id
    parked = update(Delivery).where(Delivery.view == announcements.COPY, Delivery.chat_id == fanta)
    await people.database.transaction(
        lambda session: session.execute(parked.values(state=DeliveryState.PARKED, reason="in doubt twice"))
    )
    await aminata.presses_data(callbacks.ResendAnnouncement((await only_one(people)).id).pack())

    assert aminata.text == "📤 0 personne de plus."
    assert await count_of(people, DeliveryState.PARKED) == 1


@both_languages
async def test_row_44_the_report_counts_live_and_leaves_the_screen_that_took_its_place(people, language):
    who = people.phone({"fr": "Fanta", "bm": "Moussa"}[language])
    await announces(people)
    aminata = people.phone("Aminata")
    await speaks(aminata, language)
    number = (await only_one(people)).id
    await aminata.presses_data(callbacks.PreviewAnnouncement(number).pack())
    await aminata.presses({"fr": "👍 Vu", "bm": "👍 N y'a ye"}[language])
    await aminata.presses({"fr": "✅ Envoyer", "bm": "✅ A ci"}[language])
    report = aminata.screen["message_id"]
    for _ in range(2):
        await people.passes(seconds=31)
    await aminata.look()
    before = text_under(aminata, report)
    await who.look()
    await who.presses({"fr": "👍 Vu", "bm": "👍 N y'a ye"}[language])
    await people.passes(seconds=11)
    await aminata.look()
    after = text_under(aminata, report)
    await aminata.presses_data(callbacks.Open("home").pack(), report)
    await people.phone({"fr": "Moussa", "bm": "Fanta"}[language]).look()
    await people.phone({"fr": "Moussa", "bm": "Fanta"}[language]).presses({"bm": "👍 Vu", "fr": "👍 N y'a ye"}[language])
    await people.passes(seconds=11)
    await aminata.look()

    counted = {"fr": "👍 {} vues · ❓ 0 questions", "bm": "👍 {} y'a ye · ❓ ɲininkali 0"}[language]
    assert (counted.format(0) in before, counted.format(1) in after) == (True, True)
    assert "👍" not in text_under(aminata, report)


async def test_all_that_is_done_with_an_announcement_stands_in_the_journal(people):
    aminata = await announces(people)
    number = (await only_one(people)).id
    await sends(people, undo_is_over=False)
    for press in (callbacks.PauseAnnouncement(number, 1), callbacks.PauseAnnouncement(number, 0)):
        await aminata.presses_data(press.pack())
    await people.passes(seconds=31)
    await aminata.presses_data(callbacks.CorrectAnnouncement(number, "fr").pack())
    await aminata.types("Réunion dimanche.")
    for kind in (callbacks.NudgeAnnouncement, callbacks.TellAnew, callbacks.RepeatAnnouncement):
        await aminata.presses_data(kind(number).pack())

    about = select(AuditEntry.action).where(AuditEntry.subject == f"announcement {number}").order_by(AuditEntry.id)
    done = await people.database.read(lambda session: list(session.scalars(about)))
    assert [name.removeprefix("announcements.") for name in done] == [
        "confirmed", "paused", "resumed", "corrected", "nudged", "told_anew", "repeated",
    ]  # fmt: skip


# ---- for everybody
@both_languages
async def test_row_29_a_question_about_it_carries_its_context(people, language):
    phone = people.phone({"fr": "Fanta", "bm": "Moussa"}[language])
    await announces(people)
    aminata = await sends(people)
    await phone.presses({"fr": "❓ Question", "bm": "❓ Ɲininkali"}[language])
    await phone.types("C'est à quel étage ?")
    await aminata.look()

    cards = [text for text in said(aminata) if text.startswith("❓ Question de")]
    name = {"fr": "Français", "bm": "Bamanankan"}[language]
    assert f"📣 À propos de : Réunion samedi à 14:00 à Vi… ({name})" in cards[-1]
    assert "« C'est à quel étage ? »" in cards[-1]


async def test_row_45_a_link_for_whatsapp_and_a_poster_that_leads_to_today(people):
    await announces(people)
    await sends(people)
    fanta = people.phone("Fanta")
    await fanta.presses("📤 WhatsApp")
    url = fanta.screen["reply_markup"]["inline_keyboard"][0][0]["url"]
    await fanta.presses("🖼 Toutes les langues")
    content = people.world.files[fanta.bot_messages[-1]["photo"][-1]["file_id"]].content
    shrunk = io.BytesIO()
    Image.open(io.BytesIO(content)).resize((720, 900)).save(shrunk, "JPEG", quality=40)
    number = (await only_one(people)).id

    assert url.startswith("https://wa.me/?text=R%C3%A9union%20samedi")
    assert len(content) <= 150 * 1024
    read = zxingcpp.read_barcodes(Image.open(shrunk))
    assert [one.text for one in read] == [f"https://t.me/enndam_test_bot?start=s-a{number}"]


@both_languages
async def test_row_45_a_long_text_is_cut_and_never_where_it_leads(people, language):
    fanta = people.phone("Fanta")
    await announces(people, french="mot " * 500, bambara=None)
    await sends(people)
    await speaks(fanta, language)
    number = (await only_one(people)).id
    await fanta.presses_data(callbacks.Retell(number, "").pack())
    labels, url = fanta.labels, fanta.screen["reply_markup"]["inline_keyboard"][0][0]["url"]
    await fanta.presses_data(callbacks.Retell(number, "bm").pack())
    words = unquote(url.removeprefix("https://wa.me/?text="))

    address = f"https://t.me/enndam_test_bot?start=s-a{number}"
    assert len(words) <= 1500
    assert words.split("…")[1].split("\n") == ["", "", *{
        "fr": ["Enndam Diombuxu", "Annonce du lundi 23 novembre 2026", f"Où on en est, et vos questions : {address}"],
        "bm": ["Enndam Diombuxu", "Laseli: ntɛnɛdon, nowanburukalo tile 23, san 2026",
               f"A cogo dɔn bi, walima ɲininkali kɛ: {address}"],
    }[language]]  # fmt: skip
    assert [label for label in labels if label.startswith("🖼")] == ["🖼 Français"]
    assert fanta.text == {"fr": "⚠️ Pas encore en Bamanankan.", "bm": "⚠️ A ma kɛ Bamanankan na fɔlɔ."}[language]


@both_languages
async def test_row_46_an_old_poster_tells_the_truth(people, language):
    who = people.phone({"fr": "Fanta", "bm": "Moussa"}[language])
    await announces(people)
    aminata = await sends(people)
    number = (await only_one(people)).id
    await who.types(f"/start s-a{number}")
    today = who.text
    await aminata.presses_data(callbacks.WithdrawAnnouncement(number, 1).pack())
    await who.types(f"/start s-a{number}")

    assert today == {"fr": FRENCH, "bm": BAMBARA}[language] + SIGNED
    assert who.text == {"fr": "🗑 Annonce retirée.", "bm": "🗑 Laseli bɔra yen."}[language]


@both_languages
@pytest.mark.parametrize("state", ["holds", "withdrawn"])
async def test_row_46_strangers_learn_whether_an_old_poster_still_holds(people, state, language):
    await announces(people)
    aminata = await sends(people)
    number = (await only_one(people)).id
    if state == "withdrawn":
        await aminata.presses_data(callbacks.WithdrawAnnouncement(number, 1).pack())
    demba, awa = people.phone("Demba"), await people.new_phone("Awa")
    await speaks(demba, language)
    for phone in (demba, awa):
        await phone.types(f"/start s-a{number}")
    asked = awa.text
    await awa.presses({"fr": "Français", "bm": "Bamanankan"}[language])
    await awa.presses({"fr": "🌉 Bamako", "bm": "🌉 Bamakɔ"}[language])

    told = {
        ("fr", "holds"): "📣 Cette annonce est pour les membres.\nElle est toujours valable.",
        ("bm", "holds"): "📣 Nin laseli bɛ tɔndenw de ma.\nA bɛ yen hali bi.",
        ("fr", "withdrawn"): "🗑 Annonce retirée.", ("bm", "withdrawn"): "🗑 Laseli bɔra yen.",
    }[language, state]  # fmt: skip
    assert asked != told
    assert (demba.text, awa.text) == (told, told)


async def test_row_46_who_has_muted_its_kind_reads_it_from_the_poster(people):
    fanta = people.phone("Fanta")
    await people.database.transaction(
        lambda session: members.hear(session, members.by_telegram_id(session, fanta.id), "news", is_wanted=False, now=MORNING)
    )
    await announces(people)
    await sends(people)
    await fanta.types(f"/start s-a{(await only_one(people)).id}")

    assert fanta.text == FRENCH + SIGNED


@both_languages
async def test_row_47_one_tap_mutes_the_kind(people, language):
    await announces(people)
    await sends(people)
    who, other = ("Fanta", "Moussa") if language == "fr" else ("Moussa", "Fanta")
    await people.phone(who).presses({"fr": "🔕 Moins de messages", "bm": "🔕 Kana nin suguw ci"}[language])
    people.simulator.clock.set(people.simulator.clock.now() + timedelta(days=1))
    await announces(people, french="Encore une.", bambara="Dɔ wɛrɛ.")
    await sends(people)

    new = {"Fanta": "Encore une.", "Moussa": "Dɔ wɛrɛ."}
    assert not copies(people.phone(who), new[who])
    assert copies(people.phone(other), new[other])


async def test_the_other_language_and_the_archive(people):
    await announces(people)
    await sends(people)
    moussa = people.phone("Moussa")
    await moussa.presses("🔁 Français")
    other = moussa.text
    await moussa.types("🏠")
    await moussa.presses("📣 Laseliw")
    listed = moussa.labels
    await moussa.presses(listed[0])

    assert other == FRENCH + SIGNED
    assert listed == ["📣 Ɲɔgɔnye bɛ kɛ sibiri, 14:00…", "🏠 Daminɛ"]
    assert moussa.text == BAMBARA + SIGNED


async def test_a_group_gets_it_once_in_its_languages_and_nothing_to_press(people):
    group = await people.new_group("Foyer", "Moussa", "Aminata")
    await people.adds_bot(group, by="Aminata")
    aminata = people.phone("Aminata")
    await aminata.look()
    await aminata.presses("🗣 Toutes les langues")
    await announces(people)
    await aminata.presses("👥 Pour qui")
    await aminata.presses("💬 Groupes")
    await aminata.presses("Foyer")
    await aminata.presses("⬅️ Retour")
    await aminata.presses("⬅️ Retour")
    await sends(people)
    moussa = people.phone("Moussa")
    await moussa.look(group)

    assert moussa.bot_messages[-1]["text"] == f"{FRENCH}\n\n{BAMBARA}{SIGNED}"
    assert "reply_markup" not in moussa.bot_messages[-1]


# ---- bad input
STICKER = {"file_id": "s", "file_unique_id": "s", "width": 1, "height": 1, "is_animated": False, "is_video": False,
           "type": "regular"}  # fmt: skip


@pytest.mark.parametrize("fields", [{"location": {"latitude": 1.0, "longitude": 2.0}}, {"sticker": STICKER}])
async def test_what_cannot_be_announced_is_asked_for_again(people, fields):
    aminata = people.phone("Aminata")
    await aminata.types("/annonces")
    await aminata.presses("➕ Nouvelle annonce")
    await aminata.sends(**fields)

    assert aminata.text.startswith("📣 Envoie ton annonce")


async def test_an_empty_announcement_or_audience_is_told(people):
    aminata = people.phone("Aminata")
    number = await people.database.transaction(
        lambda session: announcements.begin(session, members.by_telegram_id(session, aminata.id), now=MORNING).id
    )
    await aminata.presses_data(callbacks.PreviewAnnouncement(number).pack())
    empty = aminata.text
    await aminata.presses_data(callbacks.WriteAnnouncement(number, "fr").pack())
    await aminata.types(FRENCH)
    await aminata.presses_data(callbacks.AimAnnouncement(number, 1, "places", "koniakary").pack())
    await aminata.presses_data(callbacks.SendAnnouncement(number, 0, "").pack())

    assert empty == "📣 Ton annonce est vide. Écris d'abord."
    assert aminata.text == "👥 Personne ne la recevrait. Change « pour qui »."


async def test_a_member_announces_nothing(people):
    aminata = await announces(people)
    number = (await only_one(people)).id
    fanta = people.phone("Fanta")

    presses = callbacks.NewAnnouncement(), callbacks.SendAnnouncement(number, 1, ""), callbacks.WriteAnnouncement(number, "fr")
    for press in presses:
        await fanta.presses_data(press.pack())
        assert fanta.text == "Seul un responsable peut faire cela."
    await fanta.presses_data(callbacks.ShowAnnouncement(number).pack())
    assert not copies(fanta, FRENCH)
    assert aminata.text


async def test_f14_the_draft_survives_a_restart_and_three_days(people):
    await announces(people, bambara=None)
    await people.close()
    await people.open()
    people.simulator.clock.set(people.simulator.clock.now() + timedelta(days=3))
    aminata = people.phone("Aminata")
    await aminata.types("/annonces")
    await aminata.presses("✏️ Réunion samedi à 14:00 à Vi…")

    assert aminata.labels[:3] == ["✅ Français", "➕ 🎙", "➕ Bamanankan"]


@both_languages
async def test_every_draft_can_be_opened_and_what_was_left_before_a_word_is_none(people, language):
    aminata, more = people.phone("Aminata"), {"fr": "➡️ La suite", "bm": "➡️ Dɔ wɛrɛw"}[language]
    for number in range(8):
        await begins(aminata, language)
        await aminata.types(f"Nouvelle {number}")
    for _ in range(4):
        await begins(aminata, language)
        await aminata.presses({"fr": "❌ Annuler", "bm": "❌ A to yen"}[language])
    await aminata.types("/annonces")
    first = aminata.labels
    await aminata.presses(more)
    second = aminata.labels
    await aminata.presses("✏️ Nouvelle 0")

    assert first[1:-1] == [f"✏️ Nouvelle {number}" for number in range(7, 1, -1)] + [more]
    assert second[1:-1] == ["✏️ Nouvelle 1", "✏️ Nouvelle 0", more]
    assert aminata.text.startswith({"fr": "📣 Ton annonce", "bm": "📣 I ka laseli"}[language])


@both_languages
async def test_the_archive_goes_back_further_than_a_page(people, language):
    for number in range(7):
        await announces(people, french=f"Annonce {number}", bambara=f"Laseli {number}")
        await sends(people)
        people.simulator.clock.set(people.simulator.clock.now() + timedelta(days=1))
    reader = people.phone({"fr": "Fanta", "bm": "Moussa"}[language])
    await reader.types("/annonces")
    await reader.presses({"fr": "➡️ La suite", "bm": "➡️ Dɔ wɛrɛw"}[language])

    assert reader.labels[0] == {"fr": "📣 Annonce 0", "bm": "📣 Laseli 0"}[language]


async def test_the_sums_of_the_report_equal_the_audience(people):
    await people.phone("Moussa").blocks()
    await people.settled()
    await announces(people)
    await sends(people)

    found = await people.database.read(lambda session: announced.report(session, session.scalars(select(Announcement)).one()))
    inside = await people.database.read(
        lambda session: session.scalar(select(func.count()).select_from(Member).where(Member.role != "visitor"))
    )
    assert found.audience == inside == found.reached + len(found.missed)
    assert sum(found.by_place.values()) == sum(found.by_language.values()) == found.reached
    assert re.fullmatch(r"\d+", str(found.audience))


async def test_row_38_the_list_of_whom_it_missed_opens_on_a_computer(people):
    await people.phone("Moussa").blocks()
    await people.settled()
    await announces(people)
    aminata = await sends(people)
    await people.passes(seconds=11)
    await aminata.look()
    await aminata.presses("📄 La liste")

    content = people.world.files[aminata.bot_messages[-1]["document"]["file_id"]].content.decode("utf-8-sig")
    assert content.splitlines() == ["Prénom;Pourquoi", "Moussa;ne veut plus mes messages"]


@both_languages
async def test_row_103_an_announcement_costs_few_bytes(people, language):
    phone, other, own = {"fr": (people.phone("Fanta"), "bambara", "french"),
                         "bm": (people.phone("Moussa"), "french", "bambara")}[language]  # fmt: skip
    await announces(people, **{own: "a" * 900, other: "b" * 900})
    await sends(people)
    await phone.presses("📤 WhatsApp")
    await phone.presses({"fr": "🖼 Français", "bm": "🖼 Bamanankan"}[language])

    copy = copies(phone, "aaa")[0]
    assert len(copy["text"].encode()) <= 2048
    assert copy["link_preview_options"] == {"is_disabled": True}
    poster = people.world.files[phone.bot_messages[-1]["photo"][-1]["file_id"]].content
    assert len(poster) <= 150 * 1024


async def test_h9_a_demotion_stops_what_is_on_its_way(people):
    bakary = await people.new_phone("Bakary", person_id=BAKARY)
    await bakary.settles_in("Français", "🌉 Bamako")
    people.simulator.clock.set(people.simulator.clock.now().replace(hour=22))
    await announces(people)
    await sends(people)
    await bakary.types("/revoquer Aminata")
    await people.passes(hours=12)
    await people.phone("Fanta").look()

    assert (await only_one(people)).state == "stopped"
    assert not copies(people.phone("Fanta"), FRENCH)


@both_languages
@pytest.mark.parametrize("kind", ["document", "photo"])
async def test_g11_a_picture_sent_as_a_file_is_warned_about(people, language, kind):
    aminata, file_id = people.phone("Aminata"), await upload(people, kind, b"picture", "image/jpeg")
    await people.database.transaction(
        lambda session: setattr(members.by_telegram_id(session, aminata.id), "language", language)
    )
    await aminata.types("/annonces")
    await aminata.presses({"fr": "➕ Nouvelle annonce", "bm": "➕ Laseli kura"}[language])
    sent = sent_file("photo", file_id) if kind == "photo" else {
        "document": {"file_id": file_id, "file_unique_id": "d", "file_name": "a.jpg", "mime_type": "image/jpeg"}
    }  # fmt: skip
    await aminata.sends(caption="Venez", **sent)

    warned = {"fr": "⚠️ Envoyée ainsi, l'image peut dire où", "bm": "⚠️ Ja cilen tan, a bɛ se ka fɔ"}[language]
    assert (warned in aminata.text) is (kind == "document")


@both_languages
async def test_h9_another_coordinator_hears_of_it_at_once_and_can_stop_it(people, language):
    bakary = await people.new_phone("Bakary", person_id=BAKARY)
    await bakary.settles_in(*{"fr": ("Français", "🌉 Bamako"), "bm": ("Bamanankan", "🌉 Bamakɔ")}[language])
    await announces(people)
    aminata = await sends(people, undo_is_over=False)
    await bakary.look()
    heard = bakary.text
    await bakary.presses({"fr": "👀 Voir", "bm": "👀 A lajɛ"}[language])
    await bakary.presses({"fr": "↩️ Annuler l'envoi", "bm": "↩️ Kana a ci"}[language])
    await people.passes(seconds=31)

    who, title = heard.splitlines()
    assert who == {"fr": "📢 Aminata envoie une annonce :", "bm": "📢 Aminata bɛ laseli dɔ ci:"}[language]
    assert {"fr": FRENCH, "bm": BAMBARA}[language].startswith(title.rstrip("…"))
    assert not copies(people.phone("Fanta"), FRENCH)
    assert "envoie une annonce" not in "".join(said(aminata))


@both_languages
async def test_h9_one_person_lets_no_more_go_in_a_day_than_anybody_would(people, language):
    aminata = await announces(people)

    def twenty_went(session):
        member, now = members.by_telegram_id(session, aminata.id), people.machine.clock.now()
        member.language = language
        session.add_all(
            Announcement(author_id=member.id, state="sent", places=[], roles=[], groups=[], confirmed_at=now, made_at=now,
                         changed_at=now)
            for _ in range(announcements.MOST_A_DAY)
        )  # fmt: skip

    await people.database.transaction(twenty_went)
    await aminata.presses("👀 Voir avant d'envoyer")
    await aminata.presses({"fr": "✅ Envoyer", "bm": "✅ A ci"}[language])
    refused = aminata.text.splitlines()[0]
    await people.passes(days=1)
    await aminata.presses({"fr": "✅ Envoyer", "bm": "✅ A ci"}[language])
    await people.passes(seconds=31)
    await people.phone("Fanta").look()

    assert refused.startswith({"fr": "✋ 20 annonces en un jour", "bm": "✋ I ye laseli 20 ci tile kelen kɔnɔ"}[language])
    assert copies(people.phone("Fanta"), FRENCH)


async def test_while_nothing_changes_the_progress_is_not_redrawn(people):
    people.simulator.clock.set(people.simulator.clock.now().replace(hour=22))
    await announces(people)
    await sends(people)
    before = len(people.calls("editMessageText"))
    for _ in range(5):
        await people.passes(seconds=10)

    assert len(people.calls("editMessageText")) - before <= 1
