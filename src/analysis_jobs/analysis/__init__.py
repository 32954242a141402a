"""The user's code: found, identified by a digest, copied for the jobs, imported, and checked against the contract.

May use the floors below nouns. Never runs an analysis, and never knows a job, a store or a bucket.
"""
