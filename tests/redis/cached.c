/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The probe's cache: in a file, so that several probes are one host's
 * processes; a probe with another file is on another host.
 */

#include "tests/redis/probe.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <apr_strings.h>

#include "lib/cache.h"

#define SIZE (4 * 1024 * 1024)
#define VALUE_MAX 4096

static void *map(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    void *base = MAP_FAILED;

    if (fd >= 0 && ftruncate(fd, SIZE) == 0) {
        base = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    if (fd >= 0) {
        close(fd);
    }
    return base != MAP_FAILED ? base : NULL;
}

sst_status_t probe_cache(sst_store_t *store, const char *path,
                         apr_interval_time_t lease, sst_error_t *err,
                         apr_pool_t *pool)
{
    sst_cache_conf_t conf = { SIZE, VALUE_MAX, apr_time_from_sec(2), lease };
    sst_cache_place_t place = { NULL, 0 };
    void *base = map(path);
    sst_status_t status;

    if (base == NULL) {
        return sst_error_set(err, SST_INTERNAL, apr_get_os_error(),
                             "cannot map %s", path);
    }
    status = sst_cache_memory_make(&place.memory, base, SIZE, VALUE_MAX, err,
                                   pool);
    if (status == SST_OK) {
        (void) sst_cache_put_before(store, &place, &conf, pool);
    }
    return status;
}

const char *probe_cache_figures(const sst_store_t *store, apr_pool_t *pool)
{
    const sst_cache_place_t *place = sst_cache_place(store);
    sst_cache_figures_t figures;

    if (place == NULL) {
        return "";
    }
    sst_cache_figures(&figures, place);
#define NUMBER "%" APR_UINT64_T_FMT
    return apr_psprintf(pool, "hits=" NUMBER " misses=" NUMBER " bypassed="
                        NUMBER " kept=" NUMBER " evicted=" NUMBER " dropped="
                        NUMBER " entries=" NUMBER " owner=" NUMBER
                        " servers=" NUMBER " works=%d",
                        figures.events[SST_CACHE_HIT],
                        figures.events[SST_CACHE_MISS],
                        figures.events[SST_CACHE_BYPASS],
                        figures.events[SST_CACHE_KEPT],
                        figures.events[SST_CACHE_EVICTED],
                        figures.events[SST_CACHE_DROPPED], figures.entries,
                        (apr_uint64_t) sst_cache_watcher(store),
                        __atomic_load_n(&sst_cache_board(place)->server_count,
                                        __ATOMIC_ACQUIRE),
                        sst_cache_state(store) == SST_CACHE_WORKS);
#undef NUMBER
}
