"""Announcing: written, looked at as they will see it, sent, watched, mended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session
from telegram import Message, Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler

from bot import callbacks, dates
from bot.context import Context
from bot.domain import announced, announcements, audiences, drafts, groups, policy
from bot.domain.announcements import Changed, Content, Doubtful
from bot.errors import NotFound, Outdated, Refusal
from bot.i18n import Words
from bot.messages import OutgoingMessage
from bot.views import announcement_copies as copy_views
from bot.views import announcements as views
from db.models import Announcement, AnnouncementState, AnnouncementText, Chat, Draft, Member
from handlers import announcement_copies as copies
from handlers.doors import action

WRITE, SPEAK, WHEN, CORRECT = "announce", "announce_voice", "announce_when", "announce_correct"
SAY, WORDS = "say", "words"  # what it says is waited for; its files have come, words may follow
FURTHEST_PAGE = 1000
THINKING = timedelta(days=4)  # three days of thinking, and the morning after


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CommandHandler(("annonces", "annoncer", "laseliw"), show_menu),
        CallbackQueryHandler(new, callbacks.NewAnnouncement.pattern()),
        CallbackQueryHandler(turn_page, callbacks.ListAnnouncements.pattern()),
        CallbackQueryHandler(show, callbacks.ShowAnnouncement.pattern()),
        CallbackQueryHandler(ask_content, callbacks.WriteAnnouncement.pattern()),
        CallbackQueryHandler(ask_voice, callbacks.SpeakAnnouncement.pattern()),
        CallbackQueryHandler(aim, callbacks.AimAnnouncement.pattern()),
        CallbackQueryHandler(classify, callbacks.ClassAnnouncement.pattern()),
        CallbackQueryHandler(choose_time, callbacks.TimeAnnouncement.pattern()),
        CallbackQueryHandler(preview, callbacks.PreviewAnnouncement.pattern()),
        CallbackQueryHandler(send_to_me, callbacks.TryAnnouncement.pattern()),
        CallbackQueryHandler(send, callbacks.SendAnnouncement.pattern()),
        CallbackQueryHandler(undo, callbacks.UndoAnnouncement.pattern()),
        CallbackQueryHandler(pause, callbacks.PauseAnnouncement.pattern()),
        CallbackQueryHandler(stop, callbacks.StopAnnouncement.pattern()),
        CallbackQueryHandler(resend, callbacks.ResendAnnouncement.pattern()),
        CallbackQueryHandler(nudge, callbacks.NudgeAnnouncement.pattern()),
        CallbackQueryHandler(ask_correction, callbacks.CorrectAnnouncement.pattern()),
        CallbackQueryHandler(tell_anew, callbacks.TellAnew.pattern()),
        CallbackQueryHandler(withdraw, callbacks.WithdrawAnnouncement.pattern()),
        CallbackQueryHandler(repeat, callbacks.RepeatAnnouncement.pattern()),
        CallbackQueryHandler(drop, callbacks.DropAnnouncement.pattern()),
        CallbackQueryHandler(list_missed, callbacks.ListMissed.pattern()),
    ]


# ---- finding them
@action("announcements.look")
async def show_menu(update: Update, context: Context) -> None:
    """What was announced; whoever may write also finds drafts and « new »."""
    await _list(0, context)


@action("announcements.look")
async def turn_page(update: Update, context: Context) -> None:
    """The next page of them."""
    page = callbacks.ListAnnouncements.parse(context.pressed).page
    context.notice()
    await _list(max(0, min(page, FURTHEST_PAGE)), context)


async def _list(page: int, context: Context) -> None:
    member, reader = context.member, context.reader
    if member is None:
        raise Outdated("errors.old_button")
    writes = policy.may(context.role, "announcements.write")

    def look(session: Session) -> list[views.Titled]:
        found = announcements.listed(session, page=page) if writes else announced.archive(session, member, page=page)
        return [(one, copy_views.title_of(announcements.texts(session, one), reader)) for one in found]

    await context.show(views.menu(await context.read(look), reader, writes=writes, page=page))


@action("announcements.look")
async def show(update: Update, context: Context) -> None:
    """One of them: the draft's board, the progress, the report; a member reads it once more."""
    number, shown_in = callbacks.ShowAnnouncement.parse(context.pressed).announcement_id, context.pressed_under
    if shown_in is not None and policy.may(context.role, "announcements.write"):
        chat_id = context.chat_id
        await context.transaction(
            lambda session, member: announcements.watched_in(session, member, number, chat_id=chat_id, message_id=shown_in)
        )
    context.notice()
    await show_one(number, context)


