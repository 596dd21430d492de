"""Copies that restore: verified before they count, put back without a second wave, erasures kept."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from conftest import HERE
from sqlalchemy import select, text

from bot import __main__ as door
from bot import app, backups, jobs
from bot.domain import health, marks, members, outbox
from bot.errors import SettingsError
from bot.sample import MOUSSA
from db import schema
from db.engine import Database
from db.models import Delivery, DeliveryState, InboxUpdate, Lane
from tests.handlers.test_announcements import FRENCH, announces, copies, sends

both_languages = pytest.mark.parametrize("language", ["fr", "bm"])
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def locales_dir(fewer_phrasings):
    """Fewer phrasings: answers are not what is tested here."""
    return fewer_phrasings


async def copied(house, tmp_path):
    """A verified copy of the living house."""
    return backups.make(house.database, tmp_path / "backups", now=house.machine.clock.now())


async def put_back(house, path):
    """The house is closed, the copy takes its place, the house opens again; returns how many messages wait."""
    now = house.machine.clock.now()
    await house.close()
    number = backups.restore(house.database, path, now=now, bring_up_to_date=app.bring_up_to_date)
    await house.open()
    await house.settled()
    return number


@both_languages
async def test_row_108_k8_a_copy_put_back_sends_nothing_before_a_coordinator_says_so(people, tmp_path, language):
    """What was queued when the copy was made waits; « send » sends it, « leave » drops it."""
    moussa, aminata = people.phone("Moussa"), people.phone("Aminata")
    await _speaks(people, aminata, language)
    later = people.machine.clock.now() + timedelta(hours=1)
    await people.database.transaction(lambda session: outbox.put(
        session, chat_id=moussa.id, view="members.welcome", lane=Lane.REMINDER, now=later, not_before=later
    ))  # fmt: skip
    path = await copied(people, tmp_path)
    waiting = await put_back(people, path)
    before = people.calls("sendMessage")
    await people.passes(hours=2)
    silent = [call for call in people.calls("sendMessage")[len(before) :] if int(call["values"]["chat_id"]) == moussa.id]
    await aminata.look()
    asked = aminata.text
    await aminata.presses({"fr": "✅ L'envoyer", "bm": "✅ Cikan 1 ci"}[language])
    await people.passes(minutes=1)
    states = await people.database.read(lambda session: session.query(Delivery.state).filter_by(view="members.welcome").all())

    assert waiting == 1
    assert silent == []
    assert asked.startswith({"fr": "💾 Une copie plus ancienne est remise.", "bm": "💾 Mara kɔrɔ dɔ seginna"}[language])
    assert aminata.text == {"fr": "📤 C'est parti.", "bm": "📤 Cikan 1 bɛ taa."}[language]
    assert (DeliveryState.HELD,) not in states and (DeliveryState.QUEUED,) not in states


async def test_k8_what_left_after_the_copy_was_made_does_not_leave_again(people, tmp_path):
    """An announcement for tomorrow, a copy tonight, put back tomorrow evening: everybody had it in the morning."""
    aminata = await announces(people)
    await aminata.presses("🕐 Quand")
    await aminata.presses("🌅 Demain 09:00")
    await sends(people)
    path = await copied(people, tmp_path)
    await people.passes(days=1)
    await people.phone("Fanta").look()
    once = len(copies(people.phone("Fanta"), FRENCH))
    await put_back(people, path)
    await people.passes(minutes=5)
    for name in ("Fanta", "Aminata"):
        await people.phone(name).look()

    assert (once, len(copies(people.phone("Fanta"), FRENCH))) == (1, 1)
    assert aminata.all_texts("💾 Une copie plus ancienne est remise.")


@both_languages
async def test_k8_roles_of_then_are_pointed_out_once(people, tmp_path, language):
    """Whoever was put out since the copy was made is in again, and nobody but a coordinator can know."""
    aminata = people.phone("Aminata")
    await _speaks(people, aminata, language)
    path = await copied(people, tmp_path)
    await people.database.transaction(lambda session: setattr(
        members.by_telegram_id(session, people.phone("Moussa").id), "role", "visitor"
    ))  # fmt: skip
    await put_back(people, path)
    await people.close()
    await people.open()
    await people.settled()
    await aminata.look()
    told = aminata.all_texts("💾 ")
    await aminata.presses({"fr": "👥 Membres", "bm": "👥 Tɔndenw"}[language])

    assert told == [{
        "fr": "💾 Une copie plus ancienne est remise. Rien n'attend.\n"
              "👥 Les rôles et les invitations sont redevenus ceux d'alors : regarde-les.",
        "bm": "💾 Mara kɔrɔ dɔ seginna a nɔ na. Foyi tɛ makɔnɔni na.\n"
              "👥 Jɔyɔrɔw ni weleliw seginna u cogo kɔrɔ la: u lajɛ.",
    }[language]]  # fmt: skip
    assert any("Moussa" in label for label in aminata.labels)


async def _speaks(house, phone, language):
    def work(session):
        members.by_telegram_id(session, phone.id).language = language

    await house.database.transaction(work)


async def test_row_108_j2_who_was_erased_since_is_erased_again_first(people, tmp_path):
    moussa = people.phone("Moussa")
    path = await copied(people, tmp_path)
    await moussa.types("/effacer")
    await moussa.presses(moussa.labels[0])
    await put_back(people, path)

    assert await people.database.read(lambda session: members.by_telegram_id(session, moussa.id)) is None


@both_languages
async def test_row_107_is_it_well_in_plain_words(people, tmp_path, language):
    aminata = people.phone("Aminata")
    await _speaks(people, aminata, language)
    await aminata.types("/etat")
    before = aminata.text.splitlines()
    await copied(people, tmp_path)
    await aminata.types("/etat")
    after = aminata.text.splitlines()
    moussa = people.phone("Moussa")
    await moussa.types("/etat")

    assert len(before) == 4
    assert before[2].startswith({"fr": "⚠️ La dernière copie est trop vieille", "bm": "⚠️ Mara laban kɔrɔla"}[language])
    assert before[-1].startswith("☎️")
    assert after[0].startswith({"fr": "📥 Je reçois.", "bm": "📥 N bɛ cikanw sɔrɔ."}[language])
    assert after[1].startswith({"fr": "📤 J'envoie.", "bm": "📤 N bɛ cikanw ci."}[language])
    assert after[2].startswith({"fr": "💾 Dernière copie : mar. 24/11", "bm": "💾 Mara laban: "}[language][:14])
    assert after[-1] == {"fr": "✅ Tout va bien.", "bm": "✅ Fɛn bɛɛ ka ɲi."}[language]
    assert "📥" not in moussa.text


async def test_a_copy_holds_what_was_committed_while_it_was_made(house, tmp_path):
    await house.phone("Aminata").settles_in("Français", HERE)
    path = await copied(house, tmp_path)
    await house.phone("Moussa").settles_in("Français", HERE)
    await put_back(house, path)

    known = [await house.database.read(lambda session, one=one: members.by_telegram_id(session, house.phone(one).id))
             for one in ("Aminata", "Moussa")]  # fmt: skip
    assert known[0] is not None and known[1] is None


# ---- copies that are none
@pytest.fixture
def copy(house_url, tmp_path):
    """A good copy of an empty SQLite house."""
    database = Database(house_url)
    path = backups.make(database, tmp_path / "backups", now=NOW)
    database.close()
    return path


sqlite_only = pytest.mark.parametrize("database_kind", ["sqlite"])


@sqlite_only
@pytest.mark.parametrize("fault", ["truncated", "garbage", "page", "foreign", "empty", "missing"])
def test_c4_what_is_no_whole_copy_is_never_put_back(house_url, copy, tmp_path, fault):
    """The database stays as it was, byte for byte."""
    path = tmp_path / "bad.db"
    content = copy.read_bytes()
    if fault == "foreign":
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE theirs (id INTEGER)")
        other.close()
    elif fault != "missing":
        path.write_bytes({"truncated": content[: len(content) // 2], "garbage": b"x" * 5000, "empty": b"",
                          "page": content[:8192] + b"\x00" * 4096 + content[12288:]}[fault])  # fmt: skip
    database = Database(house_url)
    target = tmp_path / "house.db"
    before = target.read_bytes()

    with pytest.raises(SettingsError) as refused:
        backups.restore(database, path, now=NOW, bring_up_to_date=app.bring_up_to_date)
    database.close()
    assert refused.value.exit_code == 74
    assert target.read_bytes() == before


@sqlite_only
@pytest.mark.parametrize("harm", [lambda content: content[:-7], lambda content: b"Chers amis, " * 500], ids=["cut", "a letter"])
def test_c4_the_command_that_a_damaged_database_names_is_its_cure(upkeep, house_url, copy, tmp_path, monkeypatch, harm):
    """What was there is kept beside it; another program's database is not replaced."""
    monkeypatch.setenv("DATABASE_URL", house_url)
    target = tmp_path / "house.db"
    harmed = harm(target.read_bytes())
    target.write_bytes(harmed)
    refused = upkeep("migrate")
    put = upkeep("restore", copy)
    again = upkeep("migrate")
    kept = [one.read_bytes() for one in tmp_path.glob("house.db*") if one != target]
    target.unlink()
    with sqlite3.connect(target) as other:
        other.execute("CREATE TABLE theirs (id INTEGER)")
    other.close()

    assert refused == (74, [], ["DATABASE_URL: the file is damaged; put a copy in its place: ./run restore FILE"])
    assert put == (0, ["put back; 0 messages wait for a coordinator's word"], [])
    assert again[0] == 0
    assert harmed in kept
    assert upkeep("restore", copy)[0] == 78


