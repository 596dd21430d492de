"""What a handler receives: who speaks, in which language, and the ways to act and to answer.

One update, one transaction: the business change and « this update is done » commit together, so that
a crash neither loses nor doubles an effect. The answer is sent after the commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.orm import Session
from telegram import Message, Update
from telegram.ext import CallbackContext

from bot import delivery
from bot.domain import inbox, members, outbox, roles
from bot.domain.desk import Desk
from bot.domain.policy import Role, Where
from bot.domain.questions import Said
from bot.errors import Ambiguous, ChatGone, NotSent, Rejected, Throttled
from bot.i18n import Reader
from bot.messages import OutgoingMessage
from db.models import Lane, Member

if TYPE_CHECKING:
    from bot.app import Machine

Result = TypeVar("Result")
REPLY_GIVEN_UP_AFTER = timedelta(minutes=10)
RETRY_SECONDS = (1, 2, 5, 10, 20)
TOGETHER = timedelta(seconds=1)


class Context(CallbackContext[Any, Any, Any, Any]):
    """The hands of a handler; `machine` is set by the dispatcher before any handler runs."""

    incoming: Update
    machine: Machine
    member: Member | None
    is_done: bool

    def prepare(self, update: Update, machine: Machine, member: Member | None) -> None:
        """Learn what this update is about."""
        self.incoming, self.machine, self.member, self.is_done = update, machine, member, False

    # ---- what was said, never None
    @property
    def now(self) -> datetime:
        """Return the present instant, aware, UTC."""
        return self.machine.clock.now()

    @property
    def telegram_id(self) -> int:
        """Return who acts."""
        user = self.incoming.effective_user
        if user is None:
            raise ValueError("an update without a person")
        return user.id

    @property
    def first_name(self) -> str:
        """Return the name they go by on Telegram."""
        return self.incoming.effective_user.first_name if self.incoming.effective_user else ""

    @property
    def chat_id(self) -> int:
        """Return where the answer goes."""
        chat = self.incoming.effective_chat
        return chat.id if chat else self.telegram_id

    @property
    def is_private(self) -> bool:
        """Tell whether nobody else reads this chat."""
        chat, user = self.incoming.effective_chat, self.incoming.effective_user
        return chat is not None and user is not None and chat.id == user.id

    @property
    def role(self) -> Role:
        """Return what whoever acts may do: nothing but a visitor's things before the welcome is over, or when they hide."""
        if self.member is None or members.missing_step(self.member):
            return Role.VISITOR
        return Role(self.member.role)

    @property
    def where(self) -> Where:
        """Return what kind of chat this is."""
        if self.is_private:
            return Where.PRIVATE
        return Where.INBOX if self.chat_id == self.machine.inbox_chat_id else Where.GROUP

    @property
    def argument(self) -> str:
        """Return what stands behind a command, such as the parameter of a deep link; empty when nothing does."""
        message = self.incoming.effective_message
        return (message.text or "").partition(" ")[2].strip()[:64] if message else ""

    @property
    def pressed(self) -> str:
        """Return the data of the pressed button; empty when none was pressed."""
        return str(self.incoming.callback_query.data or "") if self.incoming.callback_query else ""

    @property
    def pressed_under(self) -> int | None:
        """Return the number of the message under which a button was pressed."""
        query = self.incoming.callback_query
        return query.message.message_id if query and query.message else None

    @property
    def message(self) -> Message:
        """Return the message that was sent or edited."""
        message = self.incoming.effective_message
        if not isinstance(message, Message):
            raise ValueError("an update without a message")
        return message

    @property
    def reader(self) -> Reader:
        """Return how to speak to whoever acts, as of now."""
        known = self.member
        return self.machine.words.reader(known.language if known else None, known.place if known else None)

    @property
    def said(self) -> Said:
        """Return the message that was sent, as questions keep it."""
        message = self.message
        return Said(self.chat_id, message.message_id, message.text or message.caption)

    @property
    def desk(self) -> Desk:
        """Return where questions for people go."""
        return self.machine.desk

    # ---- acting
    async def transaction(self, work: Callable[[Session, Member], Result]) -> Result:
        """Run `work(session, member)` in one transaction that also marks this update as done.

        `member` is whoever acts, made known by their first word. One update has one transaction.
        """
        if self.is_done:
            raise RuntimeError("one update, one transaction")
        now, telegram_id, update_id = self.now, self.telegram_id, self.incoming.update_id
        named, vault = self.machine.settings.coordinator_ids, self.machine.vault
        first_name = self.first_name

        def unit(session: Session) -> tuple[Result, Member]:
            inbox.done(session, update_id, now=now)
            is_named = roles.name(session, telegram_id, named=named, vault=vault, now=now)
            member = members.arrive(session, telegram_id, first_name=first_name, is_named=is_named, now=now)
            return work(session, member), member

        result, self.member = await self.machine.database.transaction(unit)
        self.is_done = True
        self.machine.worker.wake()
        return result

    async def commit(self, work: Callable[[Session], Result]) -> Result:
        """Run `work(session)` as `transaction` does, for an update that nobody needs to be known for."""
        if self.is_done:
            raise RuntimeError("one update, one transaction")
        now, update_id = self.now, self.incoming.update_id

        def unit(session: Session) -> Result:
            inbox.done(session, update_id, now=now)
            return work(session)

        result = await self.machine.database.transaction(unit)
        self.is_done = True
        self.machine.worker.wake()
        return result

    async def read(self, work: Callable[[Session], Result]) -> Result:
        """Run `work(session)` on data that may be a moment old."""
        return await self.machine.database.read(work)

    # ---- answering
    async def show(self, screen: OutgoingMessage) -> None:
        """Show a screen: in place when a button of ours was pressed, else as a new message, or as a voice."""
        screen = self._dressed(screen)
        query = self.incoming.callback_query
        pressed_under = query.message if query else None
        if isinstance(pressed_under, Message) and not (
            screen.has_home_key or screen.voice or screen.picture or screen.document or screen.media or screen.keys
        ):
            try:
                await self._call(lambda: delivery.edit(self.bot, self.chat_id, pressed_under.message_id, screen))
                return
            except Rejected:
                pass  # too old to be changed, or never a text: a new message says the same
        await self.say(screen)

    async def say(self, message: OutgoingMessage) -> None:
        """Send a new message, spoken to who would rather listen."""
        dressed = self._dressed(message)
        await self._call(lambda: delivery.send(self.bot, self.chat_id, dressed))

    def _dressed(self, message: OutgoingMessage) -> OutgoingMessage:
        listens = self.member is not None and self.member.listens_first
        return self.machine.voices.dress(message, self.reader, listens=listens)

    async def _call(self, call: Callable[[], Any]) -> None:
        """Make a call patiently; who cannot be reached is noted as such, and nothing more is said."""
        try:
            await self._patiently(call)
        except ChatGone as gone:
            chat_id, why, now = self.chat_id, gone.why, self.now
            await self.machine.database.transaction(lambda session: roles.left(session, chat_id, why, now=now))

    def notice(self, text: str = "") -> None:
        """Let the pressed button rest, perhaps with a short word; the screen never waits for it."""
        query = self.incoming.callback_query
        if query is not None:
            self.machine.later(delivery.answer_press(self.bot, query.id, text))

    async def _patiently(self, call: Callable[[], Any]) -> None:
        """Make a call through pacer and pauses until it succeeds, is refused, is in doubt, or is too late."""
        machine, give_up = self.machine, self.now + REPLY_GIVEN_UP_AFTER
        failures = 0
        while self.now < give_up:
            await machine.pauses.wait(self.chat_id)
            left_at = await machine.pacer.take(self.chat_id, Lane.REPLY)
            try:
                await call()
                return
            except Throttled as throttled:
                await machine.pauses.begin(self.chat_id, throttled.retry_after)
            except Ambiguous:
                return  # a reply is not sent twice: whoever misses it asks again
            except NotSent:
                failures += 1
            finally:
                machine.pacer.landed(left_at)
            if failures:
                await asyncio.sleep(RETRY_SECONDS[min(failures, len(RETRY_SECONDS)) - 1])


