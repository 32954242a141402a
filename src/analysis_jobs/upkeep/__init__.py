"""What changes bucket and store after the fact: compared and put right, removed where somebody says so, tidied.

May use stages and all rooms below them. Never takes away what nobody named, nor what a launch has claimed, and tells
the history of the store before it takes away anything.
"""
