// A dispatcher of your own, and then the analysis: nextflow run examples/after_dispatcher --assets FILE --analysis FILE
include { ANALYSIS } from '../../workflows/analysis'

// Writes a job for each asset and parameter set, under random names as the original dispatcher does.
process DISPATCH {
    cache false // the assets that there are may be others today

    input:
    path assets     // a location on each line
    path parameters // distributed_parameters: a list of sets

    output:
    path 'jobs' // one folder: <n>/<uuid>.json

    script:
    """
    #!/usr/bin/env python
    import json, pathlib, uuid

    assets = pathlib.Path("${assets}").read_text().split()
    sets = json.loads(pathlib.Path("${parameters}").read_text())["distributed_parameters"]
    jobs = [{"s3_location": [asset], "distributed_parameters": one} for asset in assets for one in sets]
    for number, job in enumerate(jobs):
        folder = pathlib.Path("jobs", str(number))
        folder.mkdir(parents=True)
        (folder / f"{uuid.uuid4()}.json").write_text(json.dumps(job))
    """

    stub:
    """
    mkdir jobs
    """
}

workflow {
    DISPATCH(channel.fromPath(params.assets), file(params.parameters))
    ANALYSIS(DISPATCH.out)
    ANALYSIS.out.counts.subscribe { counts, failed ->
        log.info counts.text.trim()
        if (failed.text.trim() != '0') {
            error "jobs without a result: ${failed.text.trim()}; ${params.outdir}/report.html says why"
        }
    }
}
