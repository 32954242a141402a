// Packs what goes into a launch: the job files, the code, the parameters, each one file whose name holds the digest of
// its content. However Nextflow caches and copies files, another content is then another file, and one copy brings all.

// Where packs lie: in the work folder, also where another one is elsewhere, to which Nextflow copies what is needed.
def packsFolder() {
    workflow.workDir.resolve('packs')
}

// The last name of a path as ASCII, as in a URL: a name need not be text in the encoding of this machine.
def asciiName(path) {
    def url = path.toUri().rawPath
    def end = url.endsWith('/') ? url.length() - 1 : url.length()
    url.substring(url.lastIndexOf('/', end - 1) + 1, end)
}

// Writes a file, and keeps it among the packs: under its last name it is whole, or not there.
// write: closure that is given the stream
def keptOf(kind, extension, write) {
    def packs = packsFolder()
    def isHere = packs.toUri().scheme == 'file'
    packs.mkdirs()
    def part = (isHere ? packs : java.nio.file.Files.createTempDirectory('packs')).resolve("${kind}.${UUID.randomUUID()}")
    def digest = java.security.MessageDigest.getInstance('SHA-256')
    new java.security.DigestOutputStream(new BufferedOutputStream(java.nio.file.Files.newOutputStream(part)), digest).withCloseable { out -> write.call(out) }
    def pack = packs.resolve("${kind}-${digest.digest().encodeHex()}.${extension}")
    if (isHere) {
        java.nio.file.Files.move(part, pack, java.nio.file.StandardCopyOption.ATOMIC_MOVE)
    }
    else {
        pack.exists() ?: part.copyTo(pack)
        part.parent.deleteDir()
    }
    pack
}

// A zip of entries, which tells nothing but names, contents and remarks: no times, no owners.
// entries: [[name: .., path: whose content goes in, or null, remark: .. or null], ..]
def zipOf(kind, entries) {
    keptOf(kind, 'zip') { out ->
        new java.util.zip.ZipOutputStream(out).withCloseable { zip ->
            zip.setLevel(java.util.zip.Deflater.BEST_SPEED)
            entries.sort { entry -> entry.name }.each { entry ->
                def about = new java.util.zip.ZipEntry(entry.name)
                about.setTimeLocal(java.time.LocalDateTime.of(1980, 1, 1, 0, 0))
                about.setComment(entry.remark)
                zip.putNextEntry(about)
                if (entry.path) {
                    java.nio.file.Files.copy(entry.path, zip)
                }
                zip.closeEntry()
            }
        }
    }
}

// One file, such as the parameters, as it is.
def packedFile(path, kind) {
    keptOf(kind, path.extension ?: 'txt') { out -> java.nio.file.Files.copy(path, out) }
}

// How many files there are, and their size: `2 job files (58 B)`.
def sizeText(paths, one, many) {
    def total = paths.sum(0L) { path -> java.nio.file.Files.size(path) }
    "${paths.size()} ${paths.size() == 1 ? one : many} (${MemoryUnit.of(total)})"
}
