"""Questions for people: one card, one taker, a preview, an answer that arrives, and nothing forgotten."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from db.models import Question
from tests.conftest import BAKARY, HERE, Phone, loaded_settings

VOICE = {"voice": {"file_id": "v", "file_unique_id": "v", "duration": 3}}
UNKNOWN = "Combien coûte le loyer du foyer Adoma de Bobigny ?"
WORDS = {
    "Français": {
        "person": "👤 Demander à quelqu'un", "not_this": "❌ Ce n'est pas ça", "more": "💬 Ajouter un mot",
        "thanks": "🙏 Merci, c'est bon",
        "passed_on": "✅ C'est transmis.\nRéponse avant mardi 24 novembre 2026 à 10:00 (Bamako 09:00).",
        "taken": "✋ Aminata s'occupe de ta question.",
        "late": "⏳ Ta réponse est en retard, pardon.\nJ'ai rappelé ta question.",
        "later": "⏳ Pardon, toujours pas de réponse.\nTous les responsables sont prévenus.",
        "comes": "🛡 Voici la réponse à ta question :", "declined": "🙏 Nous ne pouvons pas répondre à cela.\nPardon.",
        "added": "✅ C'est ajouté à ta question.",
    },
    "Bamanankan": {
        "person": "👤 Mɔgɔ dɔ ɲininka", "not_this": "❌ O tɛ", "more": "💬 Kuma dɔ fara a kan", "thanks": "🙏 I ni ce, a bɛnna",
        
        "passed_on": "✅ A lasera.\nJaabi bɛna sɔrɔ sani taratadon, nowanburukalo tile 24, san 2026, 10:00 (Bamakɔ 09:00).",
        "taken": "✋ Aminata bɛ ka i ka ɲininkali ɲɛnabɔ.",
        "late": "⏳ Hakɛto, i ka jaabi mɛɛnna.\nN y'u hakili jigin i ka ɲininkali la.",
        "later": "⏳ Hakɛto, jaabi ma sɔrɔ fɔlɔ.\nN y'a fɔ ɲɛmɔgɔw bɛɛ ye.", "comes": "🛡 I ka ɲininkali jaabi filɛ:",
        "declined": "🙏 An tɛ se ka o jaabi.\nHakɛto.", "added": "✅ A farala i ka ɲininkali kan.",
    },
}  # fmt: skip
both_languages = pytest.mark.parametrize("language", list(WORDS))


@pytest.fixture
async def bakary(house):
    phone = await house.new_phone("Bakary", person_id=BAKARY)
    await phone.settles_in("Français", "🌉 Bamako")
    return phone


async def asks(phone: Phone, language: str, words: str = UNKNOWN) -> None:
    """Type something nobody knows, and pass it on."""
    await phone.types(words)
    await phone.presses(WORDS[language]["person"])


async def card_of(phone: Phone) -> dict:
    """Return the newest card on a coordinator's phone."""
    await phone.look()
    return next(m for m in reversed(phone.bot_messages) if m.get("text", "").startswith(("❓ Question de", "❓ Moussa ka")))


def labels(message: dict) -> list[str]:
    return [button["text"] for row in message.get("reply_markup", {}).get("inline_keyboard", []) for button in row]


async def presses_on(phone: Phone, message: dict, label: str) -> str:
    rows = message["reply_markup"]["inline_keyboard"]
    data = next(button["callback_data"] for row in rows for button in row if button["text"] == label)
    return await phone.presses_data(data, message["message_id"])


@both_languages
async def test_row_12_a_second_miss_in_a_row_passes_itself_on(house, aminata, language):
    moussa = house.phone("Moussa")
    await moussa.settles_in(language, HERE)

    await moussa.types("zzz qqq xxw")
    first = moussa.labels
    await moussa.types(UNKNOWN)

    assert WORDS[language]["person"] in first
    assert moussa.text == WORDS[language]["passed_on"]
    assert "zzz qqq xxw" in (await card_of(aminata))["text"]


