"""The simulated server refuses what the Bot API refuses, with its words."""

from __future__ import annotations

import json

import pytest

from bot.simulator import SIMULATOR_TOKEN, Simulator, refuse_real_token
from bot.simulator.flood import Limits

MOUSSA, DEMBA = 1002, 1004
LONG = "é" * 4097
EMOJI = "👋" * 2049  # each counts two UTF-16 units
NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a"
    " current content and reply markup of the message"
)


def keys(**button):
    return {"inline_keyboard": [[{"text": "x", **button}]]}


REFUSALS = [
    # method, parameters, code, description
    ("sendMessage", {"text": "x"}, 400, "Bad Request: chat_id is empty"),
    ("sendMessage", {"chat_id": 5, "text": "x"}, 400, "Bad Request: chat not found"),
    ("sendMessage", {"chat_id": "abc", "text": "x"}, 400, "Bad Request: chat not found"),
    ("sendMessage", {"chat_id": DEMBA, "text": "x"}, 403, "Forbidden: bot can't initiate conversation with a user"),
    ("sendMessage", {"chat_id": MOUSSA}, 400, "Bad Request: message text is empty"),
    ("sendMessage", {"chat_id": MOUSSA, "text": " \n "}, 400, "Bad Request: message text is empty"),
    ("sendMessage", {"chat_id": MOUSSA, "text": "<b></b>", "parse_mode": "HTML"}, 400, "Bad Request: message text is empty"),
    ("sendMessage", {"chat_id": MOUSSA, "text": LONG}, 400, "Bad Request: message is too long"),
    ("sendMessage", {"chat_id": MOUSSA, "text": EMOJI}, 400, "Bad Request: message is too long"),
    ("sendMessage", {"chat_id": MOUSSA, "text": "<b>x", "parse_mode": "HTML"}, 400,
     'Bad Request: can\'t parse entities: Can\'t find end tag corresponding to start tag "b"'),
    ("sendMessage", {"chat_id": MOUSSA, "text": "é<h1>x</h1>", "parse_mode": "HTML"}, 400,
     'Bad Request: can\'t parse entities: Unsupported start tag "h1" at byte offset 2'),
    ("sendMessage", {"chat_id": MOUSSA, "text": "<b>x</i>", "parse_mode": "HTML"}, 400,
     'Bad Request: can\'t parse entities: Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
    ("sendMessage", {"chat_id": MOUSSA, "text": "x</b>", "parse_mode": "HTML"}, 400,
     "Bad Request: can't parse entities: Unexpected end tag at byte offset 1"),
    ("sendMessage", {"chat_id": MOUSSA, "text": "a <b", "parse_mode": "HTML"}, 400,
     "Bad Request: can't parse entities: Unclosed start tag at byte offset 2"),
    ("sendMessage", {"chat_id": MOUSSA, "text": "x", "parse_mode": "Klingon"}, 400, "Bad Request: unsupported parse_mode"),
    ("sendMessage", {"chat_id": MOUSSA, "text": "x", "reply_parameters": {"message_id": 999}}, 400,
     "Bad Request: message to be replied not found"),
    ("sendMessage", {"chat_id": MOUSSA, "text": "x", "reply_markup": "[]"}, 400,
     "Bad Request: object expected as reply markup"),
    ("sendMessage", {"chat_id": MOUSSA, "text": "x", "reply_markup": "{"}, 400,
     "Bad Request: can't parse reply keyboard markup JSON object"),
    ("sendMessage", {"chat_id": MOUSSA, "text": "x", "reply_markup": keys()}, 400,
     "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
    ("sendMessage", {"chat_id": MOUSSA, "text": "x", "reply_markup": keys(callback_data="ɛ" * 33)}, 400,
     "Bad Request: BUTTON_DATA_INVALID"),
    ("sendMessage", {"chat_id": MOUSSA, "text": "x", "reply_markup": keys(callback_data="")}, 400,
     "Bad Request: BUTTON_DATA_INVALID"),
    ("sendMessage", {"chat_id": MOUSSA, "text": "x", "reply_markup": keys(url="no where")}, 400,
     "Bad Request: inline keyboard button URL 'no where' is invalid: Wrong HTTP URL"),
    ("sendMessage", {"chat_id": MOUSSA, "text": "x", "reply_markup": keys(copy_text={"text": "x" * 257})}, 400,
     "Bad Request: BUTTON_COPY_TEXT_INVALID"),
    ("sendMessage", {"chat_id": MOUSSA, "text": "x", "reply_markup": keys(callback_data="x", style="pink")}, 400,
     "Bad Request: can't parse button style: invalid button style specified"),
    ("sendPhoto", {"chat_id": MOUSSA}, 400, "Bad Request: there is no photo in the request"),
    ("sendPhoto", {"chat_id": MOUSSA, "photo": "nothing"}, 400, "Bad Request: wrong file identifier/HTTP URL specified"),
    ("sendPhoto", {"chat_id": MOUSSA, "photo": "x", "caption": "x" * 1025}, 400, "Bad Request: message caption is too long"),
    ("sendMediaGroup", {"chat_id": MOUSSA, "media": []}, 400, "Bad Request: there is no media in the request"),
    ("sendMediaGroup", {"chat_id": MOUSSA, "media": [{"type": "photo", "media": "x"}]}, 400,
     "Bad Request: wrong number of media in the album"),
    ("sendLocation", {"chat_id": MOUSSA, "latitude": 91, "longitude": 0}, 400,
     "Bad Request: wrong latitude or longitude specified"),
    ("sendLocation", {"chat_id": MOUSSA, "longitude": 0}, 400, "Bad Request: latitude is empty"),
    ("sendVenue", {"chat_id": MOUSSA, "latitude": 1, "longitude": 1, "title": "x"}, 400,
     "Bad Request: venue address must be non-empty"),
    ("sendContact", {"chat_id": MOUSSA, "phone_number": "1"}, 400, "Bad Request: first name must be non-empty"),
    ("sendPoll", {"chat_id": MOUSSA, "question": "x", "options": ["a"] * 13}, 400,
     "Bad Request: poll can't have more than 12 options"),
    ("sendPoll", {"chat_id": MOUSSA, "options": ["a"]}, 400, "Bad Request: poll question must be non-empty"),
    ("sendChatAction", {"chat_id": MOUSSA, "action": "dancing"}, 400, "Bad Request: wrong parameter action in request"),
    ("copyMessage", {"chat_id": MOUSSA, "from_chat_id": MOUSSA, "message_id": 999}, 400,
     "Bad Request: message to copy not found"),
    ("forwardMessage", {"chat_id": MOUSSA, "from_chat_id": MOUSSA, "message_id": 999}, 400,
     "Bad Request: message to forward not found"),
    ("copyMessages", {"chat_id": 5, "from_chat_id": MOUSSA, "message_ids": [1]}, 400, "Bad Request: chat not found"),
    ("copyMessages", {"chat_id": MOUSSA, "from_chat_id": 5, "message_ids": [1]}, 400, "Bad Request: chat not found"),
    ("copyMessages", {"chat_id": MOUSSA, "from_chat_id": MOUSSA}, 400, "Bad Request: message identifiers are not specified"),
    ("copyMessages", {"chat_id": MOUSSA, "from_chat_id": MOUSSA, "message_ids": []}, 400,
     "Bad Request: message identifiers are not specified"),
    ("copyMessages", {"chat_id": MOUSSA, "from_chat_id": MOUSSA, "message_ids": "["}, 400,
     "Bad Request: can't parse message_ids JSON object"),
    ("copyMessages", {"chat_id": MOUSSA, "from_chat_id": MOUSSA, "message_ids": 1}, 400,
     "Bad Request: expected an Array of message identifiers"),
    ("copyMessages", {"chat_id": MOUSSA, "from_chat_id": MOUSSA, "message_ids": [[1]]}, 400,
     "Bad Request: message identifier must be a Number"),
    ("copyMessages", {"chat_id": MOUSSA, "from_chat_id": MOUSSA, "message_ids": ["one"]}, 400,
     "Bad Request: can't parse message identifier as Number"),
    ("copyMessages", {"chat_id": MOUSSA, "from_chat_id": MOUSSA, "message_ids": [0]}, 400,
     "Bad Request: invalid message identifier specified"),
    ("copyMessages", {"chat_id": MOUSSA, "from_chat_id": MOUSSA, "message_ids": list(range(1, 102))}, 400,
     "Bad Request: too many message identifiers specified"),
    ("copyMessages", {"chat_id": MOUSSA, "from_chat_id": MOUSSA, "message_ids": [2, 1]}, 400,
     "Bad Request: message identifiers must be in a strictly increasing order"),
    ("copyMessages", {"chat_id": MOUSSA, "from_chat_id": MOUSSA, "message_ids": [998, 999]}, 400,
     "Bad Request: there are no messages to forward"),
    ("forwardMessages", {"chat_id": MOUSSA, "from_chat_id": MOUSSA, "message_ids": [999]}, 400,
     "Bad Request: there are no messages to forward"),
    ("editMessageText", {"chat_id": MOUSSA, "text": "x"}, 400, "Bad Request: message identifier is not specified"),
    ("editMessageText", {"chat_id": MOUSSA, "message_id": 999, "text": "x"}, 400, "Bad Request: message to edit not found"),
    ("editMessageText", {"chat_id": MOUSSA, "message_id": 1, "text": "x"}, 400, "Bad Request: message can't be edited"),
    ("editMessageText", {"chat_id": MOUSSA, "message_id": 2, "text": "hello"}, 400, NOT_MODIFIED),
    ("editMessageText", {"chat_id": MOUSSA, "message_id": 2, "text": LONG}, 400, "Bad Request: MESSAGE_TOO_LONG"),
    ("editMessageCaption", {"chat_id": MOUSSA, "message_id": 2, "caption": "x"}, 400,
     "Bad Request: there is no caption in the message to edit"),
    ("editMessageReplyMarkup", {"chat_id": MOUSSA, "message_id": 2}, 400, NOT_MODIFIED),
    ("deleteMessage", {"chat_id": MOUSSA, "message_id": 999}, 400, "Bad Request: message to delete not found"),
    ("deleteMessages", {"chat_id": MOUSSA}, 400, "Bad Request: message identifiers are not specified"),
    ("deleteMessages", {"chat_id": MOUSSA, "message_ids": list(range(1, 102))}, 400,
     "Bad Request: too many message identifiers specified"),
    ("answerCallbackQuery", {"callback_query_id": "1"}, 400,
     "Bad Request: query is too old and response timeout expired or query ID is invalid"),
    ("pinChatMessage", {"chat_id": MOUSSA, "message_id": 999}, 400, "Bad Request: message to pin not found"),
    ("unpinChatMessage", {"chat_id": MOUSSA}, 400, "Bad Request: message to unpin not found"),
    ("leaveChat", {"chat_id": MOUSSA}, 400, "Bad Request: chat member status can't be changed in private chats"),
    ("getChatMember", {"chat_id": MOUSSA, "user_id": 5}, 400, "Bad Request: user not found"),
    ("setMyCommands", {"commands": [{"command": "É", "description": "x"}]}, 400, "Bad Request: BOT_COMMAND_INVALID"),
    ("setMyCommands", {"commands": [{"command": "a", "description": ""}]}, 400,
     "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID"),
    ("setMyCommands", {"commands": [{"command": "a", "description": "x"}] * 101}, 400, "Bad Request: BOT_COMMANDS_TOO_MUCH"),
    ("setMyCommands", {"commands": [], "language_code": "snk"}, 400, "Bad Request: invalid language code specified"),
    ("setMyCommands", {"commands": [], "scope": {"type": "moon"}}, 400,
     "Bad Request: can't parse BotCommandScope: unsupported type specified"),
    ("setMyDescription", {"description": "x" * 513}, 400, "Bad Request: BOT_DESCRIPTION_TOO_LONG"),
    ("setMyShortDescription", {"short_description": "x" * 121}, 400, "Bad Request: BOT_SHORT_DESCRIPTION_TOO_LONG"),
    ("getFile", {"file_id": "x"}, 400, "Bad Request: wrong file_id or the file is temporarily unavailable"),
    ("setWebhook", {"url": "http://example.org/"}, 400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"),
    ("setWebhook", {"url": "https://example.org/", "secret_token": "é"}, 400,
     "Bad Request: secret token contains unallowed characters"),
    ("sendChecklist", {"chat_id": MOUSSA}, 404, "Not Found: method not found"),
]  # fmt: skip


@pytest.fixture
async def call(simulator, client):
    """Call a method as the bot; returns code and body. Moussa has said hello (message 1), the bot too (2)."""
    simulator.world.person_sends(MOUSSA, {"text": "hi"})

    async def post(method, token=SIMULATOR_TOKEN, **parameters):
        async with client.post(f"{simulator.url}/bot{token}/{method}", json=parameters) as answer:
            return answer.status, await answer.json()

    await post("sendMessage", chat_id=MOUSSA, text="hello")
    return post


@pytest.mark.parametrize(("method", "parameters", "code", "description"), REFUSALS)
async def test_a_wrong_call_is_refused_with_the_official_text(call, method, parameters, code, description):
    assert await call(method, **parameters) == (code, {"ok": False, "error_code": code, "description": description})


async def test_a_wrong_token_is_unauthorised(call):
    assert await call("getMe", token="7:other") == (401, {"ok": False, "error_code": 401, "description": "Unauthorized"})


async def test_a_blocked_bot_is_told_so(call, simulator):
    simulator.world.block(MOUSSA)

    assert await call("sendMessage", chat_id=MOUSSA, text="x") == (
        403, {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"},
    )  # fmt: skip


async def test_a_message_older_than_two_days_cannot_be_deleted_but_edited(call, client, simulator):
    async with client.post(f"{simulator.url}/sim/clock", json={"move_seconds": 48 * 3600}):
        pass

    deleted = await call("deleteMessage", chat_id=MOUSSA, message_id=2)
    edited = await call("editMessageText", chat_id=MOUSSA, message_id=2, text="withdrawn")

    assert deleted[1]["description"] == "Bad Request: message can't be deleted for everyone"
    assert edited[1]["result"]["text"] == "withdrawn"


async def test_a_callback_answer_is_short_and_given_once(call, simulator):
    query = simulator.world.person_presses(MOUSSA, 2, "forged")

    too_long = await call("answerCallbackQuery", callback_query_id=query, text="x" * 201)
    first = await call("answerCallbackQuery", callback_query_id=query, text="x" * 200)
    second = await call("answerCallbackQuery", callback_query_id=query)

    assert too_long[1]["description"] == "Bad Request: MESSAGE_TOO_LONG"
    assert (first[0], second[0]) == (200, 400)


async def test_entities_are_counted_in_utf16(call):
    _, body = await call("sendMessage", chat_id=MOUSSA, parse_mode="HTML",
                         text='👋 <b>ɛ</b> <tg-time unix="1796482800" format="">sini</tg-time>')  # fmt: skip

    assert body["result"]["text"] == "👋 ɛ sini"
    assert body["result"]["entities"] == [
        {"type": "bold", "offset": 3, "length": 1},
        {"type": "date_time", "offset": 5, "length": 4, "unix_time": 1796482800, "date_time_format": ""},
    ]


async def test_updates_come_again_until_they_are_confirmed(call):
    _, first = await call("getUpdates")
    _, again = await call("getUpdates")
    last = first["result"][-1]["update_id"]
    _, after = await call("getUpdates", offset=last + 1)

    assert first == again
    assert [update["message"]["text"] for update in first["result"]] == ["hi"]
    assert after["result"] == []


async def test_a_webhook_and_getUpdates_exclude_each_other(call):
    await call("setWebhook", url="https://example.org/hook")

    code, body = await call("getUpdates")

    assert code == 409
    assert body["description"].startswith("Conflict: can't use getUpdates method while webhook is active")


async def test_a_file_is_sent_again_by_its_id(simulator, client, call):
    import aiohttp

    form = aiohttp.FormData()
    form.add_field("chat_id", str(MOUSSA))
    form.add_field("voice", b"OggS....", filename="v.ogg", content_type="audio/ogg")
    async with client.post(f"{simulator.url}/bot{SIMULATOR_TOKEN}/sendVoice", data=form) as answer:
        file_id = (await answer.json())["result"]["voice"]["file_id"]

    code, again = await call("sendVoice", chat_id=MOUSSA, voice=file_id)
    _, found = await call("getFile", file_id=file_id)
    async with client.get(f"{simulator.url}/file/bot{SIMULATOR_TOKEN}/{found['result']['file_path']}") as answer:
        content = await answer.read()

    assert (code, again["result"]["voice"]["file_id"]) == (200, file_id)
    assert content == b"OggS...."


async def test_flood_control_answers_429_with_the_time_to_wait(client):
    async with Simulator(limits=Limits(per_chat_burst=3)) as simulator:
        simulator.world.add_person(MOUSSA, "Moussa", "fr").has_started = True
        url = f"{simulator.url}/bot{SIMULATOR_TOKEN}/sendMessage"
        codes = []
        for _ in range(4):
            async with client.post(url, json={"chat_id": MOUSSA, "text": "x"}) as answer:
                codes.append(answer.status)
                body = await answer.json()

    assert codes == [200, 200, 200, 429]
    assert body == {
        "ok": False, "error_code": 429, "description": "Too Many Requests: retry after 1", "parameters": {"retry_after": 1},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        ({"kind": "status", "code": 502, "description": "Bad Gateway"}, 502),
        ({"kind": "garbage", "body": "<html>"}, "<html>"),
        ({"kind": "drop_before"}, "dropped"),
        ({"kind": "drop_after"}, "dropped"),
    ],
)
async def test_faults_on_request(simulator, client, fault, seen):
    simulator.world.people[MOUSSA].has_started = True
    async with client.post(f"{simulator.url}/sim/faults", json={**fault, "method": "sendMessage"}):
        pass
    try:
        async with client.post(
            f"{simulator.url}/bot{SIMULATOR_TOKEN}/sendMessage", json={"chat_id": MOUSSA, "text": "x"}
        ) as answer:
            found = answer.status if answer.status != 200 else (await answer.text())
    except OSError:
        found = "dropped"
    except Exception as error:  # the client's own names for a lost connection
        found = "dropped" if "disconnected" in str(error).lower() else repr(error)

    arrived = len(simulator.world.chats[MOUSSA].messages)
    assert found == seen
    assert arrived == (1 if fault["kind"] == "drop_after" else 0)


def test_i5_it_never_starts_with_a_real_token():
    with pytest.raises(ValueError, match="never starts with a real token"):
        refuse_real_token("123456789:" + "A" * 35)


def test_i5_it_listens_on_loopback_only():
    with pytest.raises(ValueError, match="loopback"):
        Simulator(host="0.0.0.0")


def test_json_of_a_message_is_what_the_library_reads():
    from telegram import Message

    message = {"message_id": 1, "date": 1796482800, "chat": {"id": 1, "type": "private"}, "text": "x",
               "entities": [{"type": "date_time", "offset": 0, "length": 1, "unix_time": 1,
                             "date_time_format": ""}]}  # fmt: skip

    read = Message.de_json(json.loads(json.dumps(message)), None)

    assert read.text == "x"
