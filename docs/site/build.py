#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""build.py SOURCES FOLDER: the documents as HTML, with pandoc and mandoc.

A page fetches nothing but its style sheet, has no script, and can be read from
a disk. What a document links to and is no page, is copied beside them.
"""

import concurrent.futures
import glob
import html
import json
import os
import re
import shutil
import subprocess
import sys

# Documents at the top of the sources.
AT_THE_TOP = ("README.md", "CONTRIBUTING.md", "SECURITY.md")


def run(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE,
                          text=True, **options).stdout


class Site:
    def __init__(self, sources, folder):
        self.sources = sources
        self.folder = folder
        self.here = os.path.join(sources, "docs", "site")
        self.chapters = self.all_chapters()
        self.pages = {source: self.page_of(source) for _, pages
                      in self.chapters for source, _ in pages}
        self.places = dict(self.pages)

    @staticmethod
    def page_of(source):
        if source == "README.md":
            return "index.html"
        return re.sub(r"\.md$", "", os.path.basename(source)) + ".html"

    def path(self, *names):
        return os.path.join(self.sources, *names)

    def read_navigation(self):
        """[(chapter, [(source, name), ...]), ...]"""
        chapters = []
        with open(os.path.join(self.here, "navigation"),
                  encoding="utf-8") as file:
            for line in file:
                if line.startswith("    "):
                    chapters[-1][1].append(line.split(maxsplit=1))
                elif line.strip() and not line.startswith("#"):
                    chapters.append((line.strip(), []))
        return [(title, [(source, name.strip()) for source, name in pages])
                for title, pages in chapters]

    def documents(self):
        return {*AT_THE_TOP, *(os.path.relpath(path, self.sources)
                               for pattern in ("*.md", "*.8")
                               for path in glob.glob(self.path("docs",
                                                               pattern)))}

    def all_chapters(self):
        """The navigation, and in a last chapter what it does not name."""
        chapters = self.read_navigation()
        named = {source for _, pages in chapters for source, _ in pages}
        there = self.documents()
        if named - there:
            sys.exit("docs/site/navigation has what is not there: "
                     + ", ".join(sorted(named - there)))
        more = [(source, self.heading(source))
                for source in sorted(there - named)]
        return chapters + ([("More", more)] if more else [])

    def heading(self, source):
        with open(self.path(source), encoding="utf-8") as file:
            found = re.search(r"^# (.*)$", file.read(), re.MULTILINE)
        return found[1] if found else os.path.basename(source)

    def linked(self):
        """The files and folders that documents link to and are no pages."""
        found = set()
        for source in self.pages:
            with open(self.path(source), encoding="utf-8") as file:
                targets = re.findall(r"\]\(([^)#\s]+)", file.read())
            found |= {os.path.normpath(os.path.join(os.path.dirname(source),
                                                    target))
                      for target in targets if ":" not in target}
        return sorted(path for path in found if path not in self.pages
                      and os.path.exists(self.path(path)))

    def copy(self, path):
        """A file or a folder; notes where it has gone."""
        whole = self.path(path)
        if os.path.isdir(whole):
            for name in sorted(os.listdir(whole)):
                self.copy(f"{path}/{name}")
            self.places[path] = f"files/{path}/folder.html"
            return
        name = path if os.path.splitext(path)[1] else path + ".txt"
        place = os.path.join(self.folder, "files", name)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        shutil.copyfile(whole, place)
        self.places[path] = f"files/{name}"

    def list_folder(self, path):
        """A page for a folder that a document links to."""
        entries = sorted(source for source in self.places
                         if source.startswith(path + "/")
                         and not os.path.isdir(self.path(source)))
        items = "".join('<li><a href="{}">{}</a></li>\n'.format(
            html.escape(os.path.relpath(self.places[entry],
                                        f"files/{path}")),
            html.escape(entry[len(path) + 1:])) for entry in entries)
        return f"<h1>{html.escape(path)}</h1>\n<ul>\n{items}</ul>"

    def navigation(self, current, root):
        parts = []
        for title, pages in self.chapters:
            parts.append(f"<h2>{html.escape(title)}</h2>\n<ul>")
            for source, name in pages:
                mark = ' aria-current="page"' if source == current else ""
                parts.append(f'<li><a href="{root}{self.pages[source]}"{mark}>'
                             f"{html.escape(name)}</a></li>")
            parts.append("</ul>")
        return "\n".join(parts)

    def body(self, source):
        """(HTML of the text, its title)."""
        if source.endswith(".8"):
            name = os.path.basename(source).replace(".8", "(8)")
            text = run("mandoc", "-T", "html", "-O", "fragment",
                       self.path(source))
            # Its sections have no heading above them.
            text = re.sub(r"<(/?)h([12])\b",
                          lambda match: f"<{match[1]}h{int(match[2]) + 1}",
                          text)
            return f"<h1>{name}</h1>\n{text}", name
        about = json.dumps({"source": source, "places": self.places})
        text = run("pandoc", "--from", "gfm+definition_lists", "--to", "html5",
                   "--no-highlight", "--wrap", "preserve", "--metadata-file",
                   "/dev/stdin", "--lua-filter",
                   os.path.join(self.here, "links.lua"), self.path(source),
                   input=about)
        title = re.search(r"<h1[^>]*>(.*?)</h1>", text, re.DOTALL).group(1)
        return text, re.sub(r"<[^>]*>", "", title)

    def write(self, place, body, title, current=None):
        root = "../" * place.count("/")
        if title != "mod_session_store":
            title += " - mod_session_store"
        parts = {"pagetitle": title, "root": root, "body": body,
                 "navigation": self.navigation(current, root)}
        page = re.sub(r"\$(\w+)\$", lambda match: parts[match.group(1)],
                      self.template)
        with open(os.path.join(self.folder, place), "w",
                  encoding="utf-8") as file:
            file.write(page)

    def build(self):
        with open(os.path.join(self.here, "template.html"),
                  encoding="utf-8") as file:
            self.template = file.read()
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        shutil.copy(os.path.join(self.here, "style.css"), self.folder)
        for path in self.linked():
            self.copy(path)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            made = pool.map(self.body, self.pages)
            for source, (body, title) in zip(self.pages, made):
                self.write(self.pages[source], body, title, source)
        for path, place in list(self.places.items()):
            if place.endswith("/folder.html"):
                self.write(place, self.list_folder(path), path)


if __name__ == "__main__":
    Site(*sys.argv[1:]).build()
