"""Documents of a project, in several pictures; places of venues; calendars of what was postponed; longer links."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("documents", sa.Column("project", sa.String(64), nullable=True))
    op.add_column("documents", sa.Column("more", sa.JSON(), nullable=True))
    op.add_column("venues", sa.Column("place", sa.String(32), nullable=True))
    op.add_column("meetings", sa.Column("was_at", INSTANT, nullable=True))
    op.add_column("meetings", sa.Column("was_until", INSTANT, nullable=True))
    if op.get_bind().dialect.name == "postgresql":  # SQLite does not count characters
        op.alter_column("meetings", "online_url", type_=sa.String(1024), existing_type=sa.String(256))
