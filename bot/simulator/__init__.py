"""A small, strict Bot API server on loopback, and a web page where one plays several phones.

It knows the Bot API and nothing of the association's rules.
"""

from bot.simulator.server import SIMULATOR_TOKEN, Simulator, refuse_real_token

__all__ = ["SIMULATOR_TOKEN", "Simulator", "refuse_real_token"]
