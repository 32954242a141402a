// What the environment says: that of whoever launches, or the env scope of a configuration, by which pipelines on Code
// Ocean are told what is theirs.

// The value of a variable, or null.
def variable(name) {
    System.getenv(name) ?: nextflow.Global.session.config.env?.get(name)?.toString() ?: null
}
