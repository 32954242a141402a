// What Nextflow itself takes for as many tasks, each of which starts Python, imports pydantic and builds one model.
process BARE {
    errorStrategy 'ignore'

    input:
    val number

    output:
    path 'line.json'

    script:
    """
    python '${projectDir}/one_model.py' ${number} ${params.failing} > line.json
    """
}

workflow {
    BARE(channel.of(1..(params.tasks as int)))
}
