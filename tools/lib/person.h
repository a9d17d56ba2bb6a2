/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of persons (GB 11643) where they do not belong: in a name, a document, the wrong column.
 */
#ifndef TOOLS_PERSON_H
#define TOOLS_PERSON_H

#include <stdbool.h>

/* Whether a text has a run of exactly 17 digits and a digit or X in it that is the number of a
 * person: with the right check character and a birth date from 1850 to 2009. Later dates are not
 * taken for births, since contracts and orders are numbered by date too. */
bool person_number_in(const char *text);

#endif
