/* SPDX-License-Identifier: Apache-2.0 */
/* A whole program over libvoucher: issues a voucher, redeems it by an invoice, and prints what is
 * left.
 *
 *   cc example.c $(pkg-config --cflags --libs voucher) -o example
 *   ./example unix:PATH IDS MEASURE ENTERPRISE CONTRACT INVOICE DATED AMOUNT
 *
 * IDS is a file for the request ids: they are on the disk before anything is sent. So if this
 * program, the daemon or the machine fails at any moment, run it again with the same file: what was
 * done is not done again. Exit status: 0, 1 refused by a rule, 2 a mistake, 3 to be run again. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <voucher.h>

struct ids {
    uint8_t issue[VOUCHER_ID];
    uint8_t redeem[VOUCHER_ID];
};

static int ids_read(const char *path, struct ids *ids)
{
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(ids, sizeof *ids, 1, f) : 0;
    if (f)
        fclose(f);
    return n == 1 ? 0 : -1;
}

/* Written beside its place and renamed into it, so that it is there whole or not at all. */
static int ids_write(const char *path, const struct ids *ids)
{
    char beside[4096];
    snprintf(beside, sizeof beside, "%s.new", path);
    FILE *f = fopen(beside, "wb");
    if (!f)
        return -1;
    int ok = fwrite(ids, sizeof *ids, 1, f) == 1 && fflush(f) == 0 && fsync(fileno(f)) == 0;
    return (fclose(f) == 0 && ok) ? rename(beside, path) : -1;
}

/* Says what is wrong; the exit status. */
static int tell(const struct voucher_error *e)
{
    fprintf(stderr, "%s: %s '%s': %s\n", voucher_code_name(e->code), e->field, e->value,
            e->expected);
    switch (e->code) {
    case VOUCHER_REFUSED:
        return 1;
    case VOUCHER_MISTAKE:
    case VOUCHER_DENIED:
        return 2;
    default: /* nothing was booked, or that is unknown: the same ids make it safe to repeat */
        return 3;
    }
}

static const char *yuan(int64_t fen)
{
    static char text[VOUCHER_MONEY_SIZE];
    return voucher_money_format(fen, text);
}

static int issue(struct voucher_connection *c, const struct ids *ids, char **argv, uint64_t *number)
{
    struct voucher_error error;
    struct voucher_result *result;
    struct voucher_command command = {.size = sizeof command,
                                      .kind = VOUCHER_DO_ISSUE,
                                      .measure = argv[3],
                                      .enterprise = argv[4],
                                      .contract = argv[5]};
    memcpy(command.request_id, ids->issue, VOUCHER_ID);
    int code = voucher_do(c, &command, 1, 0, &result, &error);
    if (code == VOUCHER_DONE) {
        const struct voucher_outcome *o = result->outcomes[0];
        *number = o->entry->voucher;
        printf("voucher %llu of %s yuan%s\n", (unsigned long long)*number, yuan(o->entry->face),
               o->again ? ", issued before" : "");
    } else if (code == VOUCHER_REFUSED) { /* the whole sentence; the error has its beginning */
        fprintf(stderr, "%s\n", result->outcomes[0]->entry->refusal->sentence);
    }
    voucher_result_free(result);
    return code == VOUCHER_DONE ? 0 : tell(&error);
}

static int redeem(struct voucher_connection *c, const struct ids *ids, char **argv,
                  uint64_t voucher)
{
    struct voucher_error error;
    struct voucher_result *result;
    struct voucher_command command = {
        .size = sizeof command, .kind = VOUCHER_DO_REDEEM, .voucher = voucher, .invoice = argv[6]};
    memcpy(command.request_id, ids->redeem, VOUCHER_ID);
    if (voucher_day_parse(argv[7], &command.dated, &error) != VOUCHER_DONE ||
        voucher_money_parse(argv[8], &command.amount, &error) != VOUCHER_DONE)
        return tell(&error);
    int code = voucher_do(c, &command, 1, 0, &result, &error);
    if (code == VOUCHER_DONE)
        printf("paid %s yuan%s\n", yuan(result->outcomes[0]->entry->paid),
               result->outcomes[0]->again ? ", before" : "");
    voucher_result_free(result);
    return code == VOUCHER_DONE ? 0 : tell(&error);
}

static int print_left(struct voucher_connection *c, uint64_t voucher)
{
    struct voucher_error error;
    struct voucher_result *result;
    struct voucher_query one = {
        .size = sizeof one, .kind = VOUCHER_ASK_VOUCHER, .voucher = voucher};
    struct voucher_query funds = {.size = sizeof funds, .kind = VOUCHER_ASK_FUNDS};
    char day[VOUCHER_DAY_SIZE];
    if (voucher_ask(c, &one, &result, &error) != VOUCHER_DONE)
        return tell(&error);
    const struct voucher_voucher *v = result->vouchers[0];
    printf("left on the voucher: %s yuan, to be redeemed by %s\n", yuan(v->stages.committed),
           voucher_day_format(v->redeem_to, day));
    voucher_result_free(result);
    if (voucher_ask(c, &funds, &result, &error) != VOUCHER_DONE)
        return tell(&error);
    for (size_t i = 0; i < result->n; i++) {
        const struct voucher_fund *f = result->funds[i];
        printf("left of measure %s, %d, %s: %s yuan\n", f->measure, (int)f->year, f->source,
               yuan(f->stages.available));
    }
    voucher_result_free(result);
    return 0;
}

int main(int argc, char **argv)
{
    struct voucher_connection *c;
    struct voucher_error error;
    struct ids ids;
    uint64_t voucher = 0;
    if (argc != 9) {
        fprintf(stderr,
                "usage: %s unix:PATH IDS MEASURE ENTERPRISE CONTRACT INVOICE DATED AMOUNT\n",
                argv[0]);
        return 2;
    }
    if (ids_read(argv[2], &ids) < 0) {
        voucher_new_id(ids.issue);
        voucher_new_id(ids.redeem);
        if (ids_write(argv[2], &ids) < 0) {
            perror(argv[2]);
            return 2;
        }
    }
    if (voucher_open(argv[1], "example", 10000, &c, &error) != VOUCHER_DONE)
        return tell(&error);
    int status = issue(c, &ids, argv, &voucher);
    if (status == 0)
        status = redeem(c, &ids, argv, voucher);
    if (status == 0)
        status = print_left(c, voucher);
    voucher_close(c);
    return status;
}
