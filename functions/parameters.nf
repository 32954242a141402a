// Checks the parameters against nextflow_schema.json, before anything starts.

// [required: [name, ..], properties: [name: [type: .., ..]]] of each group of parameters
def schemaGroups() {
    file("${moduleDir}/../nextflow_schema.json", glob: false).splitJson(path: '$defs').collect { group -> group.value }
}

// [name: [type: .., default: .., description: ..]] of every parameter, in the order of the schema.
def knownParameters() {
    schemaGroups().collectEntries { group -> group.properties }
}

// Parameters that go with a coming version: [old: [now: its new name, or null where it has no effect any more, gone: version]].
// Nothing but the configuration can set a parameter, so nextflow.config hands on what was given, below its params:
//     params.old = null
//     params.now = params.old == null ? DEFAULT : params.old
def goingParameters() {
    [:]
}

// Whether a value is of a type of JSON, or is the text of one: parameters may arrive so, depending on the version of Nextflow.
def hasType(value, type) {
    def text = value.toString()
    def matches = [
        string: !(value instanceof Boolean || value instanceof Map || value instanceof List), // true is a flag without its value
        integer: text.isInteger(),
        number: text.isNumber(),
        boolean: text in ['true', 'false'],
        object: value instanceof Map,
    ]
    matches[type]
}

// Whether what lies at a path, if anything does, is what the schema says.
def hasFormat(text, format) {
    def path = text && !text.contains('://') ? file(text, glob: false) : null
    def isOther = ['directory-path': path?.isFile(), 'file-path': path?.isDirectory()]
    !isOther[format]
}

// Parameters may arrive as texts (`--plan true`), depending on the version of Nextflow.
def isTrue(value) {
    value.toString() == 'true'
}

// What must be of a value, in words, by the first rule of the schema that it breaks; null if it keeps all.
// about: what the schema says of the parameter
def brokenRule(value, about) {
    def text = value.toString()
    def number = text.isNumber() ? text.toBigDecimal() : null
    def rules = [ // [rule of JSON Schema: [does the value keep it, what it says]]
        type: [{ type -> hasType(value, type) }, { type -> "of type ${type}" }],
        'enum': [{ all -> text in all }, { all -> "one of ${all.join(', ')}" }],
        minimum: [{ least -> number >= least }, { least -> "${least} or more" }],
        exclusiveMinimum: [{ limit -> number > limit }, { limit -> "more than ${limit}" }],
        maximum: [{ most -> number <= most }, { most -> "${most} or less" }],
        minLength: [{ least -> text.length() >= least }, { least -> "${least} or more characters" }],
        pattern: [{ pattern -> text =~ pattern }, { _pattern -> "as its description says: ${about.description}" }],
        format: [{ format -> hasFormat(text, format) }, { format -> format == 'file-path' ? 'a file' : 'a folder' }],
    ]
    rules.findResult { name, rule -> about[name] == null || rule[0](about[name]) ? null : rule[1](about[name]).toString() }
}

// When a message tells of the end of this launch; null for never. To whom, only the environment says: see secrets.nf.
def notifyWhen() {
    System.getenv('ANALYSIS_NOTIFY') && params.notify != 'never' ? params.notify ?: 'always' : null
}

// Refuses an address where a word is wanted, and does not repeat it; and a message that would go to nobody, or would
// stand in the scripts of all tasks.
def checkNotify(about) {
    if (params.notify != null && !(params.notify.toString() in about.'enum')) {
        error "--notify says when a message is sent, and must be one of ${about.'enum'.join(', ')}. An address goes into the variable ANALYSIS_NOTIFY, because it holds a secret. If you gave an address here, remove .nextflow.log and the last line of .nextflow/history: Nextflow has written it there."
    }
    if (nextflow.Global.session.config.env?.ANALYSIS_NOTIFY) {
        error "ANALYSIS_NOTIFY is in the env scope of a configuration, which Nextflow writes into the scripts of all tasks, and it holds a secret: remove it there, and export it where you launch."
    }
    if (params.notify in ['always', 'failures'] && !System.getenv('ANALYSIS_NOTIFY')) {
        error "--notify ${params.notify} has nobody to send a message to: set the variable ANALYSIS_NOTIFY to an address of Apprise (docs/report.md)."
    }
}

// Refuses the preview of a parser in Nextflow 25.04, which keeps the command line from the configuration: --reports,
// --log_level and others would do nothing, without a word.
def checkParser() {
    if (System.getenv('NXF_SYNTAX_PARSER') == 'v2' && workflow.nextflow.version.matches('>=25.02') && workflow.nextflow.version.matches('<25.10')) {
        error "With NXF_SYNTAX_PARSER=v2, Nextflow ${workflow.nextflow.version} does not tell the configuration what the command line says: unset it (unset NXF_SYNTAX_PARSER), or launch with Nextflow 25.10 or newer."
    }
}

