"""Announcements: the draft's board, what is seen while it goes out, the report."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot import callbacks
from bot.domain import members
from bot.domain.announced import Ahead, Report
from bot.domain.announcements import LISTED, RUNNING, Doubt
from bot.domain.audiences import Count
from bot.i18n import Reader
from bot.links import Link
from bot.lists import written
from bot.messages import Button, Document, OutgoingMessage
from bot.views import buttons
from bot.views.announcement_copies import Form, excess, is_below, plain, title_of
from bot.views.audience import asked_for, choices_of
from bot.views.members import kind_name, known_as, place_name
from db.models import Announcement, AnnouncementState, AnnouncementText, Chat, Member

NAMED = 10
HOURS = (9, 12, 15, 18, 19, 20)
DAYS = 6
LONG = timedelta(hours=1)
Titled = tuple[Announcement, str]


# ---- the draft
@dataclass(frozen=True)
class Board:
    """A draft: what it says, for how many, in which languages a voice would help, where its links lead."""

    announcement: Announcement
    texts: Mapping[str, AnnouncementText]
    count: Count
    wants_voice: Sequence[str]
    links: Sequence[Link] = ()
    forms: Sequence[Form] = ()
    revision: str = ""


def menu(found: Sequence[Titled], reader: Reader, *, writes: bool, page: int = 0) -> OutgoingMessage:
    """A page of what was announced, the newest first; whoever may write finds « new » and what is under way above."""
    rows: list[tuple[Button, ...]] = []
    if writes:
        rows.append((Button(reader.say("announcements.button.new"), callbacks.NewAnnouncement().pack(), style="success"),))
    rows += [
        (Button(f"{_sign(one) if writes else '📣'} {title}", callbacks.ShowAnnouncement(one.id).pack()),)
        for one, title in found[:LISTED]
    ]
    if page or len(found) > LISTED:
        following = page + 1 if len(found) > LISTED else 0
        rows.append((Button(reader.say("buttons.more"), callbacks.ListAnnouncements(following).pack()),))
    text = reader.say("announcements.menu") if found or page or writes else reader.say("announcements.none")
    return OutgoingMessage(text, buttons=(*rows, (buttons.home(reader),)))


def _sign(announcement: Announcement) -> str:
    signs = {AnnouncementState.DRAFT: "✏️", AnnouncementState.SCHEDULED: "🕐", AnnouncementState.HELD: "✋",
             AnnouncementState.SENDING: "📤", AnnouncementState.PAUSED: "⏸"}  # fmt: skip
    return signs.get(AnnouncementState(announcement.state), "📣")


def ask_content(language: str, reader: Reader) -> OutgoingMessage:
    """The next message is what it says."""
    name = reader.words.languages[language].name
    return OutgoingMessage(reader.say("announcements.ask_content", language=name), buttons=((buttons.cancel(reader),),))


def overwrites(texts: Mapping[str, AnnouncementText], language: str, reader: Reader) -> OutgoingMessage:
    """Somebody else has written this text meanwhile: what it says; sent once more it is replaced."""
    theirs = title_of({language: texts[language]} if language in texts else {}, reader)
    return OutgoingMessage(reader.say("announcements.overwrites", title=theirs), buttons=((buttons.cancel(reader),),))


def ask_voice(language: str, longest: int, reader: Reader) -> OutgoingMessage:
    """The next voice says it."""
    name = reader.words.languages[language].name
    text = reader.say("announcements.ask_voice", language=name, longest=longest)
    return OutgoingMessage(text, buttons=((buttons.cancel(reader),),))


def board(
    shown: Board, reader: Reader, *, may_have_words: bool = False, tells_where: bool = False
) -> OutgoingMessage:
    """A draft at a glance: each part says how it stands and opens what changes it; words may follow files without any.

    A picture that `tells_where` it was taken is warned about.
    """
    announcement, number = shown.announcement, shown.announcement.id
    lines: list[str] = [reader.say("announcements.board"), _counted(shown.count, reader), _when(announcement, reader)]
    if announcement.is_urgent:
        lines.append(reader.say("announcements.is_urgent"))
    if shown.wants_voice:
        lines.append(reader.say("announcements.voice_helps"))
    over = excess(shown.forms)
    if over is not None:
        lines.append(reader.say("announcements.too_long", where=over[0], over=over[1]))
    elif is_below(shown.forms):
        lines.append(reader.say("announcements.text_below"))
    if tells_where:
        lines.append(reader.say("announcements.tells_where"))
    if may_have_words:
        lines.append(reader.say("announcements.may_have_words"))
    rows: list[tuple[Button, ...]] = []
    for code, language in reader.words.languages.items():
        text = shown.texts.get(code)
        said = "✅" if text and (text.text or text.media) else "➕"
        spoken = "✅" if text and text.voice else "➕"
        rows.append((Button(f"{said} {language.name}", callbacks.WriteAnnouncement(number, code).pack()),
                     Button(f"{spoken} 🎙", callbacks.SpeakAnnouncement(number, code).pack())))  # fmt: skip
    rows.append((
        Button(reader.say("announcements.button.audience"), callbacks.AimAnnouncement(number, 0, "", "").pack()),
        Button(reader.say("announcements.button.when"), callbacks.TimeAnnouncement(number, "ask").pack()),
    ))  # fmt: skip
    rows.append((_look(announcement, reader),))
    drop = Button(reader.say("announcements.button.drop"), callbacks.DropAnnouncement(number).pack())
    rows.append((drop, buttons.home(reader)))
    return OutgoingMessage("\n".join(lines), buttons=tuple(rows))


def _counted(count: Count, reader: Reader) -> str:
    known = reader.words.languages
    languages = [f"{known[code].name} {count.by_language[code]}" for code in known if code in count.by_language]
    groups = [reader.say_n("groups.counted", count.groups)] if count.groups else []
    return " · ".join([reader.say_n("announcements.counted", count.persons), *languages, *groups])


def _when(announcement: Announcement, reader: Reader) -> str:
    if announcement.send_at is None:
        return reader.say("announcements.at_once")
    return reader.say("announcements.at", when=reader.moment(announcement.send_at))


def audience(shown: Board, reader: Reader) -> OutgoingMessage:
    """For whom: places, roles, groups, what it is about, whether it may wake people."""
    announcement, number = shown.announcement, shown.announcement.id
    open_ = [
        (Button(reader.say(name), callbacks.AimAnnouncement(number, 0, what, "").pack()),)
        for what, name in (("places", "announcements.button.places"), ("roles", "announcements.button.roles"),
                           ("groups", "announcements.button.groups"))
    ]  # fmt: skip
    kinds = [
        Button(_mark(kind == announcement.kind) + kind_name(kind, reader),
               callbacks.ClassAnnouncement(number, int(announcement.is_urgent), kind).pack())
        for kind in members.KINDS
    ]  # fmt: skip
    wake = Button(
        reader.say("announcements.button.calm" if announcement.is_urgent else "announcements.button.urgent"),
        callbacks.ClassAnnouncement(number, int(not announcement.is_urgent), announcement.kind).pack(),
    )
    rows = (*open_, tuple(kinds[:2]), tuple(kinds[2:]), (wake,), (_look(announcement, reader),), (_to(announcement, reader),))
    return OutgoingMessage(f"{reader.say('announcements.audience')}\n{_counted(shown.count, reader)}", buttons=rows)


def choose(shown: Board, what: str, chats: Sequence[Chat], reader: Reader) -> OutgoingMessage:
    """Which places, roles or groups: a tap takes one in or out."""
    announcement = shown.announcement
    chosen_ones = [str(one) for one in getattr(announcement, what)]
    rows = [
        (Button(_mark(value in chosen_ones) + label,
                callbacks.AimAnnouncement(announcement.id, int(value not in chosen_ones), what, value).pack()),)
        for value, label in choices_of(what, chats, reader)
    ]  # fmt: skip
    back = Button(reader.say("buttons.back"), callbacks.AimAnnouncement(announcement.id, 0, "", "").pack())
    text = f"{asked_for(what, chats, reader)}\n{_counted(shown.count, reader)}"
    return OutgoingMessage(text, buttons=(*rows, (_look(announcement, reader),), (back,)))


def _look(announcement: Announcement, reader: Reader) -> Button:
    """The way on, from wherever it is prepared."""
    press = callbacks.PreviewAnnouncement(announcement.id)
    return Button(reader.say("announcements.button.preview"), press.pack(), style="success")


def _mark(is_chosen: bool) -> str:
    return "✅ " if is_chosen else ""


def _to(announcement: Announcement, reader: Reader) -> Button:
    return Button(reader.say("buttons.back"), callbacks.ShowAnnouncement(announcement.id).pack())


def when(announcement: Announcement, days: Sequence[date], reader: Reader, *, has_evening: bool) -> OutgoingMessage:
    """At once, tonight, tomorrow morning, another day; or typed."""
    number = announcement.id
    quick = [("now", "announcements.button.now")]
    if has_evening:
        quick.append((f"{days[0].isoformat()}T19:00", "announcements.button.tonight"))
    quick.append((f"{days[1].isoformat()}T09:00", "announcements.button.tomorrow"))
    rows = [(Button(reader.say(name), callbacks.TimeAnnouncement(number, value).pack()),) for value, name in quick]
    later = [Button(reader.weekday(day), callbacks.TimeAnnouncement(number, day.isoformat()).pack()) for day in days[2 : 2 + 4]]
    return OutgoingMessage(
        reader.say("announcements.when"),
        buttons=(*rows, tuple(later[:2]), tuple(later[2:]), (_to(announcement, reader),)),
    )


def hours(announcement: Announcement, day: date, reader: Reader) -> OutgoingMessage:
    """At which hour of that day?"""
    found = [
        Button(f"{hour:02}:00", callbacks.TimeAnnouncement(announcement.id, f"{day.isoformat()}T{hour:02}:00").pack())
        for hour in HOURS
    ]
    text = reader.say("announcements.hour", day=reader.weekday(day))
    return OutgoingMessage(text, buttons=(tuple(found[:3]), tuple(found[3:]), (_to(announcement, reader),)))


def unclear(why: str, reader: Reader) -> OutgoingMessage:
    """The hour was not understood, or cannot be: asked again, never shifted."""
    names = {"unknown": "dates.unknown", "no_hour": "dates.no_hour", "no_day": "dates.no_day", "past": "dates.past",
             "gap": "dates.gap", "no_such_day": "dates.no_such_day", "no_such_hour": "dates.no_such_hour",
             "too_far": "dates.too_far"}  # fmt: skip
    return OutgoingMessage(reader.say(names[why]), buttons=((buttons.cancel(reader),),))


def ready(shown: Board, waits: int, reader: Reader, *, has_changed: bool = False) -> OutgoingMessage:
    """Below the preview: for how many, when, how many only in the morning, and the green button; whether it has changed."""
    number = shown.announcement.id
    press = callbacks.SendAnnouncement(number, 0, shown.revision)
    send = Button(reader.say("announcements.button.send"), press.pack(), style="success")
    change = Button(reader.say("announcements.button.change"), callbacks.ShowAnnouncement(number).pack())
    to_me = Button(reader.say("announcements.button.to_me"), callbacks.TryAnnouncement(number).pack())
    said = reader.say("announcements.changed" if has_changed else "announcements.ready")
    lines = [said, _counted(shown.count, reader), _when(shown.announcement, reader)]
    if waits:
        lines.append(reader.say_n("announcements.waits", waits))
    lines += _instead(shown, reader)
    if shown.count.unreachable:
        lines.append(reader.say_n("announcements.unreachable", shown.count.unreachable))
    lines += [_led_to(link, reader) for link in shown.links]
    if _speaks_of_money(shown, reader):
        lines.append(reader.say("announcements.speaks_of_money"))
    return OutgoingMessage("\n".join(lines), buttons=((send,), (change, to_me)))


def _instead(shown: Board, reader: Reader) -> list[str]:
    """Say what those will read in whose language it does not exist."""
    known = reader.words.languages
    other = next((known[code].name for code in known if code in shown.texts), "")
    missing = [(code, shown.count.by_language.get(code, 0)) for code in known if code not in shown.texts]
    names = {code: known[code].name for code in known}
    return [reader.say_n("announcements.instead", n, language=names[code], other=other) for code, n in missing if n]


def _led_to(link: Link, reader: Reader) -> str:
    """Where a link leads, and a sign when that is not where it seems to lead."""
    name = "announcements.link_tricky" if link.is_tricky else "announcements.link"
    return reader.say(name, words=link.words or link.target, target=link.host or link.target)


def _speaks_of_money(shown: Board, reader: Reader) -> bool:
    """Tell whether a text names a way to pay, in whichever language."""
    said = " ".join(plain(text.text).casefold() for text in shown.texts.values())
    listed = [reader.words.reader(code, None).say("announcements.money_words") for code in reader.words.languages]
    return any(re.search(rf"\b{re.escape(word.strip())}\b", said) for words in listed for word in words.split(","))


def doubtful(shown: Board, doubts: Doubt, woken: Sequence[str], more: int, reader: Reader) -> OutgoingMessage:
    """All that makes one ask whether it is meant: whom it wakes, that the same has gone, where a link leads."""
    lines: list[str] = []
    if Doubt.WAKES in doubts:
        lines.append(_wakes(shown.announcement, woken, more, reader))
    if Doubt.SAME in doubts:
        lines.append(reader.say("announcements.same"))
    if Doubt.TRICKY in doubts:
        lines.append(reader.say("announcements.tricky"))
        lines += [_led_to(link, reader) for link in shown.links if link.is_tricky]
    press = callbacks.SendAnnouncement(shown.announcement.id, int(doubts), shown.revision)
    send = Button(reader.say(_doubted_button(shown.announcement, doubts)), press.pack(), style="danger")
    return OutgoingMessage("\n".join(lines), buttons=((send,), (_to(shown.announcement, reader),)))


def _wakes(announcement: Announcement, woken: Sequence[str], more: int, reader: Reader) -> str:
    if not woken:
        is_later = announcement.send_at is not None
        return reader.say("announcements.wakes_nobody_then" if is_later else "announcements.wakes_nobody")
    names = ", ".join(known_as(name, reader) for name in woken)
    said = reader.say("announcements.wakes", names=names)
    return f"{said} {reader.say_n('announcements.and_more', more)}" if more else said


def _doubted_button(announcement: Announcement, doubts: Doubt) -> str:
    if Doubt.WAKES in doubts and announcement.send_at is None:
        return "announcements.button.send_urgent"
    return "announcements.button.send_again" if Doubt.SAME in doubts else "announcements.button.send_anyway"


# ---- on its way, and afterwards
def progress(
    announcement: Announcement, found: Report, title: str, reader: Reader, *, undo: timedelta, ahead: Ahead | None,
    now: datetime,
) -> OutgoingMessage:  # fmt: skip
    """What is on its way: how far, how fast, what is left, and the levers; when all is settled, the report.

    `undo` is how long it may still be taken back.
    """
    if announcement.state not in RUNNING:
        return report(announcement, found, title, reader)
    number = announcement.id
    counts = {"sent": found.reached, "all": found.audience, "left": found.waiting}
    lines: list[str] = [
        reader.say("announcements.progress", title=title), reader.say("announcements.progress.count", **counts)
    ]  # fmt: skip
    if ahead is not None:
        lines.append(_left(ahead, reader, now))
    if undo:
        lines.append(reader.say_n("announcements.undo_lasts", max(1, round(undo.total_seconds()))))
    if announcement.state == AnnouncementState.PAUSED:
        lines.append(reader.say("announcements.paused"))
    levers: list[Button] = []
    if undo:
        levers.append(_take_back(announcement, reader))
    else:
        is_paused = announcement.state == AnnouncementState.PAUSED
        name = "announcements.button.go_on" if is_paused else "announcements.button.pause"
        levers.append(Button(reader.say(name), callbacks.PauseAnnouncement(number, int(not is_paused)).pack()))
        stop = callbacks.StopAnnouncement(number).pack()
        levers.append(Button(reader.say("announcements.button.stop"), stop, style="danger"))
    look = Button(reader.say("announcements.button.refresh"), callbacks.ShowAnnouncement(number).pack())
    correct, withdraw = _mending(number, reader)
    mending = () if undo else (correct,)
    return OutgoingMessage("\n".join(lines), buttons=(tuple(levers), *mending, (look,) if undo else (withdraw, look)))


def _mending(number: int, reader: Reader) -> tuple[tuple[Button, ...], Button]:
    """What has gone out to one is put right, or taken back: the buttons for the languages, and the one that withdraws."""
    correct = tuple(
        Button(f"✏️ {language.name}", callbacks.CorrectAnnouncement(number, code).pack())
        for code, language in reader.words.languages.items()
    )
    withdraw = callbacks.WithdrawAnnouncement(number, 0).pack()
    return correct[:2], Button(reader.say("announcements.button.withdraw"), withdraw)


def _left(ahead: Ahead, reader: Reader, now: datetime) -> str:
    """Say how long the rest takes and how fast it goes; or when it ends, where somebody's morning is waited for."""
    left = ahead.ends_at - now
    if left > LONG:
        return reader.say("announcements.progress.until", when=reader.short_moment(ahead.ends_at))
    minutes, pace = max(1, round(left.total_seconds() / 60)), max(1, round(ahead.pace * 60))
    return reader.say("announcements.progress.left", minutes=minutes, pace=pace)


