"""What a hostile tester tries on calls for volunteers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot import callbacks, dates
from bot.domain import help_calls, meetings, members, roles
from bot.domain.meetings import Change
from db.models import Delivery, HelpAnswer, HelpCall, Meeting, Member, Mute, Need, Signup, Venue
from tests.conftest import let_in
from tests.handlers.test_meetings import invites
from tests.handlers.test_volunteers import (
    call,
    calls,
    everybody_looks,
    helps,
    need,
    over,
    publishes,
    said,
    signups,
    speaks,
)

CB = callbacks


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """SQLite is enough here."""
    return request.param


@pytest.fixture
def locales_dir(fewer_phrasings):
    """Fewer phrasings."""
    return fewer_phrasings


@pytest.fixture
async def crew(people):
    """Aminata coordinates; Moussa, Fanta, Oumar and Sira are members, all read French."""
    for number, name in enumerate(("Oumar", "Sira")):
        phone = await people.new_phone(name, person_id=1200 + number)
        await phone.settles_in("Français", "🗼 Île-de-France")
        await let_in(people, name)
    await speaks(people, "fr", "Moussa")
    return people


def at(house, *when):
    """Set the simulator's clock, UTC."""
    house.simulator.clock.set(datetime(*when, tzinfo=UTC))


async def ticks(house):
    """The scheduler knocks; everybody looks."""
    await house.passes(seconds=10)
    await everybody_looks(house)


async def rows(house, what=Signup):
    """Return all rows of a table."""
    return await house.database.read(lambda session: session.scalars(select(what).order_by(what.id)).all())


async def signup_of(house, name, relative=""):
    """Return the newest sign-up of somebody."""
    found = await house.database.read(
        lambda session: session.scalars(
            select(Signup)
            .join(Member, Member.id == Signup.member_id)
            .where(Member.telegram_id == house.phone(name).id, Signup.name == relative)
            .order_by(Signup.id.desc())
        ).first()
    )
    return found


async def adds_need(house, role, hours, wanted=2):
    """Aminata adds a need with hours to the newest call."""
    aminata = house.phone("Aminata")
    await aminata.presses_data(CB.EditCall((await call(house)).id, "need", role).pack())
    number = (await need(house)).id
    await aminata.presses_data(CB.EditNeed(number, "capacity", str(wanted)).pack())
    if hours:
        await aminata.presses_data(CB.EditNeed(number, "hours", "").pack())
        await aminata.types(hours)
    return number


async def moves(house, hours, number=None):
    """Aminata types other hours."""
    aminata = house.phone("Aminata")
    await aminata.presses_data(CB.EditNeed(number or (await need(house)).id, "hours", "").pack())
    await aminata.types(hours)


async def meeting_call(house, *names):
    """A meeting on 5/12 14:00, a call for it with one need, helpers; returns the meeting."""
    await invites(house, "Fête, samedi 5/12 14h, Foyer Bara")
    meeting = (await rows(house, Meeting))[0]
    aminata = house.phone("Aminata")
    await aminata.presses_data(CB.NewCall("meeting", meeting.id).pack())
    await aminata.presses("🍲 Cuisine")
    await publishes(house)
    await house.passes(days=1)
    await helps(house, *names)
    return meeting


async def acts_on_meeting(house, work):
    """Aminata does something with the meeting, as its board does: work(session, actor, desk, now)."""
    machine = house.machine

    def do(session):
        actor = members.by_telegram_id(session, house.phone("Aminata").id)
        return work(session, actor, machine.desk, machine.clock.now())

    return await house.database.transaction(do)


# ---- places
async def test_an_offer_of_one_place_is_not_taken_by_ten(crew):
    """Who is offered one place must not take ten with it."""
    await calls(crew, wanted=1)
    await helps(crew, "Moussa", "Fanta")
    await crew.phone("Moussa").presses_data(CB.MySignup((await signup_of(crew, "Moussa")).id, "leave_sure").pack())
    assert (await signups(crew))["Fanta"] == "offered"
    await crew.phone("Fanta").presses_data(CB.SignUp((await need(crew)).id, 10, 1).pack())
    taken = sum(one.persons for one in await rows(crew) if one.state in ("held", "offered"))
    assert taken <= 1


async def test_enough_pressed_long_before_does_not_dismiss_everybody(crew):
    """« Assez de monde » days before means nobody else: whoever has a place must be asked about, not sent home by one tap."""
    await calls(crew, wanted=2)
    await helps(crew, "Moussa", "Fanta")
    await crew.phone("Aminata").presses_data(CB.EditNeed((await need(crew)).id, "enough", "").pack())
    await everybody_looks(crew)
    assert await signups(crew) == {"Moussa": "held", "Fanta": "held"}


async def test_no_thank_you_of_who_has_a_place_frees_it_or_is_not_noted(crew):
    """« Non merci » of somebody who comes must not leave a card that says both « tu viens » and « non merci »."""
    await calls(crew, wanted=2)
    await helps(crew, "Moussa")
    moussa = crew.phone("Moussa")
    await moussa.presses_data(CB.SayNo((await call(crew)).id).pack())
    assert not ("Tu as dit non merci" in moussa.text and "✅ Tu viens." in moussa.text)


async def test_no_thank_you_of_who_has_a_place_says_how_to_withdraw(crew):
    """Row 82: who has a place has not said no by one wrong tap: they are told how to withdraw, and keep it."""
    await calls(crew, wanted=2)
    await helps(crew, "Moussa")
    await crew.phone("Moussa").presses_data(CB.SayNo((await call(crew)).id).pack())
    await everybody_looks(crew)
    assert "yɔrɔ b'i fɛ yan" in said(crew.phone("Moussa")) or "Tu as une place ici." in said(crew.phone("Moussa"))
    assert (await signups(crew))["Moussa"] == "held"


