"""What a store knows of many jobs: listed, found, tabulated, fetched and explained, for commands and notebooks.

May use keepers and the floors below them, and is the only room that imports pandas and pyarrow. Never changes what is
stored or published.
"""
