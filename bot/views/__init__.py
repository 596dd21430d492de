"""The screens: rows and a Reader in, an OutgoingMessage out. They write nothing and query nothing."""
