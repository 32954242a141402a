from analysis_jobs import GenericModel, NothingToReport


class AnalysisSpecification(GenericModel):
    analysis_name: str = "rates"
    analysis_tag: str = "first"
    cutoff: float = 0.5


class AnalysisOutputs(GenericModel):
    value: float
    units: dict[str, int]


def run_analysis(job, specification, results):
    name = job.inputs[0]
    if "bad" in name:
        raise ValueError("no units in the recording")
    if "empty" in name:
        raise NothingToReport("no units")
    (results / "rates.csv").write_text("unit,rate\n7,1.5\n")
    return AnalysisOutputs(value=specification.cutoff * 2, units={"7": 3, "a.b": 4})
