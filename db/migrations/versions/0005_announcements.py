"""Announcements, what they say in each language, who has seen them; a question may be about one. No row changes."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
STATES = "state IN ('draft', 'scheduled', 'held', 'sending', 'paused', 'stopped', 'sent', 'withdrawn')"


def upgrade() -> None:
    op.create_table(
        "announcements",
        sa.Column("id", BIG, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("author_id", BIG, nullable=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("wall", sa.String(16), nullable=True),
        sa.Column("time_zone", sa.String(64), nullable=True),
        sa.Column("send_at", INSTANT, nullable=True),
        sa.Column("fingerprint", sa.String(64), nullable=True),
        sa.Column("version", BIG, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("corrected_at", INSTANT, nullable=True),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        sa.Column("progress_chat_id", BIG, nullable=True),
        sa.Column("progress_message_id", BIG, nullable=True),
        sa.CheckConstraint(STATES, name=op.f("ck_announcements_state")),
        sa.ForeignKeyConstraint(["author_id"], ["members.id"], name=op.f("fk_announcements_author_id_members"),
                                ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index("ix_announcements_state", "announcements", ["state", "send_at"])
    op.create_table(
        "announcement_texts",
        sa.Column("announcement_id", BIG, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("media", sa.JSON(), nullable=False),
        sa.Column("album", sa.String(64), nullable=True),
        sa.Column("voice", sa.String(256), nullable=True),
        sa.Column("voice_seconds", BIG, nullable=False),
        sa.ForeignKeyConstraint(["announcement_id"], ["announcements.id"], ondelete="CASCADE",
                                name=op.f("fk_announcement_texts_announcement_id_announcements")),
        sa.PrimaryKeyConstraint("announcement_id", "language", name=op.f("pk_announcement_texts")),
    )  # fmt: skip
    op.create_table(
        "announcement_seen",
        sa.Column("announcement_id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["announcement_id"], ["announcements.id"], ondelete="CASCADE",
                                name=op.f("fk_announcement_seen_announcement_id_announcements")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], ondelete="CASCADE",
                                name=op.f("fk_announcement_seen_member_id_members")),
        sa.PrimaryKeyConstraint("announcement_id", "member_id", name=op.f("pk_announcement_seen")),
    )  # fmt: skip
    with op.batch_alter_table("questions", table_kwargs={"sqlite_autoincrement": True}) as questions:
        questions.add_column(sa.Column("about", sa.String(64), nullable=True))
