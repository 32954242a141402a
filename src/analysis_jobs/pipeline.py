"""What this pipeline is called, where it is, and which version of it this is."""

__version__ = "0.1.0"

PIPELINE_NAME = "aind-analysis-jobs"
PIPELINE_URL = "https://github.com/AllenNeuralDynamics/aind-analysis-jobs"
