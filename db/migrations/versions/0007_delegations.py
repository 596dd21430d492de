"""Delegations with their stops, tasks and teams; what members can do; their own journeys. No row changes."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "delegations",
        sa.Column("id", BIG, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("direction", sa.String(8), nullable=False),
        sa.Column("author_id", BIG, nullable=True),
        sa.Column("titles", sa.JSON(), nullable=False),
        sa.Column("persons", BIG, nullable=False),
        sa.Column("women", BIG, nullable=False),
        sa.Column("travellers", sa.Text(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("programme_file", sa.JSON(), nullable=True),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("is_stale", sa.Boolean(), nullable=False),
        sa.Column("arrives_on", sa.Date(), nullable=True),
        sa.Column("leaves_on", sa.Date(), nullable=True),
        sa.Column("arrived_at", INSTANT, nullable=True),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("purged_at", INSTANT, nullable=True),
        sa.CheckConstraint("state IN ('draft', 'open', 'closed', 'cancelled')", name=op.f("ck_delegations_state")),
        sa.ForeignKeyConstraint(["author_id"], ["members.id"], name=op.f("fk_delegations_author_id_members"),
            ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegations")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_delegations_state", "delegations", ["state"])
    op.create_table(
        "stops",
        sa.Column("id", BIG, nullable=False),
        sa.Column("delegation_id", BIG, nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("leaves_from", sa.String(64), nullable=False),
        sa.Column("leaves_wall", sa.String(16), nullable=True),
        sa.Column("leaves_zone", sa.String(64), nullable=True),
        sa.Column("leaves_at", INSTANT, nullable=True),
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("wall", sa.String(16), nullable=True),
        sa.Column("time_zone", sa.String(64), nullable=True),
        sa.Column("at", INSTANT, nullable=True),
        sa.Column("hangs_on", BIG, nullable=True),
        sa.Column("gap_minutes", BIG, nullable=False),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["delegation_id"], ["delegations.id"], name=op.f("fk_stops_delegation_id_delegations"),
            ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["hangs_on"], ["stops.id"], name=op.f("fk_stops_hangs_on_stops"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stops")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_stops_delegation_id", "stops", ["delegation_id", "position"])
    op.create_table(
        "tasks",
        sa.Column("id", BIG, nullable=False),
        sa.Column("delegation_id", BIG, nullable=False),
        sa.Column("stop_id", BIG, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("titles", sa.JSON(), nullable=False),
        sa.Column("offset_minutes", BIG, nullable=False),
        sa.Column("capacity", BIG, nullable=False),
        sa.Column("wants", sa.JSON(), nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["delegation_id"], ["delegations.id"], name=op.f("fk_tasks_delegation_id_delegations"),
            ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["stop_id"], ["stops.id"], name=op.f("fk_tasks_stop_id_stops"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_tasks_delegation_id", "tasks", ["delegation_id"])
    op.create_table(
        "claims",
        sa.Column("id", BIG, nullable=False),
        sa.Column("task_id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("is_to_confirm", sa.Boolean(), nullable=False),
        sa.Column("photo", sa.String(256), nullable=True),
        sa.Column("claimed_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_claims_task_id_tasks"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_claims_member_id_members"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_claims_member_id", "claims", ["member_id"])
    op.create_index("ix_claims_task_id", "claims", ["task_id"])
    op.create_table(
        "team_members",
        sa.Column("delegation_id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("joined_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["delegation_id"], ["delegations.id"],
            name=op.f("fk_team_members_delegation_id_delegations"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_team_members_member_id_members"),
            ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("delegation_id", "member_id", name=op.f("pk_team_members")),
    )
    op.create_index("ix_team_members_member_id", "team_members", ["member_id"])
    op.create_table(
        "task_calls",
        sa.Column("task_id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=True),
        sa.Column("said_no_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_task_calls_member_id_members"),
            ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_task_calls_task_id_tasks"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("task_id", "member_id", name=op.f("pk_task_calls")),
    )
    op.create_index("ix_task_calls_member_id", "task_calls", ["member_id"])
    op.create_table(
        "skills",
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("name", sa.String(24), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_skills_member_id_members"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("member_id", "name", name=op.f("pk_skills")),
    )
    op.create_table(
        "trips",
        sa.Column("id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("destination", sa.String(32), nullable=False),
        sa.Column("leaves_on", sa.Date(), nullable=False),
        sa.Column("returns_on", sa.Date(), nullable=False),
        sa.Column("entrusted", sa.Text(), nullable=False),
        sa.Column("entrusted_by", BIG, nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_trips_member_id_members"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["entrusted_by"], ["members.id"], name=op.f("fk_trips_entrusted_by_members"),
            ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trips")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_trips_member_id", "trips", ["member_id"])