@both_languages
async def test_row_14_the_next_visit_is_told_or_that_none_is_planned(house, language):
    moussa = house.phone("Moussa")
    await moussa.settles_in(language, HERE)

    await moussa.types("cidenkulu bɛ na tuma jumɛn?")

    assert moussa.text in ("✈️ Aucune visite n'est prévue.", "✈️ Cidenkulu si nali ma dɔgɔda fɔlɔ.")
    assert WORDS[language]["person"] in moussa.labels


@both_languages
async def test_row_16_a_wrong_answer_reaches_a_person_with_the_question(house, aminata, language):
    moussa = house.phone("Moussa")
    await moussa.settles_in(language, HERE)
    await moussa.types("Combien d'habitants à Villetaneuse ?")

    await moussa.presses(WORDS[language]["not_this"])
    card = await card_of(aminata)

    assert moussa.text == WORDS[language]["passed_on"]
    assert "« Combien d'habitants à Villetaneuse ? »" in card["text"]
    assert "🤖 J'avais répondu : " in card["text"]
    assert aminata.text == "Combien d'habitants à Villetaneuse ?"


@both_languages
async def test_row_20_photos_voice_and_text_are_one_card_in_order(house, aminata, language):
    moussa = house.phone("Moussa")
    await moussa.settles_in(language, HERE)
    photos = [
        {"photo": [{"file_id": f"p{n}", "file_unique_id": f"p{n}", "width": 1, "height": 1}], "media_group_id": "fete"}
        for n in range(5)
    ]

    await moussa.sends_many(*photos, VOICE, {"text": "voilà la fête de hier soir au village"})
    await moussa.presses(WORDS[language]["person"])
    await aminata.look()

    cards = aminata.all_texts("❓ Question de Moussa")
    after = aminata.bot_messages[aminata.bot_messages.index(await card_of(aminata)) + 1 :]
    kinds = [next(kind for kind in ("photo", "voice", "text") if kind in message) for message in after]
    assert len(cards) == 1
    assert kinds == ["photo"] * 5 + ["voice", "text"]
    assert len({message["media_group_id"] for message in after[:5]}) == 1
    assert after[5]["voice"]["file_id"] == "v"


@both_languages
async def test_row_21_each_change_is_told(house, aminata, language):
    moussa = house.phone("Moussa")
    await moussa.settles_in(language, HERE)
    await asks(moussa, language)
    told = [moussa.text]

    await presses_on(aminata, await card_of(aminata), "✋ Je m'en occupe")
    await moussa.look()
    told.append(moussa.text)
    await house.passes(hours=24)
    await moussa.look()
    told.append(moussa.text)
    await aminata.types("C'est 300 €.", reply_to_message=await card_of(aminata))
    await aminata.presses("✅ Envoyer")
    await moussa.look()
    told += [message["text"] for message in moussa.bot_messages[-2:]]

    words = WORDS[language]
    assert told == [words["passed_on"], words["taken"], words["late"], words["comes"], "C'est 300 €."]
    assert moussa.bot_messages[-2]["reply_to_message"]["text"] == UNKNOWN


@both_languages
async def test_row_22_exactly_one_takes_it_and_the_claim_expires(house, aminata, bakary, language):
    moussa = house.phone("Moussa")
    await moussa.settles_in(language, HERE)
    await asks(moussa, language)
    cards = [(phone, await card_of(phone)) for phone in (aminata, bakary)]

    queries = await asyncio.gather(*(presses_on(phone, card, "✋ Je m'en occupe") for phone, card in cards))
    winners = [house.world.answers[query]["text"] == "✋ C'est à toi." for query in queries]
    (winner, loser) = (aminata, bakary) if winners[0] else (bakary, aminata)
    name = "Aminata" if winners[0] else "Bakary"
    await loser.look()
    refused = loser.text
    seen = [(await card_of(phone))["text"].splitlines()[-1] for phone in (aminata, bakary)]
    await house.passes(hours=24)

    assert sorted(winners) == [False, True]
    assert refused == f"✋ {name} s'en occupe déjà."
    assert seen == [f"✋ 🛡 {name} s'en occupe."] * 2
    assert "✋ Je m'en occupe" in labels(await card_of(winner))
    for phone in (winner, loser):
        await phone.look()
        assert f"🟢 {name} ne s'en occupe plus.\nMoussa attend toujours une réponse." in phone.all_texts("🟢")


