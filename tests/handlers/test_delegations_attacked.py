"""What a hostile tester tries on visits."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot import callbacks, jobs
from bot.domain import members
from db.models import Claim, Member, Mute, Task, Trip
from tests.conftest import let_in
from tests.handlers.test_delegations import finishes, prepares, said, stop, takes, task, visit

EDIT_VISIT, EDIT_STOP, ACT = callbacks.EditVisit, callbacks.EditStop, callbacks.ActTask


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """SQLite is enough here."""
    return request.param


@pytest.fixture
def locales_dir(fewer_phrasings):
    """Fewer phrasings."""
    return fewer_phrasings


async def demotes(house, name):
    """Aminata makes somebody a visitor, as the roles do it."""
    from bot.domain import roles

    def work(session):
        actor = members.by_telegram_id(session, house.phone("Aminata").id)
        who = members.by_telegram_id(session, house.phone(name).id)
        roles.change(session, actor, who.id, "visitor", desk=house.machine.desk, now=house.machine.clock.now())

    await house.database.transaction(work)


async def oumar_of_bamako(house):
    """Oumar lives in Bamako and is not in the team."""
    oumar = await house.new_phone("Oumar", person_id=1200)
    await oumar.settles_in("Français", "🌉 Bamako")
    await let_in(house, "Oumar")
    return oumar


async def delays(phone, stop_id, minutes):
    """Somebody moves a stop."""
    await phone.presses_data(callbacks.DelayStop(stop_id, minutes, 0).pack())
    await phone.presses("✅ Prévenir")


def now_set(house, *when):
    """Set the simulator's clock."""
    house.simulator.clock.set(datetime(*when, tzinfo=UTC))


# ---- leaks
async def test_01_a_demoted_team_member_hears_no_cry_for_help(people):
    """Who is no member any more must not be sent who cannot come, to what and when."""
    await prepares(people, team=("Fanta", "Moussa"))
    moussa = people.phone("Moussa")
    await takes(people, "Fanta", "sim")
    await demotes(people, "Moussa")
    await takes(people, "Fanta", "sim", "seek")
    await people.settled()
    await people.passes(hours=14)
    await moussa.look()
    assert "🆘" not in said(moussa)


async def test_02_the_pinned_card_of_a_demoted_person_is_emptied(people):
    """Names of travellers and phones must leave the chat of who is demoted, at the latest when it is purged."""
    await prepares(people)
    await demotes(people, "Fanta")
    await finishes(people)
    await people.passes(days=8)
    await jobs.housekeeping(people.machine)
    await people.settled()
    await people.phone("Fanta").look()
    assert "Durand" not in said(people.phone("Fanta"))


async def test_03_a_card_that_was_called_up_is_purged_too(people):
    """« Voir la carte » shows names: a week after the end that message must say nothing any more."""
    await prepares(people)
    fanta = people.phone("Fanta")
    await fanta.presses_data(callbacks.ShowVisit((await visit(people)).id).pack())
    await people.settled()
    await fanta.look()
    assert "Durand" in said(fanta)
    await fanta.types("/delegations")
    await finishes(people)
    await people.passes(days=8)
    await jobs.housekeeping(people.machine)
    await people.settled()
    await fanta.look()
    assert "Durand" not in said(fanta)


async def test_04_j5_a_visit_nobody_closed_is_purged_too(people):
    """A week after the return nothing of the itinerary may be left, also when nobody pressed « close »."""
    await prepares(people)
    now_set(people, 2027, 1, 20, 9)
    await jobs.tick(people.machine)
    await jobs.housekeeping(people.machine)
    assert (await visit(people)).travellers == ""


async def test_05_words_typed_as_a_task_are_purged(people):
    """Free words of tasks (« chercher Mme Durand, +33… ») must go with the rest."""
    await prepares(people)
    fanta = people.phone("Fanta")
    await fanta.presses_data(EDIT_STOP((await stop(people, "flight")).id, "task", "").pack())
    await fanta.types("Chercher Mme Durand chez elle")
    await finishes(people)
    await people.passes(days=8)
    await jobs.housekeeping(people.machine)
    titles = await people.database.read(lambda session: [one.titles for one in session.scalars(select(Task))])
    assert "Durand" not in str(titles)


async def test_06_outsiders_do_not_see_what_a_task_asks_for(people):
    """EditTask choose_wants is for who may see the visit."""
    await prepares(people)
    moussa = people.phone("Moussa")
    await moussa.types("/langue")
    await moussa.presses("Français")
    women = await task(people, "women")
    await moussa.presses_data(callbacks.EditTask(women.id, "choose_wants", "").pack())
    assert "✅ 👩 Je suis une femme" not in moussa.labels and "femme" not in " ".join(moussa.labels)


# ---- nobody comes / wrong hour
async def test_10_a_new_flight_moves_what_hangs_on_it(people):
    """A changed flight typed anew must move lodging, as a delay does."""
    aminata = await prepares(people)
    await aminata.presses_data(EDIT_VISIT((await visit(people)).id, "flight", "").pack())
    await aminata.types("AF596 CDG-BKO 8/12 16:15-20:35")
    assert (await stop(people, "lodging")).at == datetime(2026, 12, 8, 22, 35, tzinfo=UTC)


async def test_11_a_new_flight_is_told(people):
    """Who holds the airport task must be told that the flight of an open visit is another one."""
    aminata = await prepares(people, team=("Fanta", "Moussa"))
    fanta = await takes(people, "Fanta", "airport")
    await aminata.presses_data(EDIT_VISIT((await visit(people)).id, "flight", "").pack())
    await aminata.types("AF596 CDG-BKO 8/12 16:15-20:35")
    await people.passes(hours=24)
    await fanta.look()
    assert fanta.all_texts("⏰")


