/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/ctl/ctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/lib/answer.h"
#include "tools/lib/exits.h"
#include "tools/lib/show.h"

int ctl_build(const struct tool_command *c, const struct values *v, const uint8_t id[static 16],
              struct arena *a, struct fault *f, struct command *out)
{
    struct command k = {.kind = c->kind};
    memcpy(k.request_id, id, sizeof k.request_id);
    int rc = c->build(v, a, f, &k);
    if (rc == 0)
        *out = k;
    return rc;
}

int ctl_ask(struct session *s, struct command *commands, uint32_t n, bool atomic, struct arena *a,
            struct fault *f, int *code, const struct outcome **out)
{
    struct request r = {.kind = REQUEST_COMMANDS,
                        .atomic = atomic,
                        .dry_run = s->settings.dry_run,
                        .n = n,
                        .commands = commands};
    struct reply reply;
    int rc = session_ask(s, &r, a, f, &reply);
    if (rc == 0 && reply.kind == REPLY_FAULT) {
        *f = reply.fault;
        *code = session_fault_exit(f);
        return ERR_INVALID;
    }
    if (rc == 0 && (reply.kind != REPLY_OUTCOMES || reply.n != n)) {
        fault_set(f, "addr", s->settings.addr,
                  "a voucherd: what answers there gave another answer");
        rc = ERR_PEER;
    }
    if (rc < 0) {
        *code = session_exit(rc, f);
        return rc;
    }
    *out = reply.outcomes;
    return 0;
}

int ctl_run(struct session *s, const struct tool_command *c, const struct values *v)
{
    struct arena arena = {0};
    struct fault f = {0};
    struct command k;
    const struct outcome *o;
    uint8_t id[16];
    int code = EXIT_INPUT;
    session_id(s, id);
    int rc = ctl_build(c, v, id, &arena, &f, &k);
    if (rc == 0) {
        rc = ctl_ask(s, &k, 1, false, &arena, &f, &code, &o);
        if (rc == 0)
            code = outcome_print(s->settings.json, &k, o);
    }
    if (rc == ERR_MEMORY)
        exit_without_memory();
    if (rc < 0)
        show_error(s->settings.json, &f, s->link.asked ? id : NULL, code);
    arena_free(&arena);
    return code;
}

static int stream_read_all(FILE *in, const char *path, const char *field, size_t limit,
                           struct fault *f, struct buf *out)
{
    for (;;) {
        int rc = buf_reserve(out, 65536);
        if (rc < 0)
            return rc;
        size_t n = fread(out->p + out->n, 1, 65536, in);
        out->n += n;
        if (out->n > limit)
            return fault_set(f, field, path, "a file of at most %zu bytes", limit);
        if (ferror(in))
            return fault_set(f, field, path, "a file that can be read: %-s",
                             strerrordesc_np(errno));
        if (n == 0)
            return 0;
    }
}

int ctl_file_read(const char *path, const char *field, size_t limit, bool dash, struct fault *f,
                  struct buf *out)
{
    struct buf b = {0};
    bool standard = dash && strcmp(path, "-") == 0;
    FILE *in = standard ? stdin : fopen(path, "re");
    if (!in)
        return fault_set(f, field, path, "a file that can be read: %-s", strerrordesc_np(errno));
    int rc = stream_read_all(in, path, field, limit, f, &b);
    if (!standard)
        fclose(in);
    if (rc < 0) {
        buf_free(&b);
        return rc;
    }
    *out = b;
    return 0;
}
