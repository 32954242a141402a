// Says how far a run is: a line for each stage with its counts and an estimate, now and then. Never fails a run.

// Milliseconds between two lines of a stage, at least
def pause() {
    5000
}

// What is to be done: [total: .., batches: [name: jobs], seconds: of a job, since: now, pace: milliseconds for each job], of
// [[batch, number of jobs, ..], ..]; seconds and pace are by launches before, or null.
// folder: of DEDUPE, that of batches.csv; room: how many tasks run side by side
def expectedJobs(batches, folder, room) {
    def seconds = secondsOfJob(folder)
    [
        total: batches.sum(0) { batch -> batch[1] },
        batches: batches.collectEntries { batch -> [batch[0], batch[1]] },
        seconds: seconds,
        since: System.currentTimeMillis(),
        pace: seconds && batches ? seconds * 1000 / [room, batches.size()].min() : null,
    ]
}

// The names of batches, by their files; see batches.py.
def namesOf(files) {
    files.collect { file -> file.name.tokenize('.')[0] }
}

// The seconds of a job by launches before, or null where they tell nothing.
def secondsOfJob(folder) {
    def file = folder.resolve('seconds.txt')
    file.exists() ? file.text.trim().toBigDecimal() : null
}

// Some time from now, in the unit of a person who waits.
def waitText(milliseconds) {
    def minutes = milliseconds / 60000
    minutes < 1 ? 'less than 1 min' : minutes < 90 ? "about ${Math.round(minutes)} min" : minutes < 2880 ? "about ${Math.round(minutes / 60)} h" : "about ${Math.round(minutes / 1440)} days"
}

// Milliseconds for each job, since the line before the last, so that several tasks of many jobs have ended since; null where
// nothing tells. What a cache answered at once tells nothing of the rest, and of the first line only launches before do. A
// stage that waits for room beside another one has begun late: of it only the last line tells, and not what is before that.
// told: of newTold
def paceOf(told, time) {
    def (first, second) = [told.lines[0], told.lines[1]]
    def isCached = told.lines.size() == 2 && second.time - first.time < pause()
    def late = told.lines.size() > 2 ? told.lines[-1] : null
    def before = !second ? null : told.waits ? late : isCached ? second : told.lines[-2]
    before && told.sofar > before.jobs ? (time - before.time) / (told.sofar - before.jobs) : second ? null : told.pace
}

def timeLeft(told, total, time) {
    def pace = told.sofar < total ? paceOf(told, time) : null
    pace ? ", ${waitText(pace * (total - told.sofar))} left" : ''
}

// What was told of a stage: nothing until now.
// since: when it began; pace: milliseconds for each job by launches before, or null; waits: whether it waits for room
def newTold(since, pace, waits = false) {
    [sofar: 0, failed: 0, pace: pace, waits: waits, lines: [[jobs: 0, time: since]]]
}

// Counts jobs of a stage, and says so with the first, with every tenth part of all, and with the last.
def tell(stage, told, jobs, failed, total) {
    told.sofar += jobs
    told.failed += failed
    def time = System.currentTimeMillis()
    def last = told.lines[-1]
    if (last.jobs && told.sofar < total && (told.sofar - last.jobs < total / 10 || time - last.time < pause())) {
        return
    }
    log.info "${stage}: ${told.sofar} of ${total} ${total == 1 ? 'job' : 'jobs'}${told.failed ? ", ${told.failed} failed" : ''}${timeLeft(told, total, time)}"
    told.lines << [jobs: told.sofar, time: time]
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

// Shows what the stages warn of, each as it comes. Returns a value channel of how many lines there were, which are shown
// by then: an error that ends the launch may come before what is still under way.
// files: [stage: channel of files with a warning in each line]; shown: of shownLines
def tellWarnings(files, shown) {
    def lines = files.collect { stage, warnings -> warnings.flatMap { file -> firstLines(stage, file) } }
    def all = lines.drop(1).inject(lines[0]) { some, others -> some.mix(others) }
    all.map { line ->
        warnOnce(line, shown)
        line
    }.count()
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
// finished: channel of [[batch, ..], file with the number of jobs that failed, or null if their task died]
// expected: value channel of the map of expectedJobs
def followStage(stage, finished, expected) {
    def told = [:]
    finished.map { names, failed -> [[names: names], failed] }.combine(expected).subscribe { about, failed, all ->
        try {
            told.putAll(told ? [:] : stage == 'ANALYZE' ? newTold(all.since, all.pace) : newTold(all.since, null, true))
            def jobs = about.names.sum(0) { name -> all.batches[name.toString()] ?: 0 }
            tell(stage, told, jobs, failed ? failed.text.trim().toInteger() : jobs, all.total)
        }
        catch (Exception error) {
            log.debug "The progress of ${stage} could not be shown: ${error}"
        }
    }
}
