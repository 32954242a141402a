// Says how far a run is: a line for each stage with its counts and an estimate, now and then. Never fails a run.

// Milliseconds between two lines of a stage, at least
def pause() {
    5000
}

// How many jobs some rows of batches.csv stand for.
def jobsOf(rows) {
    rows.sum(0) { row -> row.jobs.toInteger() }
}

// [total: .., batches: [name: jobs], groups: [name: jobs]] of the rows of batches.csv.
def expectedJobs(rows) {
    [
        total: jobsOf(rows),
        batches: rows.collectEntries { row -> [row.batch, row.jobs.toInteger()] },
        groups: rows.groupBy { row -> row.group }.collectEntries { name, some -> [name, jobsOf(some)] },
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

// Shows what the stages warn of, each sentence once.
// files: [stage: channel of files with a warning in each line]
def tellWarnings(files) {
    def lines = files.collect { stage, warnings ->
        warnings.flatMap { file ->
            def all = file.readLines()
            def more = all.size() > 5 ? ["${all.size() - 5} more warnings are in ${file.toUriString()}"] : []
            (all.take(5) + more).collect { line -> "${stage}: ${line}".toString() }
        }
    }
    lines.drop(1).inject(lines[0]) { some, others -> some.mix(others) }.unique().subscribe { line -> log.warn line }
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
