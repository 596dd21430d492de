"""Calls for volunteers as those see them who help: the card, one's place, what is asked and told."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from bot import callbacks
from bot.domain.help_standings import CallStanding, NeedStanding
from bot.domain.signups import Overlap
from bot.i18n import Reader
from bot.messages import Button, Key, OutgoingMessage
from bot.views import buttons
from bot.views.announcement_copies import plain
from bot.views.meeting_words import cut, moment_told, title_of
from bot.views.members import known_as
from bot.views.posters import Poster
from bot.views.visit_words import task_name
from bot.views.volunteer_words import call_name, figure, hours_of, need_name
from db.models import CallState, HelpCall, Meeting, Need, Signup, SignupState

LINK = "s-h"  # what a deep link to a call begins with, before its number
LONGEST_CARD, MOST_ANSWERS = 3800, 12
BARE, WITH_PLACES, WHOLE = range(3)  # how much a card says of each need
_MOODS = {"good": "👍", "so_so": "👌", "bad": "👎"}


# ---- the card
def card(standing: CallStanding, reader: Reader, *, has_way_back: bool = True) -> OutgoingMessage:
    """What is needed, with live counts; one tap signs up. The same message from first to last."""
    call = standing.call
    rows: list[tuple[Button, ...]] = []
    if call.state == CallState.OPEN and not standing.is_over:
        rows += [(_need_button(one, reader),) for one in standing.needs if not one.need.is_closed or one.own]
        rows.append((Button(reader.say("tasks.button.no"), callbacks.SayNo(call.id).pack()),
                     Button(reader.say("meetings.button.more"), callbacks.AboutCall(call.id, "more", "").pack())))  # fmt: skip
    else:
        rows += [(_need_button(one, reader),) for one in standing.needs if one.own]
    if has_way_back:
        rows.append((buttons.home(reader),))
    return OutgoingMessage(card_text(standing, reader), buttons=tuple(rows), spoken="say:heard.help_call")


def card_text(standing: CallStanding, reader: Reader, longest: int = LONGEST_CARD) -> str:
    """Return what a card says; of many long needs what to bring, whom to call, then where is left to their own screens."""
    text = ""
    for how_much in (WHOLE, WITH_PLACES, BARE):
        lines: list[str] = [_title(standing, reader)]
        for one in standing.needs:
            lines += ["", *_need_lines(one, reader, how_much)]
        if standing.said_no:
            lines += ["", reader.say("volunteers.own.no")]
        text = "\n".join([*lines, "", reader.say("announcements.signature")])
        if len(plain(text)) <= longest:
            break
    return text


def _title(standing: CallStanding, reader: Reader) -> str:
    names = {CallState.CANCELLED: "volunteers.card.cancelled", CallState.CLOSED: "volunteers.card.closed"}
    name = names.get(CallState(standing.call.state), "volunteers.card.title")
    return reader.say(name, title=call_name(standing.call, standing.event, reader))


def _need_lines(standing: NeedStanding, reader: Reader, how_much: int = WHOLE) -> list[str]:
    need = standing.need
    lines: list[str] = [
        reader.say("volunteers.need_line", name=need_name(need, reader), taken=standing.taken, wanted=need.capacity),
        reader.say("meetings.card.when", when=hours_of(need, reader)),
    ]
    if need.place and how_much >= WITH_PLACES:
        lines.append(reader.say("meetings.card.where", place=need.place))
    if need.bring and how_much >= WHOLE:
        lines.append(reader.say("volunteers.bring", text=need.bring))
    if need.contact and how_much >= WHOLE:
        lines.append(reader.say("volunteers.contact", text=need.contact))
    if need.is_closed:
        lines.append(reader.say("volunteers.enough"))
    return [*lines, *(own_line(one, standing.rank, reader) for one in standing.own)]


def own_line(signup: Signup, rank: int, reader: Reader) -> str:
    """Return how a place of the reader's own stands."""
    who = signup.name or ""
    if signup.state == SignupState.WAITING:
        return reader.say("volunteers.own.waits", rank=rank, who=who)
    if signup.state == SignupState.OFFERED:
        until = reader.short_moment(signup.confirm_by) if signup.confirm_by else ""
        return reader.say("volunteers.own.offered", until=until, who=who)
    if signup.is_to_confirm:
        return reader.say("volunteers.own.to_confirm", who=who)
    if who:
        return reader.say("volunteers.own.relative", who=who)
    return reader.say_n("volunteers.own.helps", signup.persons)


