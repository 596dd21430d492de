"""What a view is made with: one delivery, its reader, and what this moment knows."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy.orm import Session

from bot.domain import broadcasts
from bot.domain.outbox import Parcel
from bot.i18n import Reader, Words
from bot.knowledge import Entry, Knowledge
from bot.messages import CommandMenu, Leaving, OutgoingMessage, TakeBack
from bot.views import desk as desk_views
from bot.voices import Voices
from db.models import Chat, Delivery, Member, Question

Rendered = OutgoingMessage | CommandMenu | Leaving | TakeBack | None
Known = TypeVar("Known")


@dataclass(frozen=True)
class Stage:
    """What views are made with: words, what is known, voices; whether questions have topics; how many we send a second."""

    words: Words
    knowledge: Knowledge
    voices: Voices
    has_topics: bool
    username: str = ""
    opened: Callable[[str | None], str | None] = lambda sealed: None
    pace: float = 30.0


class Turn:
    """What is the same for all messages made in one turn: asked of the database once, for all chats of that turn."""

    def __init__(self, chat_ids: Collection[int] = (), member_ids: Collection[int] = ()) -> None:
        self.chat_ids, self.member_ids = chat_ids, member_ids
        self._known: dict[Hashable, Any] = {}

    def once(self, key: Hashable, ask: Callable[[], Known]) -> Known:
        """Return what `ask` returned the first time in this turn; `key` names it, and nothing else."""
        if key not in self._known:
            self._known[key] = ask()
        return cast("Known", self._known[key])


@dataclass(frozen=True)
class Moment:
    """One delivery being rendered."""

    session: Session
    delivery: Parcel | Delivery
    reader: Reader
    stage: Stage
    now: datetime
    member: Member | None = None
    listens: bool = False
    turn: Turn = field(default_factory=Turn)

    @property
    def values(self) -> dict[str, Any]:
        """Return what was queued with it."""
        return self.delivery.values

    @property
    def edits(self) -> int | None:
        """Return the number of the message that takes this form; None when it is sent anew."""
        copy = self.session.get(Delivery, self.values["redraws"]) if "redraws" in self.values else None
        return copy.message_id if copy else self.values.get("edits")

    @property
    def has_lost_its_copy(self) -> bool:
        """Tell whether it would redraw a copy that has not arrived: that one will show by itself how things are."""
        return "redraws" in self.values and self.edits is None

    def name(self, key: str) -> str:
        """Return the first name of whoever a value means; empty for nobody, and for who has been erased."""
        member = self.session.get(Member, self.values[key]) if self.values.get(key) else None
        return member.first_name if member else ""

    def copy_of(self, view: str) -> Delivery | None:
        """Return the copy of that view and the same subject that has arrived in this chat."""
        subject_id, chat_ids = self.delivery.subject_id or 0, self.turn.chat_ids or (self.delivery.chat_id,)
        copies = self.turn.once((view, subject_id), lambda: broadcasts.copies_in(self.session, view, subject_id, chat_ids))
        return copies.get(self.delivery.chat_id)

    def question(self) -> Question | None:
        """Return the question it is about."""
        return self.session.get(Question, self.values["question_id"])

    def entry(self, name: str | None) -> Entry | None:
        """Return an entry that is still known."""
        return self.stage.knowledge.entries.get(name or "")


View = Callable[[Moment], Rendered]


def erased(moment: Moment) -> Rendered:
    """A card whose person is gone says so where it stands; it is not sent anew."""
    return dataclasses.replace(desk_views.erased(moment.reader), edits=moment.edits) if moment.edits else None


def readers_of_group(moment: Moment) -> list[Reader]:
    """The languages a group reads, each as a reader; ours when it has none."""
    chat = moment.session.get(Chat, moment.delivery.chat_id)
    codes: list[str | None] = [str(code) for code in chat.languages] if chat and chat.languages else [None]
    return [moment.stage.words.reader(code, None) for code in codes]


def in_place(moment: Moment, view: str, rendered: Rendered) -> Rendered:
    """What stands in a chat already takes this form."""
    copy = moment.copy_of(view)
    if copy is None or copy.message_id is None or not isinstance(rendered, OutgoingMessage):
        return None
    return dataclasses.replace(rendered, edits=copy.message_id, before=(), place=None)
