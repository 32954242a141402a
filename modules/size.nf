// Puts the jobs that waited for a first wave into batches, by what the jobs of that took.
process SIZE {
    label 'publishes' // where those run
    cache false // -resume knows the batches: see sizes.nf
    errorStrategy 'retry' // without it, the rest of the jobs would wait for ever

    input:
    path rest
    path(outcomes, stageAs: 'outcomes/outcome*.json') // [] for none

    output:
    path('batches', emit: batches)
    path('note.txt', emit: note) // in words, how many there are, and why

    script:
    """
    size.py --rest ${rest} --outcomes outcomes
    """

    stub:
    """
    mkdir batches
    printf 'batch,jobs,group,size,ahead,file\\n' > batches/batches.csv
    echo '0 tasks' > note.txt
    """
}
