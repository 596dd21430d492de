"""What a queued delivery becomes when its moment has come: rows loaded, then the view in the reader's language.

A room for each feature; `table` puts their views together, `renderer` makes the messages.
"""

from bot.rendering.moment import Rendered, Stage
from bot.rendering.renderer import Broken, render, render_all

__all__ = ["Broken", "Rendered", "Stage", "render", "render_all"]