def _need_button(standing: NeedStanding, reader: Reader) -> Button:
    need = standing.need
    if standing.own:
        label = f"✅ {need_name(need, reader)} {standing.taken}/{need.capacity}"
        return Button(cut(label, 40), callbacks.ShowNeed(need.id).pack())
    if standing.free:
        label = f"{need_name(need, reader)} {standing.taken}/{need.capacity}"
        return Button(cut(label, 40), callbacks.SignUp(need.id, 1, 0).pack(), style="success")
    label = reader.say("volunteers.button.wait", name=cut(need_name(need, reader), 20))
    return Button(plain(label), callbacks.SignUp(need.id, 1, 0).pack())


def own_need(standing: NeedStanding, call: HelpCall, reader: Reader) -> OutgoingMessage:
    """One's own place: one more, one less, a relative, the calendar, withdrawing."""
    need, mine = standing.need, standing.mine
    rows: list[tuple[Button, ...]] = []
    for one in standing.own:
        if one.state == SignupState.OFFERED or one.is_to_confirm:
            rows.append(_yes_or_no(one, reader))
    if mine is not None:
        fewer = [Button("➖ 1", callbacks.SignUp(need.id, mine.persons - 1, 1).pack())] if mine.persons > 1 else []
        rows.append((*fewer, Button("➕ 1", callbacks.SignUp(need.id, mine.persons + 1, 1).pack()),
                     _about(need.id, "relative", "volunteers.button.relative", reader)))  # fmt: skip
    rows += [
        (Button(_leave_label(one, reader), callbacks.MySignup(one.id, "leave").pack()),) for one in standing.own
    ]
    rows.append((_about(need.id, "calendar", "volunteers.button.calendar", reader), _to_call(call, reader)))
    return OutgoingMessage("\n".join(_need_lines(standing, reader)), buttons=tuple(rows))


def _leave_label(signup: Signup, reader: Reader) -> str:
    if signup.name:
        return plain(reader.say("volunteers.button.leave_for", who=signup.name))
    return reader.say("volunteers.button.leave")


def _about(number: int, what: str, name: str, reader: Reader) -> Button:
    return Button(reader.say(name), callbacks.AboutCall(number, what, "").pack())


def _to_call(call: HelpCall, reader: Reader) -> Button:
    return Button(reader.say("buttons.back"), callbacks.ShowCall(call.id).pack())


def _yes_or_no(signup: Signup, reader: Reader) -> tuple[Button, ...]:
    """Return the two answers about a place; a relative's are told apart by the name."""
    who = f" {cut(signup.name, 12)}" if signup.name else ""
    yes = callbacks.MySignup(signup.id, "yes").pack()
    no = callbacks.MySignup(signup.id, "leave_sure").pack()
    return (Button(reader.say("volunteers.button.yes") + who, yes, style="success"),
            Button(reader.say("volunteers.button.cannot") + who, no))  # fmt: skip


def sure_to_leave(signup: Signup, need: Need, reader: Reader) -> OutgoingMessage:
    """The second tap of two."""
    text = reader.say("volunteers.ask_leave", name=need_name(need, reader))
    yes = Button(reader.say("volunteers.button.leave"), callbacks.MySignup(signup.id, "leave_sure").pack(), style="danger")
    back = Button(reader.say("buttons.back"), callbacks.ShowNeed(need.id).pack())
    return OutgoingMessage(text, buttons=((yes,), (back,)))


def overlap(need: Need, persons: int, found: Sequence[Overlap], call: HelpCall, reader: Reader) -> OutgoingMessage:
    """Something else falls into these hours: with both hours, before the tap counts."""
    lines: list[str] = [reader.say("volunteers.overlap", name=need_name(need, reader), when=hours_of(need, reader))]
    lines += [reader.say("volunteers.overlap_line", name=_what(one, reader), when=reader.short_moment(one.starts_at))
              for one in found[:4]]  # fmt: skip
    yes = Button(reader.say("volunteers.button.all_the_same"), callbacks.SignUp(need.id, persons, 1).pack(), style="success")
    return OutgoingMessage("\n".join(lines), buttons=((yes,), (_to_call(call, reader),)))


