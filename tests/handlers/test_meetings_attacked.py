"""What a hostile tester found in meetings, the library and polls: each was a bug, none may come back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from icalendar import Calendar
from sqlalchemy import select

from bot import callbacks, jobs
from bot.domain import members, roles
from db.models import Document, Meeting, MeetingPoint, MeetingState, Member, PollVote, Rsvp
from tests.conftest import let_in
from tests.handlers.test_library import asks
from tests.handlers.test_meetings import at, begins, cards, invites, look_all, moves, opens_board, reminded, stored, with_seats

ACT, EDIT, ANSWER = callbacks.ActMeeting, callbacks.EditMeeting, callbacks.AnswerMeeting


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """SQLite is enough here; the findings are not about the database."""
    return request.param


@pytest.fixture
def locales_dir(fewer_phrasings):
    """Fewer phrasings."""
    return fewer_phrasings


async def rsvp(house, name):
    """Return (answer, persons, waits) of somebody."""

    def look(session):
        member = members.by_telegram_id(session, house.phone(name).id)
        row = session.scalars(select(Rsvp).where(Rsvp.member_id == member.id)).first()
        return row and (row.answer, row.persons, row.waiting_since is not None, row.is_to_confirm)

    return await house.database.read(look)


async def all_meetings(house):
    """Return every meeting, by day."""
    return await house.database.read(lambda session: session.scalars(select(Meeting).order_by(Meeting.starts_at)).all())


def said(phone):
    """Return all the bot has said to somebody."""
    return "\n".join(message.get("text", "") or message.get("caption", "") for message in phone.bot_messages)


async def full_with_a_waiter(house, seats=1, persons=1):
    """Fanta has the seats; Moussa waits for one."""
    await with_seats(house, seats)
    number = (await stored(house)).id
    fanta, moussa = house.phone("Fanta"), house.phone("Moussa")
    await fanta.presses_data(ANSWER(number, persons, 0, "yes").pack(), cards(fanta)[0]["message_id"])
    await moussa.presses_data(ANSWER(number, 1, 1, "yes").pack(), cards(moussa)[0]["message_id"])
    return number


async def test_a_seated_person_confirms_although_somebody_waits(people):
    """Whoever HAS a seat must keep it when they press « ✅ Toujours » or « ✅ Je viens » again."""
    number = await full_with_a_waiter(people)
    await moves(people, "dimanche 6/12 16h")
    fanta = people.phone("Fanta")
    await fanta.presses_data(ANSWER(number, 1, 0, "yes").pack())

    assert "complet" not in fanta.text
    assert await rsvp(people, "Fanta") == ("yes", 1, False, False)


async def test_a_family_may_come_with_one_less_although_somebody_waits(people):
    """« ➖ Un de moins » must free a seat for who waits."""
    await full_with_a_waiter(people, seats=3, persons=3)
    fanta = people.phone("Fanta")
    await fanta.presses("➖ Un de moins")

    assert (await rsvp(people, "Fanta"))[:2] == ("yes", 2)
    assert (await rsvp(people, "Moussa"))[2] is False


async def test_put_off_before_the_invitations_left_then_a_new_day(people):
    """Whoever was to be invited must still be invited when a new day is found."""
    aminata = await invites(people, undo_is_over=False)
    number = (await stored(people)).id
    await aminata.presses_data(ACT(number, 1, "postpone").pack())
    await people.passes(seconds=40)
    await moves(people, "samedi 12/12 15h")
    await people.passes(days=1)
    await look_all(people)

    assert "12 décembre" in said(people.phone("Fanta"))


async def test_s1_03a_a_meeting_of_this_evening_reaches_who_had_a_poll_today(people):
    """« One unasked message a day » must not eat the invitation to what is tonight: it waits for tomorrow and expires."""
    await asks(people)
    await invites(people, "Réunion aujourd'hui 19h, foyer")
    await people.passes(hours=5)
    await look_all(people)

    assert "Réunion" in said(people.phone("Fanta"))


async def test_a_meeting_of_tomorrow_morning_published_at_night(people):
    """Published at 22:00 for 07:30: either it rings, or the publisher is told that nobody will get it."""
    people.simulator.clock.set(datetime(2026, 11, 23, 21, 30, tzinfo=UTC))
    await invites(people, "Réunion demain 7h30, foyer")
    await people.passes(hours=9)
    await look_all(people)

    assert "Réunion" in said(people.phone("Fanta")) + said(people.phone("Moussa"))


async def test_a_series_that_was_taken_back_invites_nobody(people):
    """« Reprendre » then « Jeter » must take the planned occurrences along."""
    aminata = await begins(people)
    await aminata.presses("🔁 Répéter")
    await aminata.presses("Premier samedi du mois")
    await aminata.presses("👀 Voir avant d'envoyer")
    await aminata.presses("✅ Inviter")
    await aminata.presses("↩️ Reprendre")
    await aminata.presses("🗑 Jeter")
    await aminata.presses("🗑 Jeter")
    await people.passes(days=38)  # 31 December
    await people.passes(hours=10)
    await look_all(people)

    assert await all_meetings(people) == []
    assert cards(people.phone("Fanta")) == []


async def test_a_planned_meeting_moved_before_its_hour_of_publication(people):
    """It must be published in time or the change refused."""
    aminata = await begins(people, "Réunion, vendredi 25/12 15h, foyer")
    await aminata.presses("👀 Voir avant d'envoyer")
    await aminata.presses("🕐 Quand")
    await aminata.types("dimanche 20/12 10h")
    await aminata.presses("✅ Inviter")
    await aminata.presses_data(EDIT((await stored(people)).id, "at", "2026-12-15T15:00").pack())
    await people.passes(days=20)
    await people.passes(days=8)
    await look_all(people)

    assert (await stored(people)).state != MeetingState.CANCELLED
    assert "15 décembre" in said(people.phone("Fanta"))


async def test_another_town_s_salle_des_fetes_does_not_move_a_published_meeting(people):
    """A draft at « Salle des fêtes, Pierrefitte » must not change where the published one at Villetaneuse takes place."""
    await invites(people, "Fête, samedi 5/12 15h, Salle des fêtes, Villetaneuse")
    await begins(people, "Réunion, samedi 12/12 15h, Salle des fêtes, Pierrefitte")
    fanta = people.phone("Fanta")
    first = (await all_meetings(people))[0].id
    await fanta.presses_data(callbacks.ShowMeeting(first).pack())

    assert "Villetaneuse" in fanta.text


async def test_minutes_of_a_committee_meeting_are_not_everybody_s(people):
    """Minutes of a meeting for the committee only must not be found by members."""
    aminata = await begins(people, "Comité technique, samedi 5/12 15h, foyer")
    number = (await stored(people)).id
    for role in ("committee", "coordinator"):
        await aminata.presses_data(callbacks.AimMeeting(number, 1, "roles", role).pack())
    await aminata.presses_data(ACT(number, 1, "publish").pack())
    await aminata.presses_data(callbacks.NewDocument(number).pack())
    await aminata.types("Décidé : exclure Demba, cotisation impayée.")
    fanta = people.phone("Fanta")
    await fanta.types("/documents")
    shelf = fanta.labels
    await fanta.types("qu'a-t-on décidé sur la cotisation ?")

    assert "exclure" not in said(fanta)
    assert not any("Compte rendu" in label for label in shelf)


async def test_who_chose_what_is_for_coordinators_only(people):
    """« Ton nom sera vu des responsables »: so only by them."""
    aminata = await asks(people, anonymous=False)
    moussa = people.phone("Moussa")
    await people.phone("Fanta").presses("Samedi")
    await aminata.presses_data(callbacks.EditPoll(1, "close", "").pack())
    await people.settled()
    await moussa.look()

    assert "Fanta" not in said(moussa)


async def test_a_cancellation_reaches_everybody_whatever_becomes_of_its_author(people):
    """It IS cancelled: the message must go, even when its author leaves, is erased or demoted before the morning."""
    await invites(people, "Réunion, samedi 5/12 15h, foyer")
    people.simulator.clock.set(datetime(2026, 11, 30, 22, 30, tzinfo=UTC))
    await let_in(people, "Moussa", role="committee")
    moussa = people.phone("Moussa")
    await moussa.presses_data(ACT((await stored(people)).id, 1, "cancel").pack())
    await let_in(people, "Moussa", role="member")
    await people.passes(hours=11)
    await look_all(people)

    assert "est annulée" in said(people.phone("Fanta"))


async def test_a_merged_reminder_survives_the_cancelling_of_one_of_its_meetings(people):
    """Two meetings tomorrow, one reminder waiting for the morning; the first is called off: the second is still reminded of."""
    await invites(people, "Réunion, samedi 5/12 15h, foyer")
    await people.passes(hours=30)
    await invites(people, "Fête, samedi 5/12 18h, salle des fêtes")
    await people.passes(hours=30)
    await at(people, 2026, 12, 4, 22, 0, 1)
    aminata = people.phone("Aminata")
    await aminata.presses_data(ACT((await stored(people)).id, 1, "cancel").pack())
    await at(people, 2026, 12, 5, 8, 30)
    await look_all(people)
    fanta = people.phone("Fanta")

    assert reminded(fanta) != []


async def test_an_answer_to_a_planned_occurrence_counts_as_told(people):
    """The agenda shows planned occurrences and takes answers: who said yes must hear when one is moved or thrown away."""
    aminata = await begins(people)
    await aminata.presses("🔁 Répéter")
    await aminata.presses("Premier samedi du mois")
    await aminata.presses("👀 Voir avant d'envoyer")
    await aminata.presses("✅ Inviter")
    await people.passes(seconds=31)
    later = (await all_meetings(people))[-1]
    fanta = people.phone("Fanta")
    await fanta.types("/agenda")
    await fanta.presses_data(callbacks.ShowMeeting(later.id).pack())
    await fanta.presses("✅ Je viens")
    before = len(fanta.bot_messages)
    await aminata.presses_data(EDIT(later.id, "at", "2027-01-09T15:00").pack())
    await aminata.presses("✅ Prévenir")
    await people.passes(seconds=40)
    await fanta.look()

    row = await people.database.read(lambda session: session.scalars(select(Rsvp)).one())
    assert row.is_to_confirm
    assert len(fanta.bot_messages) > before


async def test_what_is_typed_after_back_is_no_title(people):
    """« ➕ Français », « ⬅️ Retour », then a question: it must not become the title on every phone."""
    aminata = await invites(people)
    await aminata.presses_data(callbacks.BoardMeeting((await stored(people)).id).pack())
    await aminata.presses("✅ Français") if "✅ Français" in aminata.labels else await aminata.presses("➕ Français")
    await aminata.presses("⬅️ Retour")
    await aminata.types("Qui a les clés ?")

    assert (await stored(people)).titles.get("fr") != "Qui a les clés ?"


async def test_an_occurrence_thrown_away_stays_away(people):
    """Throwing away the last planned occurrence must leave it away."""
    aminata = await begins(people)
    await aminata.presses("🔁 Répéter")
    await aminata.presses("Premier samedi du mois")
    await aminata.presses("👀 Voir avant d'envoyer")
    await aminata.presses("✅ Inviter")
    await people.passes(seconds=31)
    last = (await all_meetings(people))[-1]
    assert last.state == MeetingState.PLANNED
    await aminata.presses_data(ACT(last.id, 1, "drop").pack())
    await jobs.housekeeping(people.machine)

    assert last.wall not in [one.wall for one in await all_meetings(people) if one.state == MeetingState.PLANNED]


async def test_an_end_is_typed_on_the_clock_of_who_types_it(people):
    """Moussa (committee, in Bamako) types 18h: 18:00 in Bamako."""
    await begins(people)
    await let_in(people, "Fanta", role="committee")
    fanta = people.phone("Fanta")
    await fanta.presses_data(EDIT((await stored(people)).id, "end", "").pack())
    await fanta.types("18h")

    assert fanta.text.splitlines()[1].endswith("– 18:00 (Paris 19:00)")


async def test_a_point_of_the_map_does_not_stick_to_another_place(people):
    """A location sent, then « Retour », then another meeting's place by name: it must have no point of the first."""
    aminata = await begins(people, "Réunion, samedi 5/12 15h")
    await begins(people, "Fête, samedi 12/12 15h")
    first, second = [one.id for one in await all_meetings(people)]
    await aminata.presses_data(EDIT(first, "place", "").pack())
    await aminata.sends(location={"latitude": 48.95, "longitude": 2.34})
    await aminata.presses("⬅️ Retour")
    await aminata.presses_data(callbacks.BoardMeeting(second).pack())
    await aminata.presses("📍 Où")
    await aminata.types("Foyer, 2 rue de Bamako")
    from db.models import Venue

    venue = await people.database.read(lambda session: session.scalars(select(Venue)).one())

    assert (venue.name, venue.latitude) == ("Foyer", None)


