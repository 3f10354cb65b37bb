"""What the bot says next: plain functions that know no Flask, no XML and no SQL."""
