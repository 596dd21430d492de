"""Volunteers: called with live counts, signed up in one tap, promoted from the list, thanked with their hours."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from bot import callbacks
from bot.domain import meetings, members, roles
from db.models import Claim, HelpAnswer, HelpCall, Meeting, Member, Need, Signup
from tests.conftest import let_in
from tests.handlers.test_meetings import invites

both_languages = pytest.mark.parametrize("language", ["fr", "bm"])
HELPERS = ("Moussa", "Fanta", "Oumar", "Sira")


@pytest.fixture
def locales_dir(fewer_phrasings):
    """Fewer phrasings: answers are not what is tested here."""
    return fewer_phrasings


@pytest.fixture
async def crew(people):
    """Aminata coordinates; Moussa, Fanta, Oumar and Sira are members."""
    for number, name in enumerate(("Oumar", "Sira")):
        phone = await people.new_phone(name, person_id=1200 + number)
        await phone.settles_in("Français", "🗼 Île-de-France")
        await let_in(people, name)
    return people


async def speaks(house, language, *names):
    """These people read this language."""

    def work(session):
        for name in names:
            members.by_telegram_id(session, house.phone(name).id).language = language

    await house.database.transaction(work)


async def calls(house, *, wanted=2, hours="5/12 14h-18h", role="🍲 Cuisine", published=True):
    """Aminata calls for help with a celebration: one need; returns her phone."""
    aminata = house.phone("Aminata")
    await aminata.types("/aider")
    await aminata.presses("✏️ Chercher de l'aide")
    await aminata.presses("➕ Autre chose")
    await aminata.types("Fête des enfants")
    await aminata.presses(role)
    await aminata.presses(str(wanted))
    await aminata.presses("🕐 Heure")
    await aminata.types(hours)
    if published:
        await publishes(house)
    return aminata


async def publishes(house):
    """Aminata lets the call go out, and everybody looks."""
    aminata = house.phone("Aminata")
    await aminata.presses_data(callbacks.BoardCall((await call(house)).id).pack())
    await aminata.presses("👀 Regarder et envoyer")
    await aminata.presses("✅ Envoyer l'appel")
    await everybody_looks(house)


async def everybody_looks(house):
    """All the phones."""
    await house.settled()
    for phone in house.phones.values():
        await phone.look()


async def call(house):
    """Return the newest call."""
    return await house.database.read(lambda session: session.scalars(select(HelpCall).order_by(HelpCall.id.desc())).first())


async def need(house):
    """Return the newest need."""
    return await house.database.read(lambda session: session.scalars(select(Need).order_by(Need.id.desc())).first())


async def signups(house):
    """Return first name → state and persons of all sign-ups."""
    rows = await house.database.read(
        lambda session: session.execute(select(Member.first_name, Signup.name, Signup.state).join_from(Signup, Member)).all()
    )
    return {name or member: state for member, name, state in rows}


async def helps(house, *names):
    """They tap the need, one after the other."""
    for name in names:
        await house.phone(name).presses_data(callbacks.SignUp((await need(house)).id, 1, 0).pack())
    await everybody_looks(house)


def said(phone):
    """Return all that was said to somebody."""
    return "\n".join(message.get("text", "") or message.get("caption", "") for message in phone.bot_messages)


# ---- called
@both_languages
async def test_row_79_needs_with_live_counts_in_the_readers_language(crew, language):
    await speaks(crew, language, "Moussa")
    await calls(crew, wanted=5)
    moussa = crew.phone("Moussa")
    before = moussa.text, moussa.labels
    await helps(crew, "Fanta", "Oumar")
    await crew.passes(seconds=1)
    await moussa.look()
    title, count, label = {
        "fr": ("🙋 Fête des enfants", "🍲 Cuisine : 0 sur 5", "🍲 Cuisine 0/5"),
        "bm": ("🙋 Fête des enfants", "🍲 Tobili: yɔrɔ 5, 0 minɛna", "🍲 Tobili 0/5"),
    }[language]

    assert before[0].splitlines()[0] == title
    assert count in before[0].splitlines()
    assert label in before[1]
    assert label.replace("0/5", "2/5") in moussa.labels
    assert sum(title in message.get("text", "") for message in moussa.bot_messages) == 1  # the same card, edited


async def test_a_call_for_a_meeting_takes_its_hours_and_place(crew):
    aminata = crew.phone("Aminata")
    await invites(crew, "Fête, samedi 5/12 14h, Foyer Bara")
    await aminata.types("/aider")
    await aminata.presses("✏️ Chercher de l'aide")
    meeting = next(label for label in aminata.labels if label.startswith("➕ sam. 5/12"))
    await aminata.presses(meeting)
    await aminata.presses("🍲 Cuisine")
    await aminata.presses("3")
    made = await need(crew)

    assert made.starts_at == datetime(2026, 12, 5, 13, 0, tzinfo=UTC)
    assert made.capacity == 3


# ---- signed up
@both_languages
async def test_row_80_one_tap_with_others_and_for_a_relative(crew, language):
    await speaks(crew, language, "Moussa")
    await calls(crew, wanted=5)
    moussa = crew.phone("Moussa")
    await moussa.presses({"fr": "🍲 Cuisine 0/5", "bm": "🍲 Tobili 0/5"}[language])
    own = moussa.text
    await moussa.presses({"fr": "✅ 🍲 Cuisine 1/5", "bm": "✅ 🍲 Tobili 1/5"}[language])
    await moussa.presses("➕ 1")
    two = moussa.text
    await moussa.presses({"fr": "👤 Un proche", "bm": "👤 Balima dɔ"}[language])
    await moussa.types("Awa")
    with_awa = moussa.text

    assert {"fr": "✅ Tu viens.", "bm": "✅ I bɛ na: mɔgɔ 1."}[language] in own.splitlines()
    assert {"fr": "✅ Vous venez à 2.", "bm": "✅ I bɛ na: mɔgɔ 2."}[language] in two.splitlines()
    assert {"fr": "✅ Awa vient.", "bm": "✅ Awa bɛ na."}[language] in with_awa.splitlines()
    assert {"fr": "🍲 Cuisine : 3 sur 5", "bm": "🍲 Tobili: yɔrɔ 5, 3 minɛna"}[language] in with_awa.splitlines()


@both_languages
async def test_row_81_the_list_promotes_by_itself_and_passes_on(crew, language):
    await speaks(crew, language, "Oumar", "Sira")
    await calls(crew, wanted=2)
    await helps(crew, "Moussa", "Fanta", "Oumar", "Sira")
    oumar, sira, moussa = (crew.phone(name) for name in ("Oumar", "Sira", "Moussa"))
    rank = sira.text
    await moussa.presses_data(callbacks.ShowNeed((await need(crew)).id).pack())
    await moussa.presses("❌ N bɛ n bɔ a la")
    await moussa.presses("❌ N bɛ n bɔ a la")
    await everybody_looks(crew)
    offered = oumar.text
    await crew.passes(hours=13)
    await everybody_looks(crew)
    after = await signups(crew)
    await crew.passes(hours=10)  # by night nobody is asked
    await everybody_looks(crew)
    passed = said(oumar)
    await sira.presses({"fr": "✅ Je viens", "bm": "✅ N bɛ na"}[language])
    place = {"fr": "🎉 Une place est libre : 🍲 Cuisine", "bm": "🎉 Yɔrɔ dɔ sɔrɔla: 🍲 Tobili"}[language]

    assert {"fr": "⏳ Liste d'attente : rang 2", "bm": "⏳ Makɔnɔni tɔgɔsɛbɛn: nimɔrɔ 2"}[language] in rank
    assert offered.splitlines()[0] == place
    assert (after["Oumar"], after["Sira"]) == ("gone", "offered")
    assert {"fr": "la place est allée à quelqu'un d'autre", "bm": "yɔrɔ dira mɔgɔ wɛrɛ ma"}[language] in passed
    assert await signups(crew) == {"Moussa": "gone", "Fanta": "held", "Oumar": "gone", "Sira": "held"}


async def test_row_81_raising_the_number_promotes_too(crew):
    aminata = await calls(crew, wanted=1)
    await helps(crew, "Moussa", "Fanta")
    await aminata.presses_data(callbacks.EditNeed((await need(crew)).id, "board", "").pack())
    await aminata.presses("➕ 1")
    await everybody_looks(crew)

    assert await signups(crew) == {"Moussa": "held", "Fanta": "offered"}
    assert "🎉" in crew.phone("Fanta").text


async def test_row_81_a_deadline_leaves_time_for_the_next(crew):
    """Four hours before, an offer is not good for twelve hours, and never past the start."""
    await calls(crew, wanted=1, hours="24/11 15h-18h")
    await helps(crew, "Moussa", "Fanta")
    crew.simulator.clock.set(datetime(2026, 11, 24, 10, 0, tzinfo=UTC))
    signup = await crew.database.read(lambda session: session.scalars(select(Signup).order_by(Signup.id)).first())
    await crew.phone("Moussa").presses_data(callbacks.MySignup(signup.id, "leave_sure").pack())
    offered = await crew.database.read(lambda session: session.scalars(select(Signup).where(Signup.state == "offered")).one())
    await everybody_looks(crew)

    assert offered.confirm_by - datetime(2026, 11, 24, 12, 0, tzinfo=UTC) < timedelta(seconds=5)
    assert "❗ Moussa ne vient plus : 🍲 Cuisine" in said(crew.phone("Aminata"))


@both_languages
async def test_row_82_no_thank_you_is_an_answer(crew, language):
    await speaks(crew, language, "Moussa")
    aminata = await calls(crew, wanted=5)
    moussa = crew.phone("Moussa")
    await moussa.presses({"fr": "🙏 Non merci", "bm": "🙏 Ayi, i ni ce"}[language])
    noted = moussa.text
    crew.simulator.clock.set(datetime(2026, 11, 30, 12, 0, tzinfo=UTC))
    await crew.passes(minutes=1)
    await everybody_looks(crew)
    quiet = said(moussa)
    others = said(crew.phone("Sira"))
    await aminata.presses_data(callbacks.EditNeed((await need(crew)).id, "hours", "").pack())
    await aminata.types("6/12 14h-18h")
    await crew.passes(days=1)
    await everybody_looks(crew)

    assert {"fr": "🙏 Tu as dit non merci. On ne te demande plus rien ici.",
            "bm": "🙏 I ko ayi. An tɛ foyi ɲini i fɛ yan tugun."}[language] in noted.splitlines()  # fmt: skip
    assert "🙏 Il manque encore du monde." in others
    assert "🙏 Il manque" not in quiet and "hali bi" not in quiet
    assert {"fr": "🙏 Il manque encore du monde.", "bm": "🙏 Mɔgɔ dɔw bɛ ɲini hali bi."}[language] in moussa.text


@both_languages
async def test_row_83_overlaps_are_shown_before_the_tap_counts(crew, language):
    await speaks(crew, language, "Moussa")
    await calls(crew, wanted=2)
    await helps(crew, "Moussa")
    await calls(crew, wanted=2, hours="5/12 17h-20h", role="🚗 Transport")
    moussa = crew.phone("Moussa")
    await moussa.presses_data(callbacks.SignUp((await need(crew)).id, 1, 0).pack())
    warned, yet = moussa.text, await crew.database.read(lambda session: len(session.scalars(select(Signup)).all()))
    await moussa.presses({"fr": "✅ Oui, quand même", "bm": "✅ Awɔ, o bɛɛ n'a ta"}[language])

    assert warned.splitlines() == {
        "fr": ["⚠️ 🚗 Transport", "sam. 5/12 17:00 (Bamako 16:00) – 20:00", "À la même heure, tu as déjà :",
               "• 🍲 Cuisine, sam. 5/12 14:00 (Bamako 13:00)"],
        "bm": ["⚠️ 🚗 Mobili", "sib. 5/12 17:00 (Bamakɔ 16:00) – 20:00", "O waati kelen na, nin bɛ i bolo kaban:",
               "• 🍲 Tobili, sib. 5/12 14:00 (Bamakɔ 13:00)"],
    }[language]  # fmt: skip
    assert yet == 1
    assert len(await crew.database.read(lambda session: session.scalars(select(Signup)).all())) == 2


async def test_row_84_a_number_lowered_drops_nobody_silently(crew):
    aminata = await calls(crew, wanted=3)
    await helps(crew, "Moussa", "Fanta", "Oumar")
    number = (await need(crew)).id
    await aminata.presses_data(callbacks.EditNeed(number, "capacity", "2").pack())
    asked, choices = aminata.text, aminata.labels
    await aminata.presses("🗑 Oumar")
    await aminata.presses("Nous sommes assez")
    await everybody_looks(crew)
    heard = crew.phone("Oumar").text
    await aminata.presses_data(callbacks.EditNeed(number, "capacity", "2").pack())

    assert asked == "✋ 3 personnes ont déjà une place, pour 2. Que faire ?"
    assert choices[0] == "✅ Garder tout le monde"
    assert heard == ("🙏 🍲 Cuisine : nous n'avons plus besoin de toi cette fois (nous sommes assez nombreux). "
                     "Merci d'avoir dit oui !")  # fmt: skip
    assert (await need(crew)).capacity == 2


@both_languages
async def test_row_84_a_moved_hour_asks_again_with_both_hours(crew, language):
    await speaks(crew, language, "Moussa")
    aminata = await calls(crew, wanted=2)
    await helps(crew, "Moussa")
    await aminata.presses_data(callbacks.EditNeed((await need(crew)).id, "hours", "").pack())
    await aminata.types("6/12 10h-12h")
    await everybody_looks(crew)
    moussa = crew.phone("Moussa")
    told = moussa.text
    await moussa.presses({"fr": "✅ Je viens", "bm": "✅ N bɛ na"}[language])
    signup = await crew.database.read(lambda session: session.scalars(select(Signup)).one())

    assert told.splitlines()[0] == {"fr": "🔄 🍲 Cuisine change.", "bm": "🔄 🍲 Tobili yɛlɛmana."}[language]
    assert "14:00" in told and "10:00" in told
    assert signup.state == "held" and not signup.is_to_confirm


@pytest.mark.parametrize("number", ["0", "-1", "1000000000", "abc"])
async def test_a_number_that_is_none_gets_a_clear_sentence(crew, number):
    aminata = await calls(crew, wanted=2)
    await aminata.presses_data(callbacks.EditNeed((await need(crew)).id, "capacity", "").pack())
    await aminata.types(number)

    assert "500" in aminata.text
    assert (await need(crew)).capacity == 2


@both_languages
async def test_row_85_a_removal_needs_a_reason_that_is_read(crew, language):
    await speaks(crew, language, "Moussa")
    aminata = await calls(crew, wanted=2)
    await helps(crew, "Moussa")
    number = (await crew.database.read(lambda session: session.scalars(select(Signup)).one())).id
    await aminata.presses_data(callbacks.Helper(number, "remove", "").pack())
    await aminata.types("   ")
    empty = await signups(crew)
    why = "La cuisine est fermée ce jour-là"
    await aminata.types(why)
    await everybody_looks(crew)

    assert empty == {"Moussa": "held"}
    assert crew.phone("Moussa").text == {
        "fr": f"🙏 🍲 Cuisine : nous n'avons plus besoin de toi cette fois ({why}). Merci d'avoir dit oui !",
        "bm": f"🙏 🍲 Tobili: an mago tɛ i la nin siɲɛ in na ({why}). I sɔnna, i ni ce!",
    }[language]  # fmt: skip


@both_languages
async def test_row_86_those_on_their_way_hear_first_that_enough_have_come(crew, language):
    await speaks(crew, language, "Fanta")
    aminata = await calls(crew, wanted=2, hours="24/11 7h30-9h")
    await helps(crew, "Moussa", "Fanta")
    crew.simulator.clock.set(datetime(2026, 11, 24, 6, 0, tzinfo=UTC))  # before eight: quiet, but they are on their way
    came = (await crew.database.read(lambda session: session.scalars(select(Signup).order_by(Signup.id)).first())).id
    await aminata.presses_data(callbacks.Helper(came, "came", "1").pack())
    await aminata.presses_data(callbacks.EditNeed((await need(crew)).id, "enough", "").pack())
    asked = aminata.text
    await aminata.presses("✋ Assez de monde")
    await everybody_looks(crew)

    assert crew.phone("Fanta").text.splitlines()[-1] == {
        "fr": "Nous sommes assez : tu n'as pas besoin de venir. Merci !", "bm": "Mɔgɔw dafara: i nali tɛ wajibi ye. I ni ce!",
    }[language]  # fmt: skip
    assert asked == "✋ Assez de monde ? Une personne apprend tout de suite qu'elle n'a pas besoin de venir."
    assert await signups(crew) == {"Moussa": "held", "Fanta": "gone"}
    assert "besoin de venir" not in said(crew.phone("Moussa"))


@both_languages
async def test_row_87_the_eve_asks_and_at_eight_the_silent_are_listed(crew, language):
    await speaks(crew, language, "Moussa")
    await calls(crew, wanted=3)
    await helps(crew, "Moussa", "Fanta")
    moussa, aminata = crew.phone("Moussa"), crew.phone("Aminata")
    crew.simulator.clock.set(datetime(2026, 12, 4, 17, 1, tzinfo=UTC))  # 18:01 in Paris
    await crew.passes(minutes=1)
    await everybody_looks(crew)
    asked = moussa.text
    await moussa.presses({"fr": "✅ Je viens", "bm": "✅ N bɛ na"}[language])
    crew.simulator.clock.set(datetime(2026, 12, 4, 19, 1, tzinfo=UTC))
    await crew.passes(minutes=1)
    await everybody_looks(crew)

    lines = asked.splitlines()
    assert (lines[0], lines[-1], asked.count("?")) == {
        "fr": ("🔔 C'est bientôt.", "❓ Toujours d'accord ?", 1), "bm": ("🔔 A surunyara.", "❓ I sɔnnen bɛ hali bi wa?", 1),
    }[language]  # fmt: skip
    assert aminata.text.splitlines() == ["❓ 🍲 Cuisine", "Ils n'ont pas encore dit s'ils viennent :", "❓ Fanta · 1"]


async def test_row_88_who_can_is_asked_first_and_anything_can_be_offered(crew):
    sira, oumar = crew.phone("Sira"), crew.phone("Oumar")
    await sira.presses_data(callbacks.HaveSkill(1, "cooking").pack())
    await calls(crew, wanted=3)
    first = said(sira), said(oumar)
    await crew.passes(days=1, minutes=1)
    await everybody_looks(crew)
    await oumar.types("/aider")
    await oumar.presses("💡 Je propose")
    voice = crew.world.store_file("voice", b"", "", "audio/ogg").file_id
    await oumar.sends(voice={"file_id": voice, "file_unique_id": "v", "duration": 4})
    await everybody_looks(crew)

    assert "On cherche de l'aide." in first[0] and "On cherche de l'aide." not in first[1]
    assert said(oumar).count("On cherche de l'aide.") == 1
    assert any("Oumar" in message.get("text", "") for message in crew.phone("Aminata").bot_messages)


# ---- the day, and after
async def over(house, *came):
    """The day is over, and Aminata has ticked who came."""
    rows = await house.database.read(
        lambda session: session.execute(select(Member.first_name, Signup.id).join_from(Signup, Member)).all()
    )
    house.simulator.clock.set(datetime(2026, 12, 5, 18, 0, tzinfo=UTC))
    for name, number in rows:
        if name in came:
            await house.phone("Aminata").presses_data(callbacks.Helper(number, "came", "1").pack())


@both_languages
async def test_row_89_the_door_and_an_absence_is_nobodys_business(crew, language):
    await speaks(crew, language, "Fanta")
    aminata = await calls(crew, wanted=3)
    await helps(crew, "Moussa", "Fanta")
    await over(crew, "Moussa")
    await aminata.presses_data(callbacks.EditNeed((await need(crew)).id, "people", "").pack())
    door = aminata.labels
    await aminata.presses_data(callbacks.EditCall((await call(crew)).id, "after", "").pack())
    after = aminata.text
    moussa = crew.phone("Moussa")
    await moussa.presses_data(callbacks.ShowCall((await call(crew)).id).pack())
    seen = moussa.text
    number = (await crew.database.read(lambda session: session.scalars(select(Signup)).first())).id
    await moussa.presses_data(callbacks.Helper(number, "came", "0").pack())

    assert "✅ Moussa" in door and "▫️ Fanta" in door
    assert after.splitlines() == ["🙏 Fête des enfants", "Venus : 1 · Heures données : 4"]
    assert "Fanta" not in seen
    assert moussa.text == "Ɲɛmɔgɔ dɔrɔn de bɛ se ka nin kɛ."


@both_languages
async def test_row_90_thanks_with_hours_and_a_certificate(crew, language):
    await speaks(crew, language, "Moussa")
    aminata = await calls(crew, wanted=3)
    await helps(crew, "Moussa", "Fanta")
    await over(crew, "Moussa")
    await aminata.presses_data(callbacks.EditCall((await call(crew)).id, "after", "").pack())
    await aminata.presses("🙏 Remercier")
    await everybody_looks(crew)
    moussa, fanta = crew.phone("Moussa"), crew.phone("Fanta")
    thanked = moussa.text
    await moussa.presses({"fr": "📜 Mon attestation", "bm": "📜 N ka seereyasɛbɛn"}[language])
    document = next(message["document"] for message in reversed(moussa.bot_messages) if "document" in message)
    await aminata.presses_data(callbacks.ActCall((await call(crew)).id, 1, "thank").pack())

    assert thanked.splitlines()[1] == {"fr": "Merci ! Tu as donné 4 h.", "bm": "I ni ce! I ye lɛrɛ 4 di."}[language]
    assert document["file_name"] == "attestation.png"
    assert "Merci !" not in said(fanta)
    assert aminata.text == "🙏 Coche d'abord qui est venu."  # thanked once


@both_languages
async def test_row_105_how_was_it_in_one_tap_or_by_voice(crew, language):
    await speaks(crew, language, "Moussa")
    aminata = await calls(crew, wanted=3)
    await helps(crew, "Moussa", "Fanta")
    await over(crew, "Moussa")
    await aminata.presses_data(callbacks.ActCall((await call(crew)).id, 1, "thank").pack())
    await everybody_looks(crew)
    moussa = crew.phone("Moussa")
    await moussa.presses("👍")
    asked = moussa.text
    await moussa.types("Très bien, mais trop court")
    await aminata.presses_data(callbacks.EditCall((await call(crew)).id, "after", "").pack())
    fanta = crew.phone("Fanta")
    await fanta.presses_data(callbacks.Mood((await call(crew)).id, "bad").pack())
    answers = await crew.database.read(lambda session: session.scalars(select(HelpAnswer)).all())

    assert asked == {
        "fr": "🙏 Merci ! Tu veux dire un mot ? Écris-le ou dis-le.",
        "bm": "🙏 I ni ce! I b'a fɛ ka dɔ fɔ wa? A sɛbɛn walima a fɔ.",
    }[language]  # fmt: skip
    assert aminata.text.splitlines()[2:] == ["👍 1 · 👌 0 · 👎 0", "💬 Très bien, mais trop court"]
    assert [one.mood for one in answers] == ["good"]  # who was not there has nothing to say of it


async def test_row_91_the_board_shows_gaps_and_writes_to_one_need(crew):
    aminata = await calls(crew, wanted=2)
    await helps(crew, "Moussa")
    await aminata.presses_data(callbacks.BoardCall((await call(crew)).id).pack())
    board = aminata.text
    await aminata.presses("🔴 🍲 Cuisine 1/2")
    await aminata.presses("✉️ Leur écrire")
    await aminata.types("Venez avec un couteau")
    await everybody_looks(crew)

    assert "🔴 🍲 Cuisine : 1 sur 2" in board.splitlines()
    assert "Venez avec un couteau" in said(crew.phone("Moussa"))
    assert "Venez avec un couteau" not in said(crew.phone("Sira"))


async def test_row_91_the_file_has_a_sheet_a_need_and_no_formula(crew):
    aminata = await calls(crew, wanted=2)
    await helps(crew, "Moussa")
    await crew.database.transaction(lambda session: _rename(session, crew.phone("Moussa").id, "=1+1"))
    await aminata.presses_data(callbacks.EditCall((await call(crew)).id, "need", "transport").pack())
    await aminata.presses_data(callbacks.EditCall((await call(crew)).id, "file", "xlsx").pack())
    sent = next(message["document"] for message in reversed(aminata.bot_messages) if "document" in message)
    book = CalamineWorkbook.from_filelike(io.BytesIO(crew.world.files[sent["file_id"]].content))
    rows = book.get_sheet_by_name("1. Cuisine").to_python()

    assert book.sheet_names == ["1. Cuisine", "2. Transport"]
    assert rows[0][:2] == ["Besoin", "Prénom"]
    assert rows[1][0] == "🍲 Cuisine" and rows[1][1].endswith("=1+1") and rows[1][4] == 1


def _rename(session, telegram_id, name):
    members.by_telegram_id(session, telegram_id).first_name = name


async def test_a_closed_call_takes_nobody_and_can_be_opened_again(crew):
    aminata = await calls(crew, wanted=2)
    number = (await call(crew)).id
    await aminata.presses_data(callbacks.ActCall(number, 1, "close").pack())
    await helps(crew, "Moussa")
    closed = said(crew.phone("Moussa"))
    await aminata.presses_data(callbacks.ActCall(number, 1, "open").pack())
    await helps(crew, "Moussa")

    assert "Mɔgɔw dafara, i ni ce!" in closed
    assert await signups(crew) == {"Moussa": "held"}


@both_languages
async def test_a_cancelled_call_tells_whoever_signed_up(crew, language):
    await speaks(crew, language, "Moussa")
    aminata = await calls(crew, wanted=2)
    await helps(crew, "Moussa")
    await aminata.presses_data(callbacks.ActCall((await call(crew)).id, 0, "cancel").pack())
    sure = aminata.text
    await aminata.presses("❌ Annuler l'appel")
    await everybody_looks(crew)

    assert sure == "❌ Annuler Fête des enfants ? Une personne inscrite l'apprendra."
    assert crew.phone("Moussa").text.splitlines()[-1] == {
        "fr": "C'est annulé : ne viens pas. Merci d'avoir dit oui !", "bm": "A tɛ kɛ tugun: kana na. I sɔnna, i ni ce!",
    }[language]  # fmt: skip


async def test_a_call_follows_its_meeting(crew):
    """Moved, it moves and asks again; called off, it is off."""
    aminata = crew.phone("Aminata")
    await invites(crew, "Fête, samedi 5/12 14h, Foyer Bara")
    meeting = await crew.database.read(lambda session: session.scalars(select(Meeting)).one())
    await aminata.presses_data(callbacks.NewCall("meeting", meeting.id).pack())
    await aminata.presses("🍲 Cuisine")
    await publishes(crew)
    await helps(crew, "Fanta")

    def later(session):
        found = session.get(Meeting, meeting.id)
        found.starts_at += timedelta(hours=2)

    await crew.database.transaction(later)
    await crew.passes(seconds=10)
    await everybody_looks(crew)
    moved = crew.phone("Fanta").text
    actor = await crew.database.read(lambda session: members.by_telegram_id(session, aminata.id))
    await crew.database.transaction(
        lambda session: meetings.cancel(session, actor, meeting.id, desk=crew.machine.desk, now=crew.machine.clock.now())
    )
    await crew.passes(seconds=10)
    await everybody_looks(crew)

    assert moved.splitlines()[0] == "🔄 🍲 Cuisine change."
    assert (await call(crew)).state == "cancelled"
    assert "C'est annulé : ne viens pas." in crew.phone("Fanta").text


@both_languages
async def test_residents_help_where_it_is_allowed_and_give_a_number_only_then(crew, language):
    await calls(crew, wanted=2, published=False)
    number = (await call(crew)).id
    await crew.phone("Aminata").presses_data(callbacks.EditCall(number, "public", "1").pack())
    await publishes(crew)
    paul = await crew.new_phone("Paul", person_id=1300)
    await paul.settles_in(
        {"fr": "Français", "bm": "Bamanankan"}[language], {"fr": "🏘 Villetaneuse", "bm": "🏘 Villetaneuse"}[language]
    )
    await paul.presses_data(callbacks.SignUp((await need(crew)).id, 1, 0).pack())
    asked = paul.text
    await paul.shares_contact("33612345678")
    member = await crew.database.read(lambda session: members.by_telegram_id(session, paul.id))

    assert asked.startswith({"fr": "☎️ Comment te joindre ?", "bm": "☎️ An bɛ i wele cogo di?"}[language])
    assert crew.machine.vault.opened(member.phone) == "+33612345678"
    assert (await signups(crew))["Paul"] == "held"


async def test_a_curious_visitor_sees_no_call_that_is_not_public(crew):
    await calls(crew, wanted=2)
    paul = await crew.new_phone("Paul", person_id=1300)
    await paul.settles_in("Français", "🏘 Villetaneuse")
    await paul.presses_data(callbacks.ShowCall((await call(crew)).id).pack())
    shown = paul.text
    await paul.presses_data(callbacks.SignUp((await need(crew)).id, 1, 0).pack())

    assert shown == "🤷 Cet appel n'est pas là."
    assert await signups(crew) == {}


async def test_row_110_who_is_erased_frees_the_place_and_the_hours_stay(crew):
    await calls(crew, wanted=1)
    await helps(crew, "Oumar", "Sira")
    oumar = crew.phone("Oumar")
    await oumar.types("/effacer")
    await oumar.presses(oumar.labels[0])
    await everybody_looks(crew)

    assert await signups(crew) == {"Sira": "offered"}
    assert await crew.database.read(lambda session: session.scalars(select(Claim)).all()) == []


async def test_a_screen_opened_under_the_card_leaves_the_card_in_its_place(crew):
    """Counts are redrawn in the card while somebody looks at their own place: their screen stays."""
    await calls(crew, wanted=5)
    await helps(crew, "Moussa")
    moussa = crew.phone("Moussa")
    card = next(message["message_id"] for message in moussa.bot_messages if "Fête des enfants" in message.get("text", ""))
    await moussa.presses_data(callbacks.ShowNeed((await need(crew)).id).pack(), card)
    below = moussa.screen["message_id"]
    await helps(crew, "Fanta")
    await crew.passes(seconds=10)
    await moussa.look()
    texts = {message["message_id"]: message.get("text", "") for message in moussa.bot_messages}

    assert below != card
    assert "yɔrɔ 5, 2 minɛna" in texts[card] and "Fête des enfants" in texts[card]
    assert "Fête des enfants" not in texts[below]


async def test_row_90_thanks_with_a_photo_of_the_organiser(crew):
    aminata = await calls(crew, wanted=3)
    await helps(crew, "Moussa", "Fanta")
    await over(crew, "Moussa")
    await aminata.presses_data(callbacks.EditCall((await call(crew)).id, "word", "").pack())
    stored = crew.world.store_file("photo", b"", "", "image/jpeg").file_id
    await aminata.sends(photo=[{"file_id": stored, "file_unique_id": "p", "width": 8, "height": 6}], caption="Quelle fête !")
    await everybody_looks(crew)

    assert aminata.text.startswith("🙏")
    assert "Quelle fête !" in said(crew.phone("Moussa"))
    assert "I ye lɛrɛ 4 di." in said(crew.phone("Moussa"))
    assert "Quelle fête !" not in said(crew.phone("Fanta"))


@both_languages
async def test_row_103_a_call_two_reminders_and_thanks_cost_few_bytes(crew, language):
    """A voice of twenty seconds and a photo as large as a poster: each comes once, nothing beside them."""
    aminata, moussa = crew.phone("Aminata"), crew.phone("Moussa")
    await speaks(crew, language, "Moussa")
    await crew.database.transaction(
        lambda session: setattr(members.by_telegram_id(session, moussa.id), "listens_first", True)
    )
    voice = crew.world.store_file("voice", b"o" * 60 * 1024, "voice.ogg", "audio/ogg").file_id
    await aminata.presses_data(f"1:rec:{language}:say:heard.help_thanks", aminata.screen["message_id"])
    await aminata.sends(voice={"file_id": voice, "file_unique_id": "v", "duration": 20})
    await moussa.look()
    before = {message["message_id"] for message in moussa.bot_messages}
    await calls(crew, wanted=3)
    await helps(crew, "Moussa")
    for moment in (datetime(2026, 12, 4, 17, 1, tzinfo=UTC), datetime(2026, 12, 5, 10, 1, tzinfo=UTC)):
        crew.simulator.clock.set(moment)
        await crew.passes(minutes=1)
    await over(crew, "Moussa")
    await aminata.presses_data(callbacks.EditCall((await call(crew)).id, "word", "").pack())
    photo = crew.world.store_file("photo", b"p" * 150 * 1024, "", "image/jpeg").file_id
    await aminata.sends(photo=[{"file_id": photo, "file_unique_id": "p", "width": 8, "height": 6}], caption="I ni ce !")
    await everybody_looks(crew)
    came = [message for message in moussa.bot_messages if message["message_id"] not in before]
    files = [message["voice"]["file_id"] for message in came if "voice" in message]
    files += [message["photo"][-1]["file_id"] for message in came if "photo" in message]
    previews = [message for message in came if "link_preview_options" in message]

    assert sorted(files) == sorted([voice, photo])
    assert sum(len(crew.world.files[one].content) for one in files) + len(json.dumps(came).encode()) <= 300 * 1024
    assert all(message["link_preview_options"] == {"is_disabled": True} for message in previews)


@both_languages
async def test_row_104_the_year_on_one_page_without_names(crew, language):
    aminata = await calls(crew, wanted=3)
    await helps(crew, "Moussa", "Oumar")
    await over(crew, "Moussa", "Oumar")
    await speaks(crew, language, "Aminata")
    await aminata.types("/annee")
    page = aminata.text.splitlines()
    for label in ("🖼", "📄 CSV", "📊 Excel"):
        await aminata.presses_data(next(data for text, data in buttons_of(aminata, page[0]) if text == label))
    sent = [message for message in aminata.bot_messages if "document" in message or "photo" in message]
    book = CalamineWorkbook.from_filelike(io.BytesIO(crew.world.files[sent[-1]["document"]["file_id"]].content))
    counted = dict(row[:2] for row in book.get_sheet_by_name("2026").to_python())

    assert page[0] == {"fr": "📅 L'année 2026", "bm": "📅 San 2026"}[language]
    assert {"fr": "Heures données : 8", "bm": "Lɛrɛ dilenw : 8"}[language] in page
    assert not any(name in aminata.text for name in HELPERS)
    assert len(sent) == 3
    assert counted[{"fr": "Coups de main", "bm": "Dɛmɛw"}[language]] == 2


def buttons_of(phone, start):
    """Return (label, data) of the buttons under the message that begins so."""
    message = next(one for one in reversed(phone.bot_messages) if one.get("text", "").startswith(start))
    return [(button["text"], button["callback_data"]) for row in message["reply_markup"]["inline_keyboard"] for button in row]


async def test_who_may_not_help_any_more_frees_the_place(crew):
    """A member who is put out holds no place where only members help; the head of the list is asked."""
    await calls(crew, wanted=1)
    await helps(crew, "Oumar", "Sira")

    def demote(session):
        actor = members.by_telegram_id(session, crew.phone("Aminata").id)
        who = members.by_telegram_id(session, crew.phone("Oumar").id)
        roles.change(session, actor, who.id, "visitor", desk=crew.machine.desk, now=crew.machine.clock.now())

    await crew.database.transaction(demote)
    await everybody_looks(crew)

    assert await signups(crew) == {"Oumar": "gone", "Sira": "offered"}


async def test_how_long_a_freed_place_waits_is_chosen(crew):
    aminata = await calls(crew, wanted=1)
    await aminata.presses_data(callbacks.EditCall((await call(crew)).id, "audience", "").pack())
    await aminata.presses("2 h")
    await helps(crew, "Moussa", "Fanta")
    now = crew.machine.clock.now()
    signup = await crew.database.read(lambda session: session.scalars(select(Signup).order_by(Signup.id)).first())
    await crew.phone("Moussa").presses_data(callbacks.MySignup(signup.id, "leave_sure").pack())
    offered = await crew.database.read(lambda session: session.scalars(select(Signup).where(Signup.state == "offered")).one())

    assert timedelta(hours=2) <= offered.confirm_by - now < timedelta(hours=2, minutes=1)