async def test_reopening_a_call_moves_the_list_up(crew):
    """A place freed while the call was closed must be offered to the head of the list once it is open again."""
    aminata = await calls(crew, wanted=1)
    await helps(crew, "Moussa", "Fanta")
    number = (await call(crew)).id
    await aminata.presses_data(CB.ActCall(number, 1, "close").pack())
    await crew.phone("Moussa").presses_data(CB.MySignup((await signup_of(crew, "Moussa")).id, "leave_sure").pack())
    await aminata.presses_data(CB.ActCall(number, 1, "open").pack())
    await ticks(crew)
    assert (await signups(crew))["Fanta"] == "offered"


async def test_nobody_waits_once_it_has_begun(crew):
    """A full need that has begun must say so, not put people on a list that never moves again."""
    await calls(crew, wanted=1)
    await helps(crew, "Moussa")
    at(crew, 2026, 12, 5, 15, 0)
    await helps(crew, "Fanta")
    assert "Fanta" not in await signups(crew)


async def test_a_family_larger_than_the_need_is_told_so(crew):
    """Five persons for a need of two can never have a place: they must be told, not be given a rank."""
    await calls(crew, wanted=2)
    await crew.phone("Moussa").presses_data(CB.SignUp((await need(crew)).id, 5, 1).pack())
    assert "Moussa" not in await signups(crew)


async def test_a_free_place_is_taken_by_one_tap_while_a_family_waits(crew):
    """The card shows 1/2 free: who taps it must have it, not an offer that runs out."""
    await calls(crew, wanted=2)
    await helps(crew, "Moussa")
    await crew.phone("Fanta").presses_data(CB.SignUp((await need(crew)).id, 2, 1).pack())
    await helps(crew, "Oumar")
    assert (await signups(crew))["Oumar"] == "held"


async def test_leaving_after_the_end_changes_nothing(crew):
    """Who came must not vanish from the list of who came by an old button."""
    await calls(crew, wanted=2)
    await helps(crew, "Moussa")
    await over(crew, "Moussa")
    await crew.phone("Moussa").presses_data(CB.MySignup((await signup_of(crew, "Moussa")).id, "leave_sure").pack())
    await crew.phone("Aminata").presses_data(CB.EditCall((await call(crew)).id, "after", "").pack())
    assert "Venus : 1" in crew.phone("Aminata").text


async def test_old_yes_after_cancelling_says_it_is_off(crew):
    """An old « Je viens » of a call that is off must say that it is off."""
    aminata = await calls(crew, wanted=2)
    await helps(crew, "Moussa")
    await aminata.presses_data(CB.ActCall((await call(crew)).id, 1, "cancel").pack())
    await everybody_looks(crew)
    await crew.phone("Moussa").presses_data(CB.MySignup((await signup_of(crew, "Moussa")).id, "yes").pack())
    assert "annulé" in crew.phone("Moussa").text


async def test_the_last_who_lets_it_pass_is_told_the_truth(crew):
    """When nobody else waits, « la place est allée à quelqu'un d'autre » is untrue: the place is free still."""
    await calls(crew, wanted=1)
    await helps(crew, "Moussa", "Fanta")
    await crew.phone("Moussa").presses_data(CB.MySignup((await signup_of(crew, "Moussa")).id, "leave_sure").pack())
    await everybody_looks(crew)
    await crew.passes(hours=13)
    await crew.passes(hours=12)
    await everybody_looks(crew)
    assert "allée à quelqu'un d'autre" not in said(crew.phone("Fanta"))


# ---- quiet hours
async def test_one_fewer_by_night_wakes_nobody(crew):
    """A place freed by « ➖ 1 » at 23:00, days before, must be offered in the morning."""
    await calls(crew, wanted=2)
    await crew.phone("Moussa").presses_data(CB.SignUp((await need(crew)).id, 2, 1).pack())
    await helps(crew, "Sira")
    at(crew, 2026, 11, 24, 22, 0)
    await crew.phone("Moussa").presses_data(CB.SignUp((await need(crew)).id, 1, 1).pack())
    await everybody_looks(crew)
    assert "Une place est libre" not in said(crew.phone("Sira"))


@pytest.mark.parametrize(("hours", "is_told"), [("14h-18h", False), ("9h-18h", True)])
async def test_a_place_freed_in_the_last_night_wakes_only_when_the_morning_is_too_late(crew, hours, is_told):
    """The soak of a month woke somebody at five in the morning for a task of the afternoon."""
    await calls(crew, wanted=1, hours=f"5/12 {hours}")
    await helps(crew, "Moussa", "Sira")
    at(crew, 2026, 12, 5, 4, 0)
    await crew.phone("Moussa").presses_data(CB.MySignup((await signup_of(crew, "Moussa")).id, "leave_sure").pack())
    await everybody_looks(crew)
    assert ("Une place est libre" in said(crew.phone("Sira"))) == is_told
    await crew.passes(hours=5)
    await everybody_looks(crew)
    assert "Une place est libre" in said(crew.phone("Sira"))


async def test_a_message_to_one_need_waits_for_the_morning(crew):
    """« Leur écrire » at 23:00, eleven days before, must not ring by night."""
    aminata = await calls(crew, wanted=2)
    await helps(crew, "Moussa")
    at(crew, 2026, 11, 24, 22, 0)
    await aminata.presses_data(CB.EditNeed((await need(crew)).id, "write", "").pack())
    await aminata.types("Venez avec un couteau")
    await everybody_looks(crew)
    assert "couteau" not in said(crew.phone("Moussa"))


