"""WeChat for laptops and tests: it pushes, answers calls and keeps its rules, on this machine.

engine.Standin       in one process: `say`, `picture`, `event` …; `transcript`; `log`; faults
server.Server        the same over HTTP, in a thread: the API, and a phone for a page
python -m wechat.standin --webhook http://127.0.0.1:8000/wechat …
"""

from wechat.standin.engine import Standin
from wechat.standin.records import Attempt, Called, Fault, Line, Pushed, Settings
from wechat.standin.server import Server, create_standin, serve

__all__ = [
    "Attempt",
    "Called",
    "Fault",
    "Line",
    "Pushed",
    "Server",
    "Settings",
    "Standin",
    "create_standin",
    "serve",
]
