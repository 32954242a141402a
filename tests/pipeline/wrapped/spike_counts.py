"""An analysis as for aind-analysis-wrapper, with construct_processing_record: how many values are large."""

import json
import logging
import os

from aind_data_schema.base import GenericModel
from analysis_pipeline_utils.analysis_dispatch_model import AnalysisDispatchModel
from analysis_pipeline_utils.metadata import construct_processing_record, docdb_record_exists, write_results_and_metadata
from analysis_pipeline_utils.utils_analysis_wrapper import get_analysis_model_parameters, make_cli_model

ANALYSIS_BUCKET = os.getenv("ANALYSIS_BUCKET")
logger = logging.getLogger(__name__)


class SpikeCountSpecification(GenericModel):
    analysis_name: str
    threshold: float


class SpikeCountOutputs(GenericModel):
    n_large: dict[str, int]


def run_analysis(analysis_dispatch_inputs: AnalysisDispatchModel, **parameters) -> None:
    processing = construct_processing_record(analysis_dispatch_inputs, **parameters)
    if docdb_record_exists(processing):
        logger.info("Record already exists, skipping.")
        return
    n_large = {}
    for location, name in zip(analysis_dispatch_inputs.file_location, analysis_dispatch_inputs.asset_name):
        with open(location) as file:
            values = json.load(file)
        n_large[name] = sum(value > parameters["threshold"] for value in values)
    with open('/results/n_large.json', 'w') as file:
        json.dump(n_large, file)
    processing.output_parameters = SpikeCountOutputs(n_large=n_large)
    write_results_and_metadata(processing, ANALYSIS_BUCKET)


if __name__ == "__main__":
    cli_model = make_cli_model(SpikeCountSpecification)()
    for path in cli_model.input_directory.glob("job_dict/*"):
        inputs = AnalysisDispatchModel.model_validate_json(path.read_text())
        merged = get_analysis_model_parameters(
            inputs,
            cli_model,
            SpikeCountSpecification,
            analysis_parameters_json_path=cli_model.input_directory / "analysis_parameters.json",
        )
        run_analysis(inputs, **SpikeCountSpecification.model_validate(merged).model_dump())
