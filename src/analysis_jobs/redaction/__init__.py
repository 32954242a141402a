"""Secrets: which texts are some, and the one way by which all that leaves a process of ours loses them.

May import nothing of ours. Never stores a secret, and never says one in a message; ``docs/services.md`` has the rules
for users.
"""
