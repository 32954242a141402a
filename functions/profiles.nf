// Parameters that only some profiles use: anywhere else they would be ignored without a word.

include { configuredExecutors; farExecutors } from './elsewhere'
include { knownParameters } from './parameters'

// [parameter: [is it used as all is configured, where it is used]]
def usesOfParameters() {
    def config = nextflow.Global.session.config
    def executors = configuredExecutors()
    def far = executors.any { executor -> executor in farExecutors() }
    def onBatch = 'awsbatch' in executors
    def onCluster = executors.any { executor -> executor != 'local' && !(executor in farExecutors()) }
    def images = workflow.containerEngine || far || 'k8s' in executors
    def inImages = '-profile docker, -profile awsbatch, or -profile slurm with --apptainer'
    [
        queue: [onCluster || far, '-profile slurm or -profile awsbatch'],
        cluster_options: [onCluster, '-profile slurm'],
        apptainer: [config.apptainer?.enabled || config.singularity?.enabled, '-profile slurm'],
        mount: [workflow.containerEngine && !far, '-profile docker, or -profile slurm with --apptainer'],
        base_image: [images, inImages],
        analysis_image: [images, inImages],
        region: [onBatch, '-profile awsbatch'],
        job_role: [onBatch, '-profile awsbatch'],
        aws_cli: [onBatch, '-profile awsbatch'],
        head_stages: [onBatch, '-profile awsbatch'],
    ]
}

// Refuses a parameter that has no effect. A plan needs no profile: it is the same command without one.
def checkProfiles() {
    def known = knownParameters()
    usesOfParameters().each { name, use ->
        def isGiven = params[name] && params[name].toString() != known[name].default?.toString() && params[name].toString() != 'false'
        if (isGiven && !use[0]) {
            error "--${name} has no effect here: it is for ${use[1]}. Add that, or leave --${name} out."
        }
    }
}
