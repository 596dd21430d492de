"""The outbox counts crashes, keeps every message of an album, and counts copies without reading them.

No delivery has seen a crash yet; what was sent before keeps its one message. The index of an announcement's copies
learns their state, so that « how many have it » reads the index alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("crashes", BIG, nullable=False, server_default="0"))
    op.add_column("deliveries", sa.Column("message_ids", sa.JSON(), nullable=True))
    op.drop_index("ix_deliveries_subject", "deliveries")
    op.create_index("ix_deliveries_subject", "deliveries", ["view", "subject_id", "state"])