async def test_what_has_left_at_its_hour_cannot_be_taken_back(people):
    """The old « Reprendre » pressed just after the planned hour: « c'est parti », not a draft whose cards stand on phones."""
    aminata = await begins(people)
    await aminata.presses("👀 Voir avant d'envoyer")
    await aminata.presses("🕐 Quand")
    await aminata.types("demain 10h")
    await aminata.presses("✅ Inviter")
    await people.passes(days=1, hours=0.001)
    await people.phone("Fanta").look()
    assert cards(people.phone("Fanta"))
    await aminata.presses("↩️ Reprendre")

    assert (await stored(people)).state == MeetingState.OPEN


async def test_a_yes_given_before_taking_back_is_asked_again(people):
    """Answered from the agenda, taken back, another day, published: the yes must be asked to confirm (or be gone)."""
    aminata = await invites(people, undo_is_over=False)
    number = (await stored(people)).id
    await people.phone("Fanta").presses_data(ANSWER(number, 1, 0, "yes").pack())
    await aminata.presses("↩️ Reprendre")
    await aminata.presses_data(EDIT(number, "at", "2026-12-12T15:00").pack())
    await aminata.presses_data(ACT(number, 1, "publish").pack())

    found = await rsvp(people, "Fanta")
    assert found is None or found[3]


