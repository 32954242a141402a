// Hands batches out one by one where --max_cost or --max_hours may end that: what was handed out runs to its end, and the rest
// is left for the next launch.

// Whether this launch may stop handing out.
def isLimited() {
    params.max_cost || params.max_hours
}

// A gate, which is kept in the session: each include of a file has variables of its own, and retries.nf tells it of attempts.
// room: how many batches are handed out at once; isQueued: whether tasks may wait in a queue after that
def newGate(room, isQueued) {
    def gate = [
        room: room,
        isQueued: isQueued,
        waiting: [] as ArrayDeque, // [batch, number of jobs, ..]
        running: [:],              // [batch: [jobs: .., since: milliseconds]]
        jobs: 0,                   // that have ended
        seconds: 0,                // of tasks, for that
        expected: null,            // seconds of a job, by launches before
        isWhole: false,            // whether all batches have come
        isShut: false,
        reason: null,              // why nothing more is handed out
        out: nextflow.extension.CH.create(),
        left: nextflow.extension.CH.create(true), // a value
        lock: new java.util.concurrent.locks.ReentrantLock(),
    ]
    gate.died = { batch, seconds, isLast -> attemptEnded(gate, batch, seconds, isLast) }
    nextflow.Global.session.binding.setVariable('gateOfBatches', gate)
    gate
}

// Returns a channel of the batches that are handed out.
// batches: channel of [batch, number of jobs, ..]; expected: value channel of a map with the seconds of a job, or null there
def handedOut(gate, batches, expected) {
    batches.combine(expected.map { all -> [all.seconds] }).subscribe(
        onNext: { found ->
            alone(gate) {
                gate.expected = found[-1]
                gate.waiting << found[0..-2]
                handOut(gate)
            }
        },
        onComplete: {
            alone(gate) {
                gate.isWhole = true
                handOut(gate)
            }
        },
    )
    gate.out
}

// Does something with a gate while nobody else does.
def alone(gate, work) {
    gate.lock.lock()
    try {
        work.call()
    }
    catch (Exception error) {
        gate.lock.unlock()
        throw error
    }
    gate.lock.unlock()
}

// Follows the batches that have ended.
// ended: channel of [batch, file with the seconds that its jobs took]
def followEnds(gate, ended) {
    ended.subscribe { batch, seconds -> attemptEnded(gate, batch, seconds.text.trim().toBigDecimal(), true) }
}

// Counts what an attempt at a batch took, but no more than the time since it was handed out: a cache answers at once.
def attemptEnded(gate, batch, seconds, isLast) {
    alone(gate) {
        def running = gate.running[batch]
        gate.seconds += running ? [seconds, since(running)].min() : seconds
        if (isLast) {
            gate.jobs += running ? running.jobs : 0
            gate.running.remove(batch)
        }
        else if (running) {
            running.since = System.currentTimeMillis()
        }
        handOut(gate)
    }
}

def since(running) {
    (System.currentTimeMillis() - running.since) / 1000
}

// The seconds of tasks that --max_cost pays for; null without it.
def paidSeconds() {
    params.max_cost ? params.max_cost.toString().toBigDecimal() / params.price_per_hour.toString().toBigDecimal() * 3600 : null
}

// Why nothing more is to be handed out, in words, or null.
def reachedLimit(gate) {
    def hours = (System.currentTimeMillis() - workflow.start.toInstant().toEpochMilli()) / 3600000
    if (params.max_hours && hours >= params.max_hours.toString().toBigDecimal()) {
        return "as --max_hours ${params.max_hours} was reached".toString()
    }
    paidSeconds() && gate.seconds >= paidSeconds() ? "as --max_cost ${params.max_cost} was reached".toString() : null
}

// Whether what runs takes all that is paid for, or will by what others took: then the rest waits for its end. Of what waits
// in a queue nobody knows here when it began.
def isHeld(gate) {
    if (!params.max_cost || !gate.running) {
        return false
    }
    def ofJob = gate.jobs ? gate.seconds / gate.jobs : gate.expected ?: 0
    def running = gate.running.values().sum(0) { one -> [one.jobs * ofJob, gate.isQueued ? 0 : since(one)].max() }
    gate.seconds + running >= paidSeconds()
}

def handOut(gate) {
    gate.reason = gate.reason ?: reachedLimit(gate)
    def room = gate.reason ? 0 : [gate.room - gate.running.size(), gate.waiting.size()].min()
    gate.waiting.take(room).any { next ->
        def held = isHeld(gate)
        if (!held) {
            gate.waiting.poll()
            gate.running[next[0]] = [jobs: next[1], since: System.currentTimeMillis()]
            gate.out.bind(next)
        }
        held
    }
    if (gate.isWhole && !gate.isShut && (gate.reason || !gate.waiting)) {
        gate.isShut = true
        gate.left.bind(leftOf(gate))
        gate.out.bind(nextflow.Channel.STOP)
    }
}

// A file that says which jobs are left and why, or [] for none.
def leftOf(gate) {
    if (!gate.waiting) {
        return []
    }
    def keys = gate.waiting.collectMany { batch -> new groovy.json.JsonSlurper().parse(batch[3]).jobs.collect { job -> job.key } }
    def jobs = keys.size() == 1 ? '1 job is' : "${keys.size()} jobs are"
    log.warn "${jobs} not started, ${gate.reason}: launch again to go on."
    def file = workflow.workDir.resolve(".left-${workflow.runName}.json")
    file.text = groovy.json.JsonOutput.toJson([reason: gate.reason, keys: keys])
    file
}
