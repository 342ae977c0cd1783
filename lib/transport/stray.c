/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Threads that may be left behind. They have stacks of their own: glibc gives
 * the stack of a thread that is gone since a fork to the next thread of the
 * child, and with it the state of the look-up that it was in, with a socket
 * that parent and children would then share.
 */

#define _GNU_SOURCE 1       /* for dladdr */

#include "lib/transport/stray.h"

#include <dlfcn.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>

#define STACK_SIZE (1024 * 1024)
#define GUARD_SIZE 65536        /* at least a page, wherever this runs */

/* An address in the file that this code is in. */
static const char here = 0;

static void *make_stack(void)
{
    void *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (stack == MAP_FAILED) {
        return NULL;
    }
    if (mprotect(stack, GUARD_SIZE, PROT_NONE) != 0) {
        (void) munmap(stack, STACK_SIZE);
        return NULL;
    }
    return stack;
}

static int start_on(sst_stray_t *out, const pthread_attr_t *attributes,
                    void *(*function)(void *), void *data)
{
    sigset_t all;
    sigset_t before;
    int os;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    os = pthread_create(&out->thread, attributes, function, data);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return os == 0;
}

int sst_stray_start(sst_stray_t *out, void *(*function)(void *), void *data)
{
    pthread_attr_t attributes;
    int done = 0;

    out->stack = make_stack();
    if (out->stack == NULL) {
        return 0;
    }
    if (pthread_attr_init(&attributes) == 0) {
        done = pthread_attr_setstack(&attributes, (char *) out->stack
                                     + GUARD_SIZE,
                                     STACK_SIZE - GUARD_SIZE) == 0
            && start_on(out, &attributes, function, data);
        (void) pthread_attr_destroy(&attributes);
    }
    if (!done) {
        (void) munmap(out->stack, STACK_SIZE);
    }
    return done;
}

void sst_stray_join(sst_stray_t *stray)
{
    (void) pthread_join(stray->thread, NULL);
    (void) munmap(stray->stack, STACK_SIZE);
}

void sst_stray_leave(sst_stray_t *stray)
{
    Dl_info info;

    if (dladdr(&here, &info) != 0 && info.dli_fname != NULL) {
        (void) dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
    }
    (void) pthread_detach(stray->thread);
}
