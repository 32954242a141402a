include { ANALYSIS } from './workflows/analysis'
include { checkEnvironment } from './functions/environment'
include { checkGoing; checkLetters; checkNames; checkPaths; checkRequired; checkSettings; checkValues; helpText; isTrue } from './functions/parameters'
include { checkParamsFile } from './functions/params_file'

workflow {
    if (isTrue(params.help)) {
        println helpText()
        return
    }
    checkNames()
    checkGoing()
    checkParamsFile(workflow.commandLine)
    checkLetters()
    checkSettings()
    checkValues()
    checkRequired()
    checkPaths()
    checkEnvironment()
    def store = (params.store ?: "${params.outdir}/").toString()
    def mode = isTrue(params.plan) ? 'plan: nothing will be run, published or claimed'
        : isTrue(params.dry_run) ? 'dry run: jobs will be run, nothing will be published, recorded or claimed'
        : store.startsWith("${params.outdir}/") ? "results and records: ${params.outdir}"
        : "results: ${params.outdir}, records: ${store}"
    log.info "aind-analysis-jobs ${workflow.manifest.version}: ${params.analysis} on ${params.jobs}; ${mode}"

    ANALYSIS(file(params.jobs, glob: false))

    def details = isTrue(params.plan) ? 'decisions.jsonl' : 'report.html'
    ANALYSIS.out.records.subscribe { records -> if (records.trim()) { log.info records.trim() } }
    ANALYSIS.out.counts.combine(ANALYSIS.out.account).combine(ANALYSIS.out.folder).subscribe { counts, failed, place, folder ->
        log.info "${counts.text.trim()}\nsee ${place}/${details}"
        def without = failed.text.trim()
        if (without != '0' && params.failed_jobs == 'report') {
            log.info "jobs without a result: ${without}, only reported (--failed_jobs report); ${place}/${details} says why"
        }
        else if (without != '0') {
            error "jobs without a result: ${without}; ${place}/${details} says why"
        }
        if (place != folder) {
            error "The account of this launch could not be written to ${folder}: it is in ${place}. Free some space, or check the permissions of the folder, and copy it."
        }
    }
}
