"""What a consultant does to a conversation. Desk, API and command line call these functions.

`perform` runs one action in a transaction of its own, with the conversation locked; the rules of a
case stand in handlers/cases.py, those of a delivery in handlers/outbound/delivery_states.py.
"""
