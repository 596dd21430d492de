"""People in our tables, and what they do not want to hear about."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import REUSES_NO_ID, Base


class Member(Base):
    """A person who has talked to the bot, whatever their role; visitors included.

    `relatives` share their phone; `phone` is sealed; `quiet_from` and `quiet_until` are hours of their own clock.
    """

    __tablename__ = "members"
    __table_args__ = (Index("ix_members_role", "role"), REUSES_NO_ID)

    id: Mapped[int] = mapped_column(primary_key=True)
    telegram_id: Mapped[int] = mapped_column(unique=True)
    first_name: Mapped[str] = mapped_column(String(64), default="")
    is_name_chosen: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str | None] = mapped_column(String(8))
    place: Mapped[str | None] = mapped_column(String(32))
    role: Mapped[str] = mapped_column(String(16), default="visitor")
    demoted_at: Mapped[datetime | None]  # a link made before does not give back what was taken
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id", ondelete="SET NULL"))
    phone: Mapped[str | None] = mapped_column(String(256))
    relatives: Mapped[int] = mapped_column(default=0)
    quiet_from: Mapped[int | None]
    quiet_until: Mapped[int | None]
    listens_first: Mapped[bool] = mapped_column(default=False)
    is_reachable: Mapped[bool] = mapped_column(default=True)
    unreachable_why: Mapped[str | None] = mapped_column(String(16))
    agreed_at: Mapped[datetime | None]  # when they went on after reading what is kept
    seen_at: Mapped[datetime]
    asked_to_stay_at: Mapped[datetime | None]
    joined_at: Mapped[datetime]


class Mute(Base):
    """A kind of message somebody does not want: meetings, delegations, volunteering, news."""

    __tablename__ = "mutes"

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