@both_languages
async def test_row_23_a_voice_answers_a_voice_after_preview(house, aminata, language):
    moussa = house.phone("Moussa")
    await moussa.settles_in(language, HERE)
    await moussa.sends(**VOICE)
    await moussa.presses(WORDS[language]["person"])
    await aminata.look()

    answer = {"voice": {"file_id": "answer", "file_unique_id": "a", "duration": 9}}
    await aminata.sends(**answer, reply_to_message=await card_of(aminata))
    before = len(moussa.bot_messages)
    await moussa.look()
    nothing_yet = len(moussa.bot_messages) == before
    head, preview = aminata.bot_messages[-2:]
    await aminata.presses("✅ Envoyer")
    await aminata.presses("✅ Envoyer")
    await moussa.look()

    assert nothing_yet
    assert (head["text"], preview["voice"]["file_id"]) == ("👀 Moussa verra ceci :", "answer")
    assert moussa.screen["voice"]["file_id"] == "answer"
    assert moussa.bot_messages[-2]["text"] == WORDS[language]["comes"]
    assert moussa.bot_messages[-2]["reply_to_message"]["voice"]["file_id"] == "v"
    assert len(moussa.bot_messages) == before + 2, "one answer, however often the button is pressed"


@both_languages
async def test_row_24_a_later_word_opens_the_same_card_and_the_last_taker_hears(house, aminata, bakary, language):
    moussa = house.phone("Moussa")
    await moussa.settles_in(language, HERE)
    await asks(moussa, language)
    card = await card_of(aminata)
    await aminata.types("C'est 300 €.", reply_to_message=card)
    await aminata.presses("✅ Envoyer")
    await moussa.look()
    await moussa.presses(WORDS[language]["thanks"])
    closed = (await card_of(aminata))["text"].splitlines()[-1]
    await house.passes(days=10)
    await moussa.look()
    answer = next(m for m in reversed(moussa.bot_messages) if m.get("text") == "C'est 300 €.")
    await bakary.look()
    theirs = len(bakary.bot_messages)

    await moussa.types("merci, et pour mon frère ?", reply_to_message=answer)
    added = moussa.text
    await aminata.look()
    await bakary.look()

    assert closed == "🔒 C'est fermé."
    assert added == WORDS[language]["added"]
    assert aminata.text == "merci, et pour mon frère ?"
    assert aminata.bot_messages[-2]["text"] == "💬 Moussa ajoute :"
    assert aminata.bot_messages[-2]["reply_to_message"]["message_id"] == card["message_id"]
    assert len(bakary.bot_messages) == theirs
    assert "✋ 🛡 Aminata s'en occupe." in (await card_of(aminata))["text"]
    await house.passes(hours=24)
    await bakary.look()
    assert bakary.all_texts("🟢 Aminata ne s'en occupe plus.")


async def test_row_24_without_a_reply_one_tap_goes_on_with_the_thread(house, aminata):
    moussa = house.phone("Moussa")
    await moussa.settles_in("Français", HERE)
    await asks(moussa, "Français")
    await aminata.types("C'est 300 €.", reply_to_message=await card_of(aminata))
    await aminata.presses("✅ Envoyer")

    await moussa.types("zzz qqq xxw")
    await moussa.presses("↩️ C'est la suite")
    await aminata.look()

    assert aminata.text == "zzz qqq xxw"
    assert aminata.bot_messages[-2]["text"] == "💬 Moussa ajoute :"


