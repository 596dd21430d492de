"""Buttons of questions, answers, knowledge and voices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.callbacks.press import Press


@dataclass(frozen=True)
class ShowGroup(Press):
    """« Show me what you know about this. »"""

    action: ClassVar[str] = "group"
    name: str
    page: int


@dataclass(frozen=True)
class ShowEntry(Press):
    """« Tell me this. »"""

    action: ClassVar[str] = "entry"
    name: str


@dataclass(frozen=True)
class Listen(Press):
    """« Say it to me. »"""

    action: ClassVar[str] = "voice"
    key: str


@dataclass(frozen=True)
class AskPerson(Press):
    """« Pass this message of mine on to a person. »"""

    action: ClassVar[str] = "ask"
    message_id: int


@dataclass(frozen=True)
class FollowUp(Press):
    """« This message goes on with that question of mine. »"""

    action: ClassVar[str] = "more"
    question_id: int
    message_id: int


@dataclass(frozen=True)
class SayMore(Press):
    """« I want to say something more about it. »"""

    action: ClassVar[str] = "reply"
    question_id: int


@dataclass(frozen=True)
class Settle(Press):
    """« Thank you, that is all. »"""

    action: ClassVar[str] = "thanks"
    question_id: int


@dataclass(frozen=True)
class ShowQuestion(Press):
    """« Show me this question. »"""

    action: ClassVar[str] = "q"
    question_id: int


@dataclass(frozen=True)
class Take(Press):
    """« I take it. »"""

    action: ClassVar[str] = "take"
    question_id: int


@dataclass(frozen=True)
class Leave(Press):
    """« I leave it. »"""

    action: ClassVar[str] = "leave"
    question_id: int


@dataclass(frozen=True)
class Decline(Press):
    """« This is not for us. »"""

    action: ClassVar[str] = "no"
    question_id: int


@dataclass(frozen=True)
class CloseQuestion(Press):
    """« This is over. »"""

    action: ClassVar[str] = "close"
    question_id: int


@dataclass(frozen=True)
class WriteAnswer(Press):
    """« I answer: my next message is the answer. »"""

    action: ClassVar[str] = "write"
    question_id: int


@dataclass(frozen=True)
class SendKnown(Press):
    """« Answer with what is known. »"""

    action: ClassVar[str] = "known"
    question_id: int
    number: int


@dataclass(frozen=True)
class SendAnswer(Press):
    """« Send this answer. »"""

    action: ClassVar[str] = "send"
    answer_id: int


@dataclass(frozen=True)
class Learn(Press):
    """« Let the bot know this from now on. »"""

    action: ClassVar[str] = "learn"
    answer_id: int


@dataclass(frozen=True)
class LearnIn(Press):
    """« Keep it, in this language. »"""

    action: ClassVar[str] = "learnin"
    language: str


@dataclass(frozen=True)
class LearnStep(Press):
    """« I write this part anew, or leave it out. »"""

    action: ClassVar[str] = "learnstep"
    step: str


@dataclass(frozen=True)
class ShowKnown(Press):
    """« Show me this entry, with who and when. »"""

    action: ClassVar[str] = "kn"
    name: str


@dataclass(frozen=True)
class EditKnown(Press):
    """« I write this text of it. »"""

    action: ClassVar[str] = "knedit"
    language: str
    name: str


@dataclass(frozen=True)
class RetireKnown(Press):
    """« Out of the answers (1), or back (0). »"""

    action: ClassVar[str] = "knoff"
    is_retired: int
    name: str


@dataclass(frozen=True)
class Record(Press):
    """« Let me read this, in this language. »"""

    action: ClassVar[str] = "rec"
    language: str
    key: str


@dataclass(frozen=True)
class Withdraw(Press):
    """« Take this voice back. »"""

    action: ClassVar[str] = "recoff"
    language: str
    key: str


@dataclass(frozen=True)
class ListVoices(Press):
    """« What lacks a voice, in this language. »"""

    action: ClassVar[str] = "recs"
    language: str
    page: int
