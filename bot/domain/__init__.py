"""The rules: what may happen, and what follows. Never heard of Telegram or of French."""
