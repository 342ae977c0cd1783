/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* For the tests: a module that uses sessions inside httpd, as any module may,
 * through mod_session's optional functions. The last part of the path says
 * what to do, the query string with what:
 *
 *     /probe/set?name=value&name2=value2
 *
 * Every answer lists the session's entries afterwards, a line each.
 */
#include <httpd.h>
#include <http_config.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <ap_mpm.h>
#include <scoreboard.h>
#include <mod_session.h>

#include <signal.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "tests/httpd/probe/crash.h"

/* Some servers of the tests have no mod_session. */
#pragma weak ap_hook_session_encode

#define PROBE_HANDLER "session-probe"

typedef int probe_fn_t(request_rec *r, const apr_table_t *args);

typedef struct probe_verb_t {
    const char *name;
    probe_fn_t *run;
} probe_verb_t;

static APR_OPTIONAL_FN_TYPE(ap_session_load) *session_load;
static APR_OPTIONAL_FN_TYPE(ap_session_set) *session_set;

static void find_session_functions(void)
{
    session_load = APR_RETRIEVE_OPTIONAL_FN(ap_session_load);
    session_set = APR_RETRIEVE_OPTIONAL_FN(ap_session_set);
}

/* --- Arguments ------------------------------------------------------------ */

static void add_argument(apr_table_t *args, char *pair)
{
    char *value = strchr(pair, '=');

    if (value) {
        *value++ = '\0';
        ap_unescape_urlencoded(value);
    }
    ap_unescape_urlencoded(pair);
    apr_table_set(args, pair, value ? value : "");
}

static apr_table_t *parse_arguments(request_rec *r)
{
    apr_table_t *args = apr_table_make(r->pool, 8);
    const char *rest = r->args ? r->args : "";

    while (*rest) {
        char *pair = ap_getword(r->pool, &rest, '&');

        if (*pair) {
            add_argument(args, pair);
        }
    }
    return args;
}

/* A number among the arguments; the name is removed, so that what remains can
 * be the entries to set.
 */
static apr_int64_t take_number(apr_table_t *args, const char *name)
{
    const char *text = apr_table_get(args, name);
    apr_int64_t number = text ? apr_atoi64(text) : 0;

    apr_table_unset(args, name);
    return number;
}

/* --- Sessions ------------------------------------------------------------- */

static session_rec *load(request_rec *r)
{
    session_rec *session = NULL;

    if (session_load(r, &session) != APR_SUCCESS) {
        return NULL;
    }
    return session;
}

static int set_entries(request_rec *r, const apr_table_t *args)
{
    const apr_array_header_t *list = apr_table_elts(args);
    const apr_table_entry_t *pairs = (const apr_table_entry_t *) list->elts;
    session_rec *session = load(r);
    int i;

    if (!session) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    for (i = 0; i < list->nelts; i++) {
        session_set(r, session, pairs[i].key, pairs[i].val);
    }
    return OK;
}

static int list_entries(request_rec *r)
{
    const apr_array_header_t *list;
    const apr_table_entry_t *pairs;
    session_rec *session = load(r);
    int i;

    ap_set_content_type(r, "text/plain");
    if (!session) {
        return OK;
    }
    list = apr_table_elts(session->entries);
    pairs = (const apr_table_entry_t *) list->elts;
    for (i = 0; i < list->nelts; i++) {
        ap_rprintf(r, "%s=", pairs[i].key);
        ap_rputs(pairs[i].val, r);
        ap_rputs("\n", r);
    }
    return OK;
}

/* --- Verbs ---------------------------------------------------------------- */

static int probe_get(request_rec *r, const apr_table_t *args)
{
    return list_entries(r);
}

static int probe_set(request_rec *r, const apr_table_t *args)
{
    int result = set_entries(r, args);

    return result == OK ? list_entries(r) : result;
}

static int probe_del(request_rec *r, const apr_table_t *args)
{
    const apr_array_header_t *list = apr_table_elts(args);
    const apr_table_entry_t *pairs = (const apr_table_entry_t *) list->elts;
    session_rec *session = load(r);
    int i;

    for (i = 0; session && i < list->nelts; i++) {
        session_set(r, session, pairs[i].key, NULL);
    }
    return list_entries(r);
}

static int probe_clear(request_rec *r, const apr_table_t *args)
{
    session_rec *session = load(r);

    if (session) {
        apr_table_clear(session->entries);
        session->dirty = 1;
    }
    return list_entries(r);
}

/* n=COUNT&size=BYTES: entries f0, f1, ... of that many bytes each. */
static int probe_fill(request_rec *r, const apr_table_t *given)
{
    apr_table_t *args = apr_table_copy(r->pool, given);
    int n = (int) take_number(args, "n");
    apr_size_t size = (apr_size_t) take_number(args, "size");
    char *value = apr_palloc(r->pool, size + 1);
    int i;

    memset(value, 'x', size);
    value[size] = '\0';
    for (i = 0; i < n; i++) {
        apr_table_setn(args, apr_psprintf(r->pool, "f%d", i), value);
    }
    return probe_set(r, args);
}

/* to=URI: sets the other arguments, then redirects inside the server. */
static int probe_redirect(request_rec *r, const apr_table_t *given)
{
    apr_table_t *args = apr_table_copy(r->pool, given);
    const char *to = apr_table_get(args, "to");
    int result;

    apr_table_unset(args, "to");
    result = set_entries(r, args);
    if (result != OK || !to) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    ap_internal_redirect(to, r);
    return OK;
}

