"""Many people after few seats at the same moment: never one too many, and nobody forgotten.

The long one: ./run test -m drill tests/test_races.py
"""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest
from conftest import HERE
from sqlalchemy import func, select

from bot import callbacks
from bot.domain import help_standings, meetings, rsvps, signups
from db.models import (
    CallState,
    Claim,
    Delegation,
    DelegationState,
    Delivery,
    DeliveryState,
    HelpCall,
    Lane,
    Meeting,
    MeetingState,
    Member,
    Need,
    Rsvp,
    Signup,
    SignupState,
    Stop,
    Task,
    TeamMember,
)

FIRST = 50_000


@pytest.fixture
def locales_dir(fewer_phrasings):
    """Fewer phrasings: answers are not what is tested here."""
    return fewer_phrasings


async def gather(house, count):
    """So many members, each with a phone."""
    await house.phone("Aminata").settles_in("Français", HERE)
    now = house.simulator.clock.now()
    for number in range(FIRST, FIRST + count):
        house.world.add_person(number, f"P{number}", "fr").has_started = True
    await house.database.transaction(lambda session: session.add_all(
        Member(telegram_id=FIRST + n, first_name=f"P{n}", role="member", language="fr", place="ile_de_france", agreed_at=now,
               joined_at=now, seen_at=now)
        for n in range(count)
    ))  # fmt: skip


async def meets(house, seats, *, has_waitlist=True):
    """A meeting with so many seats, that everybody has the card of; returns its number."""
    now = house.simulator.clock.now()

    def make(session):
        meeting = Meeting(state=MeetingState.OPEN, kind="meeting", titles={}, starts_at=now + timedelta(days=5), places=[],
                          roles=[], groups=[], agenda={}, capacity=seats, has_waitlist=has_waitlist, made_at=now,
                          changed_at=now, published_at=now)  # fmt: skip
        session.add(meeting)
        session.flush()
        for telegram_id, member_id in session.execute(select(Member.telegram_id, Member.id).where(Member.telegram_id >= FIRST)):
            session.add(Delivery(chat_id=telegram_id, member_id=member_id, view=meetings.CARD, subject_id=meeting.id, values={},
                                 lane=Lane.BROADCAST, state=DeliveryState.QUEUED, created_at=now, not_before=now))  # fmt: skip
        return meeting.id

    number = await house.database.transaction(make)
    house.machine.worker.wake()
    await house.settled()
    return number


async def press_all(house, number, count, *, waits):
    """All of them press « yes » at once, over HTTP; returns the seconds until the last is answered."""
    data = callbacks.AnswerMeeting(number, 1, int(waits), "yes").pack()
    shown = {chat: max(house.world.chat(chat).messages) for chat in range(FIRST, FIRST + count)}
    began = time.monotonic()
    await asyncio.gather(*(
        house.post(f"/sim/phones/{chat}/press", {"message_id": message, "data": data}) for chat, message in shown.items()
    ))  # fmt: skip
    await house.settled()
    return time.monotonic() - began


async def seats(house, number):
    """Return how many are seated, how many wait."""

    def look(session):
        counts = rsvps.counts(session, number)
        ranks = [row.member_id for row in rsvps.waiting(session, number)]
        return counts.coming, counts.waiting, len(ranks) == len(set(ranks))

    return await house.database.read(look)


