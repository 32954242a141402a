// What a scheduler knows of the jobs of a launch, which Nextflow does not ask.

include { configuredExecutors } from './elsewhere'
include { saidBy } from './environment'

// How a job of SLURM ended, in its words, such as OUT_OF_MEMORY, CANCELLED, TIMEOUT or NODE_FAIL; null where it does not
// tell. The controller remembers a job for some minutes, the accounts, where a cluster has them, for ever.
def slurmState(job) {
    def asked = [/JobState=(\w+)/: ['scontrol', 'show', 'job', '-o', job], /^\s*(\w+)/: ['sacct', '-n', '-X', '-o', 'State', '-j', job]]
    asked.findResult { pattern, command ->
        def found = (saidBy(['timeout', '10'] + command) ?: '') =~ pattern
        found && !(found[0][1] in ['PENDING', 'RUNNING', 'COMPLETING', 'CONFIGURING', 'COMPLETED']) ? found[0][1] : null
    }
}

// Takes out of SLURM's queue what of a launch is left in it: after `-resume` a job of the launch before may have ended a
// task while that of this launch still waited.
// folders: the work folders of tasks that have ended
def cancelLeft(folders) {
    if (!('slurm' in configuredExecutors())) {
        return
    }
    def ended = folders.collect { folder -> folder.toString() } as Set
    def queued = (saidBy(['timeout', '30', 'squeue', '--me', '-h', '-o', '%i %Z']) ?: '').readLines().collect { line -> line.trim().split(' ', 2) }
    def left = queued.findAll { words -> words.size() == 2 && words[1] in ended }.collect { words -> words[0] }
    if (left) {
        saidBy(['timeout', '30', 'scancel'] + left)
        log.info "cancelled ${left.size()} jobs of SLURM that others had finished: ${left.join(', ')}"
    }
}
