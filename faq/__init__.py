"""What the firm knows: guides, the bank read from them, and finding what a question asks."""