async def test_a_message_to_one_need_comes_once_to_a_family(crew):
    """Who signed up a relative too must get the organiser's message once."""
    aminata = await calls(crew, wanted=4)
    await helps(crew, "Moussa")
    moussa = crew.phone("Moussa")
    await moussa.presses_data(CB.AboutCall((await need(crew)).id, "relative", "").pack())
    await moussa.types("Awa")
    await aminata.presses_data(CB.EditNeed((await need(crew)).id, "write", "").pack())
    await aminata.types("Venez avec un couteau")
    await everybody_looks(crew)
    assert said(moussa).count("couteau") == 1


async def test_two_changes_by_night_tell_what_was_known(crew):
    """14:00 → 16:00 → 18:00 by night: in the morning it must say 14:00 before, not an hour nobody was told."""
    await calls(crew, wanted=2)
    await helps(crew, "Moussa")
    at(crew, 2026, 11, 24, 22, 0)
    await moves(crew, "5/12 16h-18h")
    await moves(crew, "5/12 18h-20h")
    at(crew, 2026, 11, 25, 8, 0)
    await ticks(crew)
    told = next(one for one in reversed(crew.phone("Moussa").bot_messages) if one.get("text", "").startswith("🔄"))["text"]
    assert "14:00" in told


async def test_a_change_taken_back_by_night_tells_nobody(crew):
    """14:00 → 16:00 → 14:00 by night: nothing has changed for anybody."""
    await calls(crew, wanted=2)
    await helps(crew, "Moussa")
    at(crew, 2026, 11, 24, 22, 0)
    await moves(crew, "5/12 16h-18h")
    await moves(crew, "5/12 14h-18h")
    at(crew, 2026, 11, 25, 8, 0)
    await ticks(crew)
    assert "🔄" not in said(crew.phone("Moussa"))


# ---- flooding
async def test_three_needs_one_evening_question(crew):
    """Who is in three needs of a day must get one « toujours d'accord ? », not three messages."""
    await calls(crew, wanted=3, hours="5/12 8h-10h", published=False)
    for hours in ("5/12 10h-12h", "5/12 12h-14h"):
        await adds_need(crew, "transport", hours)
    await publishes(crew)
    for one in await rows(crew, Need):
        await crew.phone("Moussa").presses_data(CB.SignUp(one.id, 1, 1).pack())
    at(crew, 2026, 12, 4, 17, 1)
    await ticks(crew)
    assert sum(one.get("text", "").startswith("🔔 C'est bientôt") for one in crew.phone("Moussa").bot_messages) == 1


async def test_gaps_are_told_once_a_day(crew):
    """Shifts of one day that lack people must make one message a day to the organiser."""
    await calls(crew, wanted=3, hours="5/12 8h-10h", published=False)
    for hours in ("5/12 10h-12h", "5/12 12h-14h", "5/12 14h-16h"):
        await adds_need(crew, "transport", hours)
    await publishes(crew)
    at(crew, 2026, 12, 3, 6, 0)
    for _ in range(20):
        await crew.passes(minutes=30)
    await everybody_looks(crew)
    day = [one for one in await rows(crew, Delivery) if one.view == "volunteers.gaps" and one.created_at.day == 3]
    assert len(day) <= 1


async def test_a_call_of_this_second_has_no_gaps_yet(crew):
    """The organiser must not be told « il manque du monde » seconds after sending the call."""
    aminata = await calls(crew, wanted=3, hours="25/11 14h-18h")
    await ticks(crew)
    assert "il manque du monde" not in said(aminata)


async def test_who_said_no_is_asked_once_more_not_twice_a_day(crew):
    """Two changes of one day must ask who said no once."""
    await calls(crew, wanted=3)
    await crew.passes(days=1)
    await everybody_looks(crew)
    await crew.phone("Moussa").presses_data(CB.SayNo((await call(crew)).id).pack())
    await crew.passes(days=1)
    await moves(crew, "6/12 14h-18h")
    await crew.passes(minutes=10)
    await moves(crew, "6/12 16h-18h")
    await crew.passes(days=1)
    await crew.passes(days=1)
    await everybody_looks(crew)
    assert said(crew.phone("Moussa")).count("Il manque encore du monde") <= 1


async def test_who_muted_calls_is_not_asked_once_more(crew):
    """Who said no and muted calls must hear nothing when an hour changes."""
    await calls(crew, wanted=3)
    await crew.passes(days=1)
    await everybody_looks(crew)
    await crew.phone("Moussa").presses_data(CB.SayNo((await call(crew)).id).pack())

    def mute(session):
        session.add(Mute(member_id=members.by_telegram_id(session, crew.phone("Moussa").id).id, kind="volunteering"))

    await crew.database.transaction(mute)
    await moves(crew, "6/12 14h-18h")
    await crew.passes(days=1)
    await everybody_looks(crew)
    assert "Il manque encore du monde" not in said(crew.phone("Moussa"))


async def test_who_has_just_signed_up_is_not_asked_whether_they_still_come(crew):
    """An hour after signing up « toujours d'accord ? » without a button makes no sense."""
    await calls(crew, wanted=3)
    at(crew, 2026, 12, 4, 16, 0)
    await helps(crew, "Moussa")
    at(crew, 2026, 12, 4, 17, 1)
    await ticks(crew)
    assert "Toujours d'accord" not in said(crew.phone("Moussa"))


