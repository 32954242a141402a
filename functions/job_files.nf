// The files of a jobs folder, at any depth, for the pack that DEDUPE reads: those named *.json with what is in them, the
// others by their names. Links are followed.

include { asciiName; childrenOf; isOwn; reasonOf } from './files'

// A file as zipOf takes it, under a name of the pack; an empty remark where its content is to go in.
def entryOf(path, name, remark, size = 0) {
    [name: name, path: remark ? null : path, remark: remark ?: null, size: size]
}

// Why nothing can be read from a path, as remarks of a pack say it (see packed.py).
def problemOf(path, error) {
    if (error !instanceof java.nio.file.NoSuchFileException) {
        return "unreadable ${reasonOf(error)}"
    }
    java.nio.file.Files.isSymbolicLink(path) ? "link ${java.nio.file.Files.readSymbolicLink(path)}" : 'missing' // since it was listed
}

// One job file, as zipOf takes it, whatever it is called.
// Of a hundred thousand, each call of a function counts: Nextflow takes 20 microseconds for one.
def jobEntry(path, within = '') {
    def name = path.fileName.toString()
    def called = within + (name ==~ /[A-Za-z0-9._-]+/ ? name : asciiName(path))
    try {
        def about = java.nio.file.Files.readAttributes(path, java.nio.file.attribute.BasicFileAttributes)
        def remark = about.directory ? 'folder' : !about.regularFile ? 'special' : about.size() > 10000000 ? "large ${about.size()}".toString() : null // LARGEST_FILE of json_files.py
        [name: called, path: remark ? null : path, remark: remark, size: remark ? 0 : about.size()]
    }
    catch (IOException error) {
        entryOf(path, called, problemOf(path, error))
    }
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
        return [entryOf(null, "${within}*.json".toString(), 'unreadable Permission denied')]
    }
    if (above && isOwn(folder, children.collect { path -> path.fileName.toString() })) {
        return [entryOf(null, within.substring(0, within.length() - 1), 'ours')]
    }
    children.collectMany { path ->
        def name = path.fileName.toString()
        def isJob = name.endsWith('.json') && !name.startsWith('.')
        def isFolder = java.nio.file.Files.isDirectory(path) && !leadsUp(path, here)
        def inside = isFolder && !name.startsWith('.') ? jobEntries(path, "${within}${asciiName(path)}/".toString(), here) : []
        // A folder named like a job file, with no job in it, is a mistake that deserves a line of its own
        isFolder && (inside || !isJob) ? inside : [isJob ? jobEntry(path, within) : entryOf(path, within + asciiName(path), 'name')]
    }
}

// Whether a path is a link to one of the folders that it lies in.
def leadsUp(path, above) {
    java.nio.file.Files.isSymbolicLink(path) && above.any { folder -> java.nio.file.Files.isSameFile(path, folder) }
}
