"""What is kept is shown whole, erased whole, forgotten in time; canaries are looked for in every file."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from bot import callbacks, jobs
from bot.domain import members, outbox, privacy
from db.models import Announcement, Asking, Base, Delivery, Mark, Meeting, Member, Need, Question
from tests.conftest import BAKARY, HERE, until
from tests.handlers import test_announcements, test_library, test_meetings, test_volunteers

BEGINS = {"fr": ("Français", HERE), "bm": ("Bamanankan", HERE)}
PERSON = {"fr": "👤 Demander à quelqu'un", "bm": "👤 Mɔgɔ dɔ ɲininka"}
CANARY = "Kanari"  # what Salif is called; nobody and nothing else bears this name
SECRET = "qwzxv canari-secret-words blorf"
PHONE = "33698000111"
NUMBER = 770_055_123_456  # no instant of any row has these digits by chance
both_languages = pytest.mark.parametrize("language", ["fr", "bm"])


@pytest.fixture
def locales_dir(fewer_phrasings):
    """Fewer phrasings: answers are not what is tested here."""
    return fewer_phrasings


@pytest.fixture
async def salif(house, aminata, language):
    """Somebody who has left a trace in every table a person can leave one in."""
    phone = await house.new_phone(CANARY, person_id=NUMBER)
    await phone.settles_in(*BEGINS[language])
    await phone.presses_data(callbacks.Join().pack())
    await aminata.look()
    await aminata.presses("✅ Accepter")
    await phone.presses_data(callbacks.Tell("phone").pack())
    await phone.shares_contact(PHONE)
    await phone.presses_data(callbacks.Hear(0, "news").pack())
    await phone.types(SECRET)
    await phone.presses(PERSON[language])
    await phone.types("/start i-AAAAAAAAAAAAAAAAAAAAAA")
    await phone.types("/inconnu canari-raw-update")
    return phone


def sure(house):
    """What the red button says while it is fresh."""
    return callbacks.Erase(int(house.simulator.clock.now().timestamp())).pack()


async def member_of(house, phone):
    return await house.database.read(lambda session: members.by_telegram_id(session, phone.id))


def everything(house):
    """Return the text of every row of every table."""

    def dump(session):
        rows = []
        for table in Base.metadata.sorted_tables:
            rows += [f"{table.name} {tuple(row)}" for row in session.execute(select(table))]
        return "\n".join(rows)

    return house.database.read(dump)


def files_of(house):
    """Return the bytes of every file the bot has written."""
    folders = [Path(house.settings.data_dir), *([Path(house.database.url.database).parent] if house.database.is_sqlite else [])]
    return b"".join(path.read_bytes() for folder in folders for path in sorted(folder.rglob("*")) if path.is_file())


def document_of(house, phone):
    sent = next(message["document"] for message in reversed(phone.bot_messages) if "document" in message)
    return json.loads(house.world.files[sent["file_id"]].content)


@both_languages
async def test_row_110_j3_all_of_a_person_is_shown_and_nothing_of_others(house, aminata, salif, language):
    await house.phone("Moussa").settles_in("Français", HERE)
    await house.phone("Moussa").types("un autre secret de Moussa")
    await house.phone("Moussa").presses("👤 Demander à quelqu'un")

    await salif.types("/mesdonnees")
    shown, document = salif.screen["caption"], document_of(house, salif)

    written = json.dumps(document, ensure_ascii=False)
    assert shown.splitlines()[0] == {"fr": "📄 Ce que je garde de toi", "bm": "📄 N bɛ min mara i ko la"}[language]
    assert f"👤 {CANARY}" in shown and f"☎️ +{PHONE}" in shown
    assert {"members", "mutes", "join_requests", "questions", "question_messages", "askings"} <= set(document)
    assert document["members"][0]["telegram_id"] == salif.id
    assert document["questions"][0]["text"] == SECRET
    assert "Moussa" not in written and "Aminata" not in written.replace('"name": "Aminata"', "")
    assert not re.search(rf"(?<!\d){house.phone('Moussa').id}(?!\d)", written)


async def test_j3_what_one_did_in_any_feature_is_in_it_once_and_what_others_did_is_not(people):
    """Moussa and Fanta do the same: come to a meeting, help, vote, travel, can cook, read an announcement."""
    await test_meetings.invites(people)
    await test_volunteers.calls(people)
    await test_library.asks(people)
    await test_announcements.announces(people)
    await test_announcements.sends(people)
    ids = await people.database.read(lambda session: [session.scalar(select(one.id)) for one in (Meeting, Need, Announcement)])
    for name in ("Moussa", "Fanta"):
        for press in (
            callbacks.AnswerMeeting(ids[0], 1, 0, "yes"), callbacks.SignUp(ids[1], 1, 1), callbacks.Vote(1, 0),
            callbacks.TellTrip("bamako", "2026-12-01", "2026-12-20"), callbacks.HaveSkill(1, "cooking"), callbacks.Saw(ids[2]),
        ):  # fmt: skip
            await people.phone(name).presses_data(press.pack())

    await people.phone("Moussa").types("/mesdonnees")
    document = document_of(people, people.phone("Moussa"))

    tables = ("rsvps", "signups", "poll_votes", "trips", "skills", "announcement_seen")
    assert {table: len(document.get(table, [])) for table in tables} == dict.fromkeys(tables, 1)
    written = json.dumps(document, ensure_ascii=False)
    assert "Fanta" not in written and not re.search(rf"(?<!\d){people.phone('Fanta').id}(?!\d)", written)


@both_languages
async def test_row_110_j1_two_taps_erase_everything_and_totals_stay(house, aminata, salif, language):
    before = await house.database.read(lambda session: session.scalar(select(func.count()).select_from(Question)))
    asked = await house.database.read(lambda session: session.scalar(select(func.count()).select_from(Asking)))
    traces = await everything(house)
    member_id = (await member_of(house, salif)).id

    await salif.types("/effacer")
    asked_sure = salif.text
    await salif.presses({"fr": "🗑 Oui, efface tout", "bm": "🗑 Awɔ, bɛɛ jɔsi"}[language])
    rows, told = await everything(house), salif.text
    await house.close()
    files = files_of(house)
    await house.open()
    await aminata.look()

    assert traces.count(CANARY) >= 2 and SECRET in traces  # the bait
    assert asked_sure.splitlines()[-1] == {"fr": "Cela ne revient pas.", "bm": "U tɛ segin tugun."}[language]
    assert told == {"fr": "✅ Tout est effacé. Au revoir !", "bm": "✅ Bɛɛ jɔsira. K'an bɛn!"}[language]
    for canary in (CANARY, SECRET, "canari-raw-update", str(salif.id), PHONE, "blorf"):
        assert canary not in rows, canary
        assert canary.encode() not in files, canary
    assert await house.database.read(lambda session: session.get(Member, member_id)) is None
    assert await house.database.read(lambda session: session.scalar(select(func.count()).select_from(Question))) == before
    assert await house.database.read(lambda session: session.scalar(select(func.count()).select_from(Asking))) == asked
    seen = [message.get("text", "") for message in aminata.bot_messages]
    assert not any(CANARY in words or SECRET in words for words in seen)
    assert seen.count("🔒 Cette personne a tout effacé.") == 2  # the question's card and the request's


@both_languages
async def test_row_110_j1_what_was_queued_is_dropped_at_once(house, aminata, salif, language):
    def queue(session):
        now = house.simulator.clock.now()
        for number in range(500):
            outbox.put(session, chat_id=salif.id, view="members.welcome", lane=3, now=now, not_before=now.replace(hour=23),
                       dedupe_key=f"canary:{number}")  # fmt: skip

    await house.database.transaction(queue)
    said = len(salif.bot_messages)

    await salif.presses_data(sure(house))
    await house.passes(hours=15)
    await salif.look()

    assert len(salif.bot_messages) <= said + 1
    open_ones = select(func.count()).where(Delivery.state.in_(outbox.OPEN))
    assert await house.database.read(lambda session: session.scalar(open_ones)) == 0
    all_of_them = select(func.count()).where(Delivery.state == "cancelled", Delivery.chat_id == privacy.NOBODY)
    assert await house.database.read(lambda session: session.scalar(all_of_them)) == 500


@pytest.mark.parametrize("language", ["fr"])
async def test_j1_what_is_in_flight_ends_and_forgets_whose_it_was(house, aminata, salif):
    """Five hundred are due, the first is on its way for two seconds: it may arrive, no other does, and nothing says to whom."""
    await house.post("/sim/faults", {"kind": "stall", "method": "sendMessage", "chat_id": salif.id, "seconds": 2})

    def queue(session):
        for number in range(500):
            outbox.put(session, chat_id=salif.id, view="members.welcome", lane=3, now=house.simulator.clock.now(),
                       dedupe_key=f"canary:{number}")  # fmt: skip

    await house.database.transaction(queue)
    house.machine.worker.wake()
    await until(lambda: any(fault.times == 0 for fault in house.simulator.faults.planned), "one to be on its way")
    said = len(salif.bot_messages)

    await salif.presses_data(sure(house))
    await house.settled()
    await jobs.housekeeping(house.machine)
    await salif.look()

    assert len(salif.bot_messages) <= said + 2  # the one in flight, and the good-bye
    states = select(Delivery.state, func.count()).where(Delivery.view == "members.welcome", Delivery.lane == 3)
    counted = await house.database.read(lambda session: session.execute(states.group_by(Delivery.state)).all())
    assert sorted(map(tuple, counted)) == [("cancelled", 499), ("sent", 1)]
    assert str(salif.id) not in await everything(house)


@both_languages
async def test_row_110_who_asked_the_same_is_still_answered(house, aminata, salif, language):
    fanta = house.phone("Fanta")
    await fanta.settles_in(*BEGINS[language])
    await fanta.types(SECRET)
    await fanta.presses(PERSON[language])

    await salif.presses_data(sure(house))
    await aminata.types("/questions")

    assert aminata.text == "📥 1 question attend une réponse."
    assert aminata.labels[0].endswith("· Fanta")


@pytest.mark.parametrize("language", ["fr"])
async def test_row_110_j2_an_older_copy_is_erased_anew_before_anybody_is_answered(house, aminata, salif):
    await salif.presses_data(sure(house))
    marks = house.machine.erasures.read()
    await house.close()

    def put_back(session):
        now = house.simulator.clock.now()
        session.execute(Mark.__table__.delete().where(Mark.kind == "erased"))
        session.add(Member(telegram_id=salif.id, first_name=CANARY, joined_at=now.replace(hour=1), seen_at=now, role="member"))

    await house.database.transaction(put_back)
    await house.open()

    assert len(marks) == 1
    assert await member_of(house, salif) is None
    assert CANARY not in await everything(house)


@pytest.mark.parametrize("language", ["fr"])
async def test_j10_whoever_comes_back_after_an_erasure_is_somebody_new(house, aminata, salif):
    await salif.presses_data(sure(house))
    house.simulator.clock.set(house.simulator.clock.now().replace(hour=12))

    await salif.settles_in("Français", HERE)
    await house.close()
    await house.open()

    member = await member_of(house, salif)
    assert (member.role, member.phone) == ("visitor", None)


@both_languages
async def test_j7_after_two_silent_years_one_is_asked_then_forgotten(house, aminata, salif, language):
    fanta = house.phone("Fanta")
    await fanta.settles_in(*BEGINS[language])

    await _years_pass(house, days=731)
    await salif.look()
    await fanta.look()
    asked = salif.text
    await fanta.presses({"fr": "✅ Je reste", "bm": "✅ N bɛ to yan"}[language])
    await _years_pass(house, days=31)

    assert asked.startswith({"fr": "👋 Deux ans sans un mot de toi.", "bm": "👋 San fila, i ma foyi fɔ."}[language])
    assert await member_of(house, salif) is None
    assert await member_of(house, fanta) is not None
    assert (await member_of(house, aminata)).role == "coordinator"


async def _years_pass(house, **period):
    await house.passes(**period)
    await jobs.housekeeping(house.machine)
    house.machine.worker.wake()
    await house.settled()


def test_every_column_stands_in_the_data_map():
    mapped = {table: kept.plain | set(kept.personal) for table, kept in privacy.data_map().items()}

    assert mapped == {table.name: {column.name for column in table.columns} for table in Base.metadata.sorted_tables}


def test_every_personal_column_says_why_on_what_basis_and_how_long():
    bases = {"interest", "consent", "duty"}

    for table, kept in privacy.data_map().items():
        for column, said in kept.personal.items():
            assert len(said) == 3 and all(said), f"{table}.{column}"
            assert said[1] in bases, f"{table}.{column}"


@both_languages
async def test_j1_j6_canaries_are_in_no_log(house, aminata, salif, language, caplog):
    caplog.set_level("DEBUG")
    await salif.types(SECRET + " encore")
    await salif.presses_data(sure(house))

    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith(("bot", "handlers", "db")))
    assert "deliveries settled" in ours  # the bait: things were logged
    for canary in (CANARY, "blorf", PHONE):
        assert canary not in ours


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("language", ["fr"])
async def test_j1_the_write_ahead_log_holds_nothing_either(house, aminata, salif):
    assert SECRET.encode() in files_of(house)

    await salif.presses_data(sure(house))

    assert SECRET.encode() not in files_of(house)
    assert await house.database.read(lambda session: session.scalar(text("PRAGMA secure_delete"))) is not None


@both_languages
async def test_an_old_red_button_asks_again(house, aminata, salif, language):
    old = sure(house)
    await house.passes(hours=2)

    await salif.presses_data(old)

    assert salif.text.splitlines()[-1] == {"fr": "Cela ne revient pas.", "bm": "U tɛ segin tugun."}[language]
    assert await member_of(house, salif) is not None


@pytest.mark.parametrize("language", ["fr"])
async def test_what_waits_for_the_morning_does_not_outlive_its_person(house, aminata, salif):
    house.simulator.clock.set(house.simulator.clock.now().replace(hour=22))
    await salif.types("zzz nuit qqq xxw canari-de-nuit")
    await salif.presses(PERSON["fr"])

    await salif.presses_data(sure(house))
    await house.passes(hours=12)
    await aminata.look()

    assert not any("canari-de-nuit" in message.get("text", "") for message in aminata.bot_messages)


@pytest.mark.parametrize("language", ["fr"])
async def test_j10_a_number_never_comes_to_mean_somebody_else(house, aminata, salif):
    number = (await member_of(house, salif)).id
    await salif.presses_data(sure(house))
    await house.phone("Demba").settles_in("Français", HERE)

    await aminata.presses_data(callbacks.SetRole(number, "coordinator").pack())

    assert (await member_of(house, house.phone("Demba"))).role == "visitor"


@pytest.mark.parametrize("language", ["fr"])
async def test_whoever_blocks_after_an_erasure_is_not_made_known_again(house, aminata, salif):
    await salif.presses_data(sure(house))

    await salif.blocks()
    await house.settled()

    assert await member_of(house, salif) is None


async def test_a_coordinator_who_erases_themselves_leaves_no_number_behind(house, aminata):
    bakary = await house.new_phone("Bakary", person_id=BAKARY)
    await bakary.settles_in("Français", HERE)
    await bakary.types("/annonces")
    await bakary.presses("➕ Nouvelle annonce")
    await bakary.types("Réunion samedi.")
    await bakary.presses("👀 Voir avant d'envoyer")
    await bakary.presses("✅ Envoyer")
    await house.passes(seconds=31)
    await bakary.types("/inviter")
    await bakary.presses("🔗 Lien et affiche")
    bait = await everything(house)

    await bakary.presses_data(sure(house))
    await house.passes(seconds=11)
    await jobs.housekeeping(house.machine)

    assert re.search(rf"\b{BAKARY}\b", bait)
    left = await everything(house)
    assert not re.search(rf"\b{BAKARY}\b", left), re.search(rf".*\b{BAKARY}\b.*", left).group()
    assert "Bakary" not in left
