// What the environment says: that of whoever launches, or the env scope of a configuration, by which pipelines on Code
// Ocean are told what is theirs; and the commands of this machine.

// The value of a variable, or null.
def variable(name) {
    System.getenv(name) ?: nextflow.Global.session.config.env?.get(name)?.toString() ?: null
}

// What a command prints, or null where it fails or is not there.
def saidBy(command) {
    try {
        def running = new ProcessBuilder(command.collect { word -> word.toString() }).redirectErrorStream(true).start()
        def said = running.inputStream.text
        return running.waitFor() == 0 ? said : null
    }
    catch (IOException _error) { // no such command
        return null
    }
}
