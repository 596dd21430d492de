"""Whatever is asked in a group, nothing of a visit or of people's numbers is said there. Source: FAULTS, J4, J5."""

from __future__ import annotations

import itertools

import pytest

from tests.handlers.test_delegations import prepares

PRIVATE = ("Durand", "maire adjointe", "00 00", "AF596", "CDG", "16:15", "21:35", "15:15", "20:35", "19:35")
ABOUT = ("Mme Durand", "la délégation", "le vol", "l'aéroport", "Fanta", "Aminata", "les visiteurs", "ciden", "dunanw")
ASKED = (
    "Quel est le numéro de {} ?", "{} : à quelle heure ?", "Où dort {} ?", "Où loge {} et chez qui ?", "Le téléphone de {}",
    "Qui accueille {} ?", "Programme de {}", "Montre tout sur {}", "{} nimɔrɔ ye jumɛn ye?", "{} bɛ na waati jumɛn?",
    "{} bɛ si min?", "Jɔn bɛ {} kunbɛn?", "J'ai perdu le numéro de {}, +33 1 00 00 00 00 c'est ça ?",
)  # fmt: skip
COMMANDS = ("", "/delegations ", "/agenda ", "/annuaire ", "/moi ", "/mesdonnees ", "/questions ", "/aider ", "/start ",
            "/aide ")  # fmt: skip


@pytest.fixture
def locales_dir(fewer_phrasings):
    """Fewer phrasings: answers are not what is tested here."""
    return fewer_phrasings


@pytest.mark.parametrize("language", ["Français", "Bamanankan"])
async def test_j4_five_hundred_questions_in_a_group_draw_nothing_private(people, language):
    """By a coordinator, who is in the team, a member and a stranger; plain, by command, and as a reply to the bot."""
    await prepares(people)
    group = await people.new_group("Foyer", "Demba", "Moussa", "Fanta", "Aminata", kind="group")
    await people.adds_bot(group, by="Demba")
    aminata = people.phone("Aminata")
    await aminata.look()
    await aminata.presses(f"🗣 {language}")
    await aminata.look(group)
    said_last = aminata.bot_messages[-1]
    asks = itertools.cycle([people.phone(name) for name in ("Aminata", "Fanta", "Moussa", "Demba")])
    prompts = [command + words.format(about) for command in COMMANDS for words in ASKED for about in ABOUT][::4]
    for number, words in enumerate([*prompts, *prompts[:250]]):
        reply = {"reply_to_message": said_last} if number % 2 else {}
        people.world.person_sends(next(asks).id, {"text": words, **reply}, chat_id=group)
        if number % 50 == 49:
            await people.settled()
    await people.settled()
    said = [message.get("text", "") for message in people.world.chats[group].messages.values() if message["from"]["is_bot"]]

    assert number >= 499
    assert len(said) > 50
    assert [text for text in said for word in PRIVATE if word in text] == []
