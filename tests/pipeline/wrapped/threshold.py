"""An analysis as for aind-analysis-wrapper, with run_analysis_jobs: the fraction of values that are large."""

import json

from aind_data_schema.base import GenericModel
from analysis_pipeline_utils.analysis_dispatch_model import AnalysisDispatchModel
from analysis_pipeline_utils.utils_analysis_wrapper import run_analysis_jobs


class ThresholdParameters(GenericModel):
    analysis_name: str
    threshold: float


class ThresholdOutputs(GenericModel):
    fraction: float


AnalysisInputModel = ThresholdParameters
AnalysisOutputModel = ThresholdOutputs


def run_analysis(analysis_dispatch_inputs: AnalysisDispatchModel, analysis_parameters: AnalysisInputModel) -> dict:
    with open(analysis_dispatch_inputs.file_location[0]) as file:
        values = json.load(file)
    output_parameters = {"fraction": sum(value > analysis_parameters.threshold for value in values) / len(values)}
    return output_parameters


if __name__ == "__main__":
    run_analysis_jobs(
        analysis_input_model=AnalysisInputModel,
        analysis_output_model=AnalysisOutputModel,
        run_function=run_analysis,
    )
