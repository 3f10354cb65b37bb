"""WeChat for laptops and tests: it pushes, answers calls and keeps its rules, on this machine.

engine.Simulator       in one process: `say`, `picture`, `event` …; `transcript`; `log`; faults
server.Server        the same over HTTP, in a thread: the API, and a phone for a page
python -m wechat.simulator --webhook http://127.0.0.1:8000/wechat …
"""

from wechat.simulator.engine import Simulator
from wechat.simulator.records import Attempt, Called, Fault, Pushed, ShownLine, SimulatedAccount
from wechat.simulator.server import Server, create_simulator, serve

__all__ = [
    "Attempt",
    "Called",
    "Fault",
    "Pushed",
    "Server",
    "ShownLine",
    "SimulatedAccount",
    "Simulator",
    "create_simulator",
    "serve",
]
