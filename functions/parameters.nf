// Checks the parameters against nextflow_schema.json, before anything starts.

// [name: [type: .., default: .., description: ..]] of every parameter, in the order of the schema.
def knownParameters() {
    file("${projectDir}/nextflow_schema.json", glob: false)
        .splitJson(path: '$defs')
        .collectEntries { group -> group.value.properties }
}

def hasType(value, type) {
    def text = value.toString()
    def matches = [
        integer: text.isInteger(),
        number: text.isNumber(),
        boolean: text in ['true', 'false'],
        object: value instanceof Map,
    ]
    matches.getOrDefault(type, true)
}

def checkParameters() {
    def known = knownParameters()
    params.each { name, value ->
        if (!known.containsKey(name)) {
            def close = known.keySet().toList().closest(name)
            error "There is no parameter --${name}${close ? "; did you mean --${close[0]}?" : ''} See --help."
        }
        if (value != null && !hasType(value, known[name].type)) {
            error "--${name} is ${value}: it must be of type ${known[name].type}. See --help."
        }
        if (value != null && known[name].exclusiveMinimum != null && value.toString().toBigDecimal() <= known[name].exclusiveMinimum) {
            error "--${name} is ${value}: it must be more than ${known[name].exclusiveMinimum}. See --help."
        }
        if (value != null && known[name].pattern && !(value.toString() =~ known[name].pattern)) {
            error "--${name} is ${value}: ${known[name].description}."
        }
    }
    ['jobs', 'analysis'].each { name ->
        if (!params[name]) {
            error "--${name} is missing: ${known[name].description}. See --help."
        }
    }
    if (!file(params.jobs, glob: false).isDirectory()) {
        error "--jobs ${params.jobs} is not a folder: give the folder that the job dispatcher wrote to."
    }
    if (params.parameters && !file(params.parameters, glob: false).isFile()) {
        error "--parameters ${params.parameters} is not a file: give a JSON file, or leave it out."
    }
    ['jobs', 'analysis', 'parameters'].each { name ->
        if (params[name] && file(params[name], glob: false).toAbsolutePath().toString().contains('$')) {
            error "--${name} ${params[name]} has a \$ in its path, which the shell that stages it takes for a variable: rename it."
        }
    }
}

// On Code Ocean results are to go to the lab's bucket and collection: without these, they would go where nobody looks.
def checkEnvironment() {
    def needed = [ANALYSIS_BUCKET: !params.bucket, DOCDB_COLLECTION: params.store == 'docdb', CODEOCEAN_EMAIL: true]
    def missing = needed.findAll { name, wanted -> wanted && !System.getenv(name) }.keySet()
    if (workflow.profile.tokenize(',').contains('codeocean') && missing) {
        error "The environment lacks ${missing.join(', ')}: set it in the environment of the capsule or pipeline (docs/places.md says what each is)."
    }
}

def helpText() {
    def rows = knownParameters().collect { name, about ->
        "  --${name.padRight(14)} ${about.description}${about.default != null && about.default != [:] ? " [${about.default}]" : ''}"
    }
    "Usage: nextflow run main.nf --jobs FOLDER --analysis FILE [--NAME VALUE ...]\n\n${rows.join('\n')}"
}