async def test_three_hours_before_is_truthful_in_the_morning(crew):
    """For 9:00 the reminder comes at 8:00: it must not say « dans trois heures »."""
    await calls(crew, wanted=3, hours="5/12 9h-11h")
    await helps(crew, "Moussa")
    at(crew, 2026, 12, 5, 5, 30)
    await ticks(crew)
    at(crew, 2026, 12, 5, 7, 0)
    await ticks(crew)
    assert "C'est dans trois heures" not in crew.phone("Moussa").text


# ---- meetings that move
async def test_a_postponed_meeting_reminds_nobody(crew):
    """A meeting without a day any more: nobody may be asked to come at the old hour."""
    meeting = await meeting_call(crew, "Fanta")
    await acts_on_meeting(crew, lambda s, a, d, n: meetings.postpone(s, a, meeting.id, desk=d, now=n))
    await ticks(crew)
    at(crew, 2026, 12, 4, 17, 1)
    await ticks(crew)
    assert "C'est bientôt" not in said(crew.phone("Fanta"))


async def test_a_postponed_meeting_takes_the_hours_of_its_call_away(crew):
    """The card must not show the old hour of a meeting that is put off."""
    meeting = await meeting_call(crew, "Fanta")
    await acts_on_meeting(crew, lambda s, a, d, n: meetings.postpone(s, a, meeting.id, desk=d, now=n))
    await ticks(crew)
    await crew.phone("Fanta").presses_data(CB.ShowCall((await call(crew)).id).pack())
    assert "5/12" not in crew.phone("Fanta").text


async def test_a_new_day_after_the_old_one_is_told(crew):
    """Postponed, given a new day once the old one is past: whoever signed up must be told and asked."""
    meeting = await meeting_call(crew, "Fanta")
    await acts_on_meeting(crew, lambda s, a, d, n: meetings.postpone(s, a, meeting.id, desk=d, now=n))
    await ticks(crew)
    at(crew, 2026, 12, 7, 10, 0)
    await ticks(crew)
    zone = next(iter(crew.machine.desk.zones.values()))
    wall = dates.read("19/12 14h", now=crew.machine.clock.now(), zone=zone)
    await acts_on_meeting(
        crew, lambda s, a, d, n: meetings.change(s, a, meeting.id, Change(wall=wall, zone=zone), desk=d, now=n)
    )
    await crew.passes(minutes=1)
    await ticks(crew)
    assert (await need(crew)).starts_at == datetime(2026, 12, 19, 13, 0, tzinfo=UTC)


async def test_another_place_of_the_meeting_is_told(crew):
    """The meeting moves to another hall: whoever signed up must be told and the need must show it."""
    meeting = await meeting_call(crew, "Fanta")

    def work(session, actor, desk, now):
        other = Venue(name="Salle Jean-Vilar", address="", directions={}, used_at=now)
        session.add(other)
        session.flush()
        meetings.change(session, actor, meeting.id, Change(venue_id=other.id), desk=desk, now=now)

    before = (await need(crew)).place
    await acts_on_meeting(crew, work)
    await crew.passes(minutes=1)
    await ticks(crew)
    assert before == "Foyer Bara"
    assert (await need(crew)).place == "Salle Jean-Vilar"


async def test_an_exhibition_of_ten_days_gives_no_240_hours(crew):
    """A need of a meeting that lasts ten days must not count every hour of them as given."""
    await invites(crew, "Exposition, samedi 5/12 14h, Foyer Bara")
    meeting = (await rows(crew, Meeting))[0]

    def lasts(session):
        session.get(Meeting, meeting.id).ends_at = meeting.starts_at + timedelta(days=10)

    await crew.database.transaction(lasts)
    await crew.phone("Aminata").presses_data(CB.NewCall("meeting", meeting.id).pack())
    await crew.phone("Aminata").presses("🍲 Cuisine")
    assert (await need(crew)).lasts_minutes <= help_calls.LONGEST_MINUTES


async def test_hours_over_the_clock_change_end_when_they_were_typed(crew):
    """« 27/3 22h-4h » over the spring change must end at 4:00, not 5:00."""
    await calls(crew, wanted=3, hours="27/3 22h-4h", published=False)
    assert "22:00 (Bamako 21:00) – 04:00" in crew.phone("Aminata").text


# ---- who may
async def test_a_demoted_member_is_sent_nothing_more(crew):
    """Who is no member any more must not be reminded where and when members help; the place is free."""
    await calls(crew, wanted=1)
    await helps(crew, "Moussa", "Fanta")

    def work(session):
        actor = members.by_telegram_id(session, crew.phone("Aminata").id)
        who = members.by_telegram_id(session, crew.phone("Moussa").id)
        roles.change(session, actor, who.id, "visitor", desk=crew.machine.desk, now=crew.machine.clock.now())

    await crew.database.transaction(work)
    at(crew, 2026, 12, 4, 17, 1)
    await ticks(crew)
    assert "🔔" not in said(crew.phone("Moussa"))


async def test_who_prepares_reads_phones_and_nobody_else(crew):
    """The organiser's board has the numbers that were given (volunteers.see_phone); a member reads none."""
    await calls(crew, wanted=2)
    await helps(crew, "Moussa")
    vault = crew.machine.vault

    def work(session):
        who = members.by_telegram_id(session, crew.phone("Moussa").id)
        members.give_phone(session, who, "33612345678", owner_id=who.telegram_id, vault=vault)

    await crew.database.transaction(work)
    fanta, board = crew.phone("Fanta"), CB.EditNeed((await need(crew)).id, "board", "").pack()
    await fanta.presses_data(board)
    refused = said(fanta)
    await let_in(crew, "Fanta", role="committee")
    await fanta.presses_data(board)
    assert "612345678" not in refused
    assert "Moussa" in fanta.text and "612345678" in fanta.text


