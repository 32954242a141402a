// The Python that tasks on this machine run with: the first on PATH, as the scripts in bin/ ask for it.

// The version of this pipeline, also where another one includes it and workflow.manifest is of that.
def pipelineVersion() {
    def found = file("${moduleDir}/../nextflow.config", glob: false).text =~ /(?m)^ +version += '([^']+)'/
    found.find() ? found.group(1) : error("${moduleDir}/../nextflow.config has no version in its manifest: it is not the file that came with this pipeline.")
}

// Starts to ask it for the version of our package, and returns [process: ..] at once, with null where there is no python.
def askPython() {
    def code = 'from analysis_jobs.pipeline import __version__; print("version", __version__)'
    def builder = new ProcessBuilder('python', '-c', code).redirectErrorStream(true)
    builder.environment().put('PYTHONSAFEPATH', '1') // files of the launch folder are no modules, as for the scripts in bin/
    try {
        return [process: builder.start()]
    }
    catch (IOException _error) { // no such command
        return [process: null]
    }
}

// Ends the launch with a sentence, before any task starts, where its tasks would fail.
// python: what askPython returned, or null for tasks that find another one
def checkPython(python) {
    if (!python) {
        return
    }
    def asked = python.process
    if (!asked) {
        error "There is no python on PATH (${System.getenv('PATH')}), which the tasks run with: ${activation()}"
    }
    if (!asked.waitFor(60, java.util.concurrent.TimeUnit.SECONDS)) {
        asked.destroyForcibly()
        log.debug 'python has not answered for 60 s; DEDUPE will tell'
        return
    }
    def said = asked.inputStream.text.trim().readLines()
    def version = said.findResult { line -> line.startsWith('version ') ? line - 'version ' : null }
    if (!version) {
        error "${onPath('python')} is the python on PATH, which the tasks run with, and it does not have the package aind-analysis-jobs${said ? " (${said.last()})" : ''}: ${activation()}"
    }
    if (version != pipelineVersion()) {
        error "${onPath('python')} has the package aind-analysis-jobs ${version}, and this pipeline is ${pipelineVersion()}: install that version there (pip install 'aind-analysis-jobs[pipeline,nwb]==${pipelineVersion()}'), or launch that version of the pipeline (-r v${version})."
    }
}

// Where a command is on PATH, or its name.
def onPath(name) {
    (System.getenv('PATH') ?: '').tokenize(':').collect { folder -> new File(folder, name) }.find { path -> path.canExecute() && path.isFile() } ?: name
}

// What to do, with the environment that lies beside the pipeline or the nextflow that runs, if one does.
def activation() {
    def launcher = (System.getenv('NXF_CLI') ?: '').tokenize(' ')[0]
    def beside = [new File("${moduleDir}/../.venv/bin/activate"), launcher?.contains('/') ? new File(new File(launcher).absoluteFile.parent, 'activate') : null]
    def found = beside.find { script -> script?.isFile() }?.canonicalPath
    found
        ? "activate its environment (. ${found}) and launch again, or give -profile docker."
        : "activate the environment that has it and launch again, make one (pip install 'aind-analysis-jobs[pipeline,nwb]==${pipelineVersion()}' in a virtual environment), or give -profile docker."
}
