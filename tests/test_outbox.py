"""The queue itself: a crowd in one statement, held, stopped and counted; what makes us fall is put aside."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from conftest import MORNING
from sqlalchemy import select

from bot.domain import leadership, outbox
from db.engine import Database
from db.models import Delivery, DeliveryState, Lane, Member

NOW = MORNING
CROWD = select(Member.telegram_id, Member.id).where(Member.role == "member").order_by(Member.id)


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
    return outbox.put_all(
        session, CROWD, view="news", lane=Lane.BROADCAST, now=NOW, values={"rings": False}, subject_id=subject_id, **options
    )


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


def test_what_an_old_leader_writes_late_changes_nothing(database):
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

    assert time.monotonic() - began < 2


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


def test_a_former_leader_claims_nothing(database):
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

