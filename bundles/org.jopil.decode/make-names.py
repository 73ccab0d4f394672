#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the name tables that come from registries anew:

  make-names.py /usr/share/ieee-data SERVICES

IEEE_DATA is the folder of Debian's package ieee-data (MA-L, MA-M, MA-S as IEEE publishes them); SERVICES is a copy of
IANA's port registry in the form of /etc/services.
"""
import csv
import gzip
import io
import re
import sys
from pathlib import Path

NAMES = Path(__file__).parent / "src/main/resources/org/jopil/decode/names"


def vendors(folder):
    found = {}
    for file in ("oui.csv", "mam.csv", "oui36.csv", "iab.csv"):
        with open(Path(folder) / file, encoding="utf-8") as lines:
            for row in csv.DictReader(lines):
                name = re.sub(r"\s+", " ", row["Organization Name"]).strip()
                if name and name != "Private":
                    found[row["Assignment"].upper()] = name
    text = "".join(f"{prefix}\t{name}\n" for prefix, name in sorted(found.items()))
    packed = io.BytesIO()
    # no time stamp and no name: the same list is the same file
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as out:
        out.write(text.encode())
    (NAMES / "vendors.tsv.gz").write_bytes(packed.getvalue())


def services(file):
    found = {}
    for line in open(file, encoding="utf-8"):
        match = re.match(r"([\w.+/-]+)\s+(\d+)/(\S+)", line)
        if not match:
            continue
        name, port, transports = match.groups()
        for transport in transports.split("/"):
            if transport in ("tcp", "udp", "sctp", "dccp"):
                found.setdefault((int(port), transport), name)
    rows = {}
    for (port, transport), name in found.items():
        rows.setdefault((port, name), []).append(transport)
    with open(NAMES / "services.tsv", "w", encoding="utf-8") as out:
        out.write("# IANA Service Name and Transport Protocol Port Number Registry, written by make-names.py\n")
        for (port, name), transports in sorted(rows.items()):
            out.write(f"{port}\t{','.join(sorted(transports))}\t{name}\n")


vendors(sys.argv[1])
services(sys.argv[2])
