"""Everything the simulated Telegram knows: people, chats, messages, files, updates.

Nothing here knows the association's bot; it is what any bot would meet. All in memory.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.simulator.flood import FloodControl, Limits
from bot.simulator.pictures import size_of
from bot.simulator.refusals import ApiRefusal, bad_request, forbidden

Json = dict[str, Any]
UPDATES_KEPT_SECONDS = 24 * 3600
DELETABLE_SECONDS = 48 * 3600
CALLBACK_ANSWERABLE_SECONDS = 15 * 60
_RIGHTS = (
    "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members", "can_promote_members",
    "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories",
)  # fmt: skip
_CHANNEL_RIGHTS = ("can_post_messages", "can_edit_messages")
_GROUP_RIGHTS = ("can_pin_messages", "can_manage_topics")


class Timekeeper(Protocol):
    """The clock of the simulated world: seconds since 1970, settable."""

    def timestamp(self) -> float: ...


@dataclass
class Person:
    """Somebody with a phone."""

    id: int
    first_name: str
    language_code: str
    has_started: bool = False
    has_blocked: bool = False
    is_deleted: bool = False

    def user(self) -> Json:
        """Return the Bot API's User."""
        return {"id": self.id, "is_bot": False, "first_name": self.first_name, "language_code": self.language_code}


@dataclass
class Topic:
    """A thread of a forum; its id is that of the message that opened it."""

    id: int
    name: str
    icon_color: int
    is_closed: bool = False

    def json(self) -> Json:
        """Return the Bot API's ForumTopic."""
        return {"message_thread_id": self.id, "name": self.name, "icon_color": self.icon_color}


@dataclass
class Chat:
    """A private chat, a group or a channel, as the bot sees it."""

    id: int
    kind: str
    title: str
    members: set[int] = field(default_factory=set)
    bot_status: str = "member"
    messages: dict[int, Json] = field(default_factory=dict)
    reply_keyboard: Json | None = None
    pinned: list[int] = field(default_factory=list)
    migrated_to: int | None = None
    is_forum: bool = False
    topics: dict[int, Topic] = field(default_factory=dict)

    @property
    def bot_is_member(self) -> bool:
        """Tell whether the bot is in the chat."""
        return self.bot_status in ("member", "administrator")

    def json(self) -> Json:
        """Return the Bot API's Chat."""
        name = "first_name" if self.kind == "private" else "title"
        return {"id": self.id, "type": self.kind, name: self.title, **({"is_forum": True} if self.is_forum else {})}


@dataclass
class StoredFile:
    """A file that was uploaded once and can be sent again by its id."""

    file_id: str
    file_unique_id: str
    kind: str
    content: bytes
    file_name: str
    mime_type: str
    width: int = 0
    height: int = 0


@dataclass
class Webhook:
    """Where updates are posted instead of waiting for getUpdates."""

    url: str
    secret_token: str = ""
    allowed_updates: list[str] | None = None
    last_error: str = ""


