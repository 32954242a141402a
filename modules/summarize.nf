include { afterOthers; patience } from '../functions/tries'

// Accounts for every input file.
process SUMMARIZE {
    label 'publishes' // it reads the images of the report, and writes into the store how the launch has ended
    cache false // it tells of this run
    errorStrategy { afterOthers(task, null) }

    input:
    path decisions
    path(settled, stageAs: 'settled/group*.jsonl')
    path(deaths, stageAs: 'deaths/*') // of RECORD tasks, and the seconds that ANALYZE tasks took which died
    path(left, stageAs: 'left.json') // what was not started, and why; [] for nothing
    path run
    val flags

    output:
    path('jobs.tsv', emit: table, optional: true)
    path('report.html', emit: report, optional: true)
    path('account', emit: account, optional: true) // for analysis-jobs gather
    tuple(path('counts.txt'), path('failed.txt'), emit: counts)
    path('{jobs.tsv,report.html,account}', emit: kept, optional: true) // what of it goes to --outdir
    path('warnings.txt', emit: warnings, optional: true)

    script:
    """
    export ANALYSIS_RETRY_SECONDS=${patience(task)} ANALYSIS_MAX_REQUESTS=${params.max_requests ?: ''}
    summarize.py --decisions ${decisions} --run ${run} ${flags} > counts.txt
    """

    stub:
    """
    touch jobs.tsv report.html counts.txt
    echo 0 > failed.txt
    """
}
