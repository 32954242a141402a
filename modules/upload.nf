// Publishes the results of a group of finished jobs.
process UPLOAD {
    label 'publishes'
    tag "group ${group}"
    cache false // what was published may have been removed

    input:
    tuple val(group), path(batches, stageAs: 'batches/*'), path(jobs, stageAs: 'jobs/*')
    path run
    val flags

    output:
    tuple val(group), path('uploaded.jsonl')

    script:
    """
    upload.py --batches batches --jobs jobs --run ${run} ${flags}
    """

    stub:
    """
    touch uploaded.jsonl
    """
}