def _take_back(announcement: Announcement, reader: Reader) -> Button:
    press = callbacks.UndoAnnouncement(announcement.id)
    return Button(reader.say("announcements.button.take_back"), press.pack(), style="danger")


def scheduled(announcement: Announcement, title: str, reader: Reader) -> OutgoingMessage:
    """It goes at its hour; until then it can be taken back."""
    when_ = reader.moment(announcement.send_at or announcement.changed_at)
    text = reader.say("announcements.scheduled", title=title, when=when_)
    return OutgoingMessage(text, buttons=((_take_back(announcement, reader),), (buttons.home(reader),)))


def report(announcement: Announcement, found: Report, title: str, reader: Reader) -> OutgoingMessage:
    """Who has it, by place and language; who has not, by name and in plain words."""
    gone = announcement.state == AnnouncementState.WITHDRAWN
    lines: list[str] = [reader.say("announcements.report", title=title),
                        reader.say("announcements.report.count", sent=found.reached, all=found.audience)]  # fmt: skip
    groups = [reader.say_n("groups.counted", found.groups)] if found.groups else []
    if found.by_place:
        places = sorted(found.by_place.items())
        by_place = [f"{place_name(reader, place or None)} {number}" for place, number in places]
        lines.append(" · ".join([*by_place, *groups]))
        languages = reader.words.languages
        lines.append(" · ".join(
            [*(f"{languages[code].name if code in languages else '–'} {n}" for code, n in sorted(found.by_language.items())),
             *groups]
        ))  # fmt: skip
    lines.append(reader.say("announcements.report.answers", seen=found.seen, questions=found.questions))
    lines += [
        reader.say("announcements.report.missed", name=known_as(name, reader), why=why_of(why, reader))
        for name, why in found.missed[:NAMED]
    ]
    if gone:
        lines.append(reader.say("announcements.is_withdrawn"))
    return OutgoingMessage("\n".join(lines), buttons=_report_buttons(announcement.id, found, reader, is_gone=gone))


