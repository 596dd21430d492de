"""What coordinators see of questions: cards, previews, reminders, the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import callbacks
from bot.callbacks import Press
from bot.i18n import Reader
from bot.knowledge import Entry
from bot.messages import Button, Copied, OutgoingMessage, Style
from bot.views import buttons
from bot.views.members import known_as, named, place_name
from db.models import Member, Question, QuestionMessage, QuestionState

QUOTED = 200
LISTED = 6
ASKERS_NAMED = 5


@dataclass(frozen=True)
class Card:
    """A question as coordinators see it: who asks, who has it, who asks the same, what is known nearby."""

    question: Question
    asker: Member
    taker: Member | None
    group: Sequence[Question]
    known: Sequence[Entry]
    told: Entry | None
    about: str = ""


def card(shown: Card, reader: Reader) -> OutgoingMessage:
    """Who asks what, since when, who has it; replying to it answers."""
    question = shown.question
    lines: list[str] = [
        reader.say("questions.card", name=named(shown.asker, reader), place=place_name(reader, shown.asker.place),
                   language=_language(reader, question.language), when=reader.moment(question.asked_at)),
        *(reader.say("questions.card.quote", text=short(one.text)) for one in shown.group[:ASKERS_NAMED] if one.text),
    ]  # fmt: skip
    if len(shown.group) > 1:
        lines.append(reader.say_n("questions.card.askers", len(shown.group)))
    if shown.about:
        lines.append(reader.say("questions.card.about", title=shown.about))
    if shown.told:
        lines.append(reader.say("questions.card.told", title=shown.told.text(reader.language.code).title))
    lines.append(_state(shown, reader))
    return OutgoingMessage("\n".join(lines), buttons=_card_buttons(shown, reader))


def _language(reader: Reader, code: str | None) -> str:
    known = reader.words.languages.get(code or "")
    return known.name if known else reader.language.name


def _state(shown: Card, reader: Reader) -> str:
    name = named(shown.taker, reader) if shown.taker else ""
    match shown.question.state, shown.taker:
        case QuestionState.OPEN, None:
            return reader.say("questions.card.free")
        case QuestionState.OPEN, _:
            return reader.say("questions.card.taken", name=name)
        case QuestionState.ANSWERED, _:
            return reader.say("questions.card.answered", name=name)
        case _:
            return reader.say("questions.card.closed")


def _card_buttons(shown: Card, reader: Reader) -> tuple[tuple[Button, ...], ...]:
    question = shown.question
    if question.state == QuestionState.CLOSED:
        return ()
    write = _button(reader, "questions.button.write", callbacks.WriteAnswer(question.id), "success")
    if question.state == QuestionState.ANSWERED:
        return ((write,), (_button(reader, "questions.button.close", callbacks.CloseQuestion(question.id)),))
    known = [
        (
            Button(
                f"📖 {entry.text(reader.language.code).title}",
                callbacks.SendKnown(question.id, question.known.index(entry.name)).pack(),
            ),
        )
        for entry in shown.known
    ]
    if shown.taker is None:
        second = _button(reader, "questions.button.take", callbacks.Take(question.id))
    else:
        second = _button(reader, "questions.button.leave", callbacks.Leave(question.id))
    decline = _button(reader, "questions.button.decline", callbacks.Decline(question.id))
    return ((second, write), *known, (decline,))


def _button(reader: Reader, name: str, press: Press, style: Style | None = None) -> Button:
    return Button(reader.say(name), press.pack(), style=style)


def short(text: str | None) -> str:
    """Return the beginning of a text, on one line."""
    words = " ".join((text or "").split())
    return words if len(words) <= QUOTED else words[: QUOTED - 1] + "…"


def topic_name(question: Question) -> str:
    """What a question's topic is called in a group that has them."""
    return f"{question.first_name}: {short(question.text)}"[:100] if question.text else question.first_name or "?"


def more(question: Question, reader: Reader) -> OutgoingMessage:
    """The asker goes on; what they say follows."""
    return OutgoingMessage(reader.say("questions.more", name=known_as(question.first_name, reader)))


def digest(count: int, reader: Reader) -> OutgoingMessage:
    """How many wait, instead of ringing for each."""
    look = Button(reader.say("questions.button.look"), callbacks.Open("waiting").pack(), style="success")
    return OutgoingMessage("📥 " + reader.say_n("questions.waiting", count), buttons=((look,),))