async def show_one(number: int, context: Context) -> None:
    """Show an announcement as it stands to whoever may see that."""
    if not policy.may(context.role, "announcements.write"):
        await copies.read(number, None, context)
        return
    announcement = await context.read(lambda session: announcements.found(session, number))
    if announcement.state in (AnnouncementState.DRAFT, AnnouncementState.HELD):
        await context.show(views.board(await _board(number, context), context.reader))
    elif announcement.state == AnnouncementState.SCHEDULED:
        await context.show(views.scheduled(announcement, await _title(number, context), context.reader))
    else:
        await context.show(await _progress(number, context))


def _forms(session: Session, announcement: Announcement, words: Words) -> list[copy_views.Form]:
    said = announcements.texts(session, announcement)
    return copy_views.forms(announcement, said, audiences.groups(session, announcement), words)


def _require_room(forms: Sequence[copy_views.Form], was: Sequence[copy_views.Form] = ()) -> None:
    """Raise Refusal for what Telegram would refuse to send, or to put in the place of what stands there."""
    over = copy_views.excess(forms, was)
    if over is not None:
        raise Refusal("announcements.too_long", where=over[0], over=over[1])


async def _board(number: int, context: Context) -> views.Board:
    words = context.machine.words

    def look(session: Session) -> views.Board:
        announcement = announcements.found(session, number)
        said = announcements.texts(session, announcement)
        wants = [code for code, text in said.items() if announcements.wants_voice(text)]
        links, forms = announcements.links(session, announcement), _forms(session, announcement, words)
        revision = announcements.revision(session, announcement)
        count = audiences.count(session, announcement)
        return views.Board(announcement, said, count, wants, links, forms, revision)

    return await context.read(look)


async def _title(number: int, context: Context) -> str:
    return copy_views.title_of(await _texts(number, context), context.reader)


async def _texts(number: int, context: Context) -> dict[str, AnnouncementText]:
    return await context.read(lambda session: announcements.texts(session, announcements.found(session, number)))


async def _progress(number: int, context: Context) -> OutgoingMessage:
    now, reader, pace = context.now, context.reader, float(context.machine.settings.messages_per_second)

    def look(session: Session) -> OutgoingMessage:
        announcement = announcements.found(session, number)
        title = copy_views.title_of(announcements.texts(session, announcement), reader)
        found = announced.report(session, announcement)
        undo = announcements.undo_lasts(announcement, found.states, now=now)
        ahead = announced.ahead(session, announcement, pace=pace, now=now)
        return views.progress(announcement, found, title, reader, undo=undo, ahead=ahead, now=now)

    return await context.read(look)


# ---- writing
@action("announcements.write")
async def new(update: Update, context: Context) -> None:
    """Something new: what shall it say? It begins with what comes: whoever changes their mind leaves nothing behind."""
    callbacks.NewAnnouncement.parse(context.pressed)
    language = context.reader.language.code

    def begin(session: Session, member: Member) -> None:
        drafts.put(
            session, member, kind=WRITE, step=SAY, now=context.now, announcement_id=None, language=language, was="",
            refused=None,
        )  # fmt: skip

    await context.transaction(begin)
    context.notice()
    await context.show(views.ask_content(language, context.reader))


@action("announcements.write")
async def ask_content(update: Update, context: Context) -> None:
    """In this language: what shall it say?"""
    press = callbacks.WriteAnnouncement.parse(context.pressed)
    await _await(WRITE, press.announcement_id, press.language, context)
    await context.say(views.ask_content(press.language, context.reader))


@action("announcements.write")
async def ask_voice(update: Update, context: Context) -> None:
    """In this language: who says it?"""
    press = callbacks.SpeakAnnouncement.parse(context.pressed)
    await _await(SPEAK, press.announcement_id, press.language, context)
    await context.say(views.ask_voice(press.language, announcements.LONGEST_VOICE_SECONDS, context.reader))


