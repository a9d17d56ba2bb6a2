/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/session_inner.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "daemon/clock.h"
#include "daemon/dispatch.h"
#include "daemon/log.h"
#include "wire/frame.h"
#include "wire/message.h"

#define SCRATCH_KEEP (1024 * 1024)
#define HELLO_S      10            /* a peer that says nothing holds a place that others need */
#define FLUSH_S      5             /* after a goodbye: for a peer to take the last answers */
#define LEAVE_S      30            /* for a peer whose last answers wait for it to read */
#define LINGER_S     2             /* and then, in the middle of a long message, to read them */
#define STILL_S      30            /* that a peer may take nothing while others wait for that */
#define READ_ONCE    4096          /* bytes that libevent reads at a time, however many there are */
#define WRITE_ONCE   (1024 * 1024) /* bytes written to a socket at a time */
#define LINGER_BYTES (2 * (size_t)LIMIT_FRAME)

static int64_t after(int64_t now_us, int64_t seconds)
{
    return now_us + seconds * 1000000;
}

static void set_deadline(struct session *s, int64_t seconds)
{
    sessions_set_deadline(s, after(clock_steady_us(), seconds));
}

static void set_wanted(struct session *s, size_t bytes)
{
    s->wanted = bytes;
    bufferevent_setwatermark(s->bev, EV_READ, 0, bytes);
}

static void end_long(struct session *s)
{
    if (s->long_frame == 0)
        return;
    s->share->long_frames -= s->long_frame;
    s->all->long_frames -= s->long_frame;
    s->long_frame = 0;
    sessions_set_deadline(s, 0);
    sessions_turn(s->all); /* others may wait for the place */
}

static void on_output(struct evbuffer *out, const struct evbuffer_cb_info *info, void *arg)
{
    (void)out;
    struct session *s = arg;
    s->has_taken |= info->n_deleted > 0 || info->orig_size == 0;
    sessions_count_unsent(s, info->n_added, info->n_deleted);
}

void session_close(struct session *s)
{
    struct sessions *all = s->all;
    dispatch_leave(all->dispatch, session_id(s));
    LOG(LEVEL_DEBUG, "disconnected", LOG_TEXT("principal", s->principal.name),
        LOG_NUMBER("under_way", s->under_way.n));
    sessions_set_held(s, false);
    sessions_set_rests(s, false);
    sessions_set_flushes(s, false);
    end_long(s);
    sessions_count_unsent(s, 0, unsent(s));
    all->slots[s->slot] = NULL;
    all->vacant[--all->n] = s->slot;
    s->share->connections--;
    evbuffer_remove_cb(bufferevent_get_output(s->bev), on_output, s);
    bufferevent_free(s->bev);
    numbers_free(&s->under_way);
    free(s);
    all->drained(all->arg);
}

static bool scratch_send(struct session *s, int rc)
{
    struct buf *b = &s->all->scratch;
    if (rc == 0 && bufferevent_write(s->bev, b->p, b->n) < 0)
        rc = ERR_MEMORY;
    if (rc == 0 && !s->writes)
        sessions_set_flushes(s, true);
    if (rc < 0)
        LOG(LEVEL_ERROR, "answer_lost", LOG_TEXT("principal", s->principal.name),
            LOG_TEXT("error", err_text(rc)));
    if (b->cap > SCRATCH_KEEP)
        buf_free(b);
    b->n = 0;
    return rc == 0;
}

void session_empty(struct session *s)
{
    struct evbuffer *in = bufferevent_get_input(s->bev);
    evbuffer_drain(in, evbuffer_get_length(in));
    set_wanted(s, READ_AHEAD);
    bufferevent_enable(s->bev, EV_READ);
}

void session_goodbye(struct session *s, const struct fault *why)
{
    if (s->state == SESSION_CLOSING)
        return;
    LOG(LEVEL_WARNING, "goodbye", LOG_TEXT("principal", s->principal.name),
        LOG_TEXT("field", why->field), LOG_TEXT("value", why->value),
        LOG_TEXT("expected", why->expected));
    s->state = SESSION_CLOSING;
    sessions_set_held(s, false);
    end_long(s);
    session_empty(s);
    set_deadline(s, FLUSH_S);
    /* Written in any case: the callback after it is what ends the session. */
    if (!scratch_send(s, goodbye_write(why, &s->all->scratch)))
        bufferevent_trigger(s->bev, EV_WRITE,
                            BEV_TRIG_DEFER_CALLBACKS | BEV_TRIG_IGNORE_WATERMARKS);
}

