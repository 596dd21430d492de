"""Meetings with their venues, answers, points and reminders; the library; opinion polls. No row changes."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "venues",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("address", sa.String(128), nullable=False),
        sa.Column("directions", sa.JSON(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("used_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venues")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "meeting_series",
        sa.Column("id", BIG, nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("wall", sa.String(16), nullable=False),
        sa.Column("end_wall", sa.String(16), nullable=True),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("is_over", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_series")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "meetings",
        sa.Column("id", BIG, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("author_id", BIG, nullable=True),
        sa.Column("titles", sa.JSON(), nullable=False),
        sa.Column("wall", sa.String(16), nullable=True),
        sa.Column("end_wall", sa.String(16), nullable=True),
        sa.Column("time_zone", sa.String(64), nullable=True),
        sa.Column("starts_at", INSTANT, nullable=True),
        sa.Column("ends_at", INSTANT, nullable=True),
        sa.Column("venue_id", BIG, nullable=True),
        sa.Column("online_url", sa.String(256), nullable=True),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("agenda", sa.JSON(), nullable=False),
        sa.Column("agenda_file", sa.JSON(), nullable=True),
        sa.Column("capacity", BIG, nullable=True),
        sa.Column("has_waitlist", sa.Boolean(), nullable=False),
        sa.Column("most_guests", BIG, nullable=False),
        sa.Column("series_id", BIG, nullable=True),
        sa.Column("occurs_on", sa.Date(), nullable=True),
        sa.Column("publish_at", INSTANT, nullable=True),
        sa.Column("published_at", INSTANT, nullable=True),
        sa.Column("cancelled_at", INSTANT, nullable=True),
        sa.Column("sequence", BIG, nullable=False),
        sa.Column("is_stale", sa.Boolean(), nullable=False),
        sa.Column("came_besides", BIG, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.CheckConstraint("state IN ('draft', 'planned', 'open', 'postponed', 'cancelled')", name=op.f("ck_meetings_state")),
        sa.ForeignKeyConstraint(["author_id"], ["members.id"], name=op.f("fk_meetings_author_id_members"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["series_id"], ["meeting_series.id"], name=op.f("fk_meetings_series_id_meeting_series"),
            ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["venue_id"], ["venues.id"], name=op.f("fk_meetings_venue_id_venues"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings")),
        sa.UniqueConstraint("series_id", "occurs_on", name=op.f("uq_meetings_series_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_meetings_state", "meetings", ["state", "starts_at"])
    op.create_table(
        "rsvps",
        sa.Column("meeting_id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("answer", sa.String(8), nullable=True),
        sa.Column("persons", BIG, nullable=False),
        sa.Column("waiting_since", INSTANT, nullable=True),
        sa.Column("was_passed", sa.Boolean(), nullable=False),
        sa.Column("is_to_confirm", sa.Boolean(), nullable=False),
        sa.Column("wants_minutes", sa.Boolean(), nullable=True),
        sa.Column("came", BIG, nullable=True),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_rsvps_member_id_members"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_rsvps_meeting_id_meetings"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("meeting_id", "member_id", name=op.f("pk_rsvps")),
    )
    op.create_index("ix_rsvps_member_id", "rsvps", ["member_id"])
    op.create_table(
        "meeting_points",
        sa.Column("id", BIG, nullable=False),
        sa.Column("meeting_id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("voice", sa.String(256), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_meeting_points_meeting_id_meetings"),
            ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_meeting_points_member_id_members"),
            ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_points")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_meeting_points_meeting_id", "meeting_points", ["meeting_id"])
    op.create_table(
        "occurrences",
        sa.Column("key", sa.String(96), nullable=False),
        sa.Column("was_late", sa.Boolean(), nullable=False),
        sa.Column("fired_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_occurrences")),
    )
    op.create_table(
        "documents",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("titles", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("media", sa.JSON(), nullable=False),
        sa.Column("least_role", sa.String(16), nullable=False),
        sa.Column("meeting_id", BIG, nullable=True),
        sa.Column("author_id", BIG, nullable=True),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["members.id"], name=op.f("fk_documents_author_id_members"),
            ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_documents_meeting_id_meetings"),
            ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_documents_meeting_id", "documents", ["meeting_id"])
    op.create_table(
        "polls",
        sa.Column("id", BIG, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("author_id", BIG, nullable=True),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("is_anonymous", sa.Boolean(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=True),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.CheckConstraint("state IN ('draft', 'open', 'closed')", name=op.f("ck_polls_state")),
        sa.ForeignKeyConstraint(["author_id"], ["members.id"], name=op.f("fk_polls_author_id_members"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_polls")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "poll_votes",
        sa.Column("poll_id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("option", BIG, nullable=False),
        sa.Column("voted_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["polls.id"], name=op.f("fk_poll_votes_poll_id_polls"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_poll_votes_member_id_members"),
            ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("poll_id", "member_id", name=op.f("pk_poll_votes")),
    )
    op.create_index("ix_poll_votes_member_id", "poll_votes", ["member_id"])