async def test_12_the_day_follows_the_hour_of_the_arrival(people):
    """« Heure » on the flight must not let its day and the day everybody is told come apart: a flight is typed as one."""
    await prepares(people)
    fanta = people.phone("Fanta")
    await fanta.presses_data(EDIT_STOP((await stop(people, "flight")).id, "hour", "").pack())
    await fanta.types("7/12 20h")
    flight = await stop(people, "flight")
    assert (str((await visit(people)).arrives_on), str(flight.at.date())) == ("2026-12-05", "2026-12-05")


async def test_13_no_arrival_before_the_departure(people):
    """« Heure » must refuse a landing before its own take-off."""
    await prepares(people)
    fanta = people.phone("Fanta")
    await fanta.presses_data(EDIT_STOP((await stop(people, "flight")).id, "hour", "").pack())
    await fanta.types("5/12 8h")
    arrival = await stop(people, "flight")
    assert arrival.at > arrival.leaves_at


async def test_14_who_is_demoted_holds_no_task(people):
    """A task of somebody who is no member any more must be open again: else nobody is at the airport."""
    await prepares(people, team=("Fanta", "Moussa"))
    await takes(people, "Fanta", "sim")
    await demotes(people, "Fanta")
    held = await people.database.read(lambda session: session.scalars(select(Claim.state)).all())
    assert [one for one in held if one == "held"] == []


async def test_15_a_cancelled_visit_seeks_nobody(people):
    """« Je ne peux plus » of an old message must not call the team once the visit is called off."""
    aminata = await prepares(people, team=("Fanta", "Moussa"))
    await takes(people, "Fanta", "sim")
    await aminata.presses_data(callbacks.ActVisit((await visit(people)).id, 1, "cancel").pack())
    await people.settled()
    await takes(people, "Fanta", "sim", "seek")
    await people.settled()
    await people.passes(hours=14)
    await people.phone("Moussa").look()
    assert "🆘" not in said(people.phone("Moussa"))


async def test_16_a_call_that_waited_for_the_morning_dies_with_the_visit(people):
    """A call for help queued by night must not leave after the visit was called off."""
    oumar = await oumar_of_bamako(people)
    aminata = await prepares(people)
    now_set(people, 2026, 11, 28, 22, 30)  # night in Bamako, less than a week before
    await jobs.tick(people.machine)
    await people.settled()
    await oumar.look()
    assert "Un coup de main" not in said(oumar)
    await aminata.presses_data(callbacks.ActVisit((await visit(people)).id, 1, "cancel").pack())
    await people.passes(hours=12)
    await oumar.look()
    assert "Un coup de main" not in said(oumar)


async def test_17_one_can_find_the_task_one_holds(people):
    """From the card, whoever holds a task must reach it (done, cannot any more), however many are open."""
    await prepares(people)
    fanta = people.phone("Fanta")
    farewell = await task(people, "farewell", "farewell")
    await fanta.presses_data(ACT(farewell.id, "claim").pack())
    await fanta.presses_data(callbacks.ListTasks((await visit(people)).id, 0).pack())
    first = list(fanta.labels)
    assert any("Adieux" in one or "Au revoir" in one or "1/2" in one for one in first), first


async def test_20_who_muted_is_not_called(people):
    """Who wants to hear nothing of volunteering or visits must get no call."""
    oumar = await oumar_of_bamako(people)

    def mute(session):
        member = members.by_telegram_id(session, oumar.id)
        session.add_all([Mute(member_id=member.id, kind="volunteering"), Mute(member_id=member.id, kind="delegations")])

    await people.database.transaction(mute)
    await prepares(people)
    now_set(people, 2026, 11, 30, 10)
    await people.passes(minutes=1)
    await oumar.look()
    assert "Un coup de main" not in said(oumar)


async def test_21_coordinators_sleep(people):
    """« Personne n'a pris » must not reach a coordinator in the middle of the night."""
    aminata = await prepares(people)
    now_set(people, 2026, 11, 29, 1)
    await jobs.tick(people.machine)
    await people.settled()
    await aminata.look()
    assert "❗ Personne" not in said(aminata)


async def test_22_a_replacement_replaces_where_a_place_is_free_too(people):
    """« ✋ Je remplace » must free who cannot come, also where a second place was free."""
    await prepares(people, team=("Fanta", "Moussa"))
    await takes(people, "Fanta", "airport")
    await takes(people, "Fanta", "airport", "seek")
    await people.settled()
    await people.passes(hours=14)
    moussa = people.phone("Moussa")
    await moussa.look()
    await moussa.presses("✋ N bɛ kɛ a nɔ na")
    states = await people.database.read(lambda session: session.scalars(select(Claim.state).order_by(Claim.id)).all())
    assert states == ["freed", "held"]


async def test_23_unanswered_another_day_escalates(people):
    """Who has not answered « demain aussi ? » counts as nobody: the coordinators must hear before it is too late."""
    aminata = await prepares(people)
    await takes(people, "Fanta", "sim")
    await delays(aminata, (await stop(people, "flight")).id, 1440)
    await people.settled()
    now_set(people, 2026, 12, 6, 12)
    await jobs.tick(people.machine)
    await people.settled()
    await aminata.look()
    assert "Personne n'a pris" in said(aminata) and "• Cartes de téléphone, " in said(aminata)


async def test_24_after_a_long_delay_people_are_called_anew(people):
    """A step of the escalation that comes again at a new date must call people, as the coordinators are told it did."""
    oumar = await oumar_of_bamako(people)
    aminata = await prepares(people)
    now_set(people, 2026, 11, 30, 10)
    await people.passes(minutes=1)
    await delays(aminata, (await stop(people, "flight")).id, 30 * 1440)
    now_set(people, 2026, 12, 30, 10)
    await people.passes(minutes=1)
    await oumar.look()
    assert said(oumar).count("Accueil à l'aéroport, le lundi 4 janvier 2027") == 1


async def test_25_the_countdown_goes_down(people):
    """The pinned card must not say « dans 12 jours » on the eve."""
    await prepares(people)
    fanta = people.phone("Fanta")
    card = fanta.screen["message_id"]
    for _ in range(10):
        await people.passes(days=1)
    await fanta.look()
    shown = next(message for message in fanta.bot_messages if message["message_id"] == card)
    assert "Dans 2 jours" in shown["text"] or "heures" in shown["text"]


