"""What keeps a launch from running here: Python, Java, Nextflow, images, store, bucket, folders, clock and variables.

May use keepers and all rooms below them. Never changes what it looks at: what is written to see whether it can be is
removed again. `analysis_jobs.health.doctor` gathers the checks, each file has those of one kind.
"""
