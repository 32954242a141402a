// The process that launches, as claims name it. Tasks in containers cannot see it, so it is looked at from here.

// What tells a process from any other before and after it, as processes.py has it; null where the system does not show it.
def processIdentity(pid) {
    try {
        def host = new File('/proc/sys/kernel/random/boot_id').text.trim()
        def namespace = java.nio.file.Files.readSymbolicLink(java.nio.file.Path.of('/proc/self/ns/pid'))
        def fields = new File("/proc/${pid}/stat").text.with { text -> text.substring(text.lastIndexOf(')') + 2) }.tokenize()
        return fields[0] in ['Z', 'X'] ? null : "${host} ${namespace} ${pid} ${fields[19]}".toString()
    }
    catch (IOException _error) {
        return null
    }
}

def launcherIdentity() {
    processIdentity(ProcessHandle.current().pid())
}

// What this machine is called.
def launcherHost() {
    def name = new File('/proc/sys/kernel/hostname')
    name.exists() ? name.text.trim() : InetAddress.localHost.hostName
}

// Number and start of each launch that lives on this machine, and of whatever else is called so; null where some may be
// hidden.
def livingLaunchers() {
    if (!processIdentity(1)) {
        return null
    }
    def name = new File('/proc/self/comm').text
    new File('/proc').list()
        .findAll { pid -> pid.isInteger() && commandOf(pid) == name }
        .collect { pid -> processIdentity(pid) }
        .findAll()
        .collect { identity -> identity.tokenize().drop(2).join(' ') }
        .join(';')
}

def commandOf(pid) {
    try {
        new File("/proc/${pid}/comm").text
    }
    catch (IOException _error) { // it has ended meanwhile
        null
    }
}
