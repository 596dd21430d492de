"""Files the bot sends and takes back: what the chat holds is what was sent, and can be fetched."""

from __future__ import annotations

import io

import aiohttp
import pytest
from PIL import Image

from bot.simulator import SIMULATOR_TOKEN

MOUSSA = 1002


def picture(width, height, kind="JPEG"):
    made = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(made, kind)
    return made.getvalue()


@pytest.fixture
def upload(simulator, client):
    """Send a file as the bot does, in a multipart form; returns the message, or the description of the refusal."""
    simulator.world.person_sends(MOUSSA, {"text": "hi"})  # message 1

    async def upload(method, files, **values):
        form = aiohttp.FormData()
        for name, value in {"chat_id": str(MOUSSA), **values}.items():
            form.add_field(name, value)
        for name, (content, file_name, mime_type) in files.items():
            form.add_field(name, content, filename=file_name, content_type=mime_type)
        async with client.post(f"{simulator.url}/bot{SIMULATOR_TOKEN}/{method}", data=form) as answer:
            body = await answer.json()
            return body["result"] if body["ok"] else body["description"]

    return upload


async def test_a_document_answers_a_message_and_can_be_fetched(simulator, client, upload):
    files = {
        "document": (b"PK..", "membres.xlsx", "application/vnd.ms-excel"),
        "thumbnail": (picture(9, 9), "t.jpg", "image/jpeg"),
    }
    message = await upload("sendDocument", files, reply_parameters='{"message_id": 1}', caption="<b>Membres</b>",
                           parse_mode="HTML")  # fmt: skip

    async with client.get(f"{simulator.url}/sim/files/{message['document']['file_id']}") as answer:
        headers, content = answer.headers, await answer.read()

    file_id, unique_id = message["document"]["file_id"], message["document"]["file_unique_id"]
    assert message["document"] == {
        "file_id": file_id, "file_unique_id": unique_id, "file_size": 4, "file_name": "membres.xlsx",
        "mime_type": "application/vnd.ms-excel",
    }  # fmt: skip
    assert (message["reply_to_message"]["message_id"], message["caption"]) == (1, "Membres")
    assert (headers["Content-Disposition"], content) == ("attachment", b"PK..")


@pytest.mark.parametrize(
    ("content", "size"),
    [(picture(640, 200), (640, 200)), (picture(33, 44, "PNG"), (33, 44)), (b"no picture", (800, 600))],
    ids=["jpeg", "png", "something else"],
)
async def test_a_photo_has_the_size_of_its_file(bot_calls, upload, content, size):
    message = await upload("sendPhoto", {"photo": (content, "p.jpg", "image/jpeg")})
    again = await bot_calls("sendPhoto", chat_id=MOUSSA, photo=message["photo"][0]["file_id"])

    assert [(one["width"], one["height"]) for one in (*message["photo"], *again["photo"])] == [size, size]


async def test_a_photo_a_person_sends_has_its_size_too(simulator, client, upload):
    form = aiohttp.FormData({"kind": "photo"})
    form.add_field("file", picture(120, 90), filename="p.jpg", content_type="image/jpeg")
    async with client.post(f"{simulator.url}/sim/phones/{MOUSSA}/upload", data=form) as answer:
        message_id = (await answer.json())["message_id"]

    [photo] = simulator.world.chats[MOUSSA].messages[message_id]["photo"]
    assert (photo["width"], photo["height"]) == (120, 90)


@pytest.mark.parametrize(("width", "height"), [(9_000, 1_001), (210, 10)])
async def test_a_photo_too_large_or_too_long_is_refused(upload, width, height):
    wrong = await upload("sendPhoto", {"photo": (picture(width, height, "PNG"), "p.png", "image/png")})
    right = await upload("sendPhoto", {"photo": (picture(200, 10, "PNG"), "p.png", "image/png")})

    assert (wrong, right["photo"][0]["width"]) == ("Bad Request: PHOTO_INVALID_DIMENSIONS", 200)


async def test_a_hundred_messages_are_taken_back_at_once(bot_calls, simulator, upload):
    sent = [(await bot_calls("sendMessage", chat_id=MOUSSA, text="x"))["message_id"] for _ in range(101)]

    assert await bot_calls("deleteMessages", chat_id=MOUSSA, message_ids=[*sent[:98], sent[0], 9999]) is True
    assert list(simulator.world.chats[MOUSSA].messages) == [1, *sent[98:]]


async def test_one_message_too_old_keeps_them_all(bot_calls, client, simulator, upload):
    old = (await bot_calls("sendMessage", chat_id=MOUSSA, text="old"))["message_id"]
    async with client.post(f"{simulator.url}/sim/clock", json={"move_seconds": 48 * 3600}):
        pass
    new = (await bot_calls("sendMessage", chat_id=MOUSSA, text="new"))["message_id"]

    refused = await bot_calls("deleteMessages", chat_id=MOUSSA, message_ids=[new, old])

    assert refused == "Bad Request: message can't be deleted for everyone"
    assert list(simulator.world.chats[MOUSSA].messages) == [1, old, new]
