#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What a page view costs as things grow: sessions in the store up to a million,
the size of a session, clients, children of httpd, servers of a Redis Cluster;
how much room sessions take; and memory.

    make bench-curves                       everything, into docs/
    make bench-curves CURVES='--million 100000'
    tests/bench/curves.py --draw            only the plots, from the data

What was measured is one JSON file; plots and tables are made of it alone."""

import argparse
import json
import os
import re
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "httpd")]

from benchrig import (  # noqa: E402  (needs the path above)
    backends, growth, memory, plots, report, table)
from benchrig.many import run  # noqa: E402
from benchrig.marks import CURVES, write  # noqa: E402
from rig import build  # noqa: E402

DOCS = os.path.join(os.path.dirname(os.path.dirname(HERE)), "docs")
TENFOLD = (1000, 10000, 100000, 1000000)
SIZES = (100, 1000, 4000, 16000, 64000, 200000)
TWOFOLD = (1, 2, 4, 8, 16, 32, 64, 128)


def measured(arguments):
    """Everything, as it is written to the file."""
    small = arguments.quick
    measuring = growth.Measuring(1 if small else arguments.rounds,
                                 0.1 if small else arguments.seconds)
    counts = [100, 200] if small else [
        count for count in TENFOLD if count <= arguments.million]
    by_sessions, many = growth.by_sessions(
        measuring, counts, {growth.DYNAMODB: arguments.dynamodb}, not small)
    curves = [
        by_sessions,
        growth.by_size(measuring, SIZES[:2] if small else SIZES, not small),
        growth.by_clients(measuring, TWOFOLD[:2] if small else TWOFOLD,
                          not small),
        growth.by_children(measuring, TWOFOLD[:2] if small else TWOFOLD[:5]),
        growth.by_nodes(measuring, (1, 3) if small else (1, 3, 6))]
    held = memory.rows((4, 8) if small else (16, 64, 128),
                       measuring.seconds)
    return {"where": f"{table.machine(build.HTTPD)}; {measuring.rounds} "
                     f"rounds of {measuring.seconds} s for each point; "
                     f"{table.company(measuring.seen)}.",
            "disk": file_system(arguments.folder), "curves": curves,
            "many": many, "memory": held}


def file_system(folder):
    """Of the token directory."""
    return run(["df", "--output=fstype",
                folder or tempfile.gettempdir()]).split()[-1]


def rounded(value):
    """Four digits say all that was measured."""
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


def as_lines(data):
    """JSON with a line for each point and each row."""
    text = json.dumps(data, indent=1, ensure_ascii=False)
    return re.sub(r"\{[^{}]*\}",
                  lambda flat: re.sub(r"\n\s*", " ", flat[0]), text)


def draw(data, folder):
    for curve in data["curves"]:
        plots.draw(curve, os.path.join(
            folder, os.path.basename(report.IMAGES.format(curve["name"]))))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true",
                        help="two small steps of each curve")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.35,
                        help="for each turn of a server")
    parser.add_argument("--million", type=int, default=1000000, metavar="N",
                        help="the most sessions in a store")
    parser.add_argument("--dynamodb", type=int, default=100000, metavar="N",
                        help="the most in DynamoDB Local, which is slow")
    parser.add_argument("--folder", metavar="PATH",
                        help="where the token directory is made, instead of"
                        " the folder for temporary files")
    parser.add_argument("--data", metavar="FILE", help="what was measured",
                        default=os.path.join(DOCS, "performance.json"))
    parser.add_argument("--write", metavar="FILE",
                        help="puts the tables into this document")
    parser.add_argument("--images", metavar="FOLDER",
                        help="draws the plots into this folder")
    parser.add_argument("--draw", action="store_true",
                        help="measures nothing: what is in the file")
    arguments = parser.parse_args()
    backends.Directory.base = arguments.folder
    if not arguments.draw:
        data = rounded(measured(arguments))
        with open(arguments.data, "w") as file:
            file.write(as_lines(data) + "\n")
    with open(arguments.data) as file:
        data = json.load(file)
    text = report.markdown(data)
    print(text)
    if arguments.write:
        write(arguments.write, text, CURVES)
    if arguments.images:
        draw(data, arguments.images)


if __name__ == "__main__":
    main()