async def test_a_call_for_a_visit_that_is_not_there(crew):
    """A forged number of a visit must be answered kindly, not make an error or an orphan."""
    aminata = crew.phone("Aminata")
    await aminata.types("/aider")
    await aminata.presses_data(CB.NewCall("visit", 987654).pack())
    assert await rows(crew, HelpCall) == []
    assert "Que faut-il" not in aminata.text and "n'a pas marché" not in aminata.text


@pytest.mark.parametrize("typed", ["--5", "-", "5-"])
async def test_a_number_typed_with_two_strokes(crew, typed):
    """« --5 » is no number: a clear sentence."""
    aminata = await calls(crew, wanted=2)
    await aminata.presses_data(CB.EditNeed((await need(crew)).id, "capacity", "").pack())
    await aminata.types(typed)
    assert "500" in aminata.text


@pytest.mark.parametrize("question", [
    "À quelle heure finit la fête des enfants ?", "La fête du 12/12/2026, c'est de 14h à 18h30 ?",
])  # fmt: skip
async def test_a_visitors_question_after_signing_up_is_not_swallowed(crew, question):
    """A resident who types a question in place of a number must not lose it to « Tu es inscrit »."""
    await calls(crew, wanted=2, published=False)
    await crew.phone("Aminata").presses_data(CB.EditCall((await call(crew)).id, "public", "1").pack())
    await publishes(crew)
    paul = await crew.new_phone("Paul", person_id=1300)
    await paul.settles_in("Français", "🏘 Villetaneuse")
    await paul.presses_data(CB.SignUp((await need(crew)).id, 1, 0).pack())
    await paul.types(question)
    assert "Tu es inscrit" not in paul.text and not paul.text.startswith("😔")
    assert "Comment te joindre" not in paul.text


async def test_a_visitors_typed_number_is_kept_or_asked_for_again(crew):
    """A resident who types their number must not read « Merci » while it is thrown away."""
    await calls(crew, wanted=2, published=False)
    await crew.phone("Aminata").presses_data(CB.EditCall((await call(crew)).id, "public", "1").pack())
    await publishes(crew)
    paul = await crew.new_phone("Paul", person_id=1300)
    await paul.settles_in("Français", "🏘 Villetaneuse")
    await paul.presses_data(CB.SignUp((await need(crew)).id, 1, 0).pack())
    await paul.types("06 12 34 56 78")
    member = await crew.database.read(lambda session: members.by_telegram_id(session, paul.id))
    assert member.phone is not None or "Merci ! Tu es inscrit" not in paul.text


# ---- relatives
async def test_a_relative_who_cannot_come_is_named(crew):
    """The organiser must hear that Awa does not come, not that Moussa does not."""
    await calls(crew, wanted=4, hours="24/11 7h-9h")
    await helps(crew, "Moussa")
    moussa = crew.phone("Moussa")
    await moussa.presses_data(CB.AboutCall((await need(crew)).id, "relative", "").pack())
    await moussa.types("Awa")
    await moussa.presses_data(CB.MySignup((await signup_of(crew, "Moussa", "Awa")).id, "leave_sure").pack())
    await everybody_looks(crew)
    assert "❗ Moussa ne vient plus" not in said(crew.phone("Aminata"))
    assert "Awa" in said(crew.phone("Aminata"))


async def test_an_offer_to_a_relative_says_to_whom(crew):
    """« Une place est libre » for Awa must say Awa."""
    await calls(crew, wanted=1)
    await helps(crew, "Fanta")
    moussa = crew.phone("Moussa")
    await moussa.presses_data(CB.AboutCall((await need(crew)).id, "relative", "").pack())
    await moussa.types("Awa")
    await crew.phone("Fanta").presses_data(CB.MySignup((await signup_of(crew, "Fanta")).id, "leave_sure").pack())
    await everybody_looks(crew)
    assert moussa.text.splitlines()[0] == "👤 Awa" and moussa.text.splitlines()[1].startswith("🎉")


async def test_yes_and_no_buttons_of_a_family_can_be_told_apart(crew):
    """Asked for two, oneself and Awa, the buttons must say whose they are."""
    await calls(crew, wanted=4)
    await helps(crew, "Moussa")
    moussa = crew.phone("Moussa")
    await moussa.presses_data(CB.AboutCall((await need(crew)).id, "relative", "").pack())
    await moussa.types("Awa")
    await moves(crew, "6/12 14h-18h")
    await everybody_looks(crew)
    assert moussa.text.startswith("🔄")
    assert len(moussa.labels) == len(set(moussa.labels))


# ---- the day
async def test_a_tap_on_a_name_weeks_before_does_not_make_them_present(crew):
    """« Les gens » two weeks before: looking at a name must not note them as there, so that they miss the cancelling."""
    aminata = await calls(crew, wanted=2)
    await helps(crew, "Moussa")
    await aminata.presses_data(CB.EditNeed((await need(crew)).id, "people", "").pack())
    await aminata.presses("▫️ Moussa") if "▫️ Moussa" in aminata.labels else None
    await aminata.presses_data(CB.ActCall((await call(crew)).id, 1, "cancel").pack())
    await everybody_looks(crew)
    assert "C'est annulé : ne viens pas" in said(crew.phone("Moussa"))


