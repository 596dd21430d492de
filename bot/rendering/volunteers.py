"""Calls for help, who signs up, and who is missing."""

from __future__ import annotations

from bot.domain import help_calls, help_reminders, help_standings, signups
from bot.messages import Copied, OutgoingMessage
from bot.rendering.moment import Moment, Rendered, View, in_place
from bot.views import volunteer_board as volunteer_board_views
from bot.views import volunteers as volunteer_views
from db.models import CallState, HelpCall, Meeting, Member, Need, Signup, SignupState


def _help_call(moment: Moment) -> HelpCall | None:
    number = moment.delivery.subject_id or 0
    return moment.turn.once(("call", number), lambda: moment.session.get(HelpCall, number))


def _standing(moment: Moment, call: HelpCall, member: Member) -> help_standings.CallStanding:
    """How it stands for the reader: what is so for everybody is asked once a turn, and so are all their answers."""
    session, turn = moment.session, moment.turn
    standing = turn.once(("call as it is", call.id), lambda: help_standings.standing(session, call, None, now=moment.now))
    answers = turn.once(("who helps", call.id), lambda: help_standings.answers(session, standing, turn.member_ids))
    return help_standings.seen_by(session, standing, answers[member.id])


def _help_card(moment: Moment) -> Rendered:
    """The card of a call, for whom it is; who has it keeps it, and reads on it what has become of the call."""
    call, member = _help_call(moment), moment.member
    is_new = moment.delivery.view == help_calls.CARD
    if call is None or member is None or not help_calls.is_for(member, call) or (is_new and call.state != CallState.OPEN):
        return None
    standing = _standing(moment, call, member)
    return volunteer_views.card(standing, moment.reader, has_way_back=False)


def _help_again(moment: Moment) -> Rendered:
    """A second call is only for who has not answered; where hour or place changed, once more for who said no."""
    call, member = _help_call(moment), moment.member
    if call is None or member is None or call.state != CallState.OPEN or not help_calls.is_for(member, call):
        return None
    standing = _standing(moment, call, member)
    is_answered = any(one.own for one in standing.needs) or (standing.said_no and not moment.values.get("once_more"))
    if is_answered or standing.is_over or not any(one.free for one in standing.needs):
        return None
    return volunteer_views.again(standing, moment.reader)


def _need(moment: Moment, need_id: int | None = None) -> help_standings.NeedStanding | None:
    """A need as the reader of a message about it stands in it; nothing for who may not help there any more."""
    need = moment.session.get(Need, need_id or moment.values.get("need_id") or moment.delivery.subject_id or 0)
    member = moment.session.get(Member, moment.member.id) if moment.member else None
    call = moment.session.get(HelpCall, need.call_id) if need else None
    if need is None or call is None or (member is not None and not help_calls.is_for(member, call)):
        return None
    return help_standings.need_standing(moment.session, need, member)


def _help_changed(moment: Moment) -> Rendered:
    """All that is another hour or place now of what the reader has taken."""
    found = [(standing, before) for number, before in moment.values["changed"]
             if (standing := _need(moment, number)) and standing.own]  # fmt: skip
    return volunteer_views.changed(found, moment.reader) if found else None


def _help_stood_down(moment: Moment) -> Rendered:
    """Not to who has signed up again since."""
    standing = _need(moment)
    if standing is None or standing.own:
        return None
    return volunteer_views.stood_down(standing.need, moment.values["why"], moment.reader)


def _help_reminder(moment: Moment) -> Rendered:
    """What the reader still holds; on the eve only what they have not confirmed yet."""
    is_eve = moment.delivery.view == help_reminders.EVE
    found = [standing for number in moment.values["need_ids"] if (standing := _need(moment, number)) and any(
        one.state == SignupState.HELD and (one.is_to_confirm or not is_eve) for one in standing.own
    )]  # fmt: skip
    return volunteer_views.reminder(found, moment.reader) if found else None


def _signup(moment: Moment) -> tuple[Signup, Need] | None:
    signup = moment.session.get(Signup, moment.values.get("signup_id") or 0)
    need = moment.session.get(Need, signup.need_id) if signup else None
    return (signup, need) if signup and need else None


def _help_offered(moment: Moment) -> Rendered:
    found = _signup(moment)
    if found is None or found[0].state != SignupState.OFFERED:
        return None
    return volunteer_views.offered(*found, moment.reader)


def _help_passed_on(moment: Moment) -> Rendered:
    found = _signup(moment)
    if found is None or found[0].state != SignupState.GONE:
        return None
    standing = help_standings.need_standing(moment.session, found[1], None)
    return volunteer_views.passed_on(*found, moment.reader, is_free=standing.free > 0)


def _help_removed(moment: Moment) -> Rendered:
    found = _signup(moment)
    return volunteer_views.removed(*found, moment.reader) if found and found[0].state == SignupState.REMOVED else None


def _help_withdrew(moment: Moment) -> Rendered:
    """Who cannot come; without a name when they have been erased."""
    found, standing = _signup(moment), _need(moment)
    if found is not None:
        who = moment.session.get(Member, found[0].member_id) if found[0].member_id else None
        return volunteer_views.withdrew(found[0].name or (who.first_name if who else ""), found[1], moment.reader)
    return volunteer_views.withdrew("", standing.need, moment.reader) if standing and moment.values.get("need_id") else None


def _help_silent(moment: Moment) -> Rendered:
    """Who has not said whether they come, with the phones they gave."""
    need = moment.session.get(Need, moment.values["need_id"])
    if need is None:
        return None
    held = help_standings.people(moment.session, need.id, [SignupState.HELD])
    silent = [one for one in held if one.signup.is_to_confirm]
    phones = {one.member.id: phone for one in silent if one.member and (phone := moment.stage.opened(one.member.phone))}
    standing = help_standings.need_standing(moment.session, need, None)
    return volunteer_board_views.silent(standing, silent, phones, moment.reader) if silent else None


def _help_gaps(moment: Moment) -> Rendered:
    call = _help_call(moment)
    if call is None or call.state != CallState.OPEN:
        return None
    standing = help_standings.standing(moment.session, call, None, now=moment.now)
    return volunteer_board_views.gaps(standing, moment.reader) if any(one.free for one in standing.needs) else None


def _help_thanks(moment: Moment) -> Rendered:
    call, member = _help_call(moment), moment.member
    if call is None or member is None:
        return None
    event = moment.session.get(Meeting, call.meeting_id) if call.meeting_id else None
    return volunteer_views.thanks(call, event, signups.hours_of(moment.session, member, call.id), moment.reader)


VIEWS: dict[str, View] = {
    help_calls.CARD: _help_card,
    help_calls.EDIT: lambda moment: in_place(moment, help_calls.CARD, _help_card(moment)),
    help_calls.AGAIN: _help_again,
    help_calls.CHANGED: _help_changed,
    help_calls.STOOD_DOWN: _help_stood_down,
    help_reminders.EVE: _help_reminder,
    help_reminders.HOURS: _help_reminder,
    help_reminders.SILENT: _help_silent,
    help_reminders.GAPS: _help_gaps,
    signups.OFFERED: _help_offered,
    signups.PASSED_ON: _help_passed_on,
    signups.REMOVED: _help_removed,
    signups.WITHDREW: _help_withdrew,
    signups.THANKS: _help_thanks,
    signups.WORD: lambda moment: OutgoingMessage(copied=Copied(moment.values["chat_id"], (moment.values["message_id"],))),
}
READERS = dict.fromkeys((signups.WITHDREW, help_reminders.SILENT, help_reminders.GAPS), "volunteers.write")
