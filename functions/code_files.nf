// The files of an analysis, for the pack that DEDUPE takes the code from: as code_files.py has it, but that a word after
// `import` within a text counts as well. Which of them identify the code, DEDUPE decides.

include { childrenOf; isOwn } from './files'

// Whether a file or folder is none of an analysis, by its name
def isSkipped(name) {
    name.startsWith('.') || name in ['__pycache__', 'node_modules', 'venv']
}

// All files below a folder, without what is hidden, environments, caches, what the pipeline wrote, and links to folders
// or to nothing.
def filesBelow(folder, top = folder) {
    def children = childrenOf(folder)
    if (folder != top && isOwn(folder, children.collect { path -> path.fileName.toString() })) {
        return []
    }
    children.collectMany { path ->
        def isFolder = java.nio.file.Files.isDirectory(path)
        def goes = !isSkipped(path.fileName.toString()) && (isFolder ? !java.nio.file.Files.isSymbolicLink(path) : java.nio.file.Files.isRegularFile(path))
        !goes ? [] : isFolder ? filesBelow(path, top) : [path]
    }
}

// The names of `a, b . c as d`, which may be in parentheses: a and b.c
def listedNames(list) {
    list.replaceAll(/#[^\r\n]*/, '').replaceAll(/[()]/, ' ').replaceAll(/\s*\.\s*/, '.').split(',').collect { word -> word.trim().tokenize()[0] }.findAll()
}

// What the import statements of a source may name: [[level: number of dots, parts: [a, b, c]], ..]
def importsOf(source) {
    def text = source.replaceAll('\uFEFF', '').replaceAll(/\\\r?\n/, ' ').replaceAll(/(?m)^([^'"#\r\n]*)#[^\r\n]*/, '$1')
    def whole = (text =~ /(?m)(?:^|[;:])\s*import\s+([^\r\n;]+)/).collect { found -> listedNames(found[1]).collect { name -> [level: 0, parts: name.tokenize('.')] } }
    def parts = (text =~ /(?m)(?:^|[;:])\s*from\s*((?:\.\s*)*)([^\s.;:#'"][^;:#'"()\r\n]*?)?\s*\bimport\b\s*(\([^)]*\)|[^\r\n;]*)/).collect { found ->
        listedNames(found[3]).collect { name -> [level: found[1].count('.'), parts: (found[2] ?: '').replaceAll(/\s/, '').tokenize('.') + [name]] }
    }
    (whole + parts).collectMany { some -> some }
}

// What is called so in a folder, whatever the encoding of this machine is.
def inFolder(folder, name) {
    def url = folder.toUri().toString().replaceAll('/*$', '/')
    java.nio.file.Path.of(URI.create(url + URLEncoder.encode(name, 'UTF-8').replace('+', '%20')))
}

// The files of a module a.b.c below a folder: a.py or a/__init__.py, then the same for b within a, ..
def moduleFiles(folder, parts) {
    def places = (0..<parts.size()).collect { index -> parts.take(index).inject(folder) { place, part -> inFolder(place, part) } }
    [places, parts].transpose().collectMany { place, part -> [inFolder(place, "${part}.py".toString()), inFolder(place, part).resolve('__init__.py')] }.findAll { path ->
        java.nio.file.Files.isRegularFile(path)
    }
}

// The local modules that a source file imports itself, and the packages that it lies in.
def importedBy(path, root) {
    def above = root.relativize(path).nameCount > 1 ? (1..<root.relativize(path).nameCount).collect { depth -> root.resolve(root.relativize(path).subpath(0, depth)) } : []
    def packages = above.collect { folder -> folder.resolve('__init__.py') }.findAll { file -> java.nio.file.Files.isRegularFile(file) }
    def imported = importsOf(new String(java.nio.file.Files.readAllBytes(path), 'UTF-8')).collectMany { name ->
        def base = name.level ? (1..name.level).inject(path) { place, _level -> place?.parent } : root
        base ? moduleFiles(base, name.parts) : []
    }
    packages + imported
}

// A source file, and the local modules that it imports, directly or through others. known: those found before
def importedFiles(path, root, known = [] as LinkedHashSet) {
    if (path.startsWith(root) && known.add(path)) {
        importedBy(path, root).each { other -> importedFiles(other, root, known) }
    }
    known
}

// What lies beside a file and may declare the packages that it needs: as declaration.py has it.
def declarations(folder) {
    childrenOf(folder).findAll { path ->
        path.fileName.toString() ==~ /(requirements|constraints).*\.txt|pyproject\.toml|uv\.lock|environment\.ya?ml/ && java.nio.file.Files.isRegularFile(path)
    }
}

// The files that go to DEDUPE for an analysis, which is a file or a folder.
def codeFiles(analysis) {
    java.nio.file.Files.isDirectory(analysis) ? filesBelow(analysis) : importedFiles(analysis, analysis.parent).toList() + declarations(analysis.parent)
}

// What of a folder is large, in words: the three that have most in them, of what lies in the folder itself.
// files: [[path: .., size: ..], ..]
def largestIn(folder, files) {
    files
        .groupBy { file -> folder.relativize(file.path).getName(0).toString() }
        .collect { name, some -> [name: name, size: some.collect { file -> file.size }.sum(0L)] }
        .sort { part -> -part.size }
        .take(3)
        .collect { part -> "${part.name} ${MemoryUnit.of(part.size)}" }
        .join(', ')
}
