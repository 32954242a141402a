// How much room there is for tasks.

// How many processors, and how much memory, tasks on this machine may have together.
def processorsHere() {
    def scope = nextflow.Global.session.config.executor ?: [:]
    (scope.'$local'?.cpus ?: scope.cpus ?: Runtime.runtime.availableProcessors()).toString().toInteger()
}

def memoryHere() {
    def scope = nextflow.Global.session.config.executor ?: [:]
    def given = scope.'$local'?.memory ?: scope.memory
    given ? nextflow.util.MemoryUnit.of(given.toString()) : nextflow.util.SysHelper.getAvailMemory()
}

// How many tasks Nextflow lets an executor have at once, waiting or running.
def queueSize(executor) {
    def scope = nextflow.Global.session.config.executor ?: [:]
    def usual = executor == 'local' ? Runtime.runtime.availableProcessors() : 100
    (scope["\$${executor}".toString()]?.queueSize ?: scope.queueSize ?: usual).toString().toInteger()
}

// How many ANALYZE tasks run side by side, if they get what they ask for at once.
// executors: of configuredExecutors
def sideBySide(executors) {
    def elsewhere = executors.find { executor -> executor != 'local' }
    if (elsewhere) {
        return queueSize(elsewhere)
    }
    def memory = [nextflow.util.MemoryUnit.of(params.analysis_memory.toString()), memoryHere()].min()
    def room = [queueSize('local'), processorsHere().intdiv(params.analysis_cpus.toString().toInteger()), memoryHere().toBytes().intdiv(memory.toBytes())]
    [room.min(), 1].max().toInteger()
}
