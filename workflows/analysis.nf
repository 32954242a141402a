include { DEDUPE } from '../modules/dedupe'
include { ANALYZE } from '../modules/analyze'
include { SIZE } from '../modules/size'
include { UPLOAD } from '../modules/upload'
include { RECORD } from '../modules/record'
include { SUMMARIZE } from '../modules/summarize'
include { askDoctor } from '../functions/doctor'
include { checkBudget; checkPlaces; checkProfiles; configuredExecutors; foldersSeenByAll; isPythonOfPath; withoutFolders } from '../functions/elsewhere'
include { variable } from '../functions/environment'
include { assignments; flags; settings } from '../functions/flags'
include { followEnds; handedOut; isLimited; newGate } from '../functions/gate'
include { analysisPlace; oneFolder; packedCode; packedParameters } from '../functions/inputs'
include { launcherHost; launcherIdentity; livingLaunchers } from '../functions/launcher'
include { checkLimits } from '../functions/limits'
include { cancelLeft; giveRoomBack; gpusHere; keepRoom } from '../functions/machine'
include { accountFolder; bring; makeFolders } from '../functions/outdir'
include { checkParser; checkValues; isTrue; knownParameters; notifyWhen } from '../functions/parameters'
include { bucketPlace; environmentPlace; place; storePlace } from '../functions/places'
include { expectedJobs; followStage; followWarnings; namesOf; shownLines; tellWarnings } from '../functions/progress'
include { askPython; checkPython; pipelineVersion } from '../functions/python'
include { deathOf; finishedJobs; keepStrategies; lostOf } from '../functions/retries'
include { memoryHere; processorsHere; shareRequests; sideBySide } from '../functions/room'
include { checkSecrets; withoutSecrets } from '../functions/secrets'
include { batchesIn; keepBatches; keptInput; outcomesInTime; restIn; taskMinutes } from '../functions/sizes'

// Jobs that go ahead where nothing is known of an analysis, and tell how many of the rest share a task.
workflow FIRST_WAVE {
    take:
    batches // [batch, number of jobs, file]
    rest    // the jobs that wait for them
    code

    main:
    ANALYZE(batches, code)
    SIZE(rest, outcomesInTime(ANALYZE.out, rest, 3 * taskMinutes(configuredExecutors())))
    SIZE.out.note.subscribe { note -> log.info "SIZE: ${note.text.trim()}" }

    emit:
    analyzed = ANALYZE.out
    batches = SIZE.out.batches
}

