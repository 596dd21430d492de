"""Thirty days in the life of a hundred people: what the coordinator does, what everybody else does, from one seed.

Whatever is done is told to the oracle; what the bot makes of it is not asked, except for the numbers its buttons carry.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from bot.domain import health, members
from db.models import DeadLetter, Delivery, DeliveryState, InboxUpdate, Meeting, MeetingState, Need, Rsvp, Task
from tests.conftest import Phone
from tests.soak.house import SoakedHouse
from tests.soak.oracle import DAY, HOUR, QUARTER, UNDO, Oracle, Person, moment
from tests.soak.oracle import Meeting as Known

PARIS, BAMAKO = ZoneInfo("Europe/Paris"), ZoneInfo("Africa/Bamako")
PLACES = (("ile_de_france", PARIS, 6), ("villetaneuse", PARIS, 1), ("bamako", BAMAKO, 2), ("koniakary", BAMAKO, 1))
FIRST_ID = 5001
KNOWN = ("Combien d'habitants à Villetaneuse ?", "Où est le siège de l'association ?", "Qui est le maire de Koniakary ?")
UNKNOWN = "Combien coûte le loyer du foyer de {} ?"
HARMLESS = re.compile(r"^1:(mtm:\d+:(more|who|calendar|go)|ag:|hl$|hy$|hc:|dg|anno:|annb?$)")


@dataclass(frozen=True)
class Size:
    """How long and how busy: people, days, acts of the crowd a day, restarts, days between a meeting and its invitation.

    `is_short`: the scheduler knocks every half hour, at night every hour.
    """

    people: int
    days: int
    acts: int
    restarts: int
    ahead: tuple[int, ...] = (1, 2, 3, 5, 8, 9, 10, 12)
    is_short: bool = False


class Life:
    """A house full of people, quarter hour by quarter hour."""

    def __init__(self, house: SoakedHouse, size: Size, first_day: date, seed: int) -> None:
        self.house, self.size, self.random = house, size, random.Random(seed)
        self.oracle = Oracle()
        self.first = datetime.combine(first_day, time(0), PARIS)
        self.crowd: list[int] = []
        self.numbers: dict[int, int] = {}  # the bot's number of somebody → their chat
        self.cards: dict[int, dict[int, int]] = {}  # chat → meeting → its card's message
        self.copies: dict[int, dict[int, int]] = {}  # chat → announcement → its copy's message
        self.needs: list[int] = []
        self.tasks: list[int] = []
        self.team: list[int] = []
        self.series: dict[int, datetime] = {}  # its first meeting's number → wall hour it begins at
        self.expected_days: set[datetime] = set()
        self.acts: dict[datetime, list[Callable[[], Awaitable[None]]]] = {}
        self.actors: set[int] = set()
        self.typed_in_vain: set[int] = set()
        self.counted: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.measured: list[dict[str, float]] = []
        self.broken: list[str] = []
        self.downtime: dict[datetime, int] = {}
        self.cuts: set[datetime] = set()
        self._words = 0

    # ---- arriving
    async def settle(self) -> None:
        """Everybody comes in by the front door, all at the same time; then they are made members."""
        house, rng = self.house, self.random
        kinds = [place for *place, weight in PLACES for _ in range(weight)]
        await house.phone("Aminata").settles_in("Français", "🗼 Île-de-France")
        for number in range(self.size.people):
            _, zone = kinds[number % len(kinds)]
            language = "fr" if rng.random() < 0.6 else "bm"
            person = house.world.add_person(FIRST_ID + number, f"P{number}", "fr")
            self.crowd.append(person.id)
            self.oracle.people[person.id] = Person(person.id, zone, language)
            house.phones[person.first_name] = Phone(house, person.id)
        for step in ("/start", "language", "place"):
            for at, chat_id in enumerate(self.crowd):
                if step == "/start":
                    await self.types(chat_id, step)
                else:
                    language = self.oracle.people[chat_id].language
                    data = f"1:lang:{language}" if step == "language" else f"1:place:{kinds[at % len(kinds)][0]}"
                    await self.press(chat_id, self.newest(chat_id), data)
            await house.settled()

        def let_in(session: Any) -> None:
            for chat_id in self.crowd:
                member = members.by_telegram_id(session, chat_id)
                member.role, self.numbers[member.id] = "member", chat_id

        await house.database.transaction(let_in)
        self.team = [one for one in self.crowd if self.oracle.people[one].zone is BAMAKO][:6]
        house.world.calls.clear()

    # ---- what thumbs do
    async def types(self, chat_id: int, words: str, **fields: Any) -> None:
        """Type and send; nobody waits for the answer."""
        self.actors.add(chat_id)
        self.counted["updates"] += 1
        await self.house.post(f"/sim/phones/{chat_id}/send", {"text": words, **fields})

    async def press(self, chat_id: int, message_id: int, data: str) -> None:
        """Press a button; nobody waits for the answer."""
        self.actors.add(chat_id)
        self.counted["updates"] += 1
        await self.house.post(f"/sim/phones/{chat_id}/press", {"message_id": message_id, "data": data})

    def newest(self, chat_id: int) -> int:
        """Return the newest message of a chat."""
        return max(self.house.world.chats[chat_id].messages)

    def buttons(self, chat_id: int, message_id: int) -> list[str]:
        """Return what the buttons of a message say."""
        message = self.house.world.chats[chat_id].messages.get(message_id, {})
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        return [button["callback_data"] for row in rows for button in row if "callback_data" in button]

    # ---- a day
    def plan(self, day: datetime) -> None:
        """Decide what is done that day, and when."""
        rng, number = self.random, (day.date() - self.first.date()).days
        self.acts.clear()
        self._at(day, 9, 12, self.announce_now)
        self._at(day, 12, 18, self.announce_later)
        self._at(day, 10, 18, self.create_meeting)
        for chance, act in (
            (0.5, self.move_meeting), (0.25, self.cancel_meeting), (0.2, self.postpone_meeting), (0.6, self.redate_meeting),
            (0.4, self.correct), (0.25, self.withdraw), (0.7, self.answer_question),
        ):  # fmt: skip
            if rng.random() < chance:
                self._at(day, 10, 20, act)
        if number % 3 == 1:
            self._at(day, 10, 12, self.call_for_help)
        if number == 0:
            self._at(day, 8, 9, self.create_meeting)
        if number == 1:
            self._at(day, 10, 12, self.create_series)
            self._at(day, 12, 14, self.prepare_visit)
        for _ in range(2):
            self._at(day, 8, 21, self.block)
        for _ in range(self.size.acts):
            self._at(day, 7, 22, self.somebody)
        for _ in range(2):
            self._at(day, 9, 21, self.many_answer)
        self._at(day, 9, 21, self.some_help)

    def _at(self, day: datetime, begins: int, ends: int, act: Callable[[], Awaitable[None]]) -> None:
        quarter = self.random.randrange(begins * 4, ends * 4, 2 if self.size.is_short else 1)
        at = datetime.combine(day.date(), time(quarter // 4, quarter % 4 * 15), PARIS).astimezone(day.tzinfo)
        self.acts.setdefault(at, []).append(act)

    def plan_restarts(self) -> None:
        """Half are cut into the middle of what is being sent; half leave the house empty for up to three hours."""
        rng = self.random
        for number in range(self.size.restarts):
            day = self.first + timedelta(days=rng.randrange(max(1, self.size.days)))
            at = datetime.combine(day.date(), time(rng.randrange(8, 22), rng.choice((0, 30))), PARIS)
            if number % 2:
                self.downtime[at] = rng.randrange(1, 13)
            else:
                self.cuts.add(at)

    async def live(self) -> None:
        """Let the days pass."""
        self.plan_restarts()
        at = self.first.astimezone(ZoneInfo("UTC"))
        ends = (self.first + timedelta(days=self.size.days)).astimezone(ZoneInfo("UTC"))
        closed_until = at
        while at < ends:
            local = at.astimezone(PARIS)
            if local.time() == time(0):
                self.plan(local)
            if self.size.is_short and at.minute % (30 if time(7) <= local.time() < time(22) else 60):
                at += QUARTER
                continue
            if at >= closed_until:
                await self._quarter(at)
            acts = self.acts.get(local, [])
            if at < closed_until:
                # Nobody is in: one comes by all the same, and is answered later.
                self.typed_in_vain.add(chat_id := self.random.choice(self._reachable()))
                await self.types(chat_id, "/agenda")
            else:
                await self._act(acts)
            if (quarters := self.downtime.get(local)) and self.house.is_open:
                await self.house.close()
                closed_until = at + QUARTER * quarters
                self.counted["restarts"] += 1
            at += QUARTER
            if at.astimezone(PARIS).time() == time(0) and self.house.is_open:
                await self._end_of_day(at)
        if not self.house.is_open:
            await self._quarter(at)
        await self._end_of_day(at)

    async def _quarter(self, at: datetime) -> None:
        house = self.house
        await self.waits()
        self.oracle.knock(at)
        house.simulator.clock.set(at, rate=0)
        is_full_hour = at.minute == 0
        if not house.is_open:
            await house.open()
        elif at.astimezone(PARIS) in self.cuts:
            await house.knocks(at, is_cut=True)
            await house.close()
            await house.open()
            self.counted["restarts"] += 1
        await house.knocks(at, is_full_hour=is_full_hour)
        await house.settled()
        await self._find_planned()
        self._digest(at, self.typed_in_vain)
        self.typed_in_vain = set()

    async def _act(self, acts: list[Callable[[], Awaitable[None]]]) -> None:
        """What people do one after the other is done by the coordinator; the crowd does it all at once."""
        self.actors = set()
        crowd = [act for act in acts if act == self.somebody]
        for act in acts:
            if act != self.somebody:
                await act()
        for act in crowd:
            await act()
        if acts and self.house.is_open:
            await self.house.settled()
        self._digest(self.house.now, self.actors)

    def _digest(self, now: datetime, actors: set[int]) -> None:
        """Hand what was sent to the oracle, and forget it."""
        calls, self.house.world.calls = self.house.world.calls, []
        for call in calls:
            self.counted["calls"] += 1
            if "result" not in call:
                if "not modified" in call["error"]:
                    self.counted["edits that change nothing"] += 1
                elif "blocked" not in call["error"] and call["method"] != "getUpdates":
                    self.refusals[f"{now} {call['method']}: {call['error']} {str(call['values'])[:200]}"] += 1
                continue
            if not call["method"].lower().startswith("send"):
                continue
            self.counted["messages"] += 1
            self._remember(call["result"])
        self.oracle.take_in(calls, now, actors)

    def _remember(self, message: dict[str, Any]) -> None:
        chat_id, head = message["chat"]["id"], str(message.get("text", ""))[:1]
        for data in self.buttons(chat_id, message["message_id"]):
            action, number = [*data.split(":"), "", ""][1:3]
            if action == "mta" and head == "📅":
                self.cards.setdefault(chat_id, {}).setdefault(int(number), message["message_id"])
            elif action == "vu":
                self.copies.setdefault(chat_id, {})[int(number)] = message["message_id"]

    async def _end_of_day(self, at: datetime) -> None:
        """Look after the house: what must always hold, and what it keeps."""
        found = await self.house.database.read(lambda session: health.checks(session, now=at))
        self.broken += [f"{at}: {check.name} {check.broken}" for check in found if not check.holds and check.name != "backup"]
        self.measured.append(await self.house.order("measure"))
        print(f"{at:%d %b}: {self.counted['updates']} updates, {self.counted['calls']} calls, {self.measured[-1]}",
              *self.oracle.faults[-3:], sep="\n  ", flush=True)  # fmt: skip
        world = self.house.world
        world.callbacks.clear()
        world.answers.clear()
        old = (at - DAY).timestamp()
        for number, chat in world.chats.items():  # what people typed before yesterday is looked at by nobody any more
            messages = chat.messages.items()
            typed = [key for key, one in messages if one.get("from", {}).get("id") == number and one["date"] < old]
            for message_id in typed:
                del chat.messages[message_id]

    # ---- the coordinator: meetings
    @property
    def aminata(self) -> Phone:
        """Return the coordinator's phone."""
        return self.house.phone("Aminata")

    async def _does(self, *steps: str) -> None:
        """The coordinator presses one label after the other; « = » types."""
        for step in steps:
            self.counted["updates"] += 1
            await (self.aminata.types(step[1:]) if step.startswith("=") else self.aminata.presses(step))

    def word(self, letter: str) -> str:
        """Return a word nobody has said yet, letters only."""
        self._words += 1
        return letter + "".join(chr(97 + self._words // 26**place % 26) for place in (2, 1, 0))

    def _a_start(self, *, ahead: int) -> datetime:
        rng, today = self.random, self.house.now.astimezone(PARIS).date()
        hour = rng.choice((9, 10, 14, 15, 15, 17, 18, 19, 20, 7, 8, 23))
        return datetime.combine(today + DAY * ahead, time(hour, rng.choice((0, 15, 30, 45))), PARIS)

    @staticmethod
    def typed(at: datetime) -> str:
        """Return a day and hour as somebody types it."""
        return f"{at.day}/{at.month}/{at.year} {at.hour}h{at.minute:02}"

    async def _number(self) -> int:
        """Return the number of the meeting made last."""
        return int(await self.house.database.read(lambda session: session.scalar(select(func.max(Meeting.id)))) or 0)

    async def create_meeting(self) -> None:
        """A meeting one to twelve days ahead; a quarter have few seats."""
        start = self._a_start(ahead=self.random.choice(self.size.ahead))
        capacity = self.random.choice((None, None, None, max(2, self.size.people // 8)))
        await self._does("=/agenda", "➕ Nouvelle réunion", f"=Rencontre {self.word('R')}, {self.typed(start)}, foyer")
        if capacity:
            await self._does("⚙️ Options", "💺 Places", f"={capacity}", "⬅️ Retour")
        await self._does("👀 Voir avant d'envoyer", "✅ Inviter")
        number, now = await self._number(), self.house.now
        self.oracle.invites(Known(number, start.astimezone(now.tzinfo), now, capacity=capacity), now, now + UNDO)
        self.counted["meetings"] += 1

    async def create_series(self) -> None:
        """A meeting that comes every week, at the same hour on the wall of Paris."""
        start = self._a_start(ahead=3).replace(hour=15, minute=0)
        await self._does("=/agenda", "➕ Nouvelle réunion", f"=Atelier {self.word('S')}, {self.typed(start)}, foyer",
                         "🔁 Répéter", "Chaque semaine", "👀 Voir avant d'envoyer", "✅ Inviter")  # fmt: skip
        number, now = await self._number(), self.house.now
        self.oracle.invites(Known(number, start.astimezone(now.tzinfo), now), now, now + UNDO)
        self.series[number] = start
        self.counted["meetings"] += 1

    async def _find_planned(self) -> None:
        """Give the meetings of a series their numbers; that they are at the right instants is looked at here."""
        if not self.series:
            return
        number, start = next(iter(self.series.items()))
        now = self.house.now
        last = (now + timedelta(days=62)).date()
        days = [start + DAY * 7 * week for week in range(1, 60)]
        wanted = {one.astimezone(now.tzinfo) for one in days if one.date() <= last}
        if wanted == self.expected_days or now < self.published + UNDO:
            return

        def look(session: Any) -> list[tuple[int, datetime]]:
            first = session.get(Meeting, number)
            same = select(Meeting.id, Meeting.starts_at).where(Meeting.series_id == first.series_id, Meeting.id != number)
            return [tuple(row) for row in session.execute(same.order_by(Meeting.id))]

        rows = await self.house.database.read(look)
        if {at for _, at in rows} != wanted:
            self.oracle.faults.append(f"a series at other hours: {sorted({at for _, at in rows} ^ wanted)}")
        self.expected_days = wanted
        known = {*self.oracle.meetings, *self.oracle.planned}
        for one, starts_at in rows:
            if one not in known:
                self.oracle.plans(Known(one, starts_at, now), now)

    @property
    def published(self) -> datetime:
        """Return when the series was published."""
        return self.oracle.meetings[next(iter(self.series))].invited_at

    def _open(self, *, hours: float = 30) -> list[Known]:
        """Return the meetings that may still be changed: their start is not too near, they are no series."""
        now = self.house.now
        found = self.oracle.meetings.values()
        return [one for one in found if one.state == "open" and one.starts_at and one.starts_at > now + HOUR * hours
                and one.invited_at < now - DAY and not self._is_series(one)]  # fmt: skip

    def _is_series(self, meeting: Known) -> bool:
        return meeting.id in self.series or meeting.starts_at in self.expected_days

    async def _board(self, meeting: Known) -> None:
        await self._does("=/agenda")
        self.counted["updates"] += 1
        await self.aminata.presses_data(f"1:mtb:{meeting.id}")

    async def move_meeting(self) -> None:
        """Another hour of the same day, or another day."""
        if not (found := self._open()):
            return
        meeting = self.random.choice(found)
        assert meeting.starts_at
        local = meeting.starts_at.astimezone(PARIS)
        later = self.random.choice((local.replace(hour=16, minute=local.minute ^ 15), local + DAY, local + 2 * DAY))
        if later == local:
            return
        await self._board(meeting)
        await self._does("🗓 Quand", f"={self.typed(later)}", "✅ Prévenir")
        self.oracle.changes(meeting.id, later.astimezone(self.house.now.tzinfo), self.house.now)
        self.counted["moved"] += 1

    async def cancel_meeting(self) -> None:
        """It does not take place."""
        if found := self._open(hours=5):
            meeting = self.random.choice(found)
            await self._board(meeting)
            await self._does("❌ Annuler la réunion", "❌ Annuler la réunion")
            self.oracle.changes(meeting.id, None, self.house.now, is_over=True)
            self.counted["cancelled"] += 1

    async def postpone_meeting(self) -> None:
        """Put off to a day that is not known yet."""
        if found := self._open():
            meeting = self.random.choice(found)
            await self._board(meeting)
            await self._does("⏸ Reporter", "⏸ Reporter")
            self.oracle.changes(meeting.id, None, self.house.now)
            self.counted["postponed"] += 1

    async def redate_meeting(self) -> None:
        """What was put off has a day again."""
        found = [one for one in self.oracle.meetings.values() if one.state == "postponed"]
        if found:
            start = self._a_start(ahead=self.random.choice((2, 5, 9)))
            await self._board(found[0])
            await self._does("🗓 Quand", f"={self.typed(start)}", "✅ Prévenir")
            self.oracle.changes(found[0].id, start.astimezone(self.house.now.tzinfo), self.house.now)

    # ---- the coordinator: announcements
    async def _announcement(self, word: str) -> int:
        await self._does("=/annonces", "➕ Nouvelle annonce", f"=Nouvelle {word} du village.", "➕ Bamanankan",
                         f"=Kibaru {word}.")  # fmt: skip
        rows = self.aminata.screen["reply_markup"]["inline_keyboard"]
        found = [button["callback_data"] for row in rows for button in row if button["callback_data"].startswith("1:annp:")]
        return int(found[0].split(":")[2])

    async def announce_now(self) -> None:
        """To everybody or to one place, now; a tenth is urgent, some are taken back at once and sent after all."""
        word, rng, people = self.word("A"), self.random, list(self.oracle.people.values())
        number = await self._announcement(word)
        is_urgent = rng.random() < 0.1
        if is_urgent:
            await self._does("👥 Pour qui", "🚨 C'est urgent", "⬅️ Retour")
        elif rng.random() < 0.2:
            await self._does("👥 Pour qui", "📍 Lieux", "🌉 Bamako", "⬅️ Retour", "⬅️ Retour")
            people = [one for at, one in enumerate(people) if self._place(at) == "bamako"]
        await self._does("👀 Voir avant d'envoyer", "✅ Envoyer")
        if "🚨 Envoyer maintenant" in self.aminata.labels:
            await self._does("🚨 Envoyer maintenant")
        if rng.random() < 0.1:
            await self._does("↩️ Annuler l'envoi", "👀 Voir avant d'envoyer", "✅ Envoyer")
            if "🚨 Envoyer maintenant" in self.aminata.labels:
                await self._does("🚨 Envoyer maintenant")
        now = self.house.now
        self.oracle.announces(number, people, now, now + UNDO, is_urgent=is_urgent, word=word)
        self.counted["announcements"] += 1

    def _place(self, at: int) -> str:
        kinds = [place for place, _, weight in PLACES for _ in range(weight)]
        return kinds[at % len(kinds)]

    async def announce_later(self) -> None:
        """To everybody, at an hour that is typed."""
        word, rng, now = self.word("B"), self.random, self.house.now
        number = await self._announcement(word)
        local = now.astimezone(PARIS)
        day = local.date() + DAY * rng.choice((0, 1, 1, 2))
        at = datetime.combine(day, time(rng.choice((9, 14, 19, 20)), rng.choice((0, 30, 45))), PARIS)
        if at <= local:
            at += DAY
        await self._does("🕐 Quand", f"={self.typed(at)}", "👀 Voir avant d'envoyer", "✅ Envoyer")
        self.oracle.schedules(number, at.astimezone(now.tzinfo), word)
        self.counted["announcements"] += 1

    def _sent(self) -> list[int]:
        return [number for number in self.oracle.words if number not in self.oracle.withdrawn][-5:]

    async def correct(self) -> None:
        """The French text says something else."""
        if found := self._sent():
            number, word = self.random.choice(found), self.word("C")
            self.counted["updates"] += 1
            await self.aminata.presses_data(f"1:annc:{number}:fr")
            await self._does(f"=Nouvelle {word} du village.")
            self.oracle.words[number] = word
            self.counted["corrected"] += 1

    async def withdraw(self) -> None:
        """It was not true."""
        if found := self._sent():
            number = self.random.choice(found)
            self.counted["updates"] += 1
            await self.aminata.presses_data(f"1:annq:{number}:1")
            self.oracle.withdraws(number)
            self.counted["withdrawn"] += 1

    # ---- the coordinator: visits, help, questions
    async def prepare_visit(self) -> None:
        """A delegation flies to Mali in nine days and back eight days later."""
        day, back = (self.house.now.astimezone(PARIS).date() + DAY * ahead for ahead in (9, 17))
        await self._does("=/delegations", "✏️ Préparer", "✈️ Vers le Mali",
                         f"=AF596 CDG-BKO {day.day}/{day.month} 16:15-20:35", "🛫 Vol retour",
                         f"=BKO-CDG {back.day}/{back.month} 23:10-6:05", "👥 Combien", "=6, dont 2 femmes")  # fmt: skip

        def ids(session: Any) -> list[int]:
            return [members.by_telegram_id(session, chat_id).id for chat_id in self.team]

        for member_id in await self.house.database.read(ids):
            await self.aminata.presses_data(f"1:dge:1:team:{member_id}")
        await self.aminata.presses_data("1:dgb:1")
        await self._does("✅ Ouvrir à l'équipe")
        self.tasks = list(await self.house.database.read(lambda session: session.scalars(select(Task.id)).all()))
        self.oracle.visit = (moment(day, time(0), PARIS), moment(back + DAY * 2, time(0), PARIS))
        self.counted["visits"] += 1

    async def call_for_help(self) -> None:
        """Five are wanted two to five days ahead."""
        start = self._a_start(ahead=self.random.choice((2, 3, 5))).replace(hour=14, minute=0)
        await self._does("=/aider", "✏️ Chercher de l'aide", "➕ Autre chose", f"=Fête {self.word('F')}", "🍲 Cuisine", "5",
                         "🕐 Heure", f"={start.day}/{start.month} 14h-18h")  # fmt: skip
        call_id, need_id = await self.house.database.read(
            lambda session: session.execute(select(Need.call_id, Need.id).order_by(Need.id.desc()).limit(1)).one()
        )
        await self.aminata.presses_data(f"1:hb:{call_id}")
        await self._does("👀 Regarder et envoyer", "✅ Envoyer l'appel")
        self.needs.append(need_id)
        self.counted["calls for help"] += 1

    async def answer_question(self) -> None:
        """The newest question that waits is answered in writing."""
        await self.aminata.look()
        for message in reversed(self.aminata.bot_messages):
            if message.get("text", "").startswith("❓ Question de") and any(
                data.startswith("1:write:") for data in self.buttons(self.aminata.id, message["message_id"])
            ):
                self.counted["updates"] += 2
                await self.aminata.types(f"C'est {self.word('Q')}.", reply_to_message=message)
                if "✅ Envoyer" in self.aminata.labels:
                    await self.aminata.presses("✅ Envoyer")
                    self.counted["answered"] += 1
                return

    # ---- everybody else
    def _reachable(self) -> list[int]:
        return [one for one in self.crowd if not self.oracle.people[one].is_blocked]

    async def block(self) -> None:
        """Somebody leaves, or who has left comes back."""
        gone = [one for one in self.crowd if self.oracle.people[one].is_blocked]
        comes_back = bool(gone) and self.random.random() < 0.55
        chat_id = self.random.choice(gone if comes_back else self._reachable())
        self.counted["updates"] += 1
        await self.house.post(f"/sim/phones/{chat_id}/{'unblock' if comes_back else 'block'}", {})
        await self.house.settled()
        self.oracle.went(chat_id, is_blocked=not comes_back)
        self.counted["came back" if comes_back else "blocked"] += 1

    async def somebody(self) -> None:
        """One of the crowd does what people do; who has done something this quarter hour has put the phone away."""
        chat_id = self.random.choice(self._reachable())
        if chat_id in self.actors:
            return
        choices = (self._saw, self._saw, self._looks, self._looks, self._asks, self._takes)
        await self.random.choice(choices)(chat_id)

    async def many_answer(self) -> None:
        """Somebody speaks of a meeting, and many of those who were invited say whether they come."""
        found = [one for one in self.oracle.meetings.values()
                 if one.state == "open" and one.starts_at and one.starts_at > self.house.now]  # fmt: skip
        for meeting in self.random.sample(found, min(1, len(found))):
            for chat_id in self._reachable():
                if meeting.id in self.cards.get(chat_id, {}) and self.random.random() < 0.4:
                    await self._answers(chat_id, meeting)

    async def _answers(self, chat_id: int, meeting: Known) -> None:
        """Say yes, perhaps or no to a meeting one was invited to; often not for the first time."""
        answer = self.random.choice(("yes", "yes", "yes", "maybe", "no"))
        persons = 1 if meeting.capacity or answer != "yes" else self.random.choice((1, 1, 2, 3))
        card = self.cards[chat_id][meeting.id]
        await self.press(chat_id, card, f"1:mta:{meeting.id}:{persons}:{int(bool(meeting.capacity))}:{answer}")
        self.oracle.answers[meeting.id, chat_id] = answer
        self.counted["answers"] += 1

    async def _saw(self, chat_id: int) -> None:
        if found := self.copies.get(chat_id):
            number = self.random.choice(list(found))
            await self.press(chat_id, found[number], f"1:vu:{number}")

    async def _looks(self, chat_id: int) -> None:
        """Open something, press something harmless on the newest screen."""
        data = [one for one in self.buttons(chat_id, self.newest(chat_id)) if HARMLESS.match(one)]
        if data and self.random.random() < 0.7:
            await self.press(chat_id, self.newest(chat_id), self.random.choice(data))
        else:
            await self.types(chat_id, self.random.choice(("/agenda", "/aider", "/start", "/delegations")))

    async def _asks(self, chat_id: int) -> None:
        """Ask what is known, or what nobody knows."""
        if self.random.random() < 0.8:
            return await self.types(chat_id, self.random.choice(KNOWN))
        found = [one for one in self.buttons(chat_id, self.newest(chat_id)) if one.startswith("1:ask:")]
        if found:
            self.counted["questions"] += 1
            return await self.press(chat_id, self.newest(chat_id), found[0])
        return await self.types(chat_id, UNKNOWN.format(self.word("V")))

    async def some_help(self) -> None:
        """More want to help than are wanted; some change their minds."""
        if not self.needs:
            return
        for chat_id in self.random.sample(self._reachable(), max(3, self.size.people // 10)):
            newest = self.newest(chat_id)
            leaves = [one for one in self.buttons(chat_id, newest) if re.match(r"1:hs:\d+:(leave|stay)", one)]
            data = self.random.choice(leaves) if leaves else f"1:hn:{self.random.choice(self.needs[-2:])}:1:1"
            await self.press(chat_id, newest, data)
            self.counted["signups"] += 1

    async def _takes(self, chat_id: int) -> None:
        """Take a task of the visit, give it up again."""
        if not self.tasks:
            return await self._looks(chat_id)
        chat_id = self.random.choice([one for one in self.team if one not in self.actors] or [chat_id])
        if self.oracle.people[chat_id].is_blocked:
            return None
        act = self.random.choice(("claim", "claim", "seek", "done"))
        return await self.press(chat_id, self.newest(chat_id), f"1:tka:{self.random.choice(self.tasks)}:{act}")

    # ---- at the end
    async def left_over(self) -> list[str]:
        """Return what must not be there at the end: updates nobody handled, messages put aside, answers that were lost."""

        def look(session: Any) -> list[str]:
            counted = {
                "dead letters": select(func.count()).select_from(DeadLetter),
                "parked": select(func.count()).where(Delivery.state == DeliveryState.PARKED),
                "in doubt": select(func.count()).where(Delivery.resends > 0),
                "unhandled": select(func.count()).where(InboxUpdate.done_at.is_(None)),
            }
            found = [f"{name}: {number}" for name, one in counted.items() if (number := session.scalar(one))]
            known = self.numbers
            rows = session.execute(select(Rsvp.meeting_id, Rsvp.member_id, Rsvp.answer).where(Rsvp.answer.is_not(None)))
            stored = {(number, known[member]): answer for number, member, answer in rows if member in known}
            lost = {one for one in stored.keys() | self.oracle.answers.keys()
                    if stored.get(one) != self.oracle.answers.get(one)}  # fmt: skip
            return [*found, *(f"answer lost: {one}" for one in sorted(lost))]

        return await self.house.database.read(look)

    async def waits(self) -> None:
        """Tell the oracle who is on a waiting list now: the one thing it takes from the tables."""
        numbers = [one.id for one in self.oracle.meetings.values() if one.capacity and one.state == "open"]

        def look(session: Any) -> set[tuple[int, int]]:
            rows = session.execute(
                select(Rsvp.meeting_id, Rsvp.member_id).join(Meeting, Meeting.id == Rsvp.meeting_id)
                .where(Rsvp.meeting_id.in_(numbers), Rsvp.waiting_since.is_not(None), Meeting.state == MeetingState.OPEN)
            ).all()  # fmt: skip
            return {(number, self.numbers[member]) for number, member in rows if member in self.numbers}

        self.oracle.waiting = await self.house.database.read(look) if numbers else set()
