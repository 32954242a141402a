// Says how far a run is: a line for each stage with its counts and an estimate, now and then. Never fails a run.

// Milliseconds between two lines of a stage, at least
def pause() {
    5000
}

// [total: .., batches: [name: jobs], groups: [name: jobs]] of [[batch, number of jobs, group, ..], ..].
def expectedJobs(batches) {
    [
        total: batches.sum(0) { batch -> batch[1] },
        batches: batches.collectEntries { batch -> [batch[0], batch[1]] },
        groups: batches.groupBy { batch -> batch[2].toString() }.collectEntries { name, some -> [name, some.sum { batch -> batch[1] }] },
    ]
}

// Some time from now, in the unit of a person who waits.
def waitText(milliseconds) {
    def minutes = milliseconds / 60000
    minutes < 1 ? 'less than 1 min' : minutes < 90 ? "about ${Math.round(minutes)} min" : minutes < 2880 ? "about ${Math.round(minutes / 60)} h" : "about ${Math.round(minutes / 1440)} days"
}

// What is left at the pace since the line before: what a cache answered at once tells nothing of the rest.
def timeLeft(told, jobs, total, time) {
    told.jobs && jobs > told.jobs && jobs < total ? ", ${waitText((time - told.time) / (jobs - told.jobs) * (total - jobs))} left" : ''
}

// Counts jobs of a stage, and says so with the first, with every tenth part of all, and with the last.
def tell(stage, told, jobs, failed, total) {
    told.sofar += jobs
    told.failed += failed
    def time = System.currentTimeMillis()
    if (told.jobs && told.sofar < total && (told.sofar - told.jobs < total / 10 || time - told.time < pause())) {
        return
    }
    log.info "${stage}: ${told.sofar} of ${total} ${total == 1 ? 'job' : 'jobs'}${told.failed ? ", ${told.failed} failed" : ''}${timeLeft(told, told.sofar, total, time)}"
    told.jobs = told.sofar
    told.time = time
}

// Lines that were shown, of which each is shown once.
def shownLines() {
    Collections.synchronizedSet([] as Set)
}

// The first lines of a file of warnings, and how many more there are.
def firstLines(stage, file) {
    def all = file.readLines()
    def more = all.size() > 5 ? ["${all.size() - 5} more warnings are in ${file.toUriString()}"] : []
    (all.take(5) + more).collect { line -> "${stage}: ${line}".toString() }
}

def warnOnce(line, shown) {
    if (shown.add(line)) {
        log.warn line
    }
}

// Shows what the stages warn of.
// files: [stage: channel of files with a warning in each line]; shown: of shownLines
def tellWarnings(files, shown) {
    def lines = files.collect { stage, warnings -> warnings.flatMap { file -> firstLines(stage, file) } }
    lines.drop(1).inject(lines[0]) { some, others -> some.mix(others) }.subscribe { line -> warnOnce(line, shown) }
}

// Shows what a stage warns of while it runs: the first lines of a file that it writes, if it is there. To be shut down.
def followWarnings(stage, file, shown) {
    def watch = java.util.concurrent.Executors.newSingleThreadScheduledExecutor { work ->
        def thread = new Thread(work)
        thread.daemon = true
        thread
    }
    def look = { ->
        if (file.exists()) {
            file.readLines().take(5).each { line -> warnOnce("${stage}: ${line}".toString(), shown) }
        }
    }
    watch.scheduleWithFixedDelay(look, 1, 1, java.util.concurrent.TimeUnit.SECONDS)
    watch
}

// Follows a stage.
// finished: channel of [batch or group, file with the number of jobs that failed, or null if its task died]
// expected: value channel of the map of expectedJobs
// kind: 'batches' or 'groups', which of them are finished
def followStage(stage, finished, expected, kind) {
    def told = [sofar: 0, failed: 0, jobs: 0, time: 0]
    finished.combine(expected).subscribe { name, failed, all ->
        try {
            def jobs = all[kind][name.toString()] ?: 0
            tell(stage, told, jobs, failed ? failed.text.trim().toInteger() : jobs, all.total)
        }
        catch (Exception error) {
            log.debug "The progress of ${stage} could not be told: ${error}"
        }
    }
}