async def grows(house, number):
    """So many more members, all signed up."""
    need_id = (await need(house)).id

    def work(session):
        model = members.by_telegram_id(session, house.phone("Sira").id)
        for one in range(number):
            who = Member(
                **{column.name: getattr(model, column.name) for column in Member.__table__.columns if column.name != "id"}
            )
            who.telegram_id, who.first_name = 5000 + one, f"Zeta{one:02}"
            session.add(who)
            session.flush()
            session.add(
                Signup(
                    need_id=need_id,
                    member_id=who.id,
                    name="",
                    persons=1,
                    state="held",
                    since=house.machine.clock.now() + timedelta(seconds=one),
                )
            )

    await house.database.transaction(work)


async def test_the_fifteenth_helper_can_be_ticked(crew):
    """With twenty helpers all twenty must be reachable at the door."""
    aminata = await calls(crew, wanted=10)
    await grows(crew, 20)
    await aminata.presses_data(CB.EditNeed((await need(crew)).id, "people", "").pack())
    assert any("Zeta19" in label for label in aminata.labels) or any("➡" in label or "▶" in label for label in aminata.labels)


async def test_the_fifteenth_member_can_be_written_in(crew):
    """With twenty members any of them must be reachable to be written in."""
    aminata = await calls(crew, wanted=10)
    await grows(crew, 20)

    def away(session):
        for one in session.scalars(select(Signup)):
            session.delete(one)

    await crew.database.transaction(away)
    await aminata.presses_data(CB.EditNeed((await need(crew)).id, "enter", "").pack())
    assert any("Zeta19" in label for label in aminata.labels) or any("➡" in label or "▶" in label for label in aminata.labels)


# ---- length, words
async def test_a_card_of_twelve_long_needs_arrives(crew):
    """Twelve needs with what to bring and where must still reach members."""
    await calls(crew, wanted=2, published=False)
    for _ in range(11):
        await adds_need(crew, "transport", "5/12 14h-18h")

    def long(session):
        for one in session.scalars(select(Need)):
            one.bring, one.place, one.contact = "couteau " * 24, "Foyer Bara, rue " * 4, "Aminata 06 12 " * 4
            one.titles = {"fr": "Préparer le repas des enfants et ranger la grande salle du foyer"}

    await crew.database.transaction(long)
    aminata = crew.phone("Aminata")
    await aminata.presses_data(CB.BoardCall((await call(crew)).id).pack())
    await aminata.presses_data(CB.ActCall((await call(crew)).id, 0, "publish").pack())
    looked = aminata.text
    await aminata.presses_data(CB.ActCall((await call(crew)).id, 1, "publish").pack())
    await crew.passes(days=1, minutes=1)
    await everybody_looks(crew)
    assert "n'a pas marché" not in looked
    assert "On cherche de l'aide" in said(crew.phone("Moussa"))


async def test_long_needs_after_sending_leave_the_cards_true(crew):
    """What is added to needs of a call that is out must not make its cards too long to be redrawn."""
    await calls(crew, wanted=2, published=False)
    for _ in range(11):
        await adds_need(crew, "transport", "5/12 14h-18h")
    await publishes(crew)

    def long(session):
        for one in session.scalars(select(Need)):
            one.bring, one.place, one.contact = "couteau " * 24, "Foyer Bara, rue " * 4, "Aminata 06 12 " * 4

    await crew.database.transaction(long)
    await helps(crew, "Fanta")
    await ticks(crew)
    assert "1 sur 2" in said(crew.phone("Oumar"))


async def test_long_comments_leave_the_page_open(crew):
    """Ten long words of helpers must not lock the organiser out of « Présence et merci »."""
    aminata = await calls(crew, wanted=10)
    await helps(crew, "Moussa", "Fanta", "Oumar", "Sira", "Aminata")
    number = (await call(crew)).id

    def comment(session):
        for one in session.scalars(select(Member).where(Member.role != "visitor")):
            session.add(HelpAnswer(call_id=number, member_id=one.id, mood="good", comment="bien " * 195))

    await over(crew, "Moussa", "Fanta", "Oumar", "Sira", "Aminata")
    await crew.database.transaction(comment)
    await aminata.presses_data(CB.EditCall(number, "after", "").pack())
    assert "Venus" in aminata.text


async def test_a_button_shows_no_entities(crew):
    """« Thé & café » on a waiting button must not read « Thé &amp; café »."""
    aminata = await calls(crew, wanted=1, published=False)
    await aminata.presses_data(CB.EditCall((await call(crew)).id, "other", "").pack())
    await aminata.types("Thé & café")
    await aminata.presses("1")
    await moves(crew, "5/12 14h-18h")
    await publishes(crew)
    await helps(crew, "Moussa")
    fanta = crew.phone("Fanta")
    await fanta.presses_data(CB.ShowCall((await call(crew)).id).pack())
    assert not any("&amp;" in label for label in fanta.labels)


async def test_a_need_of_ones_own_can_have_a_title_in_bambara(crew):
    """A need typed in French must offer its title in Bambara too, as calls do."""
    aminata = await calls(crew, wanted=1, published=False)
    await aminata.presses_data(CB.EditCall((await call(crew)).id, "other", "").pack())
    await aminata.types("Couper les oignons")
    await aminata.presses("1")
    await aminata.presses_data(CB.EditNeed((await need(crew)).id, "board", "").pack())
    assert any("Bamanankan" in label for label in aminata.labels)


async def test_a_need_without_an_hour_does_not_stay_for_ever(crew):
    """A call one of whose needs has no hour must not go out so, or be listed a month later."""
    await calls(crew, wanted=1, published=False)
    await adds_need(crew, "transport", "")
    await publishes(crew)
    at(crew, 2027, 1, 10, 10, 0)
    await ticks(crew)
    await crew.phone("Moussa").types("/aider")
    assert not any("Fête des enfants" in label for label in crew.phone("Moussa").labels)


