// Looks at the -params-file before anything starts: of what YAML has made of it, some cannot be seen any more.

// The -params-file of a command line, or of the environment, as a path; null without one.
def paramsFile(commandLine) {
    def found = commandLine =~ /(?:^|\s)-params-file[ =]('[^']*'|"[^"]*"|\S+)/
    def given = found ? found[0][1].replaceAll(/^['"]|['"]$/, '') : System.getenv('NXF_PARAMS_FILE')
    given && !given.contains('://') && file(given, glob: false).exists() ? file(given, glob: false) : null
}

// A name that an object of a YAML or JSON text has twice, or null: readers take the last, in silence.
def nameTwice(text) {
    def options = new org.yaml.snakeyaml.LoaderOptions()
    options.allowDuplicateKeys = false
    try {
        new org.yaml.snakeyaml.Yaml(new org.yaml.snakeyaml.constructor.SafeConstructor(options)).load(text)
        return null
    }
    catch (org.yaml.snakeyaml.error.YAMLException problem) { // any other was none to Nextflow, which has read it
        def found = problem.message =~ /found duplicate key (.*)/
        return found ? found[0][1].trim() : null
    }
}

// A number with leading zeros in a YAML text, which YAML takes for an octal one, or null.
def octalNumber(text) {
    text.readLines().findResult { line ->
        def found = line =~ /^(?:\s*-\s+|[^#'"]*(?::\s+|[,\[]\s*))(0[0-7]+)\s*(?:[,\]}#].*)?$/
        found ? found[0][1] : null
    }
}

def checkParamsFile(commandLine) {
    def path = paramsFile(commandLine)
    def name = path ? nameTwice(path.text) : null
    if (name) {
        error "-params-file ${path.name} has ${name} twice in one object, and one of them would be lost: keep one."
    }
    def number = path && !path.name.endsWith('.json') ? octalNumber(path.text) : null
    if (number) {
        error "-params-file ${path.name} has ${number}, which YAML takes for the octal number ${Integer.parseInt(number, 8)}: put it in quotes, or leave out the zeros."
    }
}
