"""What has been sent is never waiting again, whatever a bug would write: the tables themselves refuse it (FAULTS, C14).

Whoever rebuilds `deliveries` after this step drops the trigger with the old table and makes it anew.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BACK = "OLD.state = 'sent' AND NEW.state IN ('queued', 'sending', 'ambiguous', 'held')"
SQLITE = f"""
CREATE TRIGGER deliveries_sent_stays_sent BEFORE UPDATE OF state ON deliveries WHEN {BACK}
BEGIN SELECT RAISE(ABORT, 'sent stays sent'); END
"""
POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION sent_stays_sent() RETURNS trigger LANGUAGE plpgsql"
    " AS $$ BEGIN RAISE EXCEPTION 'sent stays sent' USING ERRCODE = 'check_violation'; END $$",
    "CREATE TRIGGER deliveries_sent_stays_sent BEFORE UPDATE OF state ON deliveries FOR EACH ROW"
    f" WHEN ({BACK}) EXECUTE FUNCTION sent_stays_sent()",
)


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in [SQLITE] if is_sqlite else POSTGRESQL:
        op.execute(statement)