async def _await(kind: str, number: int, language: str, context: Context) -> None:
    """Let the next message be part of an announcement. Raises NotFound for a language nobody speaks."""
    if language not in context.machine.words.languages:
        raise NotFound("errors.old_button")

    def begin(session: Session, member: Member) -> None:
        said = announcements.texts(session, announcements.found(session, number))
        was = announcements.sign_of(said.get(language))
        drafts.put(
            session, member, kind=kind, step=SAY, now=context.now, announcement_id=number, language=language, was=was,
            refused=None,
        )  # fmt: skip

    await context.transaction(begin)
    context.notice()


async def content_step(update: Update, context: Context, draft: Draft) -> None:
    """What it says has come, of whatever kind; an album comes picture by picture and is shown once."""
    language, content = draft.content["language"], content_of(context.message)
    if content is None:
        await context.say(views.ask_content(language, context.reader))
        return

    if content.album is not None and content.album == draft.content.get("refused"):
        return  # the rest of an album of which the first picture was asked about
    words = context.machine.words

    def keep(session: Session, member: Member) -> tuple[int, bool | None]:
        number = draft.content["announcement_id"] or announcements.begin(session, member, now=context.now).id
        row = session.get(AnnouncementText, (number, language))
        goes_on = content.album is not None and row is not None and row.album == content.album
        joins, is_theirs = draft.step == WORDS, announcements.sign_of(row)
        if not (goes_on or joins) and is_theirs != draft.content.get("was", is_theirs):
            drafts.put(session, member, kind=WRITE, step=SAY, now=context.now, was=is_theirs, refused=content.album)
            return number, None
        row = announcements.write(session, member, number, language, content, joins=joins, now=context.now)
        written = announcements.found(session, number)
        _require_room(copy_views.forms(written, announcements.texts(session, written), (), words, (language,)))
        if content.album is not None or (content.media and not row.text):
            drafts.put(session, member, kind=WRITE, step=WORDS, now=context.now, announcement_id=number)
        else:
            drafts.drop(session, member, kind=WRITE)
        return number, goes_on

    number, goes_on = await context.transaction(keep)
    if goes_on is None:
        await context.say(views.overwrites(await _texts(number, context), language, context.reader))
    elif not goes_on:
        shown = await _board(number, context)
        may_have_words, tells_where = bool(content.media) and not content.text, is_picture_file(context.message)
        await context.say(views.board(shown, context.reader, may_have_words=may_have_words, tells_where=tells_where))


def content_of(message: Message) -> Content | None:
    """Return what a message says as markup, and its file; None for what cannot be announced (a place, a poll, a sticker)."""
    text = message.text_html if message.text else message.caption_html if message.caption else ""
    files = {
        "photo": message.photo[-1].file_id if message.photo else None,
        "video": message.video.file_id if message.video else None,
        "document": message.document.file_id if message.document else None,
        "audio": message.audio.file_id if message.audio else None,
        "voice": message.voice.file_id if message.voice else None,
    }
    media = next(((kind, file_id) for kind, file_id in files.items() if file_id), None)
    if not text and media is None:
        return None
    seconds = message.voice.duration if message.voice else 0
    whole = int(seconds.total_seconds()) if isinstance(seconds, timedelta) else seconds
    return Content(text, media, message.media_group_id, whole)


def is_picture_file(message: Message) -> bool:
    """Tell whether it is a picture sent as a file: Telegram leaves in it where it was taken (FAULTS, G11)."""
    return bool(message.document and (message.document.mime_type or "").startswith(("image/", "video/")))


async def voice_step(update: Update, context: Context, draft: Draft) -> None:
    """The voice has come, or something else, and we go on waiting."""
    number, language, content = draft.content["announcement_id"], draft.content["language"], content_of(context.message)
    if content is None or content.media is None or content.media[0] != "voice":
        await context.say(views.ask_voice(language, announcements.LONGEST_VOICE_SECONDS, context.reader))
        return
    file_id, seconds = content.media[1], content.seconds

    def keep(session: Session, member: Member) -> None:
        announced.speak(session, member, number, language, file_id, seconds, now=context.now)
        drafts.drop(session, member, kind=SPEAK)

    await context.transaction(keep)
    await show_one(number, context)


