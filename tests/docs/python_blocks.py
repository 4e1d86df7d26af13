#!/usr/bin/env python3
"""Runs the blocks of Python in docs/python.md, one after the other, in the folder of a small study.

    python_blocks.py PAGE PROGRAM SCRIPTS FOLDER

PROGRAM is the study accuracy_vs_corruption, SCRIPTS the folder of load_checkpoint.py. A block that imports a package
that is not installed is left out, and so is what needs it. Ends with 77, as a skipped test, where no block can run.
"""
import importlib.util
import os
import re
import shutil
import subprocess
import sys


def blocks_of(page):
    with open(page, encoding="utf-8") as file:
        return re.findall(r"^```python\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL)


def missing_of(block):
    names = re.findall(r"^(?:import|from) (\w+)", block, re.MULTILINE)
    return [name for name in names if importlib.util.find_spec(name) is None]


def main():
    page, program, scripts, folder = sys.argv[1:]
    blocks = blocks_of(os.path.abspath(page))
    if not blocks:
        sys.exit("no block of Python in " + page)
    sys.path.insert(0, os.path.abspath(scripts))
    program = os.path.abspath(program)
    if missing_of("import numpy\nimport pandas"):
        print("skipped: NumPy or pandas is not installed")
        sys.exit(77)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    os.chdir(folder)
    small = "--train 200 --test 100 --strength 0,0.5,1 --epochs 1 --repeats 3 --quiet".split()
    subprocess.run([program, "--width", "16,64", *small, "--save-networks", "--out", "study"], check=True)
    names = {}
    for number, block in enumerate(blocks, 1):
        if missing_of("import torch") and "load_checkpoint" in block:
            print(f"block {number} left out: PyTorch is not installed")
            continue
        print(f"block {number}")
        exec(compile(block, f"{page}, block {number}", "exec"), names)
    # What a block promises of others: the study reads the images that it wrote.
    subprocess.run([program, "--data", "own", "--width", "4", *small, "--dry-run", "--out", "read"], check=True)


if __name__ == "__main__":
    main()
