// What tasks on this machine may use. Containers and clusters have limits of their own; of what has none here it is said so.

// Refuses what this machine does not have, where ANALYZE runs on it, and says what nothing limits.
// executors: of configuredExecutors; here: what there is for all tasks, [processors: number, memory: MemoryUnit, gpus: closure]
def checkLimits(executors, here) {
    def elsewhere = executors.find { executor -> executor != 'local' }
    if (elsewhere) {
        if (params.analysis_memory == 'auto' && !params.max_memory) {
            error "--analysis_memory auto needs --max_memory on ${elsewhere}: give the most that a machine of the queue has, because a task that asks for more would wait for ever."
        }
        return
    }
    def cpus = params.analysis_cpus.toString().toInteger()
    if (cpus > here.processors) {
        error "--analysis_cpus is ${cpus}, and this machine has ${here.processors}: give at most that, or a -profile of a larger one."
    }
    ['max_memory', 'analysis_memory'].findAll { name -> params[name] && params[name] != 'auto' }.each { name -> checkMemory(name, nextflow.util.MemoryUnit.of(params[name].toString()), here.memory) }
    checkGpus(params.analysis_gpus.toString().toInteger(), here.gpus)
    if (!workflow.containerEngine && System.getProperty('os.name') != 'Linux') {
        log.warn "On ${System.getProperty('os.name')}, --analysis_cpus and --analysis_memory do not limit an analysis, only how many tasks run at once. In containers (-profile docker) they limit both."
    }
}

def checkMemory(name, asked, there) {
    if (asked > there && name == 'max_memory') {
        error "--max_memory is ${asked}, and this machine has ${there}: give at most that, or leave it out."
    }
    def most = params.max_memory ? nextflow.util.MemoryUnit.of(params.max_memory.toString()) : there
    if (asked > most) {
        log.warn "--${name} is ${asked}, and ${params.max_memory ? '--max_memory' : 'this machine'} has ${most}: a task gets that."
    }
}

def checkGpus(asked, gpusHere) {
    def there = asked ? gpusHere.call() : null
    if (asked && there == null) {
        log.warn "--analysis_gpus is ${asked}, and nvidia-smi finds no GPU here: tasks are given none, and use what they find."
    }
    else if (asked && asked > there) {
        error "--analysis_gpus is ${asked}, and this machine has ${there}: give at most that, or a -profile of a larger one."
    }
    else if (asked && workflow.containerEngine && there > asked) {
        log.warn "--analysis_gpus is ${asked}: in containers on one machine all tasks get the same GPUs, the first ${asked} of ${there}. Without -profile docker each has its own."
    }
}