async def test_the_calendar_file_of_a_postponed_meeting_is_not_now(people):
    """The old « .ics » button after a postponement must not give an event at the minute of the postponement, CONFIRMED."""
    await invites(people)
    number = (await stored(people)).id
    fanta = people.phone("Fanta")
    await people.phone("Aminata").presses_data(ACT(number, 1, "postpone").pack())
    await fanta.presses_data(callbacks.MoreMeeting(number, "ics").pack())
    if "document" in fanta.screen:
        file_id = fanta.screen["document"]["file_id"]
        stored_file = people.world.files[file_id]
        event = next(iter(Calendar.from_ical(stored_file.content).walk("VEVENT")))
        assert str(event["status"]) == "CANCELLED", event.to_ical()


async def test_long_minutes_are_kept_whole_or_refused(people):
    """Minutes of 3 900 letters in one message: the last decision must not vanish without a word."""
    await invites(people)
    aminata = people.phone("Aminata")
    await aminata.presses_data(callbacks.NewDocument((await stored(people)).id).pack())
    await aminata.types("Décidé. " * 480 + "Dernière décision : le puits.")

    text = await people.database.read(lambda session: session.scalar(select(Document.text)))
    assert text is None or "le puits" in text


async def test_a_group_that_had_the_card_hears_that_it_is_called_off(people):
    """The group was told, so it is told anew."""
    aminata = await begins(people)
    group = await people.new_group("Foyer", "Fanta", "Aminata")
    await people.adds_bot(group, "Aminata")
    await aminata.presses_data(callbacks.LinkChat(group, "fr").pack())
    number = (await stored(people)).id
    await aminata.presses_data(callbacks.AimMeeting(number, 1, "groups", str(group)).pack())
    await aminata.presses_data(ACT(number, 1, "publish").pack())
    await people.passes(seconds=31)
    fanta = people.phone("Fanta")
    await fanta.look(group)
    before = len(fanta.bot_messages)
    await aminata.presses_data(ACT(number, 1, "cancel").pack())
    await people.passes(seconds=40)
    await fanta.look(group)

    assert len(fanta.bot_messages) > before


