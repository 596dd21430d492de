"""The library: documents kept by the id of their file, shown to who may see them, found by asking for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from bot.domain import audit, broadcasts, drafts, meetings, policy, rsvps
from bot.domain.broadcasts import Post
from bot.domain.desk import Desk
from bot.domain.policy import RANK, Role
from bot.errors import NotFound, Refusal
from bot.knowledge.folding import fold
from db.models import Document, Lane, Meeting, Member, Rsvp

KINDS = ("convention", "minutes", "report", "poster", "other")
PROGRAMME = "programme"  # what came of a meeting's programme besides its first file; nobody chooses this kind
SHELVES = (*KINDS, PROGRAMME)
SENT = "documents.sent"
LONGEST_TITLE, LONGEST_TEXT = 80, 3500
PAGE = 5
READERS = (Role.VISITOR, Role.MEMBER, Role.COMMITTEE)  # who may see it: everybody, members, the committee
READ = 500


def may_read(session: Session, member: Member, document: Document) -> bool:
    """Tell whether somebody may see a document: by their role, and what belongs to a meeting only who may know of that."""
    meeting = session.get(Meeting, document.meeting_id) if document.meeting_id else None
    if policy.may(member.role, "documents.write"):
        may_know = True
    elif meeting is None:
        may_know = document.kind != PROGRAMME  # its meeting was a draft that nobody had heard of, and was dropped
    else:
        may_know = rsvps.is_known(meeting) and rsvps.is_for(member, meeting)
    return may_know and RANK[Role(member.role)] >= RANK[Role(document.least_role)]


def found(session: Session, member: Member, document_id: int) -> Document:
    """Return a document to who may see it; raises NotFound, also for who may not."""
    policy.require(member.role, "documents.look")
    document = session.get(Document, document_id)
    if document is None or not may_read(session, member, document):
        raise NotFound("documents.not_found")
    return document


def of_meeting(session: Session, member: Member, meeting_id: int) -> list[Document]:
    """Return what belongs to a meeting besides its minutes and that somebody may see, oldest first."""
    policy.require(member.role, "documents.look")
    rows = select(Document).where(Document.meeting_id == meeting_id, Document.kind != "minutes").order_by(Document.id)
    return [one for one in session.scalars(rows) if may_read(session, member, one)]


def of_project(session: Session, member: Member, project: str) -> list[Document]:
    """Return what belongs to a project and somebody may see, the newest first."""
    policy.require(member.role, "documents.look")
    rows = select(Document).where(Document.project == project).order_by(Document.id.desc()).limit(READ)
    return [one for one in session.scalars(rows) if may_read(session, member, one)]


def on_shelf(session: Session, member: Member) -> list[Document]:
    """Return what somebody may see, the newest first."""
    policy.require(member.role, "documents.look")
    rows = select(Document).order_by(Document.id.desc()).limit(READ)
    return [one for one in session.scalars(rows) if may_read(session, member, one)]


# ---- keeping
def add(
    session: Session, actor: Member, *, media: tuple[str, str] | None, text: str, language: str, kind: str = "other",
    meeting_id: int | None = None, now: datetime,
) -> Document:  # fmt: skip
    """Keep a document: a file (kind, id), a text, or both; its first line is its title. Raises Refusal for neither."""
    policy.require(actor.role, "documents.write")
    if media is None and not text.strip():
        raise Refusal("documents.empty")
    if len(text) > LONGEST_TEXT:
        raise Refusal("documents.too_long", longest=LONGEST_TEXT)
    document = Document(
        kind=kind, titles={} if meeting_id else _title_in(text, language), text=text.strip(), media=list(media or ()),
        meeting_id=meeting_id, author_id=actor.id, made_at=now,
    )  # fmt: skip
    session.add(document)
    session.flush()
    audit.note(session, actor, "documents.added", f"document {document.id}", now=now)
    return document


def begin_programme(
    session: Session, actor: Member, meeting_id: int, file: tuple[str, str], *, text: str, now: datetime
) -> Document:
    """Keep what came after the first file of a meeting's programme, for whoever may know of the meeting."""
    document = add(session, actor, media=file, text=text, language="", kind=PROGRAMME, meeting_id=meeting_id, now=now)
    document.least_role = Role.VISITOR
    return document