@action("announcements.write")
async def aim(update: Update, context: Context) -> None:
    """For whom: what to choose from, or one of them in or out."""
    press = callbacks.AimAnnouncement.parse(context.pressed)
    if press.what and press.value:
        await _aimed(press, context)
    context.notice()
    shown = await _board(press.announcement_id, context)
    if press.what in ("places", "roles", "groups"):
        chats = await context.read(groups.linked) if press.what == "groups" else []
        await context.show(views.choose(shown, press.what, chats, context.reader))
    else:
        await context.show(views.audience(shown, context.reader))


async def _aimed(press: callbacks.AimAnnouncement, context: Context) -> None:
    known = {"places": [*context.machine.words.places], "roles": [str(role) for role in audiences.INSIDE]}
    if press.what in known and press.value not in known[press.what]:
        raise Outdated("errors.old_button")
    if press.what == "groups" and not press.value.removeprefix("-").isdecimal():
        raise Outdated("errors.old_button")
    await context.transaction(
        lambda session, member: announcements.aim(
            session, member, press.announcement_id, press.what, press.value, is_wanted=bool(press.is_wanted), now=context.now
        )
    )


@action("announcements.write")
async def classify(update: Update, context: Context) -> None:
    """What it is about, and whether it may wake people."""
    press = callbacks.ClassAnnouncement.parse(context.pressed)
    await context.transaction(
        lambda session, member: announcements.set_kind(
            session, member, press.announcement_id, press.kind, is_urgent=bool(press.is_urgent), now=context.now
        )
    )
    context.notice()
    await context.show(views.audience(await _board(press.announcement_id, context), context.reader))


# ---- when
@action("announcements.write")
async def choose_time(update: Update, context: Context) -> None:
    """When: now, a day, then its hour; or typed in the next message."""
    press = callbacks.TimeAnnouncement.parse(context.pressed)
    announcement = await context.read(lambda session: announcements.found(session, press.announcement_id))
    zone = context.reader.place.time_zone
    if press.when == "ask":
        await _await(WHEN, announcement.id, context.reader.language.code, context)
        days = dates.days_from(context.now, zone, views.DAYS)
        has_evening = context.now.astimezone(zone).hour < 19
        await context.show(views.when(announcement, days, context.reader, has_evening=has_evening))
        return
    if press.when == "now":
        await _set_time(announcement.id, None, context)
        context.notice()
        return
    try:
        if "T" not in press.when:
            context.notice()
            await context.show(views.hours(announcement, date.fromisoformat(press.when), context.reader))
            return
        meant = datetime.fromisoformat(press.when)
    except ValueError:
        raise Outdated("errors.old_button") from None
    wall = dates.Wall(meant.date(), time(meant.hour, meant.minute))
    if dates.is_gap(wall, zone):
        raise Refusal("dates.gap")
    await _set_time(announcement.id, wall, context)
    context.notice()


async def when_step(update: Update, context: Context, draft: Draft) -> None:
    """An hour was typed: understood, echoed with its weekday on the board, or asked again."""
    zone = context.reader.place.time_zone
    meant = dates.read(context.message.text or "", now=context.now, zone=zone)
    if isinstance(meant, dates.Unclear):
        await context.say(views.unclear(meant.why, context.reader))
        return
    await _set_time(draft.content["announcement_id"], meant, context)


async def _set_time(number: int, wall: dates.Wall | None, context: Context) -> None:
    zone = context.reader.place.time_zone
    send_at = dates.instant(wall, zone) if wall else None
    written = f"{wall.day.isoformat()}T{wall.hour:%H:%M}" if wall else None

    def keep(session: Session, member: Member) -> None:
        drafts.drop(session, member, kind=WHEN)
        announcements.schedule(session, member, number, wall=written, time_zone=zone.key, send_at=send_at, now=context.now)

    await context.transaction(keep)
    await context.show(views.board(await _board(number, context), context.reader))


# ---- sending
@action("announcements.write")
async def preview(update: Update, context: Context) -> None:
    """As they will see it, in each language and group, byte for byte; then for how many, and the green button."""
    await _preview(callbacks.PreviewAnnouncement.parse(context.pressed).announcement_id, context)