/* Its principal is not what it was greeted as any more. */
static void say_unknown(struct session *s)
{
    struct fault f;
    (void)fault_set(
        &f, "principal", s->principal.name,
        "a name that the configuration has for you: it was changed; connect anew if you "
        "go by another one now");
    session_goodbye(s, &f);
}

static void leave_if_done(struct session *s)
{
    if (s->state == SESSION_LEAVING && s->under_way.n == 0)
        say_unknown(s);
}

void session_leave(struct session *s)
{
    s->state = SESSION_LEAVING;
    s->wants_long = false;
    end_long(s);
    sessions_set_held(s, false);
    bufferevent_disable(s->bev, EV_READ);
    set_deadline(s, LEAVE_S);
    dispatch_leave(s->all->dispatch, session_id(s));
    leave_if_done(s);
}

uint64_t session_id(const struct session *s)
{
    return (uint64_t)s->generation << 32 | s->slot;
}

const struct principal *session_principal(const struct session *s)
{
    return &s->principal;
}

bool session_has_greeted(const struct session *s)
{
    return s->state == SESSION_OPEN;
}

bool session_sends_more(const struct session *s)
{
    return !s->at_end;
}

void session_welcome(struct session *s)
{
    const struct welcome w = {
        .version = PROTOCOL_VERSION,
        .program = "voucherd " VOUCHERD_VERSION,
        .principal = s->principal.name,
        .frame_limit = LIMIT_FRAME,
        .reply_limit = LIMIT_REPLY,
        .batch_limit = LIMIT_BATCH,
        .under_way_limit = s->all->limits.under_way,
        .page_limit = LIMIT_PAGE,
        .connections_limit = s->all->limits.connections_each,
        .unread_limit = (uint32_t)s->all->limits.outbox,
    };
    s->state = SESSION_OPEN;
    sessions_set_deadline(s, 0);
    (void)scratch_send(s, welcome_write(&w, &s->all->scratch));
}

bool session_begin(struct session *s, uint64_t number)
{
    int rc = numbers_add(&s->under_way, number);
    if (rc == ERR_MEMORY) {
        struct fault f;
        (void)fault_set(&f, "connection", NULL, "the daemon is out of memory: try again later");
        session_goodbye(s, &f);
    }
    return rc == 0;
}

static void send_reply(struct session *s, const struct reply *r)
{
    struct buf *b = &s->all->scratch;
    int rc = reply_write(r, b);
    if (rc < 0 || b->n > LIMIT_REPLY + FRAME_HEAD) {
        LOG(LEVEL_ERROR, "answer_too_long", LOG_TEXT("principal", s->principal.name),
            LOG_NUMBER("bytes", b->n), LOG_TEXT("error", err_text(rc)));
        struct reply instead = {.number = r->number, .kind = REPLY_FAULT};
        (void)fault_set(&instead.fault, "request", NULL,
                        "what was asked is done, but its answer is longer than a message may be: "
                        "repeat it in smaller parts, commands with the same request ids");
        b->n = 0;
        rc = reply_write(&instead, b);
    }
    if (!scratch_send(s, rc)) {
        struct fault f;
        (void)fault_set(&f, "connection", NULL,
                        "an answer was lost: connect anew and repeat with the same request ids");
        session_goodbye(s, &f);
    }
}

void session_fault(struct session *s, uint64_t number, const struct fault *f)
{
    const struct reply r = {.number = number, .kind = REPLY_FAULT, .fault = *f};
    if (s->state != SESSION_CLOSING)
        send_reply(s, &r);
}