def add_file(
    session: Session, actor: Member, document_id: int, file: tuple[str, str], *, text: str, language: str, renames: bool = False
) -> Document:
    """Add the next file of the album a document came as, and what was written below it; raises Refusal when that is too long.

    With `renames` the first file had nothing below it: what comes now is what the document says, and its title.
    """
    document = _own(session, actor, document_id)
    document.more = [*(document.more or ()), list(file)]
    if not text.strip():
        return document
    said = text.strip() if renames else f"{document.text}\n{text.strip()}".strip()
    if len(said) > LONGEST_TEXT:
        raise Refusal("documents.too_long", longest=LONGEST_TEXT)
    document.text = said
    if renames and document.meeting_id is None:
        document.titles = _title_in(said, language)
    return document


def _title_in(text: str, language: str) -> dict[str, str]:
    """Return the title that the first line of a text is."""
    title = " ".join((text.strip().splitlines() or [""])[0].split())[:LONGEST_TITLE]
    return {language: title} if title else {}


def files_of(document: Document) -> list[tuple[str, str]]:
    """Return its files as they came, (kind, id)."""
    return [(str(kind), str(file_id)) for kind, file_id in ([document.media] if document.media else []) + (document.more or [])]


def _own(session: Session, actor: Member, document_id: int) -> Document:
    policy.require(actor.role, "documents.write")
    return found(session, actor, document_id)


def set_title(session: Session, actor: Member, document_id: int, language: str, title: str) -> Document:
    """Say what it is called in a language. Raises Refusal for an empty or endless title."""
    document = _own(session, actor, document_id)
    words = " ".join(title.split())
    if not words or len(words) > LONGEST_TITLE:
        raise Refusal("meetings.title_too_long", longest=LONGEST_TITLE)
    document.titles = {**document.titles, language: words}
    return document


def set_kind(session: Session, actor: Member, document_id: int, kind: str) -> Document:
    """Say what kind of document it is. Raises NotFound."""
    document = _own(session, actor, document_id)
    if kind not in KINDS:
        raise NotFound("errors.old_button")
    document.kind = kind
    return document


def set_readers(session: Session, actor: Member, document_id: int, least_role: str) -> Document:
    """Say who may see it: a role and those above. Raises NotFound."""
    document = _own(session, actor, document_id)
    if least_role not in READERS:
        raise NotFound("errors.old_button")
    document.least_role = least_role
    return document


def link_to_meeting(session: Session, actor: Member, document_id: int, meeting_id: int) -> Document:
    """Say which meeting it belongs to: from then on only who may know of that sees it. Raises NotFound."""
    document = _own(session, actor, document_id)
    document.meeting_id = rsvps.readable(session, actor, meeting_id).id
    return document


def link_to_project(session: Session, actor: Member, document_id: int, project: str) -> Document:
    """Say which project it belongs to."""
    document = _own(session, actor, document_id)
    document.project = project
    return document


def unlink(session: Session, actor: Member, document_id: int) -> Document:
    """Say that it belongs to no meeting and to no project."""
    document = _own(session, actor, document_id)
    document.meeting_id, document.project = None, None
    return document


def remove(session: Session, actor: Member, document_id: int, *, now: datetime) -> None:
    """Take it out of the library; whoever was about to write its title, or to send more of it, was about nothing now."""
    document = _own(session, actor, document_id)
    drafts.forget(session, "document_id", document.id)
    audit.note(session, actor, "documents.removed", f"document {document.id}", now=now)
    session.delete(document)


# ---- minutes
def send_minutes(session: Session, actor: Member, document_id: int, *, desk: Desk, now: datetime) -> int:
    """Send the minutes of a meeting to those who want them; nobody gets them twice. Returns how many get them now."""
    document = _own(session, actor, document_id)
    if document.meeting_id is None or document.kind != "minutes":
        raise NotFound("errors.old_button")
    meeting = meetings.found(session, document.meeting_id)
    document.sent_at = now
    post = Post(SENT, document.id, Lane.BROADCAST, author_id=actor.id, action="documents.write")
    readable = Member.role.in_([role for role in Role if RANK[role] >= RANK[Role(document.least_role)]])
    return broadcasts.queue(session, [wants_minutes(meeting), readable], post, desk=desk, now=now, not_before=now)


def wants_minutes(meeting: Meeting) -> ColumnElement[bool]:
    """Return who wants the minutes: those who came or said yes, unless they said no to them; and who asked for them."""
    came = or_(Rsvp.answer == "yes", Rsvp.came.is_not(None))
    wants = or_(Rsvp.wants_minutes.is_(True), Rsvp.wants_minutes.is_(None) & came)
    return Member.id.in_(select(Rsvp.member_id).where(Rsvp.meeting_id == meeting.id, wants))