async def test_who_was_put_out_is_not_reminded_nor_given_the_new_link(people):
    """Removed from the association: no reminders, changes or new link of meetings of members."""
    await invites(people, "Réunion, samedi 5/12 15h, foyer")
    number = (await stored(people)).id
    await let_in(people, "Fanta", role="visitor")
    aminata = people.phone("Aminata")
    await aminata.presses_data(EDIT(number, "place", "").pack())
    await aminata.types("https://zoom.example/secret")
    await aminata.presses("✅ Prévenir")
    await people.passes(seconds=40)
    await look_all(people)

    assert "secret" not in said(people.phone("Fanta"))


async def test_a_poll_by_name_of_a_big_association_can_be_seen(people):
    """400 votes by name: board and cards stay below 4096 letters."""
    aminata = await asks(people, anonymous=False)

    def vote(session):
        for number in range(400):
            member = Member(
                telegram_id=900_000 + number,
                first_name=f"Mamadou {number}",
                role="member",
                language="fr",
                place="bamako",
                joined_at=datetime.now(UTC),
                seen_at=datetime.now(UTC),
            )
            session.add(member)
            session.flush()
            session.add(PollVote(poll_id=1, member_id=member.id, option=0, voted_at=datetime.now(UTC)))

    await people.database.transaction(vote)
    await aminata.types("/agenda")
    await aminata.presses_data(callbacks.ShowPoll(1).pack())

    assert "400" in aminata.text


async def test_nobody_is_recognised_by_being_alone_at_a_place(people):
    """« Personne ne voit ton choix »: the only voter of Bamako must not be shown as « Bamako : Dimanche 1 » to all."""
    aminata = await asks(people)
    await people.phone("Fanta").presses("Dimanche")
    await aminata.presses_data(callbacks.EditPoll(1, "close", "").pack())
    await people.settled()
    await look_all(people)

    assert "Bamako : Dimanche 1" not in said(people.phone("Moussa")) + said(aminata)
    assert not any("Bamak" in line and "Kari" in line for line in said(people.phone("Moussa")).splitlines())


async def test_what_has_a_day_comes_before_what_has_none(people):
    """Three postponed meetings must not push the next real one off the agenda (SQLite sorts NULL first, PostgreSQL last)."""
    aminata = people.phone("Aminata")
    for number in range(3):
        await begins(people, f"Rencontre {number}, samedi 19/12 15h, foyer")
        found = (await all_meetings(people))[-1].id
        found = max(one.id for one in await all_meetings(people))
        await aminata.presses_data(ACT(found, 1, "publish").pack())
        await people.passes(seconds=31)
        await aminata.presses_data(ACT(found, 1, "postpone").pack())
    await begins(people, "Vraie réunion, samedi 5/12 15h, foyer")
    await aminata.presses_data(ACT(max(one.id for one in await all_meetings(people)), 1, "publish").pack())
    await people.passes(seconds=31)
    fanta = people.phone("Fanta")
    await fanta.types("/agenda")

    assert any("Vraie" in label for label in fanta.labels)


async def test_an_erased_person_s_name_leaves_the_point_in_the_coordinator_s_chat(people):
    """« Fanta veut parler de … » must be redrawn as questions' cards are."""
    await invites(people, "Réunion, samedi 12/12 15h, foyer")
    fanta, aminata = people.phone("Fanta"), people.phone("Aminata")
    await fanta.presses_data(callbacks.MoreMeeting((await stored(people)).id, "propose").pack())
    await fanta.types("Mon divorce avec Oumar")
    await people.passes(seconds=1)
    await aminata.look()
    assert "divorce" in said(aminata)
    await fanta.types("/effacer")
    await fanta.presses(fanta.labels[0])
    await people.passes(seconds=1)
    await aminata.look()

    assert "divorce" not in said(aminata)


@pytest.mark.parametrize(
    "sent",
    [
        {"voice": {"file_id": "v", "file_unique_id": "v", "duration": 3}},
        {"location": {"latitude": 1.0, "longitude": 2.0}},
        {
            "sticker": {
                "file_id": "s",
                "file_unique_id": "s",
                "type": "regular",
                "width": 1,
                "height": 1,
                "is_animated": False,
                "is_video": False,
            }
        },
    ],
)
async def test_an_agenda_by_voice_is_kept_or_asked_again(people, sent):
    """A voice as the programme must be kept (it is for the ear) or refused."""
    aminata = await begins(people)
    await aminata.presses("📋 Programme")
    asked = aminata.text
    await aminata.sends(**sent)

    kept = (await stored(people)).agenda_file
    assert kept or aminata.text == asked


