"""What kinds of features a text has."""

BLOCKS = ("char", "pair", "soundpair", "synonym", "platform")
CHAR, PAIR, SOUND_PAIR, SYNONYM, PLATFORM = range(len(BLOCKS))
