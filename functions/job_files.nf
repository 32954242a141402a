// The files of a jobs folder, at any depth, for the pack that DEDUPE reads: those named *.json with what is in them, the
// others by their names. Links are followed.

include { asciiName } from './packs'

// What a job file has at most, in bytes: of a larger one only its size is told. As LARGEST_FILE of json_files.py.
def largestJobFile() {
    10000000
}

// Whether the pipeline, or Nextflow for it, wrote a folder with such names in it: as own_folders.py has it.
def isOwn(folder, names) {
    def all = names as Set
    def written = ['metadata.nd.json', 'ro-crate-metadata.json', '.command.run', '.command.sh', '.command.begin', 'jobs.tsv', 'decisions.jsonl', 'records.sqlite']
    def pairs = [['manifest.json', 'analysis.log'], ['outcome.json', 'analysis.log'], ['run.json', 'batches']]
    written.any { name -> name in all } || pairs.any { pair -> all.containsAll(pair) } || names.any { name ->
        name ==~ /[0-9a-f]{64}/ && java.nio.file.Files.isRegularFile(folder.resolve("${name}/manifest.json")) ||
            name ==~ /[0-9a-f]{2}/ && namesIn(folder.resolve(name)).any { inside -> inside ==~ /[0-9a-f]{30}/ }
    }
}

// What lies in a folder, as paths.
def childrenOf(folder) {
    java.nio.file.Files.newDirectoryStream(folder).withCloseable { listing -> listing.toList() }
}

// The names in a folder; none where there is no folder, or none that may be read.
def namesIn(folder) {
    try {
        childrenOf(folder).collect { path -> path.fileName.toString() }
    }
    catch (IOException _error) {
        []
    }
}

// What a path leads to, or the exception by which nobody knows.
def attributesOf(path) {
    try {
        java.nio.file.Files.readAttributes(path, java.nio.file.attribute.BasicFileAttributes)
    }
    catch (IOException error) {
        error
    }
}

// Why nothing can be read from a path, as remarks of a pack say it (see packed.py), or null.
// about: of attributesOf
def problemOf(path, about) {
    if (about instanceof java.nio.file.NoSuchFileException) {
        return "link ${java.nio.file.Files.readSymbolicLink(path)}"
    }
    if (about instanceof java.nio.file.FileSystemException) {
        // Java says more of a link to itself than others do
        return "unreadable ${(about.reason ?: 'Permission denied') - ' or unable to access attributes of symbolic link'}"
    }
    about.directory ? 'folder'
        : !about.regularFile ? 'special'
        : about.size() > largestJobFile() ? "large ${about.size()}"
        : java.nio.file.Files.isReadable(path) ? null : 'unreadable Permission denied'
}

// One job file, as zipOf takes it, whatever it is called.
def jobEntry(path) {
    def remark = problemOf(path, attributesOf(path))
    [name: asciiName(path), path: remark ? null : path, remark: remark]
}

// All files below a folder, as zipOf takes them.
// within: the name of the folder in the pack, with its slash; above: the folders that it lies in, from the jobs folder on
def jobEntries(folder, within = '', above = []) {
    def here = above + [folder]
    def children = null
    try {
        children = childrenOf(folder)
    }
    catch (IOException _error) { // nobody knows which; reading it says what is wrong
        return [[name: "${within}*.json".toString(), path: null, remark: 'unreadable Permission denied']]
    }
    if (above && isOwn(folder, children.collect { path -> path.fileName.toString() })) {
        return [[name: within.substring(0, within.length() - 1), path: null, remark: 'ours']]
    }
    children.collectMany { path ->
        def about = attributesOf(path)
        def name = path.fileName.toString()
        def isJob = name.endsWith('.json') && !name.startsWith('.')
        def isFolder = !(about instanceof Exception) && about.directory && !leadsUp(path, here)
        def inside = isFolder && !name.startsWith('.') ? jobEntries(path, "${within}${asciiName(path)}/".toString(), here) : []
        // A folder named like a job file, with no job in it, is a mistake that deserves a line of its own
        if (isFolder && (inside || !isJob)) {
            return inside
        }
        def remark = isJob ? problemOf(path, about) : 'name'
        [[name: within + asciiName(path), path: remark ? null : path, remark: remark]]
    }
}

// Whether a path is a link to one of the folders that it lies in.
def leadsUp(path, above) {
    java.nio.file.Files.isSymbolicLink(path) && above.any { folder -> java.nio.file.Files.isSameFile(path, folder) }
}
