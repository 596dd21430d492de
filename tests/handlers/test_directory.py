"""The directory: lists, search, filters, one person's card, whom to telephone."""

from __future__ import annotations

import pytest

from bot import callbacks
from bot.domain import members
from tests.conftest import HERE


@pytest.fixture
def locales_dir(fewer_phrasings):
    """Fewer phrasings: answers are not what is tested here."""
    return fewer_phrasings


@pytest.fixture
async def people(house, aminata):
    """Moussa (member, Bambara, phone given, two relatives), Fanta (committee, Bamako), Demba (visitor)."""
    for name, language, place, role in (
        ("Moussa", "Bamanankan", HERE, "member"),
        ("Fanta", "Français", "🌉 Bamako", "committee"),
        ("Demba", "Français", HERE, None),
    ):
        phone = house.phone(name)
        await phone.settles_in(language, place)
        if role:
            await set_role(house, phone, role)
    moussa = house.phone("Moussa")
    await moussa.types("/moi")
    await moussa.presses("✏️ Tɔgɔ, nimɔrɔ, denbaya")
    await moussa.presses("☎️ Nimɔrɔ")
    await moussa.shares_contact("33612345678")
    await moussa.presses_data(callbacks.ShareWith(2).pack())
    return house


async def set_role(house, phone, role):
    def change(session):
        members.by_telegram_id(session, phone.id).role = role

    await house.database.transaction(change)


def urls_and_copies(phone):
    rows = phone.screen["reply_markup"]["inline_keyboard"]
    return [button["copy_text"]["text"] for row in rows for button in row if "copy_text" in button]


@pytest.mark.parametrize("language", ["fr", "bm"])
async def test_row_7_a_shared_phone_counts_every_person(people, language):
    aminata = people.phone("Aminata")
    await aminata.presses_data(callbacks.ChooseLanguage(language).pack())

    await aminata.types("/membres")

    head = aminata.text.splitlines()[0]
    assert head == {"fr": "👥 5 personnes", "bm": "👥 Mɔgɔ 5"}[language]  # three phones, two relatives with Moussa
    assert [label for label in aminata.labels if "Moussa" in label] == ["🗼 Moussa"]
    assert not any("Demba" in label for label in aminata.labels)


async def test_the_list_is_narrowed_by_place_role_and_language(people):
    aminata = people.phone("Aminata")
    await aminata.types("/membres")

    await aminata.presses("📍 Lieu")
    await aminata.presses("🌉 Bamako")
    by_place = (aminata.text, aminata.labels[0])
    await aminata.presses("🎖 Rôle")
    await aminata.presses("Membre")
    nobody = aminata.text
    await aminata.presses("📍 Lieu")
    await aminata.presses("👥 Tous")

    assert by_place == ("👥 1 personne\nÉcris un prénom pour chercher.\n🔎 Bamako", "🌉 ⭐ Fanta")
    assert nobody == "👥 0 personne\nÉcris un prénom pour chercher.\n🔎 Bamako · Membre"
    assert aminata.labels[0] == "🗼 Moussa"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("mous", ["🗼 Moussa"]),
        ("FÁNTA", ["🌉 ⭐ Fanta"]),
        ("zzz", []),
        ("%", []),
        ("_", []),
        ("' OR 1=1", []),
        ("a" * 4000, []),
    ],
)
async def test_a_name_is_found_however_it_is_typed(people, typed, found):
    aminata = people.phone("Aminata")
    await aminata.types("/membres")

    await aminata.types(typed)

    assert aminata.labels == [*found, "👥 Tous"]


async def test_the_committee_sees_no_telephone_number_and_changes_no_role(people):
    fanta, aminata = people.phone("Fanta"), people.phone("Aminata")
    await fanta.types("/membres")
    await fanta.presses("🗼 Moussa")
    await aminata.types("/membres")
    await aminata.presses("🗼 Moussa")

    assert fanta.text.startswith("Moussa\n🎖 Membre\n📍 Île-de-France · 🗣 Bamanankan\n🗓 Ici depuis : lundi 23 novembre 2026")
    assert fanta.labels == ["👥 Tous"]
    assert urls_and_copies(aminata) == ["+33612345678"]
    assert aminata.labels == ["☎️ +33612345678", "🎖 Changer le rôle", "👥 Tous"]


@pytest.mark.parametrize("language", ["fr", "bm"])
async def test_row_96_to_call_says_who_and_why(people, language):
    aminata, moussa = people.phone("Aminata"), people.phone("Moussa")
    await moussa.blocks()
    await aminata.types("/inviter")
    await aminata.presses("📄 Une liste")
    stored = people.world.store_file("document", "Prénom;Téléphone\nAwa;06 98 76 54 32\n".encode(), "l.csv", "text/csv")
    await aminata.sends(document={"file_id": stored.file_id, "file_unique_id": "u", "file_size": 40})
    people.simulator.clock.set(people.simulator.clock.now().replace(year=2027, month=3))
    await aminata.presses_data(callbacks.ChooseLanguage(language).pack())

    await aminata.types("/appeler")

    assert aminata.text.splitlines() == {
        "fr": ["📞 À appeler : 3 personnes", "• Moussa : ne veut plus mes messages", "• Awa : n'est pas encore venu",
               "• Fanta : ne dit plus rien"],
        "bm": ["📞 Mɔgɔ 3 ka kan ka wele", "• Moussa: a t'a fɛ n ka cikan ci a ma tugun", "• Awa: a ma na fɔlɔ",
               "• Fanta: a mɛɛnna, a ma foyi fɔ"],
    }[language]  # fmt: skip
    assert urls_and_copies(aminata) == ["+33612345678", "+33698765432"]


async def test_row_96_whoever_comes_back_is_on_the_list_no_more(people):
    aminata, moussa = people.phone("Aminata"), people.phone("Moussa")
    await moussa.blocks()
    await moussa.types("/start")

    await aminata.types("/appeler")

    assert aminata.text == "✅ Tout le monde est joignable."
