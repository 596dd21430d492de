"""The outbox at work: nobody is missed, nobody gets it twice, whatever Telegram answers and whenever we fall."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from conftest import until
from sqlalchemy import event, select, true

from bot import jobs, rendering
from bot.domain import broadcasts, leadership, meetings, outbox
from bot.domain.broadcasts import Post
from bot.messages import OutgoingMessage
from bot.rendering import renderer, table
from db.models import Delivery, DeliveryState, Lane, Meeting, MeetingState, Member, Rsvp

FR = ("Français", "🗼 Île-de-France")
A_WHILE = timedelta(minutes=6)


@pytest.fixture
async def crowd(house):
    """The cast, settled in; Aminata is the coordinator."""
    for phone in house.phones.values():
        await phone.settles_in(*FR)
    return house


async def passes_on(house, words, *people, lane=Lane.BROADCAST, urgent=(), **options):
    """Queue a copy of each thing Aminata writes, to each person; those in `urgent` in the urgent lane."""
    sent = {text: house.world.person_sends(1001, {"text": text})["message_id"] for text in words}
    await house.settled()
    now = house.machine.clock.now()

    def queue(session):
        for text, message_id in sent.items():
            for person in people:
                outbox.put(session, chat_id=house.phone(person).id, view="questions.answer", now=now,
                           lane=Lane.URGENT if text in urgent else lane,
                           values={"chat_id": 1001, "message_id": message_id, "question_id": 1}, **options)  # fmt: skip

    await house.database.transaction(queue)
    house.machine.worker.wake()


async def asks_for_silence(house, chat_id, method="copyMessage"):
    """Telegram will answer the next call for this chat with a 429."""
    await house.post("/sim/faults", {
        "kind": "status", "code": 429, "method": method, "chat_id": chat_id,
        "description": "Too Many Requests: retry after 300", "parameters": {"retry_after": 300},
    })  # fmt: skip


async def received(house, person, words):
    """Return what a person has of these words, in order."""
    phone = house.phone(person)
    await phone.look()
    return [message["text"] for message in phone.bot_messages if message.get("text") in words]


async def states(house):
    """Return the states of the copies, oldest first."""
    found = select(Delivery.state).where(Delivery.view == "questions.answer").order_by(Delivery.id)
    return await house.database.read(lambda session: list(session.scalars(found)))


async def until_silenced(house, chat_id):
    now = house.machine.clock.now()
    await until(lambda: house.database.read(lambda session: outbox.paused_until(session, chat_id, now=now)), "the silence")


async def until_state(house, *expected):
    async def reached():
        return await states(house) == list(expected)

    await until(reached, f"the deliveries to be {expected}")


async def comes_back_later(house):
    """Let simulated time pass, so that back-offs and pauses are over."""
    house.simulator.clock.set(house.simulator.clock.now() + A_WHILE)


async def test_b1_b2_a_chat_that_asks_for_silence_gets_it_and_then_its_message_once(crowd):
    await asks_for_silence(crowd, 1002)

    await passes_on(crowd, ["a"], "Moussa", "Fanta")
    await until_silenced(crowd, 1002)
    await until_state(crowd, DeliveryState.QUEUED, DeliveryState.SENT)
    await crowd.close()
    await crowd.open()
    assert await states(crowd) == [DeliveryState.QUEUED, DeliveryState.SENT]
    tries = len(crowd.calls("copyMessage"))
    await comes_back_later(crowd)
    await until_state(crowd, DeliveryState.SENT, DeliveryState.SENT)

    assert tries == 1
    assert await received(crowd, "Moussa", ["a"]) == ["a"]
    counted = select(Delivery.tries).where(Delivery.view == "questions.answer").order_by(Delivery.id)
    assert await crowd.database.read(lambda session: session.scalars(counted).all()) == [1, 1]  # a pause is no failed try


async def test_b2_two_silences_within_a_second_silence_everybody(crowd):
    for chat_id in (1002, 1003):
        await asks_for_silence(crowd, chat_id)
    await passes_on(crowd, ["a"], "Moussa", "Fanta")

    async def is_quiet():
        return outbox.EVERYBODY in await crowd.database.read(outbox.pauses)

    await until(is_quiet, "the silence towards everybody")
    await comes_back_later(crowd)
    await until_state(crowd, DeliveryState.SENT, DeliveryState.SENT)


@pytest.mark.parametrize("language", ["fr", "bm"])
async def test_b2_a_second_silence_while_the_first_lasts_silences_nobody_else(crowd, language):
    await crowd.post("/sim/faults", {
        "kind": "status", "code": 429, "method": "copyMessage", "chat_id": 1002, "parameters": {"retry_after": 6730},
    })  # fmt: skip
    await asks_for_silence(crowd, 1003)
    await passes_on(crowd, ["a"], "Moussa")
    await until_silenced(crowd, 1002)
    crowd.simulator.clock.set(crowd.simulator.clock.now() + timedelta(minutes=20))
    await passes_on(crowd, ["b"], "Fanta")
    await until_silenced(crowd, 1003)
    silent = await crowd.database.read(outbox.pauses)
    aminata = crowd.phone("Aminata")
    await aminata.types("/langue")
    await aminata.presses({"fr": "Français", "bm": "Bamanankan"}[language])
    await jobs.watch(crowd.machine)
    await crowd.settled()
    await aminata.look()

    assert set(silent) == {1002, 1003}
    alarm = {"fr": "⏳ Telegram me fait attendre. Je reprends : lun. 23/11 11:52 (Bamako 10:52)",
             "bm": "⏳ Telegram ko n ka makɔnɔ. N bɛna daminɛ tugun: "}[language]  # fmt: skip
    assert aminata.text.startswith(alarm)


async def test_a_reply_waits_for_the_silence_to_end_as_well(crowd):
    await asks_for_silence(crowd, 1002, "sendMessage")
    crowd.world.person_sends(1002, {"text": "/aide"})

    async def is_quiet():
        return 1002 in await crowd.database.read(outbox.pauses)

    await until(is_quiet, "the silence")
    await comes_back_later(crowd)
    await crowd.settled()
    await crowd.phone("Moussa").look()

    assert crowd.phone("Moussa").text.startswith("Je réponds sur Villetaneuse")


@pytest.mark.parametrize(
    "fault", [{"kind": "status", "code": 500}, {"kind": "status", "code": 502}, {"kind": "status", "code": 503}]
)
async def test_b5_a_server_error_delays_and_keeps_the_order(crowd, fault):
    await crowd.post("/sim/faults", {**fault, "method": "copyMessage", "chat_id": 1002, "times": 2})
    await passes_on(crowd, ["a", "b", "c"], "Moussa")

    async def arrived():
        await comes_back_later(crowd)
        return await received(crowd, "Moussa", "abc") == ["a", "b", "c"]

    await until(arrived, "the messages")


async def test_b5_after_an_hour_without_telegram_all_goes_within_half_a_minute(crowd):
    await crowd.post("/sim/faults", {"kind": "status", "code": 502, "method": "copyMessage", "times": -1})
    await passes_on(crowd, ["a"], "Moussa", "Fanta")
    for _ in range(60):
        await crowd.settled()
        crowd.simulator.clock.set(crowd.simulator.clock.now() + timedelta(minutes=1))
    await crowd.settled()
    held = await states(crowd)
    crowd.simulator.faults.clear()
    crowd.simulator.clock.set(crowd.simulator.clock.now() + timedelta(seconds=30))
    await crowd.settled()

    assert held == [DeliveryState.QUEUED] * 2
    assert [await received(crowd, name, "a") for name in ("Moussa", "Fanta")] == [["a"]] * 2


async def test_a7_in_doubt_once_is_sent_again_in_doubt_twice_is_parked(crowd):
    await crowd.post("/sim/faults", {"kind": "drop_after", "method": "copyMessage", "chat_id": 1002})
    await crowd.post("/sim/faults", {"kind": "drop_after", "method": "copyMessage", "chat_id": 1003, "times": 5})

    await passes_on(crowd, ["a"], "Moussa", "Fanta")
    await until_state(crowd, DeliveryState.SENT, DeliveryState.PARKED)

    assert await received(crowd, "Moussa", ["a"]) == ["a", "a"]
    assert await received(crowd, "Fanta", ["a"]) == ["a", "a"]


async def test_a_reply_in_doubt_is_not_sent_twice(crowd):
    moussa = crowd.phone("Moussa")
    before = len(moussa.bot_messages)
    await crowd.post("/sim/faults", {"kind": "drop_after", "method": "sendMessage", "chat_id": 1002})

    await moussa.types("/aide")

    assert len(moussa.bot_messages) == before + 1


async def test_a2_what_a_crash_left_in_flight_is_settled_by_the_doubt_rule(crowd):
    await crowd.post("/sim/faults", {"kind": "stall", "method": "copyMessage", "chat_id": 1002, "seconds": 60, "times": 1})
    await passes_on(crowd, ["a"], "Moussa")
    await until(lambda: crowd.simulator.faults.planned[0].times == 0, "the message to be on its way")

    await crowd.close()
    assert await states(crowd) == [DeliveryState.SENDING]
    await crowd.open()
    await until_state(crowd, DeliveryState.SENT)

    assert await received(crowd, "Moussa", ["a"]) == ["a"]


async def test_b12_who_blocked_the_bot_is_left_alone_and_found_again(crowd):
    moussa = crowd.phone("Moussa")
    crowd.world.people[1002].has_blocked = True  # the bot has not heard of it

    await passes_on(crowd, ["a", "b"], "Moussa")
    await until_state(crowd, DeliveryState.FAILED, DeliveryState.FAILED)

    def reachable(session):
        return session.scalar(select(Member.is_reachable).where(Member.telegram_id == 1002))

    assert len(crowd.calls("copyMessage")) == 1
    assert not await crowd.database.read(reachable)
    await moussa.types("/start")
    assert await crowd.database.read(reachable)


async def test_a_message_telegram_refuses_stops_no_other(crowd):
    now = crowd.machine.clock.now()
    await crowd.database.transaction(lambda session: outbox.put(
        session, chat_id=1002, view="questions.answer", lane=Lane.BROADCAST, now=now,
        values={"chat_id": 1001, "message_id": 9999, "question_id": 1},
    ))  # fmt: skip
    crowd.machine.worker.wake()
    await passes_on(crowd, ["a"], "Moussa")
    await until_state(crowd, DeliveryState.FAILED, DeliveryState.SENT)


async def test_a_broken_view_stops_no_other(crowd):
    now = crowd.machine.clock.now()
    await crowd.database.transaction(lambda session: outbox.put(
        session, chat_id=1002, view="questions.answer", lane=Lane.BROADCAST, now=now, values={}))  # fmt: skip
    crowd.machine.worker.wake()

    await passes_on(crowd, ["a"], "Moussa")
    await until_state(crowd, DeliveryState.PARKED, DeliveryState.SENT)


async def test_a_broken_view_stops_no_other_of_its_turn(crowd, caplog):
    now, stage = crowd.machine.clock.now(), crowd.machine.stage

    def made(session):
        right = {"chat_id": 1001, "message_id": 1, "question_id": 1}
        queued = [
            outbox.put(session, chat_id=1002, view="questions.answer", lane=Lane.REPLY, now=now, values=values)
            for values in (right, {}, right)
        ]
        return [type(one).__name__ for one in rendering.render_all(session, queued, stage, now=now)]

    assert await crowd.database.transaction(made) == ["OutgoingMessage", "Broken", "OutgoingMessage"]
    assert caplog.text.count("not rendered") == 1


async def test_what_a_turn_asks_does_not_grow_with_its_readers(crowd):
    now, stage, chat_ids = crowd.machine.clock.now(), crowd.machine.stage, range(3001, 3021)

    def invite(session):
        meeting = Meeting(state=MeetingState.OPEN, kind="meeting", titles={}, starts_at=now + timedelta(days=5), places=[],
                          roles=[], groups=[], agenda={}, made_at=now, changed_at=now)  # fmt: skip
        people = [Member(telegram_id=one, language="fr", place="bamako", role="member", joined_at=now, seen_at=now)
                  for one in chat_ids]  # fmt: skip
        session.add_all([meeting, *people])
        session.flush()
        session.add_all(Rsvp(meeting_id=meeting.id, member_id=one.id, answer="yes", persons=1) for one in people[::2])
        for one in people:
            outbox.put(session, chat_id=one.telegram_id, view=meetings.CARD, lane=Lane.REPLY, now=now, subject_id=meeting.id)

    def asked(session, count):
        theirs = select(Delivery).where(Delivery.chat_id.in_(chat_ids)).order_by(Delivery.id).limit(count)
        queued, statements = session.scalars(theirs).all(), []
        session.expunge_all()

        def note(connection, cursor, statement, *rest):
            statements.append(statement)

        event.listen(session.get_bind(), "before_cursor_execute", note)
        rendered = rendering.render_all(session, queued, stage, now=now)
        event.remove(session.get_bind(), "before_cursor_execute", note)
        assert [one.text.count("✅ Tu viens") for one in rendered] == [1, 0] * (count // 2)
        return len(statements)

    await crowd.database.transaction(invite)
    few, many = [await crowd.database.read(partial(asked, count=count)) for count in (2, 20)]
    assert few == many


async def test_an_urgent_message_overtakes_the_crowd(crowd):
    slow = [f"slow {n}" for n in range(12)]

    await passes_on(crowd, [*slow, "urgent"], "Moussa", urgent=["urgent"])
    await crowd.settled()

    assert await received(crowd, "Moussa", [*slow, "urgent"]) == ["urgent", *slow]


async def test_what_has_lost_its_meaning_is_not_sent(crowd):
    now = crowd.machine.clock.now()
    await passes_on(crowd, ["late"], "Moussa", not_before=now + timedelta(minutes=2), expires_at=now + timedelta(minutes=5))
    from bot import jobs

    await comes_back_later(crowd)
    await jobs.tick(crowd.machine)
    await crowd.settled()

    assert await received(crowd, "Moussa", ["late"]) == []


async def test_the_same_cause_queues_one_message(crowd):
    await passes_on(crowd, ["a", "b"], "Moussa", dedupe_key="announcement:1:1002")
    await until_state(crowd, DeliveryState.SENT)


async def test_e4_one_claim_wins_and_a_former_leader_touches_nothing(house):
    await house.close()
    now = house.machine.clock.now()
    database = house.database
    made = await database.transaction(
        lambda session: outbox.put(session, chat_id=1002, view="members.here", lane=Lane.REPLY, now=now)
    )
    old = await database.transaction(lambda session: leadership.take_over(session, now=now))
    new = await database.transaction(lambda session: leadership.take_over(session, now=now))

    def claim(epoch):
        return database.transaction(lambda session: outbox.claim(session, made.id, epoch=epoch, now=now))

    assert await claim(old) is False
    assert sorted(await asyncio.gather(*(claim(new) for _ in range(8)))) == [False] * 7 + [True]
    await database.transaction(lambda session: outbox.settle(session, made.id, DeliveryState.SENT, epoch=old, now=now))
    assert (await database.read(lambda session: session.get(Delivery, made.id))).state == DeliveryState.SENDING


async def test_e3_a_leader_that_was_replaced_stops_by_itself(crowd):
    now, called = crowd.machine.clock.now(), len(crowd.calls("sendMessage"))

    def replace(session):
        leadership.take_over(session, now=now)
        return outbox.put(session, chat_id=1002, view="members.here", lane=Lane.REPLY, now=now, values={"chat_id": 1002})

    made = await crowd.database.transaction(replace)
    crowd.machine.worker.wake()
    await until(lambda: crowd._running.done(), "the former leader to stop")

    assert (await crowd.database.read(lambda session: session.get(Delivery, made.id))).state == DeliveryState.QUEUED
    assert len(crowd.calls("sendMessage")) == called


async def test_e3_nothing_leaves_while_somebody_else_may_lead(crowd, monkeypatch):
    asked = asyncio.Event()
    monkeypatch.setattr(crowd.machine.worker, "_is_held", lambda: bool(asked.set()))
    await passes_on(crowd, ["a"], "Moussa")
    await until(asked.is_set, "its turn to come")
    await until_state(crowd, DeliveryState.QUEUED)
    assert crowd.calls("copyMessage") == []

    monkeypatch.undo()
    await comes_back_later(crowd)
    await until_state(crowd, DeliveryState.SENT)

    assert await received(crowd, "Moussa", ["a"]) == ["a"]


async def test_thirty_a_second_and_never_more(simulator, house):
    """With Telegram's own limits and ours below them, a crowd is served without a single refusal."""
    from bot.pacer import Pacer
    from bot.simulator.flood import FloodControl, Limits

    simulator.world.flood = FloodControl(Limits())
    house.machine.pacer = Pacer(per_second=30, per_chat_second=1, per_group_minute=20)
    people = [house.world.add_person(20_000 + number, f"P{number}", "fr") for number in range(45)]
    for person in people:
        person.has_started = True
    now = house.machine.clock.now()

    def queue(session):
        for person in people:
            session.add(Member(telegram_id=person.id, joined_at=now, seen_at=now))
            outbox.put(
                session, chat_id=person.id, view="members.here", lane=Lane.BROADCAST, now=now, values={"chat_id": person.id}
            )

    await house.database.transaction(queue)
    house.machine.worker.wake()
    await house.settled()

    calls = house.calls("sendMessage")
    assert len(calls) == 45
    assert not [call for call in calls if "error" in call]