def _report_buttons(number: int, found: Report, reader: Reader, *, is_gone: bool) -> tuple[tuple[Button, ...], ...]:
    again = Button(reader.say("announcements.button.again"), callbacks.RepeatAnnouncement(number).pack())
    if is_gone:
        return ((again,), (buttons.home(reader),))
    first: list[Button] = []
    if found.missed:
        first = [Button(reader.say("announcements.button.resend"), callbacks.ResendAnnouncement(number).pack()),
                 Button(reader.say("announcements.button.list"), callbacks.ListMissed(number).pack())]  # fmt: skip
    nudge_ = Button(reader.say("announcements.button.nudge"), callbacks.NudgeAnnouncement(number).pack())
    correct, withdraw = _mending(number, reader)
    look = Button(reader.say("announcements.button.refresh"), callbacks.ShowAnnouncement(number).pack())
    return (tuple(first), (nudge_, again), correct, (withdraw, look), (buttons.home(reader),))


def why_of(why: str, reader: Reader) -> str:
    """Return in plain words why a copy did not arrive."""
    names = {"blocked": "directory.why.blocked", "gone": "directory.why.gone", "never_came": "directory.why.never_came",
             "stopped": "announcements.why.stopped", "doubt": "announcements.why.doubt",
             "refused": "announcements.why.refused"}  # fmt: skip
    return reader.say(names[why])