async def test_a_second_need_takes_the_hours_of_the_first(crew):
    """No need goes out without an hour: what is added to a call has those of what it asks for already."""
    await calls(crew, wanted=1, published=False)
    first = await need(crew)
    await adds_need(crew, "transport", "")
    assert (await need(crew)).starts_at == first.starts_at


async def test_the_second_call_has_no_counts_that_grow_old(crew):
    """What asks once more names what is missing and leads to the card, which is kept true."""
    await calls(crew, wanted=3)
    at(crew, 2026, 11, 30, 12, 0)
    await ticks(crew)
    sira = crew.phone("Sira")
    again = next(one for one in sira.bot_messages if "Il manque encore" in one.get("text", ""))
    await helps(crew, "Fanta", "Oumar")
    await sira.presses("👀 Voir l'appel")
    assert "sur 3" not in again["text"]
    assert "2 sur 3" in sira.text


async def test_home_under_the_card_is_not_overwritten(crew):
    """Home opened under the card must stay when counts change."""
    await calls(crew, wanted=3)
    await crew.passes(days=1)
    await everybody_looks(crew)
    moussa = crew.phone("Moussa")
    await moussa.presses("🏠 Accueil") if "🏠 Accueil" in moussa.labels else await moussa.presses(moussa.labels[-1])
    home = moussa.text
    await helps(crew, "Fanta")
    await ticks(crew)
    assert moussa.text == home


# ---- erased, years
async def test_who_is_erased_with_a_relative_on_the_list_leaves_no_trace(crew):
    """Erasing must not queue an offer to the very person who goes."""
    await calls(crew, wanted=1)
    await helps(crew, "Oumar")
    oumar = crew.phone("Oumar")
    await oumar.presses_data(CB.AboutCall((await need(crew)).id, "relative", "").pack())
    await oumar.types("Awa")
    await oumar.types("/effacer")
    await oumar.presses(oumar.labels[0])
    await everybody_looks(crew)
    assert not [one for one in await rows(crew, Delivery) if one.chat_id == oumar.id and one.view == "volunteers.offered"]


@pytest.mark.parametrize("form", ["text", "picture", "csv", "xlsx"])
async def test_a_year_without_anything(crew, form):
    """A year without data must show zeros."""
    aminata = crew.phone("Aminata")
    await aminata.types("/annee")
    before = len(aminata.bot_messages)
    await aminata.presses_data(CB.ShowYear(2001, form).pack())
    if form == "text":
        assert aminata.text.startswith("📅 L'année 2001")
    else:
        assert len(aminata.bot_messages) == before + 1 and ("document" in aminata.screen or "photo" in aminata.screen)


async def test_the_first_year_has_no_way_to_nowhere(crew):
    """The page of 2000 must not offer 1999, which is refused as an old button."""
    aminata = crew.phone("Aminata")
    await aminata.types("/annee")
    await aminata.presses_data(CB.ShowYear(2000, "text").pack())
    assert not any("1999" in label for label in aminata.labels)


async def test_a_certificate_with_a_very_long_name(crew):
    """A name of 64 letters must still be a certificate."""
    await calls(crew, wanted=3)
    await helps(crew, "Moussa")
    await over(crew, "Moussa")

    def name(session):
        members.by_telegram_id(session, crew.phone("Moussa").id).first_name = "M" * 64

    await crew.database.transaction(name)
    await crew.phone("Moussa").presses_data(CB.AboutCall(0, "certificate", "").pack())
    assert any("document" in one for one in crew.phone("Moussa").bot_messages)


async def test_enter_on_a_cancelled_call_is_refused(crew):
    """Nobody can be written into a call that is off."""
    aminata = await calls(crew, wanted=2)
    await aminata.presses_data(CB.ActCall((await call(crew)).id, 1, "cancel").pack())
    who = await crew.database.read(lambda session: members.by_telegram_id(session, crew.phone("Sira").id))
    await aminata.presses_data(CB.EditNeed((await need(crew)).id, "enter", str(who.id)).pack())
    assert (await signups(crew)).get("Sira") != "held"


async def test_enter_of_who_said_no_takes_the_no_back(crew):
    """Written in after « non merci »: the card must not say both."""
    aminata = await calls(crew, wanted=2)
    await crew.phone("Sira").presses_data(CB.SayNo((await call(crew)).id).pack())
    who = await crew.database.read(lambda session: members.by_telegram_id(session, crew.phone("Sira").id))
    await aminata.presses_data(CB.EditNeed((await need(crew)).id, "enter", str(who.id)).pack())
    await crew.phone("Sira").presses_data(CB.ShowCall((await call(crew)).id).pack())
    assert not ("non merci" in crew.phone("Sira").text and "Tu viens" in crew.phone("Sira").text)


async def test_a_blocked_head_of_the_list_does_not_keep_the_place(crew):
    """Who has blocked the bot cannot say yes: the place must be offered to who can be reached, not kept for hours."""
    await calls(crew, wanted=1)
    await helps(crew, "Moussa", "Fanta", "Oumar")
    await crew.phone("Fanta").blocks()
    await crew.phone("Moussa").presses_data(CB.MySignup((await signup_of(crew, "Moussa")).id, "leave_sure").pack())
    await ticks(crew)
    assert (await signups(crew))["Oumar"] == "offered"


