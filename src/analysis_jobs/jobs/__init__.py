"""A job as documents: its file, its parameters, its key, and what became of it.

May use the floors below nouns. Never asks a store, a bucket or any other service, and never runs anything of the user's
but the models of the specification.
"""
