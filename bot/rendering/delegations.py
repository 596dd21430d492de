"""Visits: the card, what changes in it, and how it ends."""

from __future__ import annotations

import dataclasses

from bot.domain import delegations, itineraries, tasks
from bot.rendering.moment import Moment, Rendered, View, in_place
from bot.views import delegations as delegation_views
from db.models import Delegation, Stop, StopState


def _delegation(moment: Moment) -> Delegation | None:
    number = moment.delivery.subject_id or 0
    return moment.turn.once(("delegation", number), lambda: moment.session.get(Delegation, number))


def _visit_card(moment: Moment) -> Rendered:
    """The card of somebody of the team; who is not in it any more gets nothing."""
    delegation, member = _delegation(moment), moment.member
    if delegation is None or member is None:
        return None
    if not delegations.sees(moment.session, member, delegation):
        # Who is not in the team any more keeps a card that says what everybody may know.
        return delegation_views.public(delegation, moment.reader) if moment.delivery.view == delegations.EDIT else None
    visit = moment.turn.once(("visit", delegation.id), lambda: _visit(moment, delegation))
    return delegation_views.card(visit, moment.reader, now=moment.now)


def _visit(moment: Moment, delegation: Delegation) -> delegation_views.Visit:
    """All that its team knows of a visit."""
    jobs = tasks.jobs(moment.session, delegation.id)
    phones = {who.id: phone for job in jobs for _, who in job.claims if (phone := moment.stage.opened(who.phone))}
    return delegation_views.Visit(delegation, itineraries.stops(moment.session, delegation.id), jobs, phones)


def _visit_public(moment: Moment) -> Rendered:
    delegation = _delegation(moment)
    return delegation_views.public(delegation, moment.reader) if delegation else None


def _visit_moved(moment: Moment) -> Rendered:
    delegation = _delegation(moment)
    return delegation_views.moved(delegation, moment.values["before"], moment.reader) if delegation else None


def _visit_called_off(moment: Moment) -> Rendered:
    delegation = _delegation(moment)
    return delegation_views.called_off(delegation, moment.reader) if delegation else None


def _visit_left(moment: Moment) -> Rendered:
    """Who was taken out of the team, unless they are in it again."""
    delegation, member = _delegation(moment), moment.member
    if delegation is None or member is None or delegations.is_in_team(moment.session, member, delegation.id):
        return None
    return delegation_views.left_team(delegation, moment.reader)


def _visit_arrived(moment: Moment) -> Rendered:
    delegation, stop = _delegation(moment), moment.session.get(Stop, moment.values["stop_id"])
    return delegation_views.arrived(delegation, stop, moment.reader) if delegation and stop else None


def _visit_delayed(moment: Moment) -> Rendered:
    """What was, what is, and the reader's own tasks at their new hours."""
    delegation, stop, member = _delegation(moment), moment.session.get(Stop, moment.values["stop_id"]), moment.member
    if delegation is None or stop is None or member is None or not delegations.sees(moment.session, member, delegation):
        return None
    own = [
        (job, claim.is_to_confirm) for job in tasks.jobs(moment.session, delegation.id) for claim, who in job.claims
        if who.id == member.id
    ]  # fmt: skip
    return delegation_views.delayed(delegation, stop, moment.values, own, moment.reader)


def _visit_flight_off(moment: Moment) -> Rendered:
    """Only while no other ticket has taken its place."""
    delegation, stop, member = _delegation(moment), moment.session.get(Stop, moment.values["stop_id"]), moment.member
    if delegation is None or stop is None or member is None or not delegations.sees(moment.session, member, delegation):
        return None
    return delegation_views.flight_off(delegation, stop, moment.reader) if stop.state == StopState.CANCELLED else None


def _visit_closed(moment: Moment) -> Rendered:
    delegation, member = _delegation(moment), moment.member
    if delegation is None or member is None:
        return None
    return delegation_views.closed(delegation, tasks.hours_of(moment.session, member, delegation.id), moment.reader)


VIEWS: dict[str, View] = {
    delegations.CARD: _visit_card,
    delegations.EDIT: lambda moment: in_place(moment, delegations.CARD, _visit_card(moment)),
    delegations.PUBLIC: _visit_public,
    delegations.PUBLIC_EDIT: lambda moment: in_place(moment, delegations.PUBLIC, _visit_public(moment)),
    delegations.DELAYED: _visit_delayed,
    delegations.ARRIVED: _visit_arrived,
    delegations.CANCELLED: _visit_called_off,
    delegations.CLOSED: _visit_closed,
    delegations.NEWS: lambda moment: delegation_views.news(
        moment.name("by_id"), moment.values["announcement_id"], moment.reader
    ),
    "delegations.moved": _visit_moved,
    "delegations.called_off": _visit_called_off,
    delegations.CARD_BELOW: lambda moment: dataclasses.replace(
        delegation_views.card_below(moment.reader), edits=moment.values["message_id"]
    ),
    delegations.LEFT_TEAM: _visit_left,
    delegations.FLIGHT_OFF: _visit_flight_off,
}
READERS = {delegations.NEWS: "announcements.send"}