def ask_for_minutes(session: Session, member: Member, meeting: Meeting, *, wants: bool) -> None:
    """Want the minutes of a meeting, or not."""
    row = session.get(Rsvp, (meeting.id, member.id))
    if row is None:
        row = Rsvp(meeting_id=meeting.id, member_id=member.id)
        session.add(row)
    row.wants_minutes = wants


# ---- found by asking
Called = Callable[[Document, Meeting | None], str]  # all that a document may be called besides its title
ANY_KIND = "other"  # « the papers of the assembly »: of whatever kind


@dataclass(frozen=True)
class Vocabulary:
    """The words by which people ask the library, all folded, of every language.

    `fillers` say nothing, `decisions` ask for what was decided, `kinds` is kind → the ways it is called, several words
    each perhaps, `meetings` speak of a meeting.
    """

    fillers: Collection[str]
    decisions: Collection[str]
    kinds: Mapping[str, Collection[str]]
    meetings: Collection[str]


@dataclass(frozen=True)
class Asked:
    """What somebody asks the library for: the words that count, those of them that name no kind, the kinds they name.

    `skipped` are the words that do not count.
    """

    said: frozenset[str]
    words: frozenset[str]
    kinds: frozenset[str]
    about_decisions: bool
    skipped: frozenset[str]


def asked(text: str, vocabulary: Vocabulary) -> Asked:
    """Read a question. What names a kind by a meeting, « lajɛba sɛbɛn », says of which meeting it is too."""
    spoken = _without(fold(text), vocabulary.fillers).split()
    called = [(kind, run) for kind, names in vocabulary.kinds.items() for name in names if _holds(spoken, run := name.split())]
    naming = {word for _, run in called for word in run if word not in vocabulary.meetings}
    about = any(word in vocabulary.decisions for word in spoken)
    skipped = frozenset(vocabulary.fillers) | frozenset(vocabulary.decisions)
    said = frozenset(word for word in spoken if word not in skipped and (len(word) > 1 or word.isdigit()))
    return Asked(said, said - naming, frozenset(kind for kind, _ in called), about, skipped)


def _without(text: str, fillers: Collection[str]) -> str:
    """Take out the fillers that are several words: « d'accord » is no agreement anybody keeps."""
    for filler in fillers:
        if " " in filler:
            text = f" {text} ".replace(f" {filler} ", " ").strip()
    return text


def _holds(words: Sequence[str], run: Sequence[str]) -> bool:
    return any(words[at : at + len(run)] == run for at in range(len(words)))


def search(session: Session, member: Member, wanted: Asked, *, called: Called) -> Document | None:
    """Return the document somebody asks for and may see, the newest of those meant; None when unsure.

    It is meant when its title holds all they say, more than one word or how it begins; or when they name its kind (or ask
    what was decided) and all else is in its title or in what it is `called` by its meeting, its project and its day; last,
    in the words of minutes.
    """
    if not (wanted.said or wanted.kinds or wanted.about_decisions):
        return None
    found = on_shelf(session, member)
    for looks_inside in (False, True):
        for document in found:
            if _is_titled(document, wanted) or _is_called(session, document, wanted, called, looks_inside=looks_inside):
                return document
    return None


def _title_words(document: Document) -> set[str]:
    return {word for title in document.titles.values() for word in fold(title).split()}


def _is_titled(document: Document, wanted: Asked) -> bool:
    """« Accord de coopération » is what « l'accord » means; « la coopération » is a subject we know other things about."""
    if not wanted.said or not wanted.said <= _title_words(document):
        return False
    told = ([word for word in fold(title).split() if word not in wanted.skipped] for title in document.titles.values())
    return len(wanted.said) > 1 or any(words[0] in wanted.said for words in told if words)


def _is_called(session: Session, document: Document, wanted: Asked, called: Called, *, looks_inside: bool) -> bool:
    are_minutes = document.kind == "minutes"
    is_kind = document.kind in wanted.kinds - {ANY_KIND} or (are_minutes and wanted.about_decisions)
    is_any = ANY_KIND in wanted.kinds and bool(wanted.words)  # « a document » alone asks for none
    if document.kind == PROGRAMME or not (is_kind or is_any):
        return False
    meeting = session.get(Meeting, document.meeting_id) if document.meeting_id else None
    words = {*_title_words(document), *fold(called(document, meeting)).split()}
    if looks_inside and are_minutes:
        words.update(fold(document.text).split())
    return wanted.words <= words