def _what(found: Overlap, reader: Reader) -> str:
    if found.need is not None:
        return need_name(found.need, reader)
    if found.meeting is not None:
        return title_of(found.meeting, reader)
    return task_name(found.task, reader) if found.task is not None else "…"


# ---- where one can help
def listed(calls: Sequence[CallStanding], own: int, reader: Reader, *, writes: bool) -> OutgoingMessage:
    """The calls one may help with; one's own places; what one can offer."""
    rows: list[tuple[Button, ...]] = [
        (Button(cut(f"🙋 {call_name(one.call, one.event, reader)} {sum(need.taken for need in one.needs)}/"
                    f"{sum(need.need.capacity for need in one.needs)}", 40), callbacks.ShowCall(one.call.id).pack()),)
        for one in calls
    ]  # fmt: skip
    if own:
        rows.append((Button(reader.say_n("volunteers.button.mine", own), callbacks.MyHelp().pack()),))
    rows.append((Button(reader.say("volunteers.button.offer"), callbacks.OfferHelp().pack()),
                 Button(reader.say("volunteers.button.skills"), callbacks.Open("skills").pack())))  # fmt: skip
    if writes:
        rows.append((Button(reader.say("volunteers.button.prepare"), callbacks.NewCall("", 0).pack()),))
    text = reader.say("volunteers.listed" if calls else "volunteers.nothing")
    return OutgoingMessage(text, buttons=(*rows, (buttons.home(reader),)), spoken="say:volunteers.listed" if calls else "")


def mine(found: Sequence[tuple[Signup, Need, HelpCall]], reader: Reader) -> OutgoingMessage:
    """What one has taken."""
    lines: list[str] = [reader.say("volunteers.mine")]
    lines += [
        reader.say("volunteers.mine_line", name=need_name(need, reader), when=hours_of(need, reader), who=signup.name)
        for signup, need, _ in found
    ]
    rows: list[tuple[Button, ...]] = [
        (Button(cut(need_name(need, reader), 32), callbacks.ShowNeed(need.id).pack()),) for _, need, _ in found[:8]
    ]
    rows.append((Button(reader.say("volunteers.button.certificate"), callbacks.AboutCall(0, "certificate", "").pack()),))
    back = Button(reader.say("buttons.back"), callbacks.Helping().pack())
    text = "\n".join(lines) if found else reader.say("volunteers.nothing_taken")
    return OutgoingMessage(text, buttons=(*rows, (back, buttons.home(reader))))


def more(standing: CallStanding, address: str, reader: Reader) -> OutgoingMessage:
    """Asking, and passing it on."""
    call = standing.call
    words = plain("\n".join(public_lines(standing, reader))) + "\n" + address
    rows: list[tuple[Button, ...]] = [
        (_about(call.id, "ask", "announcements.button.ask", reader),),
        (Button("📤 WhatsApp", url="https://wa.me/?text=" + quote(words)),),
    ]
    rows += [
        (Button(f"🖼 {language.name}", callbacks.AboutCall(call.id, "poster", code).pack()),)
        for code, language in reader.words.languages.items()
    ]
    return OutgoingMessage(reader.say("announcements.retell"), buttons=(*rows, (_to_call(call, reader),)))


def public_lines(standing: CallStanding, reader: Reader) -> list[str]:
    """Return what anybody may read of a call: what is needed, when, where."""
    lines: list[str] = [_title(standing, reader)]
    for one in standing.needs:
        if not one.need.is_closed:
            lines.append(
                reader.say("volunteers.need_line", name=need_name(one.need, reader), taken=one.taken, wanted=one.need.capacity)
            )
            lines.append(reader.say("meetings.card.when", when=hours_of(one.need, reader)))
    return lines


