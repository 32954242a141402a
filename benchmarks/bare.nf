// What Nextflow itself takes for as many tasks, each of which starts Python and imports pydantic.
process BARE {
    input:
    val number

    output:
    val number

    script:
    """
    python -c 'import pydantic'
    """
}

workflow {
    BARE(channel.of(1..(params.tasks as int)))
}
