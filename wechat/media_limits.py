"""How large pictures and files may be. What a request may have is `BODY_MAX` of
`handlers/ops/request_buffer.py`, which lets the largest picture through."""

MAX_IMAGE_BYTES = 2 * 1024 * 1024
"""What a consultant sends. Tencent's page on temporary media says 10 MB in one line and 2 MB in
another: the safe one."""
MAX_IMAGE = f"{MAX_IMAGE_BYTES // 1024**2} MB"
"""The same for people."""
MAX_MEDIA_BYTES = 10 * 1024 * 1024
"""What a merchant sends: the largest thing that WeChat lets through, a film."""
