/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Waiting inside a monitor. That it does not go by the time of day is seen in
 * what the system is asked to wait for.
 */

#include <pthread.h>
#include <time.h>

#include <apr_thread_proc.h>

#include "lib/clock.h"
#include "lib/monitor.h"
#include "tests/unit/unit.h"

#define MOMENT (20 * 1000)
#define MINUTE (60 * APR_USEC_PER_SEC)
#define THREADS 8

typedef struct room_t {
    sst_monitor_t *monitor;
    int open;
    int waiting;
    int passed;
} room_t;

static struct timespec asked_for;

int __real_pthread_cond_timedwait(pthread_cond_t *called,
                                  pthread_mutex_t *mutex,
                                  const struct timespec *until);
int __wrap_pthread_cond_timedwait(pthread_cond_t *called,
                                  pthread_mutex_t *mutex,
                                  const struct timespec *until);

int __wrap_pthread_cond_timedwait(pthread_cond_t *called,
                                  pthread_mutex_t *mutex,
                                  const struct timespec *until)
{
    asked_for = *until;
    return __real_pthread_cond_timedwait(called, mutex, until);
}

static sst_monitor_t *make(apr_pool_t *pool)
{
    sst_monitor_t *monitor;

    assert_status(sst_monitor_create(&monitor, "a test", NULL, pool), SST_OK);
    return monitor;
}

/* Waits until `deadline`, however often it is woken for no reason. */
static void wait_until(sst_monitor_t *monitor, apr_time_t deadline)
{
    while (sst_clock() < deadline) {
        sst_monitor_wait(monitor, deadline);
    }
}

static void a_wait_ends_at_its_deadline(void **state)
{
    sst_monitor_t *monitor = make(*state);
    apr_time_t deadline = sst_clock() + MOMENT;

    sst_monitor_enter(monitor);
    wait_until(monitor, deadline);
    sst_monitor_leave(monitor);
    assert_in_range(sst_clock(), deadline, deadline + MINUTE);
}

static void a_deadline_that_has_passed_is_not_waited_for(void **state)
{
    sst_monitor_t *monitor = make(*state);

    asked_for.tv_sec = 0;
    sst_monitor_enter(monitor);
    sst_monitor_wait(monitor, sst_clock());
    sst_monitor_leave(monitor);
    assert_int_equal(asked_for.tv_sec, 0);
}

static void a_wait_does_not_go_by_the_time_of_day(void **state)
{
    sst_monitor_t *monitor = make(*state);
    struct timespec now;

    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    sst_monitor_enter(monitor);
    sst_monitor_wait(monitor, sst_clock() + MOMENT);
    sst_monitor_leave(monitor);
    assert_in_range(asked_for.tv_sec, now.tv_sec, now.tv_sec + 60);
}

static void *APR_THREAD_FUNC pass(apr_thread_t *thread, void *data)
{
    room_t *room = data;

    (void) thread;
    sst_monitor_enter(room->monitor);
    room->waiting++;
    while (room->open == 0) {
        sst_monitor_wait(room->monitor, SST_MONITOR_EVER);
    }
    room->open--;
    room->passed++;
    sst_monitor_leave(room->monitor);
    return NULL;
}

static int count(room_t *room, const int *number)
{
    int now;

    sst_monitor_enter(room->monitor);
    now = *number;
    sst_monitor_leave(room->monitor);
    return now;
}

static void start(apr_thread_t *threads[THREADS], room_t *room,
                  apr_pool_t *pool)
{
    int i;

    for (i = 0; i < THREADS; i++) {
        assert_int_equal(apr_thread_create(&threads[i], NULL, pass, room,
                                           pool), APR_SUCCESS);
    }
    while (count(room, &room->waiting) < THREADS) {
        apr_sleep(1000);
    }
}

static void join(apr_thread_t *threads[THREADS], const room_t *room)
{
    apr_status_t rv;
    int i;

    for (i = 0; i < THREADS; i++) {
        assert_int_equal(apr_thread_join(&rv, threads[i]), APR_SUCCESS);
    }
    assert_int_equal(room->passed, THREADS);
}

static void a_call_to_one_lets_one_pass(void **state)
{
    apr_thread_t *threads[THREADS];
    room_t room = { make(*state), 0, 0, 0 };
    int i;

    start(threads, &room, *state);
    for (i = 1; i <= THREADS; i++) {
        sst_monitor_enter(room.monitor);
        room.open++;
        sst_monitor_call_one(room.monitor);
        sst_monitor_leave(room.monitor);
        while (count(&room, &room.passed) < i) {
            apr_sleep(1000);
        }
    }
    join(threads, &room);
}

static void a_call_to_all_lets_all_pass(void **state)
{
    apr_thread_t *threads[THREADS];
    room_t room = { make(*state), 0, 0, 0 };

    start(threads, &room, *state);
    sst_monitor_enter(room.monitor);
    room.open = THREADS;
    sst_monitor_call_all(room.monitor);
    sst_monitor_leave(room.monitor);
    join(threads, &room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_wait_ends_at_its_deadline),
        UNIT_TEST(a_deadline_that_has_passed_is_not_waited_for),
        UNIT_TEST(a_wait_does_not_go_by_the_time_of_day),
        UNIT_TEST(a_call_to_one_lets_one_pass),
        UNIT_TEST(a_call_to_all_lets_all_pass)
    };

    return cmocka_run_group_tests_name("monitor", tests, unit_start,
                                       unit_stop);
}
