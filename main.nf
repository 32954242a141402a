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
    log.info "aind-analysis-jobs ${workflow.manifest.version}: ${params.analysis} on ${params.jobs}; ${modeText()}"

    ANALYSIS(file(params.jobs, glob: false))

    ANALYSIS.out.records.subscribe { records -> if (records.trim()) { log.info records.trim() } }
    ANALYSIS.out.counts.combine(ANALYSIS.out.account).combine(ANALYSIS.out.folder).subscribe { counts, failed, place, folder ->
        def problem = saidOfEnd(counts.text.trim(), failed.text.trim(), place, folder)
        if (problem) {
            error problem
        }
    }
}

// Says how the launch has ended, and returns what is wrong with that, or null.
// counts: in words; without: the number of jobs without a result, as text; place: where the account is; folder: where it is to be
def saidOfEnd(counts, without, place, folder) {
    def details = isTrue(params.plan) ? 'decisions.jsonl' : 'report.html'
    log.info "${counts}\nsee ${place}/${details}"
    if (without != '0' && params.failed_jobs == 'report') {
        log.info "jobs without a result: ${without}, only reported (--failed_jobs report); ${place}/${details} says why"
    }
    else if (without != '0') {
        return "jobs without a result: ${without}; ${place}/${details} says why"
    }
    place == folder ? null : "The account of this launch could not be written to ${folder}: it is in ${place}. Free some space, or check the permissions of the folder, and copy it."
}

// What the launch will do, in words.
def modeText() {
    def store = (params.store ?: "${params.outdir}/").toString()
    isTrue(params.plan) ? 'plan: nothing will be run, published or claimed'
        : isTrue(params.dry_run) ? 'dry run: jobs will be run, nothing will be published, recorded or claimed'
        : store.startsWith("${params.outdir}/") ? "results and records: ${params.outdir}"
        : "results: ${params.outdir}, records: ${store}"
}