void sessions_reply(struct sessions *all, uint64_t id, const struct reply *r)
{
    struct session *s = sessions_find(all, id);
    if (!s) {
        LOG(LEVEL_DEBUG, "answer_dropped", LOG_NUMBER("request", r->number));
        return;
    }
    numbers_remove(&s->under_way, r->number);
    if (s->state != SESSION_CLOSING)
        send_reply(s, r);
    leave_if_done(s);
}

static bool may_take(const struct session *s)
{
    const struct sessions *all = s->all;
    return s->state < SESSION_LEAVING && s->under_way.n < all->limits.under_way &&
           unsent(s) < all->limits.outbox && sessions_have_room(all, s->share);
}

/* Room in the input for a whole frame: the head of a long one said how much that is. Only so many
 * bytes of long ones are read at a time, each for so long, so that frames that are never finished
 * do not fill the memory. */
static void expect(struct session *s, size_t bytes)
{
    bool is_long = bytes > READ_AHEAD;
    s->wants_long = false;
    if (is_long == (s->long_frame > 0))
        return;
    if (!is_long) {
        set_wanted(s, READ_AHEAD);
        end_long(s);
    } else if (s->share->long_frames + bytes > LIMIT_LONG_EACH + FRAME_HEAD ||
               s->all->long_frames + bytes > LIMIT_LONG_BYTES + FRAME_HEAD) {
        s->wants_long = true;
    } else {
        s->long_frame = bytes - FRAME_HEAD;
        s->share->long_frames += s->long_frame;
        s->all->long_frames += s->long_frame;
        set_deadline(s, LIMIT_LONG_SECONDS);
        set_wanted(s, bytes);
    }
}

/* Takes one frame if it is there whole. Returns the work that it made, 0 if there was none. */
static unsigned take_frame(struct session *s)
{
    struct evbuffer *in = bufferevent_get_input(s->bev);
    size_t n = evbuffer_get_length(in);
    uint8_t head[FRAME_HEAD];
    if (n < FRAME_HEAD)
        return 0;
    evbuffer_copyout(in, head, FRAME_HEAD);
    struct fault f;
    uint32_t length, limit = s->state == SESSION_GREETING ? LIMIT_HELLO : LIMIT_FRAME;
    if (frame_length(head, limit, &f, &length) < 0) {
        session_goodbye(s, &f);
        return 0;
    }
    expect(s, n < FRAME_HEAD + (size_t)length ? FRAME_HEAD + (size_t)length : 0);
    if (n < FRAME_HEAD + (size_t)length)
        return 0;
    struct job *j;
    uint8_t *p = NULL;
    if (job_new(s->all->handoff, s->share, &j) == 0) {
        p = arena_alloc(&j->arena, length);
        if (!p)
            job_free(s->all->handoff, j);
    }
    if (!p) {
        (void)fault_set(&f, "connection", NULL, "the daemon is out of memory: try again later");
        session_goodbye(s, &f);
        return 0;
    }
    evbuffer_drain(in, FRAME_HEAD);
    evbuffer_remove(in, p, length);
    s->pieces = 0;
    return dispatch_message(s->all->dispatch, s, j, SPAN(p, length));
}

void session_round(struct session *s)
{
    if (s->in_round || s->all->stopping)
        return;
    unsigned one = 1;
    s->in_round = true;
    while (one > 0 && sessions_have_turn(s->all, s->share) && may_take(s))
        s->share->work += one = take_frame(s);
    s->in_round = false;
    if (s->state >= SESSION_LEAVING)
        return;
    bool room = may_take(s);
    if (s->at_end && room && one == 0 && s->under_way.n == 0 && unsent(s) == 0) {
        session_close(s);
        return;
    }
    sessions_set_held(s, s->at_end || !room || one > 0 || s->wants_long);
    sessions_set_rests(s, s->pieces > LIMIT_PIECES);
    if (room && one > 0)
        sessions_turn(s->all);
    s->had = evbuffer_get_length(bufferevent_get_input(s->bev));
    if (s->held || s->rests)
        bufferevent_disable(s->bev, EV_READ); /* or libevent would tell of full input for ever */
    else
        bufferevent_enable(s->bev, EV_READ);
}

static void goodbye_late(struct session *s, const char *field, const char *what, int seconds)
{
    struct fault f;
    (void)fault_set(&f, field, NULL, "%-s within %d seconds", what, seconds);
    session_goodbye(s, &f);
}