# ---- how Telegram refuses (FAULTS, B14)
async def refused_once(crowd, monkeypatch, method, description, *, edits=None, times=1, body=None):
    """Queue one message to Moussa that Telegram refuses so; return how many calls were made for it."""
    words = OutgoingMessage("<b>Assemblée</b> &amp; repas", edits=edits)
    monkeypatch.setitem(table.VIEWS, "questions.answer", lambda _moment: words)
    fault = {"kind": "status", "code": 400, "description": description}
    if body is not None:
        fault = {"kind": "garbage", "body": body}
    await crowd.post("/sim/faults", {**fault, "method": method, "chat_id": 1002, "times": times})
    now, before = crowd.machine.clock.now(), len(crowd.calls(method))
    await crowd.database.transaction(
        lambda session: outbox.put(session, chat_id=1002, view="questions.answer", lane=Lane.BROADCAST, now=now)
    )
    crowd.machine.worker.wake()
    await crowd.settled()
    return times - crowd.simulator.faults.planned[-1].times + len(crowd.calls(method)) - before


async def outcome(house):
    """Return state, reason and message id of the newest copy."""
    found = select(Delivery).where(Delivery.view == "questions.answer").order_by(Delivery.id.desc()).limit(1)
    row = await house.database.read(lambda session: session.scalar(found))
    return row.state, row.reason, row.message_id


