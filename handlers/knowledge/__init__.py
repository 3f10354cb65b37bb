"""The published bank and its versions."""
