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

// A value as JSON that loses nothing on the way: [map: [[name, value], ..]], [list: [..]], [number: '0.10'], [date: '2026-..Z'].
def described(value) {
    if (value instanceof Map) {
        return [map: value.collect { name, item -> [described(name), described(item)] }]
    }
    if (value instanceof List) {
        return [list: value.collect { item -> described(item) }]
    }
    if (value instanceof Number) {
        return [number: value.toString()]
    }
    if (value instanceof Date) {
        return [date: value.toInstant().toString()]
    }
    value == null || value instanceof Boolean ? value : value.toString()
}

// What an analysis is to be given by --set, for Python, which decides what it means.
def settings(values) {
    def text = groovy.json.JsonOutput.toJson(described(values))
    text.size() < 100000 ? text : error("--set is longer than a command may be: write it into the file of --parameters.")
}