@both_languages
async def test_row_25_twelve_who_ask_the_same_are_one_card_and_all_are_answered(house, aminata, language):
    askers = [await house.new_phone(f"Asker{number}") for number in range(12)]
    for number, asker in enumerate(askers):
        await asker.settles_in(language, HERE)
        await asks(asker, language, UNKNOWN if number % 2 else UNKNOWN.lower().replace("û", "u"))

    card = await card_of(aminata)
    cards = aminata.all_texts("❓ Question de")
    await aminata.types("C'est 300 €.", reply_to_message=card)
    await aminata.presses("✅ Envoyer")

    assert len(cards) == 1
    assert "👥 12 personnes demandent cela." in card["text"]
    for asker in askers:
        await asker.look()
        assert [message["text"] for message in asker.bot_messages[-2:]] == [WORDS[language]["comes"], "C'est 300 €."]
        assert asker.bot_messages[-2]["reply_to_message"]["from"]["id"] == asker.id


async def rings(house, phone: Phone) -> int:
    """Count the messages in a coordinator's chat that make a sound."""
    await phone.look()
    silent = set(phone.shown["silent"])
    return sum(message["message_id"] not in silent for message in phone.bot_messages)


async def test_row_26_thirty_questions_in_an_hour_ring_three_times(house, aminata):
    moussa = house.phone("Moussa")
    await moussa.settles_in("Français", HERE)
    before = await rings(house, aminata)

    for number in range(30):
        await moussa.sends(**VOICE)
        await moussa.presses("👤 Demander à quelqu'un")
        await house.passes(minutes=2 if number % 2 else 1.9)
        await house.passes(minutes=10) if number == 14 else None
    rung = await rings(house, aminata) - before

    assert len(aminata.all_texts("❓ Question de Moussa")) == 30
    assert rung <= 4, "an hour and ten minutes: three in an hour, and one of the next"
    assert aminata.all_texts("📥 ")


async def test_row_26_nothing_at_night_and_a_count_in_the_morning(house, aminata):
    moussa = house.phone("Moussa")
    await moussa.settles_in("Français", HERE)
    await house.passes(hours=11.5)  # 21:30 in Paris
    before = len(aminata.bot_messages)
    for _ in range(3):
        await moussa.sends(**VOICE)
        await moussa.presses("👤 Demander à quelqu'un")
    await aminata.look()
    by_night = len(aminata.bot_messages)
    await house.passes(hours=10)
    await house.passes(hours=0.51)  # 08:00
    await aminata.look()

    assert by_night == before
    assert aminata.all_texts("📥 ") == ["📥 3 questions attendent une réponse."]
    silent = set(aminata.shown["silent"])
    assert [m.get("text", "")[:2] for m in aminata.bot_messages[before:] if m["message_id"] not in silent] == ["📥 "]


@both_languages
async def test_row_27_known_answers_stand_on_the_card_and_go_with_one_tap(house, aminata, language):
    moussa = house.phone("Moussa")
    await moussa.settles_in(language, HERE)
    await moussa.types("Combien d'habitants à Villetaneuse ?")
    await moussa.presses(WORDS[language]["not_this"])
    card = await card_of(aminata)
    known = [label for label in labels(card) if label.startswith("📖 ")]

    await presses_on(aminata, card, known[0])
    await moussa.look()
    title, code = known[0].removeprefix("📖 "), "fr" if language == "Français" else "bm"
    entries = house.machine.knowledge.entries.values()
    chosen = next(entry.texts[code] for entry in entries if entry.text("fr").title == title)

    assert 0 < len(known) <= 3
    assert chosen.answer in moussa.text
    assert moussa.screen["reply_to_message"]["text"] == "Combien d'habitants à Villetaneuse ?"
    assert (await card_of(aminata))["text"].endswith("✅ 🛡 Aminata a répondu.")