async def test_26_a_skipped_stop_does_not_cut_the_chain(people):
    """What hangs on a stop that is left out must still follow the flight."""
    await prepares(people)
    fanta = people.phone("Fanta")
    courtesy, lodging = await stop(people, "courtesy"), await stop(people, "lodging")
    await fanta.presses_data(EDIT_STOP(courtesy.id, "hang", "").pack())
    await fanta.presses_data(EDIT_STOP(lodging.id, "skip", "").pack())
    await delays(fanta, (await stop(people, "flight")).id, 120)
    assert (await stop(people, "courtesy")).at == datetime(2026, 12, 6, 12, tzinfo=UTC)


async def test_27_one_day_later_is_the_same_hour_across_the_clock_change(people):
    """« + 1 jour » in Paris over the spring change must keep 20:00."""
    aminata = people.phone("Aminata")
    await aminata.types("/delegations")
    await aminata.presses("✏️ Préparer")
    await aminata.presses_data(callbacks.NewVisit("north").pack())
    await aminata.types("BKO-CDG 27/3/2027 12:00-20:00")
    arrival = await stop(people, "flight")
    await delays(aminata, arrival.id, 1440)
    assert (await stop(people, "flight")).wall == "2027-03-28T20:00"


async def test_28_a_claim_does_not_spoil_the_delay(people):
    """Somebody claiming a task between preview and « Prévenir » must not make the delay fail."""
    await prepares(people, team=("Fanta", "Moussa"))
    fanta, arrival = people.phone("Fanta"), await stop(people, "flight")
    await fanta.presses_data(callbacks.DelayStop(arrival.id, 120, 0).pack())
    await takes(people, "Moussa", "sim")
    await fanta.presses("✅ Prévenir")
    assert (await stop(people, "flight")).at == datetime(2026, 12, 5, 22, 35, tzinfo=UTC)


async def test_29_going_back_from_late_ends_the_dialogue(people):
    """After « ⏰ » and « back » the next words must be a question again, not an hour."""
    await prepares(people)
    fanta = people.phone("Fanta")
    await fanta.presses_data(EDIT_STOP((await stop(people, "flight")).id, "late", "").pack())
    await fanta.presses(fanta.labels[-1])
    await fanta.types("Quand arrive la prochaine délégation ?")
    assert "6 personnes" in fanta.text and "samedi 5 décembre" in fanta.text


async def test_30_back_from_offering_is_no_dead_end(people):
    """A member who pressed « Aider » and « back » must see the visit, not a refusal."""
    await prepares(people)
    demba = people.phone("Demba")
    await demba.presses_data(callbacks.AboutVisit((await visit(people)).id, "offer", "").pack())
    await demba.presses("⬅️ Retour")
    assert "samedi 5 décembre 2026" in demba.text


@pytest.mark.parametrize("typed", [
    "af596 cdg-bko 5/12 16:15-20:35", "5/12 16:15-20:35 AF596 CDG-BKO", "AF596 CDG-BKO 5/12 16:15–20:35",
    "AF596 CDG-BKO 5/12 16:15 - 20:35", "AF 596 CDG→BKO 5/12 16h15→20h35", "AF596 BKO 5/12 16:15-20:35",
    "AF596 CDG BKO samedi 5 décembre 16:15 20:35",
])  # fmt: skip
async def test_31_flights_as_people_type_them(people, typed):
    """Lower case, another order, a long dash, only the airport of arrival: the flight must be read."""
    aminata = people.phone("Aminata")
    await aminata.types("/delegations")
    await aminata.presses("✏️ Préparer")
    await aminata.presses("✈️ Vers le Mali")
    await aminata.types(typed)
    arrival = await stop(people, "flight")
    assert (arrival.leaves_at, arrival.at, arrival.number) == (
        datetime(2026, 12, 5, 15, 15, tzinfo=UTC), datetime(2026, 12, 5, 20, 35, tzinfo=UTC), "AF596",
    )  # fmt: skip


async def test_32_a_flight_needs_two_airports(people):
    """CDG-CDG is no flight: it must be asked again."""
    aminata = people.phone("Aminata")
    await aminata.types("/delegations")
    await aminata.presses("✏️ Préparer")
    await aminata.presses("✈️ Vers le Mali")
    await aminata.types("AF596 CDG-CDG 5/12 16:15-20:35")
    assert (await stop(people, "flight")).at is None


async def test_33_a_forged_offset_breaks_nothing(people, caplog):
    """EditTask(offset, --60) must be an old button, not an exception."""
    aminata = await prepares(people)
    await aminata.presses_data(callbacks.EditTask((await task(people, "sim")).id, "offset", "--60").pack())
    assert "update failed" not in caplog.text


async def travels(house):
    """Moussa travels; Aminata entrusts him something."""
    moussa, aminata = house.phone("Moussa"), house.phone("Aminata")
    await moussa.presses_data(callbacks.TellTrip("koniakary", "2026-12-01", "2026-12-20").pack())
    trip = await house.database.read(lambda session: session.scalars(select(Trip.id)).first())
    await aminata.presses_data(callbacks.Entrust(trip).pack())
    await aminata.types("Porter la convention")
    await house.settled()
    return trip, moussa, aminata


async def test_40_the_last_answer_of_a_traveller_is_what_one_heard(people):
    """Yes, no, yes: the last thing the coordinator hears must be yes."""
    trip, moussa, aminata = await travels(people)
    for accepts in (1, 0, 1):
        await moussa.presses_data(callbacks.AnswerTrip(trip, accepts).pack())
        await people.settled()
    await aminata.look()
    assert aminata.text.startswith("✅ Moussa")


