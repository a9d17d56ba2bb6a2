/* SPDX-License-Identifier: Apache-2.0 */
#include "base/capital.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"

#define WAN 10000
#define YI  100000000

static const char *const digits[] = {"零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"};

static void put(char *out, const char *text)
{
    size_t n = strlen(out);
    snprintf(out + n, CAPITAL_TEXT - n, "%s", text);
}

/* 1 to 9999: a 零 for each run of zeros between two digits, none behind the last. */
static void add_four(char *out, int64_t n)
{
    static const struct {
        int64_t value;
        const char *name;
    } units[] = {{1000, "仟"}, {100, "佰"}, {10, "拾"}, {1, ""}};
    bool begun = false, gap = false;
    for (int i = 0; i < 4; i++) {
        int64_t digit = n / units[i].value % 10;
        gap |= begun && digit == 0;
        if (digit == 0)
            continue;
        if (gap)
            put(out, digits[0]);
        put(out, digits[digit]);
        put(out, units[i].name);
        begun = true;
        gap = false;
    }
}

/* Two halves and the unit of the higher; a 零 where the lower begins with zeros. */
static void add_halves(char *out, int64_t n, int64_t unit, const char *name,
                       void (*add_half)(char *, int64_t))
{
    int64_t high = n / unit, low = n % unit;
    if (high) {
        add_half(out, high);
        put(out, name);
    }
    if (high && low && low < unit / 10)
        put(out, digits[0]);
    if (low)
        add_half(out, low);
}

static void add_eight(char *out, int64_t n)
{
    add_halves(out, n, WAN, "万", add_four);
}

int money_capital(struct money m, char out[static CAPITAL_TEXT])
{
    if (m.fen < 0 || m.fen > LIMIT_AMOUNT_FEN)
        return ERR_RANGE;
    int64_t yuan = m.fen / 100, jiao = m.fen / 10 % 10, fen = m.fen % 10;
    out[0] = 0;
    put(out, "人民币");
    add_halves(out, yuan, YI, "亿", add_eight);
    if (yuan)
        put(out, "元");
    if (yuan && !jiao && fen)
        put(out, digits[0]);
    if (jiao) {
        put(out, digits[jiao]);
        put(out, "角");
    }
    if (fen) {
        put(out, digits[fen]);
        put(out, "分");
    }
    if (m.fen == 0)
        put(out, "零元");
    if (!jiao && !fen)
        put(out, "整");
    return 0;
}
