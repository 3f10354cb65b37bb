"""Callers who never end a request: `python -m bench.dripping PORT NUMBER SECONDS`.

Half of them send a head and half a body, one byte a second, and begin anew when they are hung up
on. None ever says who it is.
"""

import asyncio
import time

import click

HEAD = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-More: "
BODY = b"POST /wechat?nonce=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n<xml>"
OPEN_SECONDS = 5.0


async def drip(port: int, begin: bytes, until: float) -> int:
    """How often it had to begin anew."""
    begun = 0
    while time.monotonic() < until:
        begun += 1
        try:
            opening = asyncio.open_connection("127.0.0.1", port)
            _, writer = await asyncio.wait_for(opening, OPEN_SECONDS)
            writer.write(begin)
            while time.monotonic() < until and not writer.is_closing():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(1.0)
            writer.close()
        except (OSError, TimeoutError):
            await asyncio.sleep(0.2)
    return begun


async def crowd(port: int, number: int, seconds: float) -> int:
    until = time.monotonic() + seconds
    callers = [drip(port, (HEAD, BODY)[each % 2], until) for each in range(number)]
    return sum(await asyncio.gather(*callers))


@click.command()
@click.argument("port", type=int)
@click.argument("number", type=int)
@click.argument("seconds", type=float)
def main(port: int, number: int, seconds: float) -> None:
    click.echo(asyncio.run(crowd(port, number, seconds)))


if __name__ == "__main__":
    main()
