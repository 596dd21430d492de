"""Asking: answered with its year, suggested, or passed on to a person; nothing sent is ever lost."""

from __future__ import annotations

import pytest

from db.models import Chat

FR, BM = ("Français", "🗼 Île-de-France"), ("Bamanankan", "🗼 Île-de-France")

CONTENTS = {
    "voice": {"voice": {"file_id": "f", "file_unique_id": "u", "duration": 3}},
    "photo": {"photo": [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]},
    "album": {"photo": [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}], "media_group_id": "7"},
    "sticker": {"sticker": {"file_id": "f", "file_unique_id": "u", "type": "regular", "width": 1, "height": 1,
                            "is_animated": False, "is_video": False}},
    "location": {"location": {"latitude": 14.4, "longitude": -10.9}},
    "contact": {"contact": {"phone_number": "0", "first_name": "x"}},
    "dice": {"dice": {"emoji": "🎲", "value": 3}},
    "video note": {"video_note": {"file_id": "f", "file_unique_id": "u", "length": 1, "duration": 1}},
    "document": {"document": {"file_id": "f", "file_unique_id": "u"}},
    "forwarded": {"voice": {"file_id": "f", "file_unique_id": "u", "duration": 3},
                  "forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "x"}},
    "something of tomorrow": {"hologram": {"size": 3}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("settled", "received", "button", "passed_on"),
    [
        (FR, "🙏 Bien reçu.\nJe le passe à quelqu'un ?", "👤 Demander à quelqu'un",
         "✅ C'est transmis.\nRéponse avant mardi 24 novembre 2026 à 10:00 (Bamako 09:00)."),
        (BM, "🙏 A sera n ma.\nN k'a lase mɔgɔ dɔ ma wa?", "👤 Mɔgɔ dɔ ɲininka",
         "✅ A lasera.\nJaabi bɛna sɔrɔ sani taratadon, nowanburukalo tile 24, san 2026, 10:00 (Bamakɔ 09:00)."),
    ],
)  # fmt: skip
async def test_row_9_a_voice_reaches_a_person_and_the_answer_comes_back(house, settled, received, button, passed_on):
    aminata, moussa = house.phone("Aminata"), house.phone("Moussa")
    await aminata.settles_in(*FR)
    await moussa.settles_in(*settled)

    await moussa.sends(**CONTENTS["voice"])
    was_received = moussa.text
    await moussa.presses(button)
    was_passed_on = moussa.text
    await aminata.look()
    card, copy = aminata.bot_messages[-2:]
    taken_before = len(aminata.bot_messages)
    await aminata.types("Samedi à 15:00.", reply_to_message=card)
    preview = [message["text"] for message in aminata.bot_messages[taken_before:]]
    await aminata.presses("✅ Envoyer")
    await moussa.look()

    assert (was_received, was_passed_on) == (received, passed_on)
    assert card["text"].startswith("❓ Question de Moussa\n📍 Île-de-France · 🗣 ")
    assert copy["voice"]["duration"] == 3
    assert preview == ["👀 Moussa verra ceci :", "Samedi à 15:00."]
    assert aminata.text == "✅ Ta réponse est partie."
    assert moussa.text == "Samedi à 15:00."
    assert moussa.bot_messages[-2]["reply_to_message"]["voice"]["duration"] == 3


def another(kind, number):
    """Return content of a kind; each album is one of its own."""
    album = {"media_group_id": f"album {number}"} if kind == "album" else {}
    return {**CONTENTS[kind], **album}


@pytest.mark.parametrize("kind", CONTENTS)
async def test_row_9_f5_f15_anything_is_welcome_at_every_step_and_the_step_is_not_lost(house, kind):
    moussa = house.phone("Moussa")
    steps = []

    await moussa.sends(**another(kind, 0))
    steps.append((moussa.bot_messages[-2]["text"] if len(moussa.bot_messages) > 1 else "", moussa.labels))
    await moussa.types("/start")
    await moussa.presses("Bamanankan")
    await moussa.sends(**another(kind, 1))
    steps.append((moussa.bot_messages[-2]["text"], moussa.labels[0]))
    await moussa.presses("🗼 Île-de-France")
    await moussa.sends(**another(kind, 2))

    assert steps == [
        ("🙏 Bien reçu.\nJe le passe à quelqu'un ?", ["Français", "Bamanankan"]),
        ("🙏 A sera n ma.\nN k'a lase mɔgɔ dɔ ma wa?", "🗼 Île-de-France"),
    ]
    assert moussa.text == "🙏 A sera n ma.\nN k'a lase mɔgɔ dɔ ma wa?"


async def test_row_9_four_thousand_emoji_get_an_honest_answer(house):
    moussa = house.phone("Moussa")
    await moussa.settles_in(*FR)

    await moussa.types("🌍" * 2048)

    assert moussa.text == "Je ne sais pas.\nQuelqu'un peut te répondre."


async def test_asking_a_person_twice_is_one_question(house):
    aminata, moussa = house.phone("Aminata"), house.phone("Moussa")
    await aminata.settles_in(*FR)
    await moussa.settles_in(*FR)
    await moussa.types("le numéro du plombier du foyer svp")
    rows = moussa.screen["reply_markup"]["inline_keyboard"]
    data = next(row[0]["callback_data"] for row in rows if row[0]["text"] == "👤 Demander à quelqu'un")
    message_id = moussa.screen["message_id"]

    for _ in range(3):
        await moussa.presses_data(data, message_id)
    await aminata.look()

    cards = [message for message in aminata.bot_messages if message.get("text", "").startswith("❓ Question de")]
    assert len(cards) == 1


async def test_questions_wait_for_the_first_coordinator(house):
    aminata, moussa = house.phone("Aminata"), house.phone("Moussa")
    await moussa.settles_in(*FR)
    await moussa.sends(**CONTENTS["voice"])
    await moussa.presses("👤 Demander à quelqu'un")

    await aminata.settles_in(*FR)

    assert [m for m in aminata.bot_messages if m.get("text", "").startswith("❓ Question de Moussa")]
    assert [m for m in aminata.bot_messages if "voice" in m]


async def test_h4_only_a_coordinator_answers(house):
    aminata, moussa, demba = house.phone("Aminata"), house.phone("Moussa"), house.phone("Demba")
    for one in (aminata, moussa, demba):
        await one.settles_in(*FR)
    await moussa.sends(**CONTENTS["voice"])
    await moussa.presses("👤 Demander à quelqu'un")
    before = len(moussa.bot_messages)

    await demba.types("moi je sais", reply_to_message={**aminata.screen, "chat": {"id": demba.id, "type": "private"}})
    await moussa.look()

    assert len(moussa.bot_messages) == before


async def test_an_edited_message_is_answered_anew(house):
    moussa = house.phone("Moussa")
    await moussa.settles_in(*FR)
    sent = await moussa.types("zzz qqq xxw")

    await moussa.edits(sent["message_id"], "merci")

    assert moussa.bot_messages[-2]["text"] == "Je ne sais pas.\nQuelqu'un peut te répondre."
    assert moussa.text != "Je ne sais pas.\nQuelqu'un peut te répondre."


@pytest.mark.parametrize("data", ["", "0:lang:fr", "9:lang:bm", "1:lang", "1:lang:fr:x", "1:lang:xx", "1:entry:nothing",
                                  "1:open:moon", "1:group:history:-1", "1:group:history:zz", "1:ask:x", "💥",
                                  "1:place:atlantis"])  # fmt: skip
async def test_f8_an_old_or_forged_button_gets_a_kind_word_and_a_way_on(house, data):
    moussa = house.phone("Moussa")
    await moussa.settles_in(*FR)

    query = await moussa.presses_data(data or "x")

    assert any(message["text"] == "Ce bouton est ancien.\nVoici où tu en es." for message in moussa.bot_messages)
    assert "🏠 Accueil" in moussa.labels or "❓ Question" in moussa.labels
    assert await house.get(f"/sim/answers/{query}") is not None


async def test_a_group_is_told_nothing_private(house):
    moussa = house.phone("Moussa")
    house.world.add_group(-1001, "Koniakary", [moussa.id])
    await house.settled()
    await house.database.transaction(lambda session: setattr(session.get(Chat, -1001), "state", "linked"))

    await moussa.types("/aide", chat_id=-1001)
    await moussa.look(-1001)

    told = next(m for m in moussa.bot_messages if m["text"] == "Ici, tout le monde lit.\nContinuons en privé.")
    assert told["reply_markup"]["inline_keyboard"][0][0]["url"] == "https://t.me/enndam_test_bot?start=s-help"


@pytest.mark.parametrize("command", ["/confidentialite", "/privacy", "/gundo"])
async def test_j9_privacy_is_answered_to_a_stranger(house, command):
    demba = house.phone("Demba")

    await demba.types(command)

    assert demba.text.startswith("🔒 Tes informations\nJe garde ton compte Telegram")


async def test_whoever_blocks_is_unreachable_until_they_come_back(house):
    from bot.domain import members

    moussa = house.phone("Moussa")
    await moussa.settles_in(*FR)

    await moussa.blocks()
    gone = await house.database.read(lambda session: members.by_telegram_id(session, moussa.id))
    await moussa.types("/start")
    back = await house.database.read(lambda session: members.by_telegram_id(session, moussa.id))

    assert (gone.is_reachable, back.is_reachable) == (False, True)


@pytest.mark.parametrize(
    ("language", "first", "then", "expected"),
    [("Français", "C'est quoi le maraîchage ?", "combien ça coûte ?", "🤔 Tu veux savoir… ?"),
     ("Français", "Combien d'habitants à Villetaneuse ?", "et en 2009 ?", "🤔 Tu veux savoir… ?"),
     ("Bamanankan", "Mɔgɔ joli bɛ Villetaneuse?", "san 2009?", "🤔 I b'a fɛ ka mun dɔn?")],
)  # fmt: skip
async def test_a_short_question_leans_on_the_last_topic(house, language, first, then, expected):
    moussa = house.phone("Moussa")
    await moussa.settles_in(language, "🗼 Île-de-France")
    await moussa.types(first)
    if "?" in moussa.labels[0] and not moussa.labels[0].startswith("❌"):
        await moussa.presses(moussa.labels[0])
    topic = moussa.text

    await moussa.types(then)

    assert moussa.text == expected
    await moussa.presses(moussa.labels[0])
    assert topic
    assert "2009" in moussa.text