def missed_list(found: Report, reader: Reader) -> OutgoingMessage:
    """Everybody it did not reach, as a list that opens on a computer."""
    rows = [[known_as(name, reader), why_of(why, reader)] for name, why in found.missed]
    head = [reader.say("lists.column.name"), reader.say("announcements.column.why")]
    return OutgoingMessage(document=Document("annonce.csv", written([head, *rows])), buttons=((buttons.home(reader),),))


def sent_again(number: int, reader: Reader) -> OutgoingMessage:
    """So many get it now."""
    return OutgoingMessage(reader.say_n("announcements.sent_again", number), buttons=((buttons.home(reader),),))


def ask_correction(language: str, reader: Reader) -> OutgoingMessage:
    """The next message is what it says from now on."""
    text = reader.say("announcements.ask_correction", language=reader.words.languages[language].name)
    return OutgoingMessage(text, buttons=((buttons.cancel(reader),),))


def corrected(
    announcement: Announcement, language: str, left: Sequence[str], relied: int, reader: Reader, *, was_spoken: bool
) -> OutgoingMessage:
    """Every copy in this language changes; `left` still say the old in others; those who relied on it may be told anew.

    One that `was_spoken` is silent from now on, until somebody says it anew.
    """
    known, rows = reader.words.languages, []
    lines = [reader.say("announcements.is_corrected", language=known[language].name)]
    if relied:
        label = reader.say("announcements.button.tell_anew", number=relied)
        rows.append((Button(label, callbacks.TellAnew(announcement.id).pack(), style="success"),))
    if was_spoken:
        lines.append(reader.say("announcements.voice_dropped"))
        rows.append((Button(f"🎙 {known[language].name}", callbacks.SpeakAnnouncement(announcement.id, language).pack()),))
    for code in left:
        lines.append(reader.say("announcements.and_in", language=known[code].name))
        rows.append((Button(f"✏️ {known[code].name}", callbacks.CorrectAnnouncement(announcement.id, code).pack()),))
    return OutgoingMessage("\n".join(lines), buttons=(*rows, (_to(announcement, reader),)))


