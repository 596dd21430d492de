"""One table file per word; importing this package knows them all."""

from db.models.announcements import Announcement, AnnouncementSeen, AnnouncementState, AnnouncementText
from db.models.audit import AuditEntry, Mark
from db.models.base import Base
from db.models.delegations import (
    Claim,
    ClaimState,
    Delegation,
    DelegationState,
    Skill,
    Stop,
    StopState,
    Task,
    TaskCall,
    TeamMember,
    Trip,
)
from db.models.documents import Document
from db.models.drafts import Draft
from db.models.groups import Chat, ChatState
from db.models.inbox import DeadLetter, InboxUpdate
from db.models.invitations import Invitation, JoinRequest, RequestState
from db.models.knowledge import AddedEntry, EntryText, Recording
from db.models.leadership import Leadership
from db.models.meetings import (
    LONGEST_LINK,
    Meeting,
    MeetingPoint,
    MeetingSeries,
    MeetingState,
    Occurrence,
    PointState,
    Rsvp,
    Venue,
)
from db.models.members import Member, Mute
from db.models.outbox import Delivery, DeliveryState, Lane, Pause
from db.models.polls import Poll, PollState, PollVote
from db.models.questions import Asking, Question, QuestionMessage, QuestionPost, QuestionState
from db.models.volunteers import CallState, HelpAnswer, HelpCall, Need, Signup, SignupState

__all__ = [
    "LONGEST_LINK",
    "AddedEntry",
    "Announcement",
    "AnnouncementSeen",
    "AnnouncementState",
    "AnnouncementText",
    "Asking",
    "AuditEntry",
    "Base",
    "CallState",
    "Chat",
    "ChatState",
    "Claim",
    "ClaimState",
    "DeadLetter",
    "Delegation",
    "DelegationState",
    "Delivery",
    "DeliveryState",
    "Document",
    "Draft",
    "EntryText",
    "HelpAnswer",
    "HelpCall",
    "InboxUpdate",
    "Invitation",
    "JoinRequest",
    "Lane",
    "Leadership",
    "Mark",
    "Meeting",
    "MeetingPoint",
    "MeetingSeries",
    "MeetingState",
    "Member",
    "Mute",
    "Need",
    "Occurrence",
    "Pause",
    "PointState",
    "Poll",
    "PollState",
    "PollVote",
    "Question",
    "QuestionMessage",
    "QuestionPost",
    "QuestionState",
    "Recording",
    "RequestState",
    "Rsvp",
    "Signup",
    "SignupState",
    "Skill",
    "Stop",
    "StopState",
    "Task",
    "TaskCall",
    "TeamMember",
    "Trip",
    "Venue",
]
