"""AWS as the pipeline itself asks it: credentials and region by its own chain, and S3 opened, its answers in words.

May use manners and the ground floor, and is the only room that imports boto3 and botocore. Never knows what lies in a
bucket.
"""