workflow ANALYSIS {
    take:
    jobs // the folder of job files, as a path or a channel

    main:
    def plan = isTrue(params.plan)
    def dry_run = isTrue(params.dry_run)
    def bucket = bucketPlace()
    def store = storePlace()
    begin(bucket, store)
    def outdir = accountFolder(params.outdir.toString(), !plan && !dry_run)
    def services = [bucket: bucket, 'write-profile': params.write_profile]
    def room = sideBySide(configuredExecutors())
    def shown = shownLines()
    def said = saidFile()
    def watch = said ? followWarnings('DEDUPE', said, shown) : null
    DEDUPE(
        oneFolder(jobs),
        packedCode(params.analysis),
        packedParameters(params.parameters),
        keptInput(),
        dedupeFlags(services, [store: store, said: said, report: "${place(outdir)}/report.html", 'side-by-side': room]),
    )

    // One sentence on what is wrong, where a failed task would print its whole command.
    DEDUPE.out.problem.mix(DEDUPE.out.counts).subscribe { _file ->
        watch?.shutdown()
        said?.delete()
    }
    DEDUPE.out.problem.subscribe { problem ->
        giveRoomBack()
        error problem.text
    }
    DEDUPE.out.without_package.subscribe { found ->
        error "The tasks found no Python with this package (they found: ${found.text.trim()}): activate its environment (. .venv/bin/activate) and launch again, or install it into the image or the environment that they run in."
    }
    DEDUPE.out.decisions.subscribe { decisions -> bring([decisions], outdir) }
    DEDUPE.out.counts.subscribe { counts -> log.info "DEDUPE: ${counts.text.trim()}" }

    // The folder of the batch files, once; nothing where there was a problem
    decided = DEDUPE.out.batches.flatMap { found -> plan ? [] : [found] }
    // [batch, number of jobs, group, file]: of a first wave, if there is one, and of all others
    first = decided.flatMap { found -> batchesIn(found, true) }
    FIRST_WAVE(first.map { batch, count, _group, file -> [batch, count, file] }, decided.flatMap { found -> restIn(found) }, DEDUPE.out.code)
    decided.mix(FIRST_WAVE.out.batches).subscribe { found -> keepBatches(found) }
    others = decided.mix(FIRST_WAVE.out.batches).flatMap { found -> batchesIn(found, false) }
    // [total: .., batches: [batch: jobs], ..], a value: how many jobs each stage will have, and what is known of their time
    expected = first.mix(others).toList().map { all -> [all] }.combine(decided).map { all, found -> expectedJobs(all, found, room) }

    def gate = isLimited() ? newGate(room, configuredExecutors().any { executor -> executor != 'local' }) : null
    handed = gate ? handedOut(gate, others, expected) : others
    ANALYZE(handed.map { batch, count, _group, file -> [batch, count, file] }, DEDUPE.out.code)
    ended = FIRST_WAVE.out.analyzed.mix(ANALYZE.out)
    if (gate) {
        followEnds(gate, ended.map { batch, _folders, _failed, seconds -> [batch, seconds] })
    }

    // [batch, group, file, [job folder, ..], failed.txt]; of a batch whose task died, those that it had finished
    analyzed = first.mix(handed)
        .join(ended, remainder: true)
        .map { found -> [found[0], found[2], found[3], found[4] ?: finishedJobs(found[0]), found[5]] }
    followStage('ANALYZE', analyzed.map { batch, _group, _file, _folders, failed -> [[batch], failed] }, expected)

    analyzed.flatMap { _batch, _group, _file, folders, _failed -> folders.collect { folder -> folder.parent.parent } }
        .unique()
        .collect()
        .subscribe { folders -> if ('slurm' in configuredExecutors()) { cancelLeft(folders) } }

    // [group, [file, ..], [job folder, ..], [what is known of the death of a batch's task, ..]]
    groups = analyzed
        .map { batch, group, file, folders, failed -> [group, file, folders, failed ? [] : deathOf('ANALYZE', batch)] }
        .groupTuple(remainder: true)
        .map { group, files, folders, deaths -> [group.toString(), files, folders.flatten(), deaths.flatten()] }
    UPLOAD(groups, DEDUPE.out.run, DEDUPE.out.sources, flags(services + ['dry-run': dry_run]))

    // [group, [file, ..], uploaded.jsonl, failed.txt]; of a group whose UPLOAD died the last two are not there
    uploaded = groups
        .map { group, files, _folders, _deaths -> [group, files] }
        .join(UPLOAD.out.uploaded, remainder: true)
        .map { found -> [found[0], found[1], found[2] ?: [], found[3]] }
    followStage('UPLOAD', uploaded.map { _group, files, _lines, failed -> [namesOf(files), failed] }, expected)
    RECORD(
        uploaded.map { group, files, lines, failed -> [group, files, lines, failed ? [] : deathOf('UPLOAD', group)] },
        DEDUPE.out.run,
        flags(services + [store: store, 'dry-run': dry_run]),
    )
    // [group, [file, ..], failed.txt]; of a group whose RECORD died the last is not there
    recorded = groups.map { group, files, _folders, _deaths -> [group, files] }.join(RECORD.out.failed, remainder: true)
    followStage('RECORD', recorded.map { _group, files, failed -> [namesOf(files), failed] }, expected)

    SUMMARIZE(
        DEDUPE.out.decisions,
        RECORD.out.settled.collect().ifEmpty([]),
        recorded.map { group, _files, failed -> failed ? [] : deathOf('RECORD', group) }
            .mix(analyzed.map { found -> lostOf(found[0]) })
            .collect()
            .ifEmpty([]),
        gate ? gate.left : [],
        DEDUPE.out.run,
        summarizeFlags(services, store, outdir),
    )

    told = tellWarnings([DEDUPE: DEDUPE.out.warnings, UPLOAD: UPLOAD.out.warnings, RECORD: RECORD.out.warnings, SUMMARIZE: SUMMARIZE.out.warnings], shown)
    ended = SUMMARIZE.out.counts.combine(told).map { counts, failed, _told -> [counts, failed] }
    SUMMARIZE.out.counts.subscribe { _counts, _failed -> giveRoomBack() }
    account = SUMMARIZE.out.kept.ifEmpty([]).map { files -> bring(files, outdir) }

    emit:
    counts = ended                // [file of the counts in words, file of the number of jobs without a result]
    account = account             // the folder that the account is in: that one, or the work folder if it cannot be written
    folder = Channel.value(outdir) // where the table and the report are to be: --outdir, or a folder in it
    records = RECORD.out.records  // in a dry run, what would have been recorded
}