async def test_41_a_second_thing_entrusted_is_answered_too(people):
    """The yes to the second thing must be told as the first was."""
    trip, moussa, aminata = await travels(people)
    await moussa.presses_data(callbacks.AnswerTrip(trip, 1).pack())
    await people.settled()
    await aminata.presses_data(callbacks.Entrust(trip).pack())
    await aminata.types("Et les livres")
    await moussa.presses_data(callbacks.AnswerTrip(trip, 1).pack())
    await people.settled()
    await aminata.look()
    assert len(aminata.all_texts("✅ Moussa")) == 2


async def test_43_two_taps_one_journey(people):
    """The same day tapped twice must be one journey."""
    moussa = people.phone("Moussa")
    for _ in range(2):
        await moussa.presses_data(callbacks.TellTrip("koniakary", "2026-12-01", "2026-12-20").pack())
    assert len(await people.database.read(lambda session: session.scalars(select(Trip.id)).all())) == 1


async def test_50_arrived_reaches_coordinators_at_once(people):
    """Row 72: within a minute, also at 21:40 in Paris."""
    aminata = await prepares(people)
    now_set(people, 2026, 12, 5, 20, 40)
    await people.phone("Fanta").presses_data(callbacks.Arrived((await stop(people, "flight")).id).pack())
    await people.passes(minutes=1)
    await aminata.look()
    assert aminata.all_texts("🛬 ✈️")


async def test_51_the_team_can_be_left(people):
    """A second tap on ✅ in « team » must take somebody out, and their sight of the itinerary with it."""
    aminata = await prepares(people)
    number = (await visit(people)).id
    await aminata.presses_data(EDIT_VISIT(number, "team", "").pack())
    await aminata.presses(next(one for one in aminata.labels if "Fanta" in one))
    fanta = people.phone("Fanta")
    await fanta.presses_data(callbacks.ShowStop((await stop(people, "flight")).id).pack())
    assert "AF596" not in fanta.text and "21:35" not in fanta.text and "20:35" not in fanta.text


async def test_the_team_is_chosen_among_all_who_live_there(people):
    """Twelve more live where the visit arrives: each is a tap, and who is in it already stands first."""
    aminata = await prepares(people)
    now = people.simulator.clock.now()
    await people.database.transaction(lambda session: session.add_all(
        Member(telegram_id=70_000 + n, first_name=f"A{n:02}", role="member", language="fr", place="bamako", agreed_at=now,
               joined_at=now, seen_at=now)
        for n in range(12)
    ))  # fmt: skip
    await aminata.presses_data(EDIT_VISIT((await visit(people)).id, "team", "").pack())

    names = [label for label in aminata.labels if label[0] in "✅➕"]
    assert "Fanta" in names[0]
    assert [name[:5] for name in names[1:]] == [f"➕ A{n:02}" for n in range(12)]


async def test_52_bamako_finds_the_draft_it_completes(people):
    """Somebody of the team must reach the visit in preparation from /delegations."""
    await prepares(people, opened=False)
    fanta = people.phone("Fanta")
    await fanta.types("/delegations")
    await fanta.presses_data(callbacks.BoardVisit((await visit(people)).id).pack())
    assert fanta.text.startswith("✏️ ✈️ Vers le Mali")


async def test_54_f15_odd_messages_at_every_step_break_nothing(people, caplog):
    """A sticker, a photo, a voice and a place at each step must get a word and no exception."""
    aminata = await prepares(people)
    number, arrival = (await visit(people)).id, await stop(people, "flight")
    photo = people.world.store_file("photo", b"", "", "image/jpeg").file_id
    asked = [EDIT_VISIT(number, what, "") for what in (
        "title", "persons", "travellers", "flight", "flight_back", "programme", "news", "ask", "offer")]  # fmt: skip
    asked += [EDIT_STOP(arrival.id, what, "") for what in ("hour", "place", "note", "task", "late")]
    silent = []
    for press in asked:
        for odd in (
            {"photo": [{"file_id": photo, "file_unique_id": "p", "width": 8, "height": 6}]},
            {"sticker": {"file_id": photo, "file_unique_id": "s", "type": "regular", "width": 8, "height": 8,
                         "is_animated": False, "is_video": False}},
            {"location": {"latitude": 1.0, "longitude": 2.0}},
        ):  # fmt: skip
            await aminata.presses_data(press.pack())
            before = len(people.calls("sendMessage")) + len(people.calls("editMessageText"))
            await aminata.sends(**odd)
            await people.settled()
            if len(people.calls("sendMessage")) + len(people.calls("editMessageText")) == before:
                silent.append((press, list(odd)))
    assert "update failed" not in caplog.text
    assert "not rendered" not in caplog.text
    assert silent == []


async def test_55_a_photo_does_not_wipe_the_note(people):
    """A photo sent where a note was asked must be asked again, not empty the note."""
    await prepares(people)
    fanta, arrival = people.phone("Fanta"), await stop(people, "flight")
    await fanta.presses_data(EDIT_STOP(arrival.id, "note", "").pack())
    await fanta.types("Porte B")
    await fanta.presses_data(EDIT_STOP(arrival.id, "note", "").pack())
    photo = people.world.store_file("photo", b"", "", "image/jpeg").file_id
    await fanta.sends(photo=[{"file_id": photo, "file_unique_id": "p", "width": 8, "height": 6}])
    assert (await stop(people, "flight")).note == "Porte B"


async def test_56_many_stops_still_make_a_board(people, caplog):
    """Sixty stops must neither make the board too long nor the keyboard too large."""
    aminata = await prepares(people)
    number = (await visit(people)).id
    for _ in range(60):
        await aminata.presses_data(EDIT_VISIT(number, "add_stop", "meal").pack())
    await aminata.presses_data(callbacks.BoardVisit(number).pack())
    assert "update failed" not in caplog.text
    assert len(aminata.text) < 4096