async def test_b14_markup_telegram_cannot_read_goes_once_more_as_plain_text(crowd, monkeypatch):
    calls = await refused_once(crowd, monkeypatch, "sendMessage", "Bad Request: can't parse entities: byte offset 3")

    assert calls == 2
    assert await received(crowd, "Moussa", ["Assemblée & repas"]) == ["Assemblée & repas"]
    assert (await outcome(crowd))[0] == DeliveryState.SENT


async def test_b14_what_cannot_be_read_even_as_plain_text_fails_with_its_reason(crowd, monkeypatch):
    refusal = "Bad Request: can't parse entities: byte offset 3"

    calls = await refused_once(crowd, monkeypatch, "sendMessage", refusal, times=5)

    assert calls == 2
    assert (await outcome(crowd))[:2] == (DeliveryState.FAILED, "Can't parse entities: byte offset 3")


async def test_b14_a_message_that_says_so_already_is_a_success(crowd, monkeypatch):
    shown = crowd.phone("Moussa").screen["message_id"]
    refusal = "Bad Request: message is not modified: specified new message content is the same"

    calls = await refused_once(crowd, monkeypatch, "editMessageText", refusal, edits=shown)

    assert calls == 1
    assert (await outcome(crowd))[0] == DeliveryState.SENT


async def test_b14_a_refusal_nobody_knows_fails_that_message_with_its_reason(crowd, monkeypatch):
    calls = await refused_once(crowd, monkeypatch, "sendMessage", "Bad Request: MOON_TOO_FAR")

    assert calls == 1
    assert (await outcome(crowd))[:2] == (DeliveryState.FAILED, "Moon_too_far")


