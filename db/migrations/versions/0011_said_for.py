"""The day an answer was given for: a slip of the coordinator's asks nobody again who has answered for the day that holds.

Who says yes and need not confirm has answered for the day their meeting has now; of the others it is not known.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rsvps", sa.Column("said_for", sa.String(10), nullable=True))
    op.execute(
        "UPDATE rsvps SET said_for = (SELECT substr(m.wall, 1, 10) FROM meetings m WHERE m.id = rsvps.meeting_id)"
        " WHERE answer = 'yes' AND NOT is_to_confirm"
    )
