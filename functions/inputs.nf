// What goes into a launch: the job files, the code and the parameters, each as one file (see packs.nf).

include { analysisPath } from './capsules'
include { codeFiles; largestIn } from './code_files'
include { jobEntries; jobEntry } from './job_files'
include { asciiName; packedFile; sizeText; zipOf } from './packs'

// The most bytes of an analysis: more is data that lies beside it
def largestCode() {
    100000000
}

// The code of an analysis as one file; [] for an installed module, which lies nowhere else. Says what went in.
def packedCode(analysis) {
    def path = analysisPath(analysis)
    if (!path.exists()) {
        return [] // the name of a module; Python says so if it is none
    }
    def isFolder = path.isDirectory()
    def folder = isFolder ? path : path.parent // siblings of a file may be imported
    def files = codeFiles(path)
    if (files.sum(0L) { file -> file.size() } > largestCode()) {
        error "--analysis ${analysis} has ${sizeText(files, 'file', 'files')}, and all of them would go to every job: ${largestIn(folder, files)}. Put the analysis into a folder of its own, and data elsewhere."
    }
    log.info "packed ${sizeText(files, 'file of code', 'files of code')} from ${path.name}"
    zipOf('code', files.collect { file ->
        def inside = (1..folder.relativize(file).nameCount).inject([file]) { places, _depth -> [places[0].parent] + places }
        [name: inside.collect { place -> asciiName(place) ?: 'root' }.join('/'), path: file, remark: file == path ? 'analysis' : null]
    })
}

// The files of a jobs folder, or one job file, as one pack. What lies elsewhere, as a dispatcher's results in S3 do, goes as it is.
def packedJobs(folder) {
    if (folder.toUri().scheme != 'file') {
        return folder
    }
    def parameters = params.parameters ? file(params.parameters, glob: false).toRealPath() : null // no job, where it lies there
    def entries = (folder.isDirectory() ? jobEntries(folder.toAbsolutePath()) : [jobEntry(folder.toAbsolutePath())]).collect { entry -> parameters && entry.path?.toRealPath() == parameters ? entry + [path: null, remark: 'ours'] : entry }
    def files = entries.collect { entry -> entry.path }.findAll()
    log.info "packed ${sizeText(files, 'job file', 'job files')} from ${folder.name}"
    zipOf('jobs', entries)
}

// The parameters file under a name of its content; [] for none.
def packedParameters(parameters) {
    parameters ? packedFile(file(parameters, glob: false), 'parameters') : []
}

// [place, pack] of a folder of job files, or of one job file, which lies in its folder.
def placeAndPack(jobs) {
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
