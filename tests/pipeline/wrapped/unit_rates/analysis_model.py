"""The models of unit_rates."""

from aind_data_schema.base import GenericModel


class RateParameters(GenericModel):
    analysis_name: str
    fewest: int = 2


class RateOutputs(GenericModel):
    pass
