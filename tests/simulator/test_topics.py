"""Topics of a forum: who writes in one is heard in it, and what is not there is refused."""

from __future__ import annotations

import pytest

MOUSSA, AMINATA, FORUM, GROUP = 1002, 1001, -1001, -1002
BLUE, RED = 0x6FB9F0, 0xFB6F5F


@pytest.fixture
def world(simulator):
    """A forum and a group that is none, the bot told of both."""
    simulator.world.add_group(FORUM, "Koniakary", [MOUSSA, AMINATA], is_forum=True)
    simulator.world.add_group(GROUP, "Kayes", [MOUSSA])
    simulator.world.confirm(10**9)
    return simulator.world


@pytest.fixture
async def thread(bot_calls, world):
    """The identifier of an open topic."""
    return (await bot_calls("createForumTopic", chat_id=FORUM, name="Voyage"))["message_thread_id"]


def told(world):
    return [update["message"] for update in world.pending()]


async def test_a_forum_says_that_it_is_one(bot_calls, world):
    forum, group = await bot_calls("getChat", chat_id=FORUM), await bot_calls("getChat", chat_id=GROUP)

    assert (forum["is_forum"], "is_forum" in group) == (True, False)


async def test_a_topic_is_opened_by_a_service_message_of_which_the_bot_is_told(bot_calls, world):
    topic = await bot_calls("createForumTopic", chat_id=FORUM, name="  Le\nvoyage ", icon_color=RED)
    plain = await bot_calls("createForumTopic", chat_id=FORUM, name="é" * 200)

    opening = world.chats[FORUM].messages[topic["message_thread_id"]]
    assert topic == {"message_thread_id": opening["message_id"], "name": "Le voyage", "icon_color": RED}
    assert opening["forum_topic_created"] == {"name": "Le voyage", "icon_color": RED}
    assert (opening["message_thread_id"], opening["is_topic_message"]) == (opening["message_id"], True)
    assert (plain["name"], plain["icon_color"]) == ("é" * 128, BLUE)
    assert told(world)[0] == opening


REFUSALS = [
    ("createForumTopic", {"chat_id": GROUP, "name": "x"}, "the chat is not a forum"),
    ("createForumTopic", {"chat_id": MOUSSA, "name": "x"}, "the chat is not a forum"),
    ("createForumTopic", {"chat_id": FORUM}, "title must be non-empty"),
    ("createForumTopic", {"chat_id": FORUM, "name": " "}, "title must be non-empty"),
    ("createForumTopic", {"chat_id": FORUM, "name": "x", "icon_color": 1}, "invalid icon color specified"),
    ("closeForumTopic", {"chat_id": GROUP, "message_thread_id": 1}, "the chat is not a forum"),
    ("closeForumTopic", {"chat_id": FORUM}, "invalid message thread identifier specified"),
    ("closeForumTopic", {"chat_id": FORUM, "message_thread_id": 999}, "TOPIC_ID_INVALID"),
    ("deleteForumTopic", {"chat_id": FORUM, "message_thread_id": 999}, "TOPIC_ID_INVALID"),
    ("editForumTopic", {"chat_id": FORUM, "message_thread_id": 999, "name": "x"}, "TOPIC_ID_INVALID"),
    ("sendMessage", {"chat_id": FORUM, "message_thread_id": 999, "text": "x"}, "message thread not found"),
    ("sendMessage", {"chat_id": MOUSSA, "message_thread_id": 999, "text": "x"}, "message thread not found"),
    ("sendLocation", {"chat_id": FORUM, "message_thread_id": 999, "latitude": 1, "longitude": 1}, "message thread not found"),
    ("copyMessages", {"chat_id": FORUM, "message_thread_id": 999, "from_chat_id": MOUSSA, "message_ids": [1]},
     "message thread not found"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "parameters", "reason"), REFUSALS)
async def test_a_wrong_call_is_refused(bot_calls, world, method, parameters, reason):
    world.people[MOUSSA].has_started = True

    assert await bot_calls(method, **parameters) == f"Bad Request: {reason}"


