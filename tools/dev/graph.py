"""The include graph of app/, by folder and subject: what may include what (ALLOWED), and what does.

A node is a layer, or a subject of a layer that has subfolders. Each arrow that is drawn must be an allowed one, and the
allowed ones must have no cycle, so every include points downwards.
"""
import collections
import functools
import re
import shutil
import subprocess

from configure import ROOT

# A layer, and the layers that it may include.
LAYERS = {
    "domain": "",
    "base": "",
    "draw": "domain base",
    "store": "draw domain base",
    "cache": "domain base",
    "report": "domain base",
    "settings": "report store cache draw domain base",
    "service": "settings report store cache draw domain base",
    "http": "service settings report store cache draw domain base",
    "worker": "http service settings report store cache draw domain base",
    "cron": "service settings report store cache draw domain base",
    "ctl": "service settings report store cache draw domain base",
}
# Within a layer: a subject, and the subjects that it may include. "." is the files beside the subjects' folders.
SUBJECTS = {
    "store": {
        "session": "",
        "points": "session",
        "queue": "session points",
        "sale": "session",
        "admin": "session queue",
        "upkeep": "session",
    },
    "service": {
        "access": "",
        "queue": "access",
        "points": "access",
        "sale": "access",
        "admin": "access queue points sale",
        "upkeep": "access queue sale",
        ".": "access queue points sale admin upkeep",
    },
    "ctl": {
        "commands": "",
        "doctor": "commands",
        "top": "commands",
        ".": "commands doctor top",
    },
}
# Libraries that only one layer may know. Of any other than the standard one, domain/ knows none.
RESERVED = {"cppconn/": "store", "libmemcached/": "cache", "fcgi": "worker", "jwt.h": "service", "curl/": "ctl",
            "systemd/": "worker"}
INCLUDE = re.compile(r'^#include (?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)


def node_of(path):
    """The node of a file, named from app/: "store/queue/token_store.h" is of "store/queue"."""
    parts = path.split("/")
    layer, below = parts[0], parts[1:-1]
    if layer not in SUBJECTS:
        return layer
    return f"{layer}/{below[0] if below else '.'}"


@functools.cache
def allowed_arrows():
    """{node: the nodes that it may include}"""
    of_layer = {layer: [f"{layer}/{subject}" for subject in SUBJECTS[layer]] if layer in SUBJECTS else [layer]
                for layer in LAYERS}
    arrows = {}
    for layer, below in LAYERS.items():
        lower = [node for name in below.split() for node in of_layer[name]]
        for node in of_layer[layer]:
            beside = SUBJECTS[layer][node.partition("/")[2]].split() if layer in SUBJECTS else []
            arrows[node] = {*lower, *(f"{layer}/{subject}" for subject in beside)}
    return arrows


def objection(path, header, is_ours):
    """Why the file may not include the header; None if it may."""
    node, layer = node_of(path), path.partition("/")[0]
    if is_ours:
        if "/" not in header:
            return None  # a file that the build makes
        target = node_of(header)
        arrows = allowed_arrows()
        if node not in arrows:
            return f"{path} is in a folder that tools/dev/graph.py does not name"
        if target != node and target not in arrows[node]:
            return f"{path} includes {header}, and {target} is not below {node}"
        return None
    for library, owner in RESERVED.items():
        if header.startswith(library) and layer != owner:
            return f"{path} includes {header}, which is for {owner} only"
    if layer == "domain" and re.search(r"[./]", header):
        return f"{path} includes {header}, which is not of the standard library"
    return None


def includes(root=ROOT):
    """(file, header, whether it is ours) of every include below app/."""
    for path in sorted((root / "app").rglob("*")):
        if path.suffix in (".h", ".cc"):
            for ours, other in INCLUDE.findall(path.read_text(encoding="utf-8")):
                yield path.relative_to(root / "app").as_posix(), ours or other, bool(ours)


def cycle_in(arrows):
    """The nodes of a cycle in {node: nodes}, from one node back to it; empty if there is none."""
    done, path = set(), []

    def walk(node):
        if node in path:
            return path[path.index(node):] + [node]
        if node in done:
            return []
        path.append(node)
        for target in sorted(arrows.get(node, ())):
            if cycle := walk(target):
                return cycle
        path.pop()
        done.add(node)
        return []

    for start in sorted(arrows):
        if cycle := walk(start):
            return cycle
    return []


def drawn_arrows(found):
    """{node: {node that it includes: how many includes}}"""
    arrows = collections.defaultdict(collections.Counter)
    for path, header, is_ours in found:
        if is_ours and "/" in header and node_of(header) != node_of(path):
            arrows[node_of(path)][node_of(header)] += 1
    return arrows


def draw():
    """Prints the graph as text, from the top down, and writes build/graph.dot (with graphviz build/graph.svg too).
    Returns 1 if an include points upwards or there is a cycle, otherwise 0."""
    found = list(includes())
    arrows = drawn_arrows(found)
    for node in reversed(allowed_arrows()):
        print(f"{node:16} -> {', '.join(sorted(arrows[node])) or 'nothing of ours'}")
    dot = ROOT / "build/graph.dot"
    dot.parent.mkdir(exist_ok=True)
    lines = [f'  "{node}" -> "{target}" [label="{count}"];' for node in sorted(arrows)
             for target, count in sorted(arrows[node].items())]
    dot.write_text("digraph includes {\n  rankdir=TB; node [shape=box];\n" + "\n".join(lines) + "\n}\n")
    print(f"\n{dot.relative_to(ROOT)} is the same as a drawing.")
    if shutil.which("dot"):
        subprocess.run(["dot", "-Tsvg", "-o", dot.with_suffix(".svg"), dot], check=True)
    faults = [why for path, header, is_ours in found if (why := objection(path, header, is_ours))]
    if cycle := cycle_in(arrows):
        faults.append(f"a cycle: {' -> '.join(cycle)}")
    for fault in faults:
        print(f"graph: {fault}")
    return 1 if faults else 0
