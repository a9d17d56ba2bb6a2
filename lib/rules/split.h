/* SPDX-License-Identifier: Apache-2.0 */
/* Money behind one voucher from several fund lines: parts that always add up to the whole, to the
 * fen ("How an amount is computed", 7). Lines are in the policy file's order. */
#ifndef RULES_SPLIT_H
#define RULES_SPLIT_H

#include "base/money.h"
#include "rules/policy.h"

/* A face over the measure's lines: floor of each share, the rest to the line for the odd fen. */
void split_face(const struct measure *m, struct money face, struct money parts[static LIMIT_LINES]);

/* Whether a face can be split over what the lines have available. */
bool split_fits(const struct measure *m, struct money face,
                const struct money available[static LIMIT_LINES]);

/* The greatest amount such that it and everything below it can be split over what the lines have
 * available: asking for no more than that is granted. */
struct money split_available(const struct measure *m,
                             const struct money available[static LIMIT_LINES]);

/* A payment over the open (unredeemed) parts of a voucher: floor of each in proportion, odd fen to
 * the odd line up to its open part, then to the others in order. 0 <= paid <= sum of open. */
void split_payment(int n, int odd, const struct money open[], struct money paid,
                   struct money parts[]);

#endif
