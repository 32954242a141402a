# What Snakemake takes for as many jobs, each of which starts Python, imports pydantic and builds one model.
rule all:
    input:
        expand("lines/{number}.json", number=range(1, int(config["jobs"]) + 1)),


rule line:
    output:
        "lines/{number}.json",
    params:
        work=f"{workflow.basedir}/one_model.py",
        failing=config["failing"],
    shell:
        "python '{params.work}' {wildcards.number} {params.failing} > {output}"
