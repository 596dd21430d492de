"""The bot about itself: commands, descriptions, files, webhook."""

from __future__ import annotations

import re

from bot.simulator import entities as markup
from bot.simulator.call import Call
from bot.simulator.methods.registry import METHODS, method
from bot.simulator.refusals import bad_request
from bot.simulator.world import Json, Webhook, World

MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")


@method
def get_me(world: World, call: Call) -> Json:
    return world.bot


def _scope(world: World, call: Call) -> tuple[str, str]:
    scope = call.structure("scope", "bot command scope") or {"type": "default"}
    kind = scope.get("type")
    language = call.text("language_code")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad_request("invalid language code specified")
    if kind in ("default", "all_private_chats", "all_group_chats", "all_chat_administrators"):
        return kind, language
    if kind in ("chat", "chat_administrators", "chat_member"):
        chat = world.chat(scope.get("chat_id"))
        return f"{kind}:{chat.id}", language
    raise bad_request("can't parse BotCommandScope: unsupported type specified")


@method
def set_my_commands(world: World, call: Call) -> bool:
    scope = _scope(world, call)
    commands = call.structure("commands", "list of bot commands") or []
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not _COMMAND.fullmatch(str(command.get("command", "")).removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= markup.utf16_length(str(command.get("description", ""))) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    world.commands[scope] = commands
    return True


@method
def get_my_commands(world: World, call: Call) -> list[Json]:
    return world.commands.get(_scope(world, call), [])


@method
def delete_my_commands(world: World, call: Call) -> bool:
    world.commands.pop(_scope(world, call), None)
    return True


def _own_text(name: str, limit: int, refusal: str) -> None:
    camel = "".join(part.capitalize() for part in name.split("_"))

    def set_text(world: World, call: Call) -> bool:
        if markup.utf16_length(call.text(name)) > limit:
            raise bad_request(refusal)
        world.texts[name, call.text("language_code")] = call.text(name)
        return True

    def get_text(world: World, call: Call) -> Json:
        found = world.texts.get((name, call.text("language_code"))) or world.texts.get((name, ""), "")
        return {name: found}

    METHODS[f"setmy{camel}".lower()] = set_text
    METHODS[f"getmy{camel}".lower()] = get_text


_own_text("name", 64, "BOT_TITLE_INVALID")
_own_text("description", 512, "BOT_DESCRIPTION_TOO_LONG")
_own_text("short_description", 120, "BOT_SHORT_DESCRIPTION_TOO_LONG")


@method
def get_file(world: World, call: Call) -> Json:
    stored = world.files.get(call.text("file_id"))
    if stored is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(stored.content) > MAX_DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return {
        "file_id": stored.file_id, "file_unique_id": stored.file_unique_id, "file_size": len(stored.content),
        "file_path": f"{stored.kind}/{stored.file_id}",
    }  # fmt: skip


@method
def set_webhook(world: World, call: Call) -> bool:
    url = call.text("url")
    if not url:
        world.webhook = None
        return True
    local = re.match(r"http://(127\.0\.0\.1|localhost|\[::1\])[:/]", url)
    if not url.startswith("https://") and not local:
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if not _SECRET.fullmatch(call.text("secret_token")):
        raise bad_request("secret token contains unallowed characters")
    allowed = call.structure("allowed_updates", "allowed updates")
    world.webhook = Webhook(url, call.text("secret_token"), allowed)
    world.arrived.set()  # what waits already is posted too
    return True


@method
def delete_webhook(world: World, call: Call) -> bool:
    world.webhook = None
    if call.flag("drop_pending_updates"):
        world.updates.clear()
    return True


@method
def get_webhook_info(world: World, call: Call) -> Json:
    info: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": len(world.updates)}
    if world.webhook:
        info["url"] = world.webhook.url
        if world.webhook.last_error:
            info |= {"last_error_date": world.now(), "last_error_message": world.webhook.last_error}
    return info


@method
def log_out(world: World, call: Call) -> bool:
    return True


@method
def close(world: World, call: Call) -> bool:
    return True
