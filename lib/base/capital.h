/* SPDX-License-Identifier: Apache-2.0 */
/* Amounts in capital characters, as papers want them (人民币大写). */
#ifndef BASE_CAPITAL_H
#define BASE_CAPITAL_H

#include "base/err.h"
#include "base/money.h"

/* Bytes for any amount up to LIMIT_AMOUNT_FEN in UTF-8 with its NUL: at most 13 digits of yuan with
 * their units, two of jiao and fen, 人民币 and 元. */
#define CAPITAL_TEXT 128

/* 人民币壹仟肆佰零玖元伍角 for 1409.50; an amount of whole yuan ends with 整. Exact, from fen
 * alone. ERR_RANGE: below 0 or above LIMIT_AMOUNT_FEN. */
int money_capital(struct money m, char out[static CAPITAL_TEXT]) MUST_CHECK;

#endif