@both_languages
async def test_row_28_nothing_is_forgotten(house, aminata, bakary, language):
    moussa = house.phone("Moussa")
    await moussa.settles_in(language, HERE)
    await asks(moussa, language)
    await house.passes(hours=1)
    await moussa.sends(**VOICE)
    await moussa.presses(WORDS[language]["person"])
    await house.passes(hours=4)

    await aminata.types("/questions")
    listed = aminata.labels
    await house.passes(hours=20)
    await moussa.look()
    after_a_day = WORDS[language]["late"] in [message.get("text") for message in moussa.bot_messages]
    await house.passes(hours=24)
    for phone in (aminata, bakary, moussa):
        await phone.look()

    assert listed[:2] == ["🟢 5 h · Moussa", "🟢 4 h · Moussa"]
    assert after_a_day
    assert WORDS[language]["later"] in [message.get("text") for message in moussa.bot_messages]
    for phone in (aminata, bakary):
        assert phone.all_texts("⏳ Moussa attend une réponse depuis 2 j.")


@both_languages
async def test_row_29_the_question_carries_what_it_is_about(house, aminata, language):
    moussa = house.phone("Moussa")
    await moussa.settles_in(language, HERE)
    await moussa.types("Combien d'habitants à Villetaneuse ?")
    read = moussa.screen

    await moussa.sends(**VOICE, reply_to_message=read)
    await moussa.presses(WORDS[language]["person"])
    await aminata.look()

    card = await card_of(aminata)
    about, voice = aminata.bot_messages[aminata.bot_messages.index(card) + 1 :][:2]
    assert f"🗣 {language}" in card["text"]
    assert about["text"] == read["text"]
    assert "voice" in voice


@both_languages
async def test_not_for_us_is_told_kindly(house, aminata, language):
    moussa = house.phone("Moussa")
    await moussa.settles_in(language, HERE)
    await asks(moussa, language)

    await presses_on(aminata, await card_of(aminata), "🙅 Pas pour nous")
    await moussa.look()

    assert moussa.text == WORDS[language]["declined"]
    assert (await card_of(aminata))["text"].endswith("🔒 C'est fermé.")


async def test_c10_two_answers_in_the_same_second_are_one_and_the_second_is_told(house, aminata, bakary):
    moussa = house.phone("Moussa")
    await moussa.settles_in("Français", HERE)
    await asks(moussa, "Français")
    for phone in (aminata, bakary):
        await phone.types(f"réponse de {phone.id}", reply_to_message=await card_of(phone))
    before = len(moussa.bot_messages)

    await asyncio.gather(*(phone.presses("✅ Envoyer") for phone in (aminata, bakary)))
    for phone in (aminata, bakary, moussa):
        await phone.look()

    assert len(moussa.bot_messages) == before + 2
    assert sorted(phone.text.split(" ", 1)[0] for phone in (aminata, bakary)) == ["✅", "✅"]
    assert [phone.text for phone in (aminata, bakary) if "a déjà répondu" in phone.text]


async def test_an_asker_who_blocked_the_bot_is_told_to_whoever_answers(house, aminata):
    moussa = house.phone("Moussa")
    await moussa.settles_in("Français", HERE)
    await asks(moussa, "Français")
    await aminata.types("C'est 300 €.", reply_to_message=await card_of(aminata))
    house.world.people[moussa.id].has_blocked = True  # the bot has not heard of it

    await aminata.presses("✅ Envoyer")
    await house.settled()
    await aminata.look()

    assert aminata.text == "⚠️ Moussa n'est plus joignable.\nTa réponse n'est pas arrivée."


async def test_write_button_takes_the_next_message_as_the_answer_and_home_drops_it(house, aminata):
    moussa = house.phone("Moussa")
    await moussa.settles_in("Français", HERE)
    await asks(moussa, "Français")

    await presses_on(aminata, await card_of(aminata), "✍️ Répondre")
    await aminata.presses("❌ Annuler")
    await aminata.types("merci")
    dropped = aminata.all_texts("👀")
    await presses_on(aminata, await card_of(aminata), "✍️ Répondre")
    await aminata.types("C'est 300 €.")
    await aminata.presses("✅ Envoyer")
    await moussa.look()

    assert dropped == []
    assert moussa.text == "C'est 300 €."