async def test_58_cards_called_up_are_not_pinned_again(people):
    """Row 71, one pinned card: looking at it again must not pin a second one that never changes any more."""
    await prepares(people)
    fanta = people.phone("Fanta")
    for _ in range(3):
        await fanta.presses_data(callbacks.ShowVisit((await visit(people)).id).pack())
    pinned = [call for call in people.calls("pinChatMessage") if int(call["values"]["chat_id"]) == fanta.id]
    assert len(pinned) == 1


async def test_59_a_card_called_up_leads_to_the_one_kept_true(people):
    """Calling the card up must leave no copy behind that a delay does not reach."""
    await prepares(people)
    fanta = people.phone("Fanta")
    await fanta.presses_data(callbacks.ShowVisit((await visit(people)).id).pack())
    shown = fanta.screen["message_id"]
    await delays(people.phone("Aminata"), (await stop(people, "flight")).id, 120)
    await people.passes(hours=14)
    await fanta.look()
    texts = {message["message_id"]: message.get("text", "") for message in fanta.bot_messages}
    stale = [number for number, text in texts.items() if "Durand" in text and "22:35" not in text]
    assert ("Durand" in texts[shown], stale) == (False, [])


async def test_60_a_coordinator_demoted_hears_no_answer_of_travellers(people):
    """Who coordinates no more must not be told what travellers carry."""
    await people.new_phone("Sira", person_id=1300)
    await people.phone("Sira").settles_in("Français", "🌉 Bamako")
    await let_in(people, "Sira", role="coordinator")
    moussa, sira = people.phone("Moussa"), people.phone("Sira")
    await moussa.presses_data(callbacks.TellTrip("koniakary", "2026-12-01", "2026-12-20").pack())
    trip = await people.database.read(lambda session: session.scalars(select(Trip.id)).first())
    await sira.presses_data(callbacks.Entrust(trip).pack())
    await sira.types("Porter la convention")
    await demotes(people, "Sira")
    await moussa.presses_data(callbacks.AnswerTrip(trip, 1).pack())
    await people.settled()
    await sira.look()
    assert "Moussa est d'accord" not in said(sira)


async def test_61_erasing_oneself_with_a_task_is_told(people):
    """A team member erased eight hours before, after the last call: the coordinators must hear that the place is open."""
    from bot.domain import privacy

    aminata = await prepares(people)
    now_set(people, 2026, 12, 5, 11)
    await people.passes(minutes=1)
    await takes(people, "Fanta", "sim")
    await aminata.look()
    before = said(aminata).count("Cartes de téléphone")

    def erase(session):
        member = members.by_telegram_id(session, people.phone("Fanta").id)
        privacy.erase(session, member, desk=people.machine.desk, vault=people.machine.vault, now=people.machine.clock.now())

    await people.database.transaction(erase)
    await people.passes(minutes=5)
    await aminata.look()
    assert said(aminata).count("Cartes de téléphone") > before


async def test_62_a_cancelled_visit_books_nobody_twice(people):
    """Tasks of a visit that was called off must not be shown as conflicts of another one."""
    aminata = await prepares(people)
    await takes(people, "Fanta", "airport")
    first = (await visit(people)).id
    await aminata.presses_data(callbacks.ActVisit(first, 1, "cancel").pack())
    await aminata.presses_data(callbacks.NewVisit("south").pack())
    await aminata.types("AF596 CDG-BKO 5/12 16:15-20:35")

    def second(session):
        from db.models import Delegation, TeamMember

        member = members.by_telegram_id(session, people.phone("Fanta").id)
        new = session.scalars(select(Delegation.id).order_by(Delegation.id.desc())).first()
        session.add(TeamMember(delegation_id=new, member_id=member.id, joined_at=people.machine.clock.now()))
        task_id = session.scalars(select(Task.id).where(Task.delegation_id == new, Task.kind == "airport")).first()
        session.add(Claim(task_id=task_id, member_id=member.id, state="held", claimed_at=people.machine.clock.now()))
        return new

    new = await people.database.transaction(second)
    await aminata.presses_data(callbacks.BoardVisit(new).pack())
    assert "Fanta" in aminata.text
    assert "⚠️" not in aminata.text


async def test_63_the_second_visit_of_a_team_is_reached(people):
    """Who welcomes the later of two visits must reach its card from /delegations."""
    aminata = await prepares(people, team=())
    await aminata.presses_data(callbacks.NewVisit("south").pack())
    await aminata.types("AF596 CDG-BKO 20/12 16:15-20:35")
    await aminata.presses("👥 Combien")
    await aminata.types("3")

    def number_of(session):
        from db.models import Delegation

        member = members.by_telegram_id(session, people.phone("Fanta").id).id
        return session.scalars(select(Delegation.id).order_by(Delegation.id.desc())).first(), member

    new, member = await people.database.read(number_of)
    await aminata.presses_data(EDIT_VISIT(new, "team", str(member)).pack())
    await aminata.presses_data(callbacks.ActVisit(new, 1, "open").pack())
    await people.settled()
    fanta = people.phone("Fanta")
    await fanta.types("/delegations")
    assert callbacks.BoardVisit(new).pack() in str(fanta.screen)


async def test_64_the_holder_is_reminded(people):
    """Who holds the airport task must be reminded before it (row 68: reminders move with the delay)."""
    await prepares(people)
    fanta = await takes(people, "Fanta", "sim")
    before = len(fanta.bot_messages)
    now_set(people, 2026, 12, 5, 12)
    await people.passes(minutes=1)
    await fanta.look()
    later = "\n".join(message.get("text", "") for message in fanta.bot_messages[before:])
    assert "Cartes de téléphone" in later


async def test_65_a_team_member_does_not_drop_tasks_by_a_forged_button(people):
    """Only coordinators are shown « ❌ » of a task; a forged press of a plain team member must not drop it."""
    await prepares(people)
    fanta = people.phone("Fanta")
    airport = (await task(people, "airport")).id
    await fanta.presses_data(callbacks.EditTask(airport, "cancel", "").pack())
    assert (await task(people, "airport")).is_cancelled is False


