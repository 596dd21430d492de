"""What there is to do for a visit: the list, one task, the calls for help; and what somebody can help with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from bot import callbacks
from bot.domain.tasks import CAPACITIES, SKILLS, Job
from bot.i18n import Reader
from bot.messages import Button, OutgoingMessage, Style
from bot.views import buttons
from bot.views.delegations import job_line
from bot.views.meeting_words import cut
from bot.views.members import known_as
from bot.views.visit_words import skill_name, stop_name, task_name
from db.models import ClaimState, Member, Task

SHOWN = 8


def listed(delegation_id: int, jobs: Sequence[Job], member_id: int, page: int, reader: Reader) -> OutgoingMessage:
    """What is to be done, a page of it: one's own first, then what nobody has taken."""
    own = {one.task.id for one in jobs if any(who.id == member_id for _, who in one.claims)}
    ordered = sorted(jobs, key=lambda one: (one.task.id not in own, not one.is_open))
    pages = max(1, -(-len(ordered) // SHOWN))
    shown = ordered[page % pages * SHOWN : (page % pages + 1) * SHOWN]
    rows = [(Button(_label(one, one.task.id in own, reader), callbacks.ShowTask(one.task.id).pack()),) for one in shown]
    if pages > 1:
        following = callbacks.ListTasks(delegation_id, (page + 1) % pages).pack()
        rows.append((Button(reader.say("buttons.more"), following),))
    back = Button(reader.say("buttons.back"), callbacks.ShowVisit(delegation_id).pack())
    text = reader.say("tasks.listed" if any(one.is_open for one in jobs) else "tasks.all_taken")
    return OutgoingMessage(text, buttons=(*rows, (back,)))


def _label(job: Job, is_own: bool, reader: Reader) -> str:
    sign = "🙋" if is_own else "✋" if job.is_open else "✅"
    return cut(f"{sign} {task_name(job.task, reader)} {len(job.claims)}/{job.task.capacity}", 32)


def task(job: Job, own: str | None, phones: Sequence[str], reader: Reader, *, writes: bool) -> OutgoingMessage:
    """One task: when, who is on it and their phones, what it asks for; ✋ or what one may do with it."""
    number = job.task.id
    lines: list[str] = [reader.say("tasks.task", name=task_name(job.task, reader), stop=stop_name(job.stop.kind, reader))]
    if job.at is not None:
        lines.append(reader.say("meetings.card.when", when=reader.short_moment(job.at)))
    lines.append(job_line(job, reader, {}))
    if job.task.wants:
        lines.append(reader.say("tasks.wants", skills=", ".join(skill_name(one, reader) for one in job.task.wants)))
    rows: list[tuple[Button, ...]] = []
    if own in (ClaimState.HELD, ClaimState.SEEKING):
        rows.append((_act(number, "done", "tasks.button.done", reader), _act(number, "seek", "tasks.button.cannot", reader)))
    elif own is None and job.is_open:
        rows.append((_act(number, "claim", "tasks.button.claim", reader),))
    if own == ClaimState.DONE:
        lines.append(reader.say("tasks.send_photo"))
    if any(claim.photo for claim, _ in job.claims):
        rows.append((Button(reader.say("tasks.button.photo"), callbacks.EditTask(number, "photo", "").pack()),))
    rows += [(Button(f"☎️ {phone}", copies=phone),) for phone in phones[:3]]
    if writes:
        rows += [
            (_free(claim.id, member, reader),)
            for claim, member in job.claims[:3] if claim.state != ClaimState.DONE
        ]  # fmt: skip
        rows += _levers(job, reader)
    back = Button(reader.say("buttons.back"), callbacks.ListTasks(job.task.delegation_id, 0).pack())
    return OutgoingMessage("\n".join(lines), buttons=(*rows, (back,)), is_protected=True)


def _free(claim_id: int, member: Member, reader: Reader) -> Button:
    name = known_as(member.first_name, reader)
    return Button(reader.say("tasks.button.free", name=name), callbacks.FreeClaim(claim_id).pack())


def _act(number: int, act: str, name: str, reader: Reader) -> Button:
    style: Style | None = "success" if act in ("claim", "done") else None
    return Button(reader.say(name), callbacks.ActTask(number, act).pack(), style=style)


def _levers(job: Job, reader: Reader) -> list[tuple[Button, ...]]:
    number, task_ = job.task.id, job.task
    fewer, more_ = max(CAPACITIES[0], task_.capacity - 1), min(CAPACITIES[-1], task_.capacity + 1)
    return [
        (Button(f"➖ {fewer}", callbacks.EditTask(number, "capacity", str(fewer)).pack()),
         Button(f"➕ {more_}", callbacks.EditTask(number, "capacity", str(more_)).pack()),
         Button(reader.say("tasks.button.drop"), callbacks.EditTask(number, "cancel", "").pack())),
        tuple(Button(reader.say("tasks.before" if one < 0 else "tasks.at", hours=f"{abs(one) / 60:g}"),
                     callbacks.EditTask(number, "offset", str(one)).pack()) for one in (-120, -60, 0)),
        (Button(reader.say("tasks.button.wants"), callbacks.EditTask(number, "choose_wants", "").pack()),),
    ]  # fmt: skip


def choose_wants(job: Job, reader: Reader) -> OutgoingMessage:
    """What does it ask for?"""
    found = [
        Button(
            ("✅ " if one in job.task.wants else "") + skill_name(one, reader),
            callbacks.EditTask(job.task.id, "wants", one).pack(),
        )
        for one in SKILLS
    ]
    rows = [tuple(found[at : at + 2]) for at in range(0, len(found), 2)]
    back = Button(reader.say("buttons.back"), callbacks.ShowTask(job.task.id).pack())
    return OutgoingMessage(reader.say("tasks.choose_wants"), buttons=(*rows, (back,)))


def call(wanted: Sequence[Job], reader: Reader) -> OutgoingMessage:
    """Somebody is sought: ✋ or « non merci ». Before it is taken it says the day, not where."""
    lines: list[str] = [reader.say("tasks.call")]
    lines += [reader.say("tasks.call_line", name=task_name(one.task, reader), day=_day(one, reader)) for one in wanted]
    first = wanted[0].task.id
    if len(wanted) == 1:
        no = Button(reader.say("tasks.button.no"), callbacks.ActTask(first, "refuse").pack())
        rows: list[tuple[Button, ...]] = [(_act(first, "claim", "tasks.button.claim", reader), no)]
    else:
        rows = [
            (Button(cut(f"✋ {task_name(one.task, reader)}", 32), callbacks.ActTask(one.task.id, "claim").pack()),)
            for one in wanted[:SHOWN]
        ]
        rows.append((Button(reader.say("tasks.button.no"), callbacks.ActTask(first, "refuse_all").pack()),))
    return OutgoingMessage("\n".join(lines), buttons=tuple(rows), spoken="say:heard.task_call")


def _day(job: Job, reader: Reader) -> str:
    return reader.day(job.at.astimezone(reader.place.time_zone).date()) if job.at else "…"


def off(task_: Task, at: datetime | None, reader: Reader) -> OutgoingMessage:
    """What somebody had taken is not to be done any more: they need not come."""
    text = reader.say("tasks.off", name=task_name(task_, reader), when=reader.short_moment(at) if at else "…")
    return OutgoingMessage(text, buttons=((buttons.home(reader),),), is_protected=True, spoken="say:heard.task_off")


def on_again(job: Job, reader: Reader) -> OutgoingMessage:
    """It is to be done after all: can they still?"""
    when = reader.short_moment(job.at) if job.at else "…"
    text = reader.say("tasks.on_again", name=task_name(job.task, reader), when=when)
    yes, no = (_act(job.task.id, act, name, reader) for act, name in
               (("claim", "tasks.button.claim"), ("seek", "tasks.button.cannot")))  # fmt: skip
    return OutgoingMessage(text, buttons=((yes, no),), is_protected=True, spoken="say:heard.task_on_again")


def sure_to_drop(job: Job, reader: Reader) -> OutgoingMessage:
    """Somebody is on it: they will hear that it is off."""
    names = ", ".join(known_as(who.first_name, reader) for _, who in job.claims)
    text = reader.say("tasks.ask_drop", name=task_name(job.task, reader), names=names)
    yes = Button(reader.say("tasks.button.drop"), callbacks.EditTask(job.task.id, "cancel", "sure").pack(), style="danger")
    back = Button(reader.say("buttons.back"), callbacks.ShowTask(job.task.id).pack())
    return OutgoingMessage(text, buttons=((yes,), (back,)), is_protected=True)


def seeking(job: Job, name: str, reader: Reader) -> OutgoingMessage:
    """Somebody of the team cannot do it any more: who takes over?"""
    text = reader.say("tasks.seeking", who=known_as(name, reader), name=task_name(job.task, reader),
                      when=reader.short_moment(job.at) if job.at else "…")  # fmt: skip
    return OutgoingMessage(text, buttons=((_act(job.task.id, "claim", "tasks.button.take_over", reader),),), is_protected=True)


def reminder(job: Job, reader: Reader) -> OutgoingMessage:
    """Tomorrow, and they are on it."""
    when = reader.short_moment(job.at) if job.at else "…"
    text = reader.say("tasks.reminder", name=task_name(job.task, reader), when=when)
    look = Button(reader.say("buttons.see"), callbacks.ShowTask(job.task.id).pack())
    return OutgoingMessage(text, buttons=((look,),), is_protected=True, spoken="say:heard.task_reminder")


def freed(job: Job, name: str, reader: Reader) -> OutgoingMessage:
    """Somebody else does it: thanks, you are free."""
    text = reader.say("tasks.freed", who=known_as(name, reader), name=task_name(job.task, reader))
    return OutgoingMessage(text, buttons=((buttons.home(reader),),))


def unclaimed(missing: Sequence[Job], asked: Sequence[Member], reader: Reader) -> OutgoingMessage:
    """For coordinators: what nobody has taken; who was asked."""
    lines: list[str] = [reader.say("tasks.unclaimed")]
    lines += [
        reader.say("tasks.unclaimed_line", name=task_name(one.task, reader),
                   when=reader.short_moment(one.at) if one.at else "…")
        for one in missing
    ]  # fmt: skip
    names = ", ".join(known_as(one.first_name, reader) for one in asked) or "–"
    lines.append(reader.say("tasks.asked", names=names))
    first = missing[0].task
    press = callbacks.ShowTask(first.id) if len(missing) == 1 else callbacks.ListTasks(first.delegation_id, 0)
    return OutgoingMessage("\n".join(lines), buttons=((Button(reader.say("buttons.see"), press.pack()),),))


def refused(reader: Reader) -> OutgoingMessage:
    """A no is an answer."""
    return OutgoingMessage(reader.say("tasks.refused"), buttons=((buttons.home(reader),),))


def skills(known: Collection[str], reader: Reader) -> OutgoingMessage:
    """What somebody can help with; a tap offers it or takes it back."""
    found = [
        Button(
            ("✅ " if one in known else "▫️ ") + skill_name(one, reader), callbacks.HaveSkill(int(one not in known), one).pack()
        )
        for one in SKILLS
    ]
    rows = [tuple(found[at : at + 2]) for at in range(0, len(found), 2)]
    back = Button(reader.say("buttons.back"), callbacks.Open("profile").pack())
    return OutgoingMessage(reader.say("skills.choose"), buttons=(*rows, (back,)))