def ask_withdraw(announcement: Announcement, reader: Reader) -> OutgoingMessage:
    """Take it back from everybody?"""
    press = callbacks.WithdrawAnnouncement(announcement.id, 1)
    yes = Button(reader.say("announcements.button.withdraw_now"), press.pack(), style="danger")
    return OutgoingMessage(reader.say("announcements.ask_withdraw"), buttons=((yes,), (_to(announcement, reader),)))


def is_withdrawn(deleted: int, noted: int, reader: Reader) -> OutgoingMessage:
    """So many copies are gone, so many say that it was taken back."""
    text = reader.say("announcements.withdrawn_count", deleted=deleted, noted=noted)
    return OutgoingMessage(text, buttons=((buttons.home(reader),),))


def goes(announcement: Announcement, title: str, author: Member, reader: Reader) -> OutgoingMessage:
    """Another coordinator lets one go: whoever wonders looks, and can stop it there."""
    text = reader.say("announcements.goes", name=known_as(author.first_name, reader), title=title)
    return OutgoingMessage(text, buttons=((_to_look(announcement, reader),),))


def held(announcement: Announcement, title: str, reader: Reader) -> OutgoingMessage:
    """Its author may not send any more: does somebody else?"""
    return OutgoingMessage(reader.say("announcements.held", title=title), buttons=((_to_look(announcement, reader),),))


def _to_look(announcement: Announcement, reader: Reader) -> Button:
    return Button(reader.say("announcements.button.look"), callbacks.ShowAnnouncement(announcement.id).pack())
