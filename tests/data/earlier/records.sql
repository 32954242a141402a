BEGIN TRANSACTION;
CREATE TABLE job_states (
    key TEXT PRIMARY KEY, revision TEXT NOT NULL, owner TEXT, document TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO "job_states" VALUES('031a227fc9b48e59d7a7542c066f62f5647caf44e3f710ed8cacde7fa3b4fee3','72d79a426f7fd01b','dead','{"_id": "031a227fc9b48e59d7a7542c066f62f5647caf44e3f710ed8cacde7fa3b4fee3", "key": "031a227fc9b48e59d7a7542c066f62f5647caf44e3f710ed8cacde7fa3b4fee3", "state": "pending", "attempt": 1, "revision": "72d79a426f7fd01b", "changed": "2026-11-28T21:44:16.312054+00:00", "parts": {"key_version": 1, "inputs": ["s3://recordings/lost"], "parameters": {"analysis_name": "rates", "analysis_tag": "first", "cutoff": 0.5}, "code": "sha256:f5f9cf8d3e6ca92f9bd3254e788edb4551ea5adf104e616874c0a358270cdcd6"}, "owner": {"session": "dead", "process": null}, "expires": "2026-11-28T21:44:16.672020+00:00"}');
INSERT INTO "job_states" VALUES('b55f696f59a01f87e82ae820c6de91a46f547f61020c5b77b7eff30390bf69dd','77f39fef78d3fcd2','before','{"_id": "b55f696f59a01f87e82ae820c6de91a46f547f61020c5b77b7eff30390bf69dd", "key": "b55f696f59a01f87e82ae820c6de91a46f547f61020c5b77b7eff30390bf69dd", "state": "done", "attempt": 1, "revision": "77f39fef78d3fcd2", "changed": "2026-11-28T21:43:57.822475+00:00", "parts": {"code": "sha256:f5f9cf8d3e6ca92f9bd3254e788edb4551ea5adf104e616874c0a358270cdcd6", "inputs": ["s3://recordings/good"], "key_version": 1, "parameters": {"analysis_name": "rates", "analysis_tag": "first", "cutoff": 0.5}}, "owner": {"session": "before", "process": null}, "seconds": 0.002, "location": "analyses/b55f696f59a01f87e82ae820c6de91a46f547f61020c5b77b7eff30390bf69dd", "started": "2026-11-28T21:43:57.119698+00:00", "ended": "2026-11-28T21:43:57.121353+00:00"}');
INSERT INTO "job_states" VALUES('b972ed92c7f51d84c4bc6b25b848d4d45bbcd60ff5e69fb26d43a01d026a99c1','59605234a7e3ccc6','before','{"_id": "b972ed92c7f51d84c4bc6b25b848d4d45bbcd60ff5e69fb26d43a01d026a99c1", "key": "b972ed92c7f51d84c4bc6b25b848d4d45bbcd60ff5e69fb26d43a01d026a99c1", "state": "empty", "attempt": 1, "revision": "59605234a7e3ccc6", "changed": "2026-11-28T21:43:57.822503+00:00", "parts": {"code": "sha256:f5f9cf8d3e6ca92f9bd3254e788edb4551ea5adf104e616874c0a358270cdcd6", "inputs": ["s3://recordings/empty"], "key_version": 1, "parameters": {"analysis_name": "rates", "analysis_tag": "first", "cutoff": 0.5}}, "owner": {"session": "before", "process": null}, "reason": "no units", "seconds": 0.001, "started": "2026-11-28T21:43:57.268883+00:00", "ended": "2026-11-28T21:43:57.269527+00:00"}');
INSERT INTO "job_states" VALUES('c474b60d4ef622b0f57da16ca31f771595cdaf039b953527a13ba992ab5c8add','64ff70b43c7aa9f0','before','{"_id": "c474b60d4ef622b0f57da16ca31f771595cdaf039b953527a13ba992ab5c8add", "key": "c474b60d4ef622b0f57da16ca31f771595cdaf039b953527a13ba992ab5c8add", "state": "failed", "attempt": 1, "revision": "64ff70b43c7aa9f0", "changed": "2026-11-28T21:43:57.822512+00:00", "parts": {"code": "sha256:f5f9cf8d3e6ca92f9bd3254e788edb4551ea5adf104e616874c0a358270cdcd6", "inputs": ["s3://recordings/bad"], "key_version": 1, "parameters": {"analysis_name": "rates", "analysis_tag": "first", "cutoff": 0.5}}, "owner": {"session": "before", "process": null}, "error": {"stage": "analyze", "cause": "analysis", "type": "ValueError", "message": "no units in the recording", "traceback": "Traceback (most recent call last):\n  File \"/lab/code/source/rates.py\", line 18, in run_analysis\n    raise ValueError(\"no units in the recording\")\nValueError: no units in the recording\n", "log_tail": "Traceback (most recent call last):\n  File \"/lab/code/source/rates.py\", line 18, in run_analysis\n    raise ValueError(\"no units in the recording\")\nValueError: no units in the recording\n\n"}, "seconds": 0.004, "started": "2026-11-28T21:43:57.468720+00:00", "ended": "2026-11-28T21:43:57.472727+00:00"}');
INSERT INTO "job_states" VALUES('c7c3f9c6b51a928133bf4c81f318eaeb2198a3de0ca1830aeee0b4828f24d652','1db2a410fcdf17de',NULL,'{"_id": "c7c3f9c6b51a928133bf4c81f318eaeb2198a3de0ca1830aeee0b4828f24d652", "key": "c7c3f9c6b51a928133bf4c81f318eaeb2198a3de0ca1830aeee0b4828f24d652", "state": "done", "attempt": 1, "revision": "1db2a410fcdf17de", "changed": "2026-11-28T21:43:58.367207+00:00", "parts": {"key_version": 1, "inputs": ["s3://recordings/good"], "parameters": {"analysis_name": "rates", "analysis_tag": "first", "cutoff": 0.5}, "code": "sha256:3290ad009670647983d8462f10b6f8c55a768fe09f2add549608e7ac475b887a"}, "adopted": {"record": "b55f696f59a01f87e82ae820c6de91a46f547f61020c5b77b7eff30390bf69dd", "by": "a.scientist", "why": "only a zero was added", "when": "2026-11-28T21:43:58.367169+00:00"}}');
CREATE TABLE record_documents (
    _id TEXT PRIMARY KEY, location TEXT NOT NULL, document TEXT NOT NULL);
INSERT INTO "record_documents" VALUES('b55f696f59a01f87e82ae820c6de91a46f547f61020c5b77b7eff30390bf69dd','analyses/b55f696f59a01f87e82ae820c6de91a46f547f61020c5b77b7eff30390bf69dd','{"object_type": "Metadata", "describedBy": "https://raw.githubusercontent.com/AllenNeuralDynamics/aind-data-schema/main/src/aind_data_schema/core/metadata.py", "schema_version": "2.7.6", "name": "b55f696f59a01f87e82ae820c6de91a46f547f61020c5b77b7eff30390bf69dd", "location": "analyses/b55f696f59a01f87e82ae820c6de91a46f547f61020c5b77b7eff30390bf69dd", "other_identifiers": null, "subject": null, "data_description": null, "procedures": null, "instrument": null, "processing": {"object_type": "Processing", "describedBy": "https://raw.githubusercontent.com/AllenNeuralDynamics/aind-data-schema/main/src/aind_data_schema/core/processing.py", "schema_version": "2.3.3", "data_processes": [{"object_type": "Data process", "process_type": "Analysis", "name": "rates", "stage": "Analysis", "code": {"object_type": "Code", "url": "", "name": "rates", "version": "sha256:f5f9cf8d3e6ca92f9bd3254e788edb4551ea5adf104e616874c0a358270cdcd6", "commit_hash": null, "container": null, "run_script": "rates.py", "language": "Python", "language_version": "3.11.7", "input_data": [{"object_type": "Data asset", "name": null, "url": "s3://recordings/good/"}], "parameters": {"analysis_name": "rates", "analysis_tag": "first", "cutoff": 0.5}, "core_dependency": null}, "experimenters": ["a.scientist"], "pipeline_name": "aind-analysis-jobs", "start_date_time": "2026-11-28T21:43:57.119698Z", "end_date_time": "2026-11-28T21:43:57.121353Z", "output_path": ".", "output_parameters": {"value": 1.0, "units": {"7": 3, "a.b": 4}}, "notes": "code sha256:f5f9cf8d3e6ca92f9bd3254e788edb4551ea5adf104e616874c0a358270cdcd6; attempt 1, Nextflow run happy_turing; host node-7; executor local; in a container of docker; 0.002 s, 0.003 s of CPU; read 93 bytes; wrote 16 bytes; 0 bytes from storage; 8192 bytes to storage", "resources": {"object_type": "Resource usage", "os": "Linux 6.1.0", "architecture": "x86_64", "cpu": "A processor", "cpu_cores": 2, "gpu": null, "system_memory": 25.277, "system_memory_unit": "Gigabyte", "ram": 0.023278, "ram_unit": "Gigabyte", "cpu_usage": [{"object_type": "Resource timestamped", "timestamp": "2026-11-28T21:43:57.121353Z", "usage": 150.0}], "gpu_usage": null, "ram_usage": [{"object_type": "Resource timestamped", "timestamp": "2026-11-28T21:43:57.121353Z", "usage": 0.09}], "usage_unit": "percent"}}], "pipelines": [{"object_type": "Code", "url": "https://github.com/AllenNeuralDynamics/aind-analysis-jobs", "name": "aind-analysis-jobs", "version": "0.1.0", "commit_hash": null, "container": null, "run_script": null, "language": "Nextflow", "language_version": "24.10.0", "input_data": null, "parameters": null, "core_dependency": null}], "notes": null, "dependency_graph": {"rates": []}}, "acquisition": null, "quality_control": null, "model": null, "_id": "b55f696f59a01f87e82ae820c6de91a46f547f61020c5b77b7eff30390bf69dd"}');
CREATE TABLE record_inputs (url TEXT, _id TEXT, PRIMARY KEY (url, _id)) WITHOUT ROWID;
INSERT INTO "record_inputs" VALUES('s3://recordings/good/','b55f696f59a01f87e82ae820c6de91a46f547f61020c5b77b7eff30390bf69dd');
CREATE INDEX record_locations ON record_documents (_id, location);
CREATE TRIGGER record_inputs_of_new AFTER INSERT ON record_documents BEGIN
    INSERT OR IGNORE INTO record_inputs SELECT input.value ->> 'url', NEW._id
    FROM json_each(NEW.document, '$.processing.data_processes[0].code.input_data') AS input
    WHERE input.value ->> 'url' IS NOT NULL;
END;
CREATE VIEW jobs AS
WITH known AS (
  SELECT DISTINCT one.value AS key
  FROM json_each('[0, 1]') AS side, json_each(CASE side.value
    WHEN 0 THEN (SELECT json_group_array(_id) FROM record_documents)
    ELSE (SELECT json_group_array(key) FROM job_states) END) AS one)
SELECT known.key AS key,
  likely(CASE WHEN record._id IS NOT NULL OR adopted._id IS NOT NULL THEN 'done'
    WHEN json_extract(state.document, '$.state') = 'done' THEN 'removed'
    WHEN json_extract(state.document, '$.state') = 'pending' AND julianday(json_extract(state.document, '$.expires')) <= julianday('now') THEN 'expired'
    ELSE json_extract(state.document, '$.state') END) AS state,
  json_extract(state.document, '$.attempt') AS attempt,
  coalesce(json_extract(record.document, '$.processing.data_processes[0].code.parameters.analysis_name'), json_extract(state.document, '$.parts.parameters.analysis_name'),
    json_extract(record.document, '$.processing.data_processes[0].name')) AS name,
  coalesce(json_extract(record.document, '$.processing.data_processes[0].code.parameters.analysis_tag'), json_extract(state.document, '$.parts.parameters.analysis_tag')) AS tag,
  coalesce(json_extract(record.document, '$.processing.data_processes[0].start_date_time'), json_extract(state.document, '$.started')) AS started,
  coalesce(json_extract(record.document, '$.processing.data_processes[0].end_date_time'), json_extract(state.document, '$.ended')) AS ended,
  coalesce(json_extract(state.document, '$.seconds'), round(
    (julianday(json_extract(record.document, '$.processing.data_processes[0].end_date_time')) - julianday(json_extract(record.document, '$.processing.data_processes[0].start_date_time'))) * 86400, 3)) AS seconds,
  json_extract(state.document, '$.error.cause') AS error_cause,
  json_extract(state.document, '$.error.type') AS error_type,
  coalesce(json_extract(state.document, '$.error.message'), json_extract(state.document, '$.reason')) AS message,
  coalesce(record.location, adopted.location, json_extract(state.document, '$.location')) AS location,
  coalesce(json_extract(state.document, '$.parts.inputs'), (SELECT json_group_array(json_extract(input.value, '$.url'))
     FROM json_each(record.document, '$.processing.data_processes[0].code.input_data') AS input
     WHERE json_extract(input.value, '$.url') IS NOT NULL)) AS inputs,
  coalesce(json_extract(record.document, '$.processing.data_processes[0].code.parameters'), json_extract(state.document, '$.parts.parameters')) AS parameters,
  json_extract(state.document, '$.changed') AS changed
FROM known
LEFT JOIN record_documents AS record ON record._id = known.key
LEFT JOIN job_states AS state ON state.key = known.key
LEFT JOIN record_documents AS adopted ON adopted._id = json_extract(state.document, '$.adopted.record');
CREATE VIEW records AS
SELECT likely(record._id) AS key,
  json_extract(record.document, '$.processing.data_processes[0].name') AS name,
  json_extract(record.document, '$.processing.data_processes[0].code.url') AS code_url,
  json_extract(record.document, '$.processing.data_processes[0].code.version') AS code_version,
  json_extract(record.document, '$.processing.data_processes[0].code.commit_hash') AS commit_hash,
  json_extract(record.document, '$.processing.data_processes[0].start_date_time') AS started,
  json_extract(record.document, '$.processing.data_processes[0].end_date_time') AS ended,
  record.location AS location,
  json_extract(record.document, '$.processing.data_processes[0].pipeline_name') AS pipeline,
  (SELECT json_group_array(json_extract(input.value, '$.url'))
     FROM json_each(record.document, '$.processing.data_processes[0].code.input_data') AS input
     WHERE json_extract(input.value, '$.url') IS NOT NULL) AS inputs,
  json_extract(record.document, '$.processing.data_processes[0].code.parameters') AS parameters,
  json_extract(record.document, '$.processing.data_processes[0].output_parameters') AS outputs,
  json_extract(record.document, '$.processing.data_processes[0].notes') AS notes
FROM record_documents AS record;
CREATE VIEW outputs AS
SELECT record._id AS key,
  one.key || coalesce('.' || two.key, '') || coalesce('.' || three.key, '') || coalesce('.' || four.key, '') AS name,
  CASE coalesce(four.type, three.type, two.type, one.type) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(CASE WHEN four.type IS NOT NULL THEN four.value WHEN three.type IS NOT NULL THEN three.value WHEN two.type IS NOT NULL THEN two.value WHEN one.type IS NOT NULL THEN one.value END AS TEXT) END AS value,
  likely(CASE WHEN coalesce(four.type, three.type, two.type, one.type) IN ('integer', 'real', 'true', 'false') THEN CAST(CASE WHEN four.type IS NOT NULL THEN four.value WHEN three.type IS NOT NULL THEN three.value WHEN two.type IS NOT NULL THEN two.value WHEN one.type IS NOT NULL THEN one.value END AS REAL) END) AS number
FROM record_documents AS record, json_each(record.document, '$.processing.data_processes[0].output_parameters') AS one
LEFT JOIN json_each(CASE one.type WHEN 'object' THEN one.value ELSE '{}' END) AS two ON 1 = 1
LEFT JOIN json_each(CASE two.type WHEN 'object' THEN two.value ELSE '{}' END) AS three ON 1 = 1
LEFT JOIN json_each(CASE three.type WHEN 'object' THEN three.value ELSE '{}' END) AS four ON 1 = 1
WHERE one.key IS NOT NULL AND (four.type IS NOT NULL OR coalesce(four.type, three.type, two.type, one.type) <> 'object');
COMMIT;
