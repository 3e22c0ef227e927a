"""Reads what a checkpoint holds, without PyTorch, for scripts that compare checkpoints."""
import json


def tensors(path):
    """name -> (dtype, shape, bytes) of a safetensors file."""
    data = path.read_bytes()
    begin = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:begin])
    header.pop("__metadata__", None)
    return {name: (entry["dtype"], entry["shape"], data[begin:][slice(*entry["data_offsets"])])
            for name, entry in header.items()}
