#!/usr/bin/env python3
"""Loads a pstar checkpoint into PyTorch.

From the command line it prints what a checkpoint holds:

    python3 scripts/load_checkpoint.py net.safetensors

In a program, `state_dict` gives what `load_state_dict` takes. A pstar MLP is the equivalent `nn.Sequential`: its linear
layers carry the numbers of their places, weights have the shape (out, in).

    import torch
    from load_checkpoint import state_dict

    net = torch.nn.Sequential(torch.nn.Linear(784, 256), torch.nn.ReLU(), torch.nn.Linear(256, 10))
    net.load_state_dict(state_dict("net.safetensors"))

Needs PyTorch >= 1.10. The `safetensors` package reads the file if it is installed, else the few lines below do.
"""
import json
import struct
import sys

import torch

try:
    import safetensors.torch
except ImportError:
    safetensors = None

DTYPES = {"F32": torch.float32, "F64": torch.float64, "F16": torch.float16, "I64": torch.int64, "I32": torch.int32, "U8": torch.uint8}


def parse(path):
    """The tensors of a safetensors file by name: 8 bytes header length, a JSON header, the elements."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        dtype = DTYPES[entry["dtype"]]
        flat = torch.frombuffer(data[begin:end], dtype=dtype) if end > begin else torch.empty(0, dtype=dtype)
        tensors[name] = flat.reshape(entry["shape"])
    return tensors


def state_dict(path):
    """The checkpoint's tensors by name, for `module.load_state_dict`."""
    return safetensors.torch.load_file(path) if safetensors else parse(path)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: load_checkpoint.py FILE.safetensors")
    for name, tensor in state_dict(sys.argv[1]).items():
        print(f"{name:24} {str(tuple(tensor.shape)):16} {tensor.dtype}")


if __name__ == "__main__":
    main()