@pytest.mark.short_drill
async def test_row_53_c10_two_hundred_answers_on_forty_seats(house):
    await gather(house, 200)
    number = await meets(house, 40)
    seconds = await press_all(house, number, 200, waits=True)
    coming, waiting, ranks_differ = await seats(house, number)
    first = await house.database.read(lambda session: rsvps.waiting(session, number)[0].member_id)
    seated = select(Rsvp.member_id).where(Rsvp.meeting_id == number, Rsvp.waiting_since.is_(None)).limit(1)
    leaves = await house.database.read(
        lambda session: session.scalar(select(Member.telegram_id).where(Member.id == seated.scalar_subquery()))
    )
    data = callbacks.AnswerMeeting(number, 1, 0, "no").pack()
    await house.post(f"/sim/phones/{leaves}/press", {"message_id": max(house.world.chat(leaves).messages), "data": data})
    await house.settled()

    print(f"\n200 answers in {seconds:.1f} s")
    assert (coming, waiting, ranks_differ) == (40, 160, True)
    assert await seats(house, number) == (40, 159, True)
    told = select(func.count()).where(Delivery.view == rsvps.SEATED, Delivery.subject_id == number)
    assert await house.database.read(lambda session: session.scalar(told)) == 1
    assert await house.database.read(lambda session: session.get(Rsvp, (number, first)).waiting_since) is None


async def rounds(house, many):
    """So many meetings with three seats, fifty people after each, without a waiting list."""
    await gather(house, 50)
    for _ in range(many):
        number = await meets(house, 3, has_waitlist=False)
        await press_all(house, number, 50, waits=False)
        assert await seats(house, number) == (3, 0, True)


@pytest.mark.short_drill
async def test_c10_fifty_after_three_seats(house):
    await rounds(house, 3)


@pytest.mark.drill
async def test_c10_fifty_after_three_seats_two_hundred_times(house):
    await rounds(house, 200)


async def visited(house):
    """A visit that everybody may help with; returns its first stop."""
    now = house.simulator.clock.now()

    def make(session):
        delegation = Delegation(state=DelegationState.OPEN, direction="south", titles={}, persons=6, places=[], made_at=now,
                                changed_at=now, opened_at=now, arrives_on=(now + timedelta(days=9)).date())  # fmt: skip
        session.add(delegation)
        session.flush()
        session.add_all(
            TeamMember(delegation_id=delegation.id, member_id=one, joined_at=now)
            for one in session.scalars(select(Member.id).where(Member.telegram_id >= FIRST))
        )
        stop = Stop(delegation_id=delegation.id, position=0, kind="flight", place="Bamako", at=now + timedelta(days=9))
        session.add(stop)
        session.flush()
        return stop

    return await house.database.transaction(make)


async def claim_rounds(house, many):
    """So many tasks for one person, ten people after each: one holder, the others are told kindly."""
    await gather(house, 10)
    stop = await visited(house)
    for chat in range(FIRST, FIRST + 10):
        await house.post(f"/sim/phones/{chat}/send", {"text": "/moi"})
    for _ in range(many):
        task = await house.database.transaction(lambda session: _one_place(session, stop))
        data = callbacks.ActTask(task, "claim").pack()
        shown = {chat: max(house.world.chat(chat).messages) for chat in range(FIRST, FIRST + 10)}
        await asyncio.gather(*(
            house.post(f"/sim/phones/{chat}/press", {"message_id": message, "data": data}) for chat, message in shown.items()
        ))  # fmt: skip
        await house.settled()
        held = select(func.count()).where(Claim.task_id == task)
        assert await house.database.read(lambda session, held=held: session.scalar(held)) == 1
        newest = [list(house.world.chat(chat).messages.values())[-1] for chat in shown]
        told = [message["text"] for message in newest]
        assert sum(text.startswith("✅ C'est déjà pris, merci !") for text in told) == 9


def _one_place(session, stop):
    task = Task(delegation_id=stop.delegation_id, stop_id=stop.id, kind="sim", titles={}, capacity=1, wants=[])
    session.add(task)
    session.flush()
    return task.id


@pytest.mark.short_drill
async def test_row_65_c10_ten_after_one_task(house):
    await claim_rounds(house, 5)


@pytest.mark.drill
async def test_row_65_c10_ten_after_one_task_two_hundred_times(house):
    await claim_rounds(house, 200)


