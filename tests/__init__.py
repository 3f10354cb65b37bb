"""The specification that can be run."""
