# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Curves as SVG, by matplotlib (Debian's python3-matplotlib), which only
drawing needs. Colours are named in the file, so that it can be read on light
pages and on dark ones; the same data are the same bytes."""

import re

# (on light, on dark): blue, orange, green, magenta, grey, cyan.
COLOURS = (("#1f6feb", "#58a6ff"), ("#bc4c00", "#f0883e"),
           ("#1a7f37", "#3fb950"), ("#a0207c", "#f778ba"),
           ("#6e7781", "#8b949e"), ("#0b7285", "#39c5cf"))
INK, GRID = ("#1f2328", "#e6edf3"), ("#d0d7de", "#30363d")
MARKS = "osD^vX"

# Each configuration looks the same in all plots.
ORDER = ("SessionStore redis://", "SessionStore dir:",
         "SessionStore dynamodb:", "SessionStore rediss://", "no session",
         "floor E: GET, AES, entries")
SAME = {"SessionStore redis+cluster://": 0, "mod_session_dbd, PostgreSQL": 3}


def stand_in(number):
    """A colour that nobody would choose, to be replaced by a name."""
    return f"#0a0b{number:02x}"


NAMED = [*COLOURS, INK, GRID]
INK_AT, GRID_AT = len(COLOURS), len(COLOURS) + 1


def place(name):
    return SAME[name] if name in SAME else ORDER.index(name)


def draw_panel(axes, curve, fields, title):
    for name, points in curve["series"].items():
        for field, style in fields:
            at = place(name)
            axes.plot([point["x"] for point in points],
                      [point[field] for point in points], style,
                      color=stand_in(at), marker=MARKS[at], markersize=4.5,
                      linewidth=1.6,
                      label=name if field == fields[0][0] else None)
    axes.set_xscale("log")
    axes.set_title(title, loc="left", fontsize=10, color=stand_in(INK_AT))
    axes.set_xlabel(curve["across"], fontsize=9)
    scale_up([point[field] for points in curve["series"].values()
              for point in points for field, _ in fields], axes)


def scale_up(values, axes):
    """From 0 on; where one line would press down all others, in powers."""
    low, high = min(values), max(values)
    if high < 5 * low:
        axes.set_ylim(0, high * 1.1)
        return
    axes.set_yscale("log")
    axes.set_ylim(low / 1.3, high * 1.3)
    axes.set_yticks([first * 10 ** power for power in range(-3, 6)
                     for first in (1, 2, 5)
                     if low / 1.3 <= first * 10 ** power <= high * 1.3])


def dress(axes, xs, ticker):
    ink, grid = stand_in(INK_AT), stand_in(GRID_AT)
    axes.set_xticks(xs)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(ticker.FuncFormatter(
            lambda value, _: f"{value:,.10g}"))
    axes.minorticks_off()
    axes.grid(True, color=grid, linewidth=0.7)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(grid)
    axes.tick_params(colors=ink, labelsize=8, length=3)
    axes.xaxis.label.set_color(ink)


def named_colours(svg):
    """The stand-ins as names, and what they are on light and on dark."""
    for number in range(len(NAMED)):
        svg = svg.replace(stand_in(number), f"var(--c{number})")

    def values(at):
        return " ".join(f"--c{number}: {both[at]};"
                        for number, both in enumerate(NAMED))

    style = (f"<style>svg {{ {values(0)} }} @media (prefers-color-scheme: "
             f"dark) {{ svg {{ {values(1)} }} }}</style>")
    return re.sub(r"(<svg [^>]*>)", r"\1\n " + style, svg, count=1)


def draw(curve, path):
    import matplotlib
    matplotlib.use("svg")
    from matplotlib import pyplot, ticker

    matplotlib.rcParams.update({
        "svg.fonttype": "none", "svg.hashsalt": curve["name"],
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans"]})
    figure, panels = pyplot.subplots(1, 2, figsize=(9.6, 3.9))
    draw_panel(panels[0], curve, (("httpd", "-"),),
               "httpd CPU, ms for 1,000 requests")
    draw_panel(panels[1], curve, (("p50", "-"), ("p99", ":")),
               "ms until the answer: median, and 99 % (dotted)")
    xs = sorted({point["x"] for points in curve["series"].values()
                 for point in points})
    for axes in panels:
        dress(axes, xs, ticker)
    figure.suptitle(curve["title"], x=0.01, ha="left", fontsize=12,
                    color=stand_in(INK_AT))
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncol=3, fontsize=8.5,
                  frameon=False, labelcolor=stand_in(INK_AT))
    rows = (len(labels) + 2) // 3
    figure.tight_layout(rect=(0, 0.03 + 0.05 * rows, 1, 0.99), w_pad=2.5)
    figure.savefig(path, transparent=True, metadata={"Date": None})
    pyplot.close(figure)
    with open(path) as file:
        svg = file.read()
    with open(path, "w") as file:
        file.write(named_colours(svg))
