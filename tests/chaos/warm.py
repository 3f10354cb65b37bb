"""Imported once, before the children are forked off: what would cost each of them seconds."""

from tests.chaos import child
from tests.installed import shipped_matcher

shipped_matcher()

__all__ = ["child"]
