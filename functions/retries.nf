// What happens when a task died: it is tried again, or its jobs are told why. Exit statuses: 2 is invalid input and 1
// unexpected (neither gets better by trying again), 75 is a service that did not answer. From 128 on a signal ended the
// task: 137 mostly means out of memory, 140 and 143 out of time. The largest integer stands for no status at all: the node
// was lost, a spot instance reclaimed, or on this machine the time limit reached.

include { reasonOf } from './files'
include { giveRoomBack; slurmState } from './machine'
include { isLastTry; pause; tries } from './tries'

// The last name of a process: ANALYZE of ANALYSIS:ANALYZE.
def lastName(process) {
    process.toString().tokenize(':').last()
}

// Where something is written of a task of this launch that died.
// name: of its batch or group
def noteFile(stage, name, type) {
    workflow.workDir.resolve(".deaths/${workflow.runName}/${stage.toLowerCase()}-${name}.${type}")
}

// Where it is written how a task died whose jobs nobody else can tell of, until RECORD tells them.
def deathFile(stage, name) {
    noteFile(stage, name, 'json')
}

// That file, or [] where there is none: its task did not die, or a lab's own errorStrategy let it go.
def deathOf(stage, name) {
    def file = deathFile(stage, name)
    file.exists() ? file : []
}

