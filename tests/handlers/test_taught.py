"""What people teach the bot: kept in two taps, without the asker, live at once; edited, retired, found stale."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tests.handlers.test_desk import HERE, UNKNOWN, VOICE, WORDS, asks, both_languages, card_of, presses_on

LANGUAGES = {"Français": "fr", "Bamanankan": "bm"}
ANSWER = "Le loyer du foyer Adoma est de 300 €."


@pytest.fixture
def locales_dir(fewer_phrasings):
    """The base is learned anew with every change."""
    return fewer_phrasings


async def answered(house, aminata, language: str, words: str = UNKNOWN) -> None:
    """Moussa asks, Aminata answers."""
    moussa = house.phone("Moussa")
    await moussa.settles_in(language, HERE)
    await asks(moussa, language, words)
    await aminata.types(ANSWER, reply_to_message=await card_of(aminata))
    await aminata.presses("✅ Envoyer")


@both_languages
async def test_row_17_two_taps_keep_an_answer_live_and_without_the_asker(house, aminata, language):
    await answered(house, aminata, "Français", f"{UNKNOWN} signé Moussa, 06 12 34 56 78")

    await aminata.presses("📚 Que je le sache aussi ?")
    shown = aminata.text
    await aminata.presses(f"✅ Garder en {language}")
    asked_for = aminata.text
    fanta = house.phone("Fanta")
    await fanta.settles_in(language, HERE)
    await fanta.types(UNKNOWN)

    other = next(name for name in LANGUAGES if name != language)
    assert "Moussa" not in shown
    assert "06 12" not in shown
    assert f"🗣 {other}" in asked_for
    assert ANSWER in fanta.text


async def test_row_17_the_second_language_is_written_or_marked_missing(house, aminata):
    await answered(house, aminata, "Français")
    await aminata.presses("📚 Que je le sache aussi ?")
    await aminata.presses("✅ Garder en Français")
    await aminata.presses("⏭ Plus tard")
    missing = aminata.text
    await aminata.presses("👀 Voir")
    marked = aminata.text
    await aminata.presses("✏️ Bamanankan")
    await aminata.types("Adoma so sɔngɔ ye joli ye?")
    await aminata.types("A sɔngɔ ye ero 300 ye.")
    complete = aminata.text
    fanta = house.phone("Fanta")
    await fanta.settles_in("Bamanankan", HERE)
    await fanta.types("Adoma so sɔngɔ ye joli ye?")

    assert missing == "📚 Je le sais maintenant. Merci !\n⚠️ Il manque : Bamanankan"
    assert "🗣 Bamanankan ⚠️ manque" in marked
    assert "⚠️" not in complete
    assert "A sɔngɔ ye ero 300 ye." in fanta.text


async def test_row_17_a_voice_answer_is_written_down_first(house, aminata):
    moussa = house.phone("Moussa")
    await moussa.settles_in("Bamanankan", HERE)
    await moussa.sends(**VOICE)
    await moussa.presses(WORDS["Bamanankan"]["person"])
    await aminata.sends(**VOICE, reply_to_message=await card_of(aminata))
    await aminata.presses("✅ Envoyer")

    await aminata.presses("📚 Que je le sache aussi ?")
    await aminata.sends(**VOICE)
    refused = aminata.text
    await aminata.types("Combien coûte le foyer Adoma ?")
    await aminata.types(ANSWER)
    await aminata.presses("✅ Garder en Français")
    await aminata.types("Adoma so sɔngɔ ye joli ye?")
    await aminata.types("A sɔngɔ ye ero 300 ye.")
    await moussa.types("Adoma so sɔngɔ ye joli ye?")

    assert refused == "✍️ Écris-le, s'il te plaît."
    assert "A sɔngɔ ye ero 300 ye." in moussa.text


async def test_row_18_a_changed_french_answer_marks_its_twin_for_coordinators_alone(house, aminata):
    await aminata.types("/connaissances habitants Villetaneuse")
    await aminata.presses("Combien à Villetaneuse ?")
    before = aminata.text
    await aminata.presses("✏️ Français")
    await aminata.types("13 000 habitants vivent à Villetaneuse.")
    after = aminata.text
    await aminata.types("/connaissances")
    listed = aminata.labels
    told = {}
    for name, language in (("Moussa", "Bamanankan"), ("Fanta", "Français")):
        phone = house.phone(name)
        await phone.settles_in(language, HERE)
        await phone.types("Combien d'habitants à Villetaneuse ?")
        told[language] = phone.text

    assert "⚠️" not in before
    assert "🗣 Bamanankan ⚠️ à revoir" in after
    assert "✏️ Aminata, lundi 23 novembre 2026" in after
    assert listed[0] == "⚠️ Combien à Villetaneuse ?"
    assert "13 000 habitants" in told["Français"]
    assert "12\u202f500" in told["Bamanankan"].replace(" ", "\u202f").replace("\xa0", "\u202f")
    assert "⚠️" not in told["Bamanankan"]


async def test_a_retired_entry_is_told_no_more_and_comes_back(house, aminata):
    fanta = house.phone("Fanta")
    await fanta.settles_in("Français", HERE)
    await aminata.types("/connaissances")
    await aminata.types("habitants Villetaneuse")
    await aminata.presses("Combien à Villetaneuse ?")

    await aminata.presses("🗑 Ne plus répondre cela")
    await fanta.types("Combien d'habitants à Villetaneuse ?")
    without = fanta.text
    await aminata.presses("↩️ Répondre cela à nouveau")
    await fanta.types("Combien d'habitants à Villetaneuse ?")

    assert "12 500" not in without.replace("\u202f", " ").replace("\xa0", " ")
    assert "12 500" in fanta.text.replace("\u202f", " ").replace("\xa0", " ")


async def test_what_was_taught_survives_a_restart(house, aminata):
    await answered(house, aminata, "Français")
    await aminata.presses("📚 Que je le sache aussi ?")
    await aminata.presses("✅ Garder en Français")
    await house.close()
    await house.open()
    fanta = house.phone("Fanta")
    await fanta.settles_in("Français", HERE)
    await fanta.types(UNKNOWN)

    assert ANSWER in fanta.text


@both_languages
async def test_statistics_are_words_with_bars_and_a_picture(house, language):
    aminata, moussa = house.phone("Aminata"), house.phone("Moussa")
    await aminata.settles_in(language, HERE)
    await moussa.settles_in(language, HERE)
    for words in ("Combien d'habitants à Villetaneuse ?", "Combien d'habitants à Villetaneuse ?", "blorf znagu kwidi"):
        await moussa.types(words)
    await moussa.presses(WORDS[language]["person"])
    await house.passes(hours=1)
    await aminata.types("oui", reply_to_message=await card_of(aminata))
    await aminata.presses({"Français": "✅ Envoyer", "Bamanankan": "✅ A ci"}[language])

    await aminata.types("/statistiques questions")
    words, picture = aminata.bot_messages[-2:]
    file = house.world.files[picture["photo"][-1]["file_id"]]
    image = Image.open(io.BytesIO(file.content))

    assert "▇▇▇▇▇▇▇▇▇▇ 2 · " in words["text"]
    assert "• blorf znagu kwidi" in words["text"]
    assert image.width == 1080
    assert len(file.content) < 150_000


async def test_a_visitor_teaches_nothing(house):
    demba = house.phone("Demba")
    await demba.settles_in("Français", HERE)

    for command in ("/connaissances", "/questions", "/statistiques", "/voix"):
        await demba.types(command)
        assert demba.text == "Seul un responsable peut faire cela."


async def test_an_album_of_answers_is_previewed_and_sent_one_by_one(house, aminata):
    moussa = house.phone("Moussa")
    await moussa.settles_in("Français", HERE)
    await asks(moussa, "Français")
    photo = {"photo": [{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}]}
    await aminata.sends(**photo, reply_to_message=await card_of(aminata))
    await presses_on(aminata, aminata.screen, "✅ Envoyer")
    await aminata.types("et voilà", reply_to_message=await card_of(aminata))
    await aminata.presses("✅ Envoyer")
    await moussa.look()

    said = [
        message.get("text") or "photo"
        for message in moussa.bot_messages[-4:]
        if message.get("text") != WORDS["Français"]["comes"]
    ]
    assert said == ["photo", "et voilà"]
