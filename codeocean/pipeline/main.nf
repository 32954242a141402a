// A pipeline of Code Ocean: the dispatcher's capsule, then the analysis of each job, fanned out by Nextflow.
// To pipeline/main.nf of the pipeline's repository; what is yours is in nextflow.config beside it.
include { ANALYSIS } from './aind-analysis-jobs/workflows/analysis'
include { capsuleCode } from './aind-analysis-jobs/functions/capsules'

// The first box: the code of the dispatcher's capsule at a commit, which finds data and leaves results where a capsule does.
process DISPATCH {
    container params.dispatcher_image
    cache false // the assets that there are may be others today

    input:
    path code, stageAs: 'capsule/code'
    path data, stageAs: 'capsule/data/*' // what the pipeline has in its data, such as parameters

    output:
    path 'capsule/results'

    script: // in a container of its own, capsules look for their folders in its root
    def isContained = workflow.containerEngine || task.executor != 'local'
    """
    mkdir -p capsule/data capsule/results capsule/scratch
    export CO_CAPSULE_ID='${params.dispatcher_capsule}'
    if ${isContained}; then
        for name in data results scratch code; do ln -sfn "\$PWD/capsule/\$name" /\$name; done
    fi
    export DATA_PATH="\$PWD/capsule/data" RESULTS_PATH="\$PWD/capsule/results" SCRATCH_PATH="\$PWD/capsule/scratch"
    cd capsule/code
    bash run ${params.dispatcher_arguments}
    """

    stub:
    """
    mkdir -p capsule/results
    """
}

workflow {
    DISPATCH(capsuleCode(params.dispatcher_capsule, params.dispatcher_commit), files("${params.data}/*"))
    ANALYSIS(DISPATCH.out)
    ANALYSIS.out.counts.subscribe { counts, failed ->
        log.info "${counts.text.trim()}\nsee ${params.outdir}/report.html"
        if (failed.text.trim() != '0' && params.failed_jobs == 'fail') {
            error "jobs without a result: ${failed.text.trim()}; ${params.outdir}/report.html says why"
        }
    }
}
