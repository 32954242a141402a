// What file systems tell of paths and of faults, and by what the folders are known that the pipeline writes: as pipeline.py
// has it.

// The last name of a path as ASCII, as in a URL: a name need not be text in the encoding of this machine.
def asciiName(path) {
    def url = path.toUri().rawPath
    def end = url.endsWith('/') ? url.length() - 1 : url.length()
    url.substring(url.lastIndexOf('/', end - 1) + 1, end)
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

// Whether the pipeline, or Nextflow for it, wrote a folder with such names in it.
def isOwn(folder, names) {
    def all = names as Set
    def written = ['metadata.nd.json', 'ro-crate-metadata.json', '.command.run', '.command.sh', '.command.begin', 'jobs.tsv', 'decisions.jsonl', 'records.sqlite']
    def pairs = [['manifest.json', 'analysis.log'], ['outcome.json', 'analysis.log'], ['run.json', 'batches']]
    written.any { name -> name in all } || pairs.any { pair -> all.containsAll(pair) } || names.any { name ->
        name ==~ /[0-9a-f]{64}/ && java.nio.file.Files.isRegularFile(folder.resolve("${name}/manifest.json")) ||
            name ==~ /[0-9a-f]{2}/ && namesIn(folder.resolve(name)).any { inside -> inside ==~ /[0-9a-f]{30}/ }
    }
}

// Why a file cannot be read or written, in words.
def reasonOf(error) {
    def named = [AccessDeniedException: 'Permission denied', NoSuchFileException: 'there is no such file or folder', FileAlreadyExistsException: 'there is a file of that name']
    def text = named[error.class.simpleName] ?: (error instanceof java.nio.file.FileSystemException ? error.reason : error.message)
    // Java says more of a link to itself than others do
    (text ?: error.class.simpleName) - ' or unable to access attributes of symbolic link'
}
