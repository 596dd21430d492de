"""Groups: silent unless called, nothing private, continued in private; linked by a coordinator, or left."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session
from telegram import Chat as TelegramChat
from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot import callbacks
from bot.context import Context
from bot.domain import groups
from bot.errors import NotFound
from bot.views import groups as views
from db.models import Chat, Member
from handlers.doors import action

_CALLED = filters.ChatType.GROUPS & filters.UpdateType.MESSAGE & (filters.COMMAND | filters.Entity("mention"))
_ELSEWHERE = filters.ChatType.GROUPS | filters.ChatType.CHANNEL
# A command called in a group → the screen it continues at in private.
_SCREENS = {
    "aide": "help", "help": "help", "deme": "help",
    "question": "questions", "nyininkali": "questions",
    "moi": "me", "me": "me", "ne": "me",
    "langue": "language", "language": "language", "kan": "language",
    "lieu": "place", "place": "place", "yoro": "place",
    "documents": "documents", "sebenw": "documents",
    "questions": "waiting", "connaissances": "knowledge", "voix": "voices", "statistiques": "statistics",
    "membres": "directory", "members": "directory", "tondenw": "directory", "appeler": "call",
    "inviter": "invite", "invite": "invite", "wele": "invite", "groupes": "groups", "coordination": "coordination",
    "mesdonnees": "data", "mydata": "data", "effacer": "privacy",
}  # fmt: skip


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CommandHandler(("groupes", "groups", "kuluw"), show_known),
        CallbackQueryHandler(show_chat, callbacks.ShowChat.pattern()),
        CallbackQueryHandler(link, callbacks.LinkChat.pattern()),
        CallbackQueryHandler(chat_hears, callbacks.ChatHears.pattern()),
        CallbackQueryHandler(leave, callbacks.LeaveChat.pattern()),
        MessageHandler(filters.StatusUpdate.MIGRATE, moved),
        MessageHandler(_CALLED, called),
        MessageHandler(_ELSEWHERE, overheard),
    ]


@action("groups.called")
async def called(update: Update, context: Context) -> None:
    """Somebody called the bot in a group: a button leads to the same screen in private. Silent where nobody has linked it."""
    chat = context.message.chat
    is_inbox = chat.id == context.machine.inbox_chat_id
    if not is_inbox and not await context.read(lambda session: groups.is_linked(session, chat.id)):
        await context.commit(lambda session: groups.meet(session, chat.id, chat.title or "", now=context.now))
        return
    if not _is_for_us(context):
        return
    command = (context.message.text or "").removeprefix("/").split("@")[0].split(" ")[0].lower()
    await context.say(views.in_private(context.reader, context.bot.username, _SCREENS.get(command, "")))


def _is_for_us(context: Context) -> bool:
    """Tell whether a command or a mention means this bot and not another one, nor a person."""
    said = (context.message.text or context.message.caption or "").lower()
    own = f"@{context.bot.username}".lower()
    return own in said or (said.startswith("/") and "@" not in said.split()[0])


@action("groups.called")
async def overheard(update: Update, context: Context) -> None:
    """What is not said to the bot stays unread."""


async def come_or_go(chat: TelegramChat, context: Context, *, is_gone: bool) -> None:
    """The bot was put into a group or channel, or taken out; the coordinators' own for questions needs no linking."""
    if chat.id == context.machine.inbox_chat_id:
        return

    def note(session: Session) -> None:
        if is_gone:
            groups.removed(session, chat.id, now=context.now)
        else:
            groups.added(session, chat.id, chat.title or "", is_channel=chat.type == chat.CHANNEL, now=context.now)

    await context.commit(note)


@action("groups.called")
async def moved(update: Update, context: Context) -> None:
    """A group became a supergroup; Telegram says so in both."""
    message = context.message
    old_id, new_id = (
        (context.chat_id, message.migrate_to_chat_id)
        if message.migrate_to_chat_id
        else (message.migrate_from_chat_id, context.chat_id)
    )
    if old_id and new_id:
        await context.commit(lambda session: groups.move(session, old_id, new_id, now=context.now))
        context.machine.moved(old_id, new_id)


# ---- linking
@action("groups.link")
async def show_known(update: Update, context: Context) -> None:
    """/groupes."""
    await context.show(views.listed(await context.read(groups.known), context.reader))


@action("groups.link")
async def show_chat(update: Update, context: Context) -> None:
    """One of them."""
    press = callbacks.ShowChat.parse(context.pressed)
    chat = await context.read(lambda session: groups.found(session, press.chat_id))
    context.notice()
    await context.show(views.card(chat, context.reader))


@action("groups.link")
async def link(update: Update, context: Context) -> None:
    """In which languages? Then: in these."""
    press = callbacks.LinkChat.parse(context.pressed)
    if press.languages == "-":
        chat = await context.read(lambda session: groups.found(session, press.chat_id))
        context.notice()
        await context.show(views.choose_languages(chat, context.reader))
        return
    codes = press.languages.split(views.BOTH)
    if not set(codes) <= set(context.machine.words.languages):
        raise NotFound("errors.old_button")

    def speak(session: Session, member: Member) -> Chat:
        return groups.speak(session, member, press.chat_id, codes, now=context.now)

    chat = await context.transaction(speak)
    context.notice()
    await context.show(views.card(chat, context.reader))


@action("groups.link")
async def chat_hears(update: Update, context: Context) -> None:
    """A kind was switched on or off for a group."""
    press = callbacks.ChatHears.parse(context.pressed)
    chat = await context.transaction(
        lambda session, member: groups.hear(
            session, member, press.chat_id, press.kind, is_wanted=bool(press.is_wanted), now=context.now
        )
    )
    context.notice()
    await context.show(views.card(chat, context.reader))


@action("groups.link")
async def leave(update: Update, context: Context) -> None:
    """« Leave this group »."""
    press = callbacks.LeaveChat.parse(context.pressed)
    chat = await context.transaction(lambda session, member: groups.leave(session, member, press.chat_id, now=context.now))
    context.notice()
    await context.show(views.card(chat, context.reader))
