"""What a hostile tester found in announcements: each was a bug, none may come back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import callbacks
from bot.domain import announcements, members, roles
from db.models import Announcement, Delivery
from tests.conftest import BAKARY
from tests.handlers.test_announcements import (
    FRENCH,
    announces,
    clock_at,
    copies,
    corrects,
    lends_voice,
    only_one,
    said,
    sends,
)
from tests.test_worker import asks_for_silence


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """SQLite is enough here; the findings are not about the database."""
    return request.param


@pytest.fixture
def locales_dir(fewer_phrasings):
    """Fewer phrasings."""
    return fewer_phrasings


async def test_resent_after_a_stop_and_throttled_it_still_arrives(people):
    await announces(people)
    aminata = await sends(people, undo_is_over=False)
    number = (await only_one(people)).id
    await aminata.presses_data(callbacks.PauseAnnouncement(number, 1).pack())
    await aminata.presses_data(callbacks.StopAnnouncement(number).pack())
    moussa, fanta = people.phone("Moussa"), people.phone("Fanta")
    await people.database.transaction(
        lambda session: members.hear(session, members.by_telegram_id(session, moussa.id), "news", is_wanted=False,
                                     now=people.machine.clock.now()))
    await asks_for_silence(people, fanta.id, "sendMessage")
    await aminata.presses_data(callbacks.ResendAnnouncement(number).pack())
    await people.passes(seconds=5)
    await people.passes(minutes=6)
    await people.passes(seconds=5)
    await fanta.look()
    state = await people.database.read(lambda session: session.execute(select(Delivery.state, Delivery.reason).where(
        Delivery.view == announcements.COPY, Delivery.chat_id == fanta.id)).one())
    assert (len(copies(fanta, FRENCH)), state[0]) == (1, "sent"), state


async def groups_copies(people):
    """Return chat and state of the copies for groups."""
    theirs = select(Delivery.chat_id, Delivery.state).where(Delivery.view == announcements.COPY, Delivery.chat_id < 0)
    return [tuple(row) for row in await people.database.read(lambda session: session.execute(theirs).all())]


async def group_of(people):
    group = await people.new_group("Foyer", "Moussa", "Aminata", kind="group")
    await people.adds_bot(group, by="Aminata")
    await people.phone("Aminata").look()
    await people.phone("Aminata").presses("🗣 Toutes les langues")
    return group


async def test_b13_a_scheduled_one_reaches_a_group_that_has_moved_since(people):
    group = await group_of(people)
    aminata = await announces(people)
    number = (await only_one(people)).id
    await aminata.presses_data(callbacks.AimAnnouncement(number, 1, "groups", str(group)).pack())
    await aminata.presses_data(callbacks.ShowAnnouncement(number).pack())
    await aminata.presses("🕐 Quand")
    await aminata.presses("🌅 Demain 09:00")
    await sends(people)
    moved = await people.migrates(group, by="Moussa")
    await people.settled()
    await people.passes(days=1)
    await people.passes(seconds=20)
    moussa = people.phone("Moussa")
    await moussa.look(moved)
    assert (await only_one(people)).state in ("sending", "sent")
    assert await groups_copies(people) == [(moved, "sent")]


async def test_b13_paused_then_group_moves_then_resumed(people):
    group = await group_of(people)
    aminata = await announces(people)
    number = (await only_one(people)).id
    await aminata.presses_data(callbacks.AimAnnouncement(number, 1, "groups", str(group)).pack())
    await aminata.presses_data(callbacks.ShowAnnouncement(number).pack())
    await sends(people, undo_is_over=False)
    await aminata.presses_data(callbacks.PauseAnnouncement(number, 1).pack())
    moved = await people.migrates(group, by="Moussa")
    await people.settled()
    await aminata.presses_data(callbacks.PauseAnnouncement(number, 0).pack())
    await people.passes(seconds=40)
    moussa = people.phone("Moussa")
    await moussa.look(moved)
    assert await groups_copies(people) == [(moved, "sent")]


async def test_the_board_counts_a_group_that_has_moved(people):
    group = await group_of(people)
    aminata = await announces(people)
    number = (await only_one(people)).id
    await aminata.presses_data(callbacks.AimAnnouncement(number, 1, "groups", str(group)).pack())
    await people.migrates(group, by="Moussa")
    await people.settled()
    await aminata.presses_data(callbacks.ShowAnnouncement(number).pack())
    assert "1 groupe" in aminata.text, aminata.text


async def test_the_same_words_right_after_a_scheduled_one_went_are_asked_about(people):
    aminata = await announces(people)
    await aminata.presses("🕐 Quand")
    await aminata.presses("🌅 Demain 09:00")
    await sends(people)
    now = people.simulator.clock.now()
    people.simulator.clock.set((now + timedelta(days=1)).replace(hour=8, minute=1))
    await people.passes(seconds=20)
    await announces(people)
    await aminata.presses("👀 Voir avant d'envoyer")
    await aminata.presses("✅ Envoyer")
    found = select(Announcement.state).order_by(Announcement.id)
    states = await people.database.read(lambda session: list(session.scalars(found)))
    assert states[0] in ("sent", "sending")
    assert states[1] == "draft", states


async def test_who_presses_vu_before_the_morning_is_not_reminded(people):
    await announces(people)
    aminata = await sends(people)
    clock_at(people, hour=22)
    await aminata.presses_data(callbacks.NudgeAnnouncement((await only_one(people)).id).pack())
    fanta = people.phone("Fanta")
    await fanta.presses("👍 Vu")
    await people.passes(hours=11)
    await fanta.look()
    await people.phone("Moussa").look()
    assert not [text for text in said(fanta) if text.startswith(("🔔", "👀"))], said(fanta)


async def test_two_corrections_by_night_are_told_once_each_way(people):
    await announces(people)
    await sends(people)
    fanta, number = people.phone("Fanta"), (await only_one(people)).id
    await fanta.presses("👍 Vu")
    clock_at(people, hour=22)
    aminata = await corrects(people, "fr", "Dimanche 12:00.")
    await aminata.presses_data(callbacks.TellAnew(number).pack())
    await people.passes(minutes=5)
    await corrects(people, "fr", "Dimanche 13:00.")
    await aminata.presses_data(callbacks.TellAnew(number).pack())
    await people.passes(hours=11)
    await fanta.look()
    told = copies(fanta, "✏️ Attention")
    assert len(told) == 1, [one["text"] for one in told]
    assert "samedi à 14:00" in told[0]["text"]


async def test_each_language_corrected_by_night_is_told_to_its_readers(people):
    await announces(people)
    await sends(people)
    moussa, fanta, number = people.phone("Moussa"), people.phone("Fanta"), (await only_one(people)).id
    for phone in (moussa, fanta):
        await phone.presses_data(callbacks.Saw(number).pack())
    clock_at(people, hour=22)
    for language in ("fr", "bm"):
        aminata = await corrects(people, language, "12:00.")
        await aminata.presses_data(callbacks.TellAnew(number).pack())
        await people.passes(minutes=5)
    await people.passes(hours=11)
    for phone in (moussa, fanta):
        await phone.look()

    assert (len(copies(moussa, "✏️")), len(copies(fanta, "✏️"))) == (1, 1)


async def test_who_saw_only_the_corrected_one_is_not_told(people):
    await announces(people)
    await sends(people)
    fanta, number = people.phone("Fanta"), (await only_one(people)).id
    aminata = await corrects(people, "fr", "Dimanche 12:00.")
    await people.passes(minutes=5)
    await fanta.presses("👍 Vu")
    await aminata.presses_data(callbacks.TellAnew(number).pack())
    await people.passes(seconds=5)
    await fanta.look()
    assert not copies(fanta, "✏️ Attention"), copies(fanta, "✏️ Attention")


async def test_no_poster_of_what_was_withdrawn(people):
    await announces(people)
    await sends(people)
    fanta, number = people.phone("Fanta"), (await only_one(people)).id
    await fanta.presses_data(callbacks.Retell(number, "").pack())
    await people.phone("Aminata").presses_data(callbacks.WithdrawAnnouncement(number, 1).pack())
    await people.settled()
    await fanta.presses_data(callbacks.Retell(number, "fr").pack())
    await fanta.look()
    assert "photo" not in fanta.screen


@pytest.mark.parametrize("way", ["mute", "visitor"])
async def test_who_mutes_or_leaves_before_it_goes_does_not_get_it(people, way):
    bakary = await people.new_phone("Bakary", person_id=BAKARY)
    await bakary.settles_in("Français", "🌉 Bamako")
    clock_at(people, hour=22)
    await announces(people)
    await sends(people)
    fanta = people.phone("Fanta")
    if way == "mute":
        await fanta.presses_data(callbacks.MuteKind("news").pack())
    else:
        await people.database.transaction(lambda session: roles.change(
            session, members.by_telegram_id(session, bakary.id), members.by_telegram_id(session, fanta.id).id, "visitor",
            desk=people.machine.desk, now=people.machine.clock.now()))
        role = await people.database.read(lambda session: members.by_telegram_id(session, fanta.id).role)
        assert role == "visitor"
    await people.passes(hours=11)
    await fanta.look()
    assert not copies(fanta, FRENCH)


async def test_a_correction_of_what_was_withdrawn_leaves_one_free(people):
    await announces(people)
    await sends(people)
    aminata, number = people.phone("Aminata"), (await only_one(people)).id
    await aminata.presses_data(callbacks.CorrectAnnouncement(number, "fr").pack())
    await people.database.transaction(lambda session: setattr(session.get(Announcement, number), "state", "withdrawn"))
    await aminata.types("Dimanche.")
    first = aminata.text
    await aminata.types("bonjour")
    assert aminata.text != first, first


async def test_what_is_under_way_can_be_corrected_by_a_button(people):
    clock_at(people, hour=22)
    await announces(people)
    aminata = await sends(people)
    await aminata.presses_data(callbacks.ShowAnnouncement((await only_one(people)).id).pack())
    assert "✏️ Français" in aminata.labels, aminata.labels


@pytest.mark.parametrize("way", ["stop", "mute", "visitor"])
async def test_who_said_stop_is_not_reminded(people, way):
    await announces(people)
    aminata = await sends(people)
    fanta = people.phone("Fanta")
    if way == "stop":
        await fanta.types("stop")
    elif way == "mute":
        await fanta.presses_data(callbacks.MuteKind("news").pack())
    else:
        await people.database.transaction(lambda session: setattr(members.by_telegram_id(session, fanta.id), "role", "visitor"))
    before = len(fanta.bot_messages)
    await aminata.presses_data(callbacks.NudgeAnnouncement((await only_one(people)).id).pack())
    await people.passes(seconds=5)
    await fanta.look()
    assert said(fanta)[before:] == []


@pytest.mark.parametrize("age", ["young", "old"])
async def test_who_listens_first_does_not_keep_the_old_voice(people, age):
    """Deleted while Telegram lets us, else it says that it was corrected; who listens in the other language keeps theirs."""
    phones = {"fr": people.phone("Fanta"), "bm": people.phone("Moussa")}
    for phone in phones.values():
        await people.database.transaction(
            lambda session, phone=phone: setattr(members.by_telegram_id(session, phone.id), "listens_first", True)
        )
    await announces(people)
    voices = {code: await lends_voice(people, code) for code in phones}
    await sends(people)
    if age == "old":
        await people.passes(hours=50)
    await corrects(people, "fr", "Réunion dimanche.")
    for phone in phones.values():
        await phone.look()
    heard = {code: [one for one in phone.bot_messages if "voice" in one] for code, phone in phones.items()}

    assert [one["voice"]["file_id"] for one in heard["bm"]] == [voices["bm"]]
    assert [one.get("caption", "")[:10] for one in heard["fr"]] == {"young": [], "old": ["✏️ Corrigé"]}[age]


async def test_a_correction_of_what_was_urgent_is_told_at_once(people):
    clock_at(people, hour=22)
    aminata = await announces(people)
    urgent = ("👥 Pour qui", "🚨 C'est urgent", "⬅️ Retour")
    for label in (*urgent, "👀 Voir avant d'envoyer", "✅ Envoyer", "🚨 Envoyer maintenant"):
        await aminata.presses(label)
    await people.passes(seconds=31)
    fanta = people.phone("Fanta")
    await fanta.look()
    await fanta.presses("👍 Vu")
    await corrects(people, "fr", "Dimanche.")
    await aminata.presses_data(callbacks.TellAnew((await only_one(people)).id).pack())
    await people.passes(seconds=31)
    await fanta.look()
    assert copies(fanta, "✏️ Attention")
