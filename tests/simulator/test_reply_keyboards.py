"""Keys under the text field: what they may ask of a person, where, and what the person then shares."""

from __future__ import annotations

import pytest

MOUSSA, FANTA = 1002, 1003
GROUP, CHANNEL = -1001, -1002
UNREADABLE = "Bad Request: can't parse keyboard button: "


def keyboard(**button):
    return {"keyboard": [[{"text": "🏠"}], [{"text": "x", **button}]]}


@pytest.fixture
def world(simulator):
    """Moussa has said hello; there are a group and a channel."""
    simulator.world.add_group(GROUP, "Koniakary", [MOUSSA])
    simulator.world.add_group(CHANNEL, "Nouvelles", [MOUSSA], kind="channel")
    simulator.world.person_sends(MOUSSA, {"text": "hi"})
    simulator.world.confirm(10**9)
    return simulator.world


@pytest.mark.parametrize(
    ("button", "refused"),
    [
        ({"request_contact": True}, "phone number can be requested in private chats only"),
        ({"request_location": True}, "location can be requested in private chats only"),
        ({"request_users": {"request_id": 1}}, "users can be requested in private chats only"),
        ({"request_chat": {"request_id": 1, "chat_is_channel": False}}, "chats can be requested in private chats only"),
    ],
)
async def test_a_person_is_asked_in_private_chats_only(bot_calls, world, button, refused):
    in_group = await bot_calls("sendMessage", chat_id=GROUP, text="x", reply_markup=keyboard(**button))
    in_channel = await bot_calls("sendMessage", chat_id=CHANNEL, text="x", reply_markup=keyboard(**button))
    plain = await bot_calls("sendMessage", chat_id=GROUP, text="x", reply_markup=keyboard())
    await bot_calls("sendMessage", chat_id=MOUSSA, text="x", reply_markup=keyboard(**button))

    assert (in_group, in_channel) == (f"Bad Request: {refused}", "Bad Request: inline keyboard expected")
    assert plain["text"] == "x"
    [asking] = world.chats[MOUSSA].reply_keyboard["keyboard"][1]
    assert set(asking) == {"text", *button}


@pytest.mark.parametrize(
    ("button", "refused"),
    [
        ({"request_users": {}}, UNREADABLE + 'Can\'t find field "request_id"'),
        ({"request_users": {"request_id": 1.5}}, UNREADABLE + 'Field "request_id" must be of type Number'),
        ({"request_users": {"request_id": True}}, UNREADABLE + 'Field "request_id" must be of type Number'),
        ({"request_users": {"request_id": "one"}}, UNREADABLE + 'Can\'t parse "one" as an integer'),
        ({"request_users": {"request_id": 2**31}}, UNREADABLE + 'Can\'t parse "2147483648" as an integer'),
        ({"request_users": 1}, UNREADABLE + 'Field "request_users" must be of type Object'),
        ({"request_users": {"request_id": 1, "user_is_bot": "no"}}, UNREADABLE + 'Field "user_is_bot" must be of type Boolean'),
        ({"request_users": {"request_id": 1, "max_quantity": 11}}, "Bad Request: BUTTON_USER_QUANTITY_INVALID"),
        ({"request_chat": {"request_id": 1}}, UNREADABLE + 'Can\'t find field "chat_is_channel"'),
    ],
)
async def test_a_key_that_asks_wrongly_is_refused(bot_calls, world, button, refused):
    assert await bot_calls("sendMessage", chat_id=MOUSSA, text="x", reply_markup=keyboard(**button)) == refused
    assert world.chats[MOUSSA].reply_keyboard is None


@pytest.fixture
def pull(simulator, client):
    """Pull one of Moussa's levers; returns status and body."""

    async def pull(lever, **body):
        async with client.post(f"{simulator.url}/sim/phones/{MOUSSA}/{lever}", json=body) as answer:
            return answer.status, await answer.json()

    return pull


async def ask(bot_calls, **request_users):
    await bot_calls("sendMessage", chat_id=MOUSSA, text="Qui ?", reply_markup=keyboard(request_users=request_users))


def heard(world):
    return [update["message"]["users_shared"] for update in world.pending()]


async def test_people_are_shared_by_number_alone(bot_calls, world, pull):
    await ask(bot_calls, request_id=7)

    status, sent = await pull("share_users", request_id=7, user_ids=[FANTA])

    assert (status, heard(world)) == (200, [{"request_id": 7, "users": [{"user_id": FANTA}]}])
    assert world.chats[MOUSSA].messages[sent["message_id"]]["from"]["id"] == MOUSSA


async def test_their_names_come_when_the_key_asked_for_them(bot_calls, world, pull):
    await ask(bot_calls, request_id=7, max_quantity=3, request_name=True, request_username=True)

    await pull("share_users", request_id=7, user_ids=[FANTA, 5001, 5002], names={"5001": "Salif"})

    assert heard(world) == [{"request_id": 7, "users": [
        {"user_id": FANTA, "first_name": "Fanta"}, {"user_id": 5001, "first_name": "Salif"}, {"user_id": 5002},
    ]}]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"request_id": 8, "user_ids": [FANTA]}, "no key of the keyboard in this chat asks for people under request_id 8"),
        ({"request_id": 7, "user_ids": []}, "this key takes 1 to 2 different people"),
        ({"request_id": 7, "user_ids": [FANTA, FANTA]}, "this key takes 1 to 2 different people"),
        ({"request_id": 7, "user_ids": [FANTA, 1001, 1004]}, "this key takes 1 to 2 different people"),
        ({"request_id": 7, "user_ids": [42]}, "this key does not offer 42: user_is_bot is False"),
    ],
)
async def test_what_no_app_would_share_is_refused(bot_calls, world, pull, body, told):
    await ask(bot_calls, request_id=7, max_quantity=2, user_is_bot=False)

    assert await pull("share_users", **body) == (400, {"error": told})
    assert heard(world) == []


async def test_nobody_is_shared_once_the_keyboard_is_gone(bot_calls, world, pull):
    await ask(bot_calls, request_id=7)
    await bot_calls("sendMessage", chat_id=MOUSSA, text="x", reply_markup={"remove_keyboard": True})

    status, _ = await pull("share_users", request_id=7, user_ids=[FANTA])

    assert status == 400


async def test_one_s_own_number_is_a_contact_with_one_s_own_id(bot_calls, world, pull):
    contact = {"phone_number": "+33639980002", "first_name": "Moussa", "user_id": MOUSSA}

    await pull("send", contact=contact)

    assert [update["message"]["contact"] for update in world.pending()] == [contact]
