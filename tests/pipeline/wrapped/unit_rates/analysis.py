"""An analysis as for aind-analysis-wrapper, with run_analysis_jobs: a file of rates for each unit, and no outputs."""

import os

from analysis_pipeline_utils.analysis_dispatch_model import AnalysisDispatchModel
from analysis_pipeline_utils.utils_analysis_wrapper import run_analysis_jobs
from hdmf_zarr import NWBZarrIO

from analysis_model import RateOutputs, RateParameters


def run_analysis(inputs: AnalysisDispatchModel, parameters: RateParameters) -> dict | None:
    os.makedirs('/results/rates', exist_ok=True)
    for location in inputs.file_location:
        with NWBZarrIO(location, 'r') as io:
            nwbfile = io.read()
        for row in range(len(nwbfile.units)):
            times = nwbfile.units["spike_times"][row]
            if len(times) >= parameters.fewest:
                with open(f'/results/rates/{row}.txt', 'w') as file:
                    file.write(f"{len(times) / (times[-1] - times[0]):.3f}")
    return {}


if __name__ == "__main__":
    run_analysis_jobs(
        analysis_input_model=RateParameters, analysis_output_model=RateOutputs, run_function=run_analysis
    )
