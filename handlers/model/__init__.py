"""A language model may give a second opinion: which of our own entries a message means.

Nothing that a model writes reaches a merchant unread: it answers with the id of an entry (checked
against the candidates), or writes a draft that a consultant edits. Everything works without it.
"""
