#!/usr/bin/env bash
# Nextflow itself as a job of the cluster. What follows the name of this file is what follows `nextflow run`:
#   sbatch [options of sbatch] head.sh /shared/aind-analysis-jobs/main.nf -profile slurm -work-dir /shared/work --jobs ...
# The environment that is active where you submit goes along. Options of sbatch go before these.
#SBATCH --job-name=analysis-head
#SBATCH --output=analysis-head-%j.log
#SBATCH --open-mode=append
#SBATCH --cpus-per-task=2
#SBATCH --mem=6G
#SBATCH --time=1-00:00:00
# So many seconds before the time is over, this script is told (see below)
#SBATCH --signal=B:USR1@300
# Started again where its node is lost
#SBATCH --requeue
#SBATCH --mail-type=FAIL
set -euo pipefail

# SLURM counts how often it has started this job again: then it goes on with what the start before has begun
more=()
if ((${SLURM_RESTART_COUNT:-0})); then more+=(-resume); fi

# What the pipeline runs here has the processors of this job, not those of the node
export NXF_ANSI_LOG=false NXF_OPTS="${NXF_OPTS:-} -XX:ActiveProcessorCount=${SLURM_CPUS_PER_TASK:-2}"
nextflow run "$@" "${more[@]}" &
nextflow=$!

# Nextflow is killed, as it would cancel its jobs if it were asked to end: they go on, and count for the next start
time_is_over() {
  kill -KILL "$nextflow"
  echo "the time of this job is nearly over: it is queued again, and goes on from here"
  scontrol requeue "$SLURM_JOB_ID"
}
trap time_is_over USR1
wait "$nextflow"
