// What this machine says: its commands, the scheduler that it submits to, and its disks.

// What a command prints, or null where it fails or is not there.
def saidBy(command) {
    try {
        def running = new ProcessBuilder(command.collect { word -> word.toString() }).redirectErrorStream(true).start()
        def said = running.inputStream.text
        return running.waitFor() == 0 ? said : null
    }
    catch (IOException _error) { // no such command
        return null
    }
}

// How many GPUs a task may be given here, as limits.py counts them; null where nothing tells.
def gpusHere() {
    def given = System.getenv('CUDA_VISIBLE_DEVICES')
    if (given != null) {
        return given.tokenize(',').size()
    }
    saidBy(['nvidia-smi', '-L'])?.readLines()?.count { line -> line.startsWith('GPU ') }
}

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
    def ended = folders.collect { folder -> folder.toString() } as Set
    def queued = (saidBy(['timeout', '30', 'squeue', '--me', '-h', '-o', '%i %Z']) ?: '').readLines().collect { line -> line.trim().split(' ', 2) }
    def left = queued.findAll { words -> words.size() == 2 && words[1] in ended }.collect { words -> words[0] }
    if (left) {
        saidBy(['timeout', '30', 'scancel'] + left)
        log.info "cancelled ${left.size()} ${left.size() == 1 ? 'job' : 'jobs'} of SLURM that others had finished: ${left.join(', ')}"
    }
}

// Room in the work folder that is kept for the account of a launch, should its jobs fill the disk.
def keptRoom() {
    workflow.workDir.resolve(".room.${workflow.sessionId}")
}

// Four megabytes, as a report with plots takes two, or one where there is no more.
def keepRoom() {
    [4000000, 1000000].any { size -> isKept(size) }
}

// Whether so many bytes could be written: at random, as zeros take no room where a file system compresses.
def isKept(size) {
    byte[] content = java.nio.ByteBuffer.allocate(size).array()
    new Random().nextBytes(content)
    try {
        java.nio.file.Files.createDirectories(keptRoom().parent)
        java.nio.file.Files.write(keptRoom(), content)
        return true
    }
    catch (IOException _error) {
        giveRoomBack() // of a part of it
        return false
    }
}

def giveRoomBack() {
    try {
        java.nio.file.Files.deleteIfExists(keptRoom())
    }
    catch (IOException error) {
        log.debug "The reserved space could not be freed: ${error}"
    }
}