async def test_the_button_tells_what_stands_above_it(people):
    """Two changes were previewed; « Prévenir » under the first must tell the first or be too old, never the second."""
    await invites(people)
    aminata = await opens_board(people)
    await aminata.presses("🗓 Quand")
    await aminata.types("samedi 12/12 15h")
    first = aminata.screen
    await aminata.types("samedi 19/12 15h")
    data = first["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    await aminata.presses_data(data, first["message_id"])

    assert (await stored(people)).wall != "2026-12-19T15:00"


async def test_after_throwing_a_draft_away_one_may_speak_again(people):
    """A title was asked for, the draft is thrown away: the next question is a question."""
    aminata = await begins(people)
    await aminata.presses("➕ Bamanankan") if "➕ Bamanankan" in aminata.labels else await aminata.presses("📋 Programme")
    await aminata.presses_data(ACT((await stored(people)).id, 1, "drop").pack())
    await aminata.types("Comment devenir membre ?")
    not_found = people.machine.words.reader("fr", None).say("meetings.not_found")

    assert aminata.text != not_found


async def test_the_sequence_grows_with_every_change_of_the_event(people):
    """Another end must raise SEQUENCE, else calendars keep the old one."""
    await invites(people)
    before = (await stored(people)).sequence
    aminata = people.phone("Aminata")
    await aminata.presses_data(EDIT((await stored(people)).id, "end", "").pack())
    await aminata.types("18h")
    await aminata.presses("✅ Prévenir")

    assert (await stored(people)).ends_at is not None
    assert (await stored(people)).sequence > before


async def test_a_slip_put_right_at_once_tells_nobody(people):
    """Moved by mistake and back within thirty seconds: no empty « change » message, no yes to be confirmed."""
    await invites(people)
    fanta, aminata = people.phone("Fanta"), people.phone("Aminata")
    number = (await stored(people)).id
    await fanta.presses("✅ Je viens")
    for wall in ("2026-12-12T15:00", "2026-12-05T15:00"):
        await aminata.presses_data(EDIT(number, "at", wall).pack())
        await aminata.presses("✅ Prévenir")
    before = len(fanta.bot_messages)
    await people.passes(seconds=40)
    await fanta.look()

    assert (await rsvp(people, "Fanta"))[3] is False
    assert len(fanta.bot_messages) == before


async def test_a_closed_poll_keeps_its_counts_when_a_voter_is_erased(people):
    """« Aggregates keep counts without identity » (J1)."""
    aminata = await asks(people)
    fanta = people.phone("Fanta")
    await fanta.presses("Dimanche")
    await aminata.presses_data(callbacks.EditPoll(1, "close", "").pack())
    await people.settled()
    await fanta.types("/effacer")
    await fanta.presses(fanta.labels[0])
    await aminata.presses_data(callbacks.ShowPoll(1).pack())

    assert "1 avis" in aminata.text


async def test_a_freed_seat_does_not_ring_at_three_in_the_morning(people):
    """By night it rings for what is near alone."""
    number = await full_with_a_waiter(people)
    people.simulator.clock.set(datetime(2026, 11, 26, 2, 0, tzinfo=UTC))
    before = len(people.world.calls)
    await people.phone("Fanta").presses_data(ANSWER(number, 1, 0, "no").pack())
    rings = [
        call
        for call in people.world.calls[before:]
        if call["method"].lower() == "sendmessage"
        and str(call.get("parameters", call)).find(str(people.phone("Moussa").id)) >= 0
        and "disable_notification" not in str(call)
    ]

    assert rings == []


async def test_many_points_do_not_make_the_card_too_long(people):
    """60 accepted points of 80 letters: the card stays below 4096."""
    await invites(people)
    number = (await stored(people)).id

    def points(session):
        for one in range(60):
            session.add(MeetingPoint(meeting_id=number, text=f"{one} " + "x" * 78, state="accepted", made_at=datetime.now(UTC)))

    await people.database.transaction(points)
    fanta = people.phone("Fanta")
    await fanta.presses_data(callbacks.ShowMeeting(number).pack())

    assert "59 x" in fanta.text or len(fanta.text) > 500


async def test_what_is_planned_for_an_hour_is_not_in_the_agenda_before_it(people):
    """« Inviter demain 10h » must not stand in everybody's agenda at once, with answer buttons."""
    aminata = await begins(people)
    await aminata.presses("👀 Voir avant d'envoyer")
    await aminata.presses("🕐 Quand")
    await aminata.types("demain 10h")
    await aminata.presses("✅ Inviter")
    fanta = people.phone("Fanta")
    await fanta.types("/agenda")

    assert not any("Assemblée" in label for label in fanta.labels)


async def test_asking_for_one_more_and_waiting_does_not_give_up_the_seat(people):
    """Seated alone, full: « ➕ Un de plus » → « ⏳ Attendre une place »."""
    await full_with_a_waiter(people)
    fanta = people.phone("Fanta")
    await fanta.presses("➕ Un de plus")
    assert fanta.text == "💺 Il n'y a pas de place de plus. La tienne reste à toi."

    row = await rsvp(people, "Fanta")
    assert row[0] == "yes" and row[2] is False


async def test_a_forged_year_is_an_old_button(people, caplog):
    """« at 0001-01-01T00:00 » in callback data: an old button, not « update failed »."""
    await begins(people)
    await people.phone("Aminata").presses_data("1:mte:1:at:0001-01-01T00:00")

    assert "update failed" not in caplog.text


async def test_guests_switched_off_do_not_shut_out_a_family_that_has_seats(people):
    """Three seats given, then « relatives » off, then the day changes: « ✅ Toujours » must not be refused."""
    await invites(people)
    number = (await stored(people)).id
    fanta = people.phone("Fanta")
    await fanta.presses_data(ANSWER(number, 3, 0, "yes").pack())
    await people.phone("Aminata").presses_data(EDIT(number, "guests", "0").pack())
    await moves(people, "dimanche 6/12 16h")
    await fanta.presses("✅ Toujours")

    assert await rsvp(people, "Fanta") == ("yes", 3, False, False)


async def to(house, number, wall):
    aminata = house.phone("Aminata")
    await aminata.presses_data(EDIT(number, "at", wall).pack())
    await aminata.presses("✅ Prévenir")


async def begun_series(house, sentence="Assemblée générale, samedi 5/12 15h, salle des fêtes"):
    aminata = await begins(house, sentence)
    await aminata.presses("🔁 Répéter")
    await aminata.presses("Premier samedi du mois")
    return aminata


async def revokes(house, name):

    def take(session):
        actor = members.by_telegram_id(session, house.phone("Aminata").id)
        gone = members.by_telegram_id(session, house.phone(name).id)
        roles.revoke(session, actor, gone.id, desk=house.machine.desk, now=house.machine.clock.now())

    await house.database.transaction(take)


async def test_moved_back_while_some_sleep_is_told_to_who_heard_the_first(people):
    """21:30 UTC: Bamako is awake and hears « 12/12 »; Paris sleeps. Moved back: who heard must hear again."""
    await invites(people)
    fanta, number = people.phone("Fanta"), (await stored(people)).id
    await at(people, 2026, 11, 24, 20, 30)
    await to(people, number, "2026-12-12T15:00")
    await people.passes(seconds=40)
    await fanta.look()
    heard = [m["text"] for m in fanta.bot_messages if "12 décembre" in m.get("text", "") and not m["text"].startswith("📅")]
    assert len(heard) == 1
    before = len(fanta.bot_messages)
    await people.passes(seconds=120)
    await to(people, number, "2026-12-05T15:00")
    await people.passes(seconds=40)
    await people.passes(hours=12)
    await look_all(people)
    assert len(fanta.bot_messages) > before


async def test_a_slip_put_right_at_once_reminds_nobody_of_the_wrong_day(people):
    """Moved by mistake to tomorrow and back at once."""
    await invites(people, "Assemblée générale, samedi 19/12 15h, salle des fêtes")
    fanta, number = people.phone("Fanta"), (await stored(people)).id
    await at(people, 2026, 12, 1, 18, 30)
    await to(people, number, "2026-12-02T15:00")
    await people.passes(seconds=5)
    await to(people, number, "2026-12-19T15:00")
    await people.passes(seconds=40)
    await look_all(people)
    assert reminded(fanta) == []


async def test_an_end_set_after_the_rule_holds_for_each_of_the_series(people):
    aminata = await begun_series(people)
    number = (await stored(people)).id
    await aminata.presses_data(EDIT(number, "end", "").pack())
    await aminata.types("18h")
    assert (await stored(people)).end_wall
    await aminata.presses_data(ACT(number, 1, "publish").pack())
    await people.passes(seconds=40)
    assert [one.end_wall and one.end_wall[11:] for one in await all_meetings(people)][:2] == ["18:00", "18:00"]


async def test_a_planned_one_taken_back_and_thrown_away_stays_away(people):
    aminata = await begun_series(people)
    await aminata.presses_data(ACT((await stored(people)).id, 1, "publish").pack())
    await people.passes(seconds=40)
    last = (await all_meetings(people))[-1]
    assert last.state == MeetingState.PLANNED
    fanta = people.phone("Fanta")
    await fanta.types("/agenda")
    await fanta.presses_data(ANSWER(last.id, 1, 0, "yes").pack())
    await aminata.presses_data(ACT(last.id, 1, "undo").pack())
    await aminata.presses_data(ACT(last.id, 1, "drop").pack())
    await people.passes(seconds=40)
    await jobs.housekeeping(people.machine)
    assert last.wall not in [one.wall for one in await all_meetings(people) if one.state == MeetingState.PLANNED]


async def test_who_had_said_yes_hears_that_it_was_thrown_away(people):
    aminata = await begun_series(people)
    await aminata.presses_data(ACT((await stored(people)).id, 1, "publish").pack())
    await people.passes(seconds=40)
    last = (await all_meetings(people))[-1]
    fanta = people.phone("Fanta")
    await fanta.types("/agenda")
    await fanta.presses_data(ANSWER(last.id, 1, 0, "yes").pack())
    before = len(fanta.bot_messages)
    await aminata.presses_data(ACT(last.id, 1, "undo").pack())
    await aminata.presses_data(ACT(last.id, 1, "drop").pack())
    await people.passes(seconds=40)
    await fanta.look()
    assert len(fanta.bot_messages) > before


async def test_another_place_leaves_the_chosen_hour_of_the_invitations(people):
    """Series, invitations chosen for tomorrow 9:00; the place is put right: they still go tomorrow."""
    aminata = await begun_series(people)
    number = (await stored(people)).id
    await aminata.presses_data(EDIT(number, "publish", "2026-11-28T09:00").pack())
    await aminata.presses_data(ACT(number, 1, "publish").pack())
    chosen = (await stored(people)).publish_at
    assert chosen is not None
    await aminata.presses_data(EDIT(number, "place", "").pack())
    await aminata.types("Foyer, 3 rue X")
    await people.passes(seconds=40)
    await look_all(people)
    now = await stored(people)
    assert (now.state, now.publish_at) == (MeetingState.PLANNED, chosen)


async def test_postponed_old_calendar_button_adds_no_old_day(people):
    aminata = await invites(people)
    fanta, number = people.phone("Fanta"), (await stored(people)).id
    await aminata.presses_data(ACT(number, 1, "postpone").pack())
    await people.passes(seconds=40)
    await fanta.look()
    await fanta.presses_data(callbacks.MoreMeeting(number, "calendar").pack())
    assert "20261205" not in str(fanta.bot_messages[-1])


async def test_an_hour_put_right_keeps_the_rule(people):
    aminata = await begun_series(people)
    number = (await stored(people)).id
    await aminata.presses_data(EDIT(number, "at", "2026-12-05T17:00").pack())
    assert (await stored(people)).series_id is not None


async def test_a_second_move_tells_each_from_what_they_had_heard(people):
    """Fanta has heard 12/12, then 19/12: what was is 12/12 for her."""
    await invites(people)
    fanta, number = people.phone("Fanta"), (await stored(people)).id
    await at(people, 2026, 11, 24, 20, 30)
    await to(people, number, "2026-12-12T15:00")
    await people.passes(seconds=100)
    await fanta.look()
    before = len(fanta.bot_messages)
    await at(people, 2026, 11, 24, 20, 40)
    await to(people, number, "2026-12-19T15:00")
    await people.passes(hours=12)
    await look_all(people)
    assert len(fanta.bot_messages) > before
    assert "12 décembre" in fanta.bot_messages[-1]["text"]


async def test_the_title_of_a_planned_one_raises_the_sequence(people):
    aminata = await begun_series(people)
    await aminata.presses_data(ACT((await stored(people)).id, 1, "publish").pack())
    await people.passes(seconds=40)
    last = (await all_meetings(people))[-1]
    await aminata.presses_data(EDIT(last.id, "title", "fr").pack())
    await aminata.types("Fête de fin")
    assert (await all_meetings(people))[-1].sequence > last.sequence


async def test_moved_then_called_off_at_once(people):
    await invites(people)
    fanta, number = people.phone("Fanta"), (await stored(people)).id
    await to(people, number, "2026-12-12T15:00")
    before = len(fanta.bot_messages)
    await people.phone("Aminata").presses_data(ACT(number, 1, "cancel").pack())
    await people.passes(seconds=60)
    await fanta.look()
    new = [m["text"] for m in fanta.bot_messages[before:]]
    assert len(new) == 1 and "5 décembre" in new[0], new


async def test_postponed_and_same_day_again_at_once(people):
    await invites(people)
    fanta, number = people.phone("Fanta"), (await stored(people)).id
    await fanta.presses("✅ Je viens")
    await people.phone("Aminata").presses_data(ACT(number, 1, "postpone").pack())
    before = len(fanta.bot_messages)
    await to(people, number, "2026-12-05T15:00")
    await people.passes(seconds=60)
    await fanta.look()
    assert (await rsvp(people, "Fanta"))[3] is False
    assert len(fanta.bot_messages) == before
    await at(people, 2026, 12, 4, 18, 0, 5)
    assert len(reminded(fanta)) == 1


async def test_the_group_hears_of_a_move_with_night(people):
    aminata = await begins(people)
    group = await people.new_group("Foyer", "Fanta", "Aminata")
    await people.adds_bot(group, "Aminata")
    await aminata.presses_data(callbacks.LinkChat(group, "fr").pack())
    number = (await stored(people)).id
    await aminata.presses_data(callbacks.AimMeeting(number, 1, "groups", str(group)).pack())
    await aminata.presses_data(ACT(number, 1, "publish").pack())
    await people.passes(seconds=31)
    fanta = people.phone("Fanta")
    await at(people, 2026, 11, 24, 23, 30)
    await to(people, number, "2026-12-12T15:00")
    await people.passes(seconds=60)
    await fanta.look(group)
    before = len(fanta.bot_messages)
    await people.passes(seconds=60)
    await to(people, number, "2026-12-05T15:00")
    await people.passes(hours=12)
    await fanta.look(group)
    assert len(fanta.bot_messages) > before


async def test_a_seat_of_who_was_put_out_goes_to_who_waits(people):
    """Fanta has the only seat and is put out; Moussa, who waits, must get it."""
    await full_with_a_waiter(people)
    await revokes(people, "Fanta")
    await people.passes(days=1)
    assert (await rsvp(people, "Moussa"))[2] is False


async def test_who_was_put_out_is_not_given_the_seat(people):
    """Moussa waits and is put out: the seat that becomes free is not his, and he hears nothing."""
    number = await full_with_a_waiter(people)
    moussa = people.phone("Moussa")
    await revokes(people, "Moussa")
    await moussa.look()
    await people.phone("Fanta").presses_data(ANSWER(number, 1, 0, "no").pack())
    await people.passes(hours=12)
    await moussa.look()
    assert "i ta don" not in said(moussa)


async def test_who_moved_after_saying_yes_sees_it_in_the_agenda(people):
    aminata = await begins(people)
    number = (await stored(people)).id
    place = await people.database.read(lambda session: members.by_telegram_id(session, people.phone("Fanta").id).place)
    await aminata.presses_data(callbacks.AimMeeting(number, 1, "places", place).pack())
    await aminata.presses_data(ACT(number, 1, "publish").pack())
    await people.passes(seconds=40)
    fanta = people.phone("Fanta")
    await fanta.look()
    await fanta.presses("✅ Je viens")

    def go(session):
        members.by_telegram_id(session, fanta.id).place = next(one for one in people.machine.words.places if one != place)

    await people.database.transaction(go)
    await fanta.types("/agenda")
    assert any(label.startswith(("📅", "✅")) for label in fanta.labels), fanta.labels


async def test_a_place_typed_for_a_planned_one_with_answers_is_shown_first(people):
    aminata = await begun_series(people)
    await aminata.presses_data(ACT((await stored(people)).id, 1, "publish").pack())
    await people.passes(seconds=40)
    last = (await all_meetings(people))[-1]
    fanta = people.phone("Fanta")
    await fanta.types("/agenda")
    await fanta.presses_data(ANSWER(last.id, 1, 0, "yes").pack())
    await aminata.presses_data(EDIT(last.id, "place", "").pack())
    await aminata.types("Foyer, 3 rue X")
    assert (await all_meetings(people))[-1].venue_id == last.venue_id


async def test_a_slip_after_a_real_move_does_not_confirm_for_people(people):
    await invites(people)
    fanta, number = people.phone("Fanta"), (await stored(people)).id
    await fanta.presses("✅ Je viens")
    await moves(people, "samedi 12/12 15h")
    await people.passes(hours=1)
    await to(people, number, "2026-12-19T15:00")
    await to(people, number, "2026-12-12T15:00")
    await people.passes(seconds=40)
    assert (await rsvp(people, "Fanta"))[3] is True


async def test_a_day_put_right_at_once_asks_nobody_again_whatever_the_hour(people):
    await invites(people)
    fanta, number = people.phone("Fanta"), (await stored(people)).id
    await fanta.presses("✅ Je viens")
    await to(people, number, "2026-12-12T15:00")
    await to(people, number, "2026-12-05T17:00")
    await people.passes(seconds=40)
    assert (await rsvp(people, "Fanta"))[3] is False


@pytest.mark.parametrize("was_heard", [True, False])
async def test_put_off_and_back_to_the_same_day_asks_only_who_had_heard_of_it(people, was_heard):
    aminata = await invites(people)
    fanta, number = people.phone("Fanta"), (await stored(people)).id
    await fanta.presses("✅ Je viens")
    await aminata.presses_data(ACT(number, 1, "postpone").pack())
    if was_heard:
        await people.passes(seconds=40)
    await to(people, number, "2026-12-05T15:00")
    await people.passes(seconds=40)
    assert (await rsvp(people, "Fanta"))[3] is was_heard


async def test_put_off_it_lasts_as_long_when_it_has_a_day_again(people):
    aminata = await invites(people, "Assemblée générale, samedi 5/12 15h-18h, salle des fêtes")
    number = (await stored(people)).id
    await aminata.presses_data(ACT(number, 1, "postpone").pack())
    await to(people, number, "2026-12-12T10:00")
    assert (await stored(people)).end_wall == "2026-12-12T13:00"


async def test_who_was_invited_minutes_ago_is_not_reminded(people):
    await let_in(people, "Fanta", role="visitor")
    await invites(people)
    fanta = people.phone("Fanta")
    await at(people, 2026, 12, 4, 17, 40)
    await let_in(people, "Fanta")
    await jobs.housekeeping(people.machine)
    await at(people, 2026, 12, 4, 17, 45)
    assert len(cards(fanta)) == 1
    await at(people, 2026, 12, 4, 18, 0, 5)
    await look_all(people)
    assert reminded(fanta) == [] and reminded(people.phone("Moussa")) != []


async def test_the_same_answer_once_more_redraws_nobodys_card(people):
    """A thumb that presses yes twice changed nothing that others see: a hundred cards were edited for it."""
    await invites(people)
    number, fanta = (await stored(people)).id, people.phone("Fanta")
    await fanta.presses_data(ANSWER(number, 1, 0, "yes").pack())
    await people.passes(seconds=10)
    others = len(people.calls("editMessageText"))

    await fanta.presses_data(ANSWER(number, 1, 0, "yes").pack())
    own = len(people.calls("editMessageText")) - others
    await people.passes(seconds=10)

    assert others
    assert len(people.calls("editMessageText")) == others + own <= others + 1
