// Where a launch ends and no sentence of ours says why, `analysis-jobs doctor` says what this machine lacks.

include { quote } from './flags'

// The words of the command, with what this launch was given.
def doctorCommand() {
    def given = [
        outdir: params.outdir,
        store: params.store,
        bucket: params.bucket,
        'work-dir': workflow.workDir.toUriString(),
        profile: workflow.profile == 'standard' ? null : workflow.profile,
        'base-image': workflow.containerEngine ? params.base_image : null,
        'analysis-image': workflow.containerEngine ? params.analysis_image : null,
        'write-profile': params.write_profile,
        pipeline: projectDir,
    ].findAll { _name, value -> value != null }
    ['analysis-jobs', 'doctor'] + given.collectMany { name, value -> ["--${name}".toString(), value.toString()] } + (params.apptainer.toString() == 'true' ? ['--apptainer'] : [])
}

// A command as one types it.
def asTyped(words) {
    words.collect { word -> word ==~ /[\w.,:\/=@%+-]+/ ? word : quote(word) }.join(' ')
}

// Whether a launch that ends says the cause in a sentence: one of ours, or the last words of a task (see retries.nf).
// fault: what Nextflow knows of the task that ended it, or null; error: what was thrown, or null
def isCauseSaid(fault, error) {
    fault?.task ? fault.task.exitStatus in [2, 75, 127] : !error || error.class.simpleName in ['WorkflowScriptErrorException', 'ScriptRuntimeException']
}

// What the doctor says that is not well, as lines; null where it cannot be asked. It may take half a minute.
def saidByDoctor(readOnly) {
    def limit = ['timeout', '-k', '5', '30']
    try {
        def running = new ProcessBuilder(limit + doctorCommand() + (readOnly ? ['--read-only'] : [])).redirectError(ProcessBuilder.Redirect.DISCARD).start()
        running.outputStream.close()
        def lines = running.inputStream.readLines()
        running.waitFor()
        return lines ? lines.findAll { line -> line ==~ /(wrong|warning) .*/ } : null
    }
    catch (IOException _error) { // it is not on PATH
        return null
    }
}

// Says it at the end of a launch that failed.
// readOnly: of a plan and a dry run, which write nothing
def askDoctor(readOnly) {
    def session = nextflow.Global.session
    if (isCauseSaid(session.fault, session.error)) {
        return
    }
    def lines = saidByDoctor(readOnly)
    def hint = "`${asTyped(doctorCommand())}` says what this machine lacks"
    if (lines) {
        log.error "The cause may be one of these:\n${lines.join('\n')}\n${hint}."
    }
    else {
        log.error lines == null ? "${hint}." : "${hint}: nothing that it looks at, just now."
    }
}