// Ends a launch that could not work, says why, and makes what it needs.
def begin(bucket, store) {
    checkParser()
    checkValues() // also for those who include this
    if (!isTrue(params.plan)) {
        if (moduleDir.normalize().parent == projectDir.normalize()) { // a pipeline that includes this may have parameters of these names
            checkProfiles(knownParameters())
        }
        checkLimits(configuredExecutors(), [processors: processorsHere(), memory: memoryHere(), gpus: { gpusHere() }])
    }
    checkBudget()
    checkSecrets()
    if (!params.analysis) {
        error "ANALYSIS needs params.analysis: a Python file, a folder, or the name of an installed module."
    }
    def python = isPythonOfPath(isTrue(params.head_stages)) ? askPython() : null // it answers while the rest is checked
    def readOnly = isTrue(params.plan) || isTrue(params.dry_run)
    workflow.onComplete { askDoctor(readOnly) }
    checkPlaces(bucket, store, isTrue(params.head_stages))
    checkPython(python)
    keepStrategies()
    makeFolders(bucket, store)
    shareRequests(configuredExecutors())
    if (!isTrue(params.plan) && workflow.workDir.toUri().scheme == 'file') {
        keepRoom()
    }
}

// The file of what DEDUPE warns of on this machine, as it may take minutes to make an environment; null elsewhere.
def saidFile() {
    withoutFolders(isTrue(params.head_stages)) ? null : workflow.workDir.resolve(".warnings-${workflow.runName}")
}

// Who launches, with what, and where, as records have it.
def aboutLaunch() {
    [
        name: workflow.runName,
        host: launcherHost(),
        user: variable('CODEOCEAN_EMAIL') ?: workflow.userName,
        nextflow: workflow.nextflow.version,
        commit: workflow.commitId ?: '',
        profile: workflow.profile,
        resumed: workflow.resume,
        started: workflow.start,
        code_ocean: [capsule: 'CO_CAPSULE_ID', pipeline: 'CO_PIPELINE_ID', computation: 'CO_COMPUTATION_ID', user: 'CODEOCEAN_EMAIL', commit: 'CO_CAPSULE_COMMIT', image: 'CO_CAPSULE_IMAGE']
            .collectEntries { name, from -> [name, variable(from)] }
            .findAll { _name, value -> value },
    ]
}

// What DEDUPE is asked; see launch.py.
// places: those that are known when everything else is checked
def dedupeFlags(services, places) {
    def options = [
        'pipeline-version': pipelineVersion(),
        analysis: params.analysis,
        'analysis-place': analysisPlace(params.analysis),
        'parameters-name': params.parameters,
        'parameters-place': params.parameters ? place(params.parameters) : null,
        settings: settings(params.set),
        'command-line': withoutSecrets(workflow.commandLine),
        session: workflow.sessionId,
        launcher: launcherIdentity(),
        living: livingLaunchers(),
        plan: isTrue(params.plan),
        'dry-run': isTrue(params.dry_run),
        'jobs-per-task': params.jobs_per_task == 'auto' ? null : params.jobs_per_task,
        'task-minutes': taskMinutes(configuredExecutors()),
        'group-size': params.group_size,
        'retry-failed': isTrue(params.retry_failed).toString(),
        'max-attempts': params.max_attempts,
        'claim-hours': params.claim_hours,
        'price-per-hour': params.price_per_hour,
        learn: [memory_bytes: params.analysis_memory, seconds: params.analysis_time].findAll { _name, asked -> asked == 'auto' }.keySet().join(','),
        'code-version': params.code_version,
        'code-identity': params.code_identity,
        'without-code': !isTrue(params.publish_code),
        'patch-commits': variable('PATCH_COMMITS'),
        'ignore-older-records': isTrue(params.ignore_older_records),
        'launched-in': workflow.launchDir,
        environment: environmentPlace(),
        'environment-cache': params.environment_cache ? place(params.environment_cache) : null,
        elsewhere: withoutFolders(isTrue(params.head_stages)),
        'head-stages': isTrue(params.head_stages),
        'key-environment': isTrue(params.key_environment),
        'check-inputs': params.check_inputs ?: 'auto',
        'changed-inputs': params.changed_inputs,
        'inputs-by': params.inputs_by,
        'inputs-seen': foldersSeenByAll(isTrue(params.head_stages)),
    ]
    [flags(services + places + options), assignments('run', aboutLaunch())].join(' ')
}

// What SUMMARIZE is asked: of a plan and a dry run the store remembers nothing, and nobody is told.
def summarizeFlags(services, store, outdir) {
    def plan = isTrue(params.plan)
    def told = plan || isTrue(params.dry_run) ? [:] : [store: store, notify: notifyWhen()]
    def folders = [settled: plan ? null : 'settled', account: isTrue(params.keep_account) && !plan ? 'account' : null]
    flags(services + told + folders + [outdir: place(outdir), 'dry-run': isTrue(params.dry_run)])
}
