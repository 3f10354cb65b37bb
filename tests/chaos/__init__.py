"""Nothing lost, nothing twice: real processes, broken on purpose, and an auditor of what came out.

`python -m tests.chaos --help`, or `make chaos`; docs/chaos.md says what is checked.
"""