async def test_66_a_blocked_member_who_holds_a_task_is_noticed(people):
    """Who cannot be reached any more (blocked, gone) and holds a task must be seen by the coordinators."""
    aminata = await prepares(people)
    await takes(people, "Fanta", "sim")

    def gone(session):
        members.by_telegram_id(session, people.phone("Fanta").id).is_reachable = False

    await people.database.transaction(gone)
    now_set(people, 2026, 12, 5, 12)
    await people.passes(minutes=1)
    await aminata.look()
    assert "Cartes de téléphone" in said(aminata)


async def test_70_no_press_under_the_pinned_card_takes_it_away(people):
    """Each button of the card answers below it: the card itself stays what everybody of the team looks at."""
    await prepares(people)
    fanta = people.phone("Fanta")
    card = fanta.screen
    presses = [button["callback_data"] for row in card["reply_markup"]["inline_keyboard"] for button in row]
    kept = []
    for data in presses:
        before = len(fanta.bot_messages)
        await fanta.presses_data(data, card["message_id"])
        await fanta.look()
        text = next(message["text"] for message in fanta.bot_messages if message["message_id"] == card["message_id"])
        kept.append(("Durand" in text, len(fanta.bot_messages) > before))
    assert kept == [(True, True)] * len(presses)
    assert len(presses) >= 4


async def test_71_short_hours_stay_short_over_midnight(people):
    """Another day on the other shore is said as briefly as the day itself, and the name of a visit has one sign."""
    await prepares(people)
    card = people.phone("Fanta").screen["text"]
    assert "mar. 15/12 23:10 (Paris mer. 16/12 00:10) → mer. 16/12 05:05 (Paris 06:05)" in card
    assert card.startswith("✈️ Vers le Mali")


async def test_72_more_tasks_are_not_called_questions(people):
    """What leads to the next page says nothing that is not true of it."""
    await prepares(people)
    fanta = people.phone("Fanta")
    await fanta.presses_data(callbacks.ListTasks((await visit(people)).id, 0).pack())
    first = fanta.labels
    await fanta.presses("➡️ La suite")
    assert first != fanta.labels


# ---- who holds a task hears what becomes of it
async def test_18_who_is_on_a_dropped_task_is_told_and_free(people):
    """Else they go to the airport for nothing; whoever drops it is asked first."""
    aminata = await prepares(people)
    fanta = await takes(people, "Fanta", "sim")
    dropped = await task(people, "sim")
    await aminata.presses_data(callbacks.EditTask(dropped.id, "cancel", "").pack())
    asked = aminata.text
    await aminata.presses("🗑 Retirer")
    await people.settled()
    await fanta.look()
    claims = await people.database.read(lambda session: session.scalars(select(Claim.state)).all())

    assert asked == "🗑 Retirer « Cartes de téléphone » ? Fanta apprend que ce n'est plus à faire."
    assert fanta.text.splitlines()[0] == "🙏 On n'a plus besoin de toi pour : Cartes de téléphone"
    assert claims == ["freed"]


async def test_53_a_skipped_stop_tells_who_was_to_be_there_and_asks_again(people):
    """Who holds a task at a stop that is called off hears it; planned again, they are asked whether they still can."""
    aminata = await prepares(people)
    fanta = people.phone("Fanta")
    ceremony = await task(people, "ceremony", "ceremony")
    skip = EDIT_STOP((await stop(people, "ceremony")).id, "skip", "").pack()
    await fanta.presses_data(ACT(ceremony.id, "claim").pack())
    await aminata.presses_data(skip)
    asked = aminata.text
    await aminata.presses("🚫 Laissée")
    await people.settled()
    await fanta.look()
    off = fanta.text
    await aminata.presses_data(skip)
    await people.settled()
    await fanta.look()
    again = fanta.text
    await fanta.presses("✋ Je le prends")
    claim = await people.database.read(lambda session: session.scalars(select(Claim)).one())

    assert asked == "🚫 Laisser « 🎉 Cérémonie » ? Fanta apprend que ce n'est plus à faire."
    assert off.splitlines()[0] == "🙏 On n'a plus besoin de toi pour : Préparer la fête"
    assert again.splitlines()[0] == "🔄 C'est de nouveau prévu : Préparer la fête"
    assert claim.state == "held" and not claim.is_to_confirm


async def test_53_a_slip_that_is_taken_back_by_night_wakes_nobody(people):
    """Left out and taken back before the morning: nobody hears of either."""
    aminata = await prepares(people)
    fanta = people.phone("Fanta")
    ceremony, its_stop = await task(people, "ceremony", "ceremony"), await stop(people, "ceremony")
    await fanta.presses_data(ACT(ceremony.id, "claim").pack())
    now_set(people, 2026, 11, 25, 2)
    before = len(fanta.bot_messages)
    for value in ("sure", ""):
        await aminata.presses_data(EDIT_STOP(its_stop.id, "skip", value).pack())
    await people.passes(hours=12)
    await fanta.look()

    assert len(fanta.bot_messages) == before


async def test_51_who_is_taken_out_of_the_team_hears_so(people):
    aminata = await prepares(people)
    fanta = await takes(people, "Fanta", "sim")
    who = await people.database.read(lambda session: members.by_telegram_id(session, fanta.id).id)
    await aminata.presses_data(EDIT_VISIT((await visit(people)).id, "team", str(who)).pack())
    await people.settled()
    await fanta.look()

    assert "Tu n'es plus dans l'équipe d'accueil." in fanta.text


async def test_19_calls_do_not_flood(people):
    """Opening a visit within the week rings somebody once, with all there is to do; one « non merci » is a no to all."""
    oumar = await oumar_of_bamako(people)
    now_set(people, 2026, 11, 30, 10)
    aminata = await prepares(people)
    await people.passes(minutes=1)
    await oumar.look()
    await aminata.look()
    called = oumar.text.splitlines()
    await oumar.presses("🙏 Non merci")
    now_set(people, 2026, 12, 3, 20)
    await people.passes(hours=14)
    await oumar.look()
    await aminata.look()

    assert "Accueil à l'aéroport" not in said(oumar)  # the one call has become « c'est noté »; what is new is asked
    assert called[0] == "🙋 Un coup de main ?"
    assert "Accueil à l'aéroport, le samedi 5 décembre 2026." in called
    assert len(called) > 4
    assert said(aminata).count("Personne n'a pris") == 2  # a week before, two days before


