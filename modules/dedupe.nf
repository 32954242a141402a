include { afterOthers } from '../functions/retries'
include { quote } from '../functions/flags'

// Decides on every job, and claims those that are to run: one task for a whole run.
process DEDUPE {
    label 'imports_analysis'
    label 'publishes'
    cache false // it asks the store
    publishDir "${folder}", pattern: 'decisions.jsonl', mode: 'copy'
    errorStrategy { afterOthers(task, true) }

    input:
    tuple val(place), path(jobs) // where the jobs folder is, and its pack, or the folder where it lies elsewhere
    path code       // the pack of the analysis; [] for an installed module
    path parameters // [] for none
    val flags
    val folder // for the decisions

    output:
    path 'decisions.jsonl', emit: decisions, optional: true
    path 'batches', emit: batches, optional: true
    path 'code.tar', emit: code, optional: true
    path 'run.json', emit: run, optional: true
    path 'counts.txt', emit: counts, optional: true // of decisions, in words
    path 'problem.txt', emit: problem, optional: true // then nothing else

    script:
    """
    unset GIT_ACCESS_TOKEN CODEOCEAN_API_TOKEN # the pipeline's, and no business of an analysis
    dedupe.py --jobs ${quote(jobs)} --jobs-place ${quote(place)} ${code ? "--code ${code}" : ''} ${parameters ? "--parameters ${parameters}" : ''} --problem problem.txt ${flags}
    """

    stub:
    """
    echo '{"file": "stub.json", "key": "stub", "decision": "run", "reason": "new", "attempt": 1}' > decisions.jsonl
    mkdir batches
    touch code.tar
    echo '{"jobs": [{"key": "stub", "attempt": 1, "parts": {}, "job": {}}]}' > batches/stub.json
    printf 'batch,jobs,group,size\\nstub,1,0,1\\n' > batches/batches.csv
    echo '{}' > run.json
    echo '1 job: 1 to run' > counts.txt
    """
}
