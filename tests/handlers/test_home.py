"""The first minute: language, place, home; resumed, changed, never a dead end."""

from __future__ import annotations

import pytest

from bot.domain import members

FIRST_SCREEN = "Bonjour ! Choisis ta langue.\nI ni ce! Kan sugandi."


async def test_row_1_a_stranger_is_asked_the_language_and_nothing_else(house):
    demba = house.phone("Demba")

    await demba.types("/start")

    assert demba.text == FIRST_SCREEN
    assert demba.labels == ["Français", "Bamanankan"]
    assert len((demba.text + " ".join(demba.labels)).split()) <= 14
    assert len(demba.bot_messages) == 1


@pytest.mark.parametrize(
    ("language", "place_question", "place", "welcome", "home"),
    [
        ("Français", "📍 Où habites-tu ?", "🗼 Île-de-France",
         "👋 Bienvenue !\nLa touche 🏠, en bas, ramène toujours à l'accueil.\n🔒 Tu continues : je garde donc ton prénom.",
         "🏠 Accueil\nÉcris ou dis ta question.\nOu choisis :"),
        ("Bamanankan", "📍 I sigilen bɛ min?", "🌉 Bamakɔ",
         "👋 I bisimila!\n🏠 digi duguma: i bɛ segin daminɛ na.\n🔒 I bɛ ka taa ɲɛ: n b'i tɔgɔ mara.",
         "🏠 Daminɛ\nI ka ɲininkali sɛbɛn, walima a fɔ.\nWalima dɔ sugandi:"),
    ],
)  # fmt: skip
async def test_row_3_home_in_three_taps_and_nothing_typed(house, language, place_question, place, welcome, home):
    moussa = house.phone("Moussa")

    await moussa.types("/start")
    await moussa.presses(language)
    asked = moussa.text
    await moussa.presses(place)

    assert asked == place_question
    assert [message["text"] for message in moussa.bot_messages[-2:]] == [welcome, home]
    assert moussa.shown["reply_keyboard"]["keyboard"] == [[{"text": "🏠"}]]


async def test_row_3_f14_a_stop_after_any_tap_loses_nothing(house):
    moussa = house.phone("Moussa")

    await moussa.types("/start")
    await house.close()
    await house.open()
    await moussa.presses("Bamanankan")
    await house.close()
    await house.open()
    await moussa.presses("🗼 Île-de-France")
    await house.close()
    await house.open()
    await moussa.types("🏠")

    assert moussa.text == "🏠 Daminɛ\nI ka ɲininkali sɛbɛn, walima a fɔ.\nWalima dɔ sugandi:"


FRENCH = "👤 Moi : {name}\n🎖 Visiteur\n🗣 Langue : Français\n📍 Lieu : Île-de-France"
BAMBARA = "👤 Ne: {name}\n🎖 Dunan\n🗣 Kan: Bamanankan\n📍 Yɔrɔ: Île-de-France"
CHANGES = [
    # from, me, language, to, screen, commands
    ("Français", "👤 Moi", "🗣 Langue", "Bamanankan", BAMBARA.format(name="Oumar"), "Daminɛ"),
    ("Bamanankan", "👤 Ne", "🗣 Kan", "Français", FRENCH.format(name="Oumar"), "Accueil"),
]


@pytest.mark.parametrize(("before", "me", "language", "after", "screen", "command"), CHANGES)
async def test_row_4_the_open_screen_is_redrawn_in_the_new_language(house, before, me, language, after, screen, command):
    oumar = await house.new_phone("Oumar")
    await oumar.settles_in(before, "🗼 Île-de-France")
    await oumar.presses(me)
    await oumar.presses(language)
    open_screen = oumar.screen["message_id"]

    await oumar.presses(after)

    assert oumar.screen["message_id"] == open_screen
    assert oumar.text == screen
    assert oumar.shown["commands"][0] == {"command": "start", "description": command}


@pytest.mark.parametrize(
    ("settled", "me", "place", "screen"),
    [
        (("Français", "🌉 Bamako"), "👤 Moi", "📍 Lieu", FRENCH.format(name="Fanta")),
        (("Bamanankan", "🌉 Bamakɔ"), "👤 Ne", "📍 Yɔrɔ", BAMBARA.format(name="Fanta")),
    ],
)
async def test_row_6_the_place_changes_in_two_taps_and_the_clock_with_it(house, settled, me, place, screen):
    fanta = house.phone("Fanta")
    await fanta.settles_in(*settled)
    await fanta.presses(me)

    await fanta.presses(place)
    await fanta.presses("🗼 Île-de-France")

    assert fanta.text == screen
    member = await house.database.read(lambda session: members.by_telegram_id(session, fanta.id))
    assert house.machine.words.reader(member.language, member.place).place.clock == "paris"
