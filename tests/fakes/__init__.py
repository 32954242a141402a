"""Real services for tests, each a server of its own that other processes can reach.

`s3` is SeaweedFS, `docdb` the API of AIND's document database in front of a real one, `proxy` counts and breaks what
passes; `fixtures` has those that most tests share. All listen on 127.0.0.1 only, on free ports.
"""
