"""Opinion polls: one question, big answers, what came out by place."""

from __future__ import annotations

from collections.abc import Sequence

from bot import callbacks
from bot.domain.polls import OPTIONS, Results
from bot.i18n import Reader
from bot.messages import Button, OutgoingMessage
from bot.views import buttons
from bot.views.meeting_words import cut, titled
from bot.views.members import known_as, place_name
from bot.views.statistics import bars
from db.models import Poll, PollState

NAMED = 30


def card(poll: Poll, chosen: int | None, found: Results | None, reader: Reader) -> OutgoingMessage:
    """The question as everybody gets it; once it is closed, what came out (`found`)."""
    lines: list[str] = [reader.say("polls.question", question=titled(poll.questions, reader))]
    if poll.state == PollState.OPEN:
        lines.append(reader.say("polls.anonymous" if poll.is_anonymous else "polls.by_name"))
        rows = [
            (Button(("✅ " if number == chosen else "") + titled(option, reader), callbacks.Vote(poll.id, number).pack()),)
            for number, option in enumerate(poll.options)
        ]
        return OutgoingMessage("\n".join(lines), buttons=tuple(rows))
    lines += _results(poll, found, reader) if found else []  # never who chose what: that is for coordinators
    return OutgoingMessage("\n".join(lines), buttons=((buttons.home(reader),),))


def _results(poll: Poll, found: Results, reader: Reader) -> list[str]:
    lines = bars([(titled(option, reader), found.options[number]) for number, option in enumerate(poll.options)])
    for place, numbers in sorted(found.by_place.items()):
        told = ", ".join(f"{titled(poll.options[option], reader)} {count}" for option, count in sorted(numbers.items()))
        lines.append(reader.say("polls.place", place=place_name(reader, place or None), told=told))
    return lines


def _names(poll: Poll, found: Results, reader: Reader) -> list[str]:
    """Who chose what, as far as a screen holds it."""
    lines: list[str] = []
    for number, names in sorted(found.names.items()):
        known = ", ".join(known_as(name, reader) for name in names[:NAMED]) + (" …" if len(names) > NAMED else "")
        lines.append(reader.say("polls.names", option=titled(poll.options[number], reader), names=known))
    return lines


def listed(found: Sequence[Poll], reader: Reader) -> OutgoingMessage:
    """The last polls, and a new one."""
    signs = {PollState.DRAFT: "✏️", PollState.OPEN: "🗳", PollState.CLOSED: "✅"}
    new = (Button(reader.say("polls.button.new"), callbacks.EditPoll(0, "new", "").pack(), style="success"),)
    rows = [
        (Button(cut(f"{signs[PollState(one.state)]} {titled(one.questions, reader)}", 32), callbacks.ShowPoll(one.id).pack()),)
        for one in found
    ]
    back = Button(reader.say("buttons.back"), callbacks.Agenda("prepare", 0).pack())
    return OutgoingMessage(reader.say("polls.listed"), buttons=(new, *rows, (back, buttons.home(reader))))


def ask(language: str, reader: Reader) -> OutgoingMessage:
    """The next message is the question and its answers, one a line."""
    name = reader.words.languages[language].name
    text = reader.say("polls.ask", language=name, most=OPTIONS[-1])
    return OutgoingMessage(text, buttons=((buttons.cancel(reader),),))


def board(poll: Poll, found: Results, reader: Reader) -> OutgoingMessage:
    """A poll at a glance, for whoever asks: its languages while it is a draft, then what came out so far."""
    number = poll.id
    lines: list[str] = [reader.say("polls.question", question=titled(poll.questions, reader))]
    rows: list[tuple[Button, ...]] = []
    if poll.state == PollState.DRAFT:
        lines += [f"▫️ {_escaped(titled(option, reader), reader)}" for option in poll.options]
        rows.append(tuple(_in_language(poll, code, language.name) for code, language in reader.words.languages.items()))
        name = "polls.button.named" if poll.is_anonymous else "polls.button.anonymous"
        rows.append(
            (Button(reader.say(name), callbacks.EditPoll(number, "anonymous", str(int(not poll.is_anonymous))).pack()),)
        )
        rows.append((Button(reader.say("polls.button.open"), callbacks.EditPoll(number, "open", "").pack(), style="success"),))
        lines.append(reader.say("polls.anonymous" if poll.is_anonymous else "polls.by_name"))
    else:
        lines.append(reader.say_n("polls.votes", found.votes))
        lines += [*_results(poll, found, reader), *_names(poll, found, reader)]
    if poll.state == PollState.OPEN:
        rows.append((Button(reader.say("polls.button.close"), callbacks.EditPoll(number, "close", "").pack(), style="danger"),))
    back = Button(reader.say("buttons.back"), callbacks.Agenda("polls", 0).pack())
    return OutgoingMessage("\n".join(lines), buttons=(*rows, (back, buttons.home(reader))))


def _in_language(poll: Poll, code: str, name: str) -> Button:
    sign = "✅" if code in poll.questions else "➕"
    return Button(f"{sign} {name}", callbacks.EditPoll(poll.id, "write", code).pack())


def _escaped(text: str, reader: Reader) -> str:
    return reader.say("meetings.name", name=text)
