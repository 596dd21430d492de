"""What one tells of oneself, and how to be left in peace."""

from __future__ import annotations

import pytest

from bot import callbacks
from bot.domain import members

SETTLED = {"fr": ("Français", "🗼 Île-de-France"), "bm": ("Bamanankan", "🗼 Île-de-France")}
MORE = {"fr": "✏️ Nom, numéro, famille", "bm": "✏️ Tɔgɔ, nimɔrɔ, denbaya"}
both_languages = pytest.mark.parametrize("language", ["fr", "bm"])


@pytest.fixture
def locales_dir(fewer_phrasings):
    """Fewer phrasings: answers are not what is tested here."""
    return fewer_phrasings


@pytest.fixture
async def moussa(house, language):
    phone = house.phone("Moussa")
    await phone.settles_in(*SETTLED[language])
    await phone.types("/moi")
    await phone.presses(MORE[language])
    return phone


async def member_of(house, phone):
    return await house.database.read(lambda session: members.by_telegram_id(session, phone.id))


@both_languages
async def test_a_name_is_chosen_and_stays_chosen(house, moussa, language):
    await moussa.presses({"fr": "✏️ Prénom", "bm": "✏️ Tɔgɔ"}[language])
    await moussa.types("12345 🛡")
    refused = moussa.text
    await moussa.types("Moussa Diarra")
    await moussa.types("/start")

    assert refused.startswith({"fr": "✏️ Je ne sais pas lire ce prénom.", "bm": "✏️ N tɛ se k'o tɔgɔ kalan."}[language])
    assert (await member_of(house, moussa)).first_name == "Moussa Diarra"


@both_languages
async def test_h7_only_ones_own_number_is_kept_and_only_sealed(house, moussa, language):
    await moussa.presses({"fr": "☎️ Numéro", "bm": "☎️ Nimɔrɔ"}[language])
    await moussa.types("06 12 34 56 78")
    await moussa.shares_contact("33612345678", user_id=1003)
    refused = moussa.text
    await moussa.shares_contact("33612345678")
    member = await member_of(house, moussa)
    shown = moussa.text
    await moussa.presses({"fr": "☎️ Numéro", "bm": "☎️ Nimɔrɔ"}[language])
    await moussa.presses({"fr": "🗑 Oublier mon numéro", "bm": "🗑 N ka nimɔrɔ bɔ yen"}[language])

    assert refused.startswith({"fr": "☎️ Ce numéro n'est pas le tien.", "bm": "☎️ O nimɔrɔ tɛ i ta ye."}[language])
    assert "612345678" not in member.phone
    assert house.machine.vault.opened(member.phone) == "+33612345678"
    assert "☎️ +33612345678" in shown
    assert moussa.shown["reply_keyboard"]["keyboard"] == [[{"text": "🏠"}]]
    assert (await member_of(house, moussa)).phone is None


@both_languages
async def test_quiet_hours_are_chosen_with_a_tap(house, moussa, language):
    await moussa.presses({"fr": "🌙 Heures calmes", "bm": "🌙 Sunɔgɔ waati"}[language])
    before = moussa.labels

    await moussa.presses("20:00 – 09:00")

    assert before[:4] == ["20:00 – 09:00", "✅ 21:00 – 08:00", "22:00 – 07:00", "23:00 – 06:00"]
    member = await member_of(house, moussa)
    assert (member.quiet_from, member.quiet_until) == (20, 9)


@both_languages
async def test_a_kind_is_muted_with_a_tap_and_comes_back_with_another(house, moussa, language):
    await moussa.presses({"fr": "🔔 Ce que je reçois", "bm": "🔔 N bɛ min sɔrɔ"}[language])
    meetings = {"fr": "Réunions", "bm": "Ɲɔgɔnyew"}[language]

    await moussa.presses(f"🔔 {meetings}")
    muted = moussa.labels[0]
    await moussa.presses(f"🔕 {meetings}")

    assert (muted, moussa.labels[0]) == (f"🔕 {meetings}", f"🔔 {meetings}")


@pytest.mark.parametrize(
    ("language", "word"), [("fr", "stop"), ("bm", "STOP !"), ("bm", "a bɔ"), ("fr", "A bo"), ("bm", "/stop")]
)
async def test_j8_stop_alone_mutes_everything_and_one_tap_takes_it_back(house, moussa, language, word):
    await moussa.types(word)
    muted = await house.database.read(lambda session: members.muted(session, members.by_telegram_id(session, moussa.id)))
    said = moussa.text
    await moussa.presses({"fr": "🔔 Recevoir à nouveau", "bm": "🔔 N b'a fɛ tugun"}[language])

    assert muted == set(members.KINDS)
    assert said.startswith("🔕 ")
    assert not await house.database.read(lambda session: members.muted(session, members.by_telegram_id(session, moussa.id)))


@both_languages
async def test_stop_inside_a_sentence_stops_nothing(house, moussa, language):
    await moussa.types("le bus s'arrête où, stop Villetaneuse ?")

    assert not await house.database.read(lambda session: members.muted(session, members.by_telegram_id(session, moussa.id)))


@pytest.mark.parametrize("language", ["fr"])
@pytest.mark.parametrize(
    "press",
    [callbacks.ShareWith(99), callbacks.ShareWith(-1), callbacks.ChooseQuiet(3, 4), callbacks.Hear(1, "lottery"),
     callbacks.Tell("age")],
)
async def test_what_no_button_offers_is_an_old_button(house, moussa, language, press):
    await moussa.presses_data(press.pack())

    assert any(text.startswith(("Ce bouton est ancien.", "Nin yɔrɔ kɔrɔla.")) for text in
               [message.get("text", "") for message in moussa.bot_messages])  # fmt: skip


@both_languages
async def test_nothing_but_id_and_language_is_kept_before_the_welcome_is_over(house, language):
    fanta = house.phone("Fanta")
    await fanta.types("/start")
    await fanta.presses(SETTLED[language][0])
    before = await member_of(house, fanta)
    await fanta.presses(SETTLED[language][1])

    assert (before.first_name, before.place, before.phone, before.agreed_at) == ("", None, None, None)
    after = await member_of(house, fanta)
    assert (after.first_name, after.agreed_at is not None) == ("Fanta", True)
