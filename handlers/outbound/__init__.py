"""Messages on their way to WeChat: the outbox, the sender, and the alerts that tell people."""