void session_late(struct session *s, int64_t now_us)
{
    bool greeting = s->state == SESSION_GREETING;
    int seconds = greeting ? HELLO_S : s->state == SESSION_LEAVING ? LEAVE_S : LIMIT_LONG_SECONDS;
    if (s->state == SESSION_CLOSING)
        session_close(s);
    else if (s->state == SESSION_LEAVING && unsent(s) >= s->all->limits.outbox)
        say_unknown(s);
    else if (!may_take(s) && unsent(s) < s->all->limits.outbox)
        sessions_set_deadline(s, after(now_us, seconds)); /* held up, not late: it is not read */
    else if (greeting)
        goodbye_late(s, "hello", N_("a hello"), seconds);
    else if (evbuffer_get_length(bufferevent_get_input(s->bev)) >= s->wanted)
        sessions_set_deadline(s, 0); /* came in time, and is taken when there is room */
    else if (s->at_end)
        end_long(s);
    else
        goodbye_late(s, "frame", N_("a whole frame"), seconds);
}

void session_look_still(struct session *s, int64_t now_us)
{
    if (s->has_taken || s->still_us == 0) {
        s->has_taken = false;
        s->still_us = now_us;
    } else if (now_us - s->still_us > STILL_S * INT64_C(1000000)) {
        LOG(LEVEL_WARNING, "answers_not_read", LOG_TEXT("principal", s->principal.name),
            LOG_NUMBER("bytes", unsent(s)), LOG_NUMBER("seconds", STILL_S));
        session_close(s);
    }
}

/* What libevent has left in the socket, as far as it is wanted. An error or the end is found by
 * libevent again. */
static void read_rest(struct session *s)
{
    struct evbuffer *in = bufferevent_get_input(s->bev);
    size_t have = evbuffer_get_length(in);
    struct evbuffer_iovec v;
    if (have < READ_ONCE || have >= s->wanted)
        return;
    evbuffer_unfreeze(in, 0);
    if (evbuffer_reserve_space(in, (ev_ssize_t)(s->wanted - have), &v, 1) == 1) {
        if (v.iov_len > s->wanted - have)
            v.iov_len = s->wanted - have;
        ssize_t n = recv(bufferevent_getfd(s->bev), v.iov_base, v.iov_len, MSG_DONTWAIT);
        v.iov_len = n > 0 ? (size_t)n : 0;
        evbuffer_commit_space(in, &v, 1);
    }
    evbuffer_freeze(in, 0);
}

/* A read of one byte costs as much as one of a whole message. Who sends many messages a byte at a
 * time, on many connections, would have the loop do nothing else: others wait less if more has come
 * by the time that it is read. */
static void count_piece(struct session *s)
{
    size_t have = evbuffer_get_length(bufferevent_get_input(s->bev));
    s->pieces = have < s->had + LIMIT_PIECE ? s->pieces + 1 : 0;
}

static void on_read(struct bufferevent *bev, void *arg)
{
    struct session *s = arg;
    bool stopping = s->all->stopping;
    if (s->state != SESSION_CLOSING && !stopping) {
        read_rest(s);
        count_piece(s);
        session_round(s);
        return;
    }
    struct evbuffer *in = bufferevent_get_input(bev);
    s->thrown_away += evbuffer_get_length(in);
    evbuffer_drain(in, evbuffer_get_length(in));
    if (s->thrown_away > LINGER_BYTES && !stopping)
        session_close(s);
}

static void let_write(struct session *s, bool writes)
{
    s->writes = writes;
    if (writes)
        bufferevent_enable(s->bev, EV_WRITE);
    else
        bufferevent_disable(s->bev, EV_WRITE);
}

/* Some answers have left. */
static void on_write(struct bufferevent *bev, void *arg)
{
    struct session *s = arg;
    bool all_sent = unsent(s) == 0;
    if (all_sent && s->writes)
        let_write(s, false);
    if (s->state == SESSION_CLOSING) {
        if (all_sent && (s->at_end || shutdown(bufferevent_getfd(bev), SHUT_WR) < 0))
            session_close(s);
        else if (all_sent)
            set_deadline(s, LINGER_S);
        return;
    }
    struct sessions *all = s->all;
    if (s->held)
        session_round(s); /* s may be gone */
    if (all_sent)
        all->drained(all->arg);
}

