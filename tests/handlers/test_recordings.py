"""Human voices: recorded by people, heard first by who would rather listen, behind a button for the others."""

from __future__ import annotations

import pytest

from tests.handlers.test_desk import HERE

LISTEN = {"Français": "🔊 Écouter", "Bamanankan": "🔊 Lamɛn"}
CODES = {"Français": "fr", "Bamanankan": "bm"}
NOTICE = {"Français": "🔒 Tes informations", "Bamanankan": "🔒 I ka kunnafoniw"}
both_languages = pytest.mark.parametrize("language", list(LISTEN))


def voice(file_id: str, seconds: int = 9) -> dict:
    return {"voice": {"file_id": file_id, "file_unique_id": file_id, "duration": seconds}}


async def records(house, key: str, language: str, seconds: int = 9):
    """Aminata reads something aloud; returns her phone."""
    aminata = house.phone("Aminata")
    if not aminata.bot_messages:
        await aminata.settles_in("Français", HERE)
    stored = house.world.store_file("voice", b"opus", "voice.ogg", "audio/ogg")
    await aminata.presses_data(f"1:rec:{CODES[language]}:{key}", aminata.screen["message_id"])
    await aminata.sends(**voice(stored.file_id, seconds))
    return aminata, stored.file_id


@both_languages
async def test_row_2_the_privacy_notice_is_heard_right_after_the_language(house, language):
    moussa = house.phone("Moussa")
    demba = house.phone("Demba")
    await demba.types("/start")
    await demba.presses(language)
    read = demba.bot_messages[-2]["text"]
    _, file_id = await records(house, "say:privacy.notice", language, seconds=25)

    await moussa.types("/start")
    await moussa.presses(language)

    notice = moussa.bot_messages[-2]
    assert read.startswith(NOTICE[language])
    assert notice["voice"]["file_id"] == file_id
    assert notice["caption"].startswith(NOTICE[language])
    assert HERE in moussa.labels


async def test_row_2_the_notice_is_at_most_half_a_minute(house):
    aminata, _ = await records(house, "say:privacy.notice", "Français", seconds=31)

    assert aminata.text == "🎙 C'est trop long : 30 secondes au plus."


@both_languages
async def test_row_5_who_would_rather_listen_hears_before_reading(house, language):
    _, file_id = await records(house, "say:home.title", language)
    moussa = house.phone("Moussa")
    await moussa.settles_in(language, HERE)
    reads = moussa.screen
    await moussa.presses({"Français": "👤 Moi", "Bamanankan": "👤 Ne"}[language])
    await moussa.presses({"Français": "👂 Je préfère écouter", "Bamanankan": "👂 Lamɛnni ka fisa"}[language])

    await moussa.types("🏠")

    assert "voice" not in reads
    assert LISTEN[language] in [button["text"] for row in reads["reply_markup"]["inline_keyboard"] for button in row]
    assert moussa.screen["voice"]["file_id"] == file_id
    assert moussa.screen["caption"].startswith("🏠")
    await moussa.types("/aide")
    assert moussa.text, "without a voice the text comes"


@both_languages
async def test_row_15_an_answer_is_heard_by_its_button_and_again(house, language):
    _, file_id = await records(house, "entry:pop_villetaneuse", language)
    moussa = house.phone("Moussa")
    await moussa.settles_in(language, HERE)
    await moussa.types("Combien d'habitants à Villetaneuse ?")

    await moussa.presses(LISTEN[language])
    heard = moussa.screen
    await moussa.presses({"Français": "🔁 Encore", "Bamanankan": "🔁 Tugun"}[language])

    assert heard["voice"]["file_id"] == moussa.screen["voice"]["file_id"] == file_id
    assert len(house.calls("sendVoice")) == 2


async def test_voices_that_lack_are_listed_most_asked_first_and_a_voice_is_replaced_and_withdrawn(house):
    aminata, moussa = house.phone("Aminata"), house.phone("Moussa")
    await aminata.settles_in("Français", HERE)
    await moussa.settles_in("Français", HERE)
    for _ in range(2):
        await moussa.types("Combien d'habitants à Villetaneuse ?")
    await aminata.types("/voix")
    listed, head = aminata.labels, aminata.text
    await aminata.presses(listed[0])
    shown = aminata.text
    await aminata.types("non")
    waiting = aminata.text
    await aminata.sends(**voice("first", 0))
    empty = aminata.text
    await aminata.sends(**voice("first", 61))
    long = aminata.text
    await aminata.sends(**voice("first"))
    await aminata.presses_data("1:rec:fr:entry:pop_villetaneuse", aminata.screen["message_id"])
    await aminata.sends(**voice("second"))
    await moussa.types("Combien d'habitants à Villetaneuse ?")
    with_voice = moussa.labels
    await aminata.presses_data("1:recoff:fr:entry:pop_villetaneuse", aminata.screen["message_id"])
    await moussa.types("Combien d'habitants à Villetaneuse ?")

    assert listed[0] == "🎙 Combien à Villetaneuse ? · 2"
    assert head.startswith("🎙 Les voix : Français\nIl en manque ")
    assert "12 500" in shown.replace("\u202f", " ").replace("\xa0", " ")
    assert (waiting, empty) == ("🎙 J'attends ta voix.", "🎙 Je n'entends rien. Recommence.")
    assert long == "🎙 C'est trop long : 60 secondes au plus."
    assert "🔊 Écouter" in with_voice
    assert "🔊 Écouter" not in moussa.labels


async def test_a_voice_survives_a_restart(house):
    _, file_id = await records(house, "say:home.title", "Français")
    await house.close()
    await house.open()
    moussa = house.phone("Moussa")
    await moussa.settles_in("Français", HERE)

    await moussa.presses("🔊 Écouter")

    assert moussa.screen["voice"]["file_id"] == file_id