async def test_42_a_traveller_who_drops_what_was_entrusted_is_told(people):
    """Who entrusted papers must hear that the journey is off, also when the traveller erases themselves."""
    moussa, aminata = people.phone("Moussa"), people.phone("Aminata")
    await moussa.presses_data(callbacks.TellTrip("koniakary", "2026-12-01", "2026-12-20").pack())
    trip = await people.database.read(lambda session: session.scalars(select(Trip.id)).first())
    await aminata.presses_data(callbacks.Entrust(trip).pack())
    await aminata.types("Les papiers du jumelage")
    await moussa.presses_data(callbacks.DropTrip(trip).pack())
    await people.settled()
    await aminata.look()

    assert aminata.text.splitlines()[0] == "🧳 Moussa ne part plus : Koniakary mar. 1/12"


async def test_57_the_programme_is_asked_for_and_shown(people):
    """What was given as programme is read on the card; a long one and a document behind a button."""
    aminata = await prepares(people)
    fanta = people.phone("Fanta")
    card = fanta.screen["message_id"]
    await aminata.presses("📋 Le programme")
    await aminata.presses("✏️ Changer")
    await aminata.types("Signature du jumelage")
    await people.passes(minutes=1)
    await fanta.look()
    on_card = next(message for message in fanta.bot_messages if message["message_id"] == card)["text"]
    await aminata.presses("📋 Le programme")
    await aminata.presses("✏️ Changer")
    stored = people.world.store_file("document", b"%PDF-1.4", "programme.pdf", "application/pdf")
    await aminata.sends(document={"file_id": stored.file_id, "file_unique_id": "u", "file_size": 40})
    await people.passes(minutes=1)
    await fanta.look()
    await fanta.presses("📋 Le programme")

    assert "📋 Signature du jumelage" in on_card.splitlines()
    assert any(message.get("document") for message in fanta.bot_messages)


async def test_67_a_ticket_that_says_plus_one(people):
    """« 6:05 +1 », as tickets print it, is read; and it settles on which day a long journey lands."""
    aminata = people.phone("Aminata")
    await aminata.types("/delegations")
    await aminata.presses("✏️ Préparer")
    await aminata.presses("✈️ Vers le Mali")
    await aminata.types("AF596 CDG-BKO 5/12 10:10-12:05 (+1)")
    assert (await stop(people, "flight")).at == datetime(2026, 12, 6, 12, 5, tzinfo=UTC)


async def test_68_late_by_nothing_is_no_dead_button(people):
    """Typing the hour it already has offers nothing to press; the next hour typed is read."""
    await prepares(people)
    fanta = people.phone("Fanta")
    await fanta.presses_data(EDIT_STOP((await stop(people, "flight")).id, "late", "").pack())
    await fanta.types("5/12 20h35")
    same = fanta.text
    await fanta.types("5/12 21h35")
    assert same == "🕐 C'est déjà l'heure prévue. Écris la nouvelle heure."
    assert "✅ Prévenir" in fanta.labels


async def test_69_a_visit_in_preparation_can_be_dropped(people):
    aminata = await prepares(people, opened=False)
    await aminata.presses("🗑 Effacer")
    asked = aminata.text
    await aminata.presses("🗑 Effacer")
    assert asked == "🗑 Effacer ✈️ Vers le Mali ? Personne n'en a encore entendu parler."
    assert (await visit(people)).state == "cancelled"


async def test_71_who_has_lost_the_card_gets_it_anew(people):
    """The one further up says so, and is not kept true any more; the new one is."""
    await prepares(people)
    fanta = people.phone("Fanta")
    old = fanta.screen["message_id"]
    await fanta.presses_data(callbacks.ShowVisit((await visit(people)).id).pack())
    await fanta.presses("📌 Renvoyer la carte")
    await people.settled()
    await fanta.look()
    new = fanta.screen["message_id"]
    await delays(people.phone("Aminata"), (await stop(people, "flight")).id, 120)
    await people.passes(minutes=1)
    await fanta.look()
    texts = {message["message_id"]: message["text"] for message in fanta.bot_messages}

    assert texts[old] == "📌 La carte est plus bas."
    assert "22:35" in texts[new]


async def test_72_a_cancelled_flight_is_told_and_another_ticket_asks_again(people):
    """The team hears that nobody goes to the airport; the public that the day is to come; the next ticket asks who can."""
    await prepares(people, team=("Fanta", "Moussa"))
    aminata, fanta, moussa = (people.phone(name) for name in ("Aminata", "Fanta", "Moussa"))
    await moussa.types("/langue")
    await moussa.presses("Français")
    await takes(people, "Fanta", "sim")
    arrival, number = await stop(people, "flight"), (await visit(people)).id
    await aminata.presses_data(EDIT_STOP(arrival.id, "skip", "sure").pack())
    await people.settled()
    for phone in (fanta, moussa):
        await phone.look()
    off, heard = fanta.text, moussa.text
    nobody_knows = (await visit(people)).arrives_on
    await aminata.presses_data(EDIT_VISIT(number, "flight", "").pack())
    await aminata.types("AF598 CDG-BKO 6/12 16:15-20:35")
    await people.settled()
    await fanta.look()
    again = fanta.text
    await fanta.presses("✅ Cartes de tél…")

    assert off == heard
    assert off.splitlines() == [
        "❌ ✈️ Vers le Mali", "🛬 Arrivée : le vol est annulé.", "Personne ne va à l'aéroport. On attend un autre vol.",
    ]  # fmt: skip
    assert nobody_knows is None
    assert "❓ C'est un autre jour : demain aussi, tu peux ?" in again.splitlines()
    assert (await visit(people)).arrives_on.day == 6
    assert not (await people.database.read(lambda session: session.scalars(select(Claim)).one())).is_to_confirm


