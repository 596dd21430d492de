"""The test of the tests: bugs are put into a copy of the program one by one, and the suite must notice each.

Run it from the root: .venv/bin/python tests/seeds.py [name …]. A seed is what a tired person might write: a guard left out, an
order turned round, a lane mistaken. Prints a line for each; the exit code is how many nobody noticed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Seed:
    """A bug: in which file, what stands there, what is put in its place, and the tests that must notice."""

    name: str
    file: str
    right: str
    wrong: str
    tests: str


SEEDS = (
    Seed("dedupe dropped", "bot/domain/outbox.py", "dedupe_key=dedupe_key, created_at=now",
         "dedupe_key=None, created_at=now", "tests/test_outbox.py"),
    Seed("what was sent is not written down", "bot/worker.py", "    outbox.arrived(session, plain, epoch=epoch, now=now)\n",
         "", "tests/test_worker.py"),
    Seed("a pause uses up a try", "bot/worker.py",
         "outbox.put_back(session, parcel.id, epoch=epoch, now=now, again_at=now, counts=False)\n        case NotSent",
         "outbox.put_back(session, parcel.id, epoch=epoch, now=now, again_at=now, counts=True)\n        case NotSent",
         "tests/test_worker.py"),
    Seed("phones for everybody", "bot/domain/policy.py", '"members.see_phone": Rule(Role.COORDINATOR)',
         '"members.see_phone": Rule(Role.MEMBER)', "tests/handlers/test_directory.py"),
    Seed("naive instants", "bot/dates.py", "    return moment\n\n\ndef is_gap", "    return moment.replace(tzinfo=None)\n\n\ndef is_gap",
         "tests/test_dates.py"),
    Seed("the second hour in autumn", "bot/dates.py", "fold=0).astimezone(UTC)", "fold=1).astimezone(UTC)", "tests/test_dates.py"),
    Seed("nights ring", "bot/domain/quiet.py", "    if night.ends <= local.hour < night.begins:\n        return now",
         "    if True:\n        return now", "tests/handlers/test_announcements.py tests/handlers/test_volunteers_attacked.py"),
    Seed("one seat too many", "bot/domain/rsvps.py", "max(0, meeting.capacity - int", "max(0, meeting.capacity + 1 - int",
         "tests/handlers/test_meetings.py"),
    Seed("nothing is escaped", "bot/i18n.py", "html.escape(str(value), quote=False)", "str(value)",
         "tests/test_words.py tests/handlers/test_questions.py tests/handlers/test_profile.py tests/handlers/test_meetings_attacked.py"),
    Seed("the last in the list is first", "bot/domain/signups.py", "order_by(Signup.since, Signup.id)).all()",
         "order_by(Signup.since.desc(), Signup.id.desc())).all()", "tests/handlers/test_volunteers.py"),
    Seed("an offer passes on to nobody", "bot/domain/signups.py",
         "        help_calls.touched(help_calls.found(session, need.call_id), now)\n        session.flush()\n        promote(session, need, now=now, desk=desk)\n\n\n# ---- for who",
         "        help_calls.touched(help_calls.found(session, need.call_id), now)\n        session.flush()\n\n\n# ---- for who",
         "tests/handlers/test_volunteers.py"),
    Seed("a reminder fires at every knock", "bot/domain/help_reminders.py",
         "    if session.get(Occurrence, key) is not None:\n        return False\n    session.add(Occurrence(key=key, fired_at=now))\n",
         "", "tests/handlers/test_volunteers.py tests/handlers/test_volunteers_attacked.py"),
    Seed("what hangs does not move", "bot/domain/itineraries.py", "        if one.hangs_on == moved.id and", "        if False and",
         "tests/handlers/test_delegations.py"),
    Seed("the itinerary for everybody", "bot/domain/delegations.py",
         "    return policy.may(member.role, \"delegations.write\") or (is_inside and is_in_team(session, member, delegation.id))",
         "    return is_inside", "tests/handlers/test_delegations.py"),
    Seed("a visit is never purged", "bot/domain/delegations.py", "        if not _is_long_over(delegation, now):\n            continue",
         "        if True:\n            continue", "tests/handlers/test_delegations.py"),
    Seed("two on one task", "bot/domain/tasks.py", "    if not found.is_open:\n        raise Taken(\"tasks.is_taken\")\n", "",
         "tests/handlers/test_delegations.py"),
    Seed("the airport hears last", "bot/domain/delegations.py", "first = Post(view, delegation.id, Lane.URGENT,",
         "first = Post(view, delegation.id, Lane.BROADCAST,", "tests/handlers/test_delegations.py"),
    Seed("who was erased stays in raw updates", "bot/domain/privacy.py", "    _raw(session, member)\n", "",
         "tests/handlers/test_privacy.py"),
    Seed("a restored copy sends at once", "bot/backups.py", "    return database.run(lambda session: health.hold_all(session, now=now))",
         "    return 0", "tests/test_backups.py"),
    Seed("a broken copy is put back", "bot/backups.py", "        verify(plain, name=path.name)\n", "", "tests/test_backups.py"),
    Seed("a sealed copy lies open", "bot/backups.py", "            seals.seal(plain, part, recipient)\n",
         "            plain.replace(part)\n", "tests/test_backups.py -k j12"),
    Seed("what another copy has stored is left lying", "bot/dispatcher.py", "besides=frozenset(self._in_hand)",
         "besides=range(2**62)", "tests/test_receiver.py -k webhook"),
    Seed("an old leader writes on", "bot/domain/outbox.py", "_TABLE.c.epoch == bindparam(\"leader\"))\n        .values(state=DeliveryState.SENT",
         "_TABLE.c.epoch != bindparam(\"leader\") - 10**6)\n        .values(state=DeliveryState.SENT", "tests/test_outbox.py tests/test_worker.py"),
    Seed("updates are logged as they come", "bot/dispatcher.py", "            _check_ids(update)\n",
         "            _check_ids(update)\n            logger.debug(\"update %s\", waiting.payload)\n", "tests/handlers/test_questions.py"),
    Seed("nobody is too fast", "bot/dispatcher.py", "            if self._waiting[chat_id, person] >= MOST_WAITING:\n",
         "            if False:\n", "tests/test_floods.py"),
    Seed("half a character comes in", "bot/dispatcher.py", "return _whole(update) if ", "return update if ", "tests/test_hostile_words.py"),
    Seed("an Excel list of half characters", "bot/lists/writing.py", "_writable(cell), bold", "cell, bold", "tests/test_hostile_outputs.py"),
    Seed("names are logged", "bot/dispatcher.py", "        logger.info(\"refused name=%s\", refusal.name)\n        if context is None:\n",
         "        logger.info(\"refused name=%s %s\", refusal.name, context and context.first_name)\n        if context is None:\n",
         "tests/handlers/test_groups.py"),
    Seed("a traceback tells all", "bot/logs.py", "structlog.processors.ExceptionRenderer(_told)", "structlog.processors.format_exc_info",
         "tests/test_house.py"),
)  # fmt: skip


def is_noticed(seed: Seed, folder: Path) -> bool:
    """Put one bug in, run its tests, take it out again; tells whether a test failed."""
    path = folder / seed.file
    right = path.read_text("utf-8")
    if right.count(seed.right) != 1:
        raise SystemExit(f"{seed.name}: stands {right.count(seed.right)} times in {seed.file}; mend the seed")
    path.write_text(right.replace(seed.right, seed.wrong), "utf-8")
    try:
        arguments = [sys.executable, "-m", "pytest", "-x", "-n", "2", *seed.tests.split()]
        environment = {**os.environ, "PYTHONPATH": str(folder)}
        done = subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        return "FAILED tests/" in done.stdout or "ERROR tests/" in done.stdout
    finally:
        path.write_text(right, "utf-8")


def main(wanted: list[str]) -> int:
    """Sow the wanted bugs, or all; returns how many nobody noticed."""
    missed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "enndam"
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".git", ".venv", ".data", "__pycache__", ".*_cache"))
        for seed in SEEDS:
            if wanted and seed.name not in wanted:
                continue
            noticed = is_noticed(seed, folder)
            missed += not noticed
            print(f"{'noticed' if noticed else 'MISSED '} {seed.name}", flush=True)
    return missed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
