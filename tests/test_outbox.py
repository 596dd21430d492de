"""The queue itself: a crowd in one statement, held, stopped and counted; what makes us fall is put aside."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from conftest import MORNING, SLACK
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from bot.domain import broadcasts, leadership, outbox
from bot.domain.broadcasts import Post
from bot.domain.desk import Desk
from bot.rendering.moment import Moment
from db.engine import Database
from db.models import Delivery, DeliveryState, Lane, Member

NOW = MORNING
DESK = Desk(None, {"ile_de_france": ZoneInfo("Europe/Paris")}, lambda one, other: one == other)


@pytest.fixture
def database(house_url):
    """A database with five members and Aminata, who coordinates."""
    opened = Database(house_url)

    def settle(session):
        for number in range(5):
            session.add(Member(telegram_id=100 + number, role="member", joined_at=NOW, seen_at=NOW))
        session.add(Member(telegram_id=1001, role="coordinator", joined_at=NOW, seen_at=NOW))
        return leadership.take_over(session, now=NOW)

    opened.epoch = opened.run(settle)
    yield opened
    opened.close()


def announce(session, subject_id=7, **options):
    post = Post("news", subject_id, Lane.BROADCAST, values={"rings": False}, wakes=True, **options)
    return broadcasts.queue(session, [Member.role == "member"], post, desk=DESK, now=NOW, not_before=NOW)


def claim(session, database, *, now=NOW, **options):
    return outbox.claim_due(session, epoch=database.epoch, now=now, limit=10, **options)


def test_a_crowd_is_queued_in_one_statement_and_nobody_twice(database):
    with database._write_session.begin() as session:
        assert announce(session, author_id=6, action="groups.link", expires_at=NOW + timedelta(days=1)) == 5
        session.add(Member(telegram_id=105, role="member", joined_at=NOW, seen_at=NOW))
        session.flush()
        assert announce(session) == 1
        assert announce(session, wave="again") == 6
        assert announce(session, subject_id=8) == 6
        first = session.scalars(select(Delivery).order_by(Delivery.id)).first()
        told = (first.chat_id, first.member_id, first.values, first.dedupe_key, first.author_id, first.action, first.expires_at)
        assert told == (100, 1, {"rings": False}, "news:7:100", 6, "groups.link", NOW + timedelta(days=1))


def test_e4_what_an_old_leader_writes_late_changes_nothing(database):
    """Row by row, not only at the door of a turn: the epoch it was claimed under is what counts."""
    with database._write_session.begin() as session:
        announce(session)
        flying = claim(session, database)[0].id
        outbox.arrived(session, [(flying, [1])], epoch=database.epoch - 1, now=NOW)
        late = session.scalar(select(Delivery.state).where(Delivery.id == flying))
        outbox.arrived(session, [(flying, [1])], epoch=database.epoch, now=NOW)
        own = session.scalar(select(Delivery.state).where(Delivery.id == flying))

    assert (late, own) == (DeliveryState.SENDING, DeliveryState.SENT)


def test_a_crowd_that_has_just_been_queued_is_not_searched_row_by_row(database):
    """PostgreSQL knows nothing of the rows yet: 20 000 of them took twelve seconds a claim."""
    with database._write_session.begin() as session:
        session.add_all(Member(telegram_id=10_000 + n, role="member", joined_at=NOW, seen_at=NOW) for n in range(10_000))
        session.flush()
        announce(session)
        announce(session, subject_id=8)
    began = time.monotonic()

    with database._write_session.begin() as session:
        assert len(claim(session, database)) == 10

    assert time.monotonic() - began < 6 * SLACK


def test_copies_are_counted_held_released_and_stopped(database):
    with database._write_session.begin() as session:
        announce(session)
        announce(session, subject_id=8)
        sent, *flying = claim(session, database)[:3]
        outbox.arrived(session, [(sent.id, [31, 32])], epoch=database.epoch, now=NOW)

        assert outbox.hold(session, "news", 7) == 0  # every copy is under way: the other five wait for their chats
        outbox.put_back(session, flying[0].id, epoch=database.epoch, now=NOW, again_at=NOW, counts=False)
        assert outbox.hold(session, "news", 7) == 1
        outbox.put_back(session, flying[1].id, epoch=database.epoch, now=NOW, again_at=NOW, counts=False)
        assert outbox.counts(session, "news", 7) == {DeliveryState.SENT: 1, DeliveryState.HELD: 2, DeliveryState.SENDING: 2}
        assert outbox.release(session, "news", 7) == 2
        assert outbox.stop(session, "news", 7, now=NOW) == 2
        assert outbox.counts(session, "news", 8) == {DeliveryState.QUEUED: 5}
        row = session.get(Delivery, sent.id)
        assert (row.message_id, row.message_ids) == (31, [31, 32])


def test_what_comes_back_after_a_stop_is_stopped_as_well(database):
    with database._write_session.begin() as session:
        announce(session)
        flying = outbox.claim_due(session, epoch=database.epoch, now=NOW, limit=3)
        outbox.stop(session, "news", 7, now=NOW)
        outbox.put_back(session, flying[0].id, epoch=database.epoch, now=NOW, again_at=NOW, counts=True)
        outbox.doubt(session, flying[1].id, now=NOW)
        outbox.recover(session, now=NOW)

        assert outbox.counts(session, "news", 7) == {DeliveryState.CANCELLED: 5}


def test_e4_a_former_leader_claims_nothing(database):
    with database._write_session.begin() as session:
        announce(session)
        newer = leadership.take_over(session, now=NOW)
        assert not outbox.leads(session, database.epoch)
        assert outbox.leads(session, newer)
        assert claim(session, database) == []


def test_a_chat_that_rests_and_lanes_below_the_least_are_left_alone(database):
    with database._write_session.begin() as session:
        announce(session)
        assert claim(session, database, least=Lane.REPLY) == []
        assert [parcel.chat_id for parcel in claim(session, database, resting=[100, 102])] == [101, 103, 104]


def test_a6_what_makes_us_fall_is_parked_at_the_third_crash_and_nothing_else_is(database):
    def state_of(session):
        return dict(session.execute(select(Delivery.chat_id, Delivery.state).where(Delivery.view == "news")).all())

    with database._write_session.begin() as session:
        announce(session)
        assert len(outbox.claim_due(session, epoch=database.epoch, now=NOW, limit=4)) == 4
        outbox.recover(session, now=NOW)
        # Whatever was there at the first crash flies alone from then on, and rests after the second: the others go first.
        assert outbox.claim_due(session, epoch=database.epoch, now=NOW, limit=4, is_alone=False) == []
        assert [parcel.chat_id for parcel in claim(session, database)] == [100]
        outbox.recover(session, now=NOW)
        (other,) = claim(session, database)
        assert other.chat_id == 101
        outbox.put_back(session, other.id, epoch=database.epoch, now=NOW, again_at=NOW, counts=False)
        rested = NOW + outbox.RESTS
        assert [parcel.chat_id for parcel in claim(session, database, now=rested)] == [100]
        outbox.recover(session, now=rested)

        assert state_of(session) == {100: "parked", 101: "queued", 102: "queued", 103: "queued", 104: "queued"}
        told = select(Delivery.chat_id).where(Delivery.view == "outbox.parked")
        assert session.scalars(told).all() == [1001]
        assert [parcel.chat_id for parcel in claim(session, database, now=rested)] == [1001]


def test_a_row_outside_a_crowd_is_never_held_with_it(database):
    with database._write_session.begin() as session:
        outbox.put(session, chat_id=100, view="news", lane=Lane.REPLY, now=NOW)
        announce(session)
        outbox.hold(session, "news", 7)
        (alone,) = claim(session, database)
        outbox.put_back(session, alone.id, epoch=database.epoch, now=NOW, again_at=NOW, counts=True)
        assert session.get(Delivery, alone.id).state == DeliveryState.QUEUED


def states(session, view="news"):
    """How the copies stand: chat → state, and why."""
    rows = session.execute(select(Delivery.chat_id, Delivery.state, Delivery.reason).where(Delivery.view == view))
    return {chat_id: (state, reason) for chat_id, state, reason in rows}


def fly(session, database):
    """The first two leave: 100 arrives, 101 is still on its way."""
    sent, flying = outbox.claim_due(session, epoch=database.epoch, now=NOW, limit=2)
    outbox.arrived(session, [(sent.id, (31,))], epoch=database.epoch, now=NOW)
    return sent, flying


def test_what_somebody_set_going_is_stopped_where_it_has_not_left(database):
    with database._write_session.begin() as session:
        announce(session, author_id=6)
        announce(session, subject_id=8, author_id=1)
        fly(session, database)
        stopped = outbox.cancel_by(session, 6, now=NOW)

        assert sorted(one.chat_id for one in stopped) == [102, 103, 104]
        mine = select(Delivery.chat_id, Delivery.state, Delivery.reason, Delivery.settled_at).where(Delivery.subject_id == 7)
        assert session.execute(mine.order_by(Delivery.chat_id)).all() == [
            (100, "sent", None, NOW), (101, "sending", None, None),
            *((chat, "cancelled", "author", NOW) for chat in (102, 103, 104)),
        ]  # fmt: skip
        assert outbox.counts(session, "news", 8) == {DeliveryState.QUEUED: 5}


def test_nothing_queued_reaches_a_chat_that_is_closed(database):
    with database._write_session.begin() as session:
        announce(session)
        fly(session, database)
        for chat_id in (100, 101, 102):
            outbox.cancel_for_chat(session, chat_id, now=NOW, reason="blocked")

        assert states(session) == {100: ("sent", None), 101: ("sending", None), 102: ("failed", "blocked"),
                                   103: ("queued", None), 104: ("queued", None)}  # fmt: skip


def test_stop_drops_what_one_can_do_without_and_nothing_else(database):
    def queue(session, view, chat_id=100, lane=Lane.BROADCAST):
        outbox.put(session, chat_id=chat_id, view=view, lane=lane, now=NOW)

    with database._write_session.begin() as session:
        for view in ("announcements.copy", "meetings.card", "delegations.public", "volunteers.card", "tasks.reminder"):
            queue(session, view)
        queue(session, "announcements.copy", chat_id=101)
        queue(session, "meetings.card", lane=Lane.REPLY)
        outbox.cancel_unasked(session, 100, now=NOW)

        left = select(Delivery.chat_id, Delivery.view, Delivery.lane).where(Delivery.state == DeliveryState.QUEUED)
        assert set(session.execute(left).all()) == {
            (100, "tasks.reminder", Lane.BROADCAST), (101, "announcements.copy", Lane.BROADCAST),
            (100, "meetings.card", Lane.REPLY),
        }  # fmt: skip
        dropped = select(Delivery.reason, Delivery.settled_at).where(Delivery.state == DeliveryState.CANCELLED)
        assert session.execute(dropped).all() == [("stop", NOW)] * 4


def test_what_is_over_is_given_up_at_its_very_instant(database):
    over, now = NOW + timedelta(hours=1), NOW + timedelta(minutes=59, seconds=59)
    with database._write_session.begin() as session:
        announce(session, expires_at=over)
        announce(session, subject_id=8)
        fly(session, database)
        outbox.expire(session, now=now)
        assert outbox.counts(session, "news", 7)[DeliveryState.QUEUED] == 3
        outbox.expire(session, now=over)

        assert outbox.counts(session, "news", 7) == {DeliveryState.SENT: 1, DeliveryState.SENDING: 1, DeliveryState.EXPIRED: 3}
        assert outbox.counts(session, "news", 8) == {DeliveryState.QUEUED: 5}


def test_a_redrawing_goes_to_each_copy_that_stands_in_a_chat_or_will(database):
    with database._write_session.begin() as session:
        announce(session)
        announce(session, subject_id=8)
        sent, flying = fly(session, database)
        outbox.redraw(session, "news", 7, now=NOW)
        changes = session.scalars(select(Delivery).where(Delivery.subject_id.is_(None)).order_by(Delivery.id)).all()
        moments = [Moment(session, change, None, None, NOW) for change in changes[:2]]

        assert [(change.chat_id, change.lane) for change in changes] == [(100 + n, Lane.REMINDER) for n in range(5)]
        assert [change.values for change in changes[:2]] == [{"rings": False, "redraws": one.id} for one in (sent, flying)]
        assert [(moment.edits, moment.has_lost_its_copy) for moment in moments] == [(31, False), (None, True)]
        outbox.arrived(session, [(flying.id, [32])], epoch=database.epoch, now=NOW)
        session.expire_all()
        assert (moments[1].edits, moments[1].has_lost_its_copy) == (32, False)


def test_a_longer_silence_is_never_shortened(database):
    soon, late = NOW + timedelta(minutes=1), NOW + timedelta(hours=1)
    with database._write_session.begin() as session:
        for until in (soon, late, soon):
            outbox.pause(session, 100, until=until)
        session.flush()
        assert outbox.pauses(session) == {100: late}
        assert outbox.paused_until(session, 100, now=NOW) == late
        assert outbox.paused_until(session, 101, now=NOW) is None
        assert outbox.paused_until(session, 100, now=late) is None
        outbox.pause(session, outbox.EVERYBODY, until=soon)
        session.flush()
        assert outbox.paused_until(session, 101, now=NOW) == soon
        assert outbox.paused_until(session, 100, now=NOW) == late
        outbox.forget_pauses(session, now=soon)
        assert outbox.pauses(session) == {100: late}


def test_an_act_goes_on_only_as_long_as_its_author_may(database):
    with database._write_session.begin() as session:
        announce(session, author_id=6, action="announcements.send")
        announce(session, subject_id=8, author_id=1, action="announcements.send")
        announce(session, subject_id=9, author_id=99, action="announcements.send")
        announce(session, subject_id=10)
        may = {row.subject_id: outbox.may_still_go(session, row) for row in session.scalars(select(Delivery))}

        assert may == {7: True, 8: False, 9: False, 10: True}


def test_the_worker_looks_again_when_the_next_one_is_due(database):
    soon, late = NOW + timedelta(minutes=1), NOW + timedelta(hours=1)
    with database._write_session.begin() as session:
        assert outbox.next_due_at(session, now=NOW) is None
        outbox.put(session, chat_id=100, view="news", lane=Lane.REMINDER, now=NOW, not_before=late)
        assert outbox.next_due_at(session, now=NOW) == late
        outbox.put(session, chat_id=101, view="news", lane=Lane.REMINDER, now=NOW, not_before=soon)
        assert outbox.next_due_at(session, now=NOW) == soon


def test_what_is_old_and_settled_is_forgotten(database):
    with database._write_session.begin() as session:
        announce(session)
        fly(session, database)
        outbox.purge(session, before=NOW, lasting_before=NOW)
        assert len(states(session)) == 5
        outbox.purge(session, before=NOW + timedelta(seconds=1), lasting_before=NOW)
        assert states(session) == {101: ("sending", None), 102: ("queued", None), 103: ("queued", None), 104: ("queued", None)}


@pytest.mark.parametrize("state", ["queued", "sending", "ambiguous", "held"])
def test_c14_the_tables_refuse_that_what_was_sent_waits_again(database, state):
    def send(session):
        announce(session)
        session.execute(update(Delivery).values(state=DeliveryState.SENT))

    database.run(send)
    with pytest.raises(IntegrityError, match="sent stays sent"):
        database.run(lambda session: session.execute(text("UPDATE deliveries SET state = :state"), {"state": state}))

    assert database.run(lambda session: set(session.scalars(select(Delivery.state)))) == {"sent"}


def test_two_who_put_the_same_at_once_queue_it_once_and_neither_fails(database):
    at_once = Barrier(4)

    def put(key):
        at_once.wait()
        return database.run(lambda session: outbox.put(
            session, chat_id=1001, view="news", lane=Lane.REMINDER, now=NOW, dedupe_key=key
        ) is not None)  # fmt: skip

    with ThreadPoolExecutor(4) as people:
        for number in range(25):
            assert sum(people.map(put, [f"same:{number}"] * 4)) == 1
