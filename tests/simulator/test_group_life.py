"""Groups and channels: the bot comes, goes, is moved along, and hears who hides behind a chat."""

from __future__ import annotations

import pytest
from telegram import ChatMemberAdministrator, Update

MOUSSA, FANTA, DEMBA = 1002, 1003, 1004
BOT = {"id": 42, "is_bot": True, "first_name": "Enndam", "username": "enndam_test_bot"}
ANONYMOUS, CHANNEL_BOT = 1087968824, 136817688


@pytest.fixture
def pull(simulator, client):
    """Pull a lever; returns what it answers, or the line it refuses with."""

    async def pull(path, **body):
        async with client.post(simulator.url + path, json=body) as answer:
            told = await answer.json()
            return told if answer.status == 200 else f"{answer.status} {told['error']}"

    return pull


@pytest.fixture
def made(pull):
    """Make a chat of Moussa and Fanta; with the bot, unless told otherwise. Returns its id."""

    async def made(kind="supergroup", *, with_bot=True, **fields):
        body = {"title": "Kayes", "members": [MOUSSA, FANTA], "kind": kind, **fields}
        chat_id = (await pull("/sim/groups", **body))["id"]
        if with_bot:
            assert await pull(f"/sim/groups/{chat_id}/add_bot", by=FANTA) == {}
        return chat_id

    return made


@pytest.fixture
def locales_dir(fewer_phrasings):
    """The house opens here without learning everything: its answers are not what is tested."""
    return fewer_phrasings


def heard(world):
    """Return what the bot was told since last asked, as the library reads it: pairs of kind and content."""
    found = [Update.de_json(update, None) for update in world.pending()]
    world.confirm(10**9)
    return [
        (kind, getattr(update, kind))
        for update in found
        for kind in ("message", "channel_post", "my_chat_member")
        if getattr(update, kind)
    ]


@pytest.mark.parametrize("kind", ["group", "supergroup"])
async def test_the_bot_comes_and_goes_and_everybody_sees_it(bot_calls, simulator, pull, made, kind):
    group = await made(kind, with_bot=False)
    outside = await bot_calls("sendMessage", chat_id=group, text="x")

    await pull(f"/sim/groups/{group}/add_bot", by=FANTA)
    inside = await bot_calls("sendMessage", chat_id=group, text="x")
    await pull(f"/sim/groups/{group}/remove_bot", by=MOUSSA)
    removed = await bot_calls("sendMessage", chat_id=group, text="x")

    (_, came), (_, joined), (_, went), (_, left) = told = heard(simulator.world)
    assert [kind for kind, _ in told] == ["my_chat_member", "message", "my_chat_member", "message"]
    assert (came.from_user.id, came.old_chat_member.status, came.new_chat_member.status) == (FANTA, "left", "member")
    assert (went.from_user.id, went.old_chat_member.status, went.new_chat_member.status) == (MOUSSA, "member", "kicked")
    assert ([user.id for user in joined.new_chat_members], left.left_chat_member.id) == ([42], 42)
    assert list(simulator.world.chats[group].messages) == [joined.message_id, inside["message_id"], left.message_id]
    assert outside == f"Forbidden: bot is not a member of the {kind} chat"
    assert removed == f"Forbidden: bot was kicked from the {kind} chat"


async def test_a_channel_makes_the_bot_an_administrator_and_shows_nothing(bot_calls, simulator, pull, made):
    channel = await made("channel")
    [(_, came)] = heard(simulator.world)
    await pull(f"/sim/phones/{MOUSSA}/send", text="À tous", chat_id=channel)
    [(kind, post)] = heard(simulator.world)
    own = await bot_calls("sendMessage", chat_id=channel, text="x")
    edited = await bot_calls("editMessageText", chat_id=channel, message_id=own["message_id"], text="y")
    me = await bot_calls("getChatMember", chat_id=channel, user_id=42)

    assert isinstance(came.new_chat_member, ChatMemberAdministrator)
    assert (kind, post.text, post.from_user, post.sender_chat.id) == ("channel_post", "À tous", None, channel)
    assert (own["sender_chat"]["id"], "from" in own, edited["text"]) == (channel, False, "y")
    assert (me["status"], me["can_post_messages"]) == ("administrator", True)
    assert list(simulator.world.chats[channel].messages) == [post.message_id, own["message_id"]]


async def test_nothing_is_heard_of_a_group_the_bot_is_not_in(simulator, pull, made):
    group = await made(with_bot=False)
    other = await made()
    heard(simulator.world)

    await pull(f"/sim/phones/{MOUSSA}/send", text="/aide", chat_id=group)
    await pull(f"/sim/phones/{MOUSSA}/send", text="/aide", chat_id=other)

    assert [message.chat.id for _, message in heard(simulator.world)] == [other]


async def test_the_bot_hears_of_its_own_going(bot_calls, simulator, made):
    group = await made()
    heard(simulator.world)

    assert await bot_calls("leaveChat", chat_id=group) is True

    (_, went), (_, left) = heard(simulator.world)
    assert (went.from_user.id, went.old_chat_member.status, went.new_chat_member.status) == (42, "member", "left")
    assert (left.from_user.id, left.left_chat_member.id) == (42, 42)
    for method in ("sendMessage", "getChat", "leaveChat"):
        assert await bot_calls(method, chat_id=group, text="x") == "Forbidden: bot is not a member of the supergroup chat"


