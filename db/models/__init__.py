"""One table file per word; importing this package knows them all."""

from db.models.base import Base
from db.models.drafts import Draft
from db.models.inbox import DeadLetter, InboxUpdate
from db.models.leadership import Leadership
from db.models.members import Member
from db.models.outbox import Delivery, DeliveryState, Lane, Pause
from db.models.questions import Question

__all__ = [
    "Base",
    "DeadLetter",
    "Delivery",
    "DeliveryState",
    "Draft",
    "InboxUpdate",
    "Lane",
    "Leadership",
    "Member",
    "Pause",
    "Question",
]
