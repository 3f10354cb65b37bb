"""How a log names a merchant."""

import hashlib


def log_name(openid: str) -> str:
    """What a log may say instead of an openid: the same merchant, not who it is."""
    return hashlib.sha256(openid.encode()).hexdigest()[:8]