class Pauses:
    """The deadlines Telegram has set, for replies: kept in the database, mirrored here to spare a look at each one."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._until: dict[int, datetime] = {}
        self._begun: dict[int, datetime] = {}  # chat → when it was silenced, for those of the last second

    async def load(self) -> None:
        """Read the deadlines that an earlier process was given."""
        self._until = await self._machine.database.read(outbox.pauses)

    async def begin(self, chat_id: int, seconds: int) -> None:
        """Be silent towards this chat; when another was silenced within the second, towards everybody."""
        scope, until = self.note(chat_id, seconds)
        await self._machine.database.transaction(lambda session: outbox.pause(session, scope, until=until))

    def note(self, chat_id: int, seconds: int) -> tuple[int, datetime]:
        """Be silent from now on, here in memory; returns towards whom and until when, for whoever writes it down."""
        now = self._machine.clock.now()
        until = now + timedelta(seconds=seconds)
        # A chat that was silenced for hours says nothing of the others: only together do they mean the whole bot.
        self._begun = {chat: at for chat, at in self._begun.items() if now - at <= TOGETHER} | {chat_id: now}
        scope = outbox.EVERYBODY if len(self._begun) > 1 else chat_id
        self._until[scope] = max(until, self._until.get(scope, until))
        return scope, until

    async def wait(self, chat_id: int) -> None:
        """Wait until this chat may be written to."""
        while True:
            now = self._machine.clock.now()
            self._until = {chat: end for chat, end in self._until.items() if end > now}
            ends = [self._until[scope] for scope in (outbox.EVERYBODY, chat_id) if scope in self._until]
            if not ends:
                return
            await asyncio.sleep(min(1.0, (max(ends) - now).total_seconds()))