async def test_a_topic_is_renamed_closed_opened_again_and_told_in_its_thread(bot_calls, world, thread):
    where = {"chat_id": FORUM, "message_thread_id": thread}
    answers = [
        await bot_calls(method, **where, **more)
        for method, more in [
            ("editForumTopic", {"name": "Retour"}), ("editForumTopic", {"name": "Retour"}), ("editForumTopic", {}),
            ("reopenForumTopic", {}), ("closeForumTopic", {}), ("closeForumTopic", {}), ("reopenForumTopic", {}),
        ]
    ]  # fmt: skip

    same = "Bad Request: TOPIC_NOT_MODIFIED"
    assert answers == [True, same, True, same, True, same, True]
    assert world.chats[FORUM].topics[thread].name == "Retour"
    assert [next(key for key in message if key.startswith("forum_topic")) for message in told(world)] == [
        "forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened",
    ]  # fmt: skip
    assert {message["message_thread_id"] for message in told(world)} == {thread}


async def test_a_deleted_topic_takes_its_messages_along(bot_calls, world, thread):
    await bot_calls("sendMessage", chat_id=FORUM, message_thread_id=thread, text="inside")
    await bot_calls("sendMessage", chat_id=FORUM, text="outside")

    alone = await bot_calls("deleteMessage", chat_id=FORUM, message_id=thread)
    deleted = await bot_calls("deleteForumTopic", chat_id=FORUM, message_thread_id=thread)
    after = await bot_calls("sendMessage", chat_id=FORUM, message_thread_id=thread, text="late")

    assert (alone, deleted) == ("Bad Request: message can't be deleted", True)
    assert after == "Bad Request: message thread not found"
    assert [message["text"] for message in world.chats[FORUM].messages.values()] == ["outside"]


async def test_the_bot_writes_in_a_thread_and_its_replies_stay_there(bot_calls, world, thread):
    sent = await bot_calls("sendMessage", chat_id=FORUM, message_thread_id=thread, text="x")
    reply = await bot_calls("sendMessage", chat_id=FORUM, text="y", reply_parameters={"message_id": sent["message_id"]})
    outside = await bot_calls("sendMessage", chat_id=FORUM, text="z")

    assert (sent["message_thread_id"], sent["is_topic_message"]) == (thread, True)
    assert sent["reply_to_message"]["message_id"] == thread
    assert (reply["message_thread_id"], reply["reply_to_message"]["message_id"]) == (thread, sent["message_id"])
    assert "message_thread_id" not in outside


async def test_copies_go_into_a_thread(bot_calls, world, thread):
    first = world.person_sends(MOUSSA, {"text": "hi"})["message_id"]
    where = {"chat_id": FORUM, "message_thread_id": thread, "from_chat_id": MOUSSA}

    one = await bot_calls("copyMessage", **where, message_id=first)
    [many] = await bot_calls("copyMessages", **where, message_ids=[first])

    messages = [world.chats[FORUM].messages[copy["message_id"]] for copy in (one, many)]
    assert [(message["text"], message["message_thread_id"]) for message in messages] == [("hi", thread)] * 2


async def test_people_write_in_a_thread_and_what_they_reply_to_tells_it(bot_calls, world, thread):
    card = await bot_calls("sendMessage", chat_id=FORUM, message_thread_id=thread, text="card")

    said = world.person_sends(AMINATA, {"text": "mine", "message_thread_id": thread}, FORUM)
    world.person_sends(AMINATA, {"text": "answer", "reply_to_message": {"message_id": card["message_id"]}}, FORUM)

    heard = told(world)[-1]
    assert (said["is_topic_message"], said["reply_to_message"]["message_id"]) == (True, thread)
    assert (heard["text"], heard["message_thread_id"], heard["is_topic_message"]) == ("answer", thread, True)
    assert heard["reply_to_message"]["message_thread_id"] == thread
    assert "reply_to_message" not in heard["reply_to_message"]


def test_the_bot_hears_all_of_a_forum_and_in_a_group_what_is_said_to_it(world):
    world.person_sends(MOUSSA, {"text": "hello all"}, GROUP)
    world.person_sends(MOUSSA, {"text": "hello forum"}, FORUM)

    assert [message["text"] for message in told(world)] == ["hello forum"]


def test_nobody_writes_in_a_thread_that_is_not_there(world):
    with pytest.raises(KeyError):
        world.person_sends(AMINATA, {"text": "x", "message_thread_id": 999}, FORUM)
