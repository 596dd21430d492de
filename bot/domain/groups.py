"""Groups and channels: silent until a coordinator links them, left when nobody does, followed when they move."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.domain import audit, members, outbox, policy
from bot.errors import NotFound
from bot.names import visible
from db.models import (
    Announcement,
    Chat,
    ChatState,
    Delivery,
    DeliveryState,
    HelpCall,
    Lane,
    Meeting,
    Member,
    Pause,
    Poll,
    QuestionPost,
)

PATIENCE = timedelta(hours=24)


def added(session: Session, chat_id: int, title: str, *, is_channel: bool, now: datetime) -> Chat:
    """The bot was put into a group: it says so once, asks the coordinators, and leaves in a day unless they link it."""
    chat = session.get(Chat, chat_id)
    if chat is not None and chat.state in (ChatState.WAITING, ChatState.LINKED):
        chat.title = visible(title)[:128]
        return chat
    if chat is None:
        chat = Chat(id=chat_id, kinds=[], languages=[])
        session.add(chat)
    chat.title, chat.is_channel, chat.added_at, chat.leaves_at = visible(title)[:128], is_channel, now, now + PATIENCE
    chat.state = ChatState.WAITING
    session.flush()
    if not is_channel:
        outbox.put(session, chat_id=chat_id, view="groups.hello", lane=Lane.REPLY, now=now)
    for one in members.coordinators(session):
        outbox.put(session, chat_id=one.telegram_id, member_id=one.id, view="groups.card", lane=Lane.REMINDER, now=now,
                   values={"chat_id": chat_id}, subject_id=chat_id)  # fmt: skip
    return chat


def meet(session: Session, chat_id: int, title: str, *, now: datetime) -> None:
    """Notice a group the bot is in without anybody having told it: added before these tables, or the news was lost."""
    if session.get(Chat, chat_id) is None:
        added(session, chat_id, title, is_channel=False, now=now)


def removed(session: Session, chat_id: int, *, now: datetime) -> None:
    """The bot is in a group no more: nothing is sent there."""
    chat = session.get(Chat, chat_id)
    if chat is not None and chat.state != ChatState.MOVED:
        chat.state, chat.leaves_at = ChatState.LEFT, None
        outbox.cancel_for_chat(session, chat_id, now=now, reason="left")


def linked(session: Session) -> list[Chat]:
    """Return the groups messages may go to."""
    return [chat for chat in known(session) if is_linked(session, chat.id)]


def found(session: Session, chat_id: int) -> Chat:
    """Return a group the bot is in; raises NotFound."""
    chat = session.get(Chat, chat_id)
    if chat is not None and chat.moved_to is not None:
        chat = session.get(Chat, chat.moved_to)
    if chat is None or chat.state not in (ChatState.WAITING, ChatState.LINKED):
        raise NotFound("groups.gone")
    return chat


def is_linked(session: Session, chat_id: int) -> bool:
    """Tell whether a coordinator has let the bot speak in a group."""
    chat = session.get(Chat, chat_id)
    return chat is not None and chat.state == ChatState.LINKED


def known(session: Session) -> list[Chat]:
    """Return the groups the bot is in, by name."""
    rows = select(Chat).where(Chat.state.in_((ChatState.WAITING, ChatState.LINKED))).order_by(Chat.title, Chat.id)
    return list(session.scalars(rows))


def speak(session: Session, actor: Member, chat_id: int, languages: Collection[str], *, now: datetime) -> Chat:
    """Link a group: it gets messages in these languages, of every kind until told otherwise. Raises NotFound."""
    policy.require(actor.role, "groups.link")
    chat = found(session, chat_id)
    chat.languages = list(languages)
    if chat.state == ChatState.WAITING:
        chat.state, chat.leaves_at, chat.linked_by, chat.kinds = ChatState.LINKED, None, actor.id, list(members.KINDS)
        audit.note(session, actor, "groups.linked", f"chat {chat.id}", now=now)
    outbox.redraw(session, "groups.card", chat.id, now=now)
    return chat


def hear(session: Session, actor: Member, chat_id: int, kind: str, *, is_wanted: bool, now: datetime) -> Chat:
    """Let a group get a kind of message, or no more. Raises NotFound."""
    policy.require(actor.role, "groups.link")
    chat = found(session, chat_id)
    if kind not in members.KINDS:
        raise NotFound("errors.old_button")
    chat.kinds = [one for one in members.KINDS if (is_wanted if one == kind else one in chat.kinds)]
    outbox.redraw(session, "groups.card", chat_id, now=now)
    return chat


def leave(session: Session, actor: Member | None, chat_id: int, *, now: datetime) -> Chat:
    """Leave a group, because a coordinator says so or because nobody has linked it. Raises NotFound."""
    if actor is not None:
        policy.require(actor.role, "groups.link")
    chat = found(session, chat_id)
    chat.state, chat.leaves_at = ChatState.LEFT, None
    outbox.cancel_for_chat(session, chat_id, now=now, reason="left")
    outbox.put(session, chat_id=chat_id, view="groups.leave", lane=Lane.REPLY, now=now)
    outbox.redraw(session, "groups.card", chat_id, now=now)
    audit.note(session, actor, "groups.left", f"chat {chat_id}", now=now)
    return chat


def leave_unlinked(session: Session, *, now: datetime) -> None:
    """Leave the groups nobody has linked in a day."""
    due = select(Chat.id).where(Chat.state == ChatState.WAITING, Chat.leaves_at <= now)
    for chat_id in session.scalars(due).all():
        leave(session, None, chat_id, now=now)


def move(session: Session, old_id: int, new_id: int, *, now: datetime) -> bool:
    """A group became a supergroup: everything goes on under its new number; False when that was known.

    Telegram tells it up to three times (in either chat, and as a refusal): each of them may come first.
    """
    old = _kept(session, old_id, now)
    if old.state == ChatState.MOVED:
        _carry_over(session, old_id, new_id)  # what was in flight meanwhile, and has come back
        return False
    new = _kept(session, new_id, now)
    if old.state != ChatState.LEFT:
        new.title, new.state, new.kinds, new.languages = old.title, old.state, old.kinds, old.languages
        new.linked_by, new.leaves_at, new.added_at = old.linked_by, old.leaves_at, old.added_at
    else:
        new.title = new.title or old.title
    old.state, old.moved_to, old.leaves_at = ChatState.MOVED, new_id, None
    session.flush()
    _carry_over(session, old_id, new_id)
    session.execute(update(QuestionPost).where(QuestionPost.chat_id == old_id).values(chat_id=new_id))
    for card in session.scalars(select(Delivery).where(Delivery.view == "groups.card", Delivery.subject_id == old_id)):
        card.subject_id, card.values = new_id, {**card.values, "chat_id": new_id}
    outbox.redraw(session, "groups.card", new_id, now=now)
    pause = session.get(Pause, old_id)
    if pause is not None:
        outbox.pause(session, new_id, until=pause.until)
    return True


def _kept(session: Session, chat_id: int, now: datetime) -> Chat:
    """Return a group, made where nobody knew it, kept from others: who is told and who is refused may move it at once."""
    found = session.get(Chat, chat_id, populate_existing=True, with_for_update=True)
    if found is not None:
        return found
    made = Chat(id=chat_id, title="", is_channel=False, state=ChatState.LEFT, kinds=[], languages=[], added_at=now)
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:  # another one was faster
        return _kept(session, chat_id, now)
    return made


def _carry_over(session: Session, old_id: int, new_id: int) -> None:
    """What has not arrived under the old number goes to the new one; what will be sent there later too."""
    waiting = Delivery.state.in_((DeliveryState.QUEUED, DeliveryState.HELD, DeliveryState.AMBIGUOUS))
    resent = (Delivery.state == DeliveryState.CANCELLED) & (Delivery.reason == outbox.STOPPED)
    session.execute(update(Delivery).where(Delivery.chat_id == old_id, waiting | resent).values(chat_id=new_id))
    aimed: list[Announcement | Meeting | HelpCall | Poll] = [
        *session.scalars(select(Announcement)), *session.scalars(select(Meeting)), *session.scalars(select(HelpCall)),
        *session.scalars(select(Poll)),
    ]  # fmt: skip
    for one in aimed:
        if old_id in one.groups:
            one.groups = [new_id if chat_id == old_id else chat_id for chat_id in one.groups]


def moves(session: Session) -> dict[int, int]:
    """Return old number → present number of the groups that have moved."""
    return {chat.id: chat.moved_to for chat in session.scalars(select(Chat).where(Chat.moved_to.is_not(None))) if chat.moved_to}
