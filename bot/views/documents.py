"""The library: a shelf, a document sent by its file, and the board of whoever keeps it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot import callbacks
from bot.domain.documents import KINDS, PAGE, READERS, SHELVES, Vocabulary, files_of
from bot.domain.meetings import KINDS as MEETING_KINDS
from bot.i18n import Reader
from bot.knowledge import Entry
from bot.knowledge.folding import fold
from bot.messages import Button, OutgoingMessage
from bot.views import buttons
from bot.views.announcement_copies import LONGEST_CAPTION, plain
from bot.views.meeting_words import cut, short, title_of, titled
from bot.views.meeting_words import kind_name as kind_of_meeting
from bot.views.members import role_name
from db.models import Document, Meeting

_KIND = {
    "convention": "documents.kind.convention", "minutes": "documents.kind.minutes", "report": "documents.kind.report",
    "poster": "documents.kind.poster", "other": "documents.kind.other", "programme": "documents.kind.programme",
}  # fmt: skip


@dataclass(frozen=True)
class Linked:
    """What a document belongs to."""

    meeting: Meeting | None
    project: Entry | None


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


_ASKED = {
    "convention": "documents.asked.convention", "minutes": "documents.asked.minutes", "report": "documents.asked.report",
    "poster": "documents.asked.poster", "other": "documents.asked.other",
}  # fmt: skip


def asking(readers: Sequence[Reader]) -> Vocabulary:
    """Return the words by which people ask the library, of every language at once."""
    of_meetings = [part for reader in readers for part in (reader.say("documents.asked.meeting"), *_kinds_of_meeting(reader))]
    return Vocabulary(
        fillers=_listed("documents.fillers", readers), decisions=_listed("documents.decision_words", readers),
        kinds={kind: _listed(name, readers) for kind, name in _ASKED.items()},
        meetings={word for part in of_meetings for word in fold(part).split()},
    )  # fmt: skip


def _listed(name: str, readers: Sequence[Reader]) -> set[str]:
    return {fold(words) for reader in readers for words in reader.say(name).split(",")}


def _kinds_of_meeting(reader: Reader) -> list[str]:
    return [reader.say("documents.asked.assembly"), *(kind_of_meeting(kind, reader) for kind in MEETING_KINDS)]


def called(document: Document, meeting: Meeting | None, project: Entry | None, readers: Sequence[Reader]) -> str:
    """Return all that a document may be called besides its title, in every language: its meeting, its project, its day."""
    day = (meeting.starts_at if meeting else None) or document.made_at
    parts: list[str] = [reader.date(day) for reader in readers]
    if meeting is not None or document.kind == "minutes":
        parts += [reader.say("documents.asked.meeting") for reader in readers]
    if meeting is not None:
        parts += [*map(str, meeting.titles.values()), *(kind_of_meeting(meeting.kind, reader) for reader in readers)]
        parts += [reader.say("documents.asked.assembly") for reader in readers if meeting.kind == "assembly"]
    parts += [text.title for text in project.texts.values()] if project else []
    return " ".join(parts)


def shelf(found: Sequence[tuple[Document, str]], kind: str, page: int, reader: Reader, *, writes: bool) -> OutgoingMessage:
    """A page of documents, (document, name), of one kind or all; and what kinds there are."""
    kinds = [one for one in SHELVES if any(document.kind == one for document, _ in found)]
    shown = [one for one in found if not kind or one[0].kind == kind]
    rows = _page(shown, page, lambda number: callbacks.ShowShelf(number, kind).pack(), reader)
    if len(kinds) > 1:
        rows += _in_rows([_of_kind(one, kind, reader) for one in kinds], 3)
    if writes:
        rows.append((Button(reader.say("documents.button.new"), callbacks.NewDocument(0).pack(), style="success"),))
    back = Button(reader.say("buttons.back"), callbacks.Agenda("next", 0).pack())
    text = reader.say("documents.shelf" if found else "documents.none")
    return OutgoingMessage(text, buttons=(*rows, (back, buttons.home(reader))))


def of_project(found: Sequence[tuple[Document, str]], project: Entry, page: int, reader: Reader) -> OutgoingMessage:
    """A page of the documents of a project, (document, name)."""
    rows = _page(found, page, lambda number: callbacks.ShowProject(number, project.name).pack(), reader)
    back = Button(reader.say("buttons.back"), callbacks.ShowEntry(project.name).pack())
    text = reader.say("documents.title", title=_project_name(project, reader)) if found else reader.say("documents.none")
    return OutgoingMessage(text, buttons=(*rows, (back, buttons.home(reader))))


def _page(
    found: Sequence[tuple[Document, str]], page: int, turned: Callable[[int], str], reader: Reader
) -> list[tuple[Button, ...]]:
    pages = max(1, -(-len(found) // PAGE))
    page = page % pages
    rows = [button_of(one.id, name) for one, name in found[page * PAGE : (page + 1) * PAGE]]
    if pages > 1:
        rows.append((Button(reader.say("buttons.more"), turned((page + 1) % pages)),))
    return rows


def button_of(document_id: int, name: str) -> tuple[Button, ...]:
    """Return the row that opens a document."""
    return (Button(cut(f"📄 {name}", 32), callbacks.ShowDocument(document_id).pack()),)


def _of_kind(kind: str, chosen: str, reader: Reader) -> Button:
    """Only this kind; pressed again, all of them."""
    is_chosen = kind == chosen
    label = ("✅ " if is_chosen else "") + kind_name(kind, reader)
    return Button(label, callbacks.ShowShelf(0, "" if is_chosen else kind).pack())


def _in_rows(found: Sequence[Button], width: int) -> list[tuple[Button, ...]]:
    return [tuple(found[at : at + width]) for at in range(0, len(found), width)]


def _project_name(project: Entry, reader: Reader) -> str:
    return project.text(reader.language.code).title


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


def board(shown: Document, name: str, linked: Linked, reader: Reader, *, sent: int | None = None) -> OutgoingMessage:
    """A document at a glance, for whoever keeps it: titles, kind, what it belongs to, who may see it; minutes can be sent."""
    number, is_of_meeting = shown.id, bool(shown.meeting_id) and shown.kind == "minutes"
    titles = tuple(
        Button(("✅ " if code in shown.titles else "➕ ") + language.name, callbacks.EditDocument(number, "title", code).pack())
        for code, language in reader.words.languages.items()
    )
    kinds = [_choice(shown, "kind", kind, kind_name(kind, reader), is_chosen=kind == shown.kind) for kind in KINDS]
    readers = [_choice(shown, "readers", role, role_name(role, reader), is_chosen=role == shown.least_role) for role in READERS]
    rows: list[tuple[Button, ...]] = [titles]
    rows += [] if is_of_meeting else [tuple(kinds[:2]), tuple(kinds[2:])]
    rows += [tuple(readers), (Button(reader.say("documents.button.link"), callbacks.EditDocument(number, "link", "").pack()),)]
    if is_of_meeting:
        send = callbacks.EditDocument(number, "send", "").pack()
        rows.append((Button(reader.say("documents.button.send"), send, style="success"),))
    remove = Button(reader.say("documents.button.remove"), callbacks.EditDocument(number, "remove", "").pack())
    to_shelf = Button(reader.say("documents.button.shelf"), callbacks.ShowShelf(0, "").pack())
    rows.append((remove, to_shelf, buttons.home(reader)))
    lines: list[str] = [
        reader.say("documents.title", title=name),
        reader.say("documents.readers", role=role_name(shown.least_role, reader)),
        *_links(linked, reader),
    ]
    if shown.more:
        lines.append(reader.say_n("documents.files", len(files_of(shown))))
    if sent is not None:
        lines.append(reader.say_n("documents.sent_to", sent))
    return OutgoingMessage("\n".join(lines), buttons=tuple(rows))


def _choice(shown: Document, what: str, value: str, label: str, *, is_chosen: bool) -> Button:
    return Button(("✅ " if is_chosen else "") + label, callbacks.EditDocument(shown.id, what, value).pack())


def _links(linked: Linked, reader: Reader) -> list[str]:
    """Return what a document belongs to, in lines."""
    meeting = [short(linked.meeting, reader)] if linked.meeting else []
    project = [_project_name(linked.project, reader)] if linked.project else []
    return [reader.say("documents.linked", what=one) for one in meeting + project]


def link(shown: Document, name: str, meetings: Sequence[Meeting], projects: Sequence[Entry], reader: Reader) -> OutgoingMessage:
    """Which meeting, which project does it belong to? One tap."""
    rows = [
        (_choice(shown, "meeting", str(one.id), short(one, reader), is_chosen=one.id == shown.meeting_id),) for one in meetings
    ]
    rows += [
        (_choice(shown, "project", one.name, _project_name(one, reader), is_chosen=one.name == shown.project),)
        for one in projects
    ]
    is_free = shown.meeting_id is None and shown.project is None
    rows.append((_choice(shown, "unlink", "", reader.say("documents.button.unlink"), is_chosen=is_free),))
    back = Button(reader.say("buttons.back"), callbacks.EditDocument(shown.id, "board", "").pack())
    return OutgoingMessage(reader.say("documents.ask_link", title=name), buttons=(*rows, (back, buttons.home(reader))))
