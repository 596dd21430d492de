"""When each text of an announcement was corrected: the mark stands in the language that changed, in no other.

Texts that were corrected before have the date of their announcement's last correction, which was all we knew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("announcement_texts", sa.Column("corrected_at", INSTANT, nullable=True))
    op.execute(
        "UPDATE announcement_texts SET corrected_at = (SELECT a.corrected_at FROM announcements a"
        " WHERE a.id = announcement_texts.announcement_id) WHERE before IS NOT NULL"
    )
