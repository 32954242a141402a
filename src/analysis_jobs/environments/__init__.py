"""The environments that analyses run in: declared beside the code, made once by uv, found again, and asked.

May use the floors below keepers. Never changes an environment that was made, and no job ever waits for a resolver here.
"""