/* status=CODE: sets the other arguments, then answers with that error. */
static int probe_fail(request_rec *r, const apr_table_t *given)
{
    apr_table_t *args = apr_table_copy(r->pool, given);
    int status = (int) take_number(args, "status");
    int result = set_entries(r, args);

    return result == OK ? status : result;
}

/* uri=URI: sets the other arguments, then includes the answer of URI. */
static int probe_include(request_rec *r, const apr_table_t *given)
{
    apr_table_t *args = apr_table_copy(r->pool, given);
    const char *uri = apr_table_get(args, "uri");
    request_rec *sub;

    apr_table_unset(args, "uri");
    if (set_entries(r, args) != OK || !uri) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    ap_set_content_type(r, "text/plain");
    sub = ap_sub_req_lookup_uri(uri, r, r->output_filters);
    ap_run_sub_req(sub);
    ap_destroy_sub_req(sub);
    return OK;
}

/* Who this request is from, and the entries. */
static int probe_user(request_rec *r, const apr_table_t *args)
{
    ap_set_content_type(r, "text/plain");
    ap_rprintf(r, "user:%s\n", r->user ? r->user : "");
    return list_entries(r);
}

/* The generation that answers, and the pids of all children. */
static int probe_children(request_rec *r, const apr_table_t *args)
{
    int generation = 0;
    int limit = 0;
    int i;

    ap_set_content_type(r, "text/plain");
    ap_mpm_query(AP_MPMQ_GENERATION, &generation);
    ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &limit);
    ap_rprintf(r, "%d", generation);
    for (i = 0; i < limit; i++) {
        const process_score *child = ap_get_scoreboard_process(i);

        if (child && child->pid) {
            ap_rprintf(r, " %d", (int) child->pid);
        }
    }
    ap_rputs("\n", r);
    return OK;
}

/* level=NUMBER&text=TEXT: a line in the error log. */
static int probe_log(request_rec *r, const apr_table_t *given)
{
    apr_table_t *args = apr_table_copy(r->pool, given);
    int level = (int) take_number(args, "level");
    const char *text = apr_table_get(args, "text");

    ap_log_rerror(APLOG_MARK, level, 0, r, "%s", text ? text : "");
    ap_set_content_type(r, "text/plain");
    return OK;
}

/* Ends this child. */
static int probe_crash(request_rec *r, const apr_table_t *args)
{
    raise(SIGSEGV);
    return HTTP_INTERNAL_SERVER_ERROR;
}

static const probe_verb_t verbs[] = {
    { "children", probe_children },
    { "clear", probe_clear },
    { "crash", probe_crash },
    { "del", probe_del },
    { "fail", probe_fail },
    { "fill", probe_fill },
    { "get", probe_get },
    { "include", probe_include },
    { "log", probe_log },
    { "redirect", probe_redirect },
    { "set", probe_set },
    { "user", probe_user },
    { NULL, NULL }
};

static int probe_handler(request_rec *r)
{
    const probe_verb_t *verb;
    const char *name;

    if (!r->handler || strcmp(r->handler, PROBE_HANDLER) != 0) {
        return DECLINED;
    }
    name = strrchr(r->uri, '/');
    for (verb = verbs; name && verb->name; verb++) {
        if (strcmp(name + 1, verb->name) == 0) {
            return verb->run(r, parse_arguments(r));
        }
    }
    return HTTP_NOT_FOUND;
}

/* Tells, for a request with this header, how long mod_session's text is and
 * how many entries a module sees that encodes behind it.
 */
#define ENCODED "X-Probe-Encoded"

static apr_status_t probe_encode(request_rec *r, session_rec *z)
{
    if (apr_table_get(r->headers_in, ENCODED) != NULL) {
        apr_table_setn(r->err_headers_out, ENCODED, apr_psprintf(
            r->pool, "%d of %d", z->encoded ? (int) strlen(z->encoded) : 0,
            apr_table_elts(z->entries)->nelts));
    }
    return DECLINED;
}

/* The event MPM hands a connection, and the memory of one that is gone, from
 * thread to thread by atomics of libapr, which ThreadSanitizer does not see in
 * a library that was not built for it. It is told here what is so in truth:
 * what one request did is done before the next one begins in that memory.
 */
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>

static apr_status_t hand_over(void *memory)
{
    __tsan_release(memory);
    return APR_SUCCESS;
}

static int take_over(request_rec *r)
{
    apr_allocator_t *memory = apr_pool_allocator_get(r->connection->pool);

    __tsan_acquire(memory);
    apr_pool_cleanup_register(r->pool, memory, hand_over,
                              apr_pool_cleanup_null);
    return OK;
}
#endif

static void child_init(apr_pool_t *pchild, server_rec *server)
{
    probe_tell_crashes();
}

static void register_hooks(apr_pool_t *pool)
{
#ifdef __SANITIZE_THREAD__
    ap_hook_create_request(take_over, NULL, NULL, APR_HOOK_REALLY_FIRST);
#endif
    if (ap_hook_session_encode != NULL) {
        ap_hook_session_encode(probe_encode, NULL, NULL, APR_HOOK_MIDDLE);
    }
    ap_hook_child_init(child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(probe_handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_optional_fn_retrieve(find_session_functions, NULL, NULL,
                                 APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(probe) = {
    STANDARD20_MODULE_STUFF,
    NULL, NULL, NULL, NULL, NULL,
    register_hooks,
    AP_MODULE_FLAG_NONE
};
