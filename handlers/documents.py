"""The library: shelves, documents sent by their file, kept and sent by those who may; found by asking."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler

from bot import callbacks
from bot.context import Context
from bot.domain import agenda, documents, drafts, meetings, policy
from bot.errors import NotFound, Outdated
from bot.i18n import Reader
from bot.messages import OutgoingMessage
from bot.names import visible
from bot.views import documents as views
from db.models import Document, Draft, Meeting, Member
from handlers import meeting_board
from handlers.announcements import content_of
from handlers.doors import action

KEEP, TITLE, ALBUM = "document", "document_title", "document_album"
COMING, PAST = 4, 4  # meetings a document can be linked to by one tap


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CommandHandler(("documents", "sebenw"), show_all),
        CallbackQueryHandler(show_shelf, callbacks.ShowShelf.pattern()),
        CallbackQueryHandler(show_project, callbacks.ShowProject.pattern()),
        CallbackQueryHandler(show, callbacks.ShowDocument.pattern()),
        CallbackQueryHandler(new, callbacks.NewDocument.pattern()),
        CallbackQueryHandler(edit, callbacks.EditDocument.pattern()),
    ]


@action("documents.look")
async def show_all(update: Update, context: Context) -> None:
    """/documents."""
    await context.show(await _shelf("", 0, context))


@action("documents.look")
async def show_shelf(update: Update, context: Context) -> None:
    """A page of the library."""
    press = callbacks.ShowShelf.parse(context.pressed)
    if press.kind and press.kind not in documents.SHELVES:
        raise Outdated("errors.old_button")
    context.notice()
    await context.show(await _shelf(press.kind, press.page, context))


async def _shelf(kind: str, page: int, context: Context) -> OutgoingMessage:
    member, reader = _known(context), context.reader

    def look(session: Session) -> OutgoingMessage:
        found = [(one, _name(session, one, reader)) for one in documents.on_shelf(session, member)]
        return views.shelf(found, kind, page, reader, writes=policy.may(member.role, "documents.write"))

    return await context.read(look)


@action("documents.look")
async def show_project(update: Update, context: Context) -> None:
    """A page of the documents of a project."""
    press = callbacks.ShowProject.parse(context.pressed)
    project = context.machine.knowledge.projects.get(press.project)
    if project is None:
        raise Outdated("errors.old_button")
    context.notice()
    await context.show(views.of_project(await of_project(project.name, context), project, press.page, context.reader))


async def of_project(project: str, context: Context) -> list[tuple[Document, str]]:
    """Return what belongs to a project and whoever asks may see, with what it is called."""
    member, reader = context.member, context.reader
    if member is None or project not in context.machine.knowledge.projects:
        return []
    return await context.read(
        lambda session: [(one, _name(session, one, reader)) for one in documents.of_project(session, member, project)]
    )


def _known(context: Context) -> Member:
    if context.member is None:
        raise NotFound("errors.old_button")
    return context.member


def _name(session: Session, document: Document, reader: Reader) -> str:
    meeting = session.get(Meeting, document.meeting_id) if document.meeting_id else None
    return views.name_of(document, meeting, reader)


@action("documents.look")
async def show(update: Update, context: Context) -> None:
    """The document itself."""
    number = callbacks.ShowDocument.parse(context.pressed).document_id
    context.notice()
    await context.say(await _document(number, context))


async def _document(number: int, context: Context) -> OutgoingMessage:
    member, reader = _known(context), context.reader

    def look(session: Session) -> OutgoingMessage:
        document = documents.found(session, member, number)
        writes = policy.may(member.role, "documents.write")
        return views.document(document, _name(session, document, reader), reader, writes=writes)

    return await context.read(look)


async def asked_for(text: str, context: Context) -> OutgoingMessage | None:
    """Return the document a question asks for; None when it asks for none we may show."""
    member, projects = context.member, context.machine.knowledge.projects
    if member is None:
        return None
    words = context.machine.words
    readers = [words.reader(code, member.place) for code in words.languages]
    wanted = documents.asked(text, views.asking(readers))

    def called(document: Document, meeting: Meeting | None) -> str:
        return views.called(document, meeting, projects.get(document.project or ""), readers)

    found = await context.read(lambda session: documents.search(session, member, wanted, called=called))
    return await _document(found.id, context) if found else None


# ---- keeping
@action("documents.write")
async def new(update: Update, context: Context) -> None:
    """The next message is a document, or the minutes of a meeting."""
    number = callbacks.NewDocument.parse(context.pressed).meeting_id

    def begin(session: Session, member: Member) -> Meeting | None:
        meeting = meetings.found(session, number) if number else None
        drafts.put(session, member, kind=KEEP, step="say", now=context.now, meeting_id=number)
        return meeting

    meeting = await context.transaction(begin)
    context.notice()
    await context.say(views.ask(meeting, context.reader))


async def keep_step(update: Update, context: Context, draft: Draft) -> None:
    """It has come: a file, a photo, a voice, a text."""
    number, content, language = draft.content["meeting_id"], content_of(context.message), context.reader.language.code
    if content is None:
        meeting = await context.read(lambda session: meetings.found(session, number)) if number else None
        await context.say(views.ask(meeting, context.reader))
        return
    message = context.message
    # The name of a file is made elsewhere, and can be made to read as another.
    text = message.text or message.caption or visible((message.document.file_name if message.document else None) or "")

    def keep(session: Session, member: Member) -> Document:
        drafts.drop(session, member, kind=KEEP)
        document = documents.add(
            session, member, media=content.media, text=text, language=language, kind="minutes" if number else "other",
            meeting_id=number or None, now=context.now,
        )  # fmt: skip
        if content.album:
            drafts.put(session, member, kind=ALBUM, step="say", now=context.now, album=content.album,
                       document_id=document.id, is_named=bool(content.text))  # fmt: skip
        return document

    document = await context.transaction(keep)
    await context.say(await _board(document.id, context))


async def programme_step(update: Update, context: Context, draft: Draft) -> None:
    """The programme of a meeting comes as an album: it shows the first file, the others become a document of the meeting."""
    number, content, language = draft.content["meeting_id"], content_of(context.message), context.reader.language.code
    media, text = content.media if content else None, context.message.caption or ""

    def keep(session: Session, member: Member) -> None:
        meetings.set_agenda(session, member, number, language, text, media, now=context.now)
        drafts.put(session, member, kind=ALBUM, step="say", now=context.now, album=context.message.media_group_id,
                   meeting_id=number, is_named=True)  # fmt: skip

    await context.transaction(keep)
    await context.say(await meeting_board.board_screen(number, context))


async def album_step(update: Update, context: Context, draft: Draft) -> None:
    """Another file of an album. What it is part of was shown with the first one; a name, or a new document, is shown anew."""
    content, known = content_of(context.message), draft.content
    if content is None or content.media is None:
        return
    file, text, language = content.media, context.message.caption or "", context.reader.language.code

    def keep(session: Session, member: Member) -> int:
        if "document_id" in known:
            renames = bool(text) and not known["is_named"]
            documents.add_file(session, member, known["document_id"], file, text=text, language=language, renames=renames)
            number = int(known["document_id"])
        else:
            number = documents.begin_programme(session, member, known["meeting_id"], file, text=text, now=context.now).id
        drafts.put(session, member, kind=ALBUM, step="say", now=context.now, document_id=number,
                   is_named=known["is_named"] or bool(text))  # fmt: skip
        return number

    number = await context.transaction(keep)
    if "document_id" not in known:
        await context.say(views.programme_goes_on(number, context.reader))
    elif text:
        await context.say(await _board(number, context))


async def _board(number: int, context: Context, *, sent: int | None = None) -> OutgoingMessage:
    member, reader = _known(context), context.reader

    def look(session: Session) -> OutgoingMessage:
        document = documents.found(session, member, number)
        meeting = session.get(Meeting, document.meeting_id) if document.meeting_id else None
        linked = views.Linked(meeting, context.machine.knowledge.projects.get(document.project or ""))
        return views.board(document, views.name_of(document, meeting, reader), linked, reader, sent=sent)

    return await context.read(look)


async def _choose_link(number: int, context: Context) -> OutgoingMessage:
    """The meetings that come and the last ones, and every project."""
    member, reader, now = _known(context), context.reader, context.now

    def look(session: Session) -> OutgoingMessage:
        document = documents.found(session, member, number)
        own = [session.get(Meeting, document.meeting_id)] if document.meeting_id else []
        found = [*own, *agenda.upcoming(session, member, now=now)[:COMING], *agenda.past(session, member, now=now)[:PAST]]
        offered = {one.id: one for one in found if one is not None}
        projects = [*context.machine.knowledge.projects.values()]
        return views.link(document, _name(session, document, reader), [*offered.values()], projects, reader)

    return await context.read(look)


@action("documents.write")
async def edit(update: Update, context: Context) -> None:
    """Its titles, its kind, what it belongs to, who may see it; minutes are sent; it is taken out."""
    press = callbacks.EditDocument.parse(context.pressed)
    number, sent = press.document_id, None
    context.notice()
    match press.what:
        case "board":
            await context.say(await _board(number, context))
            return
        case "link":
            await context.show(await _choose_link(number, context))
            return
        case "title" if press.value in context.machine.words.languages:
            await context.transaction(
                lambda session, member: drafts.put(
                    session, member, kind=TITLE, step="say", now=context.now, document_id=number, language=press.value
                )
            )
            await context.say(views.ask_title(press.value, context.reader))
            return
        case "kind":
            await context.transaction(lambda session, member: documents.set_kind(session, member, number, press.value))
        case "readers":
            await context.transaction(lambda session, member: documents.set_readers(session, member, number, press.value))
        case "meeting" if press.value.isdecimal():
            await context.transaction(
                lambda session, member: documents.link_to_meeting(session, member, number, int(press.value[:16]))
            )
        case "project" if press.value in context.machine.knowledge.projects:
            await context.transaction(lambda session, member: documents.link_to_project(session, member, number, press.value))
        case "unlink":
            await context.transaction(lambda session, member: documents.unlink(session, member, number))
        case "send":
            sent = await context.transaction(
                lambda session, member: documents.send_minutes(session, member, number, desk=context.desk, now=context.now)
            )
        case "remove":
            await context.transaction(lambda session, member: documents.remove(session, member, number, now=context.now))
            await context.show(await _shelf("", 0, context))
            return
        case _:
            raise Outdated("errors.old_button")
    await context.show(await _board(number, context, sent=sent))


async def title_step(update: Update, context: Context, draft: Draft) -> None:
    """Its title in a language has come."""
    number, language = draft.content["document_id"], draft.content["language"]

    def keep(session: Session, member: Member) -> None:
        documents.set_title(session, member, number, language, context.message.text or "")
        drafts.drop(session, member, kind=TITLE)

    await context.transaction(keep)
    await context.say(await _board(number, context))
