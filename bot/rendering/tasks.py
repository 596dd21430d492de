"""Tasks around a visit, and journeys that may carry something."""

from __future__ import annotations

from bot.domain import delegations, itineraries, task_calls, tasks, trips
from bot.rendering.moment import Moment, Rendered, View
from bot.views import tasks as task_views
from bot.views import trips as trip_views
from db.models import Claim, ClaimState, Delegation, DelegationState, Member, Stop, StopState, Task, Trip


def _job(moment: Moment, task_id: int | None = None) -> tasks.Job | None:
    """The task a message is about, while its visit is open."""
    task = moment.session.get(Task, moment.values["task_id"] if task_id is None else task_id)
    delegation = moment.session.get(Delegation, task.delegation_id) if task else None
    if task is None or task.is_cancelled or delegation is None or delegation.state != DelegationState.OPEN:
        return None
    return tasks.job(moment.session, task.id)


def _jobs(moment: Moment) -> list[tasks.Job]:
    return [found for number in moment.values["task_ids"] if (found := _job(moment, number)) is not None]


def _task_call(moment: Moment) -> Rendered:
    """A call goes only while somebody is still wanted, and names what the reader may still take."""
    member = moment.member
    if member is None:
        return None
    wanted = [one for one in _jobs(moment) if one.is_open and one.at and tasks.is_asked(moment.session, member, one)]
    return task_views.call(wanted, moment.reader) if wanted else None


def _task_off(moment: Moment) -> Rendered:
    """Only what is off still: somebody may have thought better of it."""
    task = moment.session.get(Task, moment.values["task_id"])
    stop = moment.session.get(Stop, task.stop_id) if task else None
    if task is None or stop is None or (stop.state == StopState.PLANNED and not task.is_cancelled):
        return None
    return task_views.off(task, itineraries.due_at(task, stop), moment.reader)


def _task_on_again(moment: Moment) -> Rendered:
    job = _job(moment)
    return task_views.on_again(job, moment.reader) if job and job.stop.state == StopState.PLANNED else None


def _task_seeking(moment: Moment) -> Rendered:
    job, claim = _job(moment), moment.session.get(Claim, moment.values["claim_id"])
    who = moment.session.get(Member, claim.member_id) if claim else None
    if job is None or claim is None or who is None or claim.state != ClaimState.SEEKING or not _welcomes(moment, job):
        return None
    return task_views.seeking(job, who.first_name, moment.reader)


def _welcomes(moment: Moment, job: tasks.Job) -> bool:
    delegation = moment.session.get(Delegation, job.task.delegation_id)
    return moment.member is not None and delegation is not None and delegations.sees(moment.session, moment.member, delegation)


def _task_reminder(moment: Moment) -> Rendered:
    """Only while they are on it, and at the hour it has now."""
    job, member = _job(moment), moment.member
    is_on_it = job is not None and member is not None and any(who.id == member.id for _, who in job.claims)
    return task_views.reminder(job, moment.reader) if job and is_on_it and _welcomes(moment, job) else None


def _task_freed(moment: Moment) -> Rendered:
    job = _job(moment)
    return task_views.freed(job, moment.name("by_id"), moment.reader) if job else None


def _task_unclaimed(moment: Moment) -> Rendered:
    missing = [one for one in _jobs(moment) if one.is_open or one.is_unsure]
    asked = [who for number in moment.values["asked"] if (who := moment.session.get(Member, number))]
    return task_views.unclaimed(missing, asked, moment.reader) if missing else None


def _trip(moment: Moment) -> Trip | None:
    return moment.session.get(Trip, moment.values["trip_id"])


def _trip_entrusted(moment: Moment) -> Rendered:
    trip = _trip(moment)
    asker = moment.session.get(Member, trip.entrusted_by) if trip and trip.entrusted_by else None
    return trip_views.entrusted(trip, asker.first_name if asker else "", moment.reader) if trip else None


def _trip_answered(moment: Moment) -> Rendered:
    trip = _trip(moment)
    traveller = moment.session.get(Member, trip.member_id) if trip else None
    return trip_views.answered(trip, traveller.first_name if traveller else "", moment.reader) if trip else None


VIEWS: dict[str, View] = {
    task_calls.CALL: _task_call,
    task_calls.SEEKING: _task_seeking,
    task_calls.FREED: _task_freed,
    task_calls.REMINDER: _task_reminder,
    task_calls.UNCLAIMED: _task_unclaimed,
    task_calls.OFF: _task_off,
    task_calls.ON_AGAIN: _task_on_again,
    trips.ENTRUSTED: _trip_entrusted,
    trips.ANSWERED: _trip_answered,
    trips.DROPPED: lambda moment: trip_views.dropped(
        moment.name("member_id"), moment.values["destination"], moment.values["leaves_on"], moment.reader
    ),
}
READERS = {trips.ANSWERED: "trips.see", trips.DROPPED: "trips.see", task_calls.UNCLAIMED: "delegations.write"}
