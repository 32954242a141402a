// Where a launch ends and no sentence of ours says why, `analysis-jobs doctor` says what this machine lacks.

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
    words.collect { word -> word ==~ /[\w.,:\/=@%+-]+/ ? word : "'${word.replace("'", "'\\''")}'" }.join(' ')
}

// Whether a launch that ends says the cause in a sentence: one of ours, or the last words of a task (see retries.nf). Of one
// that somebody ends by a signal nobody asks.
// fault: what Nextflow knows of the task that ended it, or null; error: what was thrown, or null
def isCauseSaid(fault, error) {
    fault?.task ? fault.task.exitStatus in [2, 75, 127] : !error || error.class.simpleName in ['WorkflowScriptErrorException', 'ScriptRuntimeException', 'AbortSignalException']
}

// What the doctor says that is not well, as lines; null where it cannot be asked. It may take half a minute, and is told
// what tasks are: the env scope of the configuration.
def saidByDoctor(readOnly) {
    def limit = ['timeout', '-k', '5', '30']
    try {
        def builder = new ProcessBuilder(limit + doctorCommand() + (readOnly ? ['--read-only'] : [])).redirectError(ProcessBuilder.Redirect.DISCARD)
        builder.environment().putAll((nextflow.Global.session.config.env ?: [:]).collectEntries { name, value -> [name.toString(), value.toString()] })
        def running = builder.start()
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
    if (lines) {
        log.warn "What `analysis-jobs doctor` finds here may be the cause:\n${lines.join('\n')}"
    }
    else if (lines != null) {
        log.info "`analysis-jobs doctor` finds nothing that this machine lacks."
    }
    log.info "`${asTyped(doctorCommand())}` says what this machine lacks."
}
