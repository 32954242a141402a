// What each ANALYZE task asks for: what the parameters say or, with `auto`, what DEDUPE has learnt of its jobs. That stands in
// batches.csv, and is looked up here: an input would be part of the task's hash, and `-resume` is to find it all the same.

// [batch: row of batches.csv], of all launches in this session; where every copy of this file finds it
def learnt() {
    def binding = nextflow.Global.session.binding
    if (!binding.hasVariable('learntOfBatches')) {
        binding.setVariable('learntOfBatches', Collections.synchronizedMap([:]))
    }
    binding.getVariable('learntOfBatches')
}

// Keeps what rows of batches.csv say for when their tasks ask, and returns the rows.
def keepLearnt(rows) {
    if ('auto' in [params.analysis_memory, params.analysis_time]) {
        rows.each { row -> learnt()[row.batch] = row }
    }
    rows
}

// The memory of a task; more of it where the attempt before ran out.
def memoryOf(task, batch) {
    def memory = params.analysis_memory == 'auto' ? "${learnt()[batch]?.memory_bytes ?: 2147483648} B" : params.analysis_memory // 2 GB
    nextflow.util.MemoryUnit.of(memory.toString()) * (task.previousTrace?.exit == 137 ? task.attempt : 1)
}

// How long a job may take; null for as long as it likes.
def timeOfJob(batch) {
    def seconds = params.analysis_time == 'auto' ? learnt()[batch]?.seconds : null
    def time = params.analysis_time != 'auto' ? params.analysis_time : seconds ? "${seconds} s" : null
    time ? nextflow.util.Duration.of(time.toString()) : null
}

// Whether nothing but ANALYZE itself keeps a task to what it asked for: on this machine, in no container.
def isOnlyLimit(task) {
    (task.executor?.toString() ?: 'local') == 'local' && !task.container
}

// The time of a task: that of all its jobs, and ten minutes for the rest. On this machine it may wait for a GPU first.
def timeOf(task, batch, count) {
    def time = timeOfJob(batch)
    time && !(task.ext.gpus && isOnlyLimit(task)) ? time * count + nextflow.util.Duration.of('10 min') : null
}

// What a task asks for, as documents.py has it.
def askedOf(task, batch) {
    [
        memory_bytes: task.memory?.toBytes(),
        processors: task.cpus.toString().toInteger(),
        gpus: task.ext.gpus ?: null,
        seconds: timeOfJob(batch)?.toMillis()?.div(1000),
        attempt: task.attempt > 1 ? task.attempt : null,
    ].findAll { _name, value -> value != null }
}

// That, as flags of analyze.py; all are numbers.
def askedFlags(task, batch) {
    def flags = askedOf(task, batch).collect { name, value -> "--${name.replace('_', '-')}=${value}" }
    (flags + (isOnlyLimit(task) ? ['--limited'] : [])).join(' ')
}
