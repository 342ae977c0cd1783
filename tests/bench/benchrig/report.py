# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Curves, very many sessions and memory, as Markdown."""

from benchrig.table import BASE, FLOOR, lines, shown

DIR = "SessionStore dir:"
IMAGES = "images/cost-by-{}.svg"


def number(value, digits=0, factor=1):
    return "–" if value is None else shown(value * factor, digits)


def images(curves):
    return "\n\n".join(f"![What a page view costs: {one['title']}]"
                       f"({IMAGES.format(one['name'])})" for one in curves)


def many(rows):
    """What sessions take, and what a page view costs among them."""
    return lines(
        ("store", "sessions", "made, sessions/s", "bytes each",
         "on disk, bytes each", "files each", "httpd CPU, ms per 1,000",
         "of it user", "thousand instructions", "round trips", "p50 ms",
         "p99 ms", "all visited, s", "purge round, s"),
        [(row["store"], number(row["sessions"]),
          number(row["made"] / row["seconds"] if row["seconds"] else None),
          number(row["data"]), number(row.get("disk")),
          number(row.get("files"), 2), number(row["httpd"], 1),
          number(row["user"], 1), number(row.get("instructions"), 1, 0.001),
          number(row["trips"], 2), number(row["p50"], 2),
          number(row["p99"], 2), number(row.get("scan_s"), 1),
          number(row.get("purge_s"), 1)) for row in rows])


def times(few, more, field):
    """How often as much as among the fewest sessions."""
    return (None if few.get(field) is None or more.get(field) is None
            else more[field] / few[field])


def growth(data):
    """The last step beside the first one, and so for the floor, whose session
    is one."""
    said = []
    for store in dict.fromkeys(row["store"] for row in data["many"]):
        rows = [row for row in data["many"] if row["store"] == store]
        few, more = rows[0], rows[-1]
        said.append(
            f"- {store} with {more['sessions']:,} sessions beside "
            f"{few['sessions']:,}: httpd CPU × "
            f"{number(times(few, more, 'httpd'), 2)}, instructions × "
            f"{number(times(few, more, 'instructions'), 3)}, median until "
            f"the answer × {number(times(few, more, 'p50'), 2)}")
    for name, points in data["curves"][0]["series"].items():
        if name == FLOOR:
            said.append(f"- {name}, in the same rounds: httpd CPU × "
                        f"{number(times(points[0], points[-1], 'httpd'), 2)}")
    return "\n".join(said)


def per_thread(rows, name):
    """KB that one thread more takes, from the fewest to the most."""
    own = [row for row in rows if row["configuration"] == name]
    few, more = own[0], own[-1]
    return ((more["pss_kb"] - few["pss_kb"])
            / max(1, more["threads"] - few["threads"]))


def per_connection(row, plain):
    """KB of httpd for each connection: what a child has more than one whose
    sessions are in files, and as many threads."""
    return ((row["most_pss_kb"] - plain[row["threads"]]) / row["most"]
            if "most" in row else None)


def memory(rows):
    base, plain = ({row["threads"]: row["pss_kb"] for row in rows
                    if row["configuration"] == name} for name in (BASE, DIR))
    table = lines(
        ("configuration", "threads and clients", "RSS MB", "PSS MB",
         "more than without sessions, MB", "connections to Redis",
         "when it stalls", "PSS MB then", "KB of httpd for each of these",
         "KB of Redis"),
        [(row["configuration"], str(row["threads"]),
          number(row["rss_kb"], 1, 1 / 1024),
          number(row["pss_kb"], 1, 1 / 1024),
          number(row["pss_kb"] - base[row["threads"]], 1, 1 / 1024),
          number(row.get("open")), number(row.get("most")),
          number(row.get("most_pss_kb"), 1, 1 / 1024),
          number(per_connection(row, plain), 1),
          number(row.get("redis_kb"), 1)) for row in rows])
    names = list(dict.fromkeys(row["configuration"] for row in rows))
    each = ", ".join(f"{name} {per_thread(rows, name):.0f} KB"
                     for name in names)
    return f"{table}\n\nOne thread more takes: {each}."


def markdown(data):
    return "\n\n".join((
        data["where"] + f" The token directory was on {data['disk']}.",
        images(data["curves"]), "### Very many sessions", many(data["many"]),
        growth(data),
        "### Memory", memory(data["memory"])))