class World:
    """The state behind one simulated bot."""

    def __init__(self, token: str, clock: Timekeeper, limits: Limits | None = None) -> None:
        self.token = token
        self.clock = clock
        self.bot: Json = {
            "id": int(token.split(":")[0]), "is_bot": True, "first_name": "Enndam", "username": "enndam_test_bot",
            "can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False,
        }  # fmt: skip
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, StoredFile] = {}
        self.flood = FloodControl(limits or Limits())
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.texts: dict[tuple[str, str], str] = {}
        self.webhook: Webhook | None = None
        self.updates: list[tuple[float, Json]] = []
        self.callbacks: dict[str, tuple[float, Json]] = {}
        self.answers: dict[str, Json] = {}
        self.actions: dict[int, str] = {}
        self.silent: set[tuple[int, int]] = set()
        self.calls: list[Json] = []
        self.changed: set[asyncio.Queue[int]] = set()
        self.arrived = asyncio.Event()
        self.poller: object | None = None
        self._next_update = 1000
        self._next_message = 1

    def clear(self) -> None:
        """Forget people, chats and what was said; ids of updates and messages go on."""
        self.people.clear()
        self.chats.clear()
        self.updates.clear()
        self.callbacks.clear()
        self.silent.clear()

    # ---- people and chats
    def add_person(self, person_id: int, first_name: str, language_code: str) -> Person:
        """Give somebody a phone; their private chat with the bot exists from now on."""
        person = Person(person_id, first_name, language_code)
        self.people[person_id] = person
        self.chats[person_id] = Chat(person_id, "private", first_name, {person_id})
        self.tell(person_id)
        return person

    def add_group(
        self, chat_id: int, title: str, members: Iterable[int], *, kind: str = "supergroup", is_forum: bool = False
    ) -> Chat:
        """Make a chat the bot is already in, an administrator of forums and channels; it is told by `my_chat_member`."""
        chat = Chat(chat_id, kind, title, set(members), bot_status="left", is_forum=is_forum)
        self.chats[chat_id] = chat
        status = "administrator" if is_forum or kind == "channel" else "member"
        self.set_bot_status(chat, status, by=self.people[next(iter(chat.members))].user())
        return chat

    def chat(self, chat_id: object) -> Chat:
        """Return a chat the bot may look at, by its id; raises the official refusals."""
        if chat_id in (None, ""):
            raise bad_request("chat_id is empty")
        try:
            chat = self.chats[int(str(chat_id))]
        except (ValueError, KeyError):
            raise bad_request("chat not found") from None
        if chat.migrated_to:
            raise ApiRefusal(
                400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to
            )
        if chat.kind != "private" and not chat.bot_is_member:
            gone = "was kicked from" if chat.bot_status == "kicked" else "is not a member of"
            raise forbidden(f"bot {gone} the {chat.kind} chat")
        return chat

    def writable(self, chat_id: object) -> Chat:
        """Return a chat the bot may write to now; raises 400/403 as Telegram does."""
        chat = self.chat(chat_id)
        if chat.kind == "private":
            _reachable(self.people[chat.id])
        return chat

    def block(self, person_id: int) -> None:
        """Somebody blocks the bot."""
        person = self.people[person_id]
        if not person.has_blocked:
            person.has_blocked = True
            self.set_bot_status(self.chats[person_id], "kicked", by=person.user())

    def unblock(self, person_id: int) -> None:
        """Somebody lets the bot write again."""
        person = self.people[person_id]
        if person.has_blocked:
            person.has_blocked = False
            self.set_bot_status(self.chats[person_id], "member", by=person.user())

    def set_bot_status(self, chat: Chat, status: str, *, by: Json) -> None:
        """The bot comes, goes or rises in a chat by what the user `by` does; it is told by `my_chat_member`."""
        before = self.bot_member(chat)
        chat.bot_status = status
        change = {"old_chat_member": before, "new_chat_member": self.bot_member(chat)}
        self.push("my_chat_member", {"chat": chat.json(), "from": by, "date": self.now(), **change})
        self.tell(chat.id)

    def bot_member(self, chat: Chat) -> Json:
        """Return the Bot API's ChatMember that the bot is in a chat."""
        rights: Json = {"until_date": 0} if chat.bot_status == "kicked" else {}
        if chat.bot_status == "administrator":
            extra = _CHANNEL_RIGHTS if chat.kind == "channel" else _GROUP_RIGHTS
            rights = {"can_be_edited": False, "is_anonymous": False, **dict.fromkeys((*_RIGHTS, *extra), True)}
        return {"user": self.bot_user(), "status": chat.bot_status, **rights}

    def bot_user(self) -> Json:
        """Return the bot as other users see it."""
        return {key: self.bot[key] for key in ("id", "is_bot", "first_name", "username")}

    # ---- messages
    def now(self) -> int:
        """Return the simulated time as Telegram writes it."""
        return int(self.clock.timestamp())

    def new_message(self, chat: Chat, content: Json, *, sender: Json) -> Json:
        """Store a message of `sender` in `chat` and return it; in a channel it is the channel's own."""
        who: Json = {"sender_chat": chat.json()} if chat.kind == "channel" else {"from": sender}
        message = {"message_id": self._next_message, "date": self.now(), "chat": chat.json(), **who, **content}
        self._next_message += 1
        chat.messages[message["message_id"]] = message
        self.tell(chat.id)
        return message

    def new_album(self) -> str:
        """Return an identifier that messages sent as one album share."""
        return str(secrets.randbits(62))

    def delete_topic(self, chat: Chat, topic: Topic) -> None:
        """Forget a thread and all that was said in it."""
        del chat.topics[topic.id]
        for message_id in [key for key, message in chat.messages.items() if message.get("message_thread_id") == topic.id]:
            self.delete(chat, message_id)

    def delete(self, chat: Chat, message_id: int) -> None:
        """Take a message out of a chat."""
        del chat.messages[message_id]
        self.silent.discard((chat.id, message_id))
        chat.pinned = [pinned for pinned in chat.pinned if pinned != message_id]
        self.tell(chat.id)

    def message(self, chat: Chat, message_id: object, missing: str) -> Json:
        """Return a message of a chat or refuse with `missing`."""
        try:
            return chat.messages[int(str(message_id))]
        except (ValueError, KeyError):
            raise bad_request(missing) from None

    def person_sends(self, person_id: int, content: Json, chat_id: int | None = None) -> Json:
        """Somebody sends `content` (fields of a Message); the bot gets an update if it may read it."""
        person, chat = self.people[person_id], self.chats[chat_id or person_id]
        if chat.migrated_to:
            raise ValueError(f"this group has become {chat.migrated_to}")
        if chat.kind == "private":
            person.has_started = True
            if person.has_blocked:
                self.unblock(person_id)
        content = _with_reply(chat, _with_entities(content))
        message = self.new_message(chat, in_thread(chat, content), sender=person.user())
        if self._reads(chat, content):
            self.push("channel_post" if chat.kind == "channel" else "message", message)
        return message

    def person_edits(self, person_id: int, message_id: int, text: str, chat_id: int | None = None) -> None:
        """Somebody changes the text of a message of theirs."""
        chat = self.chats[chat_id or person_id]
        message = chat.messages[message_id]
        message.update(_with_entities({"text": text}), edit_date=self.now())
        if chat.bot_is_member:
            self.push("edited_channel_post" if chat.kind == "channel" else "edited_message", message)
        self.tell(chat.id)

    def person_presses(self, person_id: int, message_id: int, data: str, chat_id: int | None = None) -> str:
        """Somebody presses an inline button, real or forged; returns the callback query's id."""
        chat = self.chats[chat_id or person_id]
        query: Json = {
            "id": str(secrets.randbits(62)), "from": self.people[person_id].user(),
            "chat_instance": str(chat.id), "data": data,
        }  # fmt: skip
        message = chat.messages.get(message_id)
        query["message"] = message or {"chat": chat.json(), "message_id": message_id, "date": 0}
        self.callbacks[query["id"]] = (self.clock.timestamp(), query)
        self.push("callback_query", query)
        return str(query["id"])

    def _reads(self, chat: Chat, content: Json) -> bool:
        """Privacy mode: commands, mentions and replies to the bot are all it reads in a group it does not administrate."""
        if chat.kind == "private" or not chat.bot_is_member:
            return chat.kind == "private"
        return chat.bot_status == "administrator" or self._addressed(content)

    def _addressed(self, content: Json) -> bool:
        text = str(content.get("text") or content.get("caption") or "")
        replied = content.get("reply_to_message") or {}
        mentioned = f"@{self.bot['username']}" in text
        command = text.startswith("/") and ("@" not in text.split()[0] or mentioned)
        return command or mentioned or replied.get("from", {}).get("id") == self.bot["id"]

    # ---- files
    def store_file(self, kind: str, content: bytes, file_name: str, mime_type: str) -> StoredFile:
        """Keep an uploaded file; its id lasts as long as the simulator."""
        file_id = f"{kind}-{secrets.token_urlsafe(24)}"
        width, height = size_of(content) if kind == "photo" else (0, 0)
        stored = StoredFile(file_id, secrets.token_urlsafe(9), kind, content, file_name, mime_type, width, height)
        self.files[file_id] = stored
        return stored

    # ---- updates
    def push(self, kind: str, content: Json) -> int:
        """Queue an update for the bot; returns its id."""
        return self.push_raw({"update_id": self._next_update, kind: content})

    def push_raw(self, update: Any) -> int:
        """Queue an update exactly as given (the tests' malformed ones); its id moves the counter on."""
        if isinstance(update, dict) and isinstance(update.get("update_id"), int):
            self._next_update = update["update_id"] + 1
        self.updates.append((self.clock.timestamp(), update))
        self.arrived.set()
        return self._next_update - 1

    def pending(self, *, limit: int = 100, allowed: list[str] | None = None) -> list[Any]:
        """Return the updates not yet confirmed, oldest first; those older than a day are gone."""
        oldest = self.clock.timestamp() - UPDATES_KEPT_SECONDS
        self.updates = [item for item in self.updates if item[0] >= oldest and _allowed(item[1], allowed)]
        return [update for _, update in self.updates[:limit]]

    def confirm(self, offset: int) -> None:
        """Forget updates below `offset`; a negative one keeps only the last ones."""
        if offset < 0:
            self.updates = self.updates[offset:]
        else:
            self.updates = [item for item in self.updates if _update_id(item[1]) >= offset]

    def tell(self, chat_id: int) -> None:
        """Let the open pages know that a chat has changed."""
        for queue in self.changed:
            queue.put_nowait(chat_id)


