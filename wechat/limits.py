"""How large a picture may be."""

MAX_IMAGE_BYTES = 2 * 1024 * 1024
"""Tencent's page on temporary media says 10 MB in one line and 2 MB in another: the safe one."""
MAX_IMAGE = f"{MAX_IMAGE_BYTES // 1024**2} MB"
"""The same for people."""
