"""What the simulator opens on: the cast, each where they would be. Made through the bot's own domain."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.domain import members, outbox
from bot.domain.policy import Role
from bot.simulator import Simulator
from bot.simulator.world import World
from db.models import Base, Chat, ChatState, Lane

FIRST_WORD = "/start"
GROUP_ID = -1001
GROUP_TITLE = "Koniakary"


@dataclass(frozen=True)
class Character:
    """Somebody of the cast; without a language they have never met the bot."""

    telegram_id: int
    first_name: str
    app_language: str
    language: str | None = None
    place: str | None = None
    role: Role = Role.VISITOR


AMINATA = Character(1001, "Aminata", "fr", "fr", "ile_de_france", Role.COORDINATOR)
MOUSSA = Character(1002, "Moussa", "fr", "bm", "ile_de_france", Role.MEMBER)
FANTA = Character(1003, "Fanta", "fr", "fr", "bamako", Role.COMMITTEE)
DEMBA = Character(1004, "Demba", "fr")
CAST = (AMINATA, MOUSSA, FANTA, DEMBA)
COORDINATORS = (AMINATA.telegram_id,)


def people(world: World) -> None:
    """Hand out the phones, and make the group they share."""
    for one in CAST:
        person = world.add_person(one.telegram_id, one.first_name, one.app_language)
        person.has_started = one.language is not None
    world.add_group(GROUP_ID, GROUP_TITLE, [one.telegram_id for one in CAST])


def settle(session: Session, simulator: Simulator) -> None:
    """Put everybody where they would be; each phone gets its home screen. The group they share is linked."""
    now = simulator.clock.now()
    session.add(Chat(id=GROUP_ID, title=GROUP_TITLE, state=ChatState.LINKED, kinds=list(members.KINDS), languages=["fr", "bm"],
                     added_at=now))  # fmt: skip
    for one in CAST:
        if one.language is None:
            continue
        member = members.arrive(session, one.telegram_id, now=now)
        member.language, member.place, member.role = one.language, one.place, one.role
        members.go_on(session, member, first_name=one.first_name, now=now)
        for view in ("members.commands", "members.welcome", "members.here"):
            outbox.put(session, chat_id=one.telegram_id, member_id=member.id, view=view, lane=Lane.REPLY, now=now,
                       values={"chat_id": one.telegram_id})  # fmt: skip


def empty(session: Session) -> None:
    """Forget everything but who leads and what was received."""
    kept = ("leadership", "inbox")
    for table in reversed(Base.metadata.sorted_tables):
        if table.name not in kept:
            session.execute(table.delete())
