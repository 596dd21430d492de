"""Visits welcomed: prepared by two people far apart, late in one tap, arrived on both shores, nobody left behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from bot import callbacks, jobs
from bot.domain import delegations, itineraries, members
from db.models import Claim, Delegation, DelegationState, Delivery, Stop, Task, Trip
from tests.conftest import let_in

both_languages = pytest.mark.parametrize("language", ["fr", "bm"])
FLIGHT, BACK = "AF596 CDG-BKO 5/12 16:15-20:35", "BKO-CDG 15/12 23:10-6:05"


@pytest.fixture
def locales_dir(fewer_phrasings):
    """Fewer phrasings: answers are not what is tested here."""
    return fewer_phrasings


async def prepares(house, *, opened=True, team=("Fanta",)):
    """A visit of six with its flights; Fanta welcomes in Bamako."""
    aminata = house.phone("Aminata")
    await aminata.types("/delegations")
    await aminata.presses("✏️ Préparer")
    await aminata.presses("✈️ Vers le Mali")
    await aminata.types(FLIGHT)
    number = (await visit(house)).id
    await aminata.presses("🛫 Vol retour")
    await aminata.types(BACK)
    await aminata.presses("👥 Combien")
    await aminata.types("6, dont 2 femmes")
    await aminata.presses("🪪 Qui vient")
    await aminata.types("Mme Durand, maire adjointe, +33 1 00 00 00 00")
    for name in team:
        member = await house.database.read(lambda session, name=name: members.by_telegram_id(session, house.phone(name).id).id)
        await aminata.presses_data(callbacks.EditVisit(number, "team", str(member)).pack())
    await aminata.presses_data(callbacks.BoardVisit(number).pack())
    if opened:
        await aminata.presses("✅ Ouvrir à l'équipe")
    await house.settled()
    for phone in house.phones.values():
        await phone.look()
    return aminata


async def visit(house):
    """Return the visit."""
    return await house.database.read(lambda session: session.scalars(select(Delegation).order_by(Delegation.id)).first())


async def stop(house, kind):
    """Return a stop of the visit."""
    return await house.database.read(lambda session: session.scalars(select(Stop).where(Stop.kind == kind)).one())


async def task(house, kind, stop_kind="flight"):
    """Return a task of the visit."""
    wanted = select(Task).join(Stop, Stop.id == Task.stop_id).where(Task.kind == kind, Stop.kind == stop_kind)
    return await house.database.read(lambda session: session.scalars(wanted).one())


def said(phone):
    """Return all that was said to somebody."""
    return "\n".join(message.get("text", "") for message in phone.bot_messages)


async def takes(house, name, kind, act="claim"):
    """Somebody takes a task, hands it on or does it."""
    phone = house.phone(name)
    await phone.presses_data(callbacks.ActTask((await task(house, kind)).id, act).pack())
    return phone


# ---- prepared
async def test_row_63_a_flight_is_typed_in_local_hours_and_shown_on_both_shores(people):
    aminata = await prepares(people, opened=False)
    arrival, way_back = await stop(people, "flight"), await stop(people, "flight_back")

    assert (arrival.leaves_at, arrival.at) == (
        datetime(2026, 12, 5, 15, 15, tzinfo=UTC), datetime(2026, 12, 5, 20, 35, tzinfo=UTC),
    )  # fmt: skip
    assert (way_back.leaves_at, way_back.at) == (
        datetime(2026, 12, 15, 23, 10, tzinfo=UTC), datetime(2026, 12, 16, 5, 5, tzinfo=UTC),
    )  # fmt: skip
    assert (
        "▫️ 🛬 Arrivée : sam. 5/12 16:15 (Bamako 15:15) → sam. 5/12 21:35 (Bamako 20:35)" in aminata.text.splitlines()
    )


async def test_row_64_tasks_hang_on_stops_by_an_offset(people):
    await prepares(people)
    fanta = people.phone("Fanta")

    assert "✋ 19:35 Accueil à l'aéroport : ❗ il manque 2" in fanta.text.splitlines()
    assert "✋ 20:05 Voiture : ❗ il manque 1" in fanta.text.splitlines()


@both_languages
async def test_row_65_one_tap_and_never_two_on_one_place(people, language):
    await prepares(people, team=("Fanta", "Moussa"))
    fanta, moussa = people.phone("Fanta"), people.phone("Moussa")
    if language == "fr":
        await moussa.types("/langue")
        await moussa.presses("Français")
    await takes(people, "Fanta", "sim")
    mine = fanta.text
    await takes(people, "Moussa", "sim")

    assert "✋ 20:35 Cartes de téléphone : Fanta" in mine
    assert moussa.text == {
        "fr": "✅ C'est déjà pris, merci ! Regarde ce qui reste.", "bm": "✅ A minɛna kaban, i ni ce! Min tora, o lajɛ.",
    }[language]  # fmt: skip
    held = await people.database.read(lambda session: session.scalars(select(Claim)).all())
    assert len(held) == 1


@both_languages
async def test_row_66_a_dropped_task_is_not_a_free_task(people, language):
    await prepares(people, team=("Fanta", "Moussa"))
    fanta, moussa, aminata = (people.phone(name) for name in ("Fanta", "Moussa", "Aminata"))
    if language == "fr":
        await moussa.types("/langue")
        await moussa.presses("Français")
    await takes(people, "Fanta", "sim")
    await takes(people, "Fanta", "sim", "seek")
    await people.settled()
    for phone in (moussa, aminata):
        await phone.look()
    still = fanta.text
    heard, coordinator = moussa.text, said(aminata)
    await moussa.presses("✋ Je remplace" if language == "fr" else "✋ N bɛ kɛ a nɔ na")
    await people.settled()
    await fanta.look()

    assert "🆘 Fanta" in still
    assert heard.splitlines()[0] == {
        "fr": "🆘 Fanta ne peut plus : Cartes de téléphone", "bm": "🆘 Fanta tɛ se tugun: Telefɔni kariti",
    }[language]  # fmt: skip
    assert "🆘 Fanta ne peut plus : Cartes de téléphone" in coordinator
    assert fanta.text == "🙏 Moussa s'en occupe : Cartes de téléphone\nTu es libre, merci !"


async def test_row_67_unclaimed_tasks_ask_who_has_not_answered(people):
    oumar = await people.new_phone("Oumar", person_id=1200)
    await oumar.settles_in("Français", "🌉 Bamako")
    await let_in(people, "Oumar")
    aminata = await prepares(people)
    await people.passes(days=6)  # less than a week before the airport, by day
    await oumar.look()
    called = said(oumar).count("Accueil à l'aéroport, le samedi 5 décembre 2026")
    airport = await task(people, "airport")
    await oumar.presses_data(callbacks.ActTask(airport.id, "refuse").pack())
    await people.passes(days=5)
    for phone in (oumar, aminata):
        await phone.look()

    assert called == 1
    assert "Accueil à l'aéroport" not in said(oumar)  # the call they pressed has become « c'est noté »
    assert "❗ Personne n'a pris" in said(aminata)
    assert "• Accueil à l'aéroport, " in said(aminata)
    assert "Oumar" in said(aminata)


# ---- late
@both_languages
async def test_row_68_a_delay_moves_all_that_hangs_and_tells_the_airport_first(people, language):
    await prepares(people, team=("Fanta", "Moussa"))
    moussa, fanta = people.phone("Moussa"), people.phone("Fanta")
    if language == "fr":
        await moussa.types("/langue")
        await moussa.presses("Français")
    await takes(people, "Moussa", "airport")
    arrival = await stop(people, "flight")
    before = len(people.calls("sendMessage"))
    await fanta.presses_data(callbacks.EditStop(arrival.id, "late", "").pack())
    await fanta.presses("+ 2 h")
    shown = fanta.text
    await fanta.presses("✅ Prévenir")
    await people.settled()
    await people.passes(hours=0.01)
    await moussa.look()
    told = [int(call["values"]["chat_id"]) for call in people.calls("sendMessage")[before:] if "result" in call]
    lodging = await stop(people, "lodging")

    assert shown.splitlines() == [
        "⏰ Ceci change :", "🛬 Arrivée", "sam. 5/12 20:35 (Paris 21:35) → sam. 5/12 22:35 (Paris 23:35)",
        "🛏 Logement", "sam. 5/12 22:35 (Paris 23:35) → dim. 6/12 00:35 (Paris 01:35)",
    ]  # fmt: skip
    assert lodging.at == datetime(2026, 12, 6, 0, 35, tzinfo=UTC)
    first = {"fr": "⏰ ✈️ Vers le Mali", "bm": "⏰ ✈️ Ka taa Mali"}[language]
    assert moussa.text.splitlines()[0] == first
    assert "22:35" in moussa.text
    assert people.phone("Moussa").id in told
    late = select(Delivery.chat_id, Delivery.lane).where(Delivery.view == delegations.DELAYED)
    lanes = dict(await people.database.read(lambda session: session.execute(late).all()))
    assert all(lanes[moussa.id] < lane for chat_id, lane in lanes.items() if chat_id != moussa.id) and len(lanes) > 1


async def test_row_68_twice_past_midnight_and_back_again(people):
    await prepares(people)
    fanta, arrival = people.phone("Fanta"), await stop(people, "flight")
    landings = []
    for minutes in (120, 120, -240):
        await fanta.presses_data(callbacks.DelayStop(arrival.id, minutes, 0).pack())
        await fanta.presses("✅ Prévenir")
        landings.append((await stop(people, "flight")).at)

    assert landings == [
        datetime(2026, 12, 5, 22, 35, tzinfo=UTC), datetime(2026, 12, 6, 0, 35, tzinfo=UTC),
        datetime(2026, 12, 5, 20, 35, tzinfo=UTC),
    ]  # fmt: skip
    assert (await stop(people, "lodging")).at == datetime(2026, 12, 5, 22, 35, tzinfo=UTC)


async def test_row_69_what_does_not_hang_is_shown_as_a_question(people):
    await prepares(people)
    fanta, arrival = people.phone("Fanta"), await stop(people, "flight")
    courtesy = (await stop(people, "courtesy")).at
    await fanta.presses_data(callbacks.DelayStop(arrival.id, 1440, 0).pack())
    shown = fanta.text
    await fanta.presses("✅ Prévenir")

    assert "⚠️ 🤝 Visite de courtoisie vient avant la fin de : 🛏 Logement. Que faire ?" in shown.splitlines()
    assert (await stop(people, "courtesy")).at == courtesy


async def test_row_70_another_day_asks_again(people):
    await prepares(people)
    fanta, arrival = await takes(people, "Fanta", "airport"), await stop(people, "flight")
    aminata = people.phone("Aminata")
    await aminata.presses_data(callbacks.DelayStop(arrival.id, 1440, 0).pack())
    await aminata.presses("✅ Prévenir")
    await people.settled()
    await fanta.look()
    asked = fanta.text
    await fanta.presses(fanta.labels[0])
    confirmed = await people.database.read(lambda session: session.scalars(select(Claim.is_to_confirm)).one())

    assert "❓ C'est un autre jour : demain aussi, tu peux ?" in asked.splitlines()
    assert confirmed is False


# ---- the card
async def test_row_71_j5_one_pinned_card_kept_true_and_protected(people):
    await prepares(people)
    fanta = people.phone("Fanta")
    card = fanta.screen["message_id"]
    await takes(people, "Fanta", "airport")
    await people.passes(seconds=10)
    await fanta.look()
    shown = next(message for message in fanta.bot_messages if message["message_id"] == card)

    assert card in [int(call["values"]["message_id"]) for call in people.calls("pinChatMessage")]
    assert shown["has_protected_content"] is True
    assert "Mme Durand, maire adjointe" in shown["text"]
    assert "✋ 19:35 Accueil à l'aéroport : Fanta, ❗ il manque 1" in shown["text"].splitlines()
    assert "⏳ Dans 12 jours" in shown["text"].splitlines()


@both_languages
async def test_row_72_arrived_is_told_on_both_shores(people, language):
    await prepares(people)
    moussa, aminata, fanta = (people.phone(name) for name in ("Moussa", "Aminata", "Fanta"))
    if language == "fr":
        await moussa.types("/langue")
        await moussa.presses("Français")
    people.simulator.clock.set(datetime(2026, 12, 5, 20, 40, tzinfo=UTC))
    arrival = (await stop(people, "flight")).id
    for _ in range(3):
        await fanta.presses_data(callbacks.Arrived(arrival).pack())
    await people.passes(days=0.5)
    for phone in (moussa, aminata):
        await phone.look()

    words = {"fr": "🛬 ✈️ Vers le Mali\nLes 6 personnes sont bien arrivées.", "bm": "🛬 ✈️ Ka taa Mali\nMɔgɔ 6 sera hɛrɛ la."}
    assert moussa.all_texts("🛬") == [words[language]]
    assert aminata.all_texts("🛬 ✈️") == [words["fr"]]


async def test_row_73_a_task_asks_for_a_woman_or_a_vehicle(people):
    await prepares(people)
    fanta = people.phone("Fanta")
    await takes(people, "Fanta", "women")
    refused = fanta.text
    await fanta.presses_data(callbacks.Open("skills").pack())
    await fanta.presses("▫️ 👩 Je suis une femme")
    await takes(people, "Fanta", "women")

    assert refused == "🔎 Cette tâche demande autre chose. Dis-le dans « Je peux aider »."
    assert "Accompagner les femmes : Fanta" in fanta.text


@both_languages
async def test_row_74_j5_who_is_curious_learns_the_day_alone(people, language):
    aminata = await prepares(people)
    await aminata.presses("📣 Prévenir les membres")
    await people.settled()
    moussa, demba = people.phone("Moussa"), people.phone("Demba")
    if language == "fr":
        await moussa.types("/langue")
        await moussa.presses("Français")
    number, arrival = (await visit(people)).id, await stop(people, "flight")
    airport = await task(people, "airport")
    for phone in (moussa, demba):
        for data in (
            callbacks.ShowVisit(number), callbacks.BoardVisit(number), callbacks.EditVisit(number, "stops", ""),
            callbacks.EditVisit(number, "travellers", ""), callbacks.ShowStop(arrival.id), callbacks.ListTasks(number, 0),
            callbacks.EditStop(arrival.id, "late", ""), callbacks.DelayStop(arrival.id, 60, 0), callbacks.ShowTask(airport.id),
            callbacks.Arrived(arrival.id), callbacks.ActTask(airport.id, "claim"), callbacks.EditVisit(number, "report", ""),
        ):  # fmt: skip
            await phone.presses_data(data.pack())
        await phone.types("/start s-d1")
    seen = said(moussa) + said(demba)

    secrets = ("Durand", "AF596", "20:35", "21:35", "16:15", "Logement", "aéroport", "pankurunjiginyɔrɔ", "Fanta")
    assert [word for word in secrets if word in seen] == []
    day = {"fr": "samedi 5 décembre 2026", "bm": "sibiridon, desanburukalo tile 5, san 2026"}[language]
    assert day in said(moussa)
    assert (await stop(people, "flight")).state == "planned"


async def test_row_74_j5_a_week_after_the_end_nothing_of_the_itinerary_is_left(people):
    await prepares(people)
    await takes(people, "Fanta", "airport")
    await finishes(people)
    await people.passes(days=8)
    await jobs.housekeeping(people.machine)
    await people.settled()
    fanta = people.phone("Fanta")
    await fanta.look()
    kept = await people.database.read(
        lambda session: [(one.place, one.note, one.at, one.number) for one in session.scalars(select(Stop))]
    )

    assert set(kept) == {("", "", None, "")}
    assert (await visit(people)).travellers == ""
    assert "Durand" not in said(fanta)


async def test_row_74_a_card_of_months_ago_is_emptied_too_and_a_month_later_nobody_knows_who_had_it(people):
    await prepares(people)
    fanta = people.phone("Fanta")
    before = said(fanta)
    people.simulator.clock.set(datetime(2027, 2, 20, 9, tzinfo=UTC))  # nobody has closed it
    await jobs.housekeeping(people.machine)
    people.machine.worker.wake()
    await people.settled()
    await fanta.look()
    emptied = said(fanta)
    cards = select(func.count()).select_from(Delivery).where(Delivery.view == delegations.CARD)
    kept = await people.database.read(lambda session: session.scalar(cards))
    people.simulator.clock.set(datetime(2027, 4, 1, 9, tzinfo=UTC))
    await jobs.housekeeping(people.machine)

    assert ("Durand" in before, "Durand" in emptied, kept > 0) == (True, False, True)
    assert await people.database.read(lambda session: session.scalar(cards)) == 0


async def finishes(house):
    """Every stop is ticked and the visit closed."""
    aminata, number = house.phone("Aminata"), (await visit(house)).id
    house.simulator.clock.set(datetime(2026, 12, 16, 9, 0, tzinfo=UTC))
    stops = await house.database.read(lambda session: itineraries.stops(session, number))
    for one in stops:
        await aminata.presses_data(callbacks.EditStop(one.id, "done", "").pack())
    await aminata.presses_data(callbacks.ActVisit(number, 1, "close").pack())
    await house.settled()


async def test_row_75_nobody_is_left_behind(people):
    aminata = await prepares(people)
    number = (await visit(people)).id
    await aminata.presses_data(callbacks.ActVisit(number, 1, "close").pack())
    refused = aminata.text
    await takes(people, "Fanta", "airport")
    await takes(people, "Fanta", "airport", "done")
    await finishes(people)
    fanta = people.phone("Fanta")
    await people.passes(hours=1)
    await fanta.look()

    assert refused.startswith("✋ Il reste une étape à cocher : ")
    assert (await visit(people)).state == DelegationState.CLOSED
    assert fanta.all_texts("🙏") == ["🙏 ✈️ Vers le Mali\nMerci ! Tu as donné 2 h."]


async def test_row_78_the_archive_answers_when_the_last_one_came(people):
    await prepares(people)
    await finishes(people)
    fanta = people.phone("Fanta")
    await fanta.types("Quand arrive la prochaine délégation ?")

    assert fanta.text == (
        "✈️ Aucune visite n'est prévue.\nLa dernière fois : 6 personnes, le samedi 5 décembre 2026."
    )


async def test_a_cancelled_visit_says_so_to_the_team_and_to_everybody(people):
    aminata = await prepares(people)
    await aminata.presses("📣 Prévenir les membres")
    await people.settled()
    await aminata.presses("❌ Annuler la visite")
    await aminata.presses("❌ Annuler la visite")
    await people.passes(hours=1)
    moussa, fanta = people.phone("Moussa"), people.phone("Fanta")
    for phone in (moussa, fanta):
        await phone.look()

    assert "❌ ✈️ Vers le Mali\nLa visite n'a pas lieu." in said(fanta)
    assert "Cidenkulu tɛ na tugun." in said(moussa)


# ---- members' own journeys
@both_languages
async def test_row_77_a_journey_in_four_taps_seen_entrusted_and_over_by_itself(people, language):
    moussa, aminata = people.phone("Moussa"), people.phone("Aminata")
    if language == "fr":
        await moussa.types("/langue")
        await moussa.presses("Français")
    await moussa.types("/delegations" if language == "fr" else "/cidenkuluw")
    await moussa.presses("🧳 Je voyage" if language == "fr" else "🧳 N bɛ taa")
    await moussa.presses("🌳 Koniakary")
    await moussa.presses("mar. 24/11" if language == "fr" else "tar. 24/11")
    await moussa.types("20 décembre" if language == "fr" else "desanburu tile 20")
    told = moussa.text
    await aminata.types("/delegations")
    await aminata.presses("🧳 Qui voyage")
    await aminata.presses(aminata.labels[0])
    await aminata.presses("🤲 Confier")
    await aminata.types("Porter la convention au maire")
    await people.settled()
    await moussa.look()
    asked = moussa.text
    await moussa.presses("✅ Je l'emporte" if language == "fr" else "✅ N b'a ta")
    await people.settled()
    await aminata.look()
    people.simulator.clock.set(people.simulator.clock.now() + timedelta(days=30))
    await jobs.housekeeping(people.machine)
    left = await people.database.read(lambda session: session.scalars(select(Trip)).all())

    assert told == {
        "fr": "🧳 C'est noté : Koniakary mar. 24/11 – dim. 20/12\nLes responsables le voient.",
        "bm": "🧳 A sɛbɛnna: Koniakary tar. 24/11 – kar. 20/12\nƝɛmɔgɔw b'a ye.",
    }[language]
    assert asked == {
        "fr": "🤲 Aminata te demande :\nPorter la convention au maire",
        "bm": "🤲 Aminata b'a ɲini i fɛ:\nPorter la convention au maire",
    }[language]
    assert aminata.text == "✅ Moussa est d'accord."
    assert left == []


async def test_a_place_outside_is_no_member_s(people):
    """Demba is no member: he tells no journey."""
    demba = people.phone("Demba")
    await demba.presses_data(callbacks.TellTrip("-", "-", "-").pack())

    assert "🧳" not in demba.text


@both_languages
async def test_row_76_news_of_the_journey_reach_people_after_one_yes(people, language):
    aminata = await prepares(people)
    fanta, moussa = people.phone("Fanta"), people.phone("Moussa")
    if language == "bm":
        await fanta.types("/langue")
        await fanta.presses("Bamanankan")
    await fanta.presses_data(callbacks.EditVisit((await visit(people)).id, "news", "").pack())
    photo = people.world.store_file("photo", b"", "", "image/jpeg").file_id
    await fanta.sends(photo=[{"file_id": photo, "file_unique_id": "p", "width": 8, "height": 6}], caption="Koniakary !")
    thanked = fanta.text
    await people.settled()
    await aminata.look()
    asked = aminata.text
    await moussa.look()
    before = [message for message in moussa.bot_messages if "photo" in message]
    await aminata.presses("👀 Regarder")
    await aminata.presses("👀 Voir avant d'envoyer")
    await aminata.presses("✅ Envoyer")
    await people.passes(seconds=31)
    await moussa.look()
    after = [message for message in moussa.bot_messages if "photo" in message]

    assert thanked == {
        "fr": "📷 Merci ! Un responsable regarde, puis l'envoie.",
        "bm": "📷 I ni ce! Ɲɛmɔgɔ dɔ b'a lajɛ, o kɔfɛ a b'a ci.",
    }[language]
    assert asked == "📷 Fanta envoie des nouvelles du voyage.\nRegarde-les, puis envoie-les."
    assert (before, len(after)) == ([], 1)
    assert after[0]["caption"].startswith("Koniakary !")