def poster(standing: CallStanding, reader: Reader, address: str) -> Poster:
    """Return the picture: what is needed, and the square that leads to how things are today."""
    return Poster(reader.say("volunteers.call"), (plain("\n".join(public_lines(standing, reader))),), address)


def ask_name(need: Need, reader: Reader) -> OutgoingMessage:
    """The next message is a relative's first name."""
    back = Button(reader.say("buttons.back"), callbacks.ShowNeed(need.id).pack())
    return OutgoingMessage(reader.say("volunteers.ask_name"), buttons=((back,),))


def ask_offer(reader: Reader) -> OutgoingMessage:
    """The next message says what they can do, in words or by voice."""
    return OutgoingMessage(reader.say("volunteers.ask_offer"), buttons=((buttons.cancel(reader),),))


def ask_contact(reader: Reader) -> OutgoingMessage:
    """Only now, and only from who is no member: how the organiser reaches them."""
    return OutgoingMessage(
        reader.say("volunteers.ask_contact"), keys=(Key(reader.say("members.key.phone"), asks_for_phone=True),)
    )


# ---- asked and told
def again(standing: CallStanding, reader: Reader) -> OutgoingMessage:
    """Somebody is missing still, without counts: the card has them, and keeps them true."""
    name = html.escape(call_name(standing.call, standing.event, reader), quote=False)
    lines: list[str] = [reader.say("volunteers.again"), f"<b>{name}</b>"]
    lines += [
        reader.say("volunteers.overlap_line", name=need_name(one.need, reader), when=hours_of(one.need, reader))
        for one in standing.needs if one.free
    ]  # fmt: skip
    see = Button(reader.say("volunteers.button.see"), callbacks.ShowCall(standing.call.id).pack(), style="success")
    no = Button(reader.say("tasks.button.no"), callbacks.SayNo(standing.call.id).pack())
    return OutgoingMessage("\n".join(lines), buttons=((see,), (no,)), spoken="say:heard.help_call")


def _of_whom(signup: Signup, text: str) -> str:
    """Return a message about a place with the relative it is of, if it is one's."""
    return f"👤 {html.escape(signup.name, quote=False)}\n{text}" if signup.name else text


def offered(signup: Signup, need: Need, reader: Reader) -> OutgoingMessage:
    """A place has become free: until when it is theirs to take."""
    text = reader.say("volunteers.offered", name=need_name(need, reader), when=hours_of(need, reader),
                      until=reader.short_moment(signup.confirm_by) if signup.confirm_by else "")  # fmt: skip
    return OutgoingMessage(_of_whom(signup, text), buttons=(_yes_or_no(signup, reader),), spoken="say:heard.help_offered")


def passed_on(signup: Signup, need: Need, reader: Reader, *, is_free: bool) -> OutgoingMessage:
    """Nobody said yes in time: somebody else is asked, or the place is free again."""
    see = Button(reader.say("volunteers.button.see"), callbacks.ShowCall(need.call_id).pack())
    text = reader.say("volunteers.passed_free" if is_free else "volunteers.passed", name=need_name(need, reader))
    return OutgoingMessage(_of_whom(signup, text), buttons=((see,),))


_WHY = {"enough": "volunteers.why.enough", "changed": "volunteers.why.changed", "closed": "volunteers.why.closed"}


def removed(signup: Signup, need: Need, reader: Reader) -> OutgoingMessage:
    """One kind sentence, with the reason."""
    why = reader.say(_WHY[signup.reason]) if signup.reason in _WHY else signup.reason
    text = reader.say("volunteers.removed", name=need_name(need, reader), why=why)
    return OutgoingMessage(_of_whom(signup, text), buttons=((buttons.home(reader),),))


def stood_down(need: Need, why: str, reader: Reader) -> OutgoingMessage:
    """Enough have come, or it is off: nobody needs to be on their way."""
    name = "volunteers.stood_down.off" if why == "off" else "volunteers.stood_down"
    text = reader.say(name, name=need_name(need, reader), when=hours_of(need, reader))
    return OutgoingMessage(text, buttons=((buttons.home(reader),),), spoken="say:heard.help_off")