async def _preview(number: int, context: Context, *, has_changed: bool = False) -> None:
    shown, words = await _board(number, context), context.machine.words
    if not shown.texts:
        raise Refusal("announcements.says_nothing")
    _require_room(shown.forms)
    context.notice()
    for code in [code for code in words.languages if code in shown.texts or shown.count.by_language.get(code)]:
        reader = words.reader(code, context.member.place if context.member else None)
        copy = copy_views.chosen(shown.announcement, shown.texts, reader)
        if copy is not None:
            await context.say(copy_views.copy(copy, reader))
    desk, now = context.desk, context.now

    def look(session: Session) -> tuple[list[Chat], int]:
        waits = announcements.waits(session, shown.announcement, desk, now=now)
        return audiences.groups(session, shown.announcement), waits

    groups, waits = await context.read(look)
    for message in copy_views.in_groups(shown.texts, groups, words):
        await context.say(message)
    await context.say(views.ready(shown, waits, context.reader, has_changed=has_changed))


@action("announcements.write")
async def send_to_me(update: Update, context: Context) -> None:
    """To whoever prepares it alone, as they would get it: in their language, heard first where they would rather listen."""
    shown = await _board(callbacks.TryAnnouncement.parse(context.pressed).announcement_id, context)
    listens = context.member is not None and context.member.listens_first
    mine = copy_views.chosen(shown.announcement, shown.texts, context.reader, listens=listens)
    if mine is None:
        raise Refusal("announcements.says_nothing")
    context.notice()
    await context.say(copy_views.copy(mine, context.reader))


@action("announcements.send")
async def send(update: Update, context: Context) -> None:
    """« Send »: what has changed is shown anew, what may not be meant is asked about once; then it goes, exactly once."""
    press = callbacks.SendAnnouncement.parse(context.pressed)
    number, desk = press.announcement_id, context.desk
    shown_in = context.pressed_under

    words = context.machine.words

    def confirm(session: Session, member: Member) -> Announcement:
        drafts.drop(session, member, kind=WRITE)
        _require_room(_forms(session, announcements.found(session, number), words))
        confirmed = announcements.confirm(
            session, member, number, desk=desk, seen=press.revision, sure_of=press.sure_of, now=context.now
        )
        confirmed.progress_chat_id, confirmed.progress_message_id = context.chat_id, shown_in
        return confirmed

    try:
        await context.transaction(confirm)
    except Changed:
        await _preview(number, context, has_changed=True)
        return
    except Doubtful as doubtful:
        await _ask_first(number, doubtful.doubts, context)
        return
    context.notice()
    await show_one(number, context)


async def _ask_first(number: int, doubts: announcements.Doubt, context: Context) -> None:
    """Say what makes one doubt whether it is meant."""
    shown, now = await _board(number, context), context.now
    woken, more = await context.read(lambda session: announcements.woken(session, shown.announcement, context.desk, now=now))
    context.notice()
    await context.show(views.doubtful(shown, doubts, woken, more, context.reader))


@action("announcements.send")
async def undo(update: Update, context: Context) -> None:
    """Within thirty seconds, or before its hour: it is a draft again."""
    number = callbacks.UndoAnnouncement.parse(context.pressed).announcement_id
    await context.transaction(lambda session, member: announcements.undo(session, member, number, now=context.now))
    context.notice()
    await show_one(number, context)


@action("announcements.send")
async def pause(update: Update, context: Context) -> None:
    """Wait with the rest, or go on."""
    press = callbacks.PauseAnnouncement.parse(context.pressed)
    await context.transaction(
        lambda session, member: announcements.pause(
            session, member, press.announcement_id, is_paused=bool(press.is_paused), desk=context.desk, now=context.now
        )
    )
    context.notice()
    await show_one(press.announcement_id, context)


@action("announcements.send")
async def stop(update: Update, context: Context) -> None:
    """Nothing more of it leaves."""
    number = callbacks.StopAnnouncement.parse(context.pressed).announcement_id
    await context.transaction(lambda session, member: announcements.stop(session, member, number, now=context.now))
    context.notice()
    await show_one(number, context)


