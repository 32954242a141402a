// Where things are: the analysis, the jobs, the bucket and the store, as tasks see them.

include { elsewhere; missingForBatch; missingForHeadStages } from './elsewhere'
include { analysisPath } from './capsules'
include { variable } from './environment'
include { isTrue } from './flags'
include { makeFolder } from './outdir'

// The absolute path of a folder or file, as tasks run elsewhere; a URL as it is.
def place(value) {
    value.contains('://') ? value : file(value, glob: false).toAbsolutePath().toString()
}

// ANALYSIS_BUCKET may leave out the scheme.
def bucketPlace() {
    def named = variable('ANALYSIS_BUCKET')
    if (params.bucket || named == null) {
        return place(params.bucket ?: "${params.outdir}/analyses")
    }
    named.startsWith('s3://') ? named : "s3://${named}"
}

// The document database with its place, since a task need not see this environment: docdb://host/version/database/collection
def storePlace() {
    if (params.store != 'docdb') {
        return place(params.store ?: "${params.outdir}/records.sqlite")
    }
    def parts = ['DOCDB_HOST', 'DOCDB_VERSION', 'DOCDB_DATABASE', 'DOCDB_COLLECTION'].collect { name -> variable(name) ?: '' }
    "docdb://${parts.collect { part -> URLEncoder.encode(part, 'UTF-8').replace('+', '%20') }.join('/')}" // a / in one begins no other
}

// Folders of this machine that containers write to: an engine that has to make them makes them the administrator's.
def makeFolders(bucket, store) {
    def folders = [params.outdir, bucket, store.contains('://') ? store : file(store, glob: false).parent.toString()]
    folders
        .findAll { folder -> workflow.containerEngine && !folder.contains('://') }
        .each { folder -> makeFolder(file(folder, glob: false).toAbsolutePath()) }
}

// What tasks that run elsewhere wrote into folders of this machine would be lost.
def checkPlaces(bucket, store) {
    def session = nextflow.Global.session
    [workflow.workDir, projectDir].each { folder ->
        if (folder.toUriString().contains('$')) {
            error "The folder ${folder.toUriString()} has a \$ in its name, which a shell takes for a variable in the scripts of Nextflow: launch from another folder, or give another one with -work-dir."
        }
    }
    def why = elsewhere(session.config.process ?: [:], [workflow.workDir, session.bucketDir])
    [bucket: bucket, store: store].each { name, place ->
        if (why && !place.contains('://')) {
            error "--${name} is ${place}, on this machine, but tasks run elsewhere (${why}): give --bucket s3://... and --store docdb."
        }
    }
    def onHead = isTrue(params.head_stages)
    def images = [onHead && params.analysis_image ? null : params.base_image, params.analysis_image]
    def missing = missingForBatch(session.config, images, System.getenv()) + [onHead ? missingForHeadStages(workflow.workDir, session.bucketDir) : null]
    missing.findAll().each { sentence -> error sentence }
}

// Where the analysis is, as the user would find it again; the name of an installed module as it is.
def analysisPlace(analysis) {
    def path = analysisPath(analysis)
    path.exists() ? path.toUri().scheme == 'file' ? path.toAbsolutePath().toString() : path.toUriString() : analysis
}
