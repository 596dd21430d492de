"""The methods of the Bot API that the simulator knows, each as strict as Telegram.

A method gets the world and the call and returns its `result`; it raises ApiRefusal with the official text.
"""

from bot.simulator.methods import about, changing, chats, copying, sending, topics
from bot.simulator.methods.registry import dumped, known
from bot.simulator.methods.sending import media_json

__all__ = ["about", "changing", "chats", "copying", "dumped", "known", "media_json", "sending", "topics"]
