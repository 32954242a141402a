// A pipeline as Code Ocean's editor writes one: a process for each box, which clones its capsule and starts its run script.
// Dispatcher, wrapper and collector; what each box is and gets is in nextflow.config.

process DISPATCHER {
    tag "capsule-${params.dispatcher.number}"
    container "${System.getenv('REGISTRY_HOST')}/capsule/${params.dispatcher.id}:${params.dispatcher.hash}"
    cpus 1
    memory '1 GB'

    output:
    path 'capsule/results/*'

    script:
    started(task, params.dispatcher)
}

process WRAPPER {
    tag "capsule-${params.wrapper.number}"
    container "${System.getenv('REGISTRY_HOST')}/capsule/${params.wrapper.id}:${params.wrapper.hash}"
    cpus 1
    memory '2 GB'
    publishDir "${System.getenv('RESULTS_PATH')}/stage", saveAs: { filename -> new File(filename).getName() }

    input:
    path 'capsule/data/job_dict'
    path 'capsule/data/'

    output:
    path 'capsule/results/*'

    script:
    started(task, params.wrapper)
}

process COLLECTOR {
    tag "capsule-${params.collector.number}"
    container "${System.getenv('REGISTRY_HOST')}/capsule/${params.collector.id}:${params.collector.hash}"
    cpus 1
    memory '1 GB'
    publishDir "${System.getenv('RESULTS_PATH')}", saveAs: { filename -> new File(filename).getName() }

    input:
    path 'capsule/data/'

    output:
    path 'capsule/results/*'

    script:
    started(task, params.collector)
}

// What the platform does in each box.
def started(task, box) {
    """
    set -e

    export CO_CAPSULE_ID=${box.id}
    export CO_CPUS=${task.cpus}
    export CO_MEMORY=${task.memory.toBytes()}

    mkdir -p capsule
    mkdir -p capsule/data && ln -s \$PWD/capsule/data /data
    mkdir -p capsule/results && ln -s \$PWD/capsule/results /results
    mkdir -p capsule/scratch && ln -s \$PWD/capsule/scratch /scratch

    echo "[${task.tag}] cloning git repo..."
    git -c credential.helper= clone "https://\$GIT_ACCESS_TOKEN@\$GIT_HOST/capsule-${box.number}.git" capsule-repo
    git -C capsule-repo checkout ${box.commit} --quiet
    mv capsule-repo/code capsule/code && ln -s \$PWD/capsule/code /code
    rm -rf capsule-repo

    echo "[${task.tag}] running capsule..."
    cd capsule/code
    chmod +x run
    ./run ${box.arguments}

    echo "[${task.tag}] completed!"
    """
}

workflow {
    DISPATCHER()
    WRAPPER(DISPATCHER.out.flatten(), file(params.analysis_parameters))
    COLLECTOR(WRAPPER.out.collect())
}
