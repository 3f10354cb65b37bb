"""What a merchant's words do to the conversation: examples, and the model learned from them."""
