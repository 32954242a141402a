// Brings what a launch tells to --outdir, or says where it is instead.

include { share } from './outdir'
include { reasonOf } from './packs'

// Copies a file or folder, such that what was there before stays if there is no room.
def copyInto(folder, path) {
    def target = folder.resolve(path.name)
    def isHere = folder.toUri().scheme == 'file'
    def part = isHere ? folder.resolve(".${path.name}.${UUID.randomUUID()}") : target
    try {
        path.copyTo(part)
        if (isHere) {
            if (path.isDirectory() && target.isDirectory()) {
                target.deleteDir()
            }
            java.nio.file.Files.move(part, target, java.nio.file.StandardCopyOption.REPLACE_EXISTING)
            share(target, path.isDirectory() ? 7 : 6)
        }
    }
    catch (IOException problem) {
        if (isHere && part.exists()) {
            part.isDirectory() ? part.deleteDir() : part.delete()
        }
        throw problem
    }
}

// Brings files to the output folder, and returns the folder that they are in: that one, or their own if it cannot be written.
// files: a path, or some of one task
def bring(files, outdir) {
    def all = files instanceof Path ? [files] : files
    if (!all) { // of a plan, or of a launch that ended before
        return outdir.toString()
    }
    def folder = file(outdir, glob: false)
    try {
        java.nio.file.Files.createDirectories(folder)
        all.each { path -> copyInto(folder, path) }
        return outdir.toString()
    }
    catch (IOException problem) {
        def own = all[0].parent.toUriString()
        log.warn "${all.collect { path -> path.name }.join(' and ')} could not be written to ${outdir} (${reasonOf(problem)}): see ${own}"
        return own
    }
}
