"""The Python end of a contender: answers the benchmark program's questions, one JSON line each.

    {"call": METHOD, "with": {...}}          calls contender.METHOD(**with) and answers what it returns
    {"time": METHOD, "repeats": N}           calls contender.METHOD(N) and answers {"seconds": s}
"""
import json
import os
import sys
import time
import traceback


def serve(make_contender):
    """Greets with what `make_contender().description()` says, or with what is missing; then answers until the input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints must not mix with the answers

    def answer(message):
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    try:
        contender = make_contender()
        answer({"ready": contender.description()})
    except ImportError as problem:
        answer({"missing": f"install python3-{problem.name}"})
        return
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "time" in request:
                method = getattr(contender, request["time"])
                start = time.perf_counter()
                method(request["repeats"])
                answer({"seconds": time.perf_counter() - start})
            else:
                answer(getattr(contender, request["call"])(**request["with"]))
        except Exception:
            answer({"error": traceback.format_exc()})


def threads():
    """How many threads a contender may use: the benchmark program says it in the environment."""
    return int(os.environ["OMP_NUM_THREADS"])


def on_threads():
    return "on 1 thread" if threads() == 1 else f"on {threads()} threads"


def blas_files():
    with open("/proc/self/maps") as maps:
        files = {os.path.realpath(line.split()[-1]) for line in maps if "/libblas" in line}
    return ", ".join(sorted(files)) or "its own"


def load_pytorch():
    """PyTorch, and a line about it: version, threads, vector instructions, the BLAS it calls."""
    import torch

    torch.set_num_threads(threads())
    torch.manual_seed(1)
    torch.ones(2, 2) @ torch.ones(2, 2)  # loads the BLAS
    vectors = torch.__config__.show().partition("CPU capability usage: ")[2].partition("\n")[0]
    return torch, f"PyTorch {torch.__version__} {on_threads()} with {vectors}, BLAS: {blas_files()}"


def load_sklearn():
    """scikit-learn, and a line about it."""
    import numpy
    import sklearn

    numpy.ones((2, 2)) @ numpy.ones((2, 2))  # loads the BLAS
    return sklearn, f"scikit-learn {sklearn.__version__} {on_threads()}, BLAS: {blas_files()}"