async def test_73_hours_are_typed_on_the_clock_of_the_place(people):
    """Aminata, in Paris, types the hour of a stop in Bamako as one reads it there; the question says so."""
    aminata = await prepares(people)
    courtesy = await stop(people, "courtesy")
    await aminata.presses_data(EDIT_STOP(courtesy.id, "hour", "").pack())
    asked = aminata.text
    await aminata.types("6/12 11h")

    assert "heure de Bamako" in asked
    assert (await stop(people, "courtesy")).at == datetime(2026, 12, 6, 11, tzinfo=UTC)


async def test_74_a_photo_of_what_is_done(people):
    """« C'est fait », with a photo if wished; words typed instead are a question as ever."""
    await prepares(people)
    fanta, aminata = await takes(people, "Fanta", "sim"), people.phone("Aminata")
    await fanta.presses("✅ C'est fait")
    wished = fanta.text
    stored = people.world.store_file("photo", b"the cards", "", "image/jpeg").file_id
    await fanta.sends(photo=[{"file_id": stored, "file_unique_id": "p", "width": 8, "height": 6}])
    kept = fanta.labels
    await aminata.presses_data(callbacks.ShowTask((await task(people, "sim")).id).pack())
    await aminata.presses("📷 La photo")
    await takes(people, "Fanta", "airport")
    await takes(people, "Fanta", "airport", "done")
    await fanta.types("Quand arrive la prochaine délégation ?")

    assert "📷 Tu peux envoyer une photo, si tu veux." in wished.splitlines()
    assert "📷 La photo" in kept
    assert any(message.get("photo") for message in aminata.bot_messages)
    assert "6 personnes" in fanta.text


async def test_a_question_after_what_is_done_is_answered_and_the_photo_may_still_come(people):
    """Met by thirty simulated days: it ended in an apology."""
    await prepares(people)
    fanta = await takes(people, "Fanta", "sim")
    await fanta.presses("✅ C'est fait")
    await fanta.types("Qui est le maire de Koniakary ?")
    answered = fanta.text
    stored = people.world.store_file("photo", b"the cards", "", "image/jpeg").file_id
    await fanta.sends(photo=[{"file_id": stored, "file_unique_id": "p", "width": 8, "height": 6}])

    assert not answered.startswith("😔") and answered != fanta.text
    assert "📷 La photo" in fanta.labels


async def test_75_phones_are_copied_and_lateness_is_counted(people):
    """A holder's phone is copied with one tap; what should be done by now and is not is counted on the board."""
    aminata = await prepares(people)
    fanta = await takes(people, "Fanta", "sim")
    await fanta.types("/moi")
    await fanta.presses("✏️ Nom, numéro, famille")
    await fanta.presses("☎️ Numéro")
    await fanta.shares_contact("22376000000")
    await aminata.presses_data(callbacks.ShowTask((await task(people, "sim")).id).pack())
    copied = aminata.labels
    await aminata.presses_data(callbacks.BoardVisit((await visit(people)).id).pack())
    before = aminata.text
    now_set(people, 2026, 12, 5, 22)
    await aminata.presses_data(callbacks.BoardVisit((await visit(people)).id).pack())

    assert "☎️ +22376000000" in copied
    assert "✋ Il manque 19 · ⏰ En retard : 0 · ✅ Fait : 0" in before.splitlines()
    assert "⏰ En retard : 5" in aminata.text


async def test_who_is_relieved_by_night_hears_it_in_the_morning(people):
    """« Tu es libre, merci ! » days ahead must not ring before eight, however early the other one gets up."""
    await prepares(people, team=("Fanta", "Moussa"))
    fanta = people.phone("Fanta")
    await takes(people, "Fanta", "sim")
    await takes(people, "Fanta", "sim", "seek")
    now_set(people, 2026, 11, 25, 7, 30)  # in Bamako; in Paris it is 08:30
    await people.passes(seconds=1)
    await takes(people, "Moussa", "sim")
    await people.settled()
    await fanta.look()
    early = "🙏 Moussa s'en occupe" in said(fanta)
    now_set(people, 2026, 11, 25, 8, 0, 1)
    await people.passes(seconds=1)
    await fanta.look()

    assert not early
    assert fanta.text == "🙏 Moussa s'en occupe : Cartes de téléphone\nTu es libre, merci !"


async def test_two_steps_that_fall_into_one_night_are_one_call(people):
    """Given up by night, two days ahead by the morning: at eight everybody is asked once, not twice in the same words."""
    oumar = await oumar_of_bamako(people)
    await prepares(people)
    fanta, health = people.phone("Fanta"), (await task(people, "health", "road")).id  # 7 December, 05:00
    await fanta.presses_data(ACT(health, "claim").pack())
    now_set(people, 2026, 12, 4, 22, 30)
    await people.passes(seconds=1)
    await fanta.presses_data(ACT(health, "seek").pack())
    for when in ((4, 22, 40), (5, 5, 1), (5, 8, 0)):
        now_set(people, 2026, 12, *when)
        await people.passes(seconds=1)
    await oumar.look()
    asked = [message["text"] for message in oumar.bot_messages if message.get("text", "").startswith("🙋")]

    assert sum("Trousse de santé" in text for text in asked) == 1


async def test_giving_up_by_night_what_is_long_over_wakes_nobody(people):
    """« 🆘 » rings at any hour within a day of the task; three days after it, it is no emergency."""
    await prepares(people, team=("Fanta", "Moussa"))
    await takes(people, "Fanta", "sim")
    now_set(people, 2026, 12, 8, 5)
    await people.passes(seconds=1)
    await takes(people, "Fanta", "sim", "seek")
    await people.settled()
    moussa = people.phone("Moussa")
    await moussa.look()

    assert "🆘" not in said(moussa)
