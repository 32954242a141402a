// Where things are: the analysis, the jobs, the bucket and the store, as tasks see them.

include { elsewhere; missingForBatch } from './elsewhere'

// The absolute path of a folder or file, as tasks run elsewhere; a URL as it is.
def place(value) {
    value.contains('://') ? value : file(value, glob: false).toAbsolutePath().toString()
}

// ANALYSIS_BUCKET may leave out the scheme.
def bucketPlace() {
    def named = System.getenv('ANALYSIS_BUCKET')
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
    def parts = ['DOCDB_HOST', 'DOCDB_VERSION', 'DOCDB_DATABASE', 'DOCDB_COLLECTION'].collect { name -> System.getenv(name) ?: '' }
    "docdb://${parts.join('/')}"
}

// Folders of this machine that containers write to: an engine that has to make them makes them the administrator's.
def makeFolders(bucket, store) {
    def folders = [params.outdir, bucket, store.contains('://') ? store : file(store, glob: false).parent.toString()]
    folders
        .findAll { folder -> workflow.containerEngine && !folder.contains('://') }
        .each { folder -> file(folder, glob: false).mkdirs() }
}

// What tasks that run elsewhere wrote into folders of this machine would be lost.
def checkPlaces(bucket, store) {
    def session = nextflow.Global.session
    def why = elsewhere(session.config.process ?: [:], [workflow.workDir, session.bucketDir])
    [bucket: bucket, store: store].each { name, place ->
        if (why && !place.contains('://')) {
            error "--${name} is ${place}, on this machine, but tasks run elsewhere (${why}): give --bucket s3://... and --store docdb."
        }
    }
    missingForBatch(session.config, [params.base_image, params.analysis_image], System.getenv()).each { sentence -> error sentence }
}

// The folder that goes to DEDUPE, and the path of the analysis as seen there: [folder, path].
def analysisSource(analysis) {
    def path = file(analysis, glob: false)
    if (!path.exists()) {
        return [[], analysis] // the name of an installed module; Python says so if it is none
    }
    def folder = path.isDirectory() ? path : path.parent // siblings of a file may be imported
    [folder, path.isDirectory() ? "analysis/${folder.name}" : "analysis/${folder.name}/${path.name}"]
}

// One folder as a value, which every task can have, where a dispatcher may give a queue.
def oneFolder(jobs) {
    if (jobs instanceof Path) {
        return jobs
    }
    jobs.collect().ifEmpty([]).map { folders ->
        folders.size() == 1 ? folders[0] : error("ANALYSIS takes one folder of job files, and was given ${folders.size()}: let the dispatcher put them into one.")
    }
}