# ---- afterwards
@action("announcements.send")
async def resend(update: Update, context: Context) -> None:
    """To those it did not reach."""
    number = callbacks.ResendAnnouncement.parse(context.pressed).announcement_id
    count = await context.transaction(
        lambda session, member: announced.resend(session, member, number, desk=context.desk, now=context.now)
    )
    context.notice()
    await context.say(views.sent_again(count, context.reader))


@action("announcements.send")
async def nudge(update: Update, context: Context) -> None:
    """Remind those who have not seen it, once."""
    number = callbacks.NudgeAnnouncement.parse(context.pressed).announcement_id
    count = await context.transaction(
        lambda session, member: announced.nudge(session, member, number, desk=context.desk, now=context.now)
    )
    context.notice()
    await context.say(views.sent_again(count, context.reader))


@action("announcements.send")
async def ask_correction(update: Update, context: Context) -> None:
    """What shall it say from now on, in this language?"""
    press = callbacks.CorrectAnnouncement.parse(context.pressed)
    await _await(CORRECT, press.announcement_id, press.language, context)
    await context.say(views.ask_correction(press.language, context.reader))


async def correct_step(update: Update, context: Context, draft: Draft) -> None:
    """The new words have come: every copy changes."""
    number, language, content = draft.content["announcement_id"], draft.content["language"], content_of(context.message)
    if content is None:
        await context.say(views.ask_correction(language, context.reader))
        return

    words = context.machine.words
    languages = [*words.languages]

    def change(session: Session, member: Member) -> OutgoingMessage:
        drafts.drop(session, member, kind=CORRECT)
        was = _forms(session, announcements.found(session, number), words)
        if content.media and copy_views.is_below(was):
            raise Refusal("announcements.only_words")
        was_spoken = bool(announcements.text_in(session, announcements.found(session, number), language).voice)
        corrected = announced.correct(session, member, number, language, content, now=context.now)
        _require_room(_forms(session, corrected, words), was)
        said, relied = announcements.texts(session, corrected), announced.relied(session, corrected, languages)
        others = [code for code in languages if code in said and code != language]
        left = [code for code in others if not announced.is_mended(said[code], corrected)]
        return views.corrected(corrected, language, left, relied, context.reader, was_spoken=was_spoken)

    await context.say(await context.transaction(change))


@action("announcements.send")
async def tell_anew(update: Update, context: Context) -> None:
    """Tell those who relied on it what it said before and says now."""
    number = callbacks.TellAnew.parse(context.pressed).announcement_id
    languages = [*context.machine.words.languages]
    count = await context.transaction(
        lambda session, member: announced.tell_anew(session, member, number, languages, desk=context.desk, now=context.now)
    )
    context.notice()
    await context.show(views.sent_again(count, context.reader))


@action("announcements.send")
async def withdraw(update: Update, context: Context) -> None:
    """Take it back from everybody: asked for, then sure."""
    press = callbacks.WithdrawAnnouncement.parse(context.pressed)
    context.notice()
    if not press.is_sure:
        announcement = await context.read(lambda session: announcements.found(session, press.announcement_id))
        await context.say(views.ask_withdraw(announcement, context.reader))
        return
    deleted, noted = await context.transaction(
        lambda session, member: announced.withdraw(session, member, press.announcement_id, now=context.now)
    )
    await context.say(views.is_withdrawn(deleted, noted, context.reader))


@action("announcements.write")
async def repeat(update: Update, context: Context) -> None:
    """Begin a draft that says the same."""
    number = callbacks.RepeatAnnouncement.parse(context.pressed).announcement_id
    copy = await context.transaction(lambda session, member: announcements.again(session, member, number, now=context.now))
    context.notice()
    await context.say(views.board(await _board(copy.id, context), context.reader))


@action("announcements.write")
async def drop(update: Update, context: Context) -> None:
    """Throw a draft away."""
    number = callbacks.DropAnnouncement.parse(context.pressed).announcement_id
    await context.transaction(lambda session, member: announcements.throw_away(session, member, number, now=context.now))
    context.notice()
    await show_menu(update, context)


@action("announcements.send")
async def list_missed(update: Update, context: Context) -> None:
    """Everybody it did not reach, as a list."""
    number = callbacks.ListMissed.parse(context.pressed).announcement_id
    found = await context.read(lambda session: announced.report(session, announcements.found(session, number)))
    context.notice()
    await context.say(views.missed_list(found, context.reader))
