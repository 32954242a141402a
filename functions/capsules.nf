// The code of capsules of Code Ocean, from their repositories, as capsule-NUMBER@COMMIT.

include { variable } from './environment'

// [number, commit, path within its code, or null] of an analysis in a capsule; null of any other.
def capsuleOf(analysis) {
    if (!(analysis.toString() ==~ /capsule-\w+@.*/)) {
        return null
    }
    def found = analysis.toString() =~ /^capsule-(\w+)@([0-9a-fA-F]{7,40})(?:\/(.+))?$/
    if (!found) {
        error "--analysis ${analysis} has no commit: write capsule-NUMBER@COMMIT, with 7 to 40 digits of the commit. Add /PATH if the analysis is in a folder of its code."
    }
    found[0].drop(1)
}

// Runs git, and ends the launch with what it says where that fails. The token is in its environment alone.
def git(words, folder) {
    def token = "credential.helper=!f() { echo username=\"\$GIT_ACCESS_TOKEN\"; echo password=; }; f"
    def builder = new ProcessBuilder(['git', '-c', token] + words).directory(folder.toFile()).redirectErrorStream(true)
    builder.environment().put('GIT_TERMINAL_PROMPT', '0')
    def running = builder.start()
    def said = running.inputStream.text.trim()
    if (running.waitFor() != 0) {
        error "git ${words.find { word -> word in ['clone', 'checkout'] }} of a capsule's repository failed: ${said.readLines().takeRight(1).join('')}. Check GIT_HOST, GIT_ACCESS_TOKEN, the number and the commit."
    }
}

// The code/ of a capsule at a commit, cloned once into the work folder.
def capsuleCode(number, commit) {
    if (!variable('GIT_HOST')) {
        error "GIT_HOST, the host of the capsules' repositories, is not set: give the analysis as a folder, or set it, as Code Ocean does."
    }
    def folders = workflow.workDir.toUri().scheme == 'file' ? workflow.workDir.resolve('.capsules') : file('.capsules', glob: false).toAbsolutePath()
    def place = folders.resolve("${number}-${commit}")
    if (!place.exists()) {
        folders.mkdirs()
        def part = folders.resolve("${number}.${UUID.randomUUID()}")
        git(['clone', '--quiet', '--no-checkout', "https://${variable('GIT_HOST')}/capsule-${number}.git".toString(), part.toString()], folders)
        git(['-C', part.toString(), 'checkout', '--quiet', commit], folders)
        try {
            java.nio.file.Files.move(part, place)
        }
        catch (java.nio.file.FileSystemException problem) {
            part.deleteDir()
            if (!place.exists()) { // or another launch was first
                throw problem
            }
        }
    }
    place.resolve('code')
}

// The analysis as a path, which need not be there.
def analysisPath(analysis) {
    def capsule = capsuleOf(analysis)
    if (!capsule) {
        return file(analysis, glob: false)
    }
    def code = capsuleCode(capsule[0], capsule[1])
    capsule[2] ? code.resolve(capsule[2]) : [code.resolve('analysis'), code.resolve('analysis.py')].find { path -> path.exists() } ?: code
}
