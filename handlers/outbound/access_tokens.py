"""WeChat's access token in the database: one for every process and machine."""

import threading
from contextlib import AbstractContextManager

from storage.database import Database
from storage.queries import banks
from wechat.tokens import Token


class DatabaseTokenStore:
    """The lock is this process's only: WeChat's stable_token gives two askers the same token, so
    the worst that two processes can do at once is to ask twice."""

    def __init__(self, database: Database, app_id: str) -> None:
        self._database = database
        self._app_id = app_id
        self._lock = threading.Lock()

    def get(self) -> Token | None:
        with self._database.read() as session:
            row = banks.access_token(session, self._app_id)
        return None if row is None else Token(*row)

    def put(self, token: Token) -> None:
        with self._database.write() as session:
            banks.put_access_token(session, self._app_id, token.value, token.expires_at)

    def lock(self) -> AbstractContextManager[object]:
        return self._lock
