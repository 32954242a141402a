// Packs what goes into a launch: the job files, the code, the parameters, each one file whose name holds the digest of
// its content. However Nextflow caches and copies files, another content is then another file, and one copy brings all.

include { reasonOf } from './files'

// Where packs lie: in the work folder, also where another one is elsewhere, to which Nextflow copies what is needed.
// Hidden, so that it is no part of an analysis or of jobs that lie around it.
def packsFolder() {
    workflow.workDir.resolve('.packs')
}

// Removes what launches that were killed have left of packs, a day ago or before.
def removeParts(packs) {
    def before = System.currentTimeMillis() - 86400000
    packs.eachFile { path ->
        if (path.name ==~ /\w+\.[0-9a-f-]{36}/ && java.nio.file.Files.getLastModifiedTime(path).toMillis() < before) {
            path.delete()
        }
    }
}

// Writes a file, and keeps it among the packs: under its last name it is whole, or not there.
// write: closure that is given the stream
def keptOf(kind, extension, write) {
    def packs = packsFolder()
    def isHere = packs.toUri().scheme == 'file'
    try {
        java.nio.file.Files.createDirectories(packs)
        def part = (isHere ? packs : java.nio.file.Files.createTempDirectory('packs')).resolve("${kind}.${UUID.randomUUID()}")
        def digest = java.security.MessageDigest.getInstance('SHA-256')
        new java.security.DigestOutputStream(new BufferedOutputStream(java.nio.file.Files.newOutputStream(part)), digest).withCloseable { out -> write.call(out) }
        def pack = packs.resolve("${kind}-${digest.digest().encodeHex()}.${extension}")
        if (isHere) {
            java.nio.file.Files.move(part, pack, java.nio.file.StandardCopyOption.ATOMIC_MOVE)
            removeParts(packs)
        }
        else {
            pack.exists() ?: part.copyTo(pack)
            part.parent.deleteDir()
        }
        return pack
    }
    catch (IOException problem) {
        error "The work folder ${workflow.workDir.toUriString()} cannot be written to: ${reasonOf(problem)}. Give another one with -work-dir."
    }
}

// A zip of entries, which tells nothing but names, contents and remarks: no times, no owners.
// entries: [[name: .., path: whose content goes in, or null, remark: .. or null], ..]
// failed: closure that is given a path and why it could not be read, and returns the remark of its entry
def zipOf(kind, entries, failed) {
    def always = java.time.LocalDateTime.of(1980, 1, 1, 0, 0)
    keptOf(kind, 'zip') { out ->
        new java.util.zip.ZipOutputStream(out).withCloseable { zip ->
            zip.setLevel(java.util.zip.Deflater.BEST_SPEED)
            entries.sort { entry -> entry.name }.each { entry ->
                def about = new java.util.zip.ZipEntry(entry.name)
                about.setTimeLocal(always)
                about.setComment(entry.remark)
                byte[] content = []
                try {
                    content = entry.path ? java.nio.file.Files.readAllBytes(entry.path) : content
                }
                catch (IOException problem) {
                    about.setComment(failed.call(entry.path, problem))
                }
                zip.putNextEntry(about)
                zip.write(content)
                zip.closeEntry()
            }
        }
    }
}

// One file, such as the parameters, as it is.
def packedFile(path, kind) {
    byte[] content = []
    try {
        content = java.nio.file.Files.readAllBytes(path)
    }
    catch (IOException problem) {
        error "--${kind} ${path} cannot be read: ${reasonOf(problem)}. Check the file and its permissions."
    }
    keptOf(kind, path.extension ?: 'txt') { out -> out.write(content) }
}

// How many files there are, and their size: `2 job files (58 B)`.
def sizeText(sizes, one, many) {
    "${sizes.size()} ${sizes.size() == 1 ? one : many} (${MemoryUnit.of(sizes.sum(0L))})"
}
