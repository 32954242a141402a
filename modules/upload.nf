include { afterOthers; patience; tries } from '../functions/tries'

// Publishes the results of a group of finished jobs.
process UPLOAD {
    label 'publishes'
    tag "group ${group}"
    cache false // what was published may have been removed
    errorStrategy { afterOthers(task, group) }

    input:
    tuple val(group), path(batches, stageAs: 'batches/*'), path(jobs, stageAs: 'jobs/*'), path(deaths, stageAs: 'deaths/*') // deaths: of ANALYZE tasks, [] for none
    path run
    path sources // of the analysis, an archive or an empty file; [] for none
    val flags

    output:
    tuple(val(group), path('uploaded.jsonl'), path('failed.txt'), emit: uploaded) // failed: how many of its jobs have failed until now
    path('warnings.txt', emit: warnings, optional: true)

    script:
    """
    export ANALYSIS_RETRY_SECONDS=${patience(task)}
    upload.py --attempt ${task.attempt} --of ${tries()} --batches batches --jobs jobs --run ${run} ${sources ? "--sources ${sources} " : ''}${flags}
    """

    stub:
    """
    touch uploaded.jsonl
    echo 0 > failed.txt
    """
}
