include { afterOthers; isLastTry; patience } from '../functions/tries'
include { quote } from '../functions/flags'

// Decides on every job, and claims those that are to run: one task for a whole run.
process DEDUPE {
    label 'imports_analysis'
    label 'publishes'
    cache false // it asks the store
    errorStrategy { afterOthers(task, null) }

    input:
    tuple val(place), path(jobs) // where the jobs folder is, and its pack, or the folder where it lies elsewhere
    path code       // the pack of the analysis; [] for an installed module
    path parameters // [] for none
    path(kept, stageAs: 'kept.json') // which jobs shared a task before, of a launch that is taken up again; [] for none
    val flags

    output:
    path('decisions.jsonl', emit: decisions, optional: true)
    path('batches', emit: batches, optional: true)
    path('code.tar', emit: code, optional: true)
    path('sources.tar.gz', emit: sources, optional: true) // what of the code is published; an empty file for nothing
    path('run.json', emit: run, optional: true)
    path('counts.txt', emit: counts, optional: true) // of decisions, in words
    path('warnings.txt', emit: warnings, optional: true) // a line each
    path('problem.txt', emit: problem, optional: true) // then nothing else
    path('python.txt', emit: without_package, optional: true) // the Python that was found, which lacks this package; then nothing else

    script:
    """
    export ANALYSIS_RETRY_SECONDS=${patience(task)} ANALYSIS_MAX_REQUESTS=${params.max_requests ?: ''}
    dedupe.py --jobs ${quote(jobs)} --jobs-place ${quote(place)} ${code ? "--code ${code}" : ''} ${parameters ? "--parameters ${parameters}" : ''} ${kept ? "--kept ${kept} " : ''}--problem problem.txt ${isLastTry(task) ? '--last-attempt ' : ''}${flags} || {
        status=\$?
        python -c 'import analysis_jobs.stages.dedupe.dedupe' 2> /dev/null && exit \$status
        command -v python > python.txt || echo none > python.txt
    }
    """

    stub:
    """
    echo '{"file": "stub.json", "key": "stub", "decision": "run", "reason": "new", "attempt": 1}' > decisions.jsonl
    mkdir batches
    touch code.tar sources.tar.gz
    echo '{"jobs": [{"key": "stub", "attempt": 1, "parts": {}, "job": {}}]}' > batches/stub.json
    printf 'batch,jobs,group,size,ahead,file\\nstub,1,0,1,0,stub.json\\n' > batches/batches.csv
    echo '{}' > run.json
    echo '1 job: 1 to run' > counts.txt
    """
}
