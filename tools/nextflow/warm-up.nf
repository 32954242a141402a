// A run as small as can be, which benchmarks compare with.
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
