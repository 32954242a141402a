#!/usr/bin/env bash
# A launch that is a job of AWS Batch: what follows is what follows `nextflow run main.nf`.
# The attempts of a job have one id, which is a UUID. As that of their session it lets the next attempt take up at once
# what one has claimed that died; the history of sessions, which was on a disk that is gone, is not asked.
set -euo pipefail
id=${AWS_BATCH_JOB_ID:?is not set: this is for jobs of AWS Batch}
export NXF_ANSI_LOG=false NXF_IGNORE_RESUME_HISTORY=true
exec nextflow run "$(dirname "$0")/../../main.nf" -resume "$id" -name "head-${id%%-*}-${AWS_BATCH_JOB_ATTEMPT:-1}" "$@"
