"""What changes bucket and store after the fact: fsck compares them, and puts right what can be put right.

May use stages and all rooms below them. Never takes away what a record, a manifest or a claim names: what goes out of
use is set aside, and what it removes was left by an attempt that died days ago.
"""
