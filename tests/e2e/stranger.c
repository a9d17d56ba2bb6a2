/* SPDX-License-Identifier: Apache-2.0 */
/* Opens, has a command done and asks, within the milliseconds given, and prints what came of each:
 * for test_library.py, which answers in a daemon's place. */
#include <stdio.h>
#include <stdlib.h>
#include <voucher.h>

static void tell(const char *call, int code, const struct voucher_error *e)
{
    printf("%s %s [%s] '%s': %s\n", call, voucher_code_name(code), e->field, e->value, e->expected);
}

int main(int argc, char **argv)
{
    struct voucher_connection *c;
    struct voucher_error e;
    struct voucher_result *r;
    struct voucher_command command = {
        .size = sizeof command, .kind = VOUCHER_DO_VOID, .voucher = 1, .reason = "by decision"};
    struct voucher_query query = {.size = sizeof query, .kind = VOUCHER_ASK_STATUS};
    if (argc != 3)
        return 2;
    int code = voucher_open(argv[1], "stranger", atoi(argv[2]), &c, &e);
    tell("open", code, &e);
    if (code != VOUCHER_DONE)
        return 0;
    voucher_new_id(command.request_id);
    code = voucher_do(c, &command, 1, 0, &r, &e);
    tell("do", code, &e);
    voucher_result_free(r);
    code = voucher_ask(c, &query, &r, &e);
    tell("ask", code, &e);
    voucher_result_free(r);
    voucher_close(c);
    return 0;
}
