/* SPDX-License-Identifier: Apache-2.0 */
/* Streams against a real UNIX socket with a thread behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/stream.h"

struct server {
    char dir[64], path[96], addr[112];
    int fd;
    pthread_t thread;
    void (*serve)(int fd);
    pthread_barrier_t done; /* the test has seen what it wanted */
};

static struct server srv;

static void *server_run(void *arg)
{
    struct server *s = arg;
    int fd = accept(s->fd, NULL, NULL);
    assert_true(fd >= 0);
    s->serve(fd);
    close(fd);
    return NULL;
}

static void listen_here(void)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    strcpy(srv.dir, "/tmp/test_stream.XXXXXX");
    assert_non_null(mkdtemp(srv.dir));
    snprintf(srv.path, sizeof srv.path, "%s/socket", srv.dir);
    snprintf(srv.addr, sizeof srv.addr, "unix:%s", srv.path);
    srv.fd = socket(AF_UNIX, SOCK_STREAM, 0);
    memcpy(a.sun_path, srv.path, strlen(srv.path));
    assert_int_equal(bind(srv.fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(srv.fd, 4), 0);
}

static struct stream *server_start(void (*serve)(int fd), int timeout_ms)
{
    struct stream *s;
    struct fault f;
    srv.serve = serve;
    listen_here();
    pthread_barrier_init(&srv.done, NULL, 2);
    assert_int_equal(pthread_create(&srv.thread, NULL, server_run, &srv), 0);
    assert_int_equal(stream_connect(srv.addr, timeout_ms, &f, &s), 0);
    return s;
}

static void listen_end(void)
{
    close(srv.fd);
    unlink(srv.path);
    rmdir(srv.dir);
}

static void server_end(struct stream *s)
{
    stream_close(s);
    pthread_join(srv.thread, NULL);
    pthread_barrier_destroy(&srv.done);
    listen_end();
}

static void echo(int fd)
{
    uint8_t b[4096];
    ssize_t n;
    while ((n = read(fd, b, sizeof b)) > 0)
        for (ssize_t at = 0; at < n;)
            at += write(fd, b + at, (size_t)(n - at));
}

static void in_pieces(int fd)
{
    for (const char *p = "abcdef"; *p; p++) {
        assert_int_equal(write(fd, p, 1), 1);
        usleep(1000);
    }
}

static void silent(int fd)
{
    (void)fd;
    pthread_barrier_wait(&srv.done);
}

static void hang_up(int fd)
{
    assert_int_equal(write(fd, "abc", 3), 3);
}

static void writes_and_reads_whole_messages(void **state)
{
    static uint8_t out[60000], in[60000];
    struct stream *s = server_start(echo, 5000);
    (void)state;
    for (size_t i = 0; i < sizeof out; i++)
        out[i] = (uint8_t)(i * 7);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(stream_write(s, out, sizeof out), 0);
        assert_int_equal(stream_read(s, in, sizeof in), 0);
        assert_memory_equal(in, out, sizeof out);
    }
    server_end(s);
}

static void reads_what_comes_in_pieces(void **state)
{
    char in[6];
    struct stream *s = server_start(in_pieces, 5000);
    (void)state;
    assert_int_equal(stream_read(s, in, 6), 0);
    assert_memory_equal(in, "abcdef", 6);
    server_end(s);
}

static void stops_reading_at_the_deadline(void **state)
{
    char in[6];
    struct stream *s = server_start(silent, 30);
    (void)state;
    assert_int_equal(stream_read(s, in, 1), ERR_TIMEOUT);
    pthread_barrier_wait(&srv.done);
    server_end(s);
}

static void stops_writing_at_the_deadline(void **state)
{
    static uint8_t out[8 << 20];
    struct stream *s = server_start(silent, 30);
    (void)state;
    assert_int_equal(stream_write(s, out, sizeof out), ERR_TIMEOUT);
    pthread_barrier_wait(&srv.done);
    server_end(s);
}

static void tells_that_the_peer_went_away(void **state)
{
    char in[6];
    struct stream *s = server_start(hang_up, 5000);
    (void)state;
    assert_int_equal(stream_read(s, in, 6), ERR_CLOSED);
    pthread_join(srv.thread, NULL);
    assert_int_equal(stream_write(s, "x", 1), ERR_CLOSED); /* and no signal ends the test */
    stream_close(s);
    pthread_barrier_destroy(&srv.done);
    listen_end();
}

static void nobody_listens(void **state)
{
    struct stream *s = NULL;
    struct fault f = {0};
    (void)state;
    assert_int_equal(stream_connect("unix:/nowhere/at/all", 100, &f, &s), ERR_NOT_FOUND);
    assert_string_equal(f.field, "addr");
    assert_null(s);
    listen_here();
    close(srv.fd); /* the file is still there, as after a crash */
    assert_int_equal(stream_connect(srv.addr, 100, &f, &s), ERR_NOT_FOUND);
    unlink(srv.path);
    rmdir(srv.dir);
}

static void waits_for_room_in_the_queue_of_connections(void **state)
{
    struct stream *held[8] = {0}, *s = NULL;
    struct fault f;
    int rc = 0;
    (void)state;
    listen_here();
    assert_int_equal(listen(srv.fd, 0), 0);
    for (int i = 0; i < 8 && rc == 0; i++)
        rc = stream_connect(srv.addr, 30, &f, &held[i]);
    assert_int_equal(rc, ERR_TIMEOUT);
    for (int i = 0; i < 8; i++)
        stream_close(held[i]);
    stream_close(s);
    listen_end();
}

static void wrong_addresses_are_told(void **state)
{
    char longest[200] = "unix:/";
    const char *wrong[] = {"", "unix:", "tcp:localhost:1", "/run/socket", longest};
    struct stream *s = NULL;
    (void)state;
    memset(longest + 6, 'a', 150);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct fault f = {0};
        assert_int_equal(stream_connect(wrong[i], 100, &f, &s), ERR_INVALID);
        assert_string_equal(f.field, "addr");
        assert_true(f.expected[0] != 0);
    }
    assert_null(s);
    stream_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_and_reads_whole_messages),
        cmocka_unit_test(reads_what_comes_in_pieces),
        cmocka_unit_test(stops_reading_at_the_deadline),
        cmocka_unit_test(stops_writing_at_the_deadline),
        cmocka_unit_test(tells_that_the_peer_went_away),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(waits_for_room_in_the_queue_of_connections),
        cmocka_unit_test(wrong_addresses_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
