// Where the bucket and the store are, as tasks see them.

include { variable } from './environment'

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

// active and auto as they are, else a folder; null where the pipeline decides.
def environmentPlace() {
    params.environment in [null, 'active', 'auto'] ? params.environment : place(params.environment)
}

// The document database with its place, since a task need not see this environment: docdb://host/version/database/collection
def storePlace() {
    if (params.store != 'docdb') {
        return place(params.store ?: "${params.outdir}/records.sqlite")
    }
    def parts = ['DOCDB_HOST', 'DOCDB_VERSION', 'DOCDB_DATABASE', 'DOCDB_COLLECTION'].collect { name -> variable(name) ?: '' }
    "docdb://${parts.collect { part -> URLEncoder.encode(part, 'UTF-8').replace('+', '%20') }.join('/')}" // a / in one begins no other
}
