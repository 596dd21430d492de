"""What the bot says where everybody reads, and what coordinators see of groups."""

from __future__ import annotations

from collections.abc import Sequence

from bot import callbacks
from bot.domain import members
from bot.i18n import Reader, Words
from bot.messages import Button, OutgoingMessage
from bot.views import buttons
from bot.views.members import kind_name
from db.models import Chat, ChatState

BOTH = "+"


def in_private(reader: Reader, username: str, screen: str = "") -> OutgoingMessage:
    """Private things continue in private, at the screen that was asked for."""
    payload = f"s-{screen}" if screen else "group"
    button = Button(reader.say("groups.button.private"), url=f"https://t.me/{username}?start={payload}")
    return OutgoingMessage(reader.say("groups.private"), buttons=((button,),))


def hello(words: Words) -> OutgoingMessage:
    """The one notice in a group nobody has linked yet, in every language: we do not know which is spoken there."""
    return OutgoingMessage("\n\n".join(words.reader(code, None).say("groups.hello") for code in words.languages))


def card(chat: Chat, reader: Reader) -> OutgoingMessage:
    """A group as coordinators see it: which languages, which kinds, leave."""
    if chat.state not in (ChatState.WAITING, ChatState.LINKED):
        return OutgoingMessage(reader.say("groups.card.left", title=chat.title), buttons=((buttons.coordination(reader),),))
    leave = Button(reader.say("groups.button.leave"), callbacks.LeaveChat(chat.id).pack(), style="danger")
    languages = _languages(chat, reader)
    if chat.state == ChatState.WAITING:
        text = reader.say("groups.card.waiting", title=chat.title)
        return OutgoingMessage(text, buttons=(*languages, (leave,)))
    names = ", ".join(reader.words.languages[code].name for code in chat.languages if code in reader.words.languages)
    text = reader.say("groups.card.linked", title=chat.title, languages=names)
    kinds = [_kind(chat, kind, reader) for kind in members.KINDS]
    rows = [tuple(kinds[at : at + 2]) for at in range(0, len(kinds), 2)]
    speak = Button(reader.say("groups.button.languages"), callbacks.LinkChat(chat.id, "-").pack())
    return OutgoingMessage(text, buttons=(*rows, (speak,), (leave,), (buttons.coordination(reader),)))


def choose_languages(chat: Chat, reader: Reader) -> OutgoingMessage:
    """In which language shall a linked group be spoken to?"""
    back = Button(reader.say("buttons.back"), callbacks.ShowChat(chat.id).pack())
    return OutgoingMessage(reader.say("groups.languages", title=chat.title), buttons=(*_languages(chat, reader), (back,)))


def _languages(chat: Chat, reader: Reader) -> list[tuple[Button, ...]]:
    """A button a language, and one for all of them."""
    codes = list(reader.words.languages)
    names = [(code, reader.words.languages[code].name) for code in codes]
    if len(codes) > 1:
        names.append((BOTH.join(codes), reader.say("groups.button.both")))
    return [(Button(f"🗣 {name}", callbacks.LinkChat(chat.id, value).pack(), style="success"),) for value, name in names]


def _kind(chat: Chat, kind: str, reader: Reader) -> Button:
    is_on = kind in chat.kinds
    return Button(
        ("🔔 " if is_on else "🔕 ") + kind_name(kind, reader), callbacks.ChatHears(chat.id, int(not is_on), kind).pack()
    )


def listed(chats: Sequence[Chat], reader: Reader) -> OutgoingMessage:
    """The groups the bot is in."""
    rows = [
        (Button(f"{'⏳' if chat.state == ChatState.WAITING else '💬'} {chat.title}"[:32], callbacks.ShowChat(chat.id).pack()),)
        for chat in chats[: buttons.MOST_ROWS]
    ]
    text = reader.say_n("groups.title", len(chats)) if chats else reader.say("groups.none")
    return OutgoingMessage(text, buttons=(*rows, (buttons.coordination(reader),)))
