"""What DEDUPE, ANALYZE, SIZE, UPLOAD, RECORD and SUMMARIZE do, each under its name.

May use all rooms below; a script in `bin/` opens what it is told and calls one of these. Stages never call each other:
they hand on files, whose shapes `documents` has.
"""
