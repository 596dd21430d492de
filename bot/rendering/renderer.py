"""Makes the messages of one turn: who may read it, in which language, aloud or silent."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.domain import members, outbox, policy, quiet
from bot.domain.outbox import Parcel
from bot.i18n import Reader
from bot.messages import OutgoingMessage
from bot.rendering.moment import Moment, Rendered, Stage, Turn
from bot.rendering.table import FOR_A_CROWD, READERS, VIEWS
from db.models import Delivery, Lane, Member

logger = logging.getLogger(__name__)


def _may_read(delivery: Parcel | Delivery, member: Member | None) -> bool:
    """In private nothing is sent to who is not known any more, nor what their role does not let them read."""
    if delivery.chat_id < 0:
        return True
    needs = READERS.get(delivery.view)
    return member is not None and (needs is None or policy.may(member.role, needs))


def render(session: Session, delivery: Delivery, stage: Stage, *, now: datetime) -> Rendered:
    """Return the message of a delivery in the language its reader has now; None when it has lost its object or its reader."""
    return Renderer(session, stage, {delivery.chat_id}, now=now).render(delivery)


def render_all(session: Session, parcels: Sequence[Parcel], stage: Stage, *, now: datetime) -> list[Rendered | Broken]:
    """Return the message of each parcel, in order: None when it has lost its object, or its author the right to send it.

    A bug in one view breaks its parcels and no other: what it has done to the transaction is undone, and each is made alone.
    """
    chat_ids = {parcel.chat_id for parcel in parcels}
    try:
        with session.begin_nested():
            renderer = Renderer(session, stage, chat_ids, now=now)
            return [renderer.render_parcel(parcel) for parcel in parcels]
    except OperationalError:
        raise
    except Exception:  # the border: whose view it was, and what broke, is found and logged when each is made alone
        renderer = Renderer(session, stage, chat_ids, now=now)
        return [renderer.render_safely(parcel) for parcel in parcels]


@dataclass(frozen=True)
class Broken:
    """A message that could not be made, and why: the name of the error."""

    reason: str


class Renderer:
    """Makes the messages of one turn: readers are loaded in one query, what a crowd reads alike is made once."""

    def __init__(self, session: Session, stage: Stage, chat_ids: set[int], *, now: datetime) -> None:
        self._session, self._stage, self._now = session, stage, now
        self._members = members.by_telegram_ids(session, chat_ids)
        self._turn = Turn(chat_ids, [one.id for one in self._members.values()])
        self._readers: dict[tuple[str | None, str | None], Reader] = {}
        self._made: dict[Hashable, Rendered] = {}
        self._allowed: dict[tuple[int | None, str | None], bool] = {}

    def render_parcel(self, parcel: Parcel) -> Rendered:
        """Return a parcel's message; None when it has lost its object, or its author the right to send it."""
        return self.render(parcel) if self._may_still_go(parcel) else None

    def render_safely(self, parcel: Parcel) -> Rendered | Broken:
        """Return a parcel's message, or what broke; raises OperationalError when the database is away."""
        try:
            with self._session.begin_nested():  # what a view breaks in the database is undone with it
                return self.render_parcel(parcel)
        except OperationalError:
            raise
        except Exception as error:  # the border: one view must never stop another
            logger.exception("delivery not rendered id=%s view=%s", parcel.id, parcel.view)
            return Broken(type(error).__name__)

    def _may_still_go(self, parcel: Parcel) -> bool:
        key = (parcel.author_id, parcel.action)
        if key not in self._allowed:
            self._allowed[key] = outbox.may_still_go(self._session, parcel)
        return self._allowed[key]

    def render(self, delivery: Parcel | Delivery) -> Rendered:
        """Return the message of a delivery in the language its reader has now; None when it has lost its object."""
        member = self._members.get(delivery.chat_id)
        if not _may_read(delivery, member):
            return None
        reader = self._reader(member)
        listens = bool(member and member.listens_first)
        rings = delivery.values.get("rings", True) and not quiet.is_quiet(
            self._now, quiet.night_of(member, reader.place.time_zone)
        )
        is_silent = not rings and delivery.lane != Lane.URGENT
        if delivery.view not in FOR_A_CROWD or delivery.chat_id < 0:
            moment = Moment(self._session, delivery, reader, self._stage, self._now, member, listens, self._turn)
            return self._make(moment, listens, is_silent)
        reads = (reader.language.code, reader.place.name, listens, is_silent)
        key = (delivery.view, delivery.subject_id, repr(delivery.values), *reads)
        if key not in self._made:
            moment = Moment(self._session, delivery, reader, self._stage, self._now, listens=listens, turn=self._turn)
            self._made[key] = self._make(moment, listens, is_silent)
        return self._made[key]

    def _reader(self, member: Member | None) -> Reader:
        key = (member.language, member.place) if member else (None, None)
        if key not in self._readers:
            self._readers[key] = self._stage.words.reader(*key)
        return self._readers[key]

    def _make(self, moment: Moment, listens: bool, is_silent: bool) -> Rendered:
        if moment.has_lost_its_copy:
            return None
        rendered = VIEWS[moment.delivery.view](moment)
        if not isinstance(rendered, OutgoingMessage):
            return rendered
        dressed = self._stage.voices.dress(rendered, moment.reader, listens=listens)
        return dataclasses.replace(dressed, is_silent=is_silent)