def in_thread(chat: Chat, content: Json) -> Json:
    """Return a message's content with what it also holds for being in a thread, named or replied in.

    Telegram shows a message of a thread that replies to nothing as a reply to the message that opened the thread.
    """
    replied = content.get("reply_to_message")
    thread_id = content.get("message_thread_id")
    if thread_id is None and isinstance(replied, dict) and replied.get("message_thread_id") in chat.topics:
        thread_id = replied["message_thread_id"]
    if thread_id is None:
        return content
    topic = chat.topics[thread_id]
    return {"reply_to_message": chat.messages[topic.id], **content, "message_thread_id": topic.id, "is_topic_message": True}


def _reachable(person: Person) -> None:
    if person.is_deleted:
        raise forbidden("user is deactivated")
    if person.has_blocked:
        raise forbidden("bot was blocked by the user")
    if not person.has_started:
        raise forbidden("bot can't initiate conversation with a user")


def _update_id(update: Any) -> int:
    found = update.get("update_id", 0) if isinstance(update, dict) else 0
    return found if isinstance(found, int) else 0


def _allowed(update: Any, allowed: list[str] | None) -> bool:
    return not allowed or not isinstance(update, dict) or len(update) != 2 or any(kind in update for kind in allowed)


def _with_reply(chat: Chat, content: Json) -> Json:
    """Complete the message that a person replies to by what the chat knows of it; it never holds one more reply."""
    replied = content.get("reply_to_message")
    if not isinstance(replied, dict):
        return content
    known = {**chat.messages.get(replied.get("message_id", 0), {}), **replied}
    return {**content, "reply_to_message": {key: value for key, value in known.items() if key != "reply_to_message"}}


def _with_entities(content: Json) -> Json:
    """Add the `bot_command` entity a client sends with a text that begins with a slash."""
    text = content.get("text")
    if not isinstance(text, str) or not text.startswith("/") or len(text) < 2:
        return content
    length = len(text.split()[0])
    return {**content, "entities": [{"type": "bot_command", "offset": 0, "length": length}]}