def changed(found: Sequence[tuple[NeedStanding, dict[str, Any]]], reader: Reader) -> OutgoingMessage:
    """What was and what is; who has a place says whether it suits them still."""
    lines: list[str] = []
    rows: list[tuple[Button, ...]] = []
    for standing, before in found:
        need = standing.need
        lines.append(reader.say("volunteers.changed", name=need_name(need, reader)))
        now = need.starts_at.isoformat() if need.starts_at else None
        if before["at"] != now:
            was, is_ = moment_told(before["at"], reader), moment_told(now, reader)
            lines.append(reader.say("meetings.changed.when", before=was, now=is_))
        if before["where"] != need.place:
            lines.append(reader.say("meetings.changed.where", before=before["where"] or "–", now=need.place or "–"))
        rows += _answers(standing, reader, is_alone=len(found) == 1)
    see = Button(reader.say("volunteers.button.see"), callbacks.ShowCall(found[0][0].need.call_id).pack())
    return OutgoingMessage("\n".join(lines), buttons=(*rows[:MOST_ANSWERS], (see,)), spoken="say:heard.help_changed")


def _answers(standing: NeedStanding, reader: Reader, *, is_alone: bool) -> list[tuple[Button, ...]]:
    """Return the answers still wanted; where several needs ask, each row is led by what it is about."""
    rows = [_yes_or_no(one, reader) for one in standing.own if one.is_to_confirm]
    if rows and not is_alone:
        label = cut(need_name(standing.need, reader), 32)
        rows.insert(0, (Button(label, callbacks.ShowNeed(standing.need.id).pack()),))
    return rows


def reminder(found: Sequence[NeedStanding], reader: Reader) -> OutgoingMessage:
    """What is soon, and what to bring; whoever has not confirmed is asked below, just above the buttons that answer."""
    lines: list[str] = [reader.say("volunteers.soon")]
    rows: list[tuple[Button, ...]] = []
    for standing in found:
        lines += _need_lines(standing, reader, WHOLE if len(found) < 4 else BARE)
        rows += _answers(standing, reader, is_alone=len(found) == 1)
    see = Button(reader.say("volunteers.button.see"), callbacks.ShowNeed(found[0].need.id).pack())
    return OutgoingMessage("\n".join(lines), buttons=(*rows[:MOST_ANSWERS], (see,)), spoken="say:heard.help_soon")


def withdrew(name: str, need: Need, reader: Reader) -> OutgoingMessage:
    """For organisers: somebody cannot come, shortly before."""
    text = reader.say(
        "volunteers.withdrew", who=known_as(name, reader), name=need_name(need, reader), when=hours_of(need, reader)
    )
    board = Button(reader.say("buttons.see"), callbacks.BoardCall(need.call_id).pack())
    return OutgoingMessage(text, buttons=((board,),), is_protected=True)


def thanks(call: HelpCall, event: Meeting | None, hours: float, reader: Reader) -> OutgoingMessage:
    """Thanks with the hours; how it was in one tap; the certificate for who wants it."""
    text = reader.say("volunteers.thanks", title=call_name(call, event, reader), hours=figure(hours))
    moods = tuple(Button(sign, callbacks.Mood(call.id, mood).pack()) for mood, sign in _MOODS.items())
    certificate = Button(reader.say("volunteers.button.certificate"), callbacks.AboutCall(0, "certificate", "").pack())
    return OutgoingMessage(text, buttons=(moods, (certificate,), (buttons.home(reader),)), spoken="say:heard.help_thanks")


def felt(call_id: int, reader: Reader) -> OutgoingMessage:
    """It is noted; a word or a voice may follow."""
    return OutgoingMessage(reader.say("volunteers.felt"), buttons=((buttons.home(reader),),))


def noted(reader: Reader) -> OutgoingMessage:
    """A no is an answer; an offer is passed on."""
    back = Button(reader.say("buttons.back"), callbacks.Helping().pack())
    return OutgoingMessage(reader.say("tasks.refused"), buttons=((back, buttons.home(reader)),))


def contact_noted(reader: Reader) -> OutgoingMessage:
    """Thanks; the lasting key comes back."""
    return OutgoingMessage(reader.say("volunteers.contact_noted"), has_home_key=True)
