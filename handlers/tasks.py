"""What there is to do for a visit: claimed, handed on, done; and what somebody can help with."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler

from bot import callbacks
from bot.context import Context
from bot.domain import delegations, drafts, policy, tasks
from bot.errors import NotFound, Outdated
from bot.messages import OutgoingMessage
from bot.views import tasks as views
from db.models import Draft, Member, TaskCall
from handlers import questions as asking
from handlers.announcements import content_of
from handlers.cards import show_beside_card
from handlers.delegations import known
from handlers.doors import action

PHOTO = "task_photo"


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CallbackQueryHandler(show_list, callbacks.ListTasks.pattern()),
        CallbackQueryHandler(show, callbacks.ShowTask.pattern()),
        CallbackQueryHandler(edit, callbacks.EditTask.pattern()),
        CallbackQueryHandler(act, callbacks.ActTask.pattern()),
        CallbackQueryHandler(free, callbacks.FreeClaim.pattern()),
        CallbackQueryHandler(have_skill, callbacks.HaveSkill.pattern()),
    ]


@action("delegations.welcome")
async def show_list(update: Update, context: Context) -> None:
    """What is to be done for a visit."""
    press, member = callbacks.ListTasks.parse(context.pressed), known(context)
    number = press.delegation_id
    context.notice()

    def look(session: Session) -> OutgoingMessage:
        delegations.require_team(session, member, number)
        return views.listed(number, tasks.jobs(session, number), member.id, press.page, context.reader)

    await show_beside_card(delegations.CARD, await context.read(look), context)


@action("delegations.welcome")
async def show(update: Update, context: Context) -> None:
    """One task."""
    number = callbacks.ShowTask.parse(context.pressed).task_id
    context.notice()
    await context.show(await _task(number, context))


async def _task(number: int, context: Context) -> OutgoingMessage:
    """Return a task as the team sees it. Raises NotFound for who may not know where and when it is."""
    member, writes = known(context), policy.may(context.role, "delegations.write")
    opened = context.machine.vault.opened

    def look(session: Session) -> OutgoingMessage:
        job = tasks.job(session, number)
        delegations.require_team(session, member, job.task.delegation_id)
        own = next((claim.state for claim, who in job.claims if who.id == member.id), None)
        phones = [phone for _, who in job.claims if who.id != member.id and (phone := opened(who.phone))]
        return views.task(job, own, phones, context.reader, writes=writes)

    return await context.read(look)


@action("delegations.welcome")
async def edit(update: Update, context: Context) -> None:
    """For how many, how long before, what it asks for."""
    press = callbacks.EditTask.parse(context.pressed)
    context.notice()
    member = known(context)
    if press.what == "photo":
        job = await context.read(lambda session: _job_of_team(session, member, press.task_id))
        for photo in [claim.photo for claim, _ in job.claims if claim.photo]:
            await context.say(OutgoingMessage(media=("photo", photo), is_protected=True))
        return
    if press.what == "choose_wants":
        job = await context.read(lambda session: _job_of_team(session, member, press.task_id))
        await context.show(views.choose_wants(job, context.reader))
        return
    if press.what == "cancel":
        await _drop(press, context)
        return
    task = await context.transaction(
        lambda session, member: tasks.set_part(session, member, press.task_id, press.what, press.value, now=context.now)
    )
    if press.what == "wants":
        await context.show(views.choose_wants(await context.read(lambda session: tasks.job(session, task.id)), context.reader))
    else:
        await context.show(await _task(task.id, context))


async def _drop(press: callbacks.EditTask, context: Context) -> None:
    """Not to be done any more; asked once more while somebody is on it."""
    member = known(context)
    policy.require(context.role, "delegations.write")
    job = await context.read(lambda session: _job_of_team(session, member, press.task_id))
    if job.claims and press.value != "sure":
        await context.show(views.sure_to_drop(job, context.reader))
        return
    await context.transaction(
        lambda session, actor: tasks.drop(session, actor, press.task_id, desk=context.desk, now=context.now)
    )
    number = job.task.delegation_id
    jobs = await context.read(lambda session: tasks.jobs(session, number))
    await context.show(views.listed(number, jobs, member.id, 0, context.reader))


def _job_of_team(session: Session, member: Member, task_id: int) -> tasks.Job:
    job = tasks.job(session, task_id)
    delegations.require_team(session, member, job.task.delegation_id)
    return job


@action("delegations.welcome")
async def act(update: Update, context: Context) -> None:
    """✋, « je ne peux plus », ✅, « non merci »."""
    press = callbacks.ActTask.parse(context.pressed)
    number, now = press.task_id, context.now

    def work(session: Session, member: Member) -> None:
        _require_known(session, member, number)
        match press.act:
            case "claim":
                tasks.claim(session, member, number, desk=context.desk, now=now)
            case "seek":
                tasks.seek(session, member, number, desk=context.desk, now=now)
            case "done":
                tasks.done(session, member, number, now=now)
                drafts.put(session, member, kind=PHOTO, step="send", now=now, task_id=number)
            case "refuse" | "refuse_all":
                tasks.refuse(session, member, number, also_others=press.act == "refuse_all", now=now)
            case _:
                raise Outdated("errors.old_button")

    await context.transaction(work)
    context.notice(context.reader.say("meetings.notice.noted"))
    await context.show(views.refused(context.reader) if press.act.startswith("refuse") else await _task(number, context))


def _require_known(session: Session, member: Member, task_id: int) -> None:
    """Raise NotFound unless somebody is in the team or was called for this task."""
    job = tasks.job(session, task_id)
    delegation = delegations.found(session, job.task.delegation_id)
    if not delegations.sees(session, member, delegation) and session.get(TaskCall, (task_id, member.id)) is None:
        raise NotFound("errors.old_button")


async def photo_step(update: Update, context: Context, draft: Draft) -> None:
    """It was done, and a photo of it may come; anything else is meant otherwise, and the photo may still come after it."""
    content, number = content_of(context.message), draft.content["task_id"]
    photo = content.media[1] if content and content.media and content.media[0] == "photo" else None
    if photo is None:
        await (asking.asked if context.message.text else asking.received)(update, context)
        return

    def keep(session: Session, member: Member) -> None:
        drafts.drop(session, member, kind=PHOTO)
        tasks.done(session, member, number, photo=photo, now=context.now)

    await context.transaction(keep)
    await context.say(await _task(number, context))


@action("delegations.write")
async def free(update: Update, context: Context) -> None:
    """A coordinator frees somebody."""
    number = callbacks.FreeClaim.parse(context.pressed).claim_id
    claim = await context.transaction(lambda session, actor: tasks.free(session, actor, number, now=context.now))
    context.notice()
    await context.show(await _task(claim.task_id, context))


# ---- what people can do
@action("members.profile")
async def show_skills(update: Update, context: Context) -> None:
    """What one can help with."""
    member = known(context)
    await context.show(views.skills(await context.read(lambda session: tasks.skills_of(session, member)), context.reader))


@action("members.profile")
async def have_skill(update: Update, context: Context) -> None:
    """One more, or one less."""
    press = callbacks.HaveSkill.parse(context.pressed)
    await context.transaction(lambda session, member: tasks.set_skill(session, member, press.name, has_it=bool(press.has_it)))
    context.notice()
    await show_skills(update, context)
