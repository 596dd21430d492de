"""The copy of an announcement that everybody gets: its layout, whether it fits, what becomes of it, how it is passed on."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from bot import callbacks
from bot.domain.announcements import is_written, read_in
from bot.i18n import Html, Reader, Words
from bot.messages import Button, OutgoingMessage
from bot.views import buttons
from bot.views.members import kind_name
from bot.views.posters import Poster
from db.models import Announcement, AnnouncementState, AnnouncementText, Chat

LONGEST_TEXT, LONGEST_CAPTION = 4096, 1024
SHORT = 1800
TITLE = 28
PASSED_ON = 1500  # characters: more makes a link that some phones do not open
_MARKUP = re.compile(r"<[^>]+>")


# ---- the copy
@dataclass(frozen=True)
class Copy:
    """What one reader gets: the text in their language, or another one; the languages it also exists in; seen so far.

    `spoken` is a voice in the language that was wanted (`own`), where it is not written there.
    """

    announcement: Announcement
    text: AnnouncementText
    is_fallback: bool
    others: Sequence[str]
    seen: int = 0
    listens: bool = False
    own: str = ""
    spoken: str = ""

    @property
    def voice(self) -> str:
        """Return the voice that says it, in their own language if there is one."""
        return self.spoken or self.text.voice or ""

    @property
    def voices_ahead(self) -> list[str]:
        """Return what is to be heard first: by who would rather listen, and by everybody where words are missing."""
        return [self.voice] if self.voice and (self.listens or self.spoken or not is_written(self.text)) else []


def chosen(
    announcement: Announcement, texts: Mapping[str, AnnouncementText], reader: Reader, *, seen: int = 0, listens: bool = False
) -> Copy | None:
    """Return the text for a reader: their language, else the first there is; None when it says nothing."""
    own = reader.language.code
    code = read_in(texts, own, reader.words.languages)
    if code is None:
        return None
    others = [one for one in reader.words.languages if one in texts and one != code and is_written(texts[one])]
    spoken = texts[own].voice if own in texts and own != code else None
    return Copy(announcement, texts[code], code != own, others, seen, listens, own, spoken or "")


def copy(shown: Copy, reader: Reader) -> OutgoingMessage:
    """The announcement as somebody gets it in private; preview and delivery are both made here."""
    return _laid_out(shown.text, _body(shown, reader), _copy_buttons(shown, reader), shown.voices_ahead)


def _body(shown: Copy, reader: Reader) -> str:
    lines = [shown.text.text] if shown.text.text else []
    if shown.spoken:
        lines.append(reader.say("announcements.heard", language=reader.words.languages[shown.own].name))
    elif shown.is_fallback:
        lines.append(reader.say("announcements.not_yet", language=reader.language.name))
    if shown.text.corrected_at:
        lines.append(reader.say("announcements.corrected", when=reader.date(shown.text.corrected_at)))
    lines.append(reader.say("announcements.signature"))
    return "\n\n".join(lines)


def _laid_out(
    text: AnnouncementText, body: str, rows: tuple[tuple[Button, ...], ...], voices: Sequence[str]
) -> OutgoingMessage:
    """Lay out text and files: one file bears the text when it fits, an album or a long text goes below its files."""
    files = [(str(kind), str(file_id)) for kind, file_id in text.media]
    ahead = [("voice", one) for one in voices]
    if len(files) == 1 and units(body) <= LONGEST_CAPTION:
        return OutgoingMessage(body, buttons=rows, media=files[0], before=tuple(ahead))
    return OutgoingMessage(body, buttons=rows, before=(*ahead, *files))


def _copy_buttons(shown: Copy, reader: Reader) -> tuple[tuple[Button, ...], ...]:
    number, language = shown.announcement.id, shown.text.language
    spoken_in = shown.own if shown.spoken else language
    label = reader.say("announcements.button.seen") + (f" {shown.seen}" if shown.seen else "")
    hear = [
        Button(f"🔁 {reader.words.languages[code].name}", callbacks.ReadAnnouncement(number, code).pack())
        for code in shown.others[:1]
    ]
    if shown.voice:
        hear.append(Button(reader.say("recordings.button.listen"), callbacks.ListenAnnouncement(number, spoken_in).pack()))
    return (
        (Button(label, callbacks.Saw(number).pack()),),
        tuple(hear),
        (
            Button(reader.say("announcements.button.ask"), callbacks.AskAbout(number, language).pack()),
            Button(reader.say("announcements.button.retell"), callbacks.Retell(number, "").pack()),
        ),
        (Button(reader.say("announcements.button.mute"), callbacks.MuteKind(shown.announcement.kind).pack()),),
    )


def group_copy(
    texts: Mapping[str, AnnouncementText], languages: Sequence[str], reader: Reader
) -> OutgoingMessage | None:
    """The announcement as a group gets it: in its languages, one message, nothing to press."""
    theirs = [texts[code] for code in languages if code in texts]
    first = read_in(texts, next(iter(languages), reader.language.code), reader.words.languages)
    if first is None:
        return None
    wanted = [one for one in theirs if is_written(one)] or [texts[first]]
    voices = [one.voice for one in theirs or wanted if one.voice and not is_written(one)]
    bodies = [one.text for one in wanted if one.text]
    corrected_at = max((one.corrected_at for one in wanted if one.corrected_at), default=None)
    if corrected_at:
        bodies.append(reader.say("announcements.corrected", when=reader.date(corrected_at)))
    return _laid_out(wanted[0], "\n\n".join([*bodies, reader.say("announcements.signature")]), (), voices)


# ---- does it fit?
Form = tuple[str, OutgoingMessage]


def forms(
    announcement: Announcement, texts: Mapping[str, AnnouncementText], chats: Sequence[Chat], words: Words,
    languages: Iterable[str] = (),
) -> list[Form]:  # fmt: skip
    """Return every form in which it goes out, with whom it is for: these languages (all of them), and these groups."""
    found: list[Form] = []
    for code in languages or words.languages:
        reader = words.reader(code, None)
        shown = chosen(announcement, texts, reader)
        if shown is not None:
            found.append((reader.language.name, copy(shown, reader)))
    return found + _group_forms(texts, chats, words)


def _group_forms(texts: Mapping[str, AnnouncementText], chats: Sequence[Chat], words: Words) -> list[Form]:
    said = [(chat.title, group_copy(texts, chat.languages, words.reader(None, None))) for chat in chats]
    return [(title, message) for title, message in said if message is not None]


def in_groups(texts: Mapping[str, AnnouncementText], chats: Sequence[Chat], words: Words) -> list[OutgoingMessage]:
    """What groups will get, each form once, below the names of the groups it is for."""
    titles: dict[OutgoingMessage, list[str]] = {}
    for title, message in _group_forms(texts, chats, words):
        titles.setdefault(message, []).append(html.escape(title))
    return [one for form, names in titles.items() for one in (OutgoingMessage(f"💬 {', '.join(names)}"), form)]


def excess(found: Sequence[Form], was: Sequence[Form] = ()) -> tuple[str, int] | None:
    """Return for whom it is too long for Telegram, and by how much; None where it fits.

    What takes the place of `was` cannot move: what stands below a picture has the room that a caption has.
    """
    pairs = zip(was, found, strict=False)
    bounds = [_room(old, new) for old, new in pairs] or [LONGEST_TEXT] * len(found)
    over = [(name, units(message.text) - bound) for (name, message), bound in zip(found, bounds, strict=False)]
    return next(((name, number) for name, number in over if number > 0), None)


def _room(old: Form, new: Form) -> int:
    """Return how long what takes the place of `old` may be: a picture stays where it is, and one that comes bears its words."""
    is_caption = old[1].media or (is_below([new]) and not is_below([old]))
    return LONGEST_CAPTION if is_caption else LONGEST_TEXT


def is_below(found: Sequence[Form]) -> bool:
    """Tell whether its words stand in a message of their own, below what it shows."""
    return any(kind != "voice" for _, message in found for kind, _ in message.before)


def withdrawn(reader: Reader) -> OutgoingMessage:
    """What stands where an announcement was."""
    return OutgoingMessage(reader.say("announcements.withdrawn"))


def for_others(announcement: Announcement, reader: Reader) -> OutgoingMessage:
    """An old poster, for whom it does not concern: whether it still holds, and no more."""
    if announcement.state == AnnouncementState.WITHDRAWN:
        return withdrawn(reader)
    lines: list[str] = [reader.say("announcements.for_others")]
    if announcement.corrected_at:
        lines.append(reader.say("announcements.corrected", when=reader.date(announcement.corrected_at)))
    return OutgoingMessage("\n".join(lines), buttons=((buttons.home(reader),),))


def told_anew(text: AnnouncementText, reader: Reader) -> OutgoingMessage:
    """What it said before, what it says now: for those who relied on it."""
    said = (Html(text.before or "📷"), Html(text.text or "📷"))
    if sum(units(one) for one in said) > 2 * SHORT:  # the whole of it stands in the copy
        said = (_shortened(said[0]), _shortened(said[1]))
    words = reader.say("announcements.told_anew", before=said[0], now=said[1])
    return OutgoingMessage(words, buttons=((buttons.home(reader),),))


def _shortened(text: str) -> Html:
    words = plain(text)
    return Html(text) if units(text) <= SHORT else Html(html.escape(words[: SHORT // 2].rstrip()) + "…")


def nudge(announcement: Announcement, texts: Mapping[str, AnnouncementText], reader: Reader) -> OutgoingMessage:
    """Have you seen it?"""
    look = Button(reader.say("announcements.button.look"), callbacks.ShowAnnouncement(announcement.id).pack())
    return OutgoingMessage(reader.say("announcements.nudge", title=title_of(texts, reader)), buttons=((look,),))


def plain(text: str) -> str:
    """Return markup as people read it."""
    return html.unescape(_MARKUP.sub("", text))


def units(text: str) -> int:
    """Return how long markup is as Telegram counts: in UTF-16, of which an emoji takes two or more."""
    return len(plain(text).encode("utf-16-le")) // 2


def title_of(texts: Mapping[str, AnnouncementText], reader: Reader) -> str:
    """Return the beginning of what it says, on one line; a sign where it says nothing in words."""
    text = texts.get(reader.language.code) or next(iter(texts.values()), None)
    if text is None:
        return "…"
    words = " ".join(plain(text.text).split())
    if not words:
        return "🎙" if text.voice or any(kind == "voice" for kind, _ in text.media) else "📷"
    return words if len(words) <= TITLE else words[: TITLE - 1] + "…"


# ---- passed on
def retell(shown: Copy, codes: Sequence[str], address: str, reader: Reader) -> OutgoingMessage:
    """On WhatsApp: the text that stands alone, or a poster in one of the languages it has words in, or all of them."""
    number, languages = shown.announcement.id, reader.words.languages
    passed_on = "https://wa.me/?text=" + quote(_standing_alone(shown, address, reader))
    rows: list[tuple[Button, ...]] = [(Button("📤 WhatsApp", url=passed_on),)]
    rows += [(Button(f"🖼 {languages[code].name}", callbacks.Retell(number, code).pack()),) for code in codes]
    if len(codes) > 1:
        rows.append((Button(reader.say("announcements.button.poster_all"), callbacks.Retell(number, "+").pack()),))
    return OutgoingMessage(reader.say("announcements.retell"), buttons=(*rows, (buttons.home(reader),)))


def _standing_alone(shown: Copy, address: str, reader: Reader) -> str:
    """Return what it says, who says it and since when, where to ask; a long text is cut, never where it leads."""
    there = reader.say("announcements.ask_there", address=address)
    last = plain("\n".join([reader.say("association.name"), _said_on(shown.announcement, reader), there]))
    text, room = plain(shown.text.text), PASSED_ON - len("\n\n") - len(last)
    return "\n\n".join([text if len(text) <= room else text[: room - 1].rstrip() + "…", last])


def _said_on(announcement: Announcement, reader: Reader) -> str:
    return reader.say("announcements.said_on", when=reader.date(announcement.confirmed_at or announcement.made_at))


def poster(announcement: Announcement, texts: Sequence[AnnouncementText], address: str, reader: Reader) -> Poster:
    """Return the picture: what it says in these languages, since when, and the square that leads to how things are today."""
    words = tuple(plain(text.text) for text in texts)
    return Poster(reader.say("association.name"), words, address, footer=plain(_said_on(announcement, reader)))


def muted(kind: str, reader: Reader) -> OutgoingMessage:
    """No more of this kind; one tap takes it back."""
    back = Button(reader.say("members.button.hear"), callbacks.Open("hear").pack())
    text = reader.say("announcements.muted", kind=kind_name(kind, reader))
    return OutgoingMessage(text, buttons=((back,), (buttons.home(reader),)))


def voice(file_id: str) -> OutgoingMessage:
    """The voice that says it."""
    return OutgoingMessage(media=("voice", file_id))
