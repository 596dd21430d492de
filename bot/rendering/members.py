"""People and groups: welcome, requests, invitations, roles, and what stands in a chat."""

from __future__ import annotations

import dataclasses

from bot.domain import groups, members, roles
from bot.domain.policy import Role
from bot.i18n import Reader
from bot.messages import Leaving, OutgoingMessage, TakeBack
from bot.rendering.moment import Moment, Rendered, View, erased
from bot.views import errors as error_views
from bot.views import groups as group_views
from bot.views import home, privacy
from bot.views import invitations as invitation_views
from bot.views import members as member_views
from bot.views import roles as role_views
from db.models import Chat, JoinRequest, Member


def here(member: Member | None, reader: Reader) -> OutgoingMessage:
    """Return the screen somebody stands at: the step of the welcome they have not answered, else home."""
    match members.missing_step(member) if member else "language":
        case "language":
            return member_views.choose_language(reader.words)
        case "place":
            return member_views.choose_place(reader)
        case _:
            return home.home(member.role if member else Role.VISITOR, reader)


def _here(moment: Moment) -> Rendered:
    return here(members.by_telegram_id(moment.session, moment.values["chat_id"]), moment.reader)


def _request(moment: Moment) -> Rendered:
    request = moment.session.get(JoinRequest, moment.values["request_id"])
    asker = moment.session.get(Member, request.member_id) if request else None
    if request is None or asker is None:
        return erased(moment)
    decider = moment.session.get(Member, request.decided_by) if request.decided_by else None
    screen = invitation_views.request(request, asker, decider, moment.reader)
    return dataclasses.replace(screen, edits=moment.edits)


def _invitation_used(moment: Moment) -> Rendered:
    member, values = moment.session.get(Member, moment.values["member_id"]), moment.values
    return invitation_views.used(member, values["uses"], values["uses_allowed"], moment.reader) if member else None


def _group_card(moment: Moment) -> Rendered:
    chat = moment.session.get(Chat, moment.values["chat_id"])
    return dataclasses.replace(group_views.card(chat, moment.reader), edits=moment.edits) if chat else None


def _hello(moment: Moment) -> Rendered:
    known = {chat.id for chat in groups.known(moment.session)}
    return group_views.hello(moment.stage.words) if moment.delivery.chat_id in known else None


def _handover(moment: Moment) -> Rendered:
    return role_views.handover(roles.open_things(moment.session), moment.reader)


def _take_back(moment: Moment) -> Rendered:
    return TakeBack(tuple(moment.values["message_ids"]))


VIEWS: dict[str, View] = {
    "roles.changed": lambda moment: role_views.changed(moment.values["role"], moment.reader),
    "roles.announced": lambda moment: role_views.announced(
        moment.name("actor_id"), moment.name("member_id"), moment.values["role"], moment.reader
    ),
    "roles.revoked": lambda moment: role_views.revoked(moment.name("actor_id"), moment.name("member_id"), moment.reader),
    "roles.invited": lambda moment: role_views.invited(moment.name("actor_id"), moment.reader),
    "roles.gone": lambda moment: role_views.gone(moment.reader),
    "roles.handover": _handover,
    "roles.vacant": lambda moment: role_views.vacant(moment.reader),
    "joining.card": _request,
    "joining.accepted": lambda moment: invitation_views.accepted(moment.reader),
    "joining.refused": lambda moment: invitation_views.not_accepted(moment.reader),
    "invitations.used": _invitation_used,
    "invitations.guessed": lambda moment: invitation_views.guessed(moment.reader),
    "groups.hello": _hello,
    "groups.card": _group_card,
    "groups.leave": lambda _moment: Leaving(),
    "privacy.stay": lambda moment: privacy.stay(moment.reader),
    "privacy.take_back": _take_back,
    "members.commands": lambda moment: home.commands(moment.reader),
    "members.welcome": lambda moment: home.welcome(moment.reader),
    "members.here": _here,
    "errors.too_fast": lambda moment: error_views.too_fast(moment.reader),
}
READERS = {
    "joining.card": "members.admit", "groups.card": "groups.link", "invitations.used": "invitations.make",
    "invitations.guessed": "invitations.make", "roles.announced": "members.change_role", "roles.revoked": "members.change_role",
    "roles.invited": "members.change_role", "roles.gone": "members.change_role", "roles.handover": "members.hand_over",
    "roles.vacant": "members.step_in",
}  # fmt: skip
