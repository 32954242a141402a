include { afterOthers } from '../functions/retries'

// Accounts for every input file.
process SUMMARIZE {
    label 'publishes' // it reads what was published, for the images of the report
    cache false // it tells of this run
    publishDir "${folder}", pattern: '{jobs.tsv,report.html,account}', mode: 'copy'
    errorStrategy { afterOthers(task, true) }

    input:
    path decisions
    path settled, stageAs: 'settled/group*.jsonl'
    path deaths, stageAs: 'deaths/*' // of RECORD tasks
    path run
    val flags
    val folder // for the table and the report

    output:
    path 'jobs.tsv', emit: table, optional: true
    path 'report.html', emit: report, optional: true
    path 'account', emit: account, optional: true // for analysis-jobs collect
    tuple path('counts.txt'), path('failed.txt'), emit: counts

    script:
    """
    summarize.py --decisions ${decisions} --run ${run} ${flags} > counts.txt
    """

    stub:
    """
    touch jobs.tsv report.html counts.txt
    echo 0 > failed.txt
    """
}