/* All answers that came together in one go, at once: libevent would ask the kernel first whether
 * the socket takes them, which it nearly always does. A rest is left to libevent, and so are
 * errors. */
void session_flush(struct session *s)
{
    struct evbuffer *out = bufferevent_get_output(s->bev);
    evbuffer_unfreeze(out, 1);
    (void)evbuffer_write_atmost(out, bufferevent_getfd(s->bev), WRITE_ONCE);
    evbuffer_freeze(out, 1);
    if (unsent(s) > 0)
        let_write(s, true);
    if (unsent(s) <= s->all->limits.outbox / 2)
        on_write(s->bev, s); /* s may be gone */
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
    (void)bev;
    struct session *s = arg;
    if (what & BEV_EVENT_EOF && s->state != SESSION_CLOSING) {
        /* The peer may have closed its sending half only: what it asked is answered. */
        s->at_end = true;
        dispatch_leave(s->all->dispatch, session_id(s));
        session_round(s);
    } else if (what & BEV_EVENT_EOF && unsent(s) > 0) {
        s->at_end = true;
    } else {
        session_close(s);
    }
}

/* Not many words for who came too late: nothing is kept of it. */
static int refuse(struct sessions *all, int fd, const struct fault *why)
{
    struct buf *b = &all->scratch;
    if (goodbye_write(why, b) == 0)
        (void)!send(fd, b->p, b->n, MSG_DONTWAIT | MSG_NOSIGNAL);
    b->n = 0;
    close(fd);
    return ERR_FULL;
}

int session_set_principal(struct session *s, const struct principal *p)
{
    struct share *to = handoff_share(s->all->handoff, p->name), *from = s->share;
    if (!to)
        return ERR_MEMORY;
    s->principal = *p;
    if (to == from)
        return 0;
    bool held = s->held;
    sessions_set_held(s, false);
    from->connections--;
    s->share = to;
    to->connections++;
    sessions_set_held(s, held);
    return 0;
}

void session_use_limits(struct session *s)
{
    bufferevent_setwatermark(s->bev, EV_WRITE, s->all->limits.outbox / 2, 0);
}

int session_open(struct sessions *all, int fd, const struct principal *p, struct session **out)
{
    struct fault f;
    struct share *sh = handoff_share(all->handoff, p->name);
    if (all->n >= all->limits.connections) {
        (void)fault_set(&f, "connections", NULL, "at most %u at a time: try again later",
                        all->limits.connections);
        return refuse(all, fd, &f);
    }
    if (sh && sh->connections >= all->limits.connections_each) {
        (void)fault_set(&f, "connections-per-principal", p->name,
                        "a principal with at most %u connections: close some of its others",
                        all->limits.connections_each);
        return refuse(all, fd, &f);
    }
    struct session *s = sh ? calloc(1, sizeof *s) : NULL;
    struct bufferevent *bev =
        s ? bufferevent_socket_new(all->base, fd, BEV_OPT_CLOSE_ON_FREE) : NULL;
    if (!bev || !evbuffer_add_cb(bufferevent_get_output(bev), on_output, s)) {
        if (bev)
            bufferevent_free(bev);
        else
            close(fd);
        free(s);
        return ERR_MEMORY;
    }
    s->all = all;
    s->bev = bev;
    s->share = sh;
    sh->connections++;
    s->slot = all->vacant[all->n++];
    s->generation = all->generations[s->slot]++;
    s->principal = *p;
    all->slots[s->slot] = s;
    bufferevent_setcb(bev, on_read, on_write, on_event, s);
    bufferevent_set_max_single_write(bev, WRITE_ONCE);
    set_deadline(s, HELLO_S);
    set_wanted(s, READ_AHEAD);
    session_use_limits(s);
    bufferevent_enable(bev, EV_READ);
    bufferevent_disable(bev, EV_WRITE);
    *out = s;
    return 0;
}
