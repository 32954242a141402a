// Accounts for every input file.
process SUMMARIZE {
    cache false // it tells of this run
    publishDir params.outdir, pattern: '{jobs.tsv,report.html}', mode: 'copy'

    input:
    path decisions
    path settled, stageAs: 'settled/group*.jsonl'
    val flags

    output:
    path 'jobs.tsv', emit: table, optional: true
    path 'report.html', emit: report, optional: true
    tuple path('counts.txt'), path('failed.txt'), emit: counts

    script:
    """
    summarize.py --decisions ${decisions} ${flags} > counts.txt
    """

    stub:
    """
    touch jobs.tsv report.html counts.txt
    echo 0 > failed.txt
    """
}
