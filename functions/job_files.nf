// The files of a jobs folder, at any depth, for the pack that DEDUPE reads: those named *.json with what is in them, the
// others by their names. Links are followed.

include { childrenOf; isOwn } from './own_folders'
include { asciiName; reasonOf } from './packs'

// What a job file has at most, in bytes: of a larger one only its size is told. As LARGEST_FILE of json_files.py.
def largestJobFile() {
    10000000
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
        return java.nio.file.Files.isSymbolicLink(path) ? "link ${java.nio.file.Files.readSymbolicLink(path)}" : 'missing' // since it was listed
    }
    if (about instanceof Exception) {
        return "unreadable ${reasonOf(about)}"
    }
    about.directory ? 'folder'
        : !about.regularFile ? 'special'
        : about.size() > largestJobFile() ? "large ${about.size()}"
        : java.nio.file.Files.isReadable(path) ? null : 'unreadable Permission denied'
}

// A file as zipOf takes it.
def entryOf(path, name, about, remark) {
    [name: name, path: remark ? null : path, remark: remark, size: remark ? 0 : about.size()]
}

// One job file, as zipOf takes it, whatever it is called.
def jobEntry(path) {
    def about = attributesOf(path)
    entryOf(path, asciiName(path), about, problemOf(path, about))
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
        return [entryOf(null, "${within}*.json".toString(), null, 'unreadable Permission denied')]
    }
    if (above && isOwn(folder, children.collect { path -> path.fileName.toString() })) {
        return [entryOf(null, within.substring(0, within.length() - 1), null, 'ours')]
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
        [entryOf(path, within + asciiName(path), about, isJob ? problemOf(path, about) : 'name')]
    }
}

// Whether a path is a link to one of the folders that it lies in.
def leadsUp(path, above) {
    java.nio.file.Files.isSymbolicLink(path) && above.any { folder -> java.nio.file.Files.isSameFile(path, folder) }
}
