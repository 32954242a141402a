// Where tasks run that see no folder of this machine, and what has to be given for them.

// Executors whose tasks share no file system with whoever launches; of Kubernetes and clusters they do.
def farExecutors() {
    ['awsbatch', 'azurebatch', 'google-batch', 'google-lifesciences', 'tes']
}

// Whether a selector, such as withName:ANALYZE, is one of our processes: those of a pipeline that includes us do not count.
def isOurs(selector) {
    selects(selector, ['DEDUPE', 'ANALYZE', 'SIZE', 'UPLOAD', 'RECORD', 'SUMMARIZE'], ['imports_analysis', 'runs_analysis', 'publishes'])
}

// Whether a selector is one of these processes of ours, by name or by label.
def selects(selector, processes, labels) {
    def (kind, pattern) = selector.toString().tokenize(':').with { words -> [words[0], words.drop(1).join(':')] }
    def names = kind == 'withName'
        ? processes.collectMany { name -> [name, "ANALYSIS:${name}".toString(), "ANALYSIS:FIRST_WAVE:${name}".toString()] }
        : labels
    names.any { name -> name ==~ pattern }
}

// Whether DEDUPE, the first task, runs on this machine with the python that is on PATH here: no image, no module and no
// script of a lab brings another one.
// scope: the process scope of the configuration; variables: its env scope; images: why tasks see no environment of this
// machine, or null
def findsPython(scope, variables, images) {
    def given = [scope] + scope.findAll { selector, value ->
        // that of base.config, whose beforeScript only waits
        value instanceof Map && selector != 'withName:DEDUPE|SIZE|UPLOAD|RECORD|SUMMARIZE' && selects(selector, ['DEDUPE'], ['imports_analysis', 'publishes'])
    }.values()
    def brings = ['beforeScript', 'conda', 'module', 'spack', 'shell'].any { name -> given.any { settings -> settings[name] } }
    def isHere = given.every { settings -> settings.executor in [null, 'local'] }
    isHere && !images && !brings && !['PATH', 'PYTHONPATH', 'PYTHONHOME'].any { name -> variables[name] }
}

// The same of this launch; a stub needs no Python.
def isPythonOfPath(onHead) {
    def config = nextflow.Global.session.config
    !workflow.stubRun && findsPython(config.process ?: [:], config.env ?: [:], withoutFolders(onHead))
}

// Refuses limits that could not hold: batches are handed out one by one, by what errorStrategy in analyze.nf tells of them.
def checkBudget() {
    if (params.max_cost && !params.price_per_hour) {
        error "--max_cost ${params.max_cost} needs --price_per_hour, what an hour of one ANALYZE task costs: give it as well."
    }
    def scope = nextflow.Global.session.config.process ?: [:]
    def given = [scope] + scope.findAll { name, value -> value instanceof Map && isOurs(name) }.values()
    def other = ['array', 'errorStrategy'].find { name -> given.any { settings -> settings[name] } }
    if ((params.max_cost || params.max_hours) && other) {
        error "--max_cost and --max_hours hand out tasks one by one, which does not work in a configuration with process.${other}: leave out one of the two."
    }
}

// The executors that the process scope of a configuration names for our processes, or for all.
def executorsOf(scope) {
    scope.collect { name, value -> name == 'executor' ? value : value instanceof Map && isOurs(name) ? value.executor : null }
        .findAll()
        .collect { executor -> executor.toString() }
}

// Those of the configuration of this launch.
def configuredExecutors() {
    executorsOf(nextflow.Global.session.config.process ?: [:])
}

// Why tasks run where the folders of this machine are not, in words, or null if they do not.
// scope: the process scope of the configuration; folders: -work-dir and -bucket-dir, as paths or null
def elsewhere(scope, folders) {
    def remote = folders.find { folder -> folder && folder.toUri().scheme != 'file' }
    def far = executorsOf(scope).find { executor -> executor in farExecutors() }
    remote ? "the work folder is ${remote.toUriString()}" : far ? "the executor is ${far}" : null
}

// Why ANALYZE sees no environment of this machine, in words, or null where it does: images have their own.
def withoutFolders(onHead) {
    def session = nextflow.Global.session
    def engine = workflow.containerEngine ? "in images, by ${workflow.containerEngine}".toString() : null
    engine ?: elsewhere(session.config.process ?: [:], [workflow.workDir, onHead ? session.bucketDir : null])
}

// The folders on whose file systems tasks find the same as DEDUPE does, or null where they do everywhere. Images see what
// they are given, and nodes of a cluster what they share with whoever launches.
// scope: the process scope of the configuration; engine: of containers, or null; folders: -work-dir and -bucket-dir, as
// paths or null; mounted: --mount
def seenByAll(scope, engine, folders, mounted) {
    if (elsewhere(scope, folders)) {
        return []
    }
    def isHere = !engine && executorsOf(scope).every { executor -> executor == 'local' }
    isHere ? null : [folders[0].toString()] + (mounted ?: '').tokenize(',').collect { folder -> new File(folder).absolutePath }
}

