include { afterOthers; patience } from '../functions/tries'

// Records the published jobs of a group, and settles the states of all its jobs.
process RECORD {
    label 'publishes'
    tag "group ${group}"
    cache false // what was recorded may have been removed
    errorStrategy { afterOthers(task, group) }

    input:
    tuple val(group), path(batches, stageAs: 'batches/*'), path(uploaded), path(death) // uploaded: [] if its task died, and what is known of that
    path run
    val flags

    output:
    path('settled.jsonl', emit: settled)
    tuple(val(group), path('failed.txt'), emit: failed) // how many of its jobs failed
    stdout(emit: records) // in a dry run
    path('warnings.txt', emit: warnings, optional: true)

    script:
    """
    export ANALYSIS_RETRY_SECONDS=${patience(task)}
    record.py --batches batches ${uploaded ? "--uploaded ${uploaded}" : ''} ${death ? "--death ${death}" : ''} --run ${run} ${flags}
    """

    stub:
    """
    echo '{"key": "stub", "state": "done", "attempt": 1, "seconds": 0, "location": "stub"}' > settled.jsonl
    echo 0 > failed.txt
    """
}
