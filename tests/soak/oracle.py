"""What everybody must have got, and when: worked out from what the coordinator did, by the rules, with none of the bot's code.

The rules, as the README tells them. An invitation or an announcement reaches everybody it is for once, never by night where
they live (21:00 to 08:00) unless it is urgent, and waits for the next morning where they had one that day. A meeting reminds
those who know of it: a week before at 18:00 who is silent, the evening before at 18:00 and three hours before who has not said
no; what was due while nobody was there is sent only until the next one is due, by day, and never after the start.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

EVENING, MORNING, NIGHT = time(18), time(8), time(21)
UNDO = timedelta(seconds=30)
QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
NEWS_A_DAY = timedelta(hours=16)
JUST_INVITED = timedelta(hours=12)
AHEAD, INVITED_AHEAD = timedelta(days=62), timedelta(days=14)
CARD, REMINDER, CHANGED, CANCELLED, COPY = "card", "reminder", "changed", "cancelled", "copy"
HEADS = {"📅": CARD, "🔔": REMINDER, "🔄": CHANGED, "❌": CANCELLED}
HELP = "🙋"
NEVER = datetime(9999, 1, 2, tzinfo=UTC)
COMES = ("yes", "maybe")
WORDS = {
    "week": ("C'est dans une semaine. Tu viens ?", "Tile wolonwula tora. I bɛ na wa?"), "eve": ("C'est demain.", "Sini don."),
    "hours": ("C'est bientôt.", "A surunyara."),
}  # fmt: skip
_ABOUT = re.compile(r"^1:(mta?|vu):(\d+)(?::|$)")


def moment(day: Any, hour: time, zone: ZoneInfo) -> datetime:
    """Return when the clock of a zone shows that; none of the hours used here falls into a change of the clock."""
    return datetime.combine(day, hour, zone).astimezone(UTC)


def is_night(at: datetime, zone: ZoneInfo) -> bool:
    """Tell whether nobody there may be rung up."""
    return not MORNING <= at.astimezone(zone).time() < NIGHT


def by_day(at: datetime, zone: ZoneInfo) -> datetime:
    """Return `at`, or the end of the night it falls into."""
    if not is_night(at, zone):
        return at
    local = at.astimezone(zone)
    return moment(local.date() + (DAY if local.time() >= NIGHT else timedelta()), MORNING, zone)


def next_morning(at: datetime, zone: ZoneInfo) -> datetime:
    """Return 08:00 of the day after, on the clock of a zone."""
    return moment(at.astimezone(zone).date() + DAY, MORNING, zone)


@dataclass
class Person:
    """A member: their clock, their language, whether they have blocked the bot."""

    chat_id: int
    zone: ZoneInfo
    language: str
    is_blocked: bool = False


@dataclass
class Meeting:
    """A meeting as the coordinator left it."""

    id: int
    starts_at: datetime | None
    invited_at: datetime
    state: str = "open"
    capacity: int | None = None
    seen: set[tuple[str, datetime, str]] = field(default_factory=set)  # reminders whose time has come
    publish_at: datetime | None = None  # of one that is planned: when its invitations go out


@dataclass(eq=False)
class Owed:
    """A message somebody must get at the first knock of one of these instants; `is_sure` is false where either will do."""

    kind: str
    about: int
    person: Person
    instants: tuple[datetime, ...]
    made_at: datetime
    is_by_act: bool = False  # made after the knock of its instant: it comes at once, or at the next one
    is_sure: bool = True
    starts_at: datetime | None = None
    word: str = ""


@dataclass(frozen=True)
class Got:
    """A message that Telegram accepted."""

    at: datetime
    chat_id: int
    kind: str
    about: tuple[int, ...]
    head: str
    text: str
    is_silent: bool


class Oracle:
    """Knows what is owed, and holds it against what arrives."""

    def __init__(self) -> None:
        self.people: dict[int, Person] = {}
        self.meetings: dict[int, Meeting] = {}
        self.answers: dict[tuple[int, int], str] = {}
        self.waiting: set[tuple[int, int]] = set()  # (meeting, chat) on the list; the seats are checked elsewhere
        self.urgent: set[int] = set()
        self.words: dict[int, str] = {}  # announcement → what its French text must contain by now
        self.planned: dict[int, Meeting] = {}
        self.scheduled: dict[int, tuple[datetime, str]] = {}
        self.withdrawn: set[int] = set()
        self.visit = (NEVER, NEVER)
        self.knocks: list[datetime] = []
        self.owed: list[Owed] = []
        self.news: dict[int, list[datetime]] = defaultdict(list)
        self.perhaps_news: dict[int, list[datetime]] = defaultdict(list)
        self.has_card: dict[tuple[int, int], datetime] = {}
        self.heard: Counter[tuple[datetime, int, str]] = Counter()
        self.faults: list[str] = []
        self.met: Counter[str] = Counter()
        self.twice_a_day = self.without_a_sound = 0
        self.latest = timedelta()
        self._acts = False  # whether people act: the knock of this instant is over

    # ---- what happened
    def went(self, chat_id: int, *, is_blocked: bool) -> None:
        """Somebody blocked the bot, or let it in again."""
        person = self.people[chat_id]
        person.is_blocked = is_blocked
        for one in self.owed:
            one.is_sure = one.is_sure and one.person is not person

    def invites(self, meeting: Meeting, now: datetime, not_before: datetime) -> None:
        """A meeting is published: everybody is owed a card."""
        self.meetings[meeting.id] = meeting
        for person in self.people.values():
            self._owe_news(CARD, meeting.id, person, now, not_before, starts_at=meeting.starts_at)

    def announces(
        self, number: int, people: Iterable[Person], now: datetime, not_before: datetime, *, is_urgent: bool, word: str
    ) -> None:
        """An announcement leaves: everybody it is for is owed a copy."""
        self.words[number] = word
        if is_urgent:
            self.urgent.add(number)
        for person in people:
            if is_urgent:
                self._owe(Owed(COPY, number, person, (not_before,), now))
            else:
                self._owe_news(COPY, number, person, now, not_before)

    def schedules(self, number: int, at: datetime, word: str) -> None:
        """An announcement to everybody is to leave then."""
        self.scheduled[number] = (at, word)

    def withdraws(self, number: int) -> None:
        """An announcement is taken back."""
        self.withdrawn.add(number)
        self.stops(COPY, number)

    def _owe_news(
        self, kind: str, about: int, person: Person, now: datetime, not_before: datetime, *, starts_at: datetime | None = None
    ) -> None:
        """At most one of these a day: it comes by day now, or tomorrow; too late is worse than too soon."""
        early, late = by_day(not_before, person.zone), next_morning(not_before, person.zone)
        if starts_at and early >= starts_at:
            early = not_before
        if starts_at and late >= starts_at:
            late = early
        since, until = not_before - NEWS_A_DAY, not_before + QUARTER
        had = [at for at in self.news[person.chat_id] if since - QUARTER < at <= until]
        perhaps = had or [at for at in self.perhaps_news[person.chat_id] if since - QUARTER < at <= until]
        is_pending = any(one.person is person and one.kind in (CARD, COPY) for one in self.owed)
        # What arrives after the house was closed was due before: only what is well within the day surely counts.
        had_surely = [at for at in had if since + 4 * HOUR < at <= now]
        instants = (late,) if had_surely else (early, late) if perhaps or is_pending else (early,)
        self._owe(Owed(kind, about, person, instants, now, starts_at=starts_at))

    def _owe(self, one: Owed) -> None:
        one.is_by_act = self._acts
        if one.person.is_blocked:
            one.is_sure = False
        self.owed.append(one)

    def stops(self, kind: str, about: int) -> None:
        """What has not left of it will not leave any more."""
        self.owed = [one for one in self.owed if (one.kind, one.about) != (kind, about)]

    def changes(self, number: int, starts_at: datetime | None, now: datetime, *, is_over: bool = False) -> None:
        """A meeting is moved, put off (no start) or called off: who knows of it hears it, its reminders die."""
        meeting = self.meetings[number]
        kind = CANCELLED if is_over else CHANGED
        self.stops(REMINDER, number)
        if is_over:
            self.stops(CARD, number)
        for one in self.owed:
            if (one.kind, one.about) == (CARD, number):
                one.starts_at = starts_at
        meeting.starts_at, meeting.state = starts_at, "off" if is_over else "open" if starts_at else "postponed"
        for person in self.people.values():
            if self._knows(meeting, person):
                self._owe(Owed(kind, number, person, (now if is_over else now + UNDO,), now))

    def _knows(self, meeting: Meeting, person: Person) -> bool:
        return (meeting.id, person.chat_id) in self.has_card or (meeting.id, person.chat_id) in self.answers

    # ---- the scheduler knocks
    def knock(self, now: datetime) -> None:
        """It is `now`, and the bot looks at what is due."""
        self.knocks.append(now)
        self._acts = False
        for number, (at, word) in sorted(self.scheduled.items()):
            if at <= now:
                del self.scheduled[number]
                self.announces(number, self.people.values(), now, now, is_urgent=False, word=word)
        self._release(now, list(self.planned))
        self._remind(now)

    def plans(self, meeting: Meeting, now: datetime) -> None:
        """A meeting that comes again stands in the agenda: its invitations go out two weeks before, at a later knock."""
        assert meeting.starts_at
        meeting.state, meeting.publish_at = "planned", max(now, meeting.starts_at - INVITED_AHEAD)
        self.planned[meeting.id] = meeting

    def _release(self, now: datetime, numbers: Iterable[int]) -> None:
        for number in numbers:
            meeting = self.planned[number]
            if meeting.publish_at and meeting.publish_at <= now:
                del self.planned[number]
                meeting.state, meeting.invited_at = "open", now
                self.invites(meeting, now, now)

    def _remind(self, now: datetime) -> None:
        for meeting in self.meetings.values():
            if meeting.state == "open" and meeting.starts_at and meeting.starts_at > now:
                self._remind_of(meeting, meeting.starts_at, now)

    def _remind_of(self, meeting: Meeting, starts_at: datetime, now: datetime) -> None:
        for zone in {person.zone for person in self.people.values()}:
            day, hours = starts_at.astimezone(zone).date(), starts_at - 3 * HOUR
            week, eve = (moment(day - ahead * DAY, EVENING, zone) for ahead in (7, 1))
            for word, due, until in (("week", week, eve), ("eve", eve, max(hours, eve)), ("hours", hours, starts_at)):
                key = (word, starts_at, zone.key)
                if due > now or key in meeting.seen:
                    continue
                meeting.seen.add(key)
                just_invited = meeting.invited_at + (JUST_INVITED if word != "hours" else timedelta())
                if now < until and due >= just_invited and by_day(now, zone) < starts_at:
                    self._owe_reminders(meeting, starts_at, word, due, zone, now)

    def _owe_reminders(
        self, meeting: Meeting, starts_at: datetime, word: str, due: datetime, zone: ZoneInfo, now: datetime
    ) -> None:
        for person in self.people.values():
            is_wanted = person.zone is zone and self._wants(meeting, person, word)
            if is_wanted and not self._has_just_heard(meeting, person, word, due):
                at = by_day(now, zone)
                self._owe(Owed(REMINDER, meeting.id, person, (at,), now, starts_at=starts_at, word=word))

    def _wants(self, meeting: Meeting, person: Person, word: str) -> bool:
        where = (meeting.id, person.chat_id)
        answer = self.answers.get(where)
        comes = answer in COMES and where not in self.waiting
        return self._knows(meeting, person) and (answer is None or (comes and word != "week"))

    def _has_just_heard(self, meeting: Meeting, person: Person, word: str, due: datetime) -> bool:
        card = self.has_card.get((meeting.id, person.chat_id))
        return word != "hours" and card is not None and due < card + JUST_INVITED

    # ---- what arrived
    def take_in(self, calls: list[dict[str, Any]], now: datetime, actors: set[int]) -> None:
        """Hold what Telegram accepted against what is owed; `actors` are those who did something: they get replies."""
        arrived = [got for call in calls if (got := _message(call, now)) and got.chat_id in self.people]
        # The bot's own alarm clock may have knocked as well, on real seconds, while people act or just after ours.
        about = {number for got in arrived if got.kind == CARD for number in got.about}
        self._release(now, about & set(self.planned))
        if self._acts and any(got.kind == REMINDER for got in arrived):
            self._remind(now)
        for got in arrived:
            if got.kind == REMINDER or got.chat_id not in actors or self._is_owed(got):
                self._match(got)
                self._look_at_the_clock(got)
            elif not got.kind and got.head.startswith(HELP):
                self.perhaps_news[got.chat_id].append(got.at)  # a call that came just now, or one that they have looked at
        self._acts = True
        over = [one for one in self.owed if self._is_over(one, now)]
        gone = set(map(id, over))
        self.owed = [one for one in self.owed if id(one) not in gone]
        for one in over:
            if one.is_sure and not self._answered_no(one):
                self.faults.append(f"missed: {one.kind} {one.about} {one.word} for {one.person.chat_id} at {one.instants}")

    def _is_owed(self, got: Got) -> bool:
        """Tell whether this is not just what somebody asked to see."""
        return any(one.person.chat_id == got.chat_id and one.kind == got.kind and one.about in got.about for one in self.owed)

    def _match(self, got: Got) -> None:
        person = self.people[got.chat_id]
        self.heard[got.at, got.chat_id, got.text] += 1
        if self.heard[got.at, got.chat_id, got.text] > 1:
            self.faults.append(f"said twice at once: {got.at} {got.chat_id} {got.head}")
        if got.kind in (CARD, COPY) and got.about:
            if not (got.kind == COPY and got.about[0] in self.urgent):
                local = got.at.astimezone(person.zone).date()
                self.twice_a_day += any(at.astimezone(person.zone).date() == local for at in self.news[got.chat_id])
            self.news[got.chat_id].append(got.at)
        elif not got.kind:
            self.perhaps_news[got.chat_id].append(got.at)
        if got.kind:
            for number in got.about:
                self._match_one(got, number, person)

    def _match_one(self, got: Got, number: int, person: Person) -> None:
        if got.kind == CARD:
            self.has_card.setdefault((number, got.chat_id), got.at)
        for one in self.owed:
            if one.person is person and (one.kind, one.about) == (got.kind, number) and self._fits(one, got):
                self.owed.remove(one)
                self.met[got.kind] += 1
                self.latest = max(self.latest, min(got.at - at for at in one.instants if at <= got.at))
                self._read(one, got)
                return
        if got.kind == REMINDER and self.has_card.get((number, got.chat_id)) == got.at:
            return  # the card came at the same instant: it may have been there first
        self.faults.append(f"not owed: {got.kind} {number} to {got.chat_id} at {got.at}: {got.head}")

    def _fits(self, one: Owed, got: Got) -> bool:
        if one.starts_at and got.at >= one.starts_at:
            return False
        return any(got.at == self._knock_for(one, at) or (one.is_by_act and got.at == one.made_at >= at) for at in one.instants)

    def _read(self, one: Owed, got: Got) -> None:
        """Look at the words too: a reminder says how soon it is, a corrected announcement what it says by now."""
        if one.kind == COPY and one.person.language == "fr" and self.words[one.about] not in got.text:
            self.faults.append(f"old words: {got.kind} {one.about} to {got.chat_id} at {got.at}: {got.head}")
        if one.kind == REMINDER and len(got.about) == 1 and one.instants[0] == one.made_at and one.word == "eve":
            words = WORDS["eve"][one.person.language != "fr"]
            if one.made_at.astimezone(one.person.zone).hour == EVENING.hour and got.head != f"🔔 {words}":
                self.faults.append(f"wrong words: {one.word} to {got.chat_id} at {got.at}: {got.head}")
        if one.kind == REMINDER and self.answers.get((one.about, got.chat_id)) == "no":
            self.faults.append(f"reminded although no: {one.about} to {got.chat_id} at {got.at}")

    def _look_at_the_clock(self, got: Got) -> None:
        if not is_night(got.at, self.people[got.chat_id].zone):
            return
        if got.is_silent:  # what was due while the house was closed, or would have come too late in the morning
            self.without_a_sound += 1
            return
        is_near = got.kind in (CHANGED, CANCELLED) and any(self._is_near(number, got.at) for number in got.about)
        if got.head[:1] in "🙏🆘" and self.visit[0] - DAY <= got.at <= self.visit[1]:
            is_near = True  # while a delegation is there, or about to come, what concerns its tasks is urgent
        if not (is_near or (got.kind == COPY and got.about and got.about[0] in self.urgent)):
            self.faults.append(f"by night: {got.kind} to {got.chat_id} at {got.at}: {got.head}")

    def _is_near(self, number: int, at: datetime) -> bool:
        starts_at = self.meetings[number].starts_at if number in self.meetings else None
        return starts_at is None or starts_at - at < 2 * DAY

    def _knock_for(self, one: Owed, at: datetime) -> datetime | None:
        """Return the first knock at which something that is due at `at` goes out; None while it is to come."""
        is_after = one.is_by_act and at <= one.made_at
        place = bisect_right(self.knocks, one.made_at) if is_after else bisect_left(self.knocks, at)
        return self.knocks[place] if place < len(self.knocks) else None

    def _is_over(self, one: Owed, now: datetime) -> bool:
        """Tell whether it should have come by now."""
        found = [self._knock_for(one, at) for at in one.instants]
        return all(knock is not None and knock <= now for knock in found)

    def _answered_no(self, one: Owed) -> bool:
        return one.kind == REMINDER and self.answers.get((one.about, one.person.chat_id)) == "no"


def _message(call: dict[str, Any], now: datetime) -> Got | None:
    """Return the message a call of the bot has made; None for a call that was refused or makes none."""
    if "result" not in call or call["method"].lower() not in ("sendmessage", "sendphoto", "senddocument", "sendvoice"):
        return None
    result = call["result"]
    text = result.get("text") or result.get("caption") or ""
    head = text.splitlines()[0] if text else ""
    rows = result.get("reply_markup", {}).get("inline_keyboard", [])
    found = [match for row in rows for button in row if (match := _ABOUT.match(button.get("callback_data", "")))]
    about = tuple(dict.fromkeys(int(match[2]) for match in found))
    is_copy = any(match[1] == "vu" for match in found)
    kind = COPY if is_copy else HEADS.get(head[:1], "") if about else ""
    is_silent = str(call["values"].get("disable_notification", "")).lower() == "true"
    return Got(now, int(result["chat"]["id"]), kind, about, head, text, is_silent)
