"""Clocks that change, and reminders that fire once at the right instant all the same, whatever the machine's own zone."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from bot import dates
from bot.domain import meetings, recurrence, reminders
from bot.domain.desk import Desk
from db.engine import Database
from db.models import Delivery, DeliveryState, Meeting, MeetingState, Member, Occurrence, Rsvp

PARIS, BAMAKO = ZoneInfo("Europe/Paris"), ZoneInfo("Africa/Bamako")
QUARTER = timedelta(minutes=15)
DESK = Desk(None, {"ile_de_france": PARIS, "bamako": BAMAKO}, lambda one, other: one == other)


@pytest.fixture(params=["UTC", "America/New_York", "Nowhere/Garbage"])
def host_zone(request, monkeypatch):
    """The machine stands somewhere else, or does not know where it stands."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def database(house_url):
    """A database with the present tables."""
    opened = Database(house_url)
    yield opened
    opened.close()


def changes(zone, first=2026, last=2038):
    """Return the instants at which the clocks of a zone change, to the minute."""
    at, found = datetime(first, 1, 1, tzinfo=UTC), []
    while at < datetime(last, 1, 1, tzinfo=UTC):
        later = at + timedelta(days=1)
        if at.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            low, high = at, later
            while high - low > timedelta(minutes=1):
                middle = (low + (high - low) / 2).replace(second=0, microsecond=0)
                low, high = (
                    (middle, high) if middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset() else (low, middle)
                )
            found.append(high)
        at = later
    return found


def first_to_show(wall, zone, around):
    """Return the first minute, counted in UTC, whose wall clock shows `wall` or later: an oracle without zone arithmetic."""
    at = around - timedelta(hours=30)
    while at.astimezone(zone).replace(tzinfo=None) < wall:
        at += timedelta(minutes=1)
    return at


@pytest.mark.parametrize(
    "name", ["Europe/Paris", "Africa/Bamako", "America/New_York", "Africa/Casablanca", "Australia/Lord_Howe"]
)
def test_d1_d2_every_quarter_hour_around_every_change_has_one_instant(name):
    zone = ZoneInfo(name)
    checked = 0
    for change in changes(zone):
        local = change.astimezone(zone).replace(tzinfo=None).replace(minute=0)
        wall, last = local - timedelta(hours=3), local + timedelta(hours=3)
        while wall <= last:
            assert dates.first_instant(dates.wall_of(wall), zone) == first_to_show(wall, zone, change), (name, wall)
            wall, checked = wall + QUARTER, checked + 1

    assert checked == 25 * len(changes(zone))
    assert (checked == 0) == (name == "Africa/Bamako")


@pytest.mark.parametrize(
    ("day", "wall"),
    [
        ("2027-03-28", "02:30"),
        ("2027-03-28", "10:00"),
        ("2026-10-25", "02:30"),
        ("2027-10-31", "02:30"),
        ("2027-10-31", "00:15"),
    ],
)
def test_d1_d2_d9_each_reminder_fires_once_through_the_night_of_the_change(database, host_zone, day, wall):
    zone = PARIS
    meant = dates.wall_of(datetime.fromisoformat(f"{day}T{wall}"))
    starts_at = dates.first_instant(meant, zone)
    now = starts_at - timedelta(days=9)
    database.run(lambda session: prepare(session, dates.written(meant), starts_at, now))
    while now < starts_at + timedelta(days=2):
        moment = now
        database.run(lambda session, moment=moment: reminders.fire(session, DESK, now=moment))
        database.run(arrive)
        now += QUARTER
    fired = database.run(lambda session: list(session.scalars(select(Delivery).where(Delivery.view == meetings.REMINDER))))
    keys = database.run(lambda session: [one.key for one in session.scalars(select(Occurrence))])

    eve = (starts_at.astimezone(zone).date() - timedelta(days=1)).isoformat()
    first = [one for one in fired if one.member_id == 1]
    assert [one.values["reminders"][0][1] for one in first][:1] == ["eve"]
    assert all(one.created_at < starts_at and one.expires_at == starts_at for one in fired)
    at_eve = [one.created_at for one in first if one.values["reminders"][0][1] == "eve"]
    assert at_eve == [at for at in at_eve if datetime.fromisoformat(f"{eve}T18:00") <= at.astimezone(zone).replace(tzinfo=None)]
    assert len(at_eve) == 1
    assert len(keys) == len(set(keys))


def arrive(session):
    """What is queued reaches people: what comes after it does not join it."""
    session.execute(update(Delivery).values(state=DeliveryState.SENT))


