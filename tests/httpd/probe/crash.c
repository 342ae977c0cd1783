/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Says where a child of httpd crashed, from inside the crash. */

#include "tests/httpd/probe/crash.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define FRAMES_MAX 64
#define LINE_MAX_BYTES 1024

/* Of this file itself, and of how the kernel calls it. */
#define FRAMES_OWN 2

typedef struct line_t {
    char text[LINE_MAX_BYTES];
    size_t length;
} line_t;

static const int signals[] = { SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE };
static struct sigaction before[NSIG];

/* What does not fit is left out; there is room for the line's end. */
static void add(line_t *line, const char *text)
{
    size_t length = strlen(text);

    if (length < sizeof(line->text) - 1 - line->length) {
        memcpy(line->text + line->length, text, length);
        line->length += length;
    }
}

static void add_number(line_t *line, int number)
{
    char digits[12];
    char *next = digits + sizeof(digits) - 1;

    *next = '\0';
    do {
        *--next = (char) ('0' + number % 10);
        number /= 10;
    } while (number > 0);
    add(line, next);
}

static const char *file_of(void *address)
{
    Dl_info found;
    const char *name;

    if (dladdr(address, &found) == 0 || found.dli_fname == NULL) {
        return "?";
    }
    name = strrchr(found.dli_fname, '/');
    return name ? name + 1 : found.dli_fname;
}

static void add_files(line_t *line)
{
    void *frames[FRAMES_MAX];
    const char *last = "";
    int count = backtrace(frames, FRAMES_MAX);
    int i;

    for (i = FRAMES_OWN; i < count; i++) {
        const char *file = file_of(frames[i]);

        if (strcmp(file, last) != 0) {
            add(line, " ");
            add(line, file);
        }
        last = file;
    }
}

static void crashed(int number)
{
    line_t line = { "", 0 };

    add(&line, "[-] [probe:emerg] [pid ");
    add_number(&line, getpid());
    add(&line, gettid() == getpid() ? "] crashed in its first thread:"
                                    : "] crashed in a later thread:");
    add_files(&line);
    line.text[line.length++] = '\n';
    if (write(STDERR_FILENO, line.text, line.length) < 0) {
        /* There is nobody else to tell. */
    }
    /* Once this has returned, it ends as it would have. */
    sigaction(number, &before[number], NULL);
    raise(number);
}

void probe_tell_crashes(void)
{
    struct sigaction action = { .sa_handler = crashed };
    void *frame;
    size_t i;

    /* Loads what it needs: there may be no memory to do that in a crash. */
    backtrace(&frame, 1);
    sigemptyset(&action.sa_mask);
    for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        sigaction(signals[i], &action, &before[signals[i]]);
    }
}
