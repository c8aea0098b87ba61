__version__ = "0.1.0"

from importlib.util import find_spec
if find_spec("triton") is None: from .parts import torch_layers  # macOS, Windows: it lets fla be imported without triton, so it comes first
