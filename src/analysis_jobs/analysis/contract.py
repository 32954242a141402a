"""What an analysis builds on: the base of its models, and its way to say that there is nothing to report."""

from pydantic import BaseModel, ConfigDict


class GenericModel(BaseModel):
    """Base of `AnalysisSpecification` and `AnalysisOutputs`: a pydantic model that refuses unknown fields.

    So a misspelt parameter is an error in a notebook too, not only in the pipeline. You may also derive models from
    `aind_data_schema.base.GenericModel`; then only the pipeline refuses unknown fields.
    """

    model_config = ConfigDict(extra="forbid")


class NothingToReport(Exception):
    """Raised by an analysis that ran well and has no result, for example a recording without units.

    It is a final state of the job (`empty`), not a failure: the job is not tried again.
    """
