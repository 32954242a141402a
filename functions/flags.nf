// Turns parameters into words of a shell command.

// One word, whatever is in it.
def quote(value) {
    "'" + value.toString().replace("'", "'\\''") + "'"
}

// [name: value] to `--name='value'`; null and false are left out, true is a flag without a value.
def flags(options) {
    options
        .findAll { _name, value -> value != null && value != false }
        .collect { name, value -> value == true ? "--${name}" : "--${name}=${quote(value)}" }
        .join(' ')
}

// A nested map to `--option 'a.b=value'` for each value in it.
def assignments(option, values, prefix = '') {
    values
        .collect { name, value ->
            value instanceof Map
                ? assignments(option, value, "${prefix}${name}.")
                : "--${option} ${quote("${prefix}${name}=${value}")}"
        }
        .join(' ')
}

// Parameters may arrive as texts (`--plan true`), depending on the version of Nextflow.
def isTrue(value) {
    value.toString() == 'true'
}
