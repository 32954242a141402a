// Prints what the strict syntax of Nextflow 25 refuses in scripts and configuration files, a line each.
import nextflow.config.control.ConfigParser
import nextflow.script.control.ScriptParser
import org.codehaus.groovy.control.messages.SyntaxErrorMessage

def parsers = [nf: new ScriptParser(), config: new ConfigParser()]
args.each { name -> parsers[name.tokenize('.')[-1]].parse(new File(name)) }
parsers.values()*.analyze()

def problems = parsers.values().collectMany { parser ->
    parser.compiler().sources.values().collectMany { source ->
        source.errorCollector.errors
            .findAll { message -> message instanceof SyntaxErrorMessage }
            .collect { message -> "${source.name}:${message.cause.line}: ${message.cause.originalMessage}" }
    }
}
problems.each { problem -> println problem }
System.exit(problems ? 1 : 0)
