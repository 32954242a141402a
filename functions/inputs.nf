// What goes into a launch: the job files, the code and the parameters, each as one file (see packs.nf).

include { analysisPath } from './capsules'
include { codeFiles; largestIn } from './code_files'
include { asciiName; reasonOf } from './files'
include { jobEntries; jobEntry } from './job_files'
include { packedFile; sizeText; zipOf } from './packs'

// The most bytes of an analysis: more is data that lies beside it
def largestCode() {
    100000000
}

// The files of an analysis, with their sizes: [[path: .., size: ..], ..]
def measuredCode(analysis, path) {
    if (!path.isDirectory() && !path.name.endsWith('.py')) {
        error "--analysis ${analysis} is not a Python file: its name must end in .py."
    }
    if (!path.isDirectory() && !path.isFile()) {
        error "--analysis ${analysis} is a pipe or a device, not a file: give a Python file or a folder."
    }
    try {
        return codeFiles(path).collect { file -> [path: file, size: java.nio.file.Files.size(file)] }
    }
    catch (IOException problem) {
        error "--analysis ${analysis} cannot be read: ${problem.message}: ${reasonOf(problem)}. Check the file and its permissions."
    }
}

// The code of an analysis as one file; [] for an installed module, which lies nowhere else. Says what went in.
def packedCode(analysis) {
    def path = analysisPath(analysis)
    if (!path.exists()) {
        return [] // the name of a module; Python says so if it is none
    }
    def folder = path.isDirectory() ? path : path.parent // siblings of a file may be imported
    def files = measuredCode(analysis, path)
    if (!files) {
        error "--analysis ${analysis} is a folder without a file: give the folder that has analysis.py."
    }
    def sizes = files.collect { file -> file.size }
    if (sizes.sum(0L) > largestCode()) {
        error "--analysis ${analysis} has ${sizeText(sizes, 'file', 'files')}, which would go to every job: ${largestIn(folder, files)}. Put the analysis into a folder of its own, and data elsewhere."
    }
    def entries = files.collect { file ->
        def inside = (1..folder.relativize(file.path).nameCount).inject([file.path]) { places, _depth -> [places[0].parent] + places }
        [name: inside.collect { place -> asciiName(place) ?: 'root' }.join('/'), path: file.path, remark: file.path == path ? 'analysis' : null]
    }
    def pack = zipOf('code', entries) { file, problem ->
        error "--analysis ${analysis} cannot be read: ${file}: ${reasonOf(problem)}. Check the file and its permissions."
    }
    log.info "packed ${sizeText(sizes, 'file of code', 'files of code')} from ${path.name}"
    pack
}

// Whether a path leads to the same file as another.
def isSame(path, other) {
    try {
        java.nio.file.Files.isSameFile(path, other)
    }
    catch (IOException _error) {
        false
    }
}

// The files of a jobs folder, or one job file, as one pack. What lies elsewhere, as a dispatcher's results in S3 do, goes as it is.
def packedJobs(jobs) {
    if (jobs.toUri().scheme != 'file') {
        return jobs
    }
    def parameters = params.parameters ? file(params.parameters, glob: false) : null // no job, where it lies there
    def size = parameters?.size()
    def found = jobs.isDirectory() ? jobEntries(jobs.toAbsolutePath()) : [jobEntry(jobs.toAbsolutePath())]
    def entries = found.collect { entry -> entry.path && entry.size == size && isSame(entry.path, parameters) ? entry + [path: null, remark: 'ours'] : entry }
    def pack = zipOf('jobs', entries) { _file, problem ->
        problem instanceof java.nio.file.NoSuchFileException ? 'missing' : "unreadable ${reasonOf(problem)}"
    }
    log.info "packed ${sizeText(entries.findAll { entry -> entry.path }.collect { entry -> entry.size }, 'job file', 'job files')} from ${jobs.name}"
    pack
}

// The parameters file under a name of its content; [] for none.
def packedParameters(parameters) {
    parameters ? packedFile(file(parameters, glob: false), 'parameters') : []
}

// [place, pack] of a folder of job files, or of one job file, which lies in its folder.
def placeAndPack(jobs) {
    if (!jobs.exists()) {
        error "The jobs folder ${jobs} is not there: give the folder that the job dispatcher wrote to, or one job file."
    }
    [(jobs.isDirectory() ? jobs : jobs.parent).toUriString(), packedJobs(jobs)]
}

// The same of one folder as a value, which every task can have, where a dispatcher may give a queue.
def oneFolder(jobs) {
    if (jobs instanceof Path) {
        return placeAndPack(jobs)
    }
    jobs.collect().ifEmpty([]).map { folders ->
        folders.size() == 1 ? placeAndPack(folders[0]) : error("ANALYSIS takes one folder of job files, and was given ${folders.size()}: let the dispatcher put them into one.")
    }
}

// Where the analysis is, as the user would find it again; the name of an installed module as it is.
def analysisPlace(analysis) {
    def path = analysisPath(analysis)
    path.exists() ? path.toUri().scheme == 'file' ? path.toAbsolutePath().toString() : path.toUriString() : analysis
}
