"""What is sent once more or changed afterwards: copies, forwards, captions and keyboards."""

from __future__ import annotations

import pytest

from bot.simulator.flood import FloodControl, Limits
from bot.simulator.refusals import ApiRefusal

MOUSSA, AMINATA = 1002, 1001
KEYS = {"inline_keyboard": [[{"text": "x", "callback_data": "x"}]]}


def picture(**more):
    return {"photo": [{"file_id": "p", "file_unique_id": "u", "width": 1, "height": 1}], **more}


@pytest.fixture
def world(simulator):
    """Moussa has sent a text, an album of two, one left alone of another album; Aminata has started."""
    world = simulator.world
    world.person_sends(AMINATA, {"text": "/start"})
    for content in (
        {"text": "hi"}, picture(media_group_id="7", caption="one"), picture(media_group_id="7"), picture(media_group_id="8"),
    ):  # fmt: skip
        world.person_sends(MOUSSA, content)
    return world


def ids(world):
    return sorted(world.chats[MOUSSA].messages)


def copies(world, result):
    return [world.chats[AMINATA].messages[copy["message_id"]] for copy in result]


async def test_copies_keep_albums_together_under_a_new_name(bot_calls, world):
    result = await bot_calls("copyMessages", chat_id=AMINATA, from_chat_id=MOUSSA, message_ids=ids(world))

    albums = [message.get("media_group_id") for message in copies(world, result)]
    assert [message.get("text") or message.get("caption") for message in copies(world, result)] == ["hi", "one", None, None]
    assert albums[1] == albums[2] not in (None, "7")
    assert (albums[0], albums[3]) == (None, None)
    assert not any("forward_origin" in message for message in copies(world, result))


async def test_what_is_gone_or_cannot_be_copied_is_skipped(bot_calls, world):
    joined = world.person_sends(MOUSSA, {"new_chat_members": []})["message_id"]

    result = await bot_calls("copyMessages", chat_id=AMINATA, from_chat_id=MOUSSA, message_ids=[ids(world)[0], joined, 9999])
    none = await bot_calls("copyMessages", chat_id=AMINATA, from_chat_id=MOUSSA, message_ids=[joined])
    one = await bot_calls("copyMessage", chat_id=AMINATA, from_chat_id=MOUSSA, message_id=joined)

    assert [message["text"] for message in copies(world, result)] == ["hi"]
    assert none == "Bad Request: messages can't be forwarded"
    assert one == "Bad Request: the message can't be copied"


async def test_copies_may_lose_captions_and_be_protected(bot_calls, world):
    result = await bot_calls("copyMessages", chat_id=AMINATA, from_chat_id=MOUSSA, message_ids=ids(world)[1:3],
                        remove_caption=True, protect_content=True)  # fmt: skip

    assert not any("caption" in message for message in copies(world, result))
    assert all(message["has_protected_content"] for message in copies(world, result))


async def test_one_copy_leaves_its_album(bot_calls, world):
    result = await bot_calls("copyMessage", chat_id=AMINATA, from_chat_id=MOUSSA, message_id=ids(world)[1])

    assert "media_group_id" not in copies(world, [result])[0]


async def test_forwards_tell_who_sent_and_leave_out_the_protected(bot_calls, world):
    world.chats[MOUSSA].messages[ids(world)[0]]["has_protected_content"] = True

    result = await bot_calls("forwardMessages", chat_id=AMINATA, from_chat_id=MOUSSA, message_ids=ids(world))
    refused = await bot_calls("forwardMessage", chat_id=AMINATA, from_chat_id=MOUSSA, message_id=ids(world)[0])

    origins = {message["forward_origin"]["sender_user"]["id"] for message in copies(world, result)}
    assert (len(result), origins) == (3, {MOUSSA})
    assert refused == "Bad Request: the message can't be forwarded"


async def test_several_messages_are_deleted_at_once_skipping_what_is_gone(bot_calls, world):
    assert await bot_calls("deleteMessages", chat_id=MOUSSA, message_ids=[*ids(world)[:3], 9999]) is True

    assert len(ids(world)) == 1


async def test_captions_and_keyboards_of_a_voice_message_change(bot_calls, world):
    voice = world.store_file("voice", b"OggS", "v.ogg", "audio/ogg").file_id
    sent = await bot_calls("sendVoice", chat_id=MOUSSA, voice=voice)
    where = {"chat_id": MOUSSA, "message_id": sent["message_id"]}

    captioned = await bot_calls("editMessageCaption", **where, caption="heard", reply_markup=KEYS)
    bare = await bot_calls("editMessageReplyMarkup", **where)
    again = await bot_calls("editMessageReplyMarkup", **where, reply_markup=KEYS)

    assert (captioned["caption"], captioned["reply_markup"]) == ("heard", KEYS)
    assert (bare["caption"], "reply_markup" in bare) == ("heard", False)
    assert (again["voice"], again["reply_markup"]) == (sent["voice"], KEYS)


def test_many_messages_of_one_call_count_each_and_pass_after_a_silence():
    flood = FloodControl(Limits(per_second=30, per_chat_burst=5))

    flood.take(MOUSSA, 12)

    with pytest.raises(ApiRefusal) as refusal:
        flood.take(MOUSSA)
    assert refusal.value.parameters == {"retry_after": 8}
