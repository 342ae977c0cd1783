# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Something that goes on while the test does something else."""

import threading


class Aside(threading.Thread):
    """Runs a function at once; `result()` waits for what it answers."""

    def __init__(self, function, *arguments, **options):
        super().__init__(daemon=True)
        self.work = lambda: function(*arguments, **options)
        self.answer = None
        self.error = None
        self.start()

    def run(self):
        try:
            self.answer = self.work()
        except BaseException as error:  # handed on by result()
            self.error = error

    def result(self, limit_s=120):
        self.join(limit_s)
        assert not self.is_alive(), "it does not come to an end"
        if self.error:
            raise self.error
        return self.answer