// What Nextflow, or the executor, says of a task that died; nothing where that is the exit status alone.
// state: of stateOf
def deathReason(task, state) {
    if (state) {
        return "SLURM says ${state}".toString()
    }
    def said = (task.previousException?.cause?.message ?: task.previousException?.message ?: '').replaceAll(/^Process `[^`]*` /, '')
    said.startsWith('terminated with an error exit status') ? '' : said
}

// Where a task that has ended ran, as text.
def workFolder(task) {
    task.previousTrace?.workdir?.toString() ?: task.workDir?.toString()
}

// The sentence that a task of ours ended with (see process.py): of what is wrong, or did not answer; null of any other.
def lastWords(task) {
    if (task.exitStatus !in [2, 75]) {
        return null
    }
    try {
        def lines = file(workFolder(task), glob: false).resolve('.command.err').readLines()
        return lines.findAll { line -> line.startsWith('error: ') }.collect { line -> line - 'error: ' - '; try again later' }.reverse()[0]
    }
    catch (Exception _error) { // it was killed, or its disk is full
        return null
    }
}

// Says once what a task lacks, while it is tried again.
def sayWhatItWaitsFor(task) {
    def words = lastWords(task)
    if (words) {
        def seconds = pause(task.attempt + 1)
        def rounded = seconds < 1 ? seconds.round(1) : Math.round(seconds)
        log.warn1("${lastName(task.process)}: ${words}; it is tried again in ${rounded} s (${task.attempt + 1} of ${tries()})".toString(), firstOnly: true)
    }
}

// What SLURM says of a task of ours that a signal ended, or that ended without a status; null where it does not tell.
def stateOf(task) {
    def job = task.previousTrace?.native_id
    job && task.executor.toString() == 'slurm' && task.exitStatus >= 128 ? slurmState(job) : null
}

// Where it is written which work folders the attempts at a batch had, until UPLOAD has taken what they had finished.
def attemptsFile(batch) {
    noteFile('ANALYZE', batch, 'txt')
}

// Where it is written how many seconds each attempt at a batch took that died, for SUMMARIZE.
def lostFile(batch) {
    noteFile('ANALYZE', batch, 'lost')
}

// That file, or [] where there is none.
def lostOf(batch) {
    def file = lostFile(batch)
    file.exists() ? file : []
}

// Adds a line to a file of notes: in S3 nothing can be added.
def noteLine(file, line) {
    file.parent.mkdirs()
    file.text = "${file.exists() ? file.text : ''}${line}\n"
}

// Writes down that an attempt at a batch died, where, and what it took.
def noteAttempt(task, batch) {
    noteLine(attemptsFile(batch), workFolder(task))
    if (lostSeconds(task)) {
        noteLine(lostFile(batch), lostSeconds(task))
    }
}

def lostSeconds(task) {
    (task.previousTrace?.realtime ?: 0) / 1000
}

// Tells the gate that hands out batches (gate.nf), where there is one, that an attempt died, and whether it was the last.
def tellGate(task, batch, isLast) {
    def binding = nextflow.Global.session.binding
    if (binding.hasVariable('gateOfBatches')) {
        binding.getVariable('gateOfBatches').died.call(batch, lostSeconds(task), isLast)
    }
}

// The folders of those jobs of a batch that had ended when its task died, of the last attempt that has them.
def finishedJobs(batch) {
    def notes = attemptsFile(batch)
    def folders = notes.exists() ? notes.readLines().collect { folder -> file("${folder}/jobs", glob: false) } : []
    def jobs = folders.findAll { folder -> folder.isDirectory() }.collectMany { folder -> folder.listFiles().toList() }
    jobs.collectEntries { job -> [job.name, job] }.values().toList()
}

// Writes down how a task died.
// name: of its batch or group
// state: of stateOf, as to ask SLURM takes a while
// asked: of askedOf, of ANALYZE
def noteDeath(task, name, state, asked = [:]) {
    def words = lastWords(task)
    if (words) {
        log.warn1("${lastName(task.process)}: ${words}; its jobs fail for now: launch again when that is fixed".toString(), firstOnly: true)
    }
    def note = [
        exit: task.exitStatus == Integer.MAX_VALUE ? null : task.exitStatus,
        reason: words ?: deathReason(task, state),
        work: workFolder(task),
        executor: task.executor?.toString() ?: 'local',
        job: task.previousTrace?.native_id?.toString(),
    ] + (asked ? [asked: asked] : [:])
    def file = deathFile(lastName(task.process), name)
    try {
        writeNote(file, note)
    }
    catch (IOException problem) {
        log.warn1("The work folder ${workflow.workDir.toUriString()} cannot be written to: ${reasonOf(problem)}. Its jobs fail for now: free some space, and launch again.".toString(), firstOnly: true)
        giveRoomBack()
        try {
            writeNote(file, note + [reason: reasonOf(problem)])
        }
        catch (IOException _error) { // nobody can tell of them then
            log.debug "The death of ${task.name} could not be saved"
        }
    }
}

def writeNote(file, note) {
    java.nio.file.Files.createDirectories(file.parent)
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

// Keeps the error strategies for the modules, which include tries.nf.
def keepStrategies() {
    nextflow.Global.session.binding.setVariable('strategies', [
        afterAnalyze: { task, batch, asked -> strategyOfAnalyze(task, batch, asked) },
        afterOthers: { task, group -> strategyOfOthers(task, group) },
    ])
}

// The error strategy of ANALYZE. A task that the queue refuses was never submitted; to ignore it lets Nextflow 24.10 wait
// for ever. Killed once may be chance, or a node with little memory; killed twice is this job's way. A lost node is not.
// asked: of askedOf
def strategyOfAnalyze(task, batch, asked) {
    if (task.previousTrace?.submit == 0) {
        return 'terminate'
    }
    noteAttempt(task, batch)
    def state = stateOf(task)
    if (state == 'OUT_OF_MEMORY') {
        task.previousTrace.put('exit', 137) // as elsewhere; then there is more the next time
    }
    def isLost = state ? state == 'NODE_FAIL' : task.exitStatus == Integer.MAX_VALUE
    def isLast = task.exitStatus < 128 || task.attempt >= (isLost ? 3 : 2)
    tellGate(task, batch, isLast)
    if (!isLast) {
        return 'retry'
    }
    noteDeath(task, batch, state, asked + [memory_bytes: task.previousTrace?.memory ?: asked.memory_bytes])
    'ignore'
}

// The error strategy of the others, all of which converge when repeated. Of some the run can do without: their jobs are told.
// group: whose task it is; null of those that a run needs
def strategyOfOthers(task, group) {
    if ((task.exitStatus == 75 || task.exitStatus >= 128) && !isLastTry(task)) {
        sayWhatItWaitsFor(task)
        return 'retry'
    }
    if (group == null) {
        sayWhatIsMissing(task)
        return 'terminate'
    }
    noteDeath(task, group, stateOf(task))
    'ignore'
}