async def test_a_group_that_grows_is_found_under_its_new_id_only(client, simulator, bot_calls, pull, made):
    group = await made("group", id=-4012)
    heard(simulator.world)

    grown = (await pull(f"/sim/groups/{group}/migrate", by=MOUSSA))["id"]

    (_, old), (_, new) = heard(simulator.world)
    assert str(grown).startswith("-100")
    assert (old.chat.id, old.from_user.id, old.migrate_to_chat_id) == (group, MOUSSA, grown)
    assert (new.chat.id, new.chat.type, new.migrate_from_chat_id) == (grown, "supergroup", group)
    assert (new.from_user.id, new.sender_chat.id) == (ANONYMOUS, grown)
    for method in ("sendMessage", "getChat", "getChatMember", "leaveChat", "deleteMessage"):
        async with client.post(f"{simulator.url}/bot{simulator.world.token}/{method}", json={"chat_id": group}) as answer:
            assert await answer.json() == {
                "ok": False, "error_code": 400, "description": "Bad Request: group chat was upgraded to a supergroup chat",
                "parameters": {"migrate_to_chat_id": grown},
            }  # fmt: skip
    assert (await bot_calls("sendMessage", chat_id=grown, text="x"))["chat"]["id"] == grown


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("/sim/groups", {"members": [MOUSSA]}, "404 not there: 'title'"),
        ("/sim/groups", {"title": "Kayes", "members": []}, "400 a group has a title and a member"),
        ("/sim/groups", {"title": " ", "members": [MOUSSA]}, "400 a group has a title and a member"),
        ("/sim/groups", {"title": "Kayes", "members": [5]}, "404 not there: 5"),
        ("/sim/groups", {"title": "Kayes", "members": [MOUSSA], "id": 7}, "400 7 cannot be the id of a new group"),
        ("/sim/groups", {"title": "Kayes", "members": [MOUSSA], "id": -1}, "400 -1 cannot be the id of a new group"),
        ("/sim/groups", {"title": "Kayes", "members": [MOUSSA], "kind": "private"},
         "400 kind is one of group, supergroup, channel, not private"),
        ("/sim/groups/-5/add_bot", {}, "404 not there: -5"),
        ("/sim/groups/-1/add_bot", {}, "400 the bot is in this chat already"),
        ("/sim/groups/-1/remove_bot", {"by": DEMBA}, "400 Demba is not in this chat"),
        ("/sim/groups/-1/migrate", {}, "400 a supergroup does not become a supergroup"),
        (f"/sim/groups/{MOUSSA}/add_bot", {}, "400 this is no group"),
    ],
)  # fmt: skip
async def test_what_cannot_be_done_with_a_group_gets_a_clear_line(simulator, pull, made, path, body, told):
    await made(id=-1)
    heard(simulator.world)

    assert await pull(path, **body) == told
    assert heard(simulator.world) == []


async def test_nobody_acts_in_a_group_that_has_moved(pull, made):
    group = await made("group")
    grown = (await pull(f"/sim/groups/{group}/migrate"))["id"]

    for path in (f"/sim/groups/{group}/migrate", f"/sim/groups/{group}/remove_bot"):
        assert await pull(path) == f"400 this group has become {grown}"
    assert await pull(f"/sim/phones/{MOUSSA}/send", text="/x", chat_id=group) == f"400 this group has become {grown}"


async def test_an_administrator_hides_behind_the_group_or_a_channel(bot_calls, simulator, pull, made):
    group, channel = await made(), await made("channel")
    heard(simulator.world)

    await pull(f"/sim/phones/{MOUSSA}/send", text="/x", chat_id=group, **{"as": "group"})
    await pull(f"/sim/phones/{MOUSSA}/send", text="/y", chat_id=group, **{"as": {"channel": channel}})

    (_, hidden), (_, posted) = heard(simulator.world)
    assert (hidden.from_user.id, hidden.from_user.username, hidden.from_user.is_bot) == (ANONYMOUS, "GroupAnonymousBot", True)
    assert (posted.from_user.id, posted.from_user.username, posted.from_user.is_bot) == (CHANNEL_BOT, "Channel_Bot", True)
    assert (hidden.text, hidden.sender_chat.id, posted.text, posted.sender_chat.id) == ("/x", group, "/y", channel)
    forwarded = await bot_calls("forwardMessage", chat_id=group, from_chat_id=group, message_id=hidden.message_id)
    assert forwarded["forward_origin"]["sender_chat"]["id"] == group


@pytest.mark.parametrize(
    ("kind", "mask", "told"),
    [
        ("group", "group", "400 nobody speaks as something else in a group chat: only in a supergroup"),
        ("channel", "group", "400 nobody speaks as something else in a channel chat: only in a supergroup"),
        ("supergroup", "somebody", '400 "as" is "group" or {"channel": id}'),
        ("supergroup", {"channel": -1}, "400 -1 is not a channel"),
        ("supergroup", {"channel": -5}, "404 not there: -5"),
    ],
)
async def test_a_mask_telegram_does_not_have_is_refused(pull, made, kind, mask, told):
    chat = await made(kind, id=-1)

    assert await pull(f"/sim/phones/{MOUSSA}/send", text="x", chat_id=chat, **{"as": mask}) == told


async def test_two_chats_never_share_an_id(made):
    assert len({await made(kind, with_bot=False) for kind in ("group", "supergroup", "channel", "group", "supergroup")}) == 5


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_the_house_has_hands_for_all_this(house):
    fanta = house.phone("Fanta")
    group = await house.new_group("Kayes", "Fanta", "Moussa", kind="group")
    await house.adds_bot(group, by="Moussa")

    grown = await house.migrates(group, by="Fanta")
    await fanta.types_hidden("/confidentialite", grown)
    await house.removes_bot(grown, by="Moussa")
    await fanta.look(grown)

    assert [message["from"]["id"] for message in fanta.shown["messages"]] == [ANONYMOUS, ANONYMOUS, 42, MOUSSA]
    assert [message["from"]["id"] for message in fanta.bot_messages] == [42]
