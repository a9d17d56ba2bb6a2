/* SPDX-License-Identifier: Apache-2.0 */
/* A designation or recommendation: an entry without money, which other measures may ask for. */
#include "rules/kind.h"

const struct kind kind_designation = {"designation", GIVES_NOTHING, FORM_GRANT, NULL, NULL};