@both_languages
async def test_more_words_go_into_the_thread(house, aminata, language):
    moussa = house.phone("Moussa")
    await moussa.settles_in(language, HERE)
    await asks(moussa, language)
    await aminata.types("C'est 300 €.", reply_to_message=await card_of(aminata))
    await aminata.presses("✅ Envoyer")
    await moussa.look()

    await moussa.presses(WORDS[language]["more"])
    await moussa.sends(**VOICE)
    await aminata.look()

    assert moussa.text == WORDS[language]["added"]
    assert aminata.screen["voice"]["file_id"] == "v"


@pytest.mark.parametrize(
    "content",
    [{"voice": {"file_id": "v", "file_unique_id": "v", "duration": 0}},
     {"voice": {"file_id": "v", "file_unique_id": "v", "duration": 1200, "file_size": 20 * 1024 * 1024}},
     {"text": "a" * 4096}, {"text": "كم عدد السكان؟"}, {"text": "你好，请问多少钱"}, {"text": "🎉🎉"}],
)  # fmt: skip
async def test_bad_input_is_welcome_and_never_answered_falsely(house, aminata, content):
    moussa = house.phone("Moussa")
    await moussa.settles_in("Français", HERE)

    await moussa.sends(**content)
    await moussa.presses("👤 Demander à quelqu'un")

    assert moussa.text == WORDS["Français"]["passed_on"]
    assert len(aminata.all_texts("❓ Question de Moussa")) == 0
    await aminata.look()
    assert len(aminata.all_texts("❓ Question de Moussa")) == 1


async def test_a_group_with_topics_has_one_topic_a_question(simulator, database_url, client):
    from bot import sample
    from bot.simulator import SIMULATOR_TOKEN
    from tests.conftest import House

    for one in sample.CAST:
        simulator.world.people[one.telegram_id].has_started = True
    simulator.world.add_group(-1002, "Accueil", [1001], is_forum=True)
    loaded = loaded_settings(bot_token=SIMULATOR_TOKEN, bot_api_url=simulator.url, database_url=database_url,
                             coordinator_ids=(1001,), inbox_chat_id=-1002, messages_per_second=1000,
                             messages_per_chat_second=1000, messages_per_group_minute=1000)  # fmt: skip
    house = House(simulator, loaded, client)
    house.phones = {one.first_name: Phone(house, one.telegram_id) for one in sample.CAST}
    await house.open()
    try:
        aminata, moussa = house.phone("Aminata"), house.phone("Moussa")
        await aminata.settles_in("Français", HERE)
        await moussa.settles_in("Français", HERE)
        await asks(moussa, "Français")
        await moussa.sends(**VOICE)
        await moussa.presses("👤 Demander à quelqu'un")
        await aminata.look(-1002)
        cards = [m for m in aminata.bot_messages if m.get("text", "").startswith("❓ Question de Moussa")]
        await aminata.types("C'est 300 €.", chat_id=-1002, reply_to_message=cards[0])
        await aminata.look(-1002)
        preview = aminata.screen
        await house.post("/sim/phones/1001/press", {
            "message_id": preview["message_id"], "chat_id": -1002,
            "data": preview["reply_markup"]["inline_keyboard"][0][0]["callback_data"],
        })  # fmt: skip
        await house.settled()
        await moussa.look()
    finally:
        await house.close()
        house.database.close()

    assert len({card["message_thread_id"] for card in cards}) == len(cards) == 2
    assert preview["message_thread_id"] == cards[0]["message_thread_id"]
    assert moussa.text == "C'est 300 €."


async def test_a_stranger_presses_no_card(house, aminata):
    moussa, demba = house.phone("Moussa"), house.phone("Demba")
    for one in (moussa, demba):
        await one.settles_in("Français", HERE)
    await asks(moussa, "Français")
    card = await card_of(aminata)

    for row in card["reply_markup"]["inline_keyboard"]:
        for button in row:
            await demba.presses_data(button["callback_data"], demba.screen["message_id"])
            assert demba.text == "Seul un responsable peut faire cela."

    def untouched(session):
        return [(row.state, row.taker_id) for row in session.scalars(select(Question))]

    assert await house.database.read(untouched) == [("open", None)]
