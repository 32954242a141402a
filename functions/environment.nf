// What the environment says: that of whoever launches, or the env scope of a configuration, by which pipelines on Code
// Ocean are told what is theirs.

// The value of a variable, or null.
def variable(name) {
    System.getenv(name) ?: nextflow.Global.session.config.env?.get(name)?.toString() ?: null
}

// On Code Ocean results are to go to the lab's bucket and collection: without these, they would go where nobody looks.
def checkEnvironment() {
    def needed = [ANALYSIS_BUCKET: !params.bucket, DOCDB_COLLECTION: params.store == 'docdb', CODEOCEAN_EMAIL: true]
    def missing = needed.findAll { name, wanted -> wanted && !variable(name) }.keySet()
    if (workflow.profile.tokenize(',').contains('codeocean') && missing) {
        error "The environment lacks ${missing.join(', ')}: set it in the environment of the capsule or pipeline (docs/codeocean.md says what each is)."
    }
}