async def called(house, places):
    """A call with one need that everybody may help with; returns the need."""
    now = house.simulator.clock.now()

    def make(session):
        call = HelpCall(state=CallState.OPEN, titles={}, places=[], roles=[], groups=[], made_at=now, changed_at=now,
                        published_at=now)  # fmt: skip
        session.add(call)
        session.flush()
        need = Need(call_id=call.id, role="cooking", titles={}, capacity=places, starts_at=now + timedelta(days=5))
        session.add(need)
        session.flush()
        return need.id

    return await house.database.transaction(make)


async def sign_up_rounds(house, many, count=60):
    """So many needs of three places, sixty people after each: three have one, the others a rank of their own.

    Then one withdraws, and the head of the list is offered the place: once.
    """
    await gather(house, count)
    for chat in range(FIRST, FIRST + count):
        await house.post(f"/sim/phones/{chat}/send", {"text": "/moi"})
    await house.settled()
    for _ in range(many):
        need = await called(house, 3)
        data = callbacks.SignUp(need, 1, 1).pack()  # whoever helped in an earlier round helps here too
        shown = {chat: max(house.world.chat(chat).messages) for chat in range(FIRST, FIRST + count)}
        await asyncio.gather(*(
            house.post(f"/sim/phones/{chat}/press", {"message_id": message, "data": data}) for chat, message in shown.items()
        ))  # fmt: skip
        await house.settled()
        held, waiting, ranks = await house.database.read(lambda session, need=need: _standing(session, need))
        leaves = (await house.database.read(
            lambda session, held=held: session.scalar(select(Member.telegram_id).where(Member.id == held[0].member_id))
        ))  # fmt: skip
        press = {"message_id": shown[leaves], "data": callbacks.MySignup(held[0].id, "leave_sure").pack()}
        await asyncio.gather(*(house.post(f"/sim/phones/{leaves}/press", press) for _ in range(3)))
        await house.settled()
        told = select(func.count()).where(Delivery.view == signups.OFFERED, Delivery.subject_id == waiting[0].id)
        offered = select(Signup.id).where(Signup.need_id == need, Signup.state == SignupState.OFFERED)

        assert (len(held), ranks) == (3, list(range(1, count - 2)))
        assert await house.database.read(lambda session, told=told: session.scalar(told)) == 1
        assert await house.database.read(lambda session, offered=offered: session.scalars(offered).all()) == [waiting[0].id]


def _standing(session, need):
    def of(state):
        rows = select(Signup).where(Signup.need_id == need, Signup.state == state).order_by(Signup.since, Signup.id)
        return session.scalars(rows).all()

    waiting = of(SignupState.WAITING)
    return of(SignupState.HELD), waiting, [help_standings.rank(session, one) for one in waiting]


@pytest.mark.short_drill
async def test_row_81_c10_sixty_after_three_places(house):
    await sign_up_rounds(house, 2)


@pytest.mark.drill
async def test_row_81_c10_sixty_after_three_places_two_hundred_times(house):
    await sign_up_rounds(house, 200)


@pytest.mark.short_drill
async def test_f12_five_thousand_answers_are_counted_and_the_card_stays_quick(house):
    """Not pressed one by one: what is asked here is whether five thousand rows make anybody wait."""
    await gather(house, 50)
    number = await meets(house, None)
    now = house.simulator.clock.now()

    def crowd(session):
        session.add_all(
            Member(telegram_id=900_000 + n, first_name="X", role="member", language="fr", place="bamako", agreed_at=now,
                   joined_at=now, seen_at=now, is_reachable=False)
            for n in range(5000)
        )  # fmt: skip
        session.flush()
        ids = session.scalars(select(Member.id).where(Member.telegram_id >= 900_000)).all()
        session.add_all(Rsvp(meeting_id=number, member_id=one, answer="yes", answered_at=now) for one in ids)

    await house.database.transaction(crowd)
    seconds = await press_all(house, number, 50, waits=False)
    await house.passes(seconds=10)

    print(f"\n50 answers among 5 000 in {seconds:.1f} s")
    assert await seats(house, number) == (5050, 0, True)
