"""The names of the files that a bank may have beside its guides."""

VOCABULARY = "vocabulary.toml"
FIRM = "firm.toml"
SAYINGS = "sayings.toml"
QUESTIONS = "questions.jsonl"
BESIDES = (VOCABULARY, FIRM, SAYINGS, QUESTIONS)
"""What may stand beside the guides and goes with a version of the bank."""
