"""Thousands of updates nobody would send: each is handled or put aside, none is unhandled, none blocks."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.domain import inbox
from bot.receiver import chat_of, is_numbered
from db.models import DeadLetter

AT_ONCE = 500
# What an update made up: a chat, a message or a query that is not there, somebody who has never written.
MADE_UP = {
    "Bad Request: chat not found", "Bad Request: message to edit not found", "Bad Request: message identifier is not specified",
    "Bad Request: query is too old and response timeout expired or query ID is invalid",
    "Forbidden: bot can't initiate conversation with a user",
}  # fmt: skip
SCALARS = [None, True, 0, -1, 2**63, 1.5, "", "text", "/start", "/aide", "1:lang:bm", "1:entry:coop_what", "1:ask:1",
           "1:ask:-1", "\u202e", "🎉" * 50, "<b>", "%s{x}", "\x00", "a" * 5000]  # fmt: skip
KINDS = ["message", "edited_message", "callback_query", "my_chat_member", "channel_post", "hologram"]
FIELDS = ["text", "caption", "entities", "reply_to_message", "voice", "photo", "location", "sticker", "new_chat_members",
          "forward_origin", "reply_markup", "contact", "date", "from", "chat", "message_id", "edit_date", "poll"]  # fmt: skip
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
@settings(max_examples=1000, deadline=None)
def test_whatever_telegram_sends_is_numbered_or_not(content):
    assert is_numbered(content) in (True, False)
    if isinstance(content, dict):
        assert isinstance(chat_of(content), int)


class Nonsense:
    """Makes updates that are right here and wrong there."""

    def __init__(self) -> None:
        self.dice = random.Random(17_06_2007)

    def anything(self, depth: int = 3):
        kind = self.dice.random()
        if depth == 0 or kind < 0.6:
            return self.dice.choice(SCALARS)
        if kind < 0.8:
            return [self.anything(depth - 1) for _ in range(self.dice.randrange(4))]
        return {
            self.dice.choice([*FIELDS, "id", "type", "file_id"]): self.anything(depth - 1)
            for _ in range(self.dice.randrange(4))
        }

    def or_anything(self, usual):
        return usual if self.dice.random() < 0.9 else self.anything()

    def person(self):
        return {
            "id": self.or_anything(self.dice.choice([1002, 1004, 777])),
            "is_bot": False,
            "first_name": self.or_anything("M"),
        }

    def message(self):
        chat_id = self.dice.choice([1002, 1004, 777, -1001])
        made = {
            "message_id": self.or_anything(self.dice.randrange(1, 999)), "date": self.or_anything(1796482800),
            "chat": self.or_anything({"id": chat_id, "type": "private" if chat_id > 0 else "group"}),
            "from": self.or_anything(self.person()),
        }  # fmt: skip
        for name in self.dice.sample(FIELDS, self.dice.randrange(3)):
            made[name] = self.anything()
        return made

    def update(self):
        kind = self.dice.choice(KINDS)
        content = self.message()
        if kind == "callback_query":
            content = {"id": "1", "from": self.or_anything(self.person()), "data": self.or_anything("1:lang:bm"),
                       "message": self.or_anything(content), "chat_instance": "1"}  # fmt: skip
        return {kind: self.or_anything(content)}


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("how_many", [1500, pytest.param(100_000, marks=pytest.mark.drill)])
async def test_f6_fuzzed_updates_leave_nothing_unhandled(house, caplog, how_many):
    moussa, nonsense, number = house.phone("Moussa"), Nonsense(), 100_000
    await moussa.settles_in("Français", "🗼 Île-de-France")

    while number < 100_000 + how_many:
        for _ in range(AT_ONCE):
            number += 1
            house.world.push_raw({"update_id": number, **nonsense.update()})
        await house.settled()
    await moussa.types("/aide")  # somebody's nonsense may have changed the language meanwhile

    assert "Villetaneuse" in moussa.text
    assert await house.database.read(inbox.pending) == []
    buried = await house.database.read(lambda session: session.scalar(select(func.count()).select_from(DeadLetter)))
    assert 0 < buried < how_many
    assert not [record for record in caplog.records if record.name == "asyncio"]
    assert {call["error"] for call in house.world.calls if "error" in call} <= MADE_UP
