"""Open desk pages, in a process of their own: `python -m bench.pages URL NUMBER SECONDS`.

Each does what the page's script does: it holds a stream, and where all streams are taken it asks
every second. They share one login; the server cannot tell.
"""

import json
import threading
import time

import click
import requests

POLL_SECONDS = 1.0
NAME, PASSWORD = "小李", "correct horse"


def logged_in(url: str) -> str:
    """The session's cookie header."""
    with requests.Session() as session:
        page = session.get(f"{url}/desk/login", timeout=30).text
        token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
        form = {"csrf_token": token, "name": NAME, "password": PASSWORD}
        session.post(f"{url}/desk/login", data=form, timeout=30).raise_for_status()
        return "; ".join(f"{name}={value}" for name, value in session.cookies.items())


class Page(threading.Thread):
    def __init__(self, url: str, cookie: str, until: float) -> None:
        super().__init__(daemon=True)
        self._url, self._until = url, until
        self._session = requests.Session()
        self._session.headers["Cookie"] = cookie
        self.events = self.polls = self.refused = 0
        self.broken = 0

    def run(self) -> None:
        while time.monotonic() < self._until:
            try:
                if not self._stream():
                    self._poll()
            except requests.RequestException:
                self.broken += 1
                time.sleep(POLL_SECONDS)

    def _stream(self) -> bool:
        with self._session.get(f"{self._url}/desk/events", stream=True, timeout=30) as answer:
            if not answer.ok:
                self.refused += 1
                return False
            for line in answer.iter_lines(chunk_size=1):
                self.events += line.startswith(b"data:")
                if time.monotonic() > self._until:
                    break
        return True

    def _poll(self) -> None:
        """Some polls before the next try for a stream, as the page does."""
        for _ in range(30):
            if time.monotonic() > self._until:
                return
            self._session.get(f"{self._url}/desk/changes", timeout=30).raise_for_status()
            self.polls += 1
            time.sleep(POLL_SECONDS)


@click.command()
@click.argument("url")
@click.argument("number", type=int)
@click.argument("seconds", type=float)
def main(url: str, number: int, seconds: float) -> None:
    cookie, until = logged_in(url), time.monotonic() + seconds
    pages = [Page(url, cookie, until) for _ in range(number)]
    for page in pages:
        page.start()
    for page in pages:
        page.join(seconds + 60)
    streaming = sum(page.polls == 0 for page in pages)
    totals = {
        name: sum(getattr(page, name) for page in pages) for name in ("events", "polls", "broken")
    }
    click.echo(json.dumps({"pages": number, "streaming": streaming} | totals))


if __name__ == "__main__":
    main()
