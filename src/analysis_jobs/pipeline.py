"""What this pipeline is called, and which version of it this is."""

__version__ = "0.1.0"

PIPELINE_NAME = "aind-analysis-jobs"
PIPELINE = {
    "name": PIPELINE_NAME,
    "url": "https://github.com/AllenNeuralDynamics/aind-analysis-jobs",
    "version": __version__,
}
