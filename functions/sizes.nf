// How many jobs share a task, where DEDUPE cannot know it: a first wave of single jobs tells.

include { keepLearnt } from './asked'

// How many minutes a task of several jobs takes at most: elsewhere it costs more to start one.
// executors: of configuredExecutors
def taskMinutes(executors) {
    def usual = executors.every { executor -> executor == 'local' } ? 1 : 5
    (params.task_minutes ?: usual).toString().toBigDecimal()
}

// Where it is written which jobs share a task in this session, for `-resume`.
def keptBatches() {
    workflow.workDir.resolve(".batches/${workflow.sessionId}.json")
}

// That file as an input; [] for none.
def keptInput() {
    workflow.resume && keptBatches().exists() ? keptBatches() : []
}

// Writes it.
// found: the folder of the batch files
def keepBatches(found) {
    def kept = found.resolve('kept')
    try {
        if (kept.exists()) {
            java.nio.file.Files.createDirectories(keptBatches().parent)
            keptBatches().text = kept.text
        }
    }
    catch (IOException error) { // then -resume may compute more
        log.debug "Which jobs share a task could not be saved: ${error}"
    }
}

// The jobs that wait for the first wave, as a list of no or one file.
def restIn(found) {
    def rest = found.resolve('rest')
    rest.exists() ? [rest] : []
}

// [[batch, number of jobs, group, file], ..]; a group knows its size, so that it goes on as soon as its last batch is there
// ahead: whether those of a first wave, or the others
def batchesIn(found, ahead) {
    keepLearnt(found.resolve('batches.csv').splitCsv(header: true)).findAll { row -> (row.ahead == '1') == ahead }.collect { row -> [row.batch, row.jobs.toInteger(), groupKey(row.group, row.size.toInteger()), found.resolve(row.file)] }
}

// The outcomes in the folders of jobs: each may have several attempts.
def outcomesIn(folders) {
    [folders].flatten().collectMany { folder -> folder.listFiles().collect { attempt -> attempt.resolve('outcome.json') } }.findAll { file -> file.exists() }
}

// The outcomes of a wave when it has ended; after some time those that there are: what takes longer has a task of its own.
// analyzed: of ANALYZE; rest: of restIn
def outcomesInTime(analyzed, rest, minutes) {
    def over = new java.util.concurrent.CountDownLatch(1)
    def outcomes = analyzed.map { _batch, folders, _failed, _seconds -> outcomesIn(folders) }
    outcomes.subscribe(onComplete: { over.countDown() })
    def late = rest.flatMap { _file -> over.await((minutes * 60000).toLong(), java.util.concurrent.TimeUnit.MILLISECONDS) ? [] : ['late'] }
    outcomes.mix(late).until { found -> found == 'late' }.collect().ifEmpty([])
}
