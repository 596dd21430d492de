"""Whatever fails at whichever statement: what somebody did and the answer to it are stored together, or not at all.

Source: FAULTS, A11.
"""

from __future__ import annotations

import itertools

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from db.models import Asking, InboxUpdate

QUESTION = "Depuis quand les deux villes coopèrent ?"
MOST_STATEMENTS = 120


class Trap:
    """Fails the statement that many from now on, once; only those that name one of `tables`, when there are any."""

    def __init__(self, engine, number: int, error: Exception, tables: tuple[str, ...]) -> None:
        self.engine, self.left, self.error, self.tables = engine, number, error, tables
        self.has_sprung = False

    def __enter__(self) -> Trap:
        event.listen(self.engine, "before_cursor_execute", self._count)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._count)

    def _count(self, connection: object, cursor: object, statement: str, *_: object) -> None:
        if self.tables and not any(f" {table}" in statement for table in self.tables):
            return
        self.left -= 1
        if self.left < 0 and not self.has_sprung:
            self.has_sprung = True
            raise self.error


def away() -> Exception:
    """The database does not answer."""
    return OperationalError("planted", None, OSError("planted"))


def bug() -> Exception:
    """The program is wrong."""
    return RuntimeError("planted")


@pytest.fixture
def locales_dir(fewer_phrasings):
    """Fewer phrasings: answers are not what is tested here."""
    return fewer_phrasings


async def comes_to_rest(house) -> None:
    """Wait for the bot; on PostgreSQL it may be our own look that the trap caught."""
    try:
        await house.settled()
    except OperationalError:
        await house.settled()


# A bug where updates are stored ends the program, which starts anew; here it is in what is done with one.
@pytest.mark.parametrize(("error", "tables", "least"), [(away, (), 6), (bug, ("askings", "questions"), 2)])
async def test_a11_what_fails_at_any_statement_is_done_whole_or_not_at_all(people, error, tables, least):
    fanta, sprung = people.phone("Fanta"), 0
    for number in itertools.count():
        assert number < MOST_STATEMENTS
        with Trap(people.database.engine, number, error(), tables) as trap:
            sent = people.world.person_sends(fanta.id, {"text": QUESTION})
            await comes_to_rest(people)
        if not trap.has_sprung:
            break
        sprung += 1
        message_id = sent["message_id"]
        stored = await people.database.read(lambda session, message_id=message_id: session.scalars(
            select(Asking.message_id).where(Asking.message_id == message_id)
        ).all())  # fmt: skip
        await fanta.look()
        said = [message["text"] for message in fanta.bot_messages if message["message_id"] > message_id]
        if error is away:  # once the database is back it is done, and shown once or twice
            assert (len(stored), set(said) - {said[0]}) == (1, set()), (number, stored, said)
            assert len(said) <= 2
        else:
            assert (stored, [text[:2] for text in said]) == ([], ["😔 "]), (number, stored, said)
    assert sprung >= least
    waiting = select(InboxUpdate.update_id).where(InboxUpdate.done_at.is_(None))
    assert await people.database.read(lambda session: session.scalars(waiting).all()) == []
