// How often a task is tried, and how long it waits. Each module includes this, and Nextflow compiles it each time: so it is
// small, and asks retries.nf what is to be done about a task that died.

// How often a task is tried, by itself and for what it needs: a service, or a disk with some room.
def tries() {
    4
}

// Whether this is the last time that a task is tried.
def isLastTry(task) {
    task.attempt >= tries()
}

// The seconds for which a service that does not answer is asked again.
def retrySeconds() {
    (System.getenv('ANALYSIS_RETRY_SECONDS') ?: '60').toDouble()
}

// The seconds for which a task waits for a service. The first time on this machine they are few, so that whoever launched
// soon hears what it waits for; elsewhere to start a task takes longer than to wait.
def patience(task) {
    task.attempt == 1 && task.executor == 'local' ? retrySeconds() / 6 : retrySeconds()
}

// The seconds between a task that found no service and its next try: 10, 30 and 90.
def pause(attempt) {
    retrySeconds() / 6 * 3 ** (attempt - 2)
}

// The closures of retries.nf, by name; none where a module is used alone.
def strategies() {
    def binding = nextflow.Global.session.binding
    binding.hasVariable('strategies') ? binding.getVariable('strategies') : [:]
}

// The error strategy of ANALYZE.
// asked: of askedOf
def afterAnalyze(task, batch, asked) {
    strategies().afterAnalyze?.call(task, batch, asked) ?: 'terminate'
}

// The error strategy of the others.
// group: whose task it is; null of those that a run needs
def afterOthers(task, group) {
    strategies().afterOthers?.call(task, group) ?: 'terminate'
}
