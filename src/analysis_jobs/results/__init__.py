"""What a store knows of many jobs: listed, found, tabulated, fetched and explained, for commands and notebooks.

May use keepers, nouns and the ground floor, and is the only room that imports pandas and pyarrow. Never changes what is
stored or published.
"""