async def test_the_removal_of_a_relative_names_them(crew):
    """Awa is taken out: Moussa must not read that nobody needs himself."""
    aminata = await calls(crew, wanted=4)
    await helps(crew, "Moussa")
    moussa = crew.phone("Moussa")
    await moussa.presses_data(CB.AboutCall((await need(crew)).id, "relative", "").pack())
    await moussa.types("Awa")
    await aminata.presses_data(CB.Helper((await signup_of(crew, "Moussa", "Awa")).id, "remove", "enough").pack())
    await everybody_looks(crew)
    assert "Awa" in moussa.text


async def test_a_visitor_is_asked_for_a_number_once(crew):
    """A resident who does not want to give a number must not be asked at each « ➕ 1 »."""
    await calls(crew, wanted=5, published=False)
    await crew.phone("Aminata").presses_data(CB.EditCall((await call(crew)).id, "public", "1").pack())
    await publishes(crew)
    paul = await crew.new_phone("Paul", person_id=1300)
    await paul.settles_in("Français", "🏘 Villetaneuse")
    await paul.presses_data(CB.ShowCall((await call(crew)).id).pack())
    card = paul.screen["message_id"]
    for persons in (1, 2, 3):
        await paul.presses_data(CB.SignUp((await need(crew)).id, persons, 1).pack(), card)
    assert said(paul).count("Comment te joindre") == 1


async def test_a_committee_member_forges_no_call_for_a_visit_they_may_not_see(crew):
    """The committee must not learn the arrival of a visit in preparation by a forged button."""
    from tests.handlers.test_delegations import prepares, visit

    await prepares(crew, team=("Moussa",))
    await let_in(crew, "Sira", role="committee")
    number = (await visit(crew)).id

    def draft(session):
        from db.models import Delegation

        session.get(Delegation, number).state = "draft"

    await crew.database.transaction(draft)
    sira = crew.phone("Sira")
    await sira.presses_data(CB.NewCall("visit", number).pack())
    assert "Que faut-il" not in sira.text


async def test_three_needs_of_a_moved_meeting_make_one_message(crew):
    """The meeting moves: who is in three of its needs must get one message."""
    meeting = await meeting_call(crew, "Fanta")
    for role in ("transport", "welcome"):
        await crew.phone("Aminata").presses_data(CB.EditCall((await call(crew)).id, "need", role).pack())
        await crew.phone("Fanta").presses_data(CB.SignUp((await need(crew)).id, 1, 1).pack())

    def later(session):
        found = session.get(Meeting, meeting.id)
        found.starts_at += timedelta(hours=2)

    await crew.database.transaction(later)
    await ticks(crew)
    told = [one for one in crew.phone("Fanta").bot_messages if one.get("text", "").startswith("🔄")]
    assert len(told) == 1


async def test_a_change_of_one_need_keeps_the_question_about_another(crew):
    """The meeting changes its hall: who owes an answer about a need that stays where it is still owes it."""
    meeting = await meeting_call(crew, "Fanta")
    first = (await need(crew)).id
    await adds_need(crew, "transport", "")
    aminata = crew.phone("Aminata")
    await aminata.presses_data(CB.EditNeed(first, "place", "").pack())
    await aminata.types("Chez Awa")
    await everybody_looks(crew)

    def another_hall(session, actor, desk, now):
        other = Venue(name="Salle Jean-Vilar", address="", directions={}, used_at=now)
        session.add(other)
        session.flush()
        meetings.change(session, actor, meeting.id, Change(venue_id=other.id), desk=desk, now=now)

    await acts_on_meeting(crew, another_hall)
    await ticks(crew)
    asked = await crew.database.read(lambda session: session.scalars(select(Signup).where(Signup.need_id == first)).one())
    assert (await need(crew)).place == "Salle Jean-Vilar"
    assert asked.is_to_confirm


async def test_a_place_tapped_twice_stays_chosen(crew):
    """A button says what is wanted: pressed again by a trembling thumb it takes nothing back."""
    aminata = await calls(crew, wanted=1, published=False)
    number = (await call(crew)).id
    for value in ("bamako", "bamako", "atlantis"):
        await aminata.presses_data(CB.EditCall(number, "with", value).pack())
    chosen = (await call(crew)).places
    await aminata.presses_data(CB.EditCall(number, "without", "bamako").pack())
    assert (chosen, (await call(crew)).places) == (["bamako"], [])


async def test_a_card_that_was_pressed_is_a_card_still(crew):
    """One tap on the card redraws it as a card: without the way home, under which the next count would be written."""
    await calls(crew, wanted=3)
    await crew.passes(days=1)
    await everybody_looks(crew)
    sira = crew.phone("Sira")
    await sira.presses("🍲 Cuisine 0/3")
    on_the_card = sira.labels
    await sira.types("/aider")
    await sira.presses("🙋 Fête des enfants 1/3")
    assert "✅ 🍲 Cuisine 1/3" in on_the_card and "🏠 Accueil" not in on_the_card
    assert "🏠 Accueil" in sira.labels


async def test_the_same_tap_once_more_redraws_nobodys_card(crew):
    """Who is in it already and taps again has changed nothing that others see."""
    await calls(crew, wanted=2)
    sign_up, fanta = CB.SignUp((await need(crew)).id, 1, 0).pack(), crew.phone("Fanta")
    await fanta.presses_data(sign_up)
    await crew.passes(seconds=10)
    others = len(crew.calls("editMessageText"))

    await fanta.presses_data(sign_up)
    own = len(crew.calls("editMessageText")) - others
    await crew.passes(seconds=10)

    assert others
    assert len(crew.calls("editMessageText")) == others + own <= others + 1
