// What the archive of Java's classes is made from, by tools/install-nextflow: a run as small as can be.
process WARM_UP {
    input:
    val number

    output:
    path 'number.txt'

    script:
    "echo ${number} > number.txt"
}

workflow {
    WARM_UP(channel.of(1, 2)).collect().view()
}
