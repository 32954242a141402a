// Secrets in what a launch is given: refused here, before anything of it is written into the work folder. What counts as
// one is as in src/analysis_jobs/redaction/, which looks at all that is read later; a test compares.

// Of a parameter of an analysis, whose name tells (names.py, _PARAMETER)
def isSecretField(name) {
    name.toString().replaceAll(/(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+/, '_').toLowerCase() ==~ /(.*_)?(password|passwd|passphrase|secret|secrets|credential|credentials|apikey|accesskey|secretkey|privatekey|authorization|pwd)(_.*)?|.*(password|passphrase)|(.*_)?(api|access|secret|private|account|signing|ssh)_keys?(_.*)?|(.*_)?(token|tokens|cookie|cookies|auth|jwt)|(.*_)?(user|db|my|login)_?pass/
}

// Of a variable of the environment, whose name tells (names.py, _VARIABLE and _NO_SECRET)
def isSecretVariable(name) {
    name =~ /(?i)SECRET|TOKEN|PASS|PWD|KEY|CREDENTIAL|COOKIE|AUTH|PRIVATE|SIGNATURE|CONNECTION_?STRING|BEARER|_PAT$|_CREDS?$|ANALYSIS_NOTIFY/ && !(name ==~ /(?i)(OLD)?PWD|.*(FILE|PATH|DIR|DIRECTORY|FOLDER|SOCK|URI|URL|HOST|PORT|REGION|EXPIRATION)|(.*_)?(COMPASS|BYPASS|KEYBOARD|KEYMAP|AUTHOR)(_.*)?/)
}

// Values of variables whose names tell, each with its name: what is shorter would hide ordinary words.
def secretsOfEnvironment() {
    System.getenv()
        .findAll { name, value -> isSecretVariable(name) && value.trim().size() >= 8 && !(value.startsWith('/') && new File(value).exists()) }
        .collectEntries { name, value -> ([value.trim()] + (value.contains('://') ? addressesIn(value) : [])).collectEntries { secret -> [secret, name] } }
}

// Of a secret that is several addresses, each: it is one as well.
def addressesIn(text) {
    text.tokenize().collect { word -> word.replaceAll(/^,|,$/, '') }.findAll { word -> word.size() >= 8 }
}

// What is secret in a value, in words; null if nothing is.
// known: of secretsOfEnvironment
def secretIn(value, path, known) {
    if (value instanceof Map) {
        return value.findResult { name, item -> secretIn(item, path + [name.toString()], known) }
    }
    if (value instanceof List) {
        return value.findResult { item -> secretIn(item, path, known) }
    }
    def text = value == null ? '' : value.toString()
    def variable = known.findResult { secret, name -> text.contains(secret) ? name : null }
    def what = variable ? "the value of the environment variable ${variable}"
        : text =~ login() ? 'an address with a login'
        : value instanceof CharSequence && text.size() >= 8 && path.any { name -> isSecretField(name) } ? 'a secret by its name'
        : null
    what ? "${path.join('.')} holds ${what}" : null
}

// Before the host of an address, a name and a password
def login() {
    /(?<=:\/\/)[^\s\/@:'"]*:[^\s\/@'"]+(?=@)/
}

// What is in a parameters file; null if it cannot be read, of which DEDUPE tells.
def contentOf(path) {
    try {
        new org.yaml.snakeyaml.Yaml(new org.yaml.snakeyaml.constructor.SafeConstructor(new org.yaml.snakeyaml.LoaderOptions())).load(path.text)
    }
    catch (Exception _error) {
        null
    }
}

// Refuses secrets among the parameters of the analysis: what is published with every job can be none.
def checkSecrets() {
    def known = secretsOfEnvironment()
    def path = params.parameters ? file(params.parameters, glob: false) : null
    def given = ['--set': params.set, '--parameters': path?.isFile() && path.size() < 10000000 ? contentOf(path) : null]
    given.each { option, values ->
        def found = secretIn(values, [], known)
        if (found) {
            error "${option}: ${found}, but parameters are published in keys and records. Take secrets from the environment in run_analysis, and leave the parameter out."
        }
    }
    // It would be written into the work folder, in the commands of tasks
    if (params.store =~ /^postgres(ql)?:/ && (params.store =~ login() || params.store =~ /[?&]password=/)) {
        error "--store holds a password: leave it out of the address, and put it into the variable PGPASSWORD, or into a file ~/.pgpass."
    }
}

// A text without the secrets of the environment, and without logins in addresses.
def withoutSecrets(text) {
    secretsOfEnvironment().keySet().sort { secret -> -secret.size() }.inject(text) { left, secret -> left.replace(secret, '***') }.replaceAll(login(), '***')
}
