"""One table file per word; importing this package knows them all."""

from db.models.base import Base
from db.models.drafts import Draft
from db.models.inbox import DeadLetter, InboxUpdate
from db.models.knowledge import AddedEntry, EntryText, Recording
from db.models.leadership import Leadership
from db.models.members import Member
from db.models.outbox import Delivery, DeliveryState, Lane, Pause
from db.models.questions import Asking, Question, QuestionMessage, QuestionPost, QuestionState

__all__ = [
    "AddedEntry",
    "Asking",
    "Base",
    "DeadLetter",
    "Delivery",
    "DeliveryState",
    "Draft",
    "EntryText",
    "InboxUpdate",
    "Lane",
    "Leadership",
    "Member",
    "Pause",
    "Question",
    "QuestionMessage",
    "QuestionPost",
    "QuestionState",
    "Recording",
]
