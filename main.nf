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
        def without = failed.text.trim()
        log.info endText(counts.text.trim(), without, place)
        if (without != '0' && params.failed_jobs != 'report') {
            error "jobs without a result: ${without}; ${place}/${details()} says why"
        }
        if (place != folder) {
            error "The account of this launch could not be written to ${folder}: it is in ${place}. Free some space, or check the permissions of the folder, and copy it."
        }
    }
}

// How the launch has ended, in words.
// counts: in words; without: the number of jobs without a result, as text; place: where the account is
def endText(counts, without, place) {
    def reported = without != '0' && params.failed_jobs == 'report' ? "\njobs without a result: ${without}, only reported (--failed_jobs report); ${place}/${details()} says why" : ''
    "${counts}\nsee ${place}/${details()}${reported}"
}

// The file that says more of each job.
def details() {
    isTrue(params.plan) ? 'decisions.jsonl' : 'report.html'
}

// What the launch will do, in words.
def modeText() {
    def store = (params.store ?: "${params.outdir}/").toString()
    isTrue(params.plan) ? 'plan: nothing will be run, published or claimed'
        : isTrue(params.dry_run) ? 'dry run: jobs will be run, nothing will be published, recorded or claimed'
        : store.startsWith("${params.outdir}/") ? "results and records: ${params.outdir}"
        : "results: ${params.outdir}, records: ${store}"
}
