"""NWB recordings read wherever they lie: HDF5 or Zarr, on a disk, in S3 or on a web server.

May use nouns and the floors below them, and is the only room that reads with pynwb, and with fsspec (Zarr). Never
knows a job, and never writes.
"""
