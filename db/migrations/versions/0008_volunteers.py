"""Calls for volunteers with their needs, sign-ups and answers. No row changes."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "help_calls",
        sa.Column("id", BIG, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("author_id", BIG, nullable=True),
        sa.Column("meeting_id", BIG, nullable=True),
        sa.Column("delegation_id", BIG, nullable=True),
        sa.Column("based_on", INSTANT, nullable=True),
        sa.Column("based_at", sa.String(64), nullable=False),
        sa.Column("titles", sa.JSON(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("confirm_hours", BIG, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("is_stale", sa.Boolean(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("published_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("thanked_at", INSTANT, nullable=True),
        sa.CheckConstraint("state IN ('draft', 'open', 'closed', 'cancelled')", name=op.f("ck_help_calls_state")),
        sa.ForeignKeyConstraint(["author_id"], ["members.id"], name=op.f("fk_help_calls_author_id_members"),
            ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_help_calls_meeting_id_meetings"),
            ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["delegation_id"], ["delegations.id"], name=op.f("fk_help_calls_delegation_id_delegations"),
            ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_calls")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_help_calls_state", "help_calls", ["state"])
    op.create_table(
        "needs",
        sa.Column("id", BIG, nullable=False),
        sa.Column("call_id", BIG, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("titles", sa.JSON(), nullable=False),
        sa.Column("capacity", BIG, nullable=False),
        sa.Column("wall", sa.String(16), nullable=True),
        sa.Column("time_zone", sa.String(64), nullable=True),
        sa.Column("starts_at", INSTANT, nullable=True),
        sa.Column("lasts_minutes", BIG, nullable=False),
        sa.Column("gap_minutes", BIG, nullable=True),
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("bring", sa.String(200), nullable=False),
        sa.Column("contact", sa.String(64), nullable=False),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["help_calls.id"], name=op.f("fk_needs_call_id_help_calls"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_needs")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_needs_call_id", "needs", ["call_id"])
    op.create_table(
        "signups",
        sa.Column("id", BIG, nullable=False),
        sa.Column("need_id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("persons", BIG, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("confirm_by", INSTANT, nullable=True),
        sa.Column("is_to_confirm", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("came", BIG, nullable=True),
        sa.Column("hours", sa.Float(), nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.CheckConstraint("state IN ('held', 'waiting', 'offered', 'gone', 'removed')", name=op.f("ck_signups_state")),
        sa.ForeignKeyConstraint(["need_id"], ["needs.id"], name=op.f("fk_signups_need_id_needs"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_signups_member_id_members"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signups")),
        sa.UniqueConstraint("need_id", "member_id", "name", name=op.f("uq_signups_need_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_signups_member_id", "signups", ["member_id"])
    op.create_table(
        "help_answers",
        sa.Column("call_id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("said_no_at", INSTANT, nullable=True),
        sa.Column("mood", sa.String(8), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("voice", sa.String(256), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["help_calls.id"], name=op.f("fk_help_answers_call_id_help_calls"),
            ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_help_answers_member_id_members"),
            ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call_id", "member_id", name=op.f("pk_help_answers")),
    )
    op.create_index("ix_help_answers_member_id", "help_answers", ["member_id"])
