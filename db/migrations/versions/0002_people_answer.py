"""Questions become threads; askings, added knowledge, recordings.

Questions that were waiting stay open, due a day after they were asked; answered ones stay answered. Each keeps
its message as the first of its thread. People are called « » until their next word brings their first name.
"""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
STATES = "state IN ('gathering', 'open', 'answered', 'closed')"


def upgrade() -> None:
    with op.batch_alter_table("members") as members:
        members.add_column(sa.Column("first_name", sa.String(64), nullable=False, server_default=""))
        members.add_column(sa.Column("listens_first", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("members") as members:
        members.alter_column("first_name", server_default=None)
        members.alter_column("listens_first", server_default=None)
    _threads()
    _messages()
    _knowledge()


def _threads() -> None:
    with op.batch_alter_table("questions") as questions:
        questions.add_column(sa.Column("state", sa.String(16), nullable=False, server_default="open"))
        questions.add_column(sa.Column("text", sa.Text(), nullable=True))
        questions.add_column(sa.Column("language", sa.String(8), nullable=True))
        questions.add_column(sa.Column("album", sa.String(64), nullable=True))
        questions.add_column(sa.Column("entry", sa.String(64), nullable=True))
        questions.add_column(sa.Column("known", sa.JSON(), nullable=False, server_default="[]"))
        questions.add_column(sa.Column("lead_id", BIG, nullable=True))
        questions.add_column(sa.Column("taker_id", BIG, nullable=True))
        questions.add_column(sa.Column("taken_at", INSTANT, nullable=True))
        questions.add_column(sa.Column("topic_id", BIG, nullable=True))
        questions.add_column(sa.Column("lateness", BIG, nullable=False, server_default="0"))
        questions.add_column(sa.Column("due_at", INSTANT, nullable=True))
        questions.add_column(sa.Column("changed_at", INSTANT, nullable=True))
    table = sa.table(
        "questions", sa.column("id", BIG), sa.column("state", sa.String()), sa.column("asked_at", INSTANT),
        sa.column("answered_at", INSTANT), sa.column("due_at", INSTANT), sa.column("changed_at", INSTANT),
    )  # fmt: skip
    connection = op.get_bind()
    for row in connection.execute(sa.select(table.c.id, table.c.asked_at, table.c.answered_at)).all():
        state = "answered" if row.answered_at else "open"
        connection.execute(
            table.update().where(table.c.id == row.id)
            .values(state=state, due_at=row.asked_at + timedelta(days=1), changed_at=row.answered_at or row.asked_at)
        )  # fmt: skip
    with op.batch_alter_table("questions") as questions:
        questions.alter_column("state", server_default=None)
        questions.alter_column("lateness", server_default=None)
        questions.alter_column("known", server_default=None)
        questions.alter_column("due_at", nullable=False)
        questions.alter_column("changed_at", nullable=False)
        questions.create_check_constraint(op.f("ck_questions_state"), STATES)
        questions.create_foreign_key(
            op.f("fk_questions_lead_id_questions"), "questions", ["lead_id"], ["id"], ondelete="SET NULL"
        )
        questions.create_foreign_key(
            op.f("fk_questions_taker_id_members"), "members", ["taker_id"], ["id"], ondelete="SET NULL"
        )
    op.create_index("ix_questions_state", "questions", ["state", "asked_at"])
    op.create_index("ix_questions_member", "questions", ["member_id", "id"])


def _messages() -> None:
    op.create_table(
        "question_messages",
        sa.Column("id", BIG, nullable=False),
        sa.Column("question_id", BIG, nullable=False),
        sa.Column("author_id", BIG, nullable=True),
        sa.Column("is_answer", sa.Boolean(), nullable=False),
        sa.Column("chat_id", BIG, nullable=False),
        sa.Column("message_id", BIG, nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("said_at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_question_messages_question_id_questions"),
                                ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["author_id"], ["members.id"], name=op.f("fk_question_messages_author_id_members"),
                                ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_messages")),
    )  # fmt: skip
    op.create_index("ix_question_messages_question", "question_messages", ["question_id", "id"])
    op.execute(
        "INSERT INTO question_messages (question_id, author_id, is_answer, chat_id, message_id, said_at, sent_at)"
        " SELECT q.id, q.member_id, false, m.telegram_id, q.message_id, q.asked_at, q.asked_at"
        " FROM questions q JOIN members m ON m.id = q.member_id"
    )
    op.create_table(
        "question_posts",
        sa.Column("id", BIG, nullable=False),
        sa.Column("question_id", BIG, nullable=False),
        sa.Column("view", sa.String(64), nullable=False),
        sa.Column("chat_id", BIG, nullable=False),
        sa.Column("message_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_question_posts_question_id_questions"),
                                ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_posts")),
    )  # fmt: skip
    _posts()
    op.create_index("ix_question_posts_message", "question_posts", ["chat_id", "message_id"])
    op.create_table(
        "askings",
        sa.Column("id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("message_id", BIG, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("entry", sa.String(64), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("was_wrong", sa.Boolean(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_askings_member_id_members"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_askings")),
    )
    op.create_index("ix_askings_member", "askings", ["member_id", "id"])
    op.create_index("ix_askings_asked", "askings", ["asked_at"])


def _posts() -> None:
    """Cards and answers sent before: replying to them goes on meaning their question."""
    deliveries = sa.table("deliveries", sa.column("view", sa.String()), sa.column("values", sa.JSON()),
                          sa.column("chat_id", BIG), sa.column("message_id", BIG))  # fmt: skip
    posts = sa.table("question_posts", sa.column("question_id", BIG), sa.column("view", sa.String()), sa.column("chat_id", BIG),
                     sa.column("message_id", BIG))  # fmt: skip
    connection = op.get_bind()
    known = set(connection.execute(sa.text("SELECT id FROM questions")).scalars())
    sent = sa.select(deliveries).where(deliveries.c.view.like("questions.%"), deliveries.c.message_id.is_not(None))
    for row in connection.execute(sent).all():
        values = row._mapping["values"]
        if values.get("question_id") in known:
            connection.execute(posts.insert().values(
                question_id=values["question_id"], view=row.view, chat_id=row.chat_id, message_id=row.message_id))  # fmt: skip


def _knowledge() -> None:
    op.create_table(
        "entries",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("retired_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
        sa.UniqueConstraint("name", name=op.f("uq_entries_name")),
    )
    op.create_table(
        "entry_texts",
        sa.Column("entry_id", BIG, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("title", sa.String(64), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("is_stale", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.String(64), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_entry_texts_entry_id_entries"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("entry_id", "language", name=op.f("pk_entry_texts")),
    )
    op.create_table(
        "recordings",
        sa.Column("key", sa.String(96), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("file_id", sa.String(256), nullable=False),
        sa.Column("seconds", BIG, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", "language", name=op.f("pk_recordings")),
    )
