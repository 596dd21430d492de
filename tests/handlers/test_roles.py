"""Roles: given, taken, stolen; one coordinator always remains; old buttons do nothing; a badge no name can bear."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from bot import callbacks
from bot.domain import members, outbox
from db.models import AuditEntry, Delivery, DeliveryState
from tests.conftest import BAKARY, HERE

NOT_ALLOWED = {"Français": "Seul un responsable peut faire cela.", "Bamanankan": "Ɲɛmɔgɔ dɔrɔn de bɛ se ka nin kɛ."}


@pytest.fixture
def locales_dir(fewer_phrasings):
    """Fewer phrasings: answers are not what is tested here."""
    return fewer_phrasings


@pytest.fixture
async def bakary(house):
    phone = await house.new_phone("Bakary", person_id=BAKARY)
    await phone.settles_in("Français", "🌉 Bamako")
    return phone


@pytest.fixture
async def moussa(house):
    phone = house.phone("Moussa")
    await phone.settles_in("Bamanankan", HERE)
    return phone


async def member_of(house, phone):
    return await house.database.read(lambda session: members.by_telegram_id(session, phone.id))


def said(phone):
    return [message.get("text", "") for message in phone.bot_messages]


async def gives_role(house, aminata, phone, role):
    member = await member_of(house, phone)
    await aminata.presses_data(callbacks.ShowMember(member.id).pack())
    await aminata.presses("🎖 Changer le rôle")
    await aminata.presses(role)


async def test_a_role_is_given_by_buttons_and_the_others_hear(house, aminata, bakary, moussa):
    await gives_role(house, aminata, moussa, "Comité technique")
    await moussa.look()
    await bakary.look()

    assert (await member_of(house, moussa)).role == "committee"
    assert moussa.text == "🎖 I jɔyɔrɔ yɛlɛmana: Kɔlɔsilikɛjɛkulu"
    assert bakary.text == "🛡 Aminata a changé un rôle.\nMoussa : Comité technique"
    assert aminata.text.startswith("⭐ Moussa\n🎖 Comité technique")


@pytest.mark.parametrize("language", ["Français", "Bamanankan"])
async def test_row_97_h10_the_last_coordinator_cannot_leave_nor_be_demoted(house, language):
    aminata = house.phone("Aminata")
    await aminata.settles_in(language, HERE)
    told = {"Français": "🛡 Il faut toujours un responsable.\nNomme d'abord quelqu'un d'autre.",
            "Bamanankan": "🛡 Ɲɛmɔgɔ dɔ ka kan ka to.\nMɔgɔ wɛrɛ sugandi fɔlɔ."}[language]  # fmt: skip
    member = await member_of(house, aminata)

    await aminata.presses_data(callbacks.SetRole(member.id, "member").pack())
    demoted = aminata.text
    await aminata.types("/effacer")
    await aminata.presses({"Français": "🗑 Oui, efface tout", "Bamanankan": "🗑 Awɔ, bɛɛ jɔsi"}[language])

    assert demoted == aminata.text == told
    assert (await member_of(house, aminata)).role == "coordinator"


@pytest.mark.parametrize("language", ["Français", "Bamanankan"])
async def test_row_97_when_the_last_one_blocks_the_committee_may_step_in(house, aminata, moussa, language):
    await moussa.presses_data(callbacks.ChooseLanguage({"Français": "fr", "Bamanankan": "bm"}[language]).pack())
    await gives_role(house, aminata, moussa, "Comité technique")

    await aminata.blocks()
    await house.settled()
    await moussa.look()
    asked = moussa.text
    await moussa.presses({"Français": "🛡 Je prends le relais", "Bamanankan": "🛡 N b'o baara ta"}[language])

    assert asked in ("🛡 Aucun responsable n'est joignable.\nPeux-tu prendre le relais ?",
                     "🛡 Ɲɛmɔgɔ si tɛ sɔrɔ.\nI bɛ se k'o baara ta wa?")  # fmt: skip
    assert (await member_of(house, moussa)).role == "coordinator"


async def test_nobody_steps_in_while_somebody_coordinates(house, aminata, moussa):
    await gives_role(house, aminata, moussa, "Comité technique")

    await moussa.presses_data(callbacks.StepIn().pack())

    assert moussa.text == "🛡 Ɲɛmɔgɔ dɔ bɛ yen kaban."
    assert (await member_of(house, moussa)).role == "committee"


async def test_h10_two_coordinators_demote_each_other_at_once_and_one_remains(house, aminata, bakary):
    one, other = await member_of(house, aminata), await member_of(house, bakary)

    for _ in range(5):
        await asyncio.gather(
            aminata.presses_data(callbacks.SetRole(other.id, "member").pack()),
            bakary.presses_data(callbacks.SetRole(one.id, "member").pack()),
        )
        roles = {(await member_of(house, phone)).role for phone in (aminata, bakary)}
        assert "coordinator" in roles
        assert roles != {"coordinator"}
        await house.database.transaction(_coordinators_again)


def _coordinators_again(session):
    for member in session.scalars(select(members.Member)):
        member.role = "coordinator"


@pytest.mark.parametrize("language", ["Français", "Bamanankan"])
async def test_row_95_h2_h9_a_demotion_makes_old_buttons_harmless_stops_what_waits(house, aminata, bakary, moussa, language):
    await bakary.presses_data(callbacks.ChooseLanguage({"Français": "fr", "Bamanankan": "bm"}[language]).pack())
    await moussa.types("zzz qqq xxw")
    await moussa.presses("👤 Mɔgɔ dɔ ɲininka")
    await bakary.look()
    card = next(m for m in reversed(bakary.bot_messages) if m.get("text", "").startswith(("❓ Question", "❓ Moussa")))
    buttons = [button["callback_data"] for row in card["reply_markup"]["inline_keyboard"] for button in row]
    await house.database.transaction(
        lambda session: outbox.pause(session, moussa.id, until=house.simulator.clock.now().replace(hour=23))
    )
    await house.machine.pauses.load()
    await bakary.types("Voici ma réponse.", reply_to_message={"message_id": card["message_id"]})
    await bakary.presses({"Français": "✅ Envoyer", "Bamanankan": "✅ A ci"}[language])

    await gives_role(house, aminata, bakary, "Membre")
    states = await house.database.read(
        lambda session: {row.state for row in session.scalars(select(Delivery).where(Delivery.view == "questions.answer"))}
    )
    refusals = []
    for data in buttons:
        await bakary.presses_data(data, card["message_id"])
        refusals.append(bakary.text)

    assert states == {DeliveryState.CANCELLED}
    assert set(refusals) == {NOT_ALLOWED[language]}
    await aminata.types("/questions")
    assert aminata.text == "📥 1 question attend une réponse."  # what was not sent is open again


@pytest.mark.parametrize("command", ["/revoquer Bakary", "/revoquer BAKARY", "/revoke bakary"])
async def test_h9_a_stolen_phone_is_stopped_by_one_command(house, aminata, bakary, command):
    await bakary.types("/inviter")
    await bakary.presses("🔗 Lien et affiche")

    await aminata.types(command)
    await bakary.types("/membres")

    assert aminata.text == "✅ Bakary ne peut plus rien faire.\nRien de sa part ne partira."
    assert bakary.text == "Seul un responsable peut faire cela."
    assert (await member_of(house, bakary)).role == "visitor"


async def test_h9_a_stolen_phone_named_by_the_settings_stays_stopped(house, aminata, bakary):
    await aminata.types("/revoquer Bakary")
    await house.close()
    await house.open()

    await bakary.types("/start")
    await bakary.types("/membres")

    assert bakary.text == "Seul un responsable peut faire cela."


async def test_without_a_name_one_chooses_whose_phone(house, aminata, bakary):
    await aminata.types("/revoquer")
    asked = (aminata.text, aminata.labels)

    await aminata.presses("Bakary")

    assert asked == ("🚨 À qui est le téléphone volé ?", ["Bakary", "❌ Annuler"])
    assert (await member_of(house, bakary)).role == "visitor"


@pytest.mark.parametrize("language", ["Français", "Bamanankan"])
async def test_row_98_a_new_coordinator_is_walked_through_and_takes_over(house, aminata, moussa, language):
    fanta = house.phone("Fanta")
    await fanta.settles_in(language, {"Français": "🌉 Bamako", "Bamanankan": "🌉 Bamakɔ"}[language])
    for words in ("zzz qqq xxw", "wxx vvv kkk"):
        await moussa.types(words)
        await moussa.presses("👤 Mɔgɔ dɔ ɲininka")
    await aminata.look()
    await aminata.presses("✋ Je m'en occupe")
    await house.phone("Demba").settles_in("Français", HERE)
    await house.phone("Demba").presses("🙋 Devenir membre")

    await gives_role(house, aminata, fanta, "Responsable")
    await fanta.look()
    walked = fanta.text
    await fanta.presses({"Français": "✋ Je reprends tout", "Bamanankan": "✋ N bɛ bɛɛ ta"}[language])
    await aminata.look()

    assert walked == {
        "Français": "🛡 Tu es responsable maintenant.\nVoici ce qui attend :\n📥 2 questions\n🙋 1 personne veut entrer",
        "Bamanankan": "🛡 I kɛra ɲɛmɔgɔ ye.\nBaara minnu b'i makɔnɔ:\n📥 Ɲininkali 2\n🙋 Mɔgɔ 1 b'a fɛ ka don",
    }[language]
    assert fanta.text == {"Français": "✋ 2 questions sont à toi.", "Bamanankan": "✋ Ɲininkali 2 kɛra i ta ye."}[language]
    assert "✋ Fanta reprend la question de Moussa." in said(aminata)


@pytest.mark.parametrize("language", ["Français", "Bamanankan"])
async def test_row_99_g9_the_sign_of_the_association_is_in_no_name(house, aminata, language):
    moussa = await house.new_phone("🛡 Aminata ⭐\u202e")
    await moussa.settles_in(language, HERE)
    await moussa.types("zzz qqq xxw")
    await moussa.presses({"Français": "👤 Demander à quelqu'un", "Bamanankan": "👤 Mɔgɔ dɔ ɲininka"}[language])
    await aminata.look()
    card = next(m for m in reversed(aminata.bot_messages) if m.get("text", "").startswith("❓ Question"))

    await aminata.types("Oui.", reply_to_message={"message_id": card["message_id"]})
    await aminata.presses("✅ Envoyer")
    await moussa.look()

    assert card["text"].startswith("❓ Question de Aminata\n")
    assert (await member_of(house, moussa)).first_name == "Aminata"
    assert any(text.startswith("🛡 ") for text in said(moussa))


async def test_acts_are_written_down_without_contents(house, aminata, moussa):
    await gives_role(house, aminata, moussa, "Membre")

    noted = await house.database.read(lambda session: session.scalars(select(AuditEntry)).all())

    subjects = [(one.action, one.subject) for one in noted]
    assert ("roles.member", f"member {(await member_of(house, moussa)).id}") in subjects
    assert "Moussa" not in str(subjects)


async def test_h9_a_stolen_phone_does_not_come_back_by_erasing_itself(house, aminata, bakary):
    await aminata.types("/revoquer Bakary")
    await bakary.presses_data(callbacks.Erase(int(house.simulator.clock.now().timestamp())).pack())

    await bakary.settles_in("Français", HERE)

    assert (await member_of(house, bakary)).role == "visitor"


async def test_h9_a_stolen_phone_gets_nothing_more_to_read(house, aminata, bakary, moussa):
    house.simulator.clock.set(house.simulator.clock.now().replace(hour=23))
    await moussa.types("zzz qqq xxw")
    await moussa.presses("👤 Mɔgɔ dɔ ɲininka")
    await aminata.types("/revoquer Bakary")

    await house.passes(hours=10)
    await bakary.look()

    assert not any(text.startswith("❓ Question de") for text in said(bakary))
    await aminata.look()
    assert any(text.startswith("❓ Question de Moussa") for text in said(aminata))


@pytest.mark.parametrize("way", ["forwarded", "edited"])
async def test_h4_a_command_that_was_passed_on_or_written_over_orders_nothing(house, aminata, bakary, way):
    if way == "forwarded":
        origin = {"type": "hidden_user", "date": 0, "sender_user_name": "Demba"}
        await aminata.types("/revoquer Bakary", forward_origin=origin)
    else:
        sent = await aminata.types("bonjour")
        await aminata.edits(sent["message_id"], "/revoquer Bakary")

    assert (await member_of(house, bakary)).role == "coordinator"


async def test_h10_the_last_one_who_can_be_reached_stays(house, aminata, bakary):
    await bakary.blocks()
    await house.settled()

    await aminata.presses_data(callbacks.Erase(int(house.simulator.clock.now().timestamp())).pack())

    assert aminata.text == "🛡 Il faut toujours un responsable.\nNomme d'abord quelqu'un d'autre."


@pytest.mark.parametrize(
    "data", ["1:mem:" + "9" * 30, "1:admit:" + "9" * 20 + ":1", "1:thanks:" + "9" * 25, "1:gcard:-" + "9" * 30]
)
async def test_numbers_no_number_of_ours_can_be_are_old_buttons(house, aminata, data):
    await aminata.presses_data(data)

    assert "Ce bouton est ancien.\nVoici où tu en es." in said(aminata)