// Those of this launch, as JSON
def foldersSeenByAll(onHead) {
    def session = nextflow.Global.session
    def seen = seenByAll(session.config.process ?: [:], workflow.containerEngine, [workflow.workDir, onHead ? session.bucketDir : null], params.mount)
    seen == null ? null : groovy.json.JsonOutput.toJson(seen)
}

// What --head_stages needs and was not given, as a sentence, or null: two kinds of tasks have two work folders.
def missingForHeadStages(workDir, bucketDir) {
    def isLocal = workDir.toUri().scheme == 'file'
    isLocal && bucketDir && bucketDir.toUri().scheme != 'file' ? null : "--head_stages has two work folders: give ${isLocal ? '-bucket-dir s3://..., for AWS Batch' : '-work-dir, a folder of this machine, and -bucket-dir s3://... for AWS Batch'}."
}

// What AWS Batch needs and was not given, as sentences.
// config: the whole configuration; images: of the processes; variables: the environment
def missingForBatch(config, images, variables) {
    def scope = config.process ?: [:]
    if (!('awsbatch' in executorsOf(scope))) {
        return []
    }
    def queues = scope.queue || scope.any { name, value -> value instanceof Map && isOurs(name) && value.queue }
    def region = config.aws?.region || variables.AWS_REGION || variables.AWS_DEFAULT_REGION || variables.AWS_CONFIG_FILE || new File("${variables.HOME}/.aws/config").isFile()
    def local = images.findAll { image -> image && !image.toString().contains('/') }.unique()
    [
        queues ? null : 'AWS Batch takes jobs from a queue: give --queue, the name of the job queue.',
        region ? null : 'AWS Batch is in a region: give --region, such as us-west-2.',
        local ? "AWS Batch fetches images from a registry, and ${local.join(' and ')} ${local.size() == 1 ? 'names' : 'name'} none: push ${local.size() == 1 ? 'it' : 'them'} there, and give --base_image and --analysis_image with the registry." : null,
    ].findAll()
}

// What tasks that run elsewhere wrote into folders of this machine would be lost.
def checkPlaces(bucket, store, onHead) {
    def session = nextflow.Global.session
    [workflow.workDir, projectDir].each { folder ->
        if (folder.toUriString().contains('$')) {
            error "The folder ${folder.toUriString()} has a \$ in its name, which a shell takes for a variable in the scripts of Nextflow: launch from another folder, or give another one with -work-dir."
        }
    }
    def why = elsewhere(session.config.process ?: [:], [workflow.workDir, session.bucketDir])
    [bucket: bucket, store: store].each { name, place ->
        if (why && !place.contains('://')) {
            error "--${name} is ${place}, on this machine, but tasks run elsewhere (${why}): give --bucket s3://... and --store docdb or postgresql://HOST/DATABASE."
        }
    }
    def images = [onHead && params.analysis_image ? null : params.base_image, params.analysis_image]
    def missing = missingForBatch(session.config, images, System.getenv()) + [onHead ? missingForHeadStages(workflow.workDir, session.bucketDir) : null]
    missing.findAll().each { sentence -> error sentence }
}

// [parameter: [is it used as all is configured, where it is used]]
def usesOfParameters() {
    def config = nextflow.Global.session.config
    def executors = configuredExecutors()
    def far = executors.any { executor -> executor in farExecutors() }
    def onBatch = 'awsbatch' in executors
    def onCluster = executors.any { executor -> executor != 'local' && !(executor in farExecutors()) }
    def images = workflow.containerEngine || far || 'k8s' in executors
    def inImages = '-profile docker, -profile awsbatch, or -profile slurm with --apptainer'
    [
        queue: [onCluster || far, '-profile slurm or -profile awsbatch'],
        cluster_options: [onCluster, '-profile slurm'],
        apptainer: [config.apptainer?.enabled || config.singularity?.enabled, '-profile slurm'],
        mount: [workflow.containerEngine && !far, '-profile docker, or -profile slurm with --apptainer'],
        base_image: [images, inImages],
        analysis_image: [images, inImages],
        region: [onBatch, '-profile awsbatch'],
        job_role: [onBatch, '-profile awsbatch'],
        aws_cli: [onBatch, '-profile awsbatch'],
        head_stages: [onBatch, '-profile awsbatch'],
    ]
}

// Refuses a parameter that has no effect. A plan needs no profile: it is the same command without one.
def checkProfiles(known) {
    usesOfParameters().each { name, use ->
        def isGiven = params[name] && params[name].toString() != known[name].default?.toString() && params[name].toString() != 'false'
        if (isGiven && !use[0]) {
            error "--${name} has no effect here: it is for ${use[1]}. Add that, or leave --${name} out."
        }
    }
}
