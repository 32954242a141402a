// The folder that gets jobs.tsv, decisions.jsonl and the report: of two launches at once each has its own.

include { reasonOf } from './files'

// Makes a folder, and those that it lies in, each shared as the one around it; see sharing.py. Where it cannot be made,
// those say so who write to it.
def makeFolder(path) {
    if (path.exists()) {
        return
    }
    makeFolder(path.parent)
    try {
        java.nio.file.Files.createDirectory(path)
        share(path, 7)
    }
    catch (IOException error) { // also where another launch made it meanwhile
        log.debug "${path} was not made: ${error}"
    }
}

// Lets those write a new file (every: 6) or folder (7) who may write the folder that it lies in, but in one of everybody.
def share(path, every) {
    def around = modeOf(path.parent)
    def shifts = (around & 01002) == 01002 ? [] : [3, 0].findAll { shift -> (around >> shift & 3) == 3 }
    def wanted = shifts.inject(modeOf(path)) { mode, shift -> mode | every << shift }
    try {
        if (wanted != modeOf(path)) {
            java.nio.file.Files.setAttribute(path, 'unix:mode', wanted)
        }
    }
    catch (IOException error) {
        log.debug "${path} stays as it is: ${error}"
    }
}

def modeOf(path) {
    java.nio.file.Files.getAttribute(path, 'unix:mode') & 07777
}

// The file that a launch has locked while it lives, opened to write; null where nothing can be locked.
// make: whether it is made, which a plan and a dry run do not
def lockFile(folder, make) {
    def path = folder.resolve('.launch')
    def isNew = !path.exists()
    if (isNew && !make) {
        return null
    }
    try {
        def options = [java.nio.file.StandardOpenOption.CREATE, java.nio.file.StandardOpenOption.WRITE] as Set
        def opened = java.nio.channels.FileChannel.open(path, options)
        if (isNew) {
            share(path, 6)
        }
        return opened
    }
    catch (IOException error) {
        log.debug "${path} cannot be locked: ${error}"
        return null
    }
}

// Whether this launch has the lock now, until it ends; also where locks do not work.
def isFirst(opened, about) {
    try {
        if (!opened.tryLock()) {
            return false
        }
        opened.truncate(0).write(java.nio.ByteBuffer.wrap(about.getBytes('UTF-8')))
        nextflow.Global.session.onShutdown { opened.close() } // which also keeps it open until then
    }
    catch (IOException error) {
        log.debug "the launch could not be noted: ${error}"
    }
    true
}

// Where the files of this launch go: --outdir, or a folder in it while another launch has that.
// publishes: false of a plan and a dry run, which leave nothing but these files
def accountFolder(outdir, publishes) {
    if (outdir.contains('://')) {
        return outdir
    }
    def folder = file(outdir, glob: false).toAbsolutePath()
    if (publishes) {
        makeFolder(folder)
    }
    if (publishes && !folder.exists()) {
        error "--outdir ${outdir} cannot be made: give another folder, or ask the owner of the folder above it."
    }
    def opened = lockFile(folder, publishes)
    def name = "${workflow.runName} of ${workflow.userName}, process ${ProcessHandle.current().pid()} on ${java.net.InetAddress.localHost.hostName}"
    if (!opened || isFirst(opened, name.toString())) {
        return outdir
    }
    opened.close()
    def text = folder.resolve('.launch').text
    def own = "${outdir}/launches/${workflow.start.format(java.time.format.DateTimeFormatter.ofPattern('yyyyMMdd-HHmmss'))}-${workflow.runName}".toString()
    makeFolder(file(own, glob: false).toAbsolutePath())
    log.warn "Another launch writes to ${outdir} (${text}): jobs.tsv, decisions.jsonl and report.html of this one go to ${own}."
    own
}

// Folders of this machine that containers write to: an engine that has to make them makes them the administrator's.
def makeFolders(bucket, store) {
    def folders = [params.outdir, bucket, store.contains('://') ? store : file(store, glob: false).parent.toString()]
    folders
        .findAll { folder -> workflow.containerEngine && !folder.contains('://') }
        .each { folder -> makeFolder(file(folder, glob: false).toAbsolutePath()) }
}

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
