include { askedFlags; askedOf; memoryOf; timeOf } from '../functions/asked'
include { afterAnalyze } from '../functions/tries'

// Runs the user's code on the jobs of a batch. The only process that does, and it can write nowhere else.
process ANALYZE {
    label 'imports_analysis'
    label 'runs_analysis'
    tag { jobs.toRealPath().baseName - "${batch}." } // the label of its only job, else the batch: see batches.py
    memory { memoryOf(task, batch) }
    time { timeOf(task, batch, count) } // a job's limit is kept by analyze.py
    cache 'deep' // contents: `-resume` finds them though DEDUPE wrote its files anew
    errorStrategy { afterAnalyze(task, batch, askedOf(task, batch)) }

    input:
    tuple val(batch), val(count), path(jobs, stageAs: 'batch.json')
    path(code, stageAs: 'code.tar') // one file: of a folder, 'deep' compares path and time

    output:
    tuple val(batch), path('jobs/*', arity: '1..*'), path('failed.txt'), path('seconds.txt') // how many of its jobs failed, and what all took

    // Of a job that was killed alone the first attempt fails with 137, so that it has another, with more memory.
    script: // the folder may be there: `-resume` takes up the work folder of a task that was killed
    """
    tar -xf code.tar
    [ ! -e code/environment.sh ] || . code/environment.sh # of its own packages: made by DEDUPE, here only a path
    analyze.py --analysis code --batch batch.json ${askedFlags(task, batch)} --container '${task.container ?: ''}'
    """

    stub:
    """
    mkdir -p jobs/stub
    echo 0 > failed.txt
    echo 0 > seconds.txt
    """
}
