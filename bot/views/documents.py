"""The library: a shelf, a document sent by its file, and the board of whoever keeps it."""

from __future__ import annotations

from collections.abc import Sequence

from bot import callbacks
from bot.domain.documents import KINDS, PAGE, READERS, files_of
from bot.i18n import Reader
from bot.messages import Button, OutgoingMessage
from bot.views import buttons
from bot.views.announcements import LONGEST_CAPTION, plain
from bot.views.meeting_words import cut, title_of, titled
from bot.views.members import role_name
from db.models import Document, Meeting

_KIND = {
    "convention": "documents.kind.convention", "minutes": "documents.kind.minutes", "report": "documents.kind.report",
    "poster": "documents.kind.poster", "other": "documents.kind.other", "programme": "documents.kind.programme",
}  # fmt: skip


def kind_name(kind: str, reader: Reader) -> str:
    """Return what a kind of document is called."""
    return reader.say(_KIND[kind])


def name_of(document: Document, meeting: Meeting | None, reader: Reader) -> str:
    """Return what a document is called: its title, else its kind and what it belongs to."""
    title = titled(document.titles, reader)
    if title:
        return title
    if meeting is None:
        return f"{kind_name(document.kind, reader)} {reader.short_date(document.made_at)}"
    day = reader.short_date(meeting.starts_at or document.made_at)
    return reader.say("documents.of_meeting", kind=kind_name(document.kind, reader), title=title_of(meeting, reader), day=day)


def shelf(found: Sequence[tuple[Document, str]], kind: str, page: int, reader: Reader, *, writes: bool) -> OutgoingMessage:
    """A page of documents, (document, name), and what kinds there are."""
    pages = max(1, -(-len(found) // PAGE))
    page = page % pages
    rows = [
        (Button(cut(f"📄 {name}", 32), callbacks.ShowDocument(one.id).pack()),)
        for one, name in found[page * PAGE : (page + 1) * PAGE]
    ]
    if pages > 1:
        rows.append((Button(reader.say("buttons.more"), callbacks.ShowShelf((page + 1) % pages, kind).pack()),))
    if writes:
        rows.append((Button(reader.say("documents.button.new"), callbacks.NewDocument(0).pack(), style="success"),))
    back = Button(reader.say("buttons.back"), callbacks.Agenda("next", 0).pack())
    text = reader.say("documents.shelf" if found else "documents.none")
    return OutgoingMessage(text, buttons=(*rows, (back, buttons.home(reader))))


def document(shown: Document, name: str, reader: Reader, *, writes: bool) -> OutgoingMessage:
    """The document itself: its file with its name below, or its words."""
    heading = reader.say("documents.title", title=name)
    text = _besides_title(shown)
    words = reader.say("documents.text", text=text) if text else ""
    rows: list[tuple[Button, ...]] = []
    if writes:
        rows.append((Button(reader.say("documents.button.change"), callbacks.EditDocument(shown.id, "board", "").pack()),))
    rows.append((Button(reader.say("documents.button.shelf"), callbacks.ShowShelf(0, "").pack()), buttons.home(reader)))
    files = files_of(shown)
    caption = f"{heading}\n{words}" if words else heading
    if len(files) == 1 and len(plain(caption)) <= LONGEST_CAPTION:
        return OutgoingMessage(caption, buttons=tuple(rows), media=files[0])
    return OutgoingMessage(f"{heading}\n\n{words}" if words else heading, buttons=tuple(rows), before=tuple(files))


def _besides_title(shown: Document) -> str:
    """Return what it says below its title, whose first line it was made from."""
    first, _, rest = shown.text.partition("\n")
    return rest.strip() if " ".join(first.split()) in shown.titles.values() else shown.text


def ask(meeting: Meeting | None, reader: Reader) -> OutgoingMessage:
    """The next message is the document, or the minutes of a meeting."""
    if meeting is None:
        return OutgoingMessage(reader.say("documents.ask"), buttons=((buttons.cancel(reader),),))
    text = reader.say("documents.ask_minutes", title=title_of(meeting, reader))
    return OutgoingMessage(text, buttons=((buttons.cancel(reader),),))


def programme_goes_on(document_id: int, reader: Reader) -> OutgoingMessage:
    """A programme keeps one file: where the others are."""
    open_it = Button(reader.say("documents.button.open"), callbacks.ShowDocument(document_id).pack())
    return OutgoingMessage(reader.say("documents.programme_goes_on"), buttons=((open_it,), (buttons.home(reader),)))


def ask_title(language: str, reader: Reader) -> OutgoingMessage:
    """The next message is its title in a language."""
    name = reader.words.languages[language].name
    return OutgoingMessage(reader.say("documents.ask_title", language=name), buttons=((buttons.cancel(reader),),))


def board(shown: Document, name: str, reader: Reader, *, sent: int | None = None) -> OutgoingMessage:
    """A document at a glance, for whoever keeps it: titles, kind, who may see it; minutes can be sent."""
    number = shown.id
    titles = tuple(
        Button(("✅ " if code in shown.titles else "➕ ") + language.name, callbacks.EditDocument(number, "title", code).pack())
        for code, language in reader.words.languages.items()
    )
    kinds = [
        Button(
            ("✅ " if kind == shown.kind else "") + kind_name(kind, reader), callbacks.EditDocument(number, "kind", kind).pack()
        )
        for kind in KINDS
    ]
    readers = tuple(
        Button(("✅ " if role == shown.least_role else "") + role_name(role, reader),
               callbacks.EditDocument(number, "readers", role).pack())
        for role in READERS
    )  # fmt: skip
    rows: list[tuple[Button, ...]] = [titles]
    rows += [readers] if shown.meeting_id else [tuple(kinds[:2]), tuple(kinds[2:]), readers]
    if shown.meeting_id:
        send = callbacks.EditDocument(number, "send", "").pack()
        rows.append((Button(reader.say("documents.button.send"), send, style="success"),))
    remove = Button(reader.say("documents.button.remove"), callbacks.EditDocument(number, "remove", "").pack())
    to_shelf = Button(reader.say("documents.button.shelf"), callbacks.ShowShelf(0, "").pack())
    rows.append((remove, to_shelf, buttons.home(reader)))
    lines: list[str] = [
        reader.say("documents.title", title=name),
        reader.say("documents.readers", role=role_name(shown.least_role, reader)),
    ]
    if shown.more:
        lines.append(reader.say_n("documents.files", len(files_of(shown))))
    if sent is not None:
        lines.append(reader.say_n("documents.sent_to", sent))
    return OutgoingMessage("\n".join(lines), buttons=tuple(rows))