async def test_b17_an_answer_without_a_message_is_kept_without_its_id(crowd, monkeypatch):
    await refused_once(crowd, monkeypatch, "sendMessage", "", body='{"ok": true, "result": {"chat": {"id": 5}}}')

    assert await outcome(crowd) == (DeliveryState.SENT, None, None)


@pytest.mark.parametrize("body", ["", "<html>", '{"ok": true}', "[]", '{"ok": true, "result": '])
async def test_b6_an_answer_nobody_can_read_leaves_it_in_doubt_and_it_goes_once_more(crowd, monkeypatch, body):
    calls = await refused_once(crowd, monkeypatch, "sendMessage", "", body=body)

    assert calls == 2
    assert (await outcome(crowd))[0] == DeliveryState.SENT


async def test_what_is_for_a_crowd_is_made_once_for_those_who_read_alike(crowd, monkeypatch):
    made = []

    def view(moment):
        made.append(moment.reader.language.code)
        return OutgoingMessage("À tous")

    monkeypatch.setitem(table.VIEWS, "questions.answer", view)
    monkeypatch.setattr(renderer, "FOR_A_CROWD", {"questions.answer"})
    now = crowd.machine.clock.now()
    post = Post("questions.answer", 1, Lane.BROADCAST, wakes=True)
    await crowd.database.transaction(
        lambda session: broadcasts.queue(session, [true()], post, desk=crowd.machine.desk, now=now, not_before=now)
    )
    crowd.machine.worker.wake()
    await crowd.settled()

    assert await states(crowd) == [DeliveryState.SENT] * len(crowd.phones)
    assert made == ["fr"]
