// Where tasks run that see no folder of this machine, and what has to be given for them.

// Executors whose tasks share no file system with whoever launches; of Kubernetes and clusters they do.
def farExecutors() {
    ['awsbatch', 'azurebatch', 'google-batch', 'google-lifesciences', 'tes']
}

// Whether a selector, such as withName:ANALYZE, is one of our processes: those of a pipeline that includes us do not count.
def isOurs(selector) {
    def (kind, pattern) = selector.toString().tokenize(':').with { words -> [words[0], words.drop(1).join(':')] }
    def names = kind == 'withName'
        ? ['DEDUPE', 'ANALYZE', 'UPLOAD', 'RECORD', 'SUMMARIZE'].collectMany { name -> [name, "ANALYSIS:${name}".toString()] }
        : ['imports_analysis', 'runs_analysis', 'publishes']
    names.any { name -> name ==~ pattern }
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
