// What happens when a task died: it is tried again, or its jobs are told why. Exit statuses: 2 is invalid input and 1
// unexpected (neither gets better by trying again), 75 is a service that did not answer. From 128 on a signal ended the
// task: 137 mostly means out of memory, 140 and 143 out of time. The largest integer stands for no status at all: the node
// was lost, a spot instance reclaimed, or on this machine the time limit reached.

include { slurmState } from './schedulers'

// The last name of a process: ANALYZE of ANALYSIS:ANALYZE.
def lastName(process) {
    process.toString().tokenize(':').last()
}

// Where it is written how a task died whose jobs nobody else can tell of, until RECORD tells them.
// name: of its batch or group
def deathFile(stage, name) {
    workflow.workDir.resolve(".deaths/${workflow.runName}/${stage.toLowerCase()}-${name}.json")
}

// That file, or [] where there is none: its task did not die, or a lab's own errorStrategy let it go.
def deathOf(stage, name) {
    def file = deathFile(stage, name)
    file.exists() ? file : []
}

// What Nextflow, or the executor, says of a task that died; nothing where that is the exit status alone.
def deathReason(task) {
    def state = stateOf(task)
    if (state) {
        return "SLURM says ${state}".toString()
    }
    def said = (task.previousException?.cause?.message ?: task.previousException?.message ?: '').replaceAll(/^Process `[^`]*` /, '')
    said.startsWith('terminated with an error exit status') ? '' : said
}

// What SLURM says of a task of ours that a signal ended, or that ended without a status; null where it does not tell.
def stateOf(task) {
    def job = task.previousTrace?.native_id
    job && task.executor.toString() == 'slurm' && task.exitStatus >= 128 ? slurmState(job) : null
}

// Where it is written which work folders the attempts at a task had, until UPLOAD has taken what they had finished.
def attemptsFile(stage, name) {
    workflow.workDir.resolve(".deaths/${workflow.runName}/${stage.toLowerCase()}-${name}.txt")
}

// Writes down that an attempt at a batch died, and where.
def noteAttempt(task) {
    def folder = task.previousTrace?.workdir ?: task.workDir
    def file = attemptsFile('ANALYZE', task.tag)
    file.parent.mkdirs()
    file.text = "${file.exists() ? file.text : ''}${folder}\n" // in S3 nothing can be added to a file
}

// The folders of those jobs of a batch that had ended when its task died, of the last attempt that has them.
def finishedJobs(batch) {
    def notes = attemptsFile('ANALYZE', batch)
    def folders = notes.exists() ? notes.readLines().collect { folder -> file("${folder}/jobs", glob: false) } : []
    def jobs = folders.findAll { folder -> folder.isDirectory() }.collectMany { folder -> folder.listFiles().toList() }
    jobs.collectEntries { job -> [job.name, job] }.values().toList()
}

// Writes down how a task died.
def noteDeath(task) {
    def note = [
        exit: task.exitStatus == Integer.MAX_VALUE ? null : task.exitStatus,
        reason: deathReason(task),
        work: task.previousTrace?.workdir?.toString() ?: task.workDir?.toString(),
        executor: task.executor?.toString() ?: 'local',
        job: task.previousTrace?.native_id?.toString(),
    ]
    def file = deathFile(lastName(task.process), task.tag.toString().tokenize().last())
    file.parent.mkdirs()
    file.text = groovy.json.JsonOutput.toJson(note)
}

// Says what a task that ends the run lacks, where its exit status alone does not.
def sayWhatIsMissing(task) {
    if (task.exitStatus == 127) {
        log.error task.executor.toString() == 'awsbatch'
            ? "${lastName(task.process)} found no command to run (exit status 127), mostly the `aws` that copies its files: build the images with tools/build-images --build-arg AWS_CLI=1, or give --aws_cli, its path on the machines."
            : "${lastName(task.process)} found no command to run (exit status 127): the environment, or the image, needs bash, Python and this package (docs/places.md)."
    }
}

// The error strategy of ANALYZE. A task that the queue refuses was never submitted; to ignore it lets Nextflow 24.10 wait
// for ever. Killed once may be chance, or a node with little memory; killed twice is this job's way. A lost node is not.
def afterAnalyze(task) {
    if (task.previousTrace?.submit == 0) {
        return 'terminate'
    }
    noteAttempt(task)
    def state = stateOf(task)
    if (state == 'OUT_OF_MEMORY') {
        task.previousTrace.put('exit', 137) // as elsewhere; then there is more the next time
    }
    def isLost = state ? state == 'NODE_FAIL' : task.exitStatus == Integer.MAX_VALUE
    if (task.exitStatus >= 128 && task.attempt < (isLost ? 3 : 2)) {
        return 'retry'
    }
    noteDeath(task)
    'ignore'
}

// The error strategy of the others, all of which converge when repeated. Of some the run can do without: their jobs are told.
def afterOthers(task, needed) {
    if ((task.exitStatus == 75 || task.exitStatus >= 128) && task.attempt < 4) {
        return 'retry'
    }
    if (needed) {
        sayWhatIsMissing(task)
        return 'terminate'
    }
    noteDeath(task)
    'ignore'
}