// Whether a text is empty, as of a variable that is not set: Nextflow takes `--outdir ""` for a flag. A file may say null.
def isEmpty(value, about) {
    value == null ? about.default != null : value.toString() in ['', 'true']
}

// Refuses values that break a rule. A pipeline that includes ANALYSIS has parameters of its own: those are not looked at.
def checkValues() {
    def known = knownParameters()
    checkNotify(known.notify)
    known.findAll { name, about -> about.minLength && params.containsKey(name) && isEmpty(params[name], about) }.each { name, about ->
        error "--${name} is empty: give a value, or leave it out${about.default ? " for ${about.default}" : ''}. See --help."
    }
    params.findAll { name, value -> value != null && known[name] }.each { name, value ->
        def rule = brokenRule(value, known[name])
        if (rule) {
            error "--${name} is ${value}: it must be ${rule}. See --help."
        }
    }
}

// Refuses --set alone, and `--set NAME=VALUE`, as the commands have it.
def checkSettings() {
    if (params.set !instanceof Map) {
        def text = params.set.toString()
        def (name, value) = text.contains('=') ? [text.takeBefore('='), text.drop(text.indexOf('=') + 1)] : ['NAME', 'VALUE']
        error "--set is ${text}, and needs the name of a parameter of the analysis: write --set.${name} ${value}"
    }
}

// Refuses paths with letters that the locale of this machine lacks, which Java has lost.
def checkLetters() {
    ['jobs', 'analysis', 'parameters', 'outdir', 'bucket', 'store'].findAll { name -> params[name] }.each { name ->
        try {
            java.nio.file.Path.of(params[name].toString())
        }
        catch (java.nio.file.InvalidPathException _error) {
            error "--${name} ${params[name]} has letters that the locale (${System.getProperty('sun.jnu.encoding')}) lacks: launch with LC_ALL=C.UTF-8."
        }
    }
}

// Options of `nextflow run` that are written with two dashes by mistake.
def ofNextflow() {
    ['resume', 'profile', 'work-dir', 'params-file', 'with-report', 'with-trace', 'with-timeline', 'latest', 'bg', 'c', 'r', 'w']
}

def checkNames() {
    def known = knownParameters().keySet()
    params.keySet().findAll { name -> !known.contains(name) && !goingParameters().containsKey(name) }.each { name ->
        if (ofNextflow().contains(name)) {
            error "There is no parameter --${name}: Nextflow's own options have one dash, so write -${name}."
        }
        def close = known.toList().closest(name)
        error "There is no parameter --${name}${close ? "; did you mean --${close[0]}?" : '.'} See --help. A parameter of the analysis is given with --set.${name} VALUE."
    }
}

// Says of parameters that go what to write instead.
def checkGoing() {
    goingParameters().findAll { old, _about -> params[old] != null }.each { old, about ->
        if (about.now && params[about.now] != params[old]) {
            error "--${old} is called --${about.now} now, and both are given: give --${about.now} alone."
        }
        log.warn about.now
            ? "--${old} is called --${about.now} now: write that, as --${old} goes with version ${about.gone}."
            : "--${old} has no effect any more: leave it out, as it goes with version ${about.gone}."
    }
}

def checkRequired() {
    schemaGroups().collectMany { group -> group.required ?: [] }.each { name ->
        if (!params[name]) {
            error "--${name} is missing: ${knownParameters()[name].description}. See --help."
        }
    }
}

def checkPaths() {
    if (!file(params.jobs, glob: false).exists()) {
        error "--jobs ${params.jobs} is not there: give the folder that the job dispatcher wrote to, or one job file."
    }
    // Else a misspelt docdb would be a file of that name; src/analysis_jobs/store/opening.py has the same
    def store = (params.store ?: 'docdb').toString()
    if (store != 'docdb' && store ==~ /[^\/.]+/ && !file(store, glob: false).exists()) {
        error "--store ${store} does not exist. Did you mean docdb, AIND's document database? For a SQLite file of your own, give a path or an ending, such as ./${store}.sqlite."
    }
    if (params.parameters && !file(params.parameters, glob: false).isFile()) {
        error "--parameters ${params.parameters} is not a file: give a JSON file, or leave it out."
    }
}

// The parameters by theme, as docs/parameters.md has them.
def helpText() {
    def themes = schemaGroups().collect { group -> "${group.title}\n${helpRows(group.properties).join('\n')}" }
    "Usage: nextflow run main.nf --jobs FOLDER --analysis FILE [--NAME VALUE ...]\n\n${themes.join('\n\n')}"
}

def helpRows(properties) {
    properties.collect { name, about ->
        "  --${name.padRight(20)} ${about.description}${about.default != null && about.default != [:] ? " [${about.default}]" : ''}"
    }
}
