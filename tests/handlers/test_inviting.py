"""Coming in: links and posters, wrong links, asking to join, a chosen person, a list."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import re

import pytest
import xlsxwriter
import zxingcpp
from PIL import Image
from sqlalchemy import select

from bot import callbacks
from bot.domain import invitations, members
from db.models import Invitation, Mark
from tests.conftest import BAKARY, HERE

REFUSED = {
    "Français": "Cette invitation ne marche plus.\nTu peux demander à entrer.",
    "Bamanankan": "Nin weleli tɛ baara kɛ tugun.\nI bɛ se k'a ɲini ka don.",
}
CAME_IN = {"Français": "✅ Tu es entré. Ton rôle : Membre", "Bamanankan": "✅ I donna. I jɔyɔrɔ: Tɔnden"}
ASK = {"Français": "🙋 Demander à entrer", "Bamanankan": "🙋 N b'a fɛ ka don"}
both_languages = pytest.mark.parametrize("language", list(REFUSED))


@pytest.fixture
def locales_dir(fewer_phrasings):
    """Fewer phrasings: answers are not what is tested here."""
    return fewer_phrasings


async def role_of(house, phone):
    member = await house.database.read(lambda session: members.by_telegram_id(session, phone.id))
    return member.role if member else None


async def invites(aminata, *labels):
    """Make an invitation by buttons and return its secret."""
    await aminata.types("/inviter")
    await aminata.presses("🔗 Lien et affiche")
    for label in labels:
        await aminata.presses(label)
    made = next(m["text"] for m in reversed(aminata.bot_messages) if m.get("text", "").startswith("✉️ "))
    return re.search(r"https://t\.me/enndam_test_bot\?start=(i-[\w-]{22})\n", made).group(1)


def said(phone):
    return [message.get("text", "") for message in phone.bot_messages]


@both_languages
async def test_row_92_a_link_lets_in_and_its_maker_hears(house, aminata, language):
    payload = await invites(aminata, "Membre", "🌉 Bamako", "10 personnes", "7 jours")
    moussa = house.phone("Moussa")

    await moussa.types(f"/start {payload}")
    await moussa.presses(language)
    await aminata.look()

    assert CAME_IN[language] in said(moussa)  # the place came with the link
    assert await role_of(house, moussa) == "member"
    assert "✅ Moussa est entré avec ton invitation. (1/10)" in said(aminata)


async def test_row_92_the_poster_says_the_same_link_after_whatsapp(house, aminata):
    payload = await invites(aminata, "Membre", "🌐 Partout", "50 personnes", "30 jours")

    photo = aminata.bot_messages[-1]["photo"][-1]
    picture = Image.open(io.BytesIO(house.world.files[photo["file_id"]].content))
    shrunk = io.BytesIO()
    picture.resize((720, 900)).save(shrunk, "JPEG", quality=40)
    read = zxingcpp.read_barcodes(Image.open(shrunk))

    assert picture.size == (1080, 1350)
    assert len(house.world.files[photo["file_id"]].content) <= 150 * 1024
    assert [one.text for one in read] == [f"https://t.me/enndam_test_bot?start={payload}"]


async def withdrawn(house, aminata):
    payload = await invites(aminata, "Membre", "🌐 Partout", "10 personnes", "7 jours")
    await aminata.presses("🗑 Retirer")
    return payload


async def used_up(house, aminata):
    payload = await invites(aminata, "Membre", "🌐 Partout", "1 personne", "7 jours")
    salif = await house.new_phone("Salif")
    await salif.types(f"/start {payload}")
    return payload


async def expired(house, aminata):
    payload = await invites(aminata, "Membre", "🌐 Partout", "10 personnes", "1 jour")
    await house.passes(days=1, minutes=1)
    return payload


async def wrong(house, aminata):
    return "i-AAAAAAAAAAAAAAAAAAAAAA"


async def of_a_maker_who_may_no_more(house, aminata):
    bakary = await house.new_phone("Bakary", person_id=BAKARY)
    await bakary.settles_in("Français", HERE)
    payload = await invites(bakary, "Membre", "🌐 Partout", "10 personnes", "7 jours")
    await aminata.types("/revoquer Bakary")
    return payload


@pytest.mark.parametrize(
    ("spoiled", "language"),
    [(withdrawn, "Français"), (used_up, "Bamanankan"), (expired, "Français"), (wrong, "Bamanankan"),
     (of_a_maker_who_may_no_more, "Français")],
)  # fmt: skip
async def test_row_92_h6_whatever_is_wrong_the_sentence_is_the_same(house, aminata, language, spoiled):
    payload = await spoiled(house, aminata)
    moussa = house.phone("Moussa")
    await moussa.settles_in(language, HERE)

    await moussa.types(f"/start {payload}")

    assert moussa.text == REFUSED[language]
    assert moussa.labels[0] == ASK[language]
    assert await role_of(house, moussa) == "visitor"


async def test_a_wrong_link_of_a_stranger_is_told_once_they_can_read_it(house, aminata):
    moussa = house.phone("Moussa")

    await moussa.types("/start i-AAAAAAAAAAAAAAAAAAAAAA")
    first = moussa.text
    await moussa.presses("Bamanankan")
    await moussa.presses(HERE)

    assert first == "Bonjour ! Choisis ta langue.\nI ni ce! Kan sugandi."
    assert moussa.text == REFUSED["Bamanankan"]


async def test_h6_only_the_hash_of_a_secret_is_kept(house, aminata):
    payload = await invites(aminata, "Membre", "🌐 Partout", "1 personne", "7 jours")

    kept = await house.database.read(lambda session: session.scalars(select(Invitation)).one())

    assert len(payload.removeprefix("i-")) == 22  # 128 bits
    assert payload.removeprefix("i-") not in repr(vars(kept))
    assert len(kept.token_hash) == 64


async def test_h6_whoever_guesses_is_locked_out_and_the_coordinators_hear(house, aminata):
    payload = await invites(aminata, "Membre", "🌐 Partout", "50 personnes", "7 jours")
    demba = house.phone("Demba")
    await demba.settles_in("Français", HERE)

    for number in range(8):
        await demba.types(f"/start i-{number:022}")
    await demba.types(f"/start {payload}")
    locked = (demba.text, await role_of(house, demba))
    await aminata.look()
    await house.passes(minutes=16)
    await demba.types(f"/start {payload}")

    assert locked == (REFUSED["Français"], "visitor")
    assert said(aminata).count("⚠️ Quelqu'un essaie des invitations au hasard.\nJe ne l'écoute plus.") == 1
    assert await house.database.read(lambda session: len(session.scalars(select(Mark).where(Mark.kind == "guess")).all())) == 5
    assert await role_of(house, demba) == "member"


async def test_h6_two_who_press_a_link_for_one_at_once(house, aminata):
    payload = await invites(aminata, "Membre", "🌐 Partout", "1 personne", "7 jours")
    moussa, fanta = house.phone("Moussa"), house.phone("Fanta")
    for phone in (moussa, fanta):
        await phone.settles_in("Français", HERE)

    await asyncio.gather(moussa.types(f"/start {payload}"), fanta.types(f"/start {payload}"))

    assert sorted([await role_of(house, moussa), await role_of(house, fanta)]) == ["member", "visitor"]


async def test_h6_the_same_link_pressed_again_uses_it_once(house, aminata):
    payload = await invites(aminata, "Membre", "🌐 Partout", "10 personnes", "7 jours")
    moussa = house.phone("Moussa")
    await moussa.settles_in("Français", HERE)

    for _ in range(3):
        await moussa.types(f"/start {payload}")

    assert await house.database.read(lambda session: session.scalars(select(Invitation)).one().uses) == 1


async def test_h6_a_link_in_a_group_opens_nothing_there(house, aminata):
    """Who types it where all read it is led to a private talk; nothing of it is used up."""
    payload = await invites(aminata, "Membre", "🌐 Partout", "1 personne", "7 jours")
    moussa = house.phone("Moussa")
    await moussa.settles_in("Français", HERE)
    group = await house.new_group("Foyer", "Moussa", "Aminata", kind="group")
    await house.adds_bot(group, by="Aminata")
    await aminata.look()
    await aminata.presses("🗣 Français")

    await moussa.types(f"/start@enndam_test_bot {payload}", chat_id=group)
    await moussa.look(group)

    assert moussa.text == "Ici, tout le monde lit.\nContinuons en privé."
    assert await role_of(house, moussa) == "visitor"
    assert await house.database.read(lambda session: session.scalars(select(Invitation)).one().uses) == 0


async def test_a_link_never_takes_a_role_away(house, aminata):
    payload = await invites(aminata, "Membre", "🌐 Partout", "10 personnes", "7 jours")

    await aminata.types(f"/start {payload}")

    assert await role_of(house, aminata) == "coordinator"


# ---- asking to join
@both_languages
@pytest.mark.parametrize(
    ("answer", "told", "role"),
    [
        ("✅ Accepter", {"Français": "✅ Bienvenue ! Tu es membre maintenant.",
                         "Bamanankan": "✅ I bisimila! I kɛra tɔnden ye."}, "member"),
        ("🙅 Pas maintenant", {"Français": "🙏 Pas maintenant, pardon.\nTu peux toujours poser tes questions.",
                               "Bamanankan": "🙏 Sisan tɛ, hakɛto.\nI bɛ se ka ɲininkali kɛ tuma bɛɛ."}, "visitor"),
    ],
)  # fmt: skip
async def test_row_93_one_tap_asks_and_one_tap_answers(house, aminata, language, answer, told, role):
    moussa = house.phone("Moussa")
    await moussa.settles_in(language, HERE)

    await moussa.presses({"Français": "🙋 Devenir membre", "Bamanankan": "🙋 Kɛ tɔnden ye"}[language])
    await aminata.look()
    card = aminata.text
    await aminata.presses(answer)
    await moussa.look()

    assert card == "🙋 Moussa veut devenir membre.\n📍 Île-de-France"
    assert moussa.text == told[language]
    assert await role_of(house, moussa) == role
    assert aminata.text.endswith({"member": "✅ 🛡 Aminata a dit oui.", "visitor": "🙅 🛡 Aminata a dit non."}[role])


async def test_two_coordinators_decide_at_once_and_one_decision_counts(house, aminata):
    bakary = await house.new_phone("Bakary", person_id=BAKARY)
    await bakary.settles_in("Français", "🌉 Bamako")
    moussa = house.phone("Moussa")
    await moussa.settles_in("Français", HERE)
    await moussa.presses("🙋 Devenir membre")
    await aminata.look()
    await bakary.look()

    await asyncio.gather(aminata.presses("✅ Accepter"), bakary.presses("🙅 Pas maintenant"))
    await moussa.look()

    answers = [text for text in said(moussa) if text.startswith(("✅ Bienvenue ! Tu es membre", "🙏 Pas maintenant"))]
    told = [text for text in said(aminata) + said(bakary) if text.endswith("a déjà répondu.")]
    assert len(answers) == len(told) == 1


async def test_row_93_a_request_nobody_decides_comes_back(house, aminata):
    moussa = house.phone("Moussa")
    await moussa.settles_in("Français", HERE)
    await moussa.presses("🙋 Devenir membre")
    await moussa.types("/start")
    await moussa.presses("🙋 Devenir membre")
    await aminata.look()
    before = len(aminata.all_texts("🙋 Moussa"))

    await house.passes(hours=24)
    await aminata.look()

    assert (before, len(aminata.all_texts("🙋 Moussa"))) == (1, 2)


# ---- a chosen person
async def test_a_person_is_chosen_with_telegrams_own_chooser(house, aminata):
    await house.phone("Fanta").settles_in("Français", "🌉 Bamako")
    await aminata.types("/inviter")

    await aminata.presses("👤 Choisir quelqu'un")
    await aminata.shares_users(1, house.phone("Fanta").id)
    known = aminata.text
    await aminata.types("/inviter")
    await aminata.presses("👤 Choisir quelqu'un")
    await aminata.shares_users(1, 5001, names={"5001": "Salif"})

    assert known.startswith("Fanta\n🎖 Visiteur\n📍 Bamako")
    assert aminata.text.startswith("Cette personne ne m'a pas encore écrit.\nPasse-lui ce lien :\nhttps://t.me/")


# ---- a list
async def sends_list(house, aminata, content, name="liste.csv"):
    await aminata.types("/inviter")
    await aminata.presses("📄 Une liste")
    stored = house.world.store_file("document", content, name, "text/csv")
    document = {"file_id": stored.file_id, "file_unique_id": stored.file_unique_id, "file_name": name,
                "file_size": len(content)}  # fmt: skip
    await aminata.sends(document=document)


def report_of(house, aminata):
    document = aminata.screen["document"]
    return house.world.files[document["file_id"]].content.decode("utf-8-sig")


async def test_row_94_a_list_gives_each_a_link_and_names_every_bad_row(house, aminata):
    rows = "Prénom;Lieu;Langue;Téléphone\nAwa;Bamako;Bamanankan;76 12 34 56\n;Bamako;;\nOumar;Tombouctou;;\nKadi;;klingon;\n" \
           "Binta;Bamako;;06 12 34 56 78\nAwa;Bamako;;76 12 34 56\n=cmd();;;\n"  # fmt: skip

    await sends_list(house, aminata, rows.encode())
    caption, report = aminata.screen["caption"].splitlines(), report_of(house, aminata)

    assert caption == [
        "✅ 1 nouvelle invitation.", "⚠️ 6 lignes à corriger :", "• ligne 3 : pas de prénom ",
        "• ligne 4 : lieu inconnu Tombouctou",
        "• ligne 5 : langue inconnue klingon", "• ligne 6 : numéro faux 06 12 34 56 78", "• ligne 7 : déjà à la ligne 2",
        "• ligne 8 : prénom illisible =cmd()", "📄 Le lien de chacun est dans ce document.",
    ]  # fmt: skip
    assert re.search(r"^2;Awa;https://t\.me/enndam_test_bot\?start=i-[\w-]{22};", report, re.MULTILINE)
    assert not re.search(r"^[=+@]|;[=+@]", report, re.MULTILINE)


@both_languages
async def test_row_94_who_comes_by_their_own_link_is_known_at_once(house, aminata, language):
    row = f"Prénom;Lieu;Langue;Téléphone\nMoussa;Bamako;{language};76 12 34 56\n"
    await sends_list(house, aminata, row.encode())
    payload = re.search(r"start=(i-[\w-]{22})", report_of(house, aminata)).group(1)
    moussa = house.phone("Moussa")

    await moussa.types(f"/start {payload}")

    member = await house.database.read(lambda session: members.by_telegram_id(session, moussa.id))
    assert (member.role, member.place, member.first_name) == ("member", "bamako", "Moussa")
    assert member.phone is None  # only they give their number
    assert any(text.startswith(("🔒 Tes informations", "🔒 I ka kunnafoniw")) for text in said(moussa))
    assert CAME_IN[language] in said(moussa)


async def test_row_94_the_same_list_again_changes_nothing_twice(house, aminata):
    rows = "Prénom;Lieu\nAwa;Bamako\nBinta;Koniakary\n".encode()
    await sends_list(house, aminata, rows)
    first = report_of(house, aminata)

    await sends_list(house, aminata, rows)

    assert aminata.screen["caption"].startswith("✅ 0 nouvelle invitation.\n2 personnes étaient déjà invitées.")
    assert report_of(house, aminata) == first
    assert await house.database.read(lambda session: len(session.scalars(select(Invitation)).all())) == 2


async def test_row_94_a_workbook_is_read_too(house, aminata):
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate([["Tɔgɔ", "Yɔrɔ"], ["Awa", "Bamakɔ"], ["Djénéba", "Koniakary"]]):
            sheet.write_row(at, 0, row)

    await sends_list(house, aminata, content.getvalue(), "liste.xlsx")

    assert aminata.screen["caption"].startswith("✅ 2 nouvelles invitations.")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "📄 Cette liste est vide."),
        (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n\x00\x01", "📄 Je ne sais pas lire ce document.\nEnvoie un tableau, comme l'exemple."),
        ("Prénom\n".encode() + b"Awa\n" * 10**6, "📄 Ce document est trop lourd."),
        ("Prénom\n".encode() + b"Awa\n" * 2500, "📄 Trop de lignes : 2000 au plus."),
    ],
    ids=["empty", "pdf", "million", "many"],
)  # fmt: skip
async def test_a_list_that_cannot_be_read_is_told_and_asked_for_again(house, aminata, content, told):
    await sends_list(house, aminata, content)
    first = aminata.text
    await aminata.types("et maintenant ?")

    assert first == told
    assert aminata.text == "📄 J'attends ta liste."
    assert await house.database.read(invitations.never_came) == []


# ---- the first coordinator
@pytest.fixture
async def unnamed(house):
    """The house as it first starts where no coordinator is named."""
    await house.close()
    house.settings = dataclasses.replace(house.settings, coordinator_ids=())
    await house.open()
    return house


async def test_the_first_link_makes_one_coordinator_and_never_a_second(unnamed):
    link = next(line for line in unnamed.announced if "start=i-" in line)
    payload = link.rsplit("start=", 1)[1]
    fanta, demba = unnamed.phone("Fanta"), unnamed.phone("Demba")

    await fanta.types(f"/start {payload}")
    await fanta.presses("Français")
    await fanta.presses("🌉 Bamako")
    await demba.settles_in("Français", HERE)
    await demba.types(f"/start {payload}")
    await unnamed.close()
    await unnamed.open()
    await fanta.types("🏠")

    assert await role_of(unnamed, fanta) == "coordinator"
    assert await role_of(unnamed, demba) == "visitor"
    assert sum("start=i-" in line for line in unnamed.announced) == 1
    assert "🛡 Équipe" in fanta.labels


async def test_an_old_link_does_not_give_back_a_role_that_was_taken(house, aminata):
    committee = await invites(aminata, "Comité technique", "🌐 Partout", "10 personnes", "30 jours")
    member = await invites(aminata, "Membre", "🌐 Partout", "10 personnes", "30 jours")
    moussa = house.phone("Moussa")
    await moussa.settles_in("Français", HERE)
    for payload in (committee, member):
        await moussa.types(f"/start {payload}")
    known = await house.database.read(lambda session: members.by_telegram_id(session, moussa.id))
    await aminata.presses_data(callbacks.SetRole(known.id, "visitor").pack())

    for payload in (committee, member, committee):
        await moussa.types(f"/start {payload}")

    assert await role_of(house, moussa) == "visitor"


async def test_before_the_welcome_is_over_a_link_opens_no_door(house, aminata):
    payload = await invites(aminata, "Comité technique", "🌐 Partout", "1 personne", "7 jours")
    demba = house.phone("Demba")

    await demba.types(f"/start {payload}")
    await demba.types("/membres")

    assert not demba.text.startswith("👥")


async def test_h6_locked_out_stays_locked_out_through_an_erasure(house, aminata):
    demba = house.phone("Demba")
    await demba.settles_in("Français", HERE)
    for number in range(4):
        await demba.types(f"/start i-{number:022}")
    await demba.presses_data(callbacks.Erase(int(house.simulator.clock.now().timestamp())).pack())
    await demba.settles_in("Français", HERE)
    await demba.types(f"/start i-{9:022}")
    await aminata.look()

    assert "⚠️ Quelqu'un essaie des invitations au hasard.\nJe ne l'écoute plus." in said(aminata)


@both_languages
async def test_every_invitation_that_holds_can_be_taken_back(house, aminata, language):
    await aminata.types("/langue")
    await aminata.presses(language)
    for _ in range(8):
        await aminata.presses_data(callbacks.Invite(10, 7, "member", "-").pack())
    await aminata.presses_data(callbacks.Open("invitations").pack())

    running = [label for label in aminata.labels if "0/10" in label]
    assert len(running) == 8