def late(question: Question, reader: Reader, *, now: datetime) -> OutgoingMessage:
    """A question that waits for too long."""
    text = reader.say("questions.late", name=known_as(question.first_name, reader), age=age(question, reader, now))
    return OutgoingMessage(
        text, buttons=((_button(reader, "questions.button.look", callbacks.ShowQuestion(question.id), "success"),),)
    )


def erased(reader: Reader) -> OutgoingMessage:
    """Whoever asked has had everything erased: nothing of it stays on this card."""
    return OutgoingMessage(reader.say("questions.card.erased"))


def taken_over(question: Question, name: str, reader: Reader) -> OutgoingMessage:
    """Somebody else has it now."""
    text = reader.say("questions.taken_over", name=name, asker=known_as(question.first_name, reader))
    return OutgoingMessage(text, buttons=((buttons.home(reader),),))


def freed(question: Question, name: str, reader: Reader) -> OutgoingMessage:
    """Nobody has it any more."""
    text = reader.say("questions.freed", name=name, asker=known_as(question.first_name, reader))
    return OutgoingMessage(
        text, buttons=((_button(reader, "questions.button.look", callbacks.ShowQuestion(question.id), "success"),),)
    )


def age(question: Question, reader: Reader, now: datetime) -> str:
    """How long a question has been waiting, in minutes, hours or days."""
    minutes = int((now - question.asked_at).total_seconds() // 60)
    if minutes < 60:
        return reader.say("questions.age.minutes", number=max(0, minutes))
    if minutes < 48 * 60:
        return reader.say("questions.age.hours", number=minutes // 60)
    return reader.say("questions.age.days", number=minutes // (24 * 60))


def waiting(
    questions: Sequence[Question], asking: Sequence[tuple[int, str]], reader: Reader, *, now: datetime
) -> OutgoingMessage:
    """The questions that wait, oldest first, with their ages; and who asks to come in."""
    rows = [(Button(_row_label(one, reader, now), callbacks.ShowQuestion(one.id).pack()),) for one in questions[:LISTED]]
    rows += [
        (Button(f"🙋 {known_as(name, reader)}"[:32], callbacks.ShowRequest(number).pack()),) for number, name in asking[:LISTED]
    ]
    text = "📥 " + reader.say_n("questions.waiting", len(questions)) if questions else reader.say("questions.none_waiting")
    return OutgoingMessage(text, buttons=(*rows, (buttons.home(reader),)))


def _row_label(question: Question, reader: Reader, now: datetime) -> str:
    sign = "✋" if question.taker_id else "🟢"
    label = f"{sign} {age(question, reader, now)} · {known_as(question.first_name, reader)}"
    return label if len(label) <= 32 else label[:31] + "…"


def write_answer(question: Question, reader: Reader) -> OutgoingMessage:
    """The next message is the answer."""
    text = reader.say("questions.write_answer", name=known_as(question.first_name, reader))
    return OutgoingMessage(text, buttons=((buttons.cancel(reader),),))


def preview_head(question: Question, reader: Reader) -> OutgoingMessage:
    """What stands above a preview."""
    return OutgoingMessage(reader.say("questions.preview", name=known_as(question.first_name, reader)))


def preview(answer: QuestionMessage, reader: Reader) -> OutgoingMessage:
    """The answer as the asker will get it; it goes when the green button is pressed."""
    send = _button(reader, "questions.button.send", callbacks.SendAnswer(answer.id), "success")
    return OutgoingMessage(copied=Copied(answer.chat_id, (answer.message_id,)), buttons=((send,), (buttons.cancel(reader),)))


def sent(question: Question, answer_id: int, reader: Reader) -> OutgoingMessage:
    """The answer is on its way; may the bot know it from now on?"""
    learn = _button(reader, "knowledge.button.learn", callbacks.Learn(answer_id))
    return OutgoingMessage(reader.say("questions.answered"), buttons=((learn,), (buttons.home(reader),)))


def parked(delivery_id: int, reader: Reader) -> OutgoingMessage:
    """A message was put aside: the program fell each time it was sent."""
    return OutgoingMessage(reader.say("outbox.parked", number=delivery_id), buttons=((buttons.home(reader),),))


def not_delivered(question: Question, reader: Reader) -> OutgoingMessage:
    """The asker is gone; the answer did not arrive."""
    text = reader.say("questions.not_delivered", name=known_as(question.first_name, reader))
    return OutgoingMessage(text, buttons=((buttons.home(reader),),))
