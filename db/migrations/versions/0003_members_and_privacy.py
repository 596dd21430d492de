"""Invitations, groups, audit; people get a profile; what is asked outlives who asked.

Everybody was last seen when they joined; whoever has told their language and place has read what is kept.
Questions and askings lose their person, not their row, when that person is erased.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
REUSES_NO_ID = {"sqlite_autoincrement": True}


def upgrade() -> None:
    _coming_in()
    _members()
    _groups()
    _audit()
    with op.batch_alter_table("deliveries") as deliveries:
        deliveries.add_column(sa.Column("author_id", BIG, nullable=True))
        deliveries.add_column(sa.Column("action", sa.String(48), nullable=True))
        deliveries.add_column(sa.Column("subject_id", BIG, nullable=True))
    with op.batch_alter_table("recordings") as recordings:
        recordings.add_column(sa.Column("recorded_by", BIG, nullable=True))
    op.create_index("ix_deliveries_subject", "deliveries", ["view", "subject_id"])
    for table in ("questions", "askings"):
        _outlive(table)


def _coming_in() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", BIG, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("place", sa.String(32), nullable=True),
        sa.Column("language", sa.String(8), nullable=True),
        sa.Column("first_name", sa.String(64), nullable=True),
        sa.Column("phone", sa.String(256), nullable=True),
        sa.Column("list_key", sa.String(64), nullable=True),
        sa.Column("uses_allowed", BIG, nullable=False),
        sa.Column("uses", BIG, nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
        sa.UniqueConstraint("list_key", name=op.f("uq_invitations_list_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "join_requests",
        sa.Column("id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("decided_by", BIG, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("reminded_at", INSTANT, nullable=True),
        sa.CheckConstraint("state IN ('open', 'accepted', 'refused')", name=op.f("ck_join_requests_state")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_join_requests_member_id_members"),
                                ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["decided_by"], ["members.id"], name=op.f("fk_join_requests_decided_by_members"),
                                ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_requests")),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index("ix_join_requests_state", "join_requests", ["state", "asked_at"])


def _members() -> None:
    with op.batch_alter_table("members", table_kwargs=REUSES_NO_ID) as members:
        members.add_column(sa.Column("is_name_chosen", sa.Boolean(), nullable=False, server_default=sa.false()))
        members.add_column(sa.Column("demoted_at", INSTANT, nullable=True))
        members.add_column(sa.Column("invitation_id", BIG, nullable=True))
        members.add_column(sa.Column("phone", sa.String(256), nullable=True))
        members.add_column(sa.Column("relatives", BIG, nullable=False, server_default="0"))
        members.add_column(sa.Column("quiet_from", BIG, nullable=True))
        members.add_column(sa.Column("quiet_until", BIG, nullable=True))
        members.add_column(sa.Column("unreachable_why", sa.String(16), nullable=True))
        members.add_column(sa.Column("agreed_at", INSTANT, nullable=True))
        members.add_column(sa.Column("seen_at", INSTANT, nullable=True))
        members.add_column(sa.Column("asked_to_stay_at", INSTANT, nullable=True))
        members.create_foreign_key(
            op.f("fk_members_invitation_id_invitations"), "invitations", ["invitation_id"], ["id"], ondelete="SET NULL"
        )
    op.execute("UPDATE members SET seen_at = joined_at")
    op.execute("UPDATE members SET agreed_at = joined_at WHERE language IS NOT NULL AND place IS NOT NULL")
    with op.batch_alter_table("members", table_kwargs=REUSES_NO_ID) as members:
        members.alter_column("seen_at", nullable=False)
        members.alter_column("is_name_chosen", server_default=None)
        members.alter_column("relatives", server_default=None)
    op.create_index("ix_members_role", "members", ["role"])
    op.create_table(
        "mutes",
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_mutes_member_id_members"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("member_id", "kind", name=op.f("pk_mutes")),
    )


def _groups() -> None:
    op.create_table(
        "chats",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("title", sa.String(128), nullable=False),
        sa.Column("is_channel", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("linked_by", BIG, nullable=True),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("leaves_at", INSTANT, nullable=True),
        sa.Column("moved_to", BIG, nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'linked', 'left', 'moved')", name=op.f("ck_chats_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chats")),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", BIG, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor_id", BIG, nullable=True),
        sa.Column("action", sa.String(48), nullable=False),
        sa.Column("subject", sa.String(48), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["members.id"], name=op.f("fk_audit_actor_id_members"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_table(
        "marks",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marks")),
    )
    op.create_index("ix_marks_kind", "marks", ["kind", "at"])
    op.create_index(op.f("ix_marks_mark"), "marks", ["mark"])


def _outlive(table: str) -> None:
    """Let rows lose their person instead of going with them."""
    name = op.f(f"fk_{table}_member_id_members")
    with op.batch_alter_table(table, table_kwargs=REUSES_NO_ID if table == "questions" else {}) as changed:
        changed.drop_constraint(name, type_="foreignkey")
        changed.alter_column("member_id", existing_type=BIG, nullable=True)
        changed.create_foreign_key(name, "members", ["member_id"], ["id"], ondelete="SET NULL")
