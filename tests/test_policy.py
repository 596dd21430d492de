"""Who may do what, said a second time: the table changes on purpose, in two places. Source: FAULTS, goal 14."""

from __future__ import annotations

import pytest

from bot.domain import policy
from bot.domain.policy import Role, Where
from bot.errors import NotAllowed, NotHere

LEAST = {
    Role.VISITOR: """
        announcements.look delegations.look documents.look groups.called invitations.use meetings.answer
        meetings.look meetings.propose meetings.show_here members.choose_language members.choose_place
        members.come_or_go members.join members.listen_first members.look members.profile members.start
        privacy.erase privacy.export privacy.look questions.ask questions.look volunteers.look volunteers.sign_up
    """,
    Role.MEMBER: """
        delegations.welcome meetings.see_names polls.vote trips.tell
    """,
    Role.COMMITTEE: """
        coordination.look documents.write meetings.write members.list members.step_in polls.write recordings.write
        volunteers.see_phone volunteers.write
    """,
    Role.COORDINATOR: """
        announcements.send announcements.write delegations.write groups.link health.look health.release
        invitations.make knowledge.write members.admit members.change_role members.hand_over members.see_phone
        questions.answer statistics.look trips.see
    """,
}
PLACES = {
    Where.PRIVATE | Where.INBOX: """
        knowledge.write members.admit questions.answer
    """,
    Where.PRIVATE | Where.INBOX | Where.GROUP: """
        groups.called meetings.show_here members.come_or_go privacy.look
    """,
}


def test_the_table_says_what_it_has_to():
    """Every action, its least role and where it is done: nothing more, nothing less."""
    role_of = {action: role for role, actions in LEAST.items() for action in actions.split()}
    place_of = {action: where for where, actions in PLACES.items() for action in actions.split()}

    assert {action: rule.least for action, rule in policy.POLICY.items()} == role_of
    assert {action: rule.where for action, rule in policy.POLICY.items()} == {
        action: place_of.get(action, Where.PRIVATE) for action in role_of
    }


@pytest.mark.parametrize("role", Role)
def test_each_role_may_what_the_ones_before_it_may(role):
    ranks = list(Role)
    for action, rule in policy.POLICY.items():
        may = ranks.index(role) >= ranks.index(rule.least)
        assert policy.may(role, action) is may
        if may:
            policy.require(role, action)
        else:
            with pytest.raises(NotAllowed):
                policy.require(role, action)


def test_h1_what_has_no_row_is_refused_to_everybody():
    assert not policy.may(Role.COORDINATOR, "moon.fly")
    with pytest.raises(NotAllowed):
        policy.require(Role.COORDINATOR, "moon.fly")


def test_the_chat_is_asked_before_the_role():
    """Nobody learns in a group what anybody may."""
    policy.require_here(Role.COORDINATOR, "knowledge.write", Where.INBOX)
    with pytest.raises(NotHere):
        policy.require_here(Role.VISITOR, "knowledge.write", Where.GROUP)
    with pytest.raises(NotAllowed):
        policy.require_here(Role.VISITOR, "knowledge.write", Where.PRIVATE)
    with pytest.raises(NotAllowed):
        policy.require_here(Role.VISITOR, "moon.fly", Where.GROUP)
