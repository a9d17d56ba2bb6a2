/* SPDX-License-Identifier: Apache-2.0 */
/* A client whose daemon hangs up: what it said before is read, whenever the client was writing. */
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

#include "base/bytes.h"
#include "client/client.h"
#include "wire/message.h"

static char dir[64], path[80], addr[96];
static int listener;

static int set_up(void **state)
{
    (void)state;
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    strcpy(dir, "/tmp/test_client.XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/socket", dir);
    snprintf(addr, sizeof addr, "unix:%s", path);
    memcpy(a.sun_path, path, strlen(path));
    listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(listener, 4), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    close(listener);
    unlink(path);
    rmdir(dir);
    return 0;
}

static const struct welcome hello_back = {.version = PROTOCOL_VERSION,
                                          .program = "x",
                                          .principal = "x",
                                          .frame_limit = 1 << 20,
                                          .batch_limit = 1,
                                          .page_limit = 1};

/* Welcomes one client, says why it hangs up, and does so with nothing read. */
static void *hang_up(void *why)
{
    struct buf b = {0};
    int fd = accept(listener, NULL, NULL);
    assert_true(fd >= 0);
    assert_int_equal(welcome_write(&hello_back, &b), 0);
    if (why)
        assert_int_equal(goodbye_write(why, &b), 0);
    assert_int_equal(write(fd, b.p, b.n), (ssize_t)b.n);
    close(fd);
    buf_free(&b);
    return NULL;
}

static struct client *open_hung_up(struct fault *why)
{
    pthread_t thread;
    struct client *c;
    struct fault f;
    assert_int_equal(pthread_create(&thread, NULL, hang_up, why), 0);
    assert_int_equal(client_open(addr, "test", 10000, &f, &c), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    return c;
}

static struct fault why = {.field = "frame", .value = "v", .expected = "sense"};

static void test_goodbye_lost_to_who_was_writing_many_requests(void **state)
{
    (void)state;
    struct request r = {.kind = REQUEST_QUERY, .query = {.kind = QUERY_STATUS}};
    struct client *c = open_hung_up(&why);
    struct arena a = {0};
    struct reply reply;
    struct fault f = {0};
    size_t left = 1;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(client_queue(c, &r, &f), 0);
        assert_int_equal(client_flush(c, &left), 0);
        assert_int_equal(left, 0);
    }
    assert_int_equal(client_poll(c, &a, &f, &reply), ERR_INVALID);
    assert_string_equal(f.field, "frame");
    assert_string_equal(f.expected, "sense");
    assert_int_equal(client_poll(c, &a, &f, &reply), ERR_CLOSED);
    assert_int_equal(client_queue(c, &r, &f), 0);
    assert_int_equal(client_flush(c, &left), ERR_CLOSED);
    arena_free(&a);
    client_close(c);
}

static void test_end_without_a_goodbye_is_told(void **state)
{
    (void)state;
    struct request r = {.kind = REQUEST_QUERY, .query = {.kind = QUERY_STATUS}};
    struct client *c = open_hung_up(NULL);
    struct arena a = {0};
    struct reply reply;
    struct fault f = {0};
    size_t left;
    assert_int_equal(client_queue(c, &r, &f), 0);
    assert_int_equal(client_flush(c, &left), 0);
    assert_int_equal(client_poll(c, &a, &f, &reply), ERR_CLOSED);
    arena_free(&a);
    client_close(c);
}

static void test_goodbye_lost_to_who_was_writing_one_request(void **state)
{
    (void)state;
    struct request r = {.kind = REQUEST_QUERY, .query = {.kind = QUERY_STATUS}};
    struct client *c = open_hung_up(&why);
    struct arena a = {0};
    struct reply reply;
    struct fault f = {0};
    assert_int_equal(client_ask(c, &r, &a, &f, &reply), ERR_INVALID);
    assert_string_equal(f.expected, "sense");
    arena_free(&a);
    client_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goodbye_lost_to_who_was_writing_many_requests),
        cmocka_unit_test(test_end_without_a_goodbye_is_told),
        cmocka_unit_test(test_goodbye_lost_to_who_was_writing_one_request),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