def prepare(session, wall, starts_at, now):
    """One who comes in Paris, one who comes in Bamako, one meeting."""
    for number, place in ((1, "ile_de_france"), (2, "bamako")):
        session.add(Member(id=number, telegram_id=number, role="member", language="fr", place=place, agreed_at=now,
                           joined_at=now, seen_at=now))  # fmt: skip
    meeting = Meeting(id=1, state=MeetingState.OPEN, kind="meeting", titles={}, wall=wall, time_zone="Europe/Paris",
                      starts_at=starts_at, places=[], roles=[], groups=[], agenda={}, made_at=now, changed_at=now,
                      published_at=now - timedelta(days=9))  # fmt: skip
    session.add(meeting)
    session.flush()
    session.add_all(Rsvp(meeting_id=1, member_id=number, answer="yes", answered_at=now) for number in (1, 2))


def test_d6_after_ten_days_away_only_what_is_still_true_is_sent(database):
    starts_at = datetime(2026, 12, 5, 14, 0, tzinfo=UTC)
    now = starts_at - timedelta(days=10)
    database.run(lambda session: prepare(session, "2026-12-05T15:00", starts_at, now))
    back = starts_at - timedelta(hours=2)
    for moment in (back, back + timedelta(minutes=1)):
        database.run(lambda session, moment=moment: reminders.fire(session, DESK, now=moment))
    sent = database.run(lambda session: list(session.scalars(select(Delivery))))
    late = database.run(
        lambda session: sorted(one.key.split(":")[2] for one in session.scalars(select(Occurrence)) if one.was_late)
    )

    assert [[told[1] for told in one.values["reminders"]] for one in sent] == [["hours"], ["hours"]]
    assert late == ["eve", "eve", "week", "week"]


def test_d8_new_rules_of_a_zone_move_both_ends_and_calendars_learn_it(database):
    """The rules of a zone arrive with an update: the wall hours stay, the instants follow, cards and calendars too."""
    starts_at = datetime(2026, 12, 5, 14, 0, tzinfo=UTC)

    def look(session):
        meeting = session.get(Meeting, 1)
        return meeting.starts_at, meeting.ends_at, meeting.sequence, meeting.is_stale

    def under_old_rules(session):
        prepare(session, "2026-12-05T15:00", starts_at + timedelta(hours=1), starts_at)
        meeting = session.get(Meeting, 1)
        meeting.end_wall, meeting.ends_at = "2026-12-05T18:00", starts_at + timedelta(hours=4)

    database.run(under_old_rules)
    now = starts_at - timedelta(days=1)
    database.run(lambda session: meetings.follow_clocks(session, now=now))
    followed = database.run(look)
    database.run(lambda session: meetings.follow_clocks(session, now=now))

    assert followed == (starts_at, starts_at + timedelta(hours=3), 1, True)
    assert database.run(look) == followed


def test_d13_moved_at_the_last_second_the_old_reminder_dies_two_hundred_times(database):
    starts_at = datetime(2026, 12, 5, 14, 0, tzinfo=UTC)
    now = starts_at - timedelta(days=10)
    database.run(lambda session: prepare(session, "2026-12-05T15:00", starts_at, now))

    def rounds(session):
        actor = session.get(Member, 1)
        actor.role = "coordinator"
        wrong = 0
        for number in range(200):
            meeting = session.get(Meeting, 1)
            due = meeting.starts_at - timedelta(hours=3)
            reminders.fire(session, DESK, now=due)
            later = meetings.Change(
                dates.wall_of((meeting.starts_at + timedelta(days=1)).replace(tzinfo=None)), ZoneInfo("UTC")
            )
            meetings.change(session, actor, 1, later, desk=DESK, now=due + timedelta(seconds=1))
            queued = select(Delivery).where(Delivery.view == meetings.REMINDER, Delivery.state == DeliveryState.QUEUED)
            wrong += len(session.scalars(queued).all())
            assert session.get(Meeting, 1).sequence == number + 1
        return wrong

    assert database.run(rounds) == 0


def test_row_58_the_hour_on_the_wall_stays_summer_and_winter(database):
    first = date(2026, 12, 5)
    days = recurrence.days("FREQ=MONTHLY;BYDAY=+1SA", first, after=first, until=date(2027, 12, 31))
    hours = {dates.first_instant(dates.Wall(day, clock_time(15)), PARIS).astimezone(PARIS).hour for day in days}

    assert [day.isoformat() for day in days] == [
        "2027-01-02", "2027-02-06", "2027-03-06", "2027-04-03", "2027-05-01", "2027-06-05", "2027-07-03", "2027-08-07",
        "2027-09-04", "2027-10-02", "2027-11-06", "2027-12-04",
    ]  # fmt: skip
    assert hours == {15}


@pytest.mark.parametrize(
    ("day", "names"),
    [("2026-12-05", ["FREQ=MONTHLY;BYDAY=+1SA"]), ("2026-12-26", ["FREQ=MONTHLY;BYDAY=+4SA", "FREQ=MONTHLY;BYDAY=-1SA"]),
     ("2026-10-31", ["FREQ=MONTHLY;BYDAY=-1SA"])],
)  # fmt: skip
def test_the_rules_a_day_may_begin(day, names):
    rules = recurrence.rules_for(datetime.fromisoformat(day).date())

    assert rules == [*names, "FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2"]