@sqlite_only
def test_old_copies_go_and_one_a_day_and_a_week_stays(copy, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for day in range(60):
        for hour in (1, 13):
            shutil.copy(copy, folder / f"enndam-{NOW - timedelta(days=day, hours=hour):{backups.STAMP}}.db")
    (folder / "enndam-notes.db").write_text("mine")
    backups.rotate(folder)
    kept = [backups.made_at(path) for path in backups.copies(folder) if path.name != "enndam-notes.db"]

    assert len(kept) <= 24 + 7 + 5
    assert kept[-1] == NOW - timedelta(hours=1)
    assert len({f"{one:%Y%m%d}" for one in kept if NOW - one < timedelta(days=7)}) >= 7
    assert timedelta(days=20) < NOW - kept[0] <= timedelta(days=30)  # whoever was erased is in no copy after a month


# ---- sealed copies
@pytest.fixture
def upkeep(tmp_path, monkeypatch, capsys):
    """Run a command as on the command line; returns its exit code and what it said."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    def run(*arguments):
        try:
            code = door.main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = ended.code
        said = capsys.readouterr()
        return code, said.out.splitlines(), said.err.splitlines()

    return run


def test_j12_a_copy_is_sealed_to_a_key_that_is_elsewhere(upkeep, house_url, tmp_path, monkeypatch):
    """Nothing of it can be read on the machine that made it; the private key opens it; another, or half a file, does not."""
    key, other = tmp_path / "private.txt", tmp_path / "other.txt"
    monkeypatch.setenv("DATABASE_URL", house_url)
    code, said, _ = upkeep("backup-key", key)
    upkeep("backup-key", other)
    again = upkeep("backup-key", key)
    monkeypatch.setenv("BACKUP_RECIPIENT", said[-1].removeprefix("BACKUP_RECIPIENT="))
    made = upkeep("backup")
    (path,) = backups.copies(tmp_path / "backups")
    content = path.read_bytes()
    half = path.with_name(path.name.replace("enndam-2", "enndam-1"))
    half.write_bytes(content[: len(content) // 2])

    assert (code, made[0], again[0]) == (0, 0, 73)
    assert key.stat().st_mode & 0o077 == 0 and path.stat().st_mode & 0o077 == 0
    assert path.suffix == ".age" and content.startswith(b"age-encryption.org/v1")
    assert b"SQLite" not in content and b"PGDMP" not in content and b"alembic" not in content
    assert list((tmp_path / "backups").glob("*.part*")) == []
    assert upkeep("restore", path) == (64, [], [f"{path.name}: is sealed; name the file with the private key: --key FILE"])
    assert upkeep("restore", path, "--key", tmp_path / "none")[0] == 64
    assert upkeep("restore", path, "--key", other)[0] == 74
    assert upkeep("restore", half, "--key", key)[0] == 74
    assert upkeep("restore", path, "--key", key) == (0, ["put back; 0 messages wait for a coordinator's word"], [])
    assert sorted(one.name for one in (tmp_path / "backups").iterdir()) == sorted([half.name, path.name])


def test_a_recipient_that_is_no_key_is_told(upkeep, monkeypatch):
    monkeypatch.setenv("BACKUP_RECIPIENT", "age1nobody")

    assert upkeep("backup") == (78, [], [
        "BACKUP_RECIPIENT: not a public key; copy the line that ./run backup-key printed; it begins with age1"
    ])  # fmt: skip


# ---- one person's rights, on the command line
async def test_j3_export_and_erase_by_number(people, upkeep, monkeypatch):
    """All of Moussa, nothing of the others; erased once it is sure, also in a copy made before. The last coordinator stays."""
    house, moussa = people, people.phone("Moussa")
    monkeypatch.setenv("DATABASE_URL", house.settings.database_url)
    path = upkeep("backup")[1][0].removeprefix("copied and verified: ")
    code, said, _ = upkeep("export", moussa.id)
    unsure = await asyncio.to_thread(upkeep, "erase", moussa.id)
    known = await house.database.read(lambda session: members.by_telegram_id(session, moussa.id))
    sure = await asyncio.to_thread(upkeep, "erase", moussa.id, "--sure")
    gone = await house.database.read(lambda session: members.by_telegram_id(session, moussa.id))
    await put_back(house, house.settings.data_dir / "backups" / path)
    again = await house.database.read(lambda session: members.by_telegram_id(session, moussa.id))
    kept = json.loads("\n".join(said))

    assert (code, unsure[0], sure[0]) == (0, 64, 0)
    assert [row["first_name"] for row in kept["members"]] == ["Moussa"]
    assert "Fanta" not in "\n".join(said)
    assert known is not None and gone is None and again is None
    assert upkeep("export", 5)[0] == (await asyncio.to_thread(upkeep, "erase", 5, "--sure"))[0] == 64
    assert (await asyncio.to_thread(upkeep, "erase", house.phone("Aminata").id, "--sure"))[0] == 64


@pytest.mark.parametrize("wrong", [["fly"], ["restore"], ["export", "Moussa"], ["erase"], ["backup", "--loudly"]])
def test_a_command_called_wrongly_ends_with_64(upkeep, wrong):
    assert upkeep(*wrong)[0] == 64


# ---- tables of an older version
@pytest.fixture
def older(database_url, tmp_path, monkeypatch):
    """A database with people, its tables a step behind; yields how many people and its version."""
    database = Database(database_url)
    schema.migrate(database, to="0007")
    with database.engine.begin() as connection:
        for number in range(50):
            connection.execute(text(
                "INSERT INTO members (telegram_id, first_name, is_name_chosen, language, role, relatives, listens_first,"
                " is_reachable, seen_at, joined_at) VALUES (:id, 'P', :no, 'fr', 'member', 0, :no, :yes, :now, :now)"
            ), {"id": 70_000 + number, "no": False, "yes": True, "now": NOW.replace(tzinfo=None).isoformat(" ")})  # fmt: skip
    database.close()
    return database_url


def versions_and_people(url):
    database = Database(url)
    with database.engine.connect() as connection:
        found = (connection.scalars(text("SELECT version_num FROM alembic_version")).all(),
                 connection.scalar(text("SELECT count(*) FROM members")))  # fmt: skip
    database.close()
    return found


def test_k9_what_is_there_is_copied_before_the_tables_change(older, upkeep, tmp_path, monkeypatch):
    """The copy has the old tables, and can be put back; when it cannot be made, nothing changes."""
    monkeypatch.setenv("DATABASE_URL", older)
    (tmp_path / "backups").write_text("in the way")
    refused = upkeep("migrate")
    before = versions_and_people(older)
    (tmp_path / "backups").unlink()
    made = upkeep("migrate")
    (path,) = backups.copies(tmp_path / "backups")
    after = versions_and_people(older)
    twice = upkeep("migrate")
    put = upkeep("restore", path)

    assert refused[0] == 73 and before == (["0007"], 50)
    assert made == twice == (0, [f"database at {schema.head()}"], [])
    assert after == ([schema.head()], 50) == versions_and_people(older)
    assert len(backups.copies(tmp_path / "backups")) == 1
    assert put[0] == 0


# ---- the doctor
def test_the_doctor_names_what_does_not_hold(house_url, tmp_path, monkeypatch, capsys):
    """Planted faults are found, each with its cure; the exit code says so."""
    database = Database(house_url)
    now = datetime.now(UTC)

    def plant(session):
        session.add(InboxUpdate(update_id=1, arrival=1, chat_id=1, payload="{}", received_at=now - timedelta(hours=1)))
        _plant_delivery(session, 5, DeliveryState.SENDING, now, epoch=0, claimed_at=now - timedelta(hours=1))
        _plant_delivery(session, 6, DeliveryState.QUEUED, now)
        marks.put(session, health.BACKUP, "enndam", now=now)

    database.run(plant)
    database.close()
    monkeypatch.setenv("DATABASE_URL", house_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    code = door.main(["doctor", "--json"])
    found = {one["name"]: one["ok"] for one in json.loads(capsys.readouterr().out)["checks"]}
    door.main(["doctor"])
    lines = capsys.readouterr().out.splitlines()

    assert code == 1
    assert [name for name, holds in found.items() if holds] == ["database", "clock", "seats", "tasks", "backup"]
    assert [name for name, holds in found.items() if not holds] == ["coordinator", "in_flight", "updates", "queue"]
    assert "FAULT in_flight (1): start the bot: it settles them" in lines and "ok    database" in lines


def _plant_delivery(session, chat_id, state, now, **fields):
    session.add(Delivery(chat_id=chat_id, view="members.welcome", values={}, lane=Lane.REPLY, state=state, resends=0, tries=1,
                         created_at=now, not_before=now - timedelta(hours=1), **fields))  # fmt: skip


def test_the_commands_copy_and_put_back(house_url, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DATABASE_URL", house_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    made = door.main(["backup"])
    (path,) = backups.copies(tmp_path / "backups")
    put = door.main(["restore", str(path)])
    missing = door.main(["restore", str(tmp_path / "none.db")])
    said = capsys.readouterr()

    assert (made, put, missing) == (0, 0, 74)
    assert said.out.splitlines()[0] == f"copied and verified: {path.name}"
    assert said.out.splitlines()[1] == "put back; 0 messages wait for a coordinator's word"
    assert path.stat().st_mode & 0o077 == 0


# ---- watching
@both_languages
async def test_k6_an_alarm_is_told_once_an_hour_in_plain_words(people, tmp_path, monkeypatch, language):
    """A queue that stands, a full disk: each cause at most hourly, to coordinators alone."""
    aminata, moussa = people.phone("Aminata"), people.phone("Moussa")
    await _speaks(people, aminata, language)
    await copied(people, tmp_path)
    monkeypatch.setattr(jobs, "FULL", 2.0)  # every disk is full now
    for minutes in (0, 1, 2, 61):
        people.simulator.clock.set(people.simulator.clock.now() + timedelta(minutes=minutes))
        await jobs.watch(people.machine)
        await people.settled()
    for phone in (aminata, moussa):
        await phone.look()
    told = aminata.all_texts({"fr": "⚠️ Il n'y a presque plus de place", "bm": "⚠️ Sɛbɛnni yɔrɔ bɛ ka ban"}[language])

    assert len(told) == 2
    assert told[0].splitlines()[1].startswith("☎️")
    assert not moussa.all_texts("⚠️")


def stands(session, now):
    """What was to be sent an hour ago waits behind something that is on its way for a second."""
    for _ in range(2):
        _plant_delivery(session, MOUSSA.telegram_id, DeliveryState.QUEUED, now)


def was_copied_long_ago(session, now):
    marks.put(session, health.BACKUP, "enndam", now=now - timedelta(hours=27))


@pytest.mark.parametrize(("plant", "moment", "told"), [
    (stands, NOW, "⚠️ Des messages attendent et ne partent pas."),
    (was_copied_long_ago, NOW, "⚠️ La dernière copie est trop vieille."),
    (None, datetime(2019, 6, 3, 9, 0, tzinfo=UTC), "⚠️ L'heure de la machine est fausse."),
], ids=["queue", "backup", "clock"])  # fmt: skip
async def test_k6_each_fault_is_told_once_in_an_hour(people, plant, moment, told):
    stalls = {"kind": "stall", "method": "sendMessage", "chat_id": MOUSSA.telegram_id, "seconds": 1, "times": 3}
    await people.post("/sim/faults", stalls)
    for minutes in (0, 1, 30):
        now = moment + timedelta(minutes=minutes)
        people.simulator.clock.set(now)
        if plant:
            await people.database.transaction(lambda session, now=now: plant(session, now))
        await jobs.watch(people.machine)
        await people.settled()
    await people.phone("Aminata").look()

    assert people.phone("Aminata").all_texts("⚠️") == [f"{told}\n☎️ Appelle la personne qui s'occupe de la machine."]


async def test_k6_who_is_deaf_says_so(people):
    """Nothing was heard from Telegram for a minute and a half."""
    machine = people.machine
    assert machine.deaf_for() < 60
    machine.heard_at -= 91
    await jobs.watch(machine)
    await people.settled()
    aminata = people.phone("Aminata")
    await aminata.look()

    assert aminata.text.startswith("⚠️ Je n'entends plus Telegram")


@both_languages
async def test_b10_coordinators_hear_once_that_telegram_had_shut_the_door(people, language):
    """While the token is refused nothing can be sent; with another one they are told, once."""
    aminata = people.phone("Aminata")
    await _speaks(people, aminata, language)
    await people.database.transaction(lambda session: health.locked_out(session, now=people.machine.clock.now()))
    for _ in range(2):
        await people.close()
        await people.open()
        await people.settled()
    await aminata.look()
    told = aminata.all_texts({"fr": "⚠️ Telegram m'avait fermé la porte.", "bm": "⚠️ Telegram tun ye da datugu"}[language])

    assert len(told) == 1


async def test_d5_nothing_scheduled_happens_before_the_clock_is_set(people):
    """A machine without a battery wakes up in 1970."""
    moussa, now = people.phone("Moussa"), people.machine.clock.now()
    wrong = datetime(1970, 1, 1, tzinfo=UTC)
    await people.database.transaction(lambda session: outbox.put(
        session, chat_id=moussa.id, view="members.welcome", lane=Lane.REMINDER, now=now, not_before=now + timedelta(hours=1),
        expires_at=wrong,
    ))  # fmt: skip
    waiting = select(Delivery.state).where(Delivery.view == "members.welcome")
    people.simulator.clock.set(wrong)
    await jobs.tick(people.machine)
    held = await people.database.read(lambda session: session.scalar(waiting))
    people.simulator.clock.set(now)
    await jobs.tick(people.machine)

    assert held == DeliveryState.QUEUED
    assert await people.database.read(lambda session: session.scalar(waiting)) == DeliveryState.EXPIRED


async def test_k6_who_is_not_well_is_not_vouched_for(people):
    """Deaf, or with a scheduler that stands, for ten minutes: systemd is told nothing, and starts it anew."""
    machine = people.machine
    well = machine.is_well
    machine.ticked_at -= app.UNWELL_SECONDS
    stands = machine.is_well
    await jobs.tick(machine)
    again = machine.is_well
    machine.heard_at -= app.UNWELL_SECONDS

    assert (well, stands, again, machine.is_well) == (True, False, True, False)


@pytest.mark.parametrize("database_kind", ["postgres"])
async def test_k4_no_tool_of_postgresqls_is_told_a_secret_of_ours(people, tmp_path, monkeypatch):
    secrets = {name: f"secret-{number}" for number, name in enumerate(("BOT_TOKEN", "SECRET_KEY", "WEBHOOK_SECRET"))}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    tool, heard = shutil.which("pg_dump"), tmp_path / "heard"
    spy = tmp_path / "bin" / "pg_dump"
    spy.parent.mkdir()
    spy.write_text(f'#!/bin/sh\nenv > {heard}\nexec {tool} "$@"\n')
    spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{spy.parent}:{os.environ['PATH']}")
    await copied(people, tmp_path)

    assert "PATH=" in heard.read_text()
    assert [value for value in secrets.values() if value in heard.read_text()] == []
