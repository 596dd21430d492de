"""Groups: one notice, linked or left; nothing private; followed when they move; nobody who hides is anybody."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot import callbacks
from bot.domain import outbox
from db.models import Chat, Lane, Member
from tests.conftest import HERE

HELLO = (
    "👋 Bonjour ! Un responsable doit dire oui, puis je parle ici.\nSinon, je pars demain.\n\n"
    "👋 Aw ni ce! Ni ɲɛmɔgɔ dɔ sɔnna, n bɛna kuma yan.\nN'o tɛ, n bɛna bɔ yan sini."
)
WORDS = {
    "Français": {"waiting": "💬 Je suis dans un groupe : Foyer.\nEn quelle langue y parler ?\n"
                            "Sans réponse, je pars dans 24 heures.",
                 "linked": "💬 Foyer\n🗣 Bamanankan\nCe groupe reçoit :", "both": "🗣 Toutes les langues",
                 "left": "💬 Foyer\nJe n'y suis plus."},
    "Bamanankan": {"waiting": "💬 N bɛ kulu dɔ la: Foyer.\nN ka kuma kan jumɛn na?\nNi jaabi ma sɔrɔ, n bɛna bɔ sini.",
                   "linked": "💬 Foyer\n🗣 Bamanankan\nNin kulu bɛ min sɔrɔ:", "both": "🗣 Kan bɛɛ",
                   "left": "💬 Foyer\nN tɛ yen tugun."},
}  # fmt: skip
both_languages = pytest.mark.parametrize("language", list(WORDS))


@pytest.fixture
def locales_dir(fewer_phrasings):
    """Fewer phrasings: answers are not what is tested here."""
    return fewer_phrasings


@pytest.fixture
def language():
    """What Aminata reads, unless a test says otherwise."""
    return "Français"


@pytest.fixture
async def aminata(house, language):
    phone = house.phone("Aminata")
    await phone.settles_in(language, HERE)
    return phone


@pytest.fixture
async def foyer(house, aminata):
    """A group somebody has put the bot into."""
    group = await house.new_group("Foyer", "Demba", "Moussa", "Aminata", kind="group")
    await house.adds_bot(group, by="Demba")
    await aminata.look()
    return group


async def seen_in(house, chat_id):
    phone = house.phone("Moussa")
    await phone.look(chat_id)
    return [message["text"] for message in phone.bot_messages]


async def chat_of(house, chat_id):
    return await house.database.read(lambda session: session.get(Chat, chat_id))


@both_languages
async def test_row_100_h11_one_notice_then_silence_then_it_leaves(house, aminata, foyer, language):
    asked = aminata.text
    await house.phone("Demba").types("Bonjour à tous", chat_id=foyer)
    await house.phone("Demba").types("Qui vient ?", chat_id=foyer)
    before = await seen_in(house, foyer)
    await house.passes(hours=23)
    still = (await chat_of(house, foyer)).state
    await house.passes(hours=2)
    await aminata.look()

    assert asked == WORDS[language]["waiting"]
    assert before == [HELLO]
    assert (still, (await chat_of(house, foyer)).state) == ("waiting", "left")
    assert not house.world.chats[foyer].bot_is_member
    assert aminata.text == WORDS[language]["left"]


@both_languages
async def test_row_100_a_coordinator_links_it_in_one_tap(house, aminata, foyer, language):
    await aminata.presses("🗣 Bamanankan")
    linked = (aminata.text, aminata.labels[:4])
    await aminata.presses(aminata.labels[3])
    await house.passes(hours=48)

    assert linked[0] == WORDS[language]["linked"]
    assert all(label.startswith("🔔 ") for label in linked[1])
    chat = await chat_of(house, foyer)
    assert (chat.state, chat.languages, chat.kinds) == ("linked", ["bm"], ["meetings", "delegations", "volunteering"])
    assert house.world.chats[foyer].bot_is_member
    assert await seen_in(house, foyer) == [HELLO]


async def test_all_languages_and_leaving_by_a_tap(house, aminata, foyer):
    await aminata.presses("🗣 Toutes les langues")
    languages = (await chat_of(house, foyer)).languages
    await aminata.types("/groupes")
    await aminata.presses("💬 Foyer")
    await aminata.presses("🚪 Quitter ce groupe")

    assert languages == ["fr", "bm"]
    assert not house.world.chats[foyer].bot_is_member


async def test_only_coordinators_link(house, aminata, foyer):
    demba = house.phone("Demba")
    await demba.settles_in("Français", HERE)

    await demba.presses_data(callbacks.LinkChat(foyer, "fr").pack())
    in_private = demba.text
    await demba._act("press", message_id=1, data=callbacks.LinkChat(foyer, "fr").pack(), chat_id=foyer)

    assert in_private == "Seul un responsable peut faire cela."
    assert (await chat_of(house, foyer)).state == "waiting"


@pytest.mark.parametrize(
    ("command", "screen", "language"),
    [("/moi", "s-me", "Français"), ("/membres", "s-directory", "Bamanankan"), ("/questions", "s-waiting", "Français"),
     ("/mesdonnees", "s-data", "Bamanankan"), ("/nimporte", "group", "Français")],
)  # fmt: skip
async def test_row_101_private_things_go_on_in_private_at_the_right_screen(house, aminata, foyer, command, screen, language):
    await aminata.types(command, chat_id=foyer)  # nobody has linked the group yet: not a word
    await aminata.presses("🗣 Bamanankan")
    await aminata.types(command, chat_id=foyer)
    await aminata.look(foyer)
    told = aminata.screen

    assert told["text"] == {"Français": "Ici, tout le monde lit.\nContinuons en privé.",
                            "Bamanankan": "Yan, bɛɛ bɛ se k'a kalan.\nAn ka taa ɲɛ an fila cɛ."}[language]  # fmt: skip
    assert told["reply_markup"]["inline_keyboard"][0][0]["url"] == f"https://t.me/enndam_test_bot?start={screen}"
    assert [message["text"] for message in aminata.bot_messages] == [HELLO, told["text"]]


@pytest.mark.parametrize(
    ("screen", "begins"),
    [("s-directory", "👥 1 personne"), ("s-me", "👤 Moi : 🛡 Aminata"), ("s-waiting", "✅ Aucune question n'attend."),
     ("s-invite", "✉️ Inviter"), ("s-nowhere", "🏠 Accueil")],
)  # fmt: skip
async def test_row_101_the_deep_link_opens_that_screen(house, aminata, screen, begins):
    await aminata.types(f"/start {screen}")

    assert aminata.text.startswith(begins) or begins == "🏠 Accueil"


async def test_row_101_a_deep_link_opens_nothing_to_who_may_not(house, aminata):
    demba = house.phone("Demba")
    await demba.settles_in("Français", HERE)

    await demba.types("/start s-directory")

    assert demba.text == "Seul un responsable peut faire cela."


async def test_h5_a_hidden_administrator_is_nobody(house, aminata):
    group = await house.new_group("Grand foyer", "Aminata", "Moussa", kind="supergroup")
    await house.adds_bot(group, by="Moussa")
    await aminata.look()
    await aminata.presses("🗣 Français")

    await aminata.types_hidden("/questions@enndam_test_bot", group)

    assert "Ici, tout le monde lit.\nContinuons en privé." in await seen_in(house, group)
    assert not await house.database.read(
        lambda session: session.scalars(select(Member).where(Member.telegram_id == 1087968824)).all()
    )


@pytest.mark.parametrize("order", ["told", "refused"])
async def test_b13_a_group_that_moves_keeps_everything(house, aminata, foyer, order):
    await aminata.presses("🗣 Bamanankan")
    if order == "refused":
        await house.close()
    moved = await house.migrates(foyer, by="Demba") if order == "told" else await _moves_unseen(house, foyer)
    if order == "refused":
        house.world.updates.clear()
        await house.open()

    def queue(session):
        outbox.put(session, chat_id=foyer, view="groups.hello", lane=Lane.BROADCAST, now=house.simulator.clock.now())

    await house.database.transaction(queue if order == "refused" else lambda session: None)
    house.machine.worker.wake()
    await house.settled()

    old, new = await chat_of(house, foyer), await chat_of(house, moved)
    assert (old.state, old.moved_to) == ("moved", moved)
    assert (new.state, new.languages, new.title) == ("linked", ["bm"], "Foyer")
    if order == "refused":
        assert await seen_in(house, moved) == [HELLO]


async def test_b13_refused_and_told_at_once_nothing_is_lost_or_doubled(house, aminata, foyer):
    """While we were away the group moved: what Telegram tells of it and its refusal of what waits meet."""
    await aminata.presses("🗣 Bamanankan")
    await house.close()
    now = house.simulator.clock.now()
    moved = (await house.post(f"/sim/groups/{foyer}/migrate", {"by": house.phone("Demba").id}))["id"]
    await house.database.transaction(lambda session: [
        outbox.put(session, chat_id=foyer, view="groups.hello", lane=lane, now=now) for lane in (Lane.URGENT, Lane.BROADCAST)
    ])  # fmt: skip
    await house.open()
    await house.settled()

    old, new = await chat_of(house, foyer), await chat_of(house, moved)
    assert (old.state, old.moved_to, new.state, new.languages) == ("moved", moved, "linked", ["bm"])
    assert await seen_in(house, moved) == [HELLO] * 2


async def _moves_unseen(house, group):
    return (await house.post(f"/sim/groups/{group}/migrate", {}))["id"]


async def test_taken_out_and_put_back_it_asks_again(house, aminata, foyer):
    await house.removes_bot(foyer, by="Demba")
    gone = (await chat_of(house, foyer)).state

    await house.adds_bot(foyer, by="Demba")

    assert (gone, (await chat_of(house, foyer)).state) == ("left", "waiting")


async def test_j9_privacy_is_told_in_a_group_too(house, aminata, foyer):
    await house.phone("Demba").types("/confidentialite", chat_id=foyer)

    notice = (await seen_in(house, foyer))[-1]
    assert notice.startswith("🔒 Tes informations")


async def test_f16_a_start_with_anything_behind_it_is_a_plain_welcome(house, aminata):
    demba = house.phone("Demba")
    await demba.settles_in("Français", HERE)

    for hostile in ("x" * 64, "../../etc", "{0.__class__}", "s-", "i", "💥", "s-" + "y" * 60):
        await demba.types(f"/start {hostile}")
        assert demba.text.startswith(("🏠 Accueil", "Ce bouton est ancien.")), hostile


async def test_what_is_said_to_another_bot_is_not_answered(house, aminata, foyer):
    await aminata.presses("🗣 Français")

    await house.phone("Demba").types("/kick@autre_bot", chat_id=foyer)
    await house.phone("Demba").types("/aide@enndam_test_bot", chat_id=foyer)

    assert await seen_in(house, foyer) == [HELLO, "Ici, tout le monde lit.\nContinuons en privé."]


async def test_the_card_of_a_group_that_moved_still_links_it(house, aminata, foyer):
    moved = await house.migrates(foyer, by="Demba")
    await aminata.look()

    await aminata.presses("🗣 Bamanankan")

    assert (await chat_of(house, moved)).state == "linked"
